//! The set `attn1/`: the forward pass of one attention layer with rotary tables, exactly.

use super::reference::{Attention, Matrix, Weights};
use super::*;

const HEADS: usize = 2;
const HEAD_WIDTH: usize = 4;
const POSITIONS: usize = 3;
const WIDTH: usize = 8;

/// A table of floats as rationals.
fn table(json: &Value) -> Matrix {
    json.as_array().unwrap().iter().map(|row| row.as_array().unwrap().iter().map(float).collect()).collect()
}

/// A table as an expression of our language.
fn written(table: &Matrix) -> String {
    let rows: Vec<String> = table
        .iter()
        .map(|row| format!("[{}]", row.iter().map(BigRational::to_string).collect::<Vec<_>>().join(", ")))
        .collect();
    format!("[{}]", rows.join(", "))
}

/// A forward pass as a model of our language, its weights called `weights`, with the rotary tables of the
/// set.
pub fn source(expected: &Value, model: &Value, name: &str, weights: &str) -> String {
    let (cos, sin) = (table(&expected["rotary_cos"]), table(&expected["rotary_sin"]));
    let (mask, layers) = (text(model, "mask"), natural(model, "n_layers"));
    let scale = float(&model["scale"]);
    let weight = |which: &str| format!("{weights}[\"layers.{{i}}.{which}.weight\"]");
    format!(
        "model {name}(x: [{POSITIONS}, {WIDTH}]) = {{
           let h = linear(x, {weights}[\"embed.weight\"]);
           for i in 0..{layers} {{
             let z = attention(h, q1: {}, k1: {}, q2: {}, k2: {}, v: {}, o: {},
               heads: {HEADS}, mask: \"{mask}\", rotary_cos: {}, rotary_sin: {});
             let h = (1 - {scale})*h + {scale}*z;
           }}
           linear(h, {weights}[\"un.weight\"])
         }}\n",
        weight("q1"),
        weight("k1"),
        weight("q2"),
        weight("k2"),
        weight("v"),
        weight("o"),
        written(&cos),
        written(&sin),
    )
}

pub fn forward(folder: &Path) -> String {
    let folder = folder.join("attn1");
    let expected = expected(&folder);
    let (cos, sin) = (table(&expected["rotary_cos"]), table(&expected["rotary_sin"]));
    let mut checked = 0;
    for (name, model) in expected["models"].as_object().unwrap() {
        let path = folder.join(text(model, "file"));
        if !path.is_file() {
            continue;
        }
        assert_eq!(natural(model, "n_layers"), 1, "{name}");
        let mask = text(model, "mask");
        let scale = float(&model["scale"]);
        let network = &models(&source(&expected, model, "net", "W"), &[("W", &path)])[0];
        let weights = Weights::read(&path);
        let causal = match mask {
            "causal" => true,
            "none" => false,
            other => panic!("{name}: mask {other}"),
        };
        let attention = Attention {
            heads: HEADS,
            head_width: HEAD_WIDTH,
            causal,
            scale,
            cos: cos.clone(),
            sin: sin.clone(),
        };
        for point in points(POSITIONS * WIDTH, 2) {
            let tokens: Vec<_> = point.chunks(WIDTH).map(<[_]>::to_vec).collect();
            assert_eq!(output(network, &point), attention.forward(&weights, &tokens), "{name}");
        }
        checked += 1;
    }
    assert!(checked > 0);
    format!("{checked} models")
}
