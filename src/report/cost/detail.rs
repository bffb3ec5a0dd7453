//! Every line of a cost: quantity times price, tier by tier, and where each comes from.

use super::{View, paint};
use crate::core::bill::Basis;
use crate::core::bill::{Band, Bound, Item, Line, Priced, Rated, Total, Unpriced};
use crate::core::money::{Money, shown};
use crate::pricing::catalog::GLOBAL;
use std::cmp::Reverse;
use std::collections::BTreeMap;

/// All lines below the resources they are for, and the sources once, at the end. The dearest module comes first, in it the dearest
/// resource, and of that the dearest line.
pub(super) fn lines<'a>(items: impl Iterator<Item = &'a Item>, view: &View) -> String {
    let mut items = items.filter(|item| !item.lines.is_empty()).collect::<Vec<_>>();
    let mut modules = BTreeMap::<&str, Total>::new();
    for item in &items {
        let module = modules.entry(item.address.group()).or_default();
        *module = module.plus(item.total());
    }
    let weight = |total: &Total| Reverse((total.list.likely, total.list.high));
    items.sort_by_cached_key(|item| (weight(&modules[item.address.group()]), item.address.group(), weight(&item.total())));
    let all = || items.iter().flat_map(|item| &item.lines);
    let column = all().map(|line| amount(line, view).len()).max().unwrap_or(0);
    let room = view.width.saturating_sub(column + 4);
    let below = |text: &str, room: usize| {
        let lines = paint::wrap(text, room, 2);
        lines.lines().map(|line| format!("  {}  {}\n", " ".repeat(column), paint::calm(line))).collect::<String>()
    };
    let mut sources = Vec::new();
    let mut text = String::new();
    for item in &items {
        let head = format!("{}  {}", paint::strong(item.address.as_str()), paint::calm(&item.kind));
        text += &format!("{}\n", paint::wrap(&head, view.width, 2));
        let mut lines = item.lines.iter().collect::<Vec<_>>();
        lines.sort_by_key(|line| weight(&line.total()));
        for line in lines {
            let amount = amount(line, view);
            let (first, rest) = one(line, view, &mut sources);
            text += &format!(
                "  {}{}  {}\n",
                " ".repeat(column - amount.len()),
                paint::strong(&amount),
                paint::wrap(&first, view.width, column + 6)
            );
            text += &rest.iter().map(|line| below(line, room)).collect::<String>();
        }
        text += "\n";
    }
    if !sources.is_empty() {
        text += &format!("{}\n", paint::strong("sources"));
        for (at, source) in sources.iter().enumerate() {
            text +=
                &format!("  {}\n", paint::fit(&format!("[{}] {source}", at + 1), view.width.saturating_sub(2), 4).replace('\n', "\n  "));
        }
        text += "\n";
    }
    text
}

fn amount(line: &Line, view: &View) -> String {
    match &line.price {
        Rated::Unpriced(_) => "unpriced".into(),
        Rated::Priced(priced) => view.money(priced.cost.likely),
    }
}

/// Says what a line is for with its price, and what there is to know about that, line by line.
fn one<'a>(line: &'a Line, view: &View, sources: &mut Vec<&'a str>) -> (String, Vec<String>) {
    let mut first = line.what.clone();
    let mut rest = Vec::new();
    match &line.price {
        Rated::Unpriced(Unpriced { reason, bound }) => {
            first += &format!(": {} {}", shown(line.quantity.likely), counted(line));
            rest.push(reason.clone());
            rest.extend(bound.as_ref().map(|Bound { most, why, .. }| format!("at most {}, as {why}", view.money(most.likely))));
        }
        Rated::Priced(priced) => {
            match priced.bands.as_slice() {
                [band] if band.from.is_zero() => first += &format!(": {}", product(band, line)),
                bands => {
                    rest.extend(bands.iter().map(|band| format!("{} = {}", product(band, line), view.money(band.usd * band.quantity))))
                }
            }
            if !priced.cost.is_one() {
                first += &format!(" ({} to {})", view.money(priced.cost.low), view.money(priced.cost.high));
            }
            if priced.free.likely > Money::ZERO {
                rest.push(format!("{} of it in the free tier", view.money(priced.free.likely)));
            }
            rest.push(origin(line, priced, sources));
        }
    }
    match &line.basis {
        Basis::Fixed => {}
        Basis::Scaled(said) | Basis::Usage(said) => rest.push(format!("assumes {said}")),
    }
    (first, rest)
}

/// Returns a part of a quantity at its price: `60 GB above 10,240 × $0.085`.
fn product(band: &Band, line: &Line) -> String {
    let Band { from, usd, quantity } = band;
    let above = if from.is_zero() { String::new() } else { format!(" above {}", shown(*from)) };
    let mut price = usd.dollars().normalize();
    price.rescale(price.scale().max(2));
    format!("{} {}{above} × ${price}", shown(*quantity), counted(line))
}

/// A unit that begins with a number would run into the quantity before it.
fn counted(line: &Line) -> String {
    if line.unit.starts_with(|letter: char| letter.is_ascii_digit()) { format!("× {}", line.unit) } else { line.unit.clone() }
}

fn origin<'a>(line: &Line, priced: &'a Priced, sources: &mut Vec<&'a str>) -> String {
    let at = sources.iter().position(|source| *source == priced.source).unwrap_or_else(|| {
        sources.push(&priced.source);
        sources.len() - 1
    });
    let marks = [priced.mark.remark(), if priced.old { "over a year old" } else { "" }];
    let marks = marks.iter().filter(|mark| !mark.is_empty()).map(|mark| format!(", {mark}")).collect::<String>();
    let place = if line.region == GLOBAL { "everywhere".to_owned() } else { format!("in {}", line.region) };
    format!("{} {place}, {}{marks} [{}]", line.key, priced.as_of, at + 1)
}
