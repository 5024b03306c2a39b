//! Estimates of similarity: numbers derived by hand, and estimates against the exact values that they
//! estimate.

use std::path::Path;
use std::sync::Arc;

use num_rational::BigRational;
use samenet::budget::{Budget, Stop};
use samenet::diagnostic::Sources;
use samenet::domain::{Domain, InputSet, Metric};
use samenet::model::{Bindings, Program};
use samenet::network::{Constant, Data, Network, Shape, Tensor};
use samenet::similarity::estimates::{
    Estimated, MOST_SAMPLES, Parameters, Samples, alignment, parameters, sampled,
};
use samenet::similarity::{Failure, Inner, Pair, inner_products};

/// The two models of a text.
fn pair(text: &str) -> [Network; 2] {
    in_folder(tempfile::tempdir().unwrap().path(), text)
}

fn in_folder(folder: &Path, text: &str) -> [Network; 2] {
    let path = folder.join("models.same");
    std::fs::write(&path, text).unwrap();
    let program = Program::load(&path, &Bindings::default(), &mut Sources::default())
        .unwrap_or_else(|diagnostics| panic!("{diagnostics:#?}"));
    let networks: Vec<Network> = program.models.into_iter().map(|model| model.network).collect();
    networks.try_into().unwrap()
}

/// Rows of a matrix as samples of one input.
fn rows(rows: &[&[f64]]) -> Samples<'static> {
    let shape = Shape::new([rows.len(), rows[0].len()]).unwrap();
    Samples::Rows(vec![Arc::new(Constant::new(shape, Data::F64(rows.concat())).unwrap())])
}

fn drawn(count: usize, seed: u64) -> Samples<'static> {
    Samples::Drawn { domain: None, seed, count }
}

fn close(value: f64, expected: f64) {
    assert!((value - expected).abs() <= 1e-13 * expected.abs().max(1.0), "{value} is not {expected}");
}

fn compare(text: &str) -> Result<Parameters, Failure> {
    let [a, b] = pair(text);
    parameters(&a, &b, &Budget::default())
}

/// (1, 2, 3, 4, 5) and (2, 0, 0, 1, 1): 2 + 4 + 5 = 11, 55 and 6; 55 - 22 + 6 = 39.
#[test]
fn parameters_by_hand() {
    let found = compare(
        "model a(x: 2) = x |> bilinear(left: [[1, 2]], right: [[3, 4]], down: [[5]])
         model b(x: 2) = x |> bilinear(left: [[2, 0]], right: [[0, 1]], down: [[1]])",
    )
    .unwrap();
    assert_eq!(found.inner, Inner { aa: 55.0, ab: 11.0, bb: 6.0 });
    close(found.similarity, 11.0 / 330f64.sqrt());
    close(found.distance, (39.0f64 / 55.0).sqrt());
    assert_eq!((found.tensors, found.entries), (3, 5));
}

/// The same function, its hidden units swapped: (1, 0, 0, 1 | 2, 0, 0, 3 | 1, 1) and (0, 1, 1, 0 | 0, 3, 2, 0
/// | 1, 1).
#[test]
fn parameters_are_no_property_of_the_function() {
    let found = compare(
        "model a(x: 2) = x |> bilinear(left: [[1, 0], [0, 1]], right: [[2, 0], [0, 3]], down: [[1, 1]])
         model b(x: 2) = x |> bilinear(left: [[0, 1], [1, 0]], right: [[0, 3], [2, 0]], down: [[1, 1]])",
    )
    .unwrap();
    close(found.similarity, 2.0 / 17.0);
}

/// Both matrices of the first are equal, and one node of its graph: (1, 2 | 1, 2 | 1) and (1, 0 | 0, 1 | 1).
/// 4, 11, 3.
#[test]
fn weights_that_are_equal_by_chance() {
    let found = compare(
        "model a(x: 2) = x |> bilinear(left: [[1, 2]], right: [[1, 2]], down: [[1]])
         model b(x: 2) = x |> bilinear(left: [[1, 0]], right: [[0, 1]], down: [[1]])",
    )
    .unwrap();
    close(found.similarity, 4.0 / 33f64.sqrt());
    assert_eq!(found.entries, 5);
}

/// A bias of zeros is no node of the network: (1, 0, 0, 1 | 0, 0) and (1, 0, 0, 2 | 3, 4). 3, 2, 30. The
/// other way round as well.
#[test]
fn weights_that_are_zero() {
    let (zeros, others) =
        ("= linear(x, [[1, 0], [0, 1]], bias: [0, 0])", "= linear(x, [[1, 0], [0, 2]], bias: [3, 4])");
    for [first, second] in [[zeros, others], [others, zeros]] {
        let found = compare(&format!("model a(x: 2) {first} model b(x: 2) {second}")).unwrap();
        close(found.similarity, 3.0 / 60f64.sqrt());
        assert_eq!(found.entries, 6);
    }
    let error = compare("model a(x: 2) = [[0, 0]] @ x model b(x: 2) = [[0, 1]] @ x").unwrap_err();
    assert!(error.to_string().starts_with("all parameters of the first model are zero"), "{error}");
}

/// 3, -4 and 5, 12: 15 - 48 = -33 of 5 * 13. The factors 1 of `x[0] + x[1]` are not parameters.
#[test]
fn factors_that_were_written_count() {
    let found = compare("model a(x: 2) = 3*x[0] - 4*x[1] model b(x: 2) = 5*x[0] + 12*x[1]").unwrap();
    close(found.similarity, -33.0 / 65.0);
    let error = compare("model a(x: 2) = x[0] + x[1] model b(x: 2) = x[0] + x[1]").unwrap_err();
    assert_eq!(error.to_string(), "the models have no parameters to compare");
}

/// Six matrices of 4 entries, and the factor 1/4 of the scores; neither the mask, which has 9 entries, nor
/// tables.
#[test]
fn masks_and_tables_are_no_parameters() {
    let attention = |v: &str| {
        format!(
            "= attention(x, [[1, 2], [3, 4]], [[0, 1], [1, 0]], [[1, 1], [0, 1]], [[1, 0], [0, 1]], {v},
             [[2, 0], [0, 1]], mask: \"causal\", rotary: 10000)"
        )
    };
    let text = format!(
        "model a(x: [3, 2]) {} model b(x: [3, 2]) {}",
        attention("[[1, 0], [5, 0]]"),
        attention("[[1, 1], [1, 1]]")
    );
    let found = compare(&text).unwrap();
    assert_eq!((found.tensors, found.entries), (7, 25));
    // 30 + 2 + 3 + 2 + 5 + 1/16 are common; the values are 26 and 4, and 6 together.
    let common: f64 = 42.0 + 1.0 / 16.0;
    close(found.similarity, (common + 6.0) / ((common + 26.0) * (common + 4.0)).sqrt());
}

/// A file in the format of NumPy.
fn npy(path: &Path, shape: &str, entries: &[f64]) {
    let header = format!("{{'descr': '<f8', 'fortran_order': False, 'shape': {shape}, }}\n");
    let mut bytes = b"\x93NUMPY\x01\x00".to_vec();
    bytes.extend((header.len() as u16).to_le_bytes());
    bytes.extend(header.bytes());
    entries.iter().for_each(|entry| bytes.extend(entry.to_le_bytes()));
    std::fs::write(path, bytes).unwrap();
}

/// The parameters are what is read from files, or computed from that: (1, 2, 3, 4) and (4, 3, 2, 1), with 20
/// of 30. The matrix P and the factor 3 belong to the architecture.
#[test]
fn weights_from_files() {
    let folder = tempfile::tempdir().unwrap();
    npy(&folder.path().join("v.npy"), "(2, 2)", &[1.0, 2.0, 3.0, 4.0]);
    npy(&folder.path().join("w.npy"), "(2, 2)", &[4.0, 3.0, 2.0, 1.0]);
    let compare = |a: &str, b: &str| {
        let text = format!(
            "weights V = \"v.npy\" weights W = \"w.npy\" let P = [[0, 1], [1, 0]] let Q = [[0, 1], [1, 1]]
             model a(x: 2) = {a} model b(x: 2) = {b}"
        );
        let [a, b] = in_folder(folder.path(), &text);
        parameters(&a, &b, &Budget::default())
    };
    let plain = compare("3 * (P @ (x^2)) + V @ x", "3 * (P @ (x^2)) + W @ x").unwrap();
    assert_eq!(plain.inner, Inner { aa: 30.0, ab: 20.0, bb: 30.0 });
    assert_eq!((plain.tensors, plain.entries), (1, 4));
    // P V has the rows of V swapped, and V / 2 halves: the same cosine.
    close(compare("(P @ V) @ x", "(P @ W) @ x").unwrap().similarity, 2.0 / 3.0);
    close(compare("(V / 2) @ x", "(W / 2) @ x").unwrap().similarity, 2.0 / 3.0);
    // Weights of one model only, and the other written by hand.
    close(compare("V @ x", "[[4, 3], [2, 1]] @ x").unwrap().similarity, 2.0 / 3.0);
    let factor = compare("V @ x + 3*x", "W @ x + 2*x").unwrap_err().to_string();
    assert!(factor.contains("a factor, 3 in the first and 2 in the second,"), "{factor}");
    let constant = compare("V @ (P @ (x^2))", "W @ (Q @ (x^2))").unwrap_err().to_string();
    assert!(constant.contains("a constant that is not read from a weight file"), "{constant}");
}

/// Near misses of an architecture: each is refused, and the message says where.
#[test]
fn other_architectures() {
    let first = "bilinear(x, left: [[1, 2], [3, 4]], right: [[1, 0], [0, 1]], down: [[1, 1]])";
    let others = [
        ("bilinear(x, left: [[1, 2]], right: [[1, 0]], down: [[1]])", "shape [2, 2] (node n1)"),
        (
            "bilinear(x, left: [[1, 2], [3, 4]], right: [[1, 0], [0, 1]], down: [[1, 1]]) + [x[0]]",
            "a sum of 2 terms",
        ),
        ("[x[0]]", "a contraction of 2 operands"),
        ("[[1, 1]] @ (x * x)", "where the first has"),
        ("[[1, 1]] @ x", "where the first has"),
    ];
    for (other, expected) in others {
        let error = compare(&format!("model a(x: 2) = {first} model b(x: 2) = {other}")).unwrap_err();
        let message = error.to_string();
        assert!(message.starts_with("the models have different architectures"), "{message}");
        assert!(message.contains(expected), "{other}: {message}");
    }
}

/// f = x0 and g = x1 at (1, 1), (1, 0), (0, 2): f.g is 1, 0, 0, f.f is 1, 1, 0, g.g is 1, 0, 4, |f - g|^2 is
/// 0, 1, 4. r = (1/3) / sqrt(2/3 * 5/3) = 1/sqrt(10), d = sqrt(5/2). With sqrt(Z/Y) = sqrt(5/2), the numbers
/// whose mean is 0 are 1 - 1/4 - 1/10, -1/4 and -4/10, over sqrt(10)/3: a sum of squares 0.645 * 9/10, over 3
/// * 2. Of the distance they are d/2 times -1.5, 3/5 - 1.5 and 12/5: 8.82 * 5/8, over 6.
#[test]
fn samples_by_hand() {
    let [a, b] = pair("model a(x: 2) = x[0] model b(x: 2) = x[1]");
    let points = rows(&[&[1.0, 1.0], &[1.0, 0.0], &[0.0, 2.0]]);
    let found = sampled(&a, &b, &points, &Budget::default()).unwrap();
    close(found.similarity.value, 1.0 / 10f64.sqrt());
    close(found.similarity.error.unwrap(), (0.645f64 * 0.9 / 6.0).sqrt());
    close(found.distance.value, 2.5f64.sqrt());
    close(found.distance.error.unwrap(), (8.82f64 * 0.625 / 6.0).sqrt());
    let total = found.split.total();
    for (sum, thirds) in [(total.aa, 2.0), (total.ab, 1.0), (total.bb, 5.0)] {
        close(sum, thirds / 3.0);
    }
    let one = sampled(&a, &b, &rows(&[&[3.0, -4.0]]), &Budget::default()).unwrap();
    assert_eq!((one.similarity, one.distance.error), (Estimated { value: -1.0, error: None }, None));
}

/// A model and itself: exactly 1, with no error.
#[test]
fn equal_models_have_similarity_one() {
    let [a, b] = pair("model a(x: 3) = [x[0]*x[1], x[2] + 1/3] model b(x: 3) = [x[1]*x[0], x[2] + 1/3]");
    let found = sampled(&a, &b, &drawn(3000, 5), &Budget::default()).unwrap();
    assert_eq!((found.similarity.value, found.distance.value), (1.0, 0.0));
    assert!(found.similarity.error.unwrap() < 1e-15 && found.distance.error == Some(0.0));
    close(alignment(&a, &b, &drawn(3000, 5), &Budget::default()).unwrap().value, 1.0);
}

const QUADRATIC: &str = "
model a(x: 3) = [x[0]*x[1] + x[2], 2*x[2]^2]
model b(x: 3) = [x[0]*x[1] - 1, x[2]^2 + x[0]]";

/// The exact similarity and distance.
fn exact([a, b]: &[Network; 2], domain: Option<&Domain>) -> [f64; 2] {
    let split = inner_products(&Pair { a, b, metric: Metric::Gaussian, domain }, &Budget::default()).unwrap();
    let total = split.total();
    [total.similarity().unwrap().to_f64(), total.distance().unwrap().to_f64()]
}

/// Of 60 estimates from 2,000 samples each, about 41 are within one standard error of the exact value and 57
/// within two; fewer than 31 or 52 would be four standard deviations off. Four times the samples halve the
/// error.
#[test]
fn estimates_are_as_good_as_they_say() {
    let networks = pair(QUADRATIC);
    let [a, b] = &networks;
    let truth = exact(&networks, None);
    let mut within = [[0; 2]; 2];
    for seed in 0..60 {
        let found = sampled(a, b, &drawn(2000, seed), &Budget::default()).unwrap();
        for (i, number) in [found.similarity, found.distance].into_iter().enumerate() {
            let off = (number.value - truth[i]).abs() / number.error.unwrap();
            assert!(off < 5.0, "seed {seed}: {number:?} is not {}", truth[i]);
            within[i][0] += usize::from(off < 1.0);
            within[i][1] += usize::from(off < 2.0);
        }
    }
    assert!(within.iter().all(|[one, two]| *one >= 31 && *two >= 52), "{within:?}");
    assert!(within.iter().all(|[one, _]| *one <= 51), "the errors are too large: {within:?}");
    let errors = [2000, 8000, 32000]
        .map(|count| sampled(a, b, &drawn(count, 1), &Budget::default()).unwrap().similarity.error.unwrap());
    for two in errors.windows(2) {
        assert!((1.6..2.5).contains(&(two[0] / two[1])), "{errors:?}");
    }
}

/// Samples of a domain come from it, all parts equally often: estimates against the exact mean over its
/// points.
#[test]
fn samples_of_domains() {
    let number = |n: i64| BigRational::from_integer(n.into());
    let networks = pair(QUADRATIC);
    let point =
        |entries: [i64; 3]| Tensor::new(Shape::new([3]).unwrap(), entries.map(number).to_vec()).unwrap();
    for set in [
        InputSet::Finite(vec![number(0), number(1), number(3)]),
        InputSet::OneHot,
        InputSet::Points([point([1, 1, 0]), point([2, 0, 1]), point([0, 1, -1])].into_iter().collect()),
    ] {
        let domain = Domain(vec![set]);
        let truth = exact(&networks, Some(&domain));
        for seed in 0..5 {
            let samples = Samples::Drawn { domain: Some(&domain), seed, count: 3000 };
            let found = sampled(&networks[0], &networks[1], &samples, &Budget::default()).unwrap();
            for (number, truth) in [found.similarity, found.distance].into_iter().zip(truth) {
                let error = number.error.unwrap();
                assert!((number.value - truth).abs() < 5.0 * error, "{domain:?}: {number:?} is not {truth}");
            }
        }
    }
}

/// f = x and g = x0 at (1, 0), (-1, 0), (0, 2), (0, -2): X^T X = diag(2, 8), Y^T Y = 2, Y^T X = (2, 0), and
/// 4 / (sqrt(68) * 2) = 1/sqrt(17).
#[test]
fn alignment_by_hand() {
    let [a, b] = pair("model a(x: 2) = x model b(x: 2) = x[0]");
    let points = rows(&[&[1.0, 0.0], &[-1.0, 0.0], &[0.0, 2.0], &[0.0, -2.0]]);
    let value = |a, b| alignment(a, b, &points, &Budget::default()).unwrap().value;
    close(value(&a, &b), 1.0 / 17f64.sqrt());
    close(value(&b, &a), 1.0 / 17f64.sqrt());
}

/// A rotation, a scale and a constant change nothing; a map that is not orthogonal does.
#[test]
fn what_alignment_does_not_see() {
    let turned = "[[3/5, 4/5], [-4/5, 3/5]] @ [x[0], x[1]*x[2]]";
    let [a, b] =
        pair(&format!("model a(x: 3) = [x[0], x[1]*x[2]] model b(x: 3) = 7 * ({turned}) + [1000, -3]"));
    let value = |a, b| alignment(a, b, &drawn(2500, 3), &Budget::default()).unwrap().value;
    assert!((value(&a, &b) - 1.0).abs() < 1e-12);
    let [a, b] = pair("model a(x: 3) = [x[0], x[1]*x[2]] model b(x: 3) = [5*x[0], x[1]*x[2]]");
    assert!(value(&a, &b) < 0.9);
}

/// Three batches against the definition over all rows at once.
#[test]
fn batches_add_up() {
    const COUNT: usize = 2500;
    let [a, b] = pair(
        "model a(x: 2) = [100 + x[0]^2, x[0]*x[1], x[1]]
         model b(x: 2) = [x[0] - 50, x[1]^2 + x[0]]",
    );
    let entry = |i: usize| (i as f64 * 0.618_034).fract() * 4.0 - 2.0;
    let points: Vec<[f64; 2]> = (0..COUNT).map(|i| [entry(i), entry(i * i % 1009)]).collect();
    let slices: Vec<&[f64]> = points.iter().map(|point| point.as_slice()).collect();
    let centred = |outputs: Vec<Vec<f64>>| -> Vec<Vec<f64>> {
        let means: Vec<f64> =
            (0..outputs[0].len()).map(|i| outputs.iter().map(|o| o[i]).sum::<f64>() / COUNT as f64).collect();
        outputs.iter().map(|o| o.iter().zip(&means).map(|(o, mean)| o - mean).collect()).collect()
    };
    let x = centred(points.iter().map(|[x, y]| vec![100.0 + x * x, x * y, *y]).collect());
    let y = centred(points.iter().map(|[x, y]| vec![x - 50.0, y * y + x]).collect());
    let norm = |x: &[Vec<f64>], y: &[Vec<f64>]| -> f64 {
        let entry = |i: usize, j: usize| x.iter().zip(y).map(|(x, y)| x[i] * y[j]).sum::<f64>().powi(2);
        (0..x[0].len())
            .flat_map(|i| (0..y[0].len()).map(move |j| (i, j)))
            .map(|(i, j)| entry(i, j))
            .sum::<f64>()
            .sqrt()
    };
    let expected = norm(&x, &y).powi(2) / (norm(&x, &x) * norm(&y, &y));
    let found = alignment(&a, &b, &rows(&slices), &Budget::default()).unwrap();
    assert_eq!(found.samples, COUNT);
    assert!((found.value - expected).abs() < 1e-12, "{} is not {expected}", found.value);
}

#[test]
fn what_has_no_meaning() {
    let limits = Budget::default();
    let [zero, constant] =
        pair("model a(x: 2) = x[0] - x[0] model b(x: 2) = (x[0] + 1/3)^2 - x[0]^2 - 2/3*x[0]");
    let error = sampled(&zero, &constant, &drawn(10, 0), &limits).unwrap_err().to_string();
    assert!(error.starts_with("the first model is zero"), "{error}");
    let error = sampled(&constant, &zero, &drawn(10, 0), &limits).unwrap_err().to_string();
    assert!(error.starts_with("the second model is zero"), "{error}");
    // Constant up to rounding: 1/9.
    let [line, other] = pair("model a(x: 2) = x[0] model b(x: 2) = [x[0], x[1], 1]");
    let error = alignment(&line, &constant, &drawn(1000, 0), &limits).unwrap_err().to_string();
    assert!(error.starts_with("the outputs of the second model do not vary"), "{error}");
    let error = alignment(&zero, &line, &drawn(1000, 0), &limits).unwrap_err().to_string();
    assert!(error.starts_with("the outputs of the first model do not vary"), "{error}");
    assert!(alignment(&line, &other, &drawn(1, 0), &limits).is_err());
    assert!(alignment(&line, &other, &drawn(2, 0), &limits).is_ok());
    assert!(sampled(&line, &other, &drawn(10, 0), &limits).is_err());
    assert!(sampled(&line, &line, &drawn(0, 0), &limits).is_err());
    assert!(sampled(&line, &line, &drawn(MOST_SAMPLES + 1, 0), &limits).is_err());
    let narrow = rows(&[&[1.0], &[2.0]]);
    assert!(matches!(sampled(&line, &line, &narrow, &limits), Err(Failure::Meaningless(_))));
    let [large, huge] = pair("model a(x: 2) = 1e200*x[0] model b(x: 2) = (1e200*x[0])^2");
    for (a, b) in [(&large, &large), (&huge, &line), (&line, &huge)] {
        let failures = [
            sampled(a, b, &drawn(10, 0), &limits).unwrap_err(),
            alignment(a, b, &drawn(10, 0), &limits).unwrap_err(),
        ];
        assert!(failures.iter().all(|failure| failure.to_string().contains("too large")), "{failures:?}");
    }
}

#[test]
fn limits_hold() {
    let [a, b] = pair(QUADRATIC);
    let stopped = Budget::default().stopped_by(Stop::new(|| true));
    assert_eq!(sampled(&a, &b, &drawn(10, 0), &stopped), Err(Failure::Stopped));
    assert_eq!(alignment(&a, &b, &drawn(10, 0), &stopped), Err(Failure::Stopped));
    let [c, d] = pair("model a(x: 2) = [[1, 2]] @ x model b(x: 2) = [[2, 1]] @ x");
    assert_eq!(parameters(&c, &d, &stopped), Err(Failure::Stopped));
    let small = Budget::default().memory(1 << 20);
    assert!(matches!(sampled(&a, &b, &drawn(1_000_000, 0), &small), Err(Failure::Memory(_))));
    assert!(sampled(&a, &b, &drawn(1_000, 0), &small).is_ok());
}
