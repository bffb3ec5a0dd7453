//! Changes that AWS would refuse, or would make in its own way: what only shows beside what is live.

pub mod hidden_value;
pub mod moved_database;
pub mod moved_to_another_kind;
pub mod name_in_use;
pub mod rounded_storage;
pub mod storage_shrinks;
pub mod subnets_in_use;
pub mod too_old;
pub mod version_back;

use crate::core::plan::{Action, Change, Plan};
use crate::core::view::{Seen, View};
use std::collections::BTreeMap;

/// Returns every change in place of a plan with the resource that is wanted.
fn in_place<'p>(plan: &'p Plan, view: &'p View<'_>) -> impl Iterator<Item = (&'p Change, &'p Seen<'p>)> {
    let wanted = view.resources().map(|seen| (seen.address, seen)).collect::<BTreeMap<_, _>>();
    let changes = plan.changes.iter().filter(|change| matches!(change.action, Action::Update | Action::Adopt | Action::Move));
    changes.filter_map(move |change| Some((change, *wanted.get(&change.address)?)))
}
