//! The part of a cost that matters first: its largest lines, and the assumptions that it rests on.

use super::{Table, View, paint};
use crate::core::address::Address;
use crate::core::bill::{Basis, Cost, Line, Priced, Rated, Total};
use crate::core::money::{Decimal, Money};
use std::cmp::Reverse;
use std::collections::BTreeSet;

/// So many lines are shown of those that cost most.
const LARGEST: usize = 5;
/// So many of those that a busy month makes dearer, beside them.
const GROWING: usize = 2;
/// Addresses leave so much room to what their lines are for.
const READABLE: usize = 24;
/// So many assumptions are named.
const ASSUMED: usize = 5;

/// The largest lines and those that grow most, with their share of a month; nothing where there are hardly more lines than that.
pub(super) fn largest(cost: &Cost, view: &View) -> String {
    let priced = cost.lines().filter_map(|(address, line)| match &line.price {
        Rated::Priced(priced) => Some((address, line, priced.as_ref())),
        Rated::Unpriced(_) => None,
    });
    let priced = priced.filter(|(.., priced)| !priced.cost.high.cents().is_zero()).collect::<Vec<_>>();
    if priced.len() <= LARGEST + GROWING {
        return String::new();
    }
    let mut order = (0..priced.len()).collect::<Vec<_>>();
    order.sort_by_key(|at| Reverse(priced[*at].2.cost.likely));
    let mut growing = order[LARGEST..].to_vec();
    growing.sort_by_key(|at| Reverse(growth(priced[*at].2)));
    growing.truncate(GROWING);
    let shown = order[..LARGEST].iter().copied().chain(growing.into_iter().filter(|at| !growth(priced[*at].2).cents().is_zero()));
    let shown = shown.collect::<BTreeSet<_>>();
    let mut rows = order.iter().filter(|at| shown.contains(at)).map(|at| row(priced[*at], &cost.total(), view)).collect::<Vec<_>>();
    fit(&mut rows, view.room);
    let head = ["largest lines", "", "likely", "high", ""].map(str::to_owned);
    Table { head, rows, sums: Vec::new(), right: &[2, 3, 4] }.text(view.room, paint::strong, paint::strong) + "\n"
}

/// Cuts addresses and what they are billed for to the room that the amounts leave, and no more than that: each is one line.
fn fit(rows: &mut [[String; 5]], room: usize) {
    let widest = |rows: &[[String; 5]], at: usize| rows.iter().map(|row| paint::width(&row[at])).max().unwrap_or(0);
    let amounts = (2..5).map(|at| widest(rows, at).max("likely".len()) + 2).sum::<usize>();
    let room = room.saturating_sub(amounts + 2);
    let address = widest(rows, 0).min(room.saturating_sub(widest(rows, 1).min(READABLE)));
    for [name, said, ..] in rows {
        (*name, *said) = (paint::middle(name, address), paint::cut(said, room.saturating_sub(address)));
    }
}

fn growth(priced: &Priced) -> Money {
    priced.cost.high - priced.cost.likely
}

fn row((address, line, priced): (&Address, &Line, &Priced), total: &Total, view: &View) -> [String; 5] {
    let (whole, part) = (total.list.likely.dollars(), priced.cost.likely.dollars());
    // A share of a total that is not known is not known.
    let share = if whole.is_zero() || !total.is_known() { Decimal::ZERO } else { (part / whole * Decimal::ONE_HUNDRED).round() };
    let share = if share.is_zero() { String::new() } else { format!("{share} %") };
    [address.to_string(), line.what.clone(), view.money(priced.cost.likely), view.money(priced.cost.high), share]
}

/// Says what the figures assume because the file does not say it, the dearest first.
pub(super) fn assumed(cost: &Cost, view: &View) -> String {
    let mut lines = cost.lines().filter(|(_, line)| is_assumed(line)).collect::<Vec<_>>();
    if lines.is_empty() {
        return String::new();
    }
    lines.sort_by_key(|(_, line)| Reverse(line.total().list.high));
    let total = lines.iter().map(|(_, line)| line.total()).sum::<Total>();
    let sum = format!("{}, {} in a busy month", view.said(&total), view.of(&total, total.list.high));
    let head = format!("{} because [usage] says nothing of it: {sum}", paint::strong("Assumed"));
    let mut text = paint::wrap(&head, view.width, 2) + "\n";
    for (address, line) in lines.iter().take(ASSUMED) {
        let Basis::Usage(said) = &line.basis else { continue };
        let said = format!("{address}  {}: {said}", line.what);
        text += &format!("  {}\n", paint::wrap(&said, view.width, 4));
    }
    if lines.len() > ASSUMED {
        text += &format!("  and {} more; --detail shows them\n", lines.len() - ASSUMED);
    }
    text + "\n"
}

fn is_assumed(line: &Line) -> bool {
    matches!(&line.basis, Basis::Usage(said) if said.contains("the default"))
}
