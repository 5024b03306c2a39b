//! Layout by example; printing and parsing again as a property.

use num_rational::BigRational;
use proptest::collection::vec;
use proptest::option;
use proptest::prelude::*;

use super::*;
use crate::diagnostic::{FileId, Span};
use crate::domain::{Comparison, Metric, Quantity, Relation};
use crate::syntax::ast::*;
use crate::syntax::tests::{bare, trees::without_spans};
use crate::syntax::{parse, parse_expression};

fn reprinted(text: &str) -> String {
    let (file, errors) = parse(FileId(0), text);
    assert_eq!(errors, [], "in {text}");
    let printed = print(&file);
    let (again, errors) = parse(FileId(0), &printed);
    assert_eq!(errors, [], "in {printed}");
    assert_eq!(without_spans(&again), without_spans(&file));
    printed
}

#[test]
fn short_items_stand_on_one_line_each() {
    let written = "let a=1 let b =[ 1,2 , ]\n\
                   weights W= \"w.npz\"model m( x:2 )=-x [0 ]^2*a|>f( b , c:W) # gone\n\
                   claim\"l\":m==m up  to scale on x in{0,1},y in onehot";
    assert_eq!(
        reprinted(written),
        "let a = 1\nlet b = [1, 2]\n\nweights W = \"w.npz\"\n\nmodel m(x: 2) = -x[0]^2 * a |> f(b, c: W)\n\n\
         claim \"l\": m == m up to scale on x in {0, 1}, y in onehot\n"
    );
}

#[test]
fn blocks_have_a_statement_per_line() {
    let written = "fn f(x, n) = { let h = x; for i in 0..n { let h = h * x; for j in i..n { } } h }";
    assert_eq!(
        reprinted(written),
        "fn f(x, n) = {\n  let h = x;\n  \
         for i in 0..n {\n    let h = h * x;\n    for j in i..n { }\n  }\n  h\n}\n"
    );
}

#[test]
fn long_lines_are_broken_from_the_outside_in() {
    let entry = "0.123456789012345";
    let row = format!("[{}]", [entry; 4].join(", "));
    let text = format!("let W = [{row}, {row}]\nmodel m(x: 4) = {} + 1", [row.as_str(); 2].join(" * "));
    assert_eq!(
        reprinted(&text),
        format!("let W = [\n  {row},\n  {row}\n]\n\nmodel m(x: 4) =\n  {row}\n    * {row}\n  + 1\n")
            .replace("\n    * ", "\n  * "),
    );
}

#[test]
fn an_interpolated_block_stands_on_the_line_of_its_string() {
    assert_eq!(
        reprinted(r#"let a = W["{ { let b = 1; b }}{{}}"]"#),
        "let a = W[\"{ { let b = 1; b }}{{}}\"]\n"
    );
}

#[test]
fn expressions_and_domains_print_on_one_line() {
    let long = format!("{{ let a = {}1; a }}", "1 + ".repeat(60));
    let expression = parse_expression(FileId(0), &long).unwrap();
    assert_eq!(print_expression(&expression), long);
    let domain = crate::syntax::parse_domain(FileId(0), "x in { - 1,1},y in points[[1]]").unwrap();
    assert_eq!(print_domain(&domain), "x in {-1, 1}, y in points [[1]]");
}

const NOWHERE: Span = Span { file: FileId(0), start: 0, end: 0 };

fn expr(kind: ExprKind) -> Expr {
    Expr { kind, span: NOWHERE }
}

fn name() -> impl Strategy<Value = Name> {
    let words = ["x", "W_1", "points", "in", "on", "up", "as", "degree", "similarity", "e5"];
    prop::sample::select(words.to_vec()).prop_map(|text| Name { text: text.to_string(), span: NOWHERE })
}

fn number() -> impl Strategy<Value = Expr> {
    // 0.125 is 1/8, 1e-3 is 1/1000, 2.50E2 is 250.
    let numbers = [("0", 0, 1), ("12", 12, 1), ("0.125", 1, 8), ("1e-3", 1, 1000), ("2.50E2", 250, 1)];
    prop::sample::select(numbers.to_vec()).prop_map(|(text, numerator, denominator)| {
        let value = BigRational::new(numerator.into(), denominator.into());
        expr(ExprKind::Number { value, text: text.to_string() })
    })
}

fn qualified_name() -> impl Strategy<Value = Expr> {
    (vec(name(), 0..2), name()).prop_map(|(path, name)| expr(ExprKind::Name { path, name }))
}

fn text(inner: impl Strategy<Value = Expr>) -> impl Strategy<Value = Text> {
    let literal = "[ -~äλ\n\r\t\"\\\\{}]{1,5}";
    (option::of(literal), vec((inner, literal), 0..2)).prop_map(|(first, rest)| {
        let mut parts: Vec<TextPart> = first.into_iter().map(TextPart::Literal).collect();
        for (inner, literal) in rest {
            parts.extend([TextPart::Interpolated(inner), TextPart::Literal(literal)]);
        }
        Text { parts, span: NOWHERE }
    })
}

/// What the printer never puts into parentheses.
fn operand() -> impl Strategy<Value = Expr> {
    let leaf = prop_oneof![number(), qualified_name()];
    leaf.prop_recursive(2, 8, 3, |inner| {
        prop_oneof![
            text(inner.clone()).prop_map(|text| expr(ExprKind::Text(text))),
            vec(inner.clone(), 1..3).prop_map(|entries| expr(ExprKind::Stack(entries))),
            (qualified_name(), arguments(inner.clone()))
                .prop_map(|(callee, arguments)| call(callee, arguments)),
            inner.prop_map(|inner| expr(ExprKind::Parenthesised(Box::new(inner)))),
        ]
    })
}

fn arguments(inner: impl Strategy<Value = Expr>) -> impl Strategy<Value = Vec<Argument>> {
    vec((option::of(name()), inner).prop_map(|(name, value)| Argument { name, value }), 0..3)
}

fn call(callee: Expr, arguments: Vec<Argument>) -> Expr {
    expr(ExprKind::Call { callee: Box::new(callee), arguments })
}

fn indices(inner: impl Strategy<Value = Expr> + Clone) -> impl Strategy<Value = Vec<IndexExpr>> {
    let range = (option::of(inner.clone()), option::of(inner.clone()))
        .prop_map(|(start, end)| IndexExpr::Range { start, end, span: NOWHERE });
    vec(prop_oneof![inner.prop_map(IndexExpr::At), range], 1..3)
}

fn statement(inner: impl Strategy<Value = Expr> + Clone + 'static) -> impl Strategy<Value = Statement> {
    let binding = (name(), inner.clone()).prop_map(|(name, value)| Statement::Let { name, value });
    binding.prop_recursive(2, 4, 2, move |body| {
        (name(), inner.clone(), inner.clone(), vec(body, 0..3))
            .prop_map(|(name, start, end, body)| Statement::For { name, start, end, body, span: NOWHERE })
    })
}

/// Every tree, also such as need parentheses to be written down.
fn expression() -> impl Strategy<Value = Expr> {
    use BinaryOperator::*;
    let operators = [Add, Subtract, Multiply, Divide, MatMul, Power];
    operand().prop_recursive(6, 40, 3, move |inner| {
        let stage =
            (qualified_name(), option::of(arguments(inner.clone()))).prop_map(|(callee, arguments)| {
                match arguments {
                    Some(arguments) => call(callee, arguments),
                    None => callee,
                }
            });
        prop_oneof![
            (prop::sample::select(operators.to_vec()), inner.clone(), inner.clone()).prop_map(
                |(operator, left, right)| {
                    expr(ExprKind::Binary { operator, left: Box::new(left), right: Box::new(right) })
                }
            ),
            inner.clone().prop_map(|inner| expr(ExprKind::Negate(Box::new(inner)))),
            (inner.clone(), stage).prop_map(|(left, right)| {
                expr(ExprKind::Pipe { left: Box::new(left), right: Box::new(right) })
            }),
            (inner.clone(), arguments(inner.clone())).prop_map(|(callee, arguments)| call(callee, arguments)),
            (inner.clone(), indices(inner.clone()))
                .prop_map(|(base, indices)| expr(ExprKind::Index { base: Box::new(base), indices })),
            text(inner.clone()).prop_map(|text| expr(ExprKind::Text(text))),
            vec(inner.clone(), 1..4).prop_map(|entries| expr(ExprKind::Stack(entries))),
            (vec(statement(inner.clone()), 0..3), inner).prop_map(|(statements, value)| {
                expr(ExprKind::Block { statements, value: Box::new(value) })
            }),
        ]
    })
}

fn set() -> impl Strategy<Value = SetExpr> {
    let kind = prop_oneof![
        vec(operand(), 1..3).prop_map(SetKind::Finite),
        Just(SetKind::OneHot),
        operand().prop_map(SetKind::Points),
    ];
    kind.prop_map(|kind| SetExpr { kind, span: NOWHERE })
}

fn domain() -> impl Strategy<Value = Option<DomainExpr>> {
    let kind = prop_oneof![
        set().prop_map(DomainKind::Every),
        vec((name(), set()), 1..3).prop_map(DomainKind::PerInput),
    ];
    option::of(kind.prop_map(|kind| DomainExpr { kind, span: NOWHERE }))
}

fn comparison() -> impl Strategy<Value = Comparison> {
    prop::sample::select(&Comparison::ALL[..])
}

fn claim() -> impl Strategy<Value = ClaimKind> {
    let relation =
        option::of(prop::sample::select(Relation::UP_TO.to_vec()).prop_map(|name| (name, NOWHERE)));
    let metric = prop::sample::select(Metric::ALL.to_vec()).prop_map(|name| (name, NOWHERE));
    let quantity = prop::sample::select(&Quantity::ALL[..]);
    // Only the left model of an equality may get parentheses, when it begins like a quantity.
    let left = operand().prop_filter("begins like a quantity", |left| {
        let printed = print_expression(left);
        !["similarity", "distance", "degree"].iter().any(|word| printed.starts_with(&format!("{word}(")))
    });
    prop_oneof![
        (left, operand(), any::<bool>(), relation, domain()).prop_map(
            |(left, right, negated, relation, domain)| ClaimKind::Equality {
                left,
                right,
                negated,
                relation,
                domain
            }
        ),
        (quantity, operand(), operand(), comparison(), operand(), option::of(metric), domain()).prop_map(
            |(quantity, left, right, comparison, bound, metric, domain)| ClaimKind::Metric {
                quantity,
                left,
                right,
                comparison,
                bound,
                domain: domain.filter(|_| metric.is_none()),
                metric,
            }
        ),
        (operand(), comparison(), operand()).prop_map(|(model, comparison, bound)| ClaimKind::Degree {
            model,
            comparison,
            bound
        }),
    ]
}

fn shape() -> impl Strategy<Value = ShapeExpr> {
    let listed = vec(operand(), 0..4).prop_map(|axes| (axes, true));
    let single = operand()
        .prop_filter("brackets list axes", |axis| !matches!(axis.kind, ExprKind::Stack(_)))
        .prop_map(|axis| (vec![axis], false));
    prop_oneof![listed, single].prop_map(|(axes, bracketed)| ShapeExpr { axes, bracketed, span: NOWHERE })
}

fn labelled() -> impl Strategy<Value = Claim> {
    (option::of(text(operand())), claim()).prop_map(|(label, kind)| Claim { label, kind, span: NOWHERE })
}

/// Loops over claims, also within one another.
fn claims() -> impl Strategy<Value = ClaimLoop> {
    let repeated = |(name, start, end, body)| ClaimLoop { name, start, end, body, span: NOWHERE };
    let simple = prop_oneof![
        (name(), operand()).prop_map(|(name, value)| ClaimStatement::Let { name, value }),
        labelled().prop_map(ClaimStatement::Claim),
    ];
    let statement = simple.prop_recursive(2, 6, 3, move |body| {
        (name(), operand(), operand(), vec(body, 0..3)).prop_map(repeated).prop_map(ClaimStatement::For)
    });
    (name(), operand(), operand(), vec(statement, 0..3)).prop_map(repeated)
}

fn item() -> impl Strategy<Value = Item> {
    let input = (name(), shape()).prop_map(|(name, shape)| ModelInput { name, shape });
    let kind = prop_oneof![
        (name(), operand()).prop_map(|(name, value)| ItemKind::Let { name, value }),
        (name(), text(operand())).prop_map(|(name, path)| ItemKind::Weights { name, path }),
        (name(), vec(name(), 0..3), operand()).prop_map(|(name, params, body)| ItemKind::Fn {
            name,
            params,
            body
        }),
        (name(), vec(input, 0..3), operand()).prop_map(|(name, inputs, body)| ItemKind::Model {
            name,
            inputs,
            body
        }),
        (text(operand()), name()).prop_map(|(path, alias)| ItemKind::Import { path, alias }),
        labelled().prop_map(ItemKind::Claim),
        claims().prop_map(ItemKind::Claims),
    ];
    kind.prop_map(|kind| Item { kind, span: NOWHERE })
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 1000, ..ProptestConfig::default() })]

    #[test]
    fn a_printed_expression_is_read_as_the_same_tree(expression in expression()) {
        let printed = print_expression(&expression);
        let read = parse_expression(FileId(0), &printed).expect(&printed);
        prop_assert_eq!(bare(&read), bare(&expression), "{}", printed);
        prop_assert_eq!(print_expression(&read), printed);
    }

    #[test]
    fn a_printed_item_of_many_lines_is_read_as_the_same_tree(expression in expression()) {
        let kind = ItemKind::Let { name: Name { text: "a".to_string(), span: NOWHERE }, value: expression };
        let item = Item { kind, span: NOWHERE };
        let printed = print(&File { items: vec![item.clone()] });
        let (read, errors) = parse(FileId(0), &printed);
        prop_assert_eq!(errors, [], "{}", printed);
        let values = [&item, &read.items[0]].map(|item| match &item.kind {
            ItemKind::Let { value, .. } => bare(value),
            _ => String::new(),
        });
        prop_assert_eq!(&values[0], &values[1], "{}", printed);
        prop_assert_eq!(print(&read), printed);
    }

    #[test]
    fn a_printed_file_is_read_as_the_same_file(items in vec(item(), 0..6)) {
        let file = File { items };
        let printed = print(&file);
        let (read, errors) = parse(FileId(0), &printed);
        prop_assert_eq!(errors, [], "{}", printed);
        prop_assert_eq!(without_spans(&read), without_spans(&file), "{}", printed);
    }
}
