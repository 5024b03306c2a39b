//! How many cases generated tests run: in `cargo test` as many as fit a quick run, and in the large runs,
//! which `.ci/run` asks for with the environment variable `SAMENET_LARGE`, as many as the project promises.

use proptest::prelude::ProptestConfig;
use proptest::test_runner::FileFailurePersistence;

/// The number of cases of a test: usually, and in a large run.
pub fn cases(usual: usize, large: usize) -> usize {
    let count = if is_large() { large } else { usual };
    // `cargo test -- --show-output` shows it.
    println!("{count} cases");
    count
}

/// The same for the properties of a `proptest!`, which fails unless it runs that many. Cases that fail are
/// kept in a file beside the test, to be run first from then on.
pub fn properties(usual: u32, large: u32) -> ProptestConfig {
    let cases = cases(usual as usize, large as usize) as u32;
    let beside = FileFailurePersistence::WithSource("proptest-regressions");
    ProptestConfig { cases, failure_persistence: Some(Box::new(beside)), ..ProptestConfig::default() }
}

/// Whether this is a large run.
pub fn is_large() -> bool {
    std::env::var_os("SAMENET_LARGE").is_some_and(|value| value != "0" && !value.is_empty())
}
