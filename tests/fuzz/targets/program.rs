//! Whole files: any text loads or is refused with errors that point into it; what loads, loads from its
//! printed form as well, to the same networks, and these have the same values in every arithmetic; claims are
//! decided as they are by definition.

use num_rational::BigRational;
use samenet::arithmetic::{Arithmetic, Base, BitBudget, CommonScale, Halt, PrimeField, Rationals};
use samenet::cli::diagnostics;
use samenet::diagnostic::{Diagnostic, FileId, Sources};
use samenet::equality::{Degree, Question, degree};
use samenet::model::{Bindings, ClaimKind, Program};
use samenet::network::{EvaluateError, Network, Tensor, cost, evaluate, fingerprint};
use samenet::syntax::{parse, print};

use super::files::file;
use super::judge::{judge, options};
use super::polynomials::expand;

/// Runs a file with this text, next to the parts that files of the corpus import and read.
pub fn run(bytes: &[u8]) {
    if let Ok(text) = std::str::from_utf8(bytes) {
        check(text);
    }
}

/// The same for a text.
pub fn check(text: &str) {
    let path = file("main.same", text.as_bytes());
    let mut sources = Sources::default();
    let program = match Program::load(&path, &Bindings::default(), &mut sources) {
        Ok(program) => program,
        Err(errors) => return refused(&errors, &sources),
    };
    let (tree, errors) = parse(FileId(0), text);
    assert!(errors.is_empty());
    let printed = print(&tree);
    let path = file("main.same", printed.as_bytes());
    let again = Program::load(&path, &Bindings::default(), &mut Sources::default())
        .unwrap_or_else(|errors| panic!("{printed}\n{errors:?}"));
    assert_eq!(again.models.len(), program.models.len());
    for (model, again) in program.models.iter().zip(&again.models) {
        assert_eq!(fingerprint(&model.network), fingerprint(&again.network), "{}", model.name);
        same_values(&model.network);
    }
    assert_eq!(again.claims.len(), program.claims.len());
    program.claims.iter().for_each(|claim| decided(&claim.kind));
}

fn refused(errors: &[Diagnostic], sources: &Sources) {
    assert!(!errors.is_empty() && errors.len() <= 101, "{}", errors.len());
    for error in errors {
        assert!(!error.message.is_empty());
        for label in error.primary.iter().chain(&error.secondary) {
            assert!(sources.get(label.span.file).text.get(label.span.range()).is_some(), "{error:?}");
        }
    }
    assert!(diagnostics::render(errors, sources).len() < 4 << 20);
}

/// Whether a network is small enough to be looked at closely.
fn small(network: &Network) -> bool {
    let cost = cost(network);
    network.variables() <= 100
        && network.nodes().len() <= 2_000
        && cost.per_point + cost.once < 5e4
        && cost.live_once + cost.live_per_point < 5e4
}

/// The value at a point with small entries, in three ways.
fn same_values(network: &Network) {
    if !small(network) {
        return;
    }
    let mut next = 0_i64;
    let mut entry = || {
        next += 1;
        BigRational::new((next * 7 % 11 - 5).into(), (1 + next % 3).into())
    };
    let point: Vec<Tensor<BigRational>> = network
        .inputs()
        .iter()
        .map(|input| {
            let entries = (0..input.shape.size()).map(|_| entry()).collect();
            Tensor::new(input.shape.clone(), entries).unwrap()
        })
        .collect();
    let entries: Vec<BigRational> = point.iter().flat_map(|tensor| tensor.data().to_vec()).collect();
    let budget = BitBudget::new(1 << 14, 1 << 24);
    let Some(plain) = values(&Rationals::with_budget(budget.clone()), network, &point) else { return };
    let field = PrimeField::new((1 << 61) - 1).unwrap();
    if let Some(residues) = values(&field, network, &point) {
        let expected: Option<Vec<_>> = plain.iter().map(|x| field.from_rational(x).ok()).collect();
        assert_eq!(Some(residues), expected);
    }
    let scale = CommonScale::new(Base::new([network], &entries), budget);
    if let Some(scaled) = values(&scale, network, &point) {
        for (scaled, plain) in scaled.iter().zip(&plain) {
            if let Ok(scaled) = scale.rational(scaled) {
                assert_eq!(&scaled, plain);
            }
        }
    }
}

/// The network's output, unless the arithmetic cannot or may not compute it.
fn values<A: Arithmetic>(
    arithmetic: &A,
    network: &Network,
    point: &[Tensor<BigRational>],
) -> Option<Vec<A::Element>> {
    let convert = |tensor: &Tensor<BigRational>| -> Result<_, Halt> {
        let entries: Result<Vec<_>, Halt> =
            tensor.data().iter().map(|x| arithmetic.from_rational(x)).collect();
        Ok(Tensor::new(tensor.shape().clone(), entries?).unwrap())
    };
    let inputs: Vec<_> = point.iter().map(convert).collect::<Result<_, _>>().ok()?;
    match evaluate(arithmetic, network, &inputs) {
        Ok(output) => Some(output.into_data()),
        Err(EvaluateError::Halt(_)) => None,
        Err(error) => panic!("{error}"),
    }
}

fn decided(claim: &ClaimKind) {
    match claim {
        ClaimKind::Equality { a, b, relation, domain, .. } if small(a) && small(b) => {
            judge(&Question { a, b, relation: *relation, domain }, 100);
        }
        ClaimKind::Degree { network, .. } if small(network) => {
            if let (Ok(Degree::Exactly { degree, .. }), Some(polynomials)) =
                (degree(network, &options(false, 100)), expand(network, 20_000))
            {
                let degrees = polynomials.iter().flat_map(|polynomial| polynomial.keys());
                let highest = degrees.map(|m| m.iter().map(|&exponent| u64::from(exponent)).sum()).max();
                assert_eq!(degree, highest);
            }
        }
        _ => {}
    }
}
