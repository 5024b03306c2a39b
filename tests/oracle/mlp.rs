//! The sets `mlp1/`, `mlp1_bias_res/` and `deep/`: forward passes, exactly.

use super::reference::{Weights, mlp};
use super::*;

/// A forward pass as a model of our language, its weights called `weights`.
pub fn source(model: &Value, name: &str, weights: &str) -> String {
    let (inputs, layers) = (natural(model, "d_input"), natural(model, "n_layers"));
    let scale = float(&model["scale"]);
    let bias = model["bias"].as_bool() == Some(true);
    let bias = if bias { format!(", bias: {weights}[\"body.{{i}}.d.bias\"]") } else { String::new() };
    format!(
        "model {name}(x: {inputs}) = {{
           let h = linear(x, {weights}[\"embed.weight\"]);
           for i in 0..{layers} {{
             let y = bilinear(h, {weights}[\"body.{{i}}.l.weight\"], {weights}[\"body.{{i}}.r.weight\"],
               {weights}[\"body.{{i}}.d.weight\"]{bias});
             let h = (1 - {scale})*h + {scale}*y;
           }}
           linear(h, {weights}[\"head.weight\"])
         }}\n"
    )
}

/// Our model of a forward pass, held against the direct one at a few points. Returns how many models.
fn check(folder: &Path, count: usize) -> usize {
    let expected = expected(folder);
    let mut checked = 0;
    for (name, model) in expected["models"].as_object().unwrap() {
        let path = folder.join(text(model, "file"));
        if !path.is_file() {
            continue;
        }
        let (inputs, layers) = (natural(model, "d_input"), natural(model, "n_layers"));
        let network = &models(&source(model, "net", "W"), &[("W", &path)])[0];
        let weights = Weights::read(&path);
        let scale = float(&model["scale"]);
        for point in points(inputs, count) {
            assert_eq!(output(network, &point), mlp(&weights, layers, &scale, &point), "{name} at {point:?}");
        }
        checked += 1;
    }
    assert!(checked > 0, "{}", folder.display());
    checked
}

pub fn forward(folder: &Path) -> String {
    let models = check(&folder.join("mlp1"), 1) + check(&folder.join("mlp1_bias_res"), 3);
    format!("{models} models")
}

pub fn deep_forward(folder: &Path) -> String {
    format!("{} models", check(&folder.join("deep"), 2))
}
