//! Similarities: the columns of the oracle that are true, exact, or the layerwise recursion done right.

use num_bigint::BigInt;
use num_traits::{One, ToPrimitive};
use samenet::Budget;
use samenet::similarity::{Inner, InnerProducts, Metric, Pair, approximate_inner_products, inner_products};

use super::*;
use super::{attention as attention_set, mlp};

/// The exact inner products of two networks.
fn inner(a: &Network, b: &Network, metric: Metric) -> Inner {
    inner_products(&Pair { a, b, metric, domain: None }, &Budget::default()).unwrap().total()
}

fn close(value: f64, expected: &Value, tolerance: f64, what: &str) {
    let expected = expected.as_f64().unwrap();
    let error = (value - expected).abs();
    assert!(error <= tolerance * expected.abs().max(1e-300), "{what}: {value} for {expected}");
}

/// The similarity, in f64.
fn cosine(inner: &Inner) -> f64 {
    inner.similarity().unwrap().to_f64()
}

/// Every pair of a set whose files are here, as two networks. The names of the models are those of the files.
fn pairs(
    folder: &Path,
    source: impl Fn(&Value, &Value, &str, &str) -> String,
    mut check: impl FnMut(&Value, &Network, &Network),
) -> usize {
    let expected = expected(folder);
    let mut count = 0;
    for pair in expected["pairs"].as_array().unwrap() {
        let model = |side: &str| &expected["models"][text(pair, side)];
        let path = |side: &str| folder.join(text(model(side), "file"));
        let (path_a, path_b) = (path("a"), path("b"));
        if !path_a.is_file() || !path_b.is_file() {
            continue;
        }
        let text = source(&expected, model("a"), "a", "A") + &source(&expected, model("b"), "b", "B");
        let networks = models(&text, &[("A", &path_a), ("B", &path_b)]);
        check(pair, &networks[0], &networks[1]);
        count += 1;
    }
    assert!(count > 0, "{}", folder.display());
    count
}

fn mlp_source(_: &Value, model: &Value, name: &str, weights: &str) -> String {
    mlp::source(model, name, weights)
}

/// The inner products in f64: these networks are quicker that way.
fn floats(a: &Network, b: &Network, metric: Metric) -> Inner<f64> {
    match approximate_inner_products(&Pair { a, b, metric, domain: None }, &Budget::default()).unwrap() {
        InnerProducts::Floats(rounded) => rounded.values.total(),
        // Two checkpoints that are almost the same.
        InnerProducts::Exact(split) => {
            let Inner { aa, ab, bb } = split.total();
            let [aa, ab, bb] = [aa, ab, bb].map(|value| value.to_f64().unwrap());
            Inner { aa, ab, bb }
        }
    }
}

fn cosine_of_floats(inner: &Inner<f64>) -> f64 {
    inner.ab / (inner.aa.sqrt() * inner.bb.sqrt())
}

/// `[numerator, k]` for `numerator / 2^k`.
fn dyadic(json: &Value) -> BigRational {
    let numerator: BigInt = json[0].as_str().unwrap().parse().unwrap();
    BigRational::new(numerator, BigInt::one() << json[1].as_u64().unwrap() as usize)
}

/// `mlp1`: the stored fractions themselves, and f64 to 1e-12.
pub fn one_layer(folder: &Path) -> String {
    let count = pairs(&folder.join("mlp1"), mlp_source, |pair, a, b| {
        let what = format!("{} and {}", pair["a"], pair["b"]);
        for (metric, fraction, similarity) in [
            (Metric::Gaussian, "gauss_inner_exact_fraction", "gauss_cos_exact"),
            (Metric::Symmetric, "sym_inner_exact_fraction", "sym_cos_exact"),
        ] {
            let exact = inner(a, b, metric);
            assert_eq!(exact.ab, dyadic(&pair[fraction]), "{what}, {}", metric.name());
            close(cosine(&exact), &pair[similarity], 1e-15, &what);
            let floats = floats(a, b, metric);
            close(cosine_of_floats(&floats), &pair[similarity], 1e-12, &what);
            let rounded = Value::from(exact.ab.to_f64().unwrap());
            close(floats.ab, &rounded, 1e-12, &what);
        }
    });
    format!("{count} pairs")
}

pub fn bias_and_residual(folder: &Path) -> String {
    let count = pairs(&folder.join("mlp1_bias_res"), mlp_source, |pair, a, b| {
        let what = format!("{} and {}", pair["a"], pair["b"]);
        let exact = inner(a, b, Metric::Gaussian);
        close(cosine(&exact), &pair["gauss_cos_exact"], 1e-14, &what);
        close(exact.ab.to_f64().unwrap(), &pair["gauss_inner_exact"], 1e-14, &what);
        close(cosine_of_floats(&floats(a, b, Metric::Gaussian)), &pair["gauss_cos_exact"], 1e-12, &what);
    });
    format!("{count} pairs")
}

/// `deep`: the true columns from exact values, and the recursion. (The reference's closure is right here.)
pub fn deep(folder: &Path) -> String {
    let count = pairs(&folder.join("deep"), mlp_source, |pair, a, b| {
        let what = format!("{} and {}", pair["a"], pair["b"]);
        let gaussian = inner(a, b, Metric::Gaussian);
        close(cosine(&gaussian), &pair["gauss_cos_true_exact"], 1e-12, &what);
        for (value, key) in [(&gaussian.aa, "aa"), (&gaussian.ab, "ab"), (&gaussian.bb, "bb")] {
            close(value.to_f64().unwrap(), &pair["gauss_inner_true_exact"][key], 1e-12, &what);
        }
        if !pair["sym_cos_true_exact"].is_null() {
            let symmetric = inner(a, b, Metric::Symmetric);
            close(cosine(&symmetric), &pair["sym_cos_true_exact"], 1e-12, &what);
            close(symmetric.ab.to_f64().unwrap(), &pair["sym_inner_true_exact"]["ab"], 1e-12, &what);
        }
        let layerwise = inner(a, b, Metric::Layerwise);
        close(cosine(&layerwise), &pair["gauss_cos_reference_closure"], 1e-12, &what);
        close(
            cosine_of_floats(&floats(a, b, Metric::Layerwise)),
            &pair["gauss_cos_reference_closure"],
            1e-11,
            &what,
        );
    });
    format!("{count} pairs")
}

/// `attn1`: the true value, with the stored tables; `attn2`: the recursion with all matchings.
pub fn attention(folder: &Path) -> String {
    let one = pairs(&folder.join("attn1"), attention_set::source, |pair, a, b| {
        let what = format!("{} and {}", pair["a"], pair["b"]);
        let total = floats(a, b, Metric::Layerwise);
        close(cosine_of_floats(&total), &pair["gauss_cos_exact"], 1e-9, &what);
        close(total.ab, &pair["gauss_inner_exact"]["ab"], 1e-9, &what);
    });
    let two = pairs(&folder.join("attn2"), attention_set::source, |pair, a, b| {
        let what = format!("{} and {}", pair["a"], pair["b"]);
        let total = floats(a, b, Metric::Layerwise);
        close(cosine_of_floats(&total), &pair["gauss_cos_closure_all_matchings"], 1e-9, &what);
    });
    format!("{one} pairs of one layer, {two} of two")
}

/// `rescaled`: weights of any size.
pub fn rescaled(folder: &Path) -> String {
    // The rotary tables are those of the attention set.
    let attention = expected(&folder.join("attn1"));
    let source = |_: &Value, model: &Value, name: &str, weights: &str| match text(model, "kind") {
        "mlp" => mlp::source(model, name, weights),
        _ => attention_set::source(&attention, model, name, weights),
    };
    let count = pairs(&folder.join("rescaled"), source, |pair, a, b| {
        let what = format!("{} and {}", pair["a"], pair["b"]);
        close(cosine_of_floats(&floats(a, b, Metric::Layerwise)), &pair["gauss_cos_closure"], 1e-9, &what);
        if a.variables() <= 8 {
            close(cosine(&inner(a, b, Metric::Gaussian)), &pair["gauss_cos_true"], 1e-9, &what);
        }
    });
    format!("{count} pairs")
}

/// `grok`: both whole matrices, of the checkpoints that are here.
pub fn grok(folder: &Path) -> String {
    let folder = folder.join("grok");
    let expected = expected(&folder);
    let steps: Vec<u64> = expected["steps"].as_array().unwrap().iter().map(|s| s.as_u64().unwrap()).collect();
    let source = "fn net(x, w) = (w[\"bi_linear.weight\"][0..48] @ x) * (w[\"bi_linear.weight\"][48..96] @ \
    x)\n\
                  model m(x: 62) = W[\"projection.weight\"] @ net(x, W)\n";
    let networks: Vec<(usize, Network)> = steps
        .iter()
        .enumerate()
        .map(|(row, step)| (row, folder.join(format!("step_{step:06}.safetensors"))))
        .filter(|(_, path)| path.is_file())
        .map(|(row, path)| (row, models(source, &[("W", &path)]).remove(0)))
        .collect();
    assert!(networks.len() > 5);
    for (row, a) in &networks {
        for (column, b) in &networks {
            for (metric, matrix) in
                [(Metric::Gaussian, "gauss_similarity"), (Metric::Symmetric, "symmetric_similarity")]
            {
                let total = floats(a, b, metric);
                let what = format!("{matrix} at {row}, {column}");
                close(cosine_of_floats(&total), &expected[matrix][row][column], 1e-9, &what);
            }
        }
    }
    format!("{} checkpoints", networks.len())
}
