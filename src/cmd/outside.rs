//! The world around a run, as rollouts need it: the environment of this process is read here.

use crate::core::rollout::smoke::via::Via;
use crate::ops::outside::Outside;

/// Returns what there is: `embedded` for the embedded AWS, and the places that checks are sent to.
pub fn outside(via: &[Via], embedded: bool) -> Outside<'_> {
    Outside { is_set: &|name| std::env::var(name).is_ok_and(|value| !value.trim().is_empty()), via, embedded }
}
