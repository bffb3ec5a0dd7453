//! The bill: amounts of `[usage]` that it does not follow.

pub(super) mod idle;
pub(super) mod more_than_whole;
pub(super) mod out_of_bounds;
pub(super) mod unknown;

use crate::core::usage::Usage;
use crate::core::view::View;
use crate::kinds;
use crate::pricing::Estate;
use crate::pricing::unbilled::{Unbilled, unbilled};
use std::rc::Rc;

/// Finds them once for all of these rules: a view is looked at beside one `[usage]`.
fn find(usage: &Usage, view: &View<'_>) -> Rc<Unbilled> {
    view.derived(|view| unbilled(&Estate::of_view(view, &kinds::priced), usage))
}
