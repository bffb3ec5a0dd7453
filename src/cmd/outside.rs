//! The world around a run, as rollouts need it: the environment of this process is read here.

use crate::core::rollout::smoke::via::Via;
use crate::ops::outside::Outside;

/// Returns what there is: `embedded` for the embedded AWS, and the places that checks are sent to.
pub fn outside(via: &[Via], embedded: bool) -> Outside<'_> {
    Outside { value: &|name| std::env::var(name).ok().filter(|value| !value.trim().is_empty()), via, embedded }
}
