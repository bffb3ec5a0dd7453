//! The bill: amounts of `[usage]` that it does not follow.

pub(super) mod idle;
pub(super) mod out_of_bounds;
pub(super) mod unknown;

use crate::core::usage::Usage;
use crate::core::view::View;
use crate::kinds;
use crate::pricing::Estate;
use crate::pricing::unbilled::{Unbilled, unbilled};

fn find(usage: &Usage, view: &View<'_>) -> Unbilled {
    unbilled(&Estate::of_view(view, &kinds::priced), usage)
}
