//! Finite domains on which values are small and coefficients enormous: adders, parities and counts of bits.

use std::time::Duration;

use samenet::equality::{Method, Question, Relation, Verdict, decide};
use samenet::model::Program;
use samenet::network::Network;
use samenet::{Budget, domain::Domain, domain::InputSet};

use crate::common::size::cases;

/// Ripple-carry adders of `n` bits: `x` is one number (the lowest bit first), the other, and a carry.
/// `linear` and `squares` give the bits of the sum; the degree of `squares` doubles with every bit. `number`
/// reads a sum as a number, which `added` adds up from the inputs. `wrong` adds 1 to the carry that comes out
/// where all bits but the highest of the first number are 1.
fn adders(n: usize) -> String {
    let last = 2 * n;
    let model = |name: &str, sum: &str, carry: &str, after: &str| {
        format!(
            "model {name}(x: {}) = {{
  let c = x[{last}];
  let out = zeros(0);
  for i in 0..{n} {{
    let a = x[i];
    let b = x[{n} + i];
    let out = concat(out, [{sum}]);
    let c = {carry};
  }}
  {after}
}}
",
            last + 1
        )
    };
    let linear = "a + b - 2*a*b + c - 2*c*(a + b - 2*a*b)";
    let squares = "(a - b)^2 + c - 2*c*(a - b)^2";
    let majority = "1 - (1 - a*b)*(1 - b*c)*(1 - c*a)";
    let powers: Vec<String> = (0..=n).map(|i| (1u64 << i).to_string()).collect();
    let mut all: Vec<String> = (0..=last).filter(|&i| i != n - 1).map(|i| format!("x[{i}]")).collect();
    all.push(format!("(1 - x[{}])", n - 1));
    let weighted = |from: usize| (0..n).map(|i| format!("{}*x[{}]", 1u64 << i, from + i)).collect::<Vec<_>>();
    [
        model("linear", linear, "a*b + c*(a + b - 2*a*b)", "concat(out, [c])"),
        model("squares", squares, majority, "concat(out, [c])"),
        model("wrong", squares, majority, &format!("concat(out, [c + {}])", all.join("*"))),
        model("number", squares, majority, &format!("sum([{}] * concat(out, [c]))", powers.join(", "))),
        format!(
            "model added(x: {}) = {} + {} + x[{last}]\n",
            last + 1,
            weighted(0).join(" + "),
            weighted(n).join(" + ")
        ),
    ]
    .concat()
}

/// The models of a text.
fn models(text: &str) -> impl Fn(&str) -> Network + use<> {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("models.same");
    std::fs::write(&path, text).unwrap();
    let program = Program::open(&path).unwrap();
    move |name: &str| program.models.iter().find(|model| model.name == name).unwrap().network.clone()
}

fn on(set: &[i64], a: &Network, b: &Network) -> Verdict {
    let values = set.iter().map(|&value| num_rational::BigRational::from_integer(value.into())).collect();
    let domain = Domain(vec![InputSet::Finite(values)]);
    let question = Question { a, b, relation: Relation::Equal, domain: &domain };
    decide(&question, &Budget::default().time(Duration::from_secs(600)).certain_only()).unwrap()
}

/// Two adders agree at all points, a sum of bits is the sum of the numbers, and the one point at which an
/// adder is wrong is found: 2^n - 1 - 2^(n - 1) and 2^n - 1 and 1 are 2^n + 2^(n - 1) - 1, whose carry is 1,
/// and 2 where it is wrong.
#[test]
fn adders_on_bits() {
    for n in [3, 7].into_iter().chain([9, 10].into_iter().take(cases(0, 2))) {
        let model = models(&adders(n));
        let [linear, squares, wrong, number, added] =
            ["linear", "squares", "wrong", "number", "added"].map(&model);
        for (a, b) in [(&linear, &squares), (&number, &added)] {
            let Verdict::Equal(proof) = on(&[0, 1], a, b) else { panic!("{n} bits: not proved") };
            assert!(proof.method.certain(), "{n}: {proof:?}");
            if let Method::Enumeration { points, .. } = proof.method {
                assert_eq!(points, 1 << (2 * n + 1));
            }
        }
        let Verdict::Different(witness) = on(&[0, 1], &linear, &wrong) else { panic!("{n}: not refuted") };
        let evaluation = &witness.evaluations[0];
        let bits: Vec<bool> = evaluation.input[0]
            .data()
            .iter()
            .map(|bit| *bit == num_rational::BigRational::from_integer(1.into()))
            .collect();
        assert_eq!(bits, (0..=2 * n).map(|i| i != n - 1).collect::<Vec<_>>());
        assert_eq!(evaluation.output, [n]);
    }
}

/// The parity of n bits, three ways: by exclusive ors whose degree doubles, by signs, and by counting. A sign
/// is 1 - 2x; on -1 and 1 the product is a parity too, and all even powers are 1. The majority of three signs
/// is (a + b + c - abc)/2, and of their sum t, 3, 1, -1 or -3, it is (13 t - t^3)/12.
#[test]
fn parities_on_bits_and_signs() {
    let n = 13;
    let signs: Vec<String> = (0..n).map(|i| format!("(1 - 2*x[{i}])")).collect();
    let text = format!(
        "model squares(x: {n}) = {{ let p = 0; for i in 0..{n} {{ let p = (p - x[i])^2; }} p }}
model signs(x: {n}) = (1 - {})/2
model counted(x: {n}) = {{ let s = sum(x); let p = 0*s; {} }}
model product(x: {n}) = {{ let p = 1; for i in 0..{n} {{ let p = p*x[i]; }} p }}
model powers(x: {n}) = {{ let p = 1; for i in 0..{n} {{ let p = p^3*x[i]; }} p }}
model majorities(x: {n}) = {{ let c = x[0]; for i in 0..6 {{
  let a = x[2*i + 1]; let b = x[2*i + 2]; let c = (a + b + c - a*b*c)/2; }} c }}
model cubes(x: {n}) = {{ let c = x[0]; for i in 0..6 {{
  let t = x[2*i + 1] + x[2*i + 2] + c; let c = t*13/12 - t^3/12; }} c }}
model halves(x: {n}) = {{ let p = 1; for i in 0..{n} {{ let p = (p^2 + 2*p*x[i] + x[i]^2)/2 - 1; }} p }}
",
        signs.join("*"),
        // The polynomial of degree n through the parities of 0 to n, in Newton's form: the divided
        // differences of 0, 1, 0, 1, .. are (-2)^(k - 1) / k!.
        {
            let mut terms = vec!["p".to_string()];
            let mut factor = "1".to_string();
            let mut coefficient = String::from("1");
            for k in 1..=n {
                factor = format!("{factor}*(s - {})", k - 1);
                coefficient = if k == 1 { coefficient } else { format!("{coefficient}*(0-2)") };
                let factorial: u64 = (1..=k as u64).product();
                terms.push(format!("{coefficient}*{factor}/{factorial}"));
            }
            terms.join(" + ")
        }
    );
    let model = models(&text);
    let equal = |set: &[i64], a: &str, b: &str| matches!(on(set, &model(a), &model(b)), Verdict::Equal(_));
    assert!(equal(&[0, 1], "squares", "signs"));
    assert!(equal(&[0, 1], "squares", "counted"));
    assert!(equal(&[-1, 1], "product", "powers"));
    assert!(equal(&[-1, 1], "product", "halves"));
    assert!(equal(&[-1, 1], "majorities", "cubes"));
    assert!(!equal(&[0, 1], "squares", "product"));
    assert!(!equal(&[-1, 0, 1], "product", "halves"));
}
