//! The laws of [`Arithmetic`], as tests that every implementation passes.

use num_rational::BigRational;
use proptest::prelude::*;

use super::*;
use crate::budget::Stop;
use crate::network::Data;

fn rational(n: i64, d: i64) -> BigRational {
    BigRational::new(n.into(), d.into())
}

fn rationals() -> impl Strategy<Value = BigRational> {
    prop_oneof![
        1 => Just(rational(0, 1)),
        1 => Just(rational(1, 1)),
        6 => (-1000i64..1000, prop_oneof![Just(1i64), Just(2), Just(3), Just(10), Just(64)])
            .prop_map(|(n, d)| rational(n, d)),
        1 => any::<i64>().prop_map(|n| rational(n, 1)),
    ]
}

/// The laws of a commutative semiring, on three elements.
fn semiring<A: Arithmetic>(
    arithmetic: &A,
    [a, b, c]: [&A::Element; 3],
    equal: &dyn Fn(&A::Element, &A::Element) -> bool,
) {
    let add = |x: &A::Element, y: &A::Element| arithmetic.add(x, y);
    let multiply = |x: &A::Element, y: &A::Element| arithmetic.multiply(x, y);
    let (zero, one) = (arithmetic.zero(), arithmetic.one());
    assert!(equal(&add(a, b), &add(b, a)), "addition commutes");
    assert!(equal(&add(&add(a, b), c), &add(a, &add(b, c))), "addition is associative");
    assert!(equal(&add(a, &zero), a), "zero is neutral");
    assert!(equal(&multiply(a, b), &multiply(b, a)), "multiplication commutes");
    assert!(
        equal(&multiply(&multiply(a, b), c), &multiply(a, &multiply(b, c))),
        "multiplication is associative"
    );
    assert!(equal(&multiply(a, &one), a), "one is neutral");
    assert!(equal(&multiply(a, &zero), &zero), "zero annihilates");
    assert!(
        equal(&multiply(a, &add(b, c)), &add(&multiply(a, b), &multiply(a, c))),
        "multiplication distributes over addition"
    );
}

/// Conversion is a homomorphism from the rationals: what makes the values of a network in this arithmetic the
/// images of its rational values.
fn homomorphism<A: Arithmetic>(
    arithmetic: &A,
    [a, b]: [&BigRational; 2],
    equal: &dyn Fn(&A::Element, &A::Element) -> bool,
) {
    let of = |value: &BigRational| arithmetic.from_rational(value).unwrap();
    assert!(equal(&of(&(a + b)), &arithmetic.add(&of(a), &of(b))), "sums are kept");
    assert!(equal(&of(&(a * b)), &arithmetic.multiply(&of(a), &of(b))), "products are kept");
    assert!(equal(&of(&rational(0, 1)), &arithmetic.zero()), "zero is kept");
    assert!(equal(&of(&rational(1, 1)), &arithmetic.one()), "one is kept");
}

/// The bulk operations do what their defaults, written in terms of `add` and `multiply`, do.
fn bulk<A: Arithmetic>(
    arithmetic: &A,
    values: &[A::Element],
    (m, k, n): (usize, usize, usize),
    equal: &dyn Fn(&A::Element, &A::Element) -> bool,
) {
    let same = |a: &[A::Element], b: &[A::Element]| {
        assert_eq!(a.len(), b.len());
        assert!(a.iter().zip(b).all(|(a, b)| equal(a, b)));
    };
    let take = |start: usize, count: usize| -> Vec<A::Element> {
        values.iter().cycle().skip(start % values.len()).take(count).cloned().collect()
    };
    let (a, b) = (take(0, 2 * m * k), take(3, 2 * n * k));
    let product = |a: &[A::Element], b: &[A::Element]| {
        let mut result = Vec::new();
        for row in 0..m {
            for column in 0..n {
                let terms = (0..k).map(|i| arithmetic.multiply(&a[row * k + i], &b[column * k + i]));
                result.push(terms.fold(arithmetic.zero(), |sum, term| arithmetic.add(&sum, &term)));
            }
        }
        result
    };
    let (first, second) = (product(&a[..m * k], &b[..n * k]), product(&a[m * k..], &b[n * k..]));
    same(&arithmetic.matmul((m, k, n), &a[..m * k], &b[..n * k]), &first);
    same(&arithmetic.matmul_batched(1, (m, k, n), &a[..m * k], &b[..n * k]), &first);
    same(&arithmetic.matmul_batched(2, (m, k, n), &a, &b), &[first, second].concat());

    let (x, y) = (take(1, m * n), take(2, m * n));
    let pairs = || x.iter().zip(&y);
    let products: Vec<A::Element> = pairs().map(|(x, y)| arithmetic.multiply(x, y)).collect();
    same(&arithmetic.multiply_entrywise(&x, &y), &products);
    let scaled: Vec<A::Element> = x.iter().map(|x| arithmetic.multiply(&values[0], x)).collect();
    same(&arithmetic.scale(&values[0], &x), &scaled);
    let mut total = x.clone();
    arithmetic.add_entrywise(&mut total, &y);
    same(&total, &pairs().map(|(x, y)| arithmetic.add(x, y)).collect::<Vec<_>>());
    let mut total = y.clone();
    arithmetic.add_scaled(&mut total, &values[0], &x);
    same(&total, &scaled.iter().zip(&y).map(|(x, y)| arithmetic.add(x, y)).collect::<Vec<_>>());
    let sums: Vec<A::Element> = (0..m)
        .map(|row| x[row * n..(row + 1) * n].iter().fold(arithmetic.zero(), |sum, x| arithmetic.add(&sum, x)))
        .collect();
    same(&arithmetic.sum_rows(m, n, &x), &sums);
}

/// `from_data` agrees with `from_rational` on every type of constant.
fn conversion<A: Arithmetic>(
    arithmetic: &A,
    bits: u64,
    values: &[BigRational],
    equal: &dyn Fn(&A::Element, &A::Element) -> bool,
) {
    let double = f64::from_bits(bits & !(1 << 62));
    let single = f32::from_bits((bits as u32) & !(1 << 30));
    let half = half::f16::from_bits((bits as u16) & !(1 << 14));
    let brain = half::bf16::from_bits((bits as u16) & !(1 << 14));
    for data in [
        Data::F64(vec![double, 0.0, -1.5, f64::MAX, f64::MIN_POSITIVE / 4.0]),
        Data::F32(vec![single, 0.0, -0.1, f32::MAX]),
        Data::F16(vec![half]),
        Data::BF16(vec![brain]),
        Data::Integer(vec![bits as i64, 0, i64::MIN]),
        Data::Unsigned(vec![bits, u64::MAX]),
        Data::Rational(values.to_vec()),
    ] {
        let converted = arithmetic.from_data(&data).unwrap();
        assert_eq!(converted.len(), data.len());
        for (position, element) in converted.iter().enumerate() {
            assert!(equal(element, &arithmetic.from_rational(&data.rational(position)).unwrap()), "{data:?}");
        }
    }
}

fn all_laws<A: Arithmetic>(
    arithmetic: &A,
    values: &[BigRational],
    bits: u64,
    sizes: (usize, usize, usize),
    equal: &dyn Fn(&A::Element, &A::Element) -> bool,
) {
    let elements: Vec<A::Element> =
        values.iter().map(|value| arithmetic.from_rational(value).unwrap()).collect();
    semiring(arithmetic, [&elements[0], &elements[1], &elements[2]], equal);
    homomorphism(arithmetic, [&values[0], &values[1]], equal);
    bulk(arithmetic, &elements, sizes, equal);
    conversion(arithmetic, bits, values, equal);
    arithmetic.status().unwrap();
}

fn degree() -> impl Strategy<Value = DegreeRange> {
    prop_oneof![
        Just(DegreeRange::Zero),
        (0u64..9, 0u64..9).prop_map(|(low, more)| DegreeRange::Between { lowest: low, highest: low + more }),
        Just(DegreeRange::exactly(u64::MAX - 3)),
    ]
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 200, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn of_rationals(
        values in proptest::collection::vec(rationals(), 3..6),
        bits: u64,
        sizes in (0usize..4, 0usize..4, 0usize..4),
    ) {
        all_laws(&Rationals::new(), &values, bits, sizes, &|a, b| a == b);
    }

    #[test]
    fn of_the_common_scale(
        values in proptest::collection::vec(rationals(), 3..6),
        bits: u64,
        sizes in (0usize..4, 0usize..4, 0usize..4),
    ) {
        // The products of two of the values are converted as well.
        let arithmetic = CommonScale::new(Base::new([], &values), BitBudget::default());
        all_laws(&arithmetic, &values, bits, sizes, &|a, b| {
            let equal = Exact::equal(&arithmetic, a, b);
            assert_eq!(equal, arithmetic.rational(a).unwrap() == arithmetic.rational(b).unwrap());
            equal
        });
        for value in &values {
            let element = arithmetic.from_rational(value).unwrap();
            prop_assert_eq!(&arithmetic.rational(&element).unwrap(), value);
        }
    }

    #[test]
    fn of_prime_fields(
        values in proptest::collection::vec(rationals(), 3..6),
        bits: u64,
        sizes in (0usize..4, 0usize..40, 0usize..9),
        prime in prop_oneof![
            Just((1u64 << 62) - 57), Just((1 << 61) + 15), Just((1 << 61) - 1), Just(4_294_967_311), Just(7),
            (1u64 << 20..1 << 62).prop_map(|n| previous_prime(n).unwrap()),
        ],
    ) {
        let field = PrimeField::new(prime).unwrap();
        all_laws(&field, &values, bits, sizes, &|a, b| a == b);
        for value in &values {
            let element = field.from_rational(value).unwrap();
            prop_assert!(field.value(element) < prime);
            if let Some(inverse) = field.invert(element) {
                prop_assert_eq!(field.multiply(&inverse, &element), field.one());
            }
        }
        // The largest residues are the hardest on the accumulators.
        let largest = field.element(prime - 1);
        let product = field.matmul((1, 100, 5), &[largest; 100], &[largest; 500]);
        prop_assert!(product.iter().all(|&sum| sum == field.element(100)));
    }

    #[test]
    fn of_centred_fields(
        values in proptest::collection::vec(rationals(), 3..6),
        bits: u64,
        sizes in (0usize..9, 0usize..40, 0usize..9),
        prime in prop_oneof![
            Just(7), Just(previous_prime(1 << 23).unwrap()),
            (1u64 << 4..1 << 23).prop_map(|n| previous_prime(n).unwrap()),
        ],
    ) {
        let field = CentredField::new(prime).unwrap();
        // A prime that divides a denominator is for another test.
        let convertible = |value: &BigRational| value.denom() % prime != 0.into();
        let usable = |value| if convertible(&value) { value } else { rational(5, 1) };
        let values: Vec<BigRational> = values.into_iter().map(usable).collect();
        all_laws(&field, &values, bits, sizes, &|a, b| a == b);
        let wide = PrimeField::new(prime).unwrap();
        for value in &values {
            let element = field.from_rational(value).unwrap();
            prop_assert!(element.abs() <= (prime - 1) as f64 / 2.0);
            prop_assert_eq!(field.value(element), wide.value(wide.from_rational(value).unwrap()));
            if let Some(inverse) = field.invert(element) {
                prop_assert_eq!(field.multiply(&inverse, &element), field.one());
            }
        }
    }

    /// The largest elements are the hardest on the sums: runs of 511 products, and what follows.
    #[test]
    fn of_the_largest_centred_elements(
        k in prop_oneof![Just(510usize), Just(511), Just(512), Just(1023), 1usize..3000],
        negative: bool,
    ) {
        let prime = previous_prime(1 << 23).unwrap();
        let field = CentredField::new(prime).unwrap();
        let largest = (prime - 1) as f64 / 2.0;
        let other = if negative { -largest } else { largest };
        // (p - 1)/2 = -1/2 modulo p, so k of its squares are k/4.
        let quarter = field.invert(field.element(4)).unwrap();
        let square = if negative { -quarter } else { quarter };
        let expected = field.multiply(&field.element(k as u64), &square);
        let product = field.matmul((3, k, 5), &vec![largest; 3 * k], &vec![other; 5 * k]);
        prop_assert!(product.iter().all(|&sum| sum == expected));
    }

    #[test]
    fn of_degrees(a in degree(), b in degree(), c in degree()) {
        semiring(&Degrees, [&a, &b, &c], &|a, b| a == b);
    }

    /// Upper bounds are no semiring exactly, but sums and products are bounded, and not by much.
    #[test]
    fn of_heights(values in proptest::collection::vec(rationals(), 2..20), bits: u64) {
        let base = Base::new([], &values);
        let heights = Heights::new(base.clone());
        let height = |value| heights.from_rational(value).unwrap();
        let elements: Vec<Height> = values.iter().map(height).collect();
        let absolute = |value: &BigRational| num_traits::Signed::abs(value);
        let sum: BigRational = values.iter().map(absolute).sum();
        let product: BigRational = values.iter().map(absolute).product();
        let bound_sum = elements.iter().fold(heights.zero(), |sum, x| heights.add(&sum, x));
        let bound_product = elements.iter().fold(heights.one(), |product, x| heights.multiply(&product, x));
        for (value, bound) in [(sum, bound_sum), (product, bound_product)] {
            let norm = bound.norm.log2().unwrap();
            let limit = BigRational::from_integer(num_bigint::BigInt::from(1) << norm);
            prop_assert!(value <= limit);
            let half = rational(1, 2);
            prop_assert!(norm == 0 || value > limit * half * rational(999, 1000));
            let denominator = BigRational::from_integer(base.value(bound.denominator).into());
            prop_assert!((value * denominator).is_integer());
        }
        conversion(&heights, bits, &values, &|a, b| a == b);
    }
}

#[test]
fn numbers_that_are_no_odd_primes_below_2_62_give_no_field() {
    for p in [0, 1, 2, 4, 9, 561, (1 << 62) + 135, u64::MAX - 58] {
        assert!(PrimeField::new(p).is_none(), "{p}");
    }
}

#[test]
fn a_prime_that_divides_a_denominator_halts() {
    let field = PrimeField::new(7).unwrap();
    assert_eq!(field.from_rational(&rational(3, 14)), Err(Halt::NoResidue("3/14".to_string())));
    // 1/3 = 5 modulo 7, since 3 * 5 = 15 = 1.
    assert_eq!(field.value(field.from_rational(&rational(1, 3)).unwrap()), 5);
}

/// 2^(2^k) has 2^k + 1 bits: with a budget of a million bits each, the square of 2^(2^19) is refused.
#[test]
fn long_numbers_halt() {
    let budget = || BitBudget::new(1 << 20, 1 << 40);
    let (rationals, scaled) =
        (Rationals::with_budget(budget()), CommonScale::new(Base::new([], []), budget()));
    let mut x = rational(2, 1);
    let mut y = scaled.from_rational(&rational(1, 2)).unwrap();
    for _ in 0..64 {
        (x, y) = (rationals.multiply(&x, &x), scaled.multiply(&y, &y));
    }
    assert!(matches!(rationals.status(), Err(Halt::Budget(_))));
    assert!(matches!(scaled.status(), Err(Halt::Budget(_))));
}

/// The caller's wish to stop is noticed.
#[test]
fn a_stop_halts() {
    let budget = BitBudget::default().stopped_by(Stop::new(|| true));
    assert!(matches!(Rationals::with_budget(budget).status(), Err(Halt::Budget(_))));
}

/// 3 * 2^-3 has norm at most 1 and denominator 8; 3 * 2^5 has norm 96 <= 2^7 and none; 2^7 exactly has 7.
#[test]
fn heights_of_floats() {
    let heights = Heights::new(Base::new([], []));
    let data = Data::F32(vec![0.375, 96.0, 128.0, 0.0]);
    let elements = heights.from_data(&data).unwrap();
    let parts: Vec<(u64, u64)> =
        elements.iter().map(|x| (x.denominator.two, x.norm.log2().unwrap())).collect();
    assert_eq!(parts, [(3, 0), (0, 7), (0, 7), (0, 0)]);
    // Squared 2^31 times, 128 = 2^7 would have exponent 7 * 2^31; 2^64 times, none that fits.
    let mut x = elements[2];
    for _ in 0..31 {
        x = heights.multiply(&x, &x);
    }
    assert_eq!(x.norm.log2(), Some(7 << 31));
    for _ in 0..33 {
        x = heights.multiply(&x, &x);
    }
    assert_eq!(x.norm.log2(), None);
    // And multiplying by something small does not bring a bound back.
    let tiny = heights.from_data(&Data::F64(vec![f64::MIN_POSITIVE])).unwrap()[0];
    assert_eq!(heights.multiply(&x, &tiny).norm.log2(), None);
    assert_eq!(heights.add(&tiny, &x).norm.log2(), None);
}

/// Large products of heights are found with floats: never below those found entry by entry, and hardly above;
/// with norms from the smallest floats to the largest, zeros, and several denominators.
#[test]
fn large_products_of_heights() {
    let (m, k, n) = (9, 500, 8);
    let heights = Heights::new(Base::new([], [&rational(1, 15)]));
    let mut state = 1u64;
    let mut entries = |count: usize, spread: u64| -> Vec<Height> {
        let mut entry = || {
            state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
            let mantissa = (state >> 40) as i64 % 1001 - 500;
            let two = num_bigint::BigInt::from(1) << ((state >> 20) % spread);
            let value = BigRational::new(mantissa.into(), 1.into());
            let value = if state & 64 == 0 { value / &two } else { value * &two };
            heights
                .from_rational(&(value / num_bigint::BigInt::from(if state & 1024 == 0 { 15 } else { 1 })))
                .unwrap()
        };
        (0..count).map(|_| entry()).collect()
    };
    for spread in [1, 40, 300, 2000] {
        let (a, b) = (entries(m * k, spread), entries(n * k, spread));
        let fast = heights.matmul((m, k, n), &a, &b);
        let slow = matmul_by_definition(&heights, (m, k, n), &a, &b);
        for (fast, slow) in fast.iter().zip(&slow) {
            let difference = fast.norm.approximate_log2() - slow.norm.approximate_log2();
            assert!((-1e-11..1e-11).contains(&difference), "{spread} {difference}");
            assert_eq!(fast.denominator.join(slow.denominator), fast.denominator);
        }
    }
    // Where a sum is known exactly: 500 times 1 is at most the bound, which is strictly above.
    let one = heights.matmul((m, k, n), &vec![Height::ONE; m * k], &vec![Height::ONE; n * k]);
    assert!(one.iter().all(|height| height.norm.approximate_log2() > 500f64.log2()));
    assert!(one.iter().all(|height| height.norm.log2() == Some(9)));
    // A row of zeros gives zeros; an unknown bound gives unknown bounds.
    let mut zeros = vec![Height::ONE; m * k];
    zeros[..k].fill(heights.zero());
    let product = heights.matmul((m, k, n), &zeros, &vec![Height::ONE; n * k]);
    assert!(product[..n].iter().all(|height| height.norm == Magnitude::ZERO));
    assert!(product[n..].iter().all(|height| height.norm != Magnitude::ZERO));
    let mut unknown = heights.from_data(&Data::F64(vec![2.0])).unwrap()[0];
    for _ in 0..64 {
        unknown = heights.multiply(&unknown, &unknown);
    }
    let product = heights.matmul((m, k, n), &vec![unknown; m * k], &vec![Height::ONE; n * k]);
    assert!(product.iter().all(|height| height.norm.log2().is_none()));
}

/// A budget that was once found to be used up stays so, even if the caller changes their mind.
#[test]
fn halts_are_final() {
    use std::sync::atomic::{AtomicBool, Ordering};
    let stop = std::sync::Arc::new(AtomicBool::new(true));
    let seen = stop.clone();
    let budget = BitBudget::default().stopped_by(Stop::new(move || seen.load(Ordering::Relaxed)));
    let rationals = Rationals::with_budget(budget);
    assert!(rationals.status().is_err());
    stop.store(false, Ordering::Relaxed);
    assert!(rationals.status().is_err());
}
