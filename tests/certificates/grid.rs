//! `grid`.

use samenet::certificate::{Agreement, Certificate, Evidence};
use samenet::domain::Relation;

use super::{by, claim_source, forged, grid, models_source, naturals, number, rational};

fn certificate() -> Certificate {
    by(claim_source("equal everywhere"), grid(), None).unwrap()
}

fn fields(evidence: &mut Evidence) -> &mut Agreement {
    match evidence {
        Evidence::Grid(agreement) => agreement,
        other => panic!("{other:?}"),
    }
}

/// `x0 x1 / 3 - ((x0 + x1)^2 - (x0 - x1)^2) / 12`, degree 2 in 2 variables: C(4, 2) = 6 points. With |x| <= 2
/// = 2^1: `x0 x1` is at most 2^2, a third of it (1/3 is at most 2^-1) 2^1. Sums of two terms are at most 2^2,
/// their squares 2^4, the difference of these 2^5, a twelfth of it 2^2, and the difference of the models 2^3.
/// L is 12, at most 2^4, and once in each denominator.
#[test]
fn fields_are_what_theory_says() {
    let mut certificate = certificate();
    let agreement = fields(&mut certificate.evidence);
    assert_eq!((agreement.degree, agreement.points), (2, 6));
    assert_eq!(agreement.bound_log2, 3 + 4);
    // 2^62 - 57 is the largest prime below 2^62.
    assert_eq!(agreement.primes, naturals(&[(1 << 62) - 57]));
    assert_eq!(agreement.scale, None);
}

#[test]
fn too_low_a_degree_or_too_few_points() {
    let certificate = certificate();
    forged(&certificate, "evidence.grid.degree", "it is 2, and", |forged| {
        fields(&mut forged.evidence).degree = 1
    });
    forged(&certificate, "evidence.grid.degree", "it is 2, and", |forged| {
        fields(&mut forged.evidence).degree = 3
    });
    for points in [0, 3, 5, 7] {
        forged(&certificate, "evidence.grid.points", "it is 6, and", |forged| {
            fields(&mut forged.evidence).points = points;
        });
    }
    forged(&certificate, "evidence.grid.degree", "it is 2, and", |forged| {
        let agreement = fields(&mut forged.evidence);
        (agreement.degree, agreement.points) = (1, 3);
    });
}

#[test]
fn too_small_a_bound() {
    let certificate = certificate();
    forged(&certificate, "evidence.grid.bound_log2", "it is", |forged| {
        fields(&mut forged.evidence).bound_log2 = 1;
    });
    forged(&certificate, "evidence.grid.bound_log2", "it is", |forged| {
        fields(&mut forged.evidence).bound_log2 += 1;
    });
}

/// Wrong primes: a product below the bound, small primes, one that divides the denominator 3, one twice, none
/// at all, numbers that are not prime, and primes that are not the largest.
#[test]
fn chosen_primes() {
    let certificate = certificate();
    for primes in [&[3][..], &[101], &[(1 << 61) - 1], &[(1 << 62) - 59], &[1]] {
        forged(&certificate, "evidence.grid.primes.0", "it is \"4611686018427387847\", and", |forged| {
            fields(&mut forged.evidence).primes = naturals(primes);
        });
    }
    for (primes, reason) in [
        (&[][..], "there are 1, and 0 are claimed"),
        (&[(1 << 62) - 57, (1 << 62) - 57], "there are 1, and 2 are claimed"),
    ] {
        forged(&certificate, "evidence.grid.primes", reason, |forged| {
            fields(&mut forged.evidence).primes = naturals(primes);
        });
    }
}

#[test]
fn a_factor_only_up_to_scale_and_only_the_right_one() {
    forged(&certificate(), "evidence.grid.scale", "no others", |forged| {
        fields(&mut forged.evidence).scale = Some(number(1, 1));
    });
    let scaled = by(claim_source("up to scale"), grid(), Some(rational(3, 1))).unwrap();
    forged(&scaled, "evidence.grid.scale", "belongs", |forged| fields(&mut forged.evidence).scale = None);
    for wrong in [number(-3, 1), number(0, 1)] {
        forged(&scaled, "evidence.grid.scale", "not positive", |forged| {
            fields(&mut forged.evidence).scale = Some(wrong);
        });
    }
    // A factor of the same size does not change the bound, but the values disagree.
    for wrong in [number(4, 1), number(7, 2)] {
        assert!(super::after(&scaled, |forged| fields(&mut forged.evidence).scale = Some(wrong)).is_err());
    }
}

/// Models that differ at one point of the grid: `x0 x1` more at (1, 1).
#[test]
fn points_are_evaluated() {
    for (a, b) in [("product", "almost"), ("both", "lifted")] {
        let error = by(models_source(a, b, Relation::Equal, None), grid(), None).unwrap_err().to_string();
        assert!(error.contains("differ modulo a prime at a point"), "{error}");
    }
}

#[test]
fn a_grid_is_not_an_enumeration() {
    let certificate = certificate();
    forged(&certificate, "evidence", "a grid is for inputs that can be anything", |forged| {
        forged.evidence = Evidence::Enumeration(fields(&mut forged.evidence).clone());
    });
}

/// One input free, the other on bits: mixed points. Equality up to shift: the difference of differences.
#[test]
fn domains_and_shifts() {
    let mut mixed = by(claim_source("partly bits"), grid(), None).unwrap();
    // (x . y)^2 has degree 4 and the other model 5. Points of weight at most 5: bits of weight 0, 1, 2 in 1,
    // 2, 1 ways, and C(2 + 5, 2) = 21, C(2 + 4, 2) = 15, C(2 + 3, 2) = 10 pairs: 21 + 30 + 10.
    let agreement = fields(&mut mixed.evidence);
    assert_eq!((agreement.degree, agreement.points), (5, 61));
    forged(&mixed, "evidence.grid.points", "61", |forged| fields(&mut forged.evidence).points = 60);
    let shift = by(claim_source("up to shift"), grid(), None).unwrap();
    forged(&shift, "statement.equality.relation", "shift", |forged| {
        if let samenet::certificate::Statement::Equality { relation, .. } = &mut forged.statement {
            *relation = Relation::Equal;
        }
    });
}
