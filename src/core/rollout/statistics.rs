//! Tests of hypotheses about two revisions that served the same minutes.

/// Some requests, and how many of them failed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Share {
    pub failed: u64,
    pub of: u64,
}

impl Share {
    /// The share that failed; 0 of none.
    #[must_use]
    pub fn value(self) -> f64 {
        if self.of == 0 { 0.0 } else { self.failed as f64 / self.of as f64 }
    }
}

/// Expected counts from which the normal distribution stands in for the exact one; five is customary, this is on the safe side.
const MANY: f64 = 50.0;

/// Returns the probability that green fails at least as often by chance, if both revisions fail alike.
///
/// Fisher's exact test, one-sided; where all expected counts are large, the test of two proportions with a pooled share and
/// Yates's correction, from which it then no longer differs. 1 where either side has no requests.
#[must_use]
pub fn worse_by_chance(blue: Share, green: Share) -> f64 {
    let (failed, all) = (blue.failed + green.failed, blue.of + green.of);
    if blue.of == 0 || green.of == 0 || failed == 0 || failed == all {
        return 1.0;
    }
    let pooled = failed as f64 / all as f64;
    let least = (blue.of.min(green.of)) as f64 * pooled.min(1.0 - pooled);
    if least < MANY {
        return hypergeometric_tail(green.failed, failed, green.of, all);
    }
    let spread = (pooled * (1.0 - pooled) * (1.0 / blue.of as f64 + 1.0 / green.of as f64)).sqrt();
    let correction = 0.5 * (1.0 / blue.of as f64 + 1.0 / green.of as f64);
    normal_tail((green.value() - blue.value() - correction) / spread)
}

/// Returns the probability of at least `hits` of `tries`, each of which hits with this probability.
#[must_use]
pub fn hits_by_chance(hits: u64, tries: u64, probability: f64) -> f64 {
    if hits == 0 || probability >= 1.0 {
        return 1.0;
    }
    let expected = tries as f64 * probability;
    let spread = (expected * (1.0 - probability)).sqrt();
    if expected.min(tries as f64 - expected) >= MANY {
        return normal_tail((hits as f64 - 0.5 - expected) / spread);
    }
    let (hit, miss) = (probability.ln(), (-probability).ln_1p());
    let terms = (hits..=tries).map(|count| (ln_choose(tries, count) + count as f64 * hit + (tries - count) as f64 * miss).exp());
    // Far out the terms are nothing, however many there are.
    let mut sum = 0.0;
    for (number, term) in terms.enumerate() {
        sum += term;
        if number > 0 && term < sum * 1e-15 {
            break;
        }
    }
    f64::min(sum, 1.0)
}

/// Returns the probability that of `drawn` out of `all`, of which `marked` are marked, at least `hits` are.
fn hypergeometric_tail(hits: u64, marked: u64, drawn: u64, all: u64) -> f64 {
    let whole = ln_choose(all, drawn);
    let terms = (hits..=marked.min(drawn)).map(|count| {
        let rest = drawn - count;
        if rest > all - marked { 0.0 } else { (ln_choose(marked, count) + ln_choose(all - marked, rest) - whole).exp() }
    });
    terms.sum::<f64>().min(1.0)
}

fn ln_choose(of: u64, take: u64) -> f64 {
    let ln_factorial = |count: u64| libm::lgamma(count as f64 + 1.0);
    ln_factorial(of) - ln_factorial(take) - ln_factorial(of - take)
}

fn normal_tail(z: f64) -> f64 {
    0.5 * libm::erfc(z / std::f64::consts::SQRT_2)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn share(failed: u64, of: u64) -> Share {
        Share { failed, of }
    }

    /// The lady tasting tea (Fisher, The Design of Experiments, 1935): all four right has 1 chance in 70, three or more 17.
    #[test]
    fn fishers_own_example_holds() {
        assert!((worse_by_chance(share(0, 4), share(4, 4)) - 1.0 / 70.0).abs() < 1e-12);
        assert!((worse_by_chance(share(1, 4), share(3, 4)) - 17.0 / 70.0).abs() < 1e-12);
    }

    #[test]
    fn equal_shares_prove_nothing_and_the_two_tests_meet() {
        assert!(worse_by_chance(share(10, 1000), share(10, 1000)) > 0.5);
        assert_eq!(worse_by_chance(share(0, 1000), share(0, 50)), 1.0);
        assert_eq!(worse_by_chance(share(3, 1000), share(0, 0)), 1.0);
        // Just above and just below the change from the exact test to the normal one.
        let (exact, normal) = (worse_by_chance(share(49, 1000), share(70, 1000)), worse_by_chance(share(50, 1000), share(71, 1000)));
        assert!((exact / normal - 1.0).abs() < 0.1, "{exact} {normal}");
        assert!(worse_by_chance(share(1_000_000, 10_000_000), share(1_100_000, 10_000_000)) < 1e-9);
    }

    #[test]
    fn coins_fall_as_they_do() {
        assert!((hits_by_chance(7, 7, 0.5) - 1.0 / 128.0).abs() < 1e-12);
        assert!((hits_by_chance(0, 5, 0.5) - 1.0).abs() < 1e-12);
        assert!((hits_by_chance(9, 10, 0.5) - 11.0 / 1024.0).abs() < 1e-12);
        assert!((hits_by_chance(1, 2, 0.1) - 0.19).abs() < 1e-12);
        assert_eq!(hits_by_chance(1, 2, 0.0), 0.0);
    }
}
