//! What is accepted, and what it is read as.

use num_bigint::BigInt;
use num_rational::BigRational;

use super::*;
use crate::domain::{Comparison, Metric, Relation};
use crate::syntax::ast::{ClaimKind, DomainKind, ExprKind, ItemKind, SetKind, TextPart};
use crate::syntax::tests::bare;

/// The two programs of the design.
const PROGRAMS: [&str; 2] = [
    r#"
# Two ways to build XOR.
model xor(x: 2) = x[0] + x[1] - 2*x[0]*x[1]

model xor_gated(x: 2) =
  x |> bilinear(left: [[1, -1]], right: [[1, -1]], down: [[1]]) |> sum

claim "the same on bits":          xor == xor_gated on {0,1}
claim "but not the same function": xor != xor_gated
claim similarity(xor, xor_gated) >= 0.47     # exactly sqrt(2)/3: <f,g> = 4, <f,f> = 6, <g,g> = 12
"#,
    r#"
# A trained model, read from its checkpoints.
weights EARLY = "runs/step_1000.safetensors"
weights LATE  = "runs/step_9000.safetensors"

fn net(x, W, layers) = {
  let h = W["embed.weight"] @ x;
  for i in 0..layers {
    let h = h + bilinear(h, left: W["body.{i}.l"], right: W["body.{i}.r"], down: W["body.{i}.d"]);
  }
  W["head.weight"] @ h
}
model early(x: 784) = net(x, EARLY, 2)
model late(x: 784)  = net(x, LATE, 2)
model turned(x: 784) = late(P @ x)
claim "the mechanism has formed": similarity(early, late) >= 0.99
claim "it does not care about the order of the pixels": turned == late
"#,
];

#[test]
fn the_programs_of_the_design_parse() {
    for (text, items) in PROGRAMS.into_iter().zip([5, 8]) {
        let (file, errors) = parse(FileId(0), text);
        assert_eq!(errors, []);
        assert_eq!(file.items.len(), items);
    }
}

fn read(text: &str) -> String {
    bare(&parse_expression(FileId(0), text).expect(text))
}

/// Expressions, and the same with parentheses around every operation.
const BINDING: [(&str, &str); 20] = [
    ("a + b - c + d", "((a + b) - c) + d"),
    ("a * b / c @ d", "((a * b) / c) @ d"),
    ("a + b * c - d @ e", "(a + (b * c)) - (d @ e)"),
    ("-a * b", "(-a) * b"),
    ("a * -b - -c", "(a * (-b)) - (-c)"),
    ("- - a", "-(-a)"),
    ("-x^2", "-(x^2)"),
    ("x^2^3", "x^(2^3)"),
    ("2 * x^2 * y", "(2 * (x^2)) * y"),
    ("x[0]^y[1]", "(x[0])^(y[1])"),
    ("-f(x)[0]", "-((f(x))[0])"),
    ("f(x)[0](y)", "((f(x))[0])(y)"),
    ("a + b |> f", "(a + b) |> f"),
    ("a |> f(b) |> c::g(d) |> h", "((a |> f(b)) |> c::g(d)) |> h"),
    ("f(a |> g, b: c |> g)", "f((a |> g), b: (c |> g))"),
    ("{ let a = b + c; a } * d", "({ let a = (b + c); a }) * d"),
    ("[a + b, -c][0]", "([(a + b), (-c)])[0]"),
    ("a # + c\n + b", "a + b"),
    ("a\n\t+\r\nb", "a + b"),
    // Any line break ends a comment, so that none swallows the file.
    ("a # c\r+ # d\r\nb", "a + b"),
];

#[test]
fn operators_bind_as_the_grammar_says() {
    for (text, explicit) in BINDING {
        assert_eq!(read(text), read(explicit), "{text}");
    }
    // The comparison above sees differences.
    assert_ne!(read("a - (b - c)"), read("a - b - c"));
    assert_ne!(read("(-x)^2"), read("-x^2"));
}

#[test]
fn ranges_and_numbers_share_points() {
    assert_eq!(read("x[1..3]"), "(index x Some(\"1:1\")..Some(\"3:3\"))");
    assert_eq!(read("x[1.5 .. 3]"), "(index x Some(\"3/2:1.5\")..Some(\"3:3\"))");
    assert_eq!(read("x[.., 0, 1.., ..n]"), "(index x None..None 0:0 Some(\"1:1\")..None None..Some(\"n\"))");
    assert_eq!(read("{ for i in 0..n { } 1 }"), "(block (for i 0:0 n )1:1)");
}

#[test]
fn commas_may_end_lists() {
    for (with, without) in [("f(a, b: c,)", "f(a, b: c)"), ("[a, b,]", "[a, b]"), ("x[0, ..,]", "x[0, ..]")] {
        assert_eq!(read(with), read(without));
    }
    let text = "fn f(a, b,) = a model m(x: [2, 3,], y: 1,) = x claim m == m on {0, 1,} claim degree(m,) == 1";
    assert_eq!(parse(FileId(0), text).1, []);
}

#[test]
fn numbers_are_exact() {
    let ten = |power: u32| BigInt::from(10).pow(power);
    let cases = [
        ("0", BigRational::new(0.into(), 1.into())),
        ("007", BigRational::new(7.into(), 1.into())),
        ("0.125", BigRational::new(1.into(), 8.into())),
        ("0.1", BigRational::new(1.into(), 10.into())),
        ("1e-3", BigRational::new(1.into(), 1000.into())),
        ("25E-2", BigRational::new(1.into(), 4.into())),
        ("2.50e+1", BigRational::new(25.into(), 1.into())),
        ("1.000", BigRational::new(1.into(), 1.into())),
        ("0.000e-9", BigRational::new(0.into(), 1.into())),
        ("1e1000", BigRational::from_integer(ten(1000))),
        ("3e-1000", BigRational::new(3.into(), ten(1000))),
        ("1e0001", BigRational::from_integer(ten(1))),
    ];
    for (text, expected) in cases {
        let Ok(expression) = parse_expression(FileId(0), text) else { panic!("{text}") };
        let ExprKind::Number { value, .. } = expression.kind else { panic!("{text} is not a number") };
        // `new` reduces: the parts agree only if ours are in lowest terms, too.
        assert_eq!((value.numer(), value.denom()), (expected.numer(), expected.denom()), "{text}");
    }
}

#[test]
fn strings_are_split_at_interpolations() {
    let text = r#""a\"\\\n\r\té{{b}}{i}{f("c{j}", { 1 })}d""#;
    let expression = parse_expression(FileId(0), text).unwrap();
    let ExprKind::Text(text) = expression.kind else { panic!("a string is read as a string") };
    assert_eq!(text.parts.len(), 4);
    assert_eq!(text.parts[0], TextPart::Literal("a\"\\\n\r\té{b}".to_string()));
    let inner = text.parts[1..3].iter().map(|part| match part {
        TextPart::Interpolated(inner) => bare(inner),
        TextPart::Literal(literal) => literal.clone(),
    });
    let call = "(call f None=\"c\" <j> None=(block 1:1))";
    assert_eq!(inner.collect::<Vec<_>>(), ["i", call]);
    assert_eq!(text.parts[3], TextPart::Literal("d".to_string()));
}

#[test]
fn contextual_words_are_names_elsewhere() {
    let text = "let on = 1 let up = on let to = up let points = to fn in(as, under) = as + under
        model degree(scale: 1) = scale model similarity(shift: 2, onehot: 2) = shift + onehot
        claim (degree(x)) == degree on degree in {0, 1}
        claim similarity == in on points in {1}, onehot in onehot, in in points in
        claim on == up on points in[0]";
    let (file, errors) = parse(FileId(0), text);
    assert_eq!(errors, []);
    let domains = file.items.iter().filter_map(|item| match &item.kind {
        ItemKind::Claim(claim) => match &claim.kind {
            ClaimKind::Equality { domain, .. } => domain.as_ref(),
            _ => None,
        },
        _ => None,
    });
    let inputs = domains.map(|domain| match &domain.kind {
        DomainKind::Every(_) => 0,
        DomainKind::PerInput(inputs) => inputs.len(),
    });
    assert_eq!(inputs.collect::<Vec<_>>(), [1, 3, 0]);
}

#[test]
fn claims_say_what_they_say() {
    let claims = [
        ("a == b", "Equality false None"),
        ("\"l\": a != b up to scale", "l Equality true Some(UpToScale)"),
        ("a + 1 == b up to shift on onehot", "Equality false Some(UpToShift) OneHot"),
        ("\"a\" == b on points [[1], [2]]", "Equality false None Points"),
        ("similarity(a, b) >= 0.4 under layerwise symmetric", "Similarity AtLeast Some(LayerwiseSymmetric)"),
        ("similarity(a, b) < 1/2 under layerwise", "Similarity Less Some(Layerwise)"),
        ("distance(a, b - a) <= 1 on {-1, 1}", "Distance AtMost None Finite"),
        ("distance(a, b) > 0 under symmetric", "Distance Greater Some(Symmetric)"),
        ("similarity(a, b) == 1 under uniform", "Similarity Equal Some(Uniform)"),
        ("similarity(a, b) == 1 under gaussian", "Similarity Equal Some(Gaussian)"),
        ("degree(a) <= 4", "Degree AtMost"),
    ];
    for (text, expected) in claims {
        let (file, errors) = parse(FileId(0), &format!("claim {text}"));
        assert_eq!(errors, []);
        let ItemKind::Claim(claim) = &file.items[0].kind else { panic!("{text}") };
        let domain_of = |domain: &Option<crate::syntax::ast::DomainExpr>| {
            let Some(DomainKind::Every(set)) = domain.as_ref().map(|domain| &domain.kind) else { return "" };
            match set.kind {
                SetKind::Finite(_) => " Finite",
                SetKind::OneHot => " OneHot",
                SetKind::Points(_) => " Points",
            }
        };
        let label = claim.label.as_ref().map_or(String::new(), |label| match &label.parts[0] {
            TextPart::Literal(literal) => format!("{literal} "),
            TextPart::Interpolated(_) => String::new(),
        });
        let said = match &claim.kind {
            ClaimKind::Equality { negated, relation, domain, .. } => {
                let relation: Option<Relation> = relation.map(|(relation, _)| relation);
                format!("Equality {negated} {relation:?}{}", domain_of(domain))
            }
            ClaimKind::Metric { quantity, comparison, metric, domain, .. } => {
                let metric: Option<Metric> = metric.map(|(metric, _)| metric);
                format!("{quantity:?} {comparison:?} {metric:?}{}", domain_of(domain))
            }
            ClaimKind::Degree { comparison, .. } => {
                let comparison: &Comparison = comparison;
                format!("Degree {comparison:?}")
            }
        };
        assert_eq!(label + &said, expected, "{text}");
    }
}

#[test]
fn shapes_in_brackets_list_axes() {
    let text = "model m(a: 3, b: [], c: [2, n + 1], d: 2 * k, e: ([2])) = a";
    let (file, errors) = parse(FileId(0), text);
    assert_eq!(errors, []);
    let ItemKind::Model { inputs, .. } = &file.items[0].kind else { panic!("{text}") };
    let shapes: Vec<_> = inputs.iter().map(|input| (input.shape.axes.len(), input.shape.bracketed)).collect();
    assert_eq!(shapes, [(1, false), (0, true), (2, true), (1, false), (1, false)]);
}

#[test]
fn spans_count_bytes_and_cover_what_they_name() {
    let text = "# ä\nlet a = W[\"λ\"] + (b) # ö\nclaim \"é\": a == b up to scale on { 0 }\n";
    let (file, errors) = parse(FileId(0), text);
    assert_eq!(errors, []);
    let said = |span: Span| &text[span.range()];
    assert_eq!(said(file.items[0].span), "let a = W[\"λ\"] + (b)");
    assert_eq!(said(file.items[1].span), "claim \"é\": a == b up to scale on { 0 }");
    let ItemKind::Let { name, value } = &file.items[0].kind else { panic!("a constant") };
    assert_eq!(said(name.span), "a");
    assert_eq!(said(value.span), "W[\"λ\"] + (b)");
    let ExprKind::Binary { left, right, .. } = &value.kind else { panic!("a sum") };
    assert_eq!((said(left.span), said(right.span)), ("W[\"λ\"]", "(b)"));
    let ItemKind::Claim(claim) = &file.items[1].kind else { panic!("a claim") };
    assert_eq!(said(claim.span), "a == b up to scale on { 0 }");
    assert_eq!(claim.label.as_ref().map(|label| said(label.span)), Some("\"é\""));
    let ClaimKind::Equality { relation, domain, .. } = &claim.kind else { panic!("an equality") };
    assert_eq!(relation.map(|(_, span)| said(span)), Some("up to scale"));
    assert_eq!(domain.as_ref().map(|domain| said(domain.span)), Some("{ 0 }"));
}

#[test]
fn spans_of_operators_reach_over_their_operands() {
    let text = "x |> f(a) |> g";
    let said = |span: Span| &text[span.range()];
    let expression = parse_expression(FileId(0), text).unwrap();
    assert_eq!(said(expression.span), text);
    let ExprKind::Pipe { left, right } = &expression.kind else { panic!("a pipe") };
    assert_eq!((said(left.span), said(right.span)), ("x |> f(a)", "g"));
    let text = "--x^y^2 ";
    let said = |span: Span| &text[span.range()];
    let expression = parse_expression(FileId(0), text).unwrap();
    let ExprKind::Negate(inner) = &expression.kind else { panic!("a negation") };
    let ExprKind::Negate(power) = &inner.kind else { panic!("a negation") };
    let ExprKind::Binary { right, .. } = &power.kind else { panic!("a power") };
    assert_eq!(
        [&expression, inner, power, right].map(|e| said(e.span)),
        ["--x^y^2", "-x^y^2", "x^y^2", "y^2"]
    );
}
