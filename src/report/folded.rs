//! Changes that are read as one: a task definition with the service that it is made anew for, and updates that are all alike.

use super::paint;
use super::plan::{View, body, within};
use crate::core::address::Address;
use crate::core::plan::{Action, Change, Plan};
use crate::core::reason::{Cause, Reason};
use std::collections::{BTreeMap, BTreeSet};

/// So many updates that are alike are shown as one.
const ALIKE: usize = 5;

/// The changes that are shown as part of others. With everything shown, none are.
#[derive(Default)]
pub struct Folded<'a> {
    /// The change that is made for another, by the address of the other.
    parts: BTreeMap<&'a Address, &'a Change>,
    /// Updates by what they do.
    alike: BTreeMap<String, Vec<&'a Address>>,
    hidden: BTreeSet<&'a Address>,
}

impl<'a> Folded<'a> {
    pub fn of(plan: &'a Plan, view: View) -> Self {
        if view.whole {
            return Folded::default();
        }
        let updates = plan.changes.iter().filter(|change| change.action == Action::Update && !change.data_loss);
        let by_address = updates.clone().map(|change| (&change.address, change)).collect::<BTreeMap<_, _>>();
        let renewed = |change: &'a Change| {
            let part = change.why.iter().find_map(|reason| match reason {
                Reason::Refers { cause: Cause::Renewed { address, .. } } if address.group() == change.address.group() => {
                    by_address.get(address)
                }
                _ => None,
            });
            part.map(|part| (&change.address, *part))
        };
        let parts = updates.clone().filter_map(renewed).collect::<BTreeMap<_, _>>();
        let mut hidden = parts.values().map(|part| &part.address).collect::<BTreeSet<_>>();
        let mut alike = BTreeMap::<_, Vec<_>>::new();
        let has_cost = |address: &Address| plan.cost.as_ref().is_some_and(|cost| !super::cost::plan_amount(cost, address).is_empty());
        for Change { address, .. } in updates.filter(|change| !hidden.contains(&change.address) && !has_cost(&change.address)) {
            alike.entry(body(by_address[address], parts.get(address).copied(), view)).or_default().push(address);
        }
        alike.retain(|_, addresses| addresses.len() >= ALIKE);
        alike.values_mut().for_each(|addresses| addresses.sort());
        hidden.extend(alike.values().flatten());
        Folded { parts, alike, hidden }
    }

    /// True for a change that is shown as a part of another, or among those that are alike.
    pub fn hides(&self, change: &Change) -> bool {
        change.action == Action::Update && self.hidden.contains(&change.address)
    }

    pub fn part_of(&self, change: &Change) -> Option<&'a Change> {
        self.parts.get(&change.address).copied().filter(|_| change.action == Action::Update)
    }

    /// The name of a change within its group, with that of its part.
    pub fn name(&self, change: &Change) -> String {
        let part = self.part_of(change).map(|part| format!(" + {}", within(&part.address))).unwrap_or_default();
        format!("{}{part}", within(&change.address))
    }

    /// The updates that are alike: how many, some of them by name, and what they do.
    pub fn alike(&self, view: View) -> String {
        let mut text = String::new();
        for (body, addresses) in &self.alike {
            let count = paint::strong(&format!("{} alike", paint::count(addresses.len(), "update")));
            text += &format!("\n{count} {}\n", paint::calm("(-v shows each)"));
            let glyph = paint::action(Action::Update, Action::Update.glyph());
            let names = addresses.iter().map(|address| address.as_str()).collect::<Vec<_>>();
            text += &format!("  {glyph} {}\n{body}", first_of(&names, view.width.saturating_sub(4)));
        }
        text
    }
}

/// As many names as have room, and how many there are besides.
fn first_of(names: &[&str], room: usize) -> String {
    let more = |shown: usize| if shown == names.len() { String::new() } else { format!(" and {} more", names.len() - shown) };
    let fits = |shown: &usize| paint::width(&names[..*shown].join(", ")) + more(*shown).len() <= room;
    let shown = (1..=names.len()).rev().find(fits).unwrap_or(1);
    names[..shown].join(", ") + &more(shown)
}
