//! Reservations and Savings Plans beside what a stack would use of them.

pub(super) mod in_part;
pub(super) mod in_vain;

use crate::core::bill::Pledge;
use crate::core::usage::{Remark, Usage};
use crate::core::view::View;
use crate::kinds;
use crate::pricing::Estate;
use crate::pricing::catalog::Catalog;
use crate::pricing::cost::price;
use std::collections::BTreeSet;
use std::rc::Rc;

/// A commitment, and the day that it begins if the file says one.
type Dated = (Pledge, Option<String>);

/// Works out once for these rules what is used of each in an ordinary month. A rule knows no day: one that begins on a day is looked at
/// as on that day, beside those that last then, and any other beside all that the file says.
fn find(usage: &Usage, view: &View<'_>) -> Rc<Vec<Dated>> {
    view.derived(|view| {
        let estate = Estate::of_view(view, &kinds::priced);
        let begins = |pledge: &Pledge| usage.committed.get(pledge.address.as_str().rsplit('.').next()?)?.begins.clone();
        let days = usage.committed.values().map(|one| one.begins.clone()).collect::<BTreeSet<_>>();
        let on = days.iter().flat_map(|day| {
            let pledges = price(&estate, usage, Catalog::embedded(), day.as_deref().unwrap_or_default()).commitments;
            pledges.into_iter().map(|pledge| (begins(&pledge), pledge)).filter(|(begins, _)| begins == day).collect::<Vec<_>>()
        });
        on.map(|(begins, pledge)| (pledge, begins)).collect()
    })
}

fn remark((pledge, begins): &Dated, message: String, help: &str) -> Remark {
    let label = pledge.address.to_string();
    Remark { label, measure: String::new(), message, help: help.to_owned(), begins: begins.clone() }
}
