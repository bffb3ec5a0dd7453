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
use std::rc::Rc;

/// Works out once for these rules what is used of each in an ordinary month. A rule knows no day, so all that the file says counts.
fn find(usage: &Usage, view: &View<'_>) -> Rc<Vec<Pledge>> {
    view.derived(|view| price(&Estate::of_view(view, &kinds::priced), usage, Catalog::embedded(), "").commitments)
}

fn remark(pledge: &Pledge, message: String, help: &str) -> Remark {
    Remark { label: pledge.address.to_string(), measure: String::new(), message, help: help.to_owned() }
}
