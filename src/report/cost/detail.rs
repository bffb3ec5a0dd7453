//! Every line of a cost: quantity times price, tier by tier, and where each comes from.

use super::{View, paint};
use crate::core::money::{Money, Range, shown};
use crate::core::price::charge::Basis;
use crate::core::price::cost::{Band, Cost, Line, Priced, Rated};

pub(super) fn lines(cost: &Cost, view: &View) -> String {
    let mut text = String::new();
    for item in cost.items.iter().filter(|item| !item.lines.is_empty()) {
        text += &format!("{}  {}\n", paint::strong(item.address.as_str()), paint::calm(&item.kind));
        for line in &item.lines {
            text += &one(line, view);
        }
        text += "\n";
    }
    text
}

fn one(line: &Line, view: &View) -> String {
    let mut text = format!("  {}", line.what);
    match &line.price {
        Rated::Unpriced(reason) => text += &format!("  {} {}\n", paint::bad("unpriced"), reason),
        Rated::Priced(priced) => {
            text += &format!("  {}\n", amounts(priced.cost, view));
            for band in &priced.bands {
                text += &format!("    {}\n", tier(band, line, view, priced.bands.len() > 1 || !band.from.is_zero()));
            }
            if priced.free.likely > Money::ZERO {
                text += &format!("    {} of it given away by AWS\n", view.money(priced.free.likely));
            }
            text += &format!("    {}\n", paint::calm(&source(line, priced)));
        }
    }
    match &line.basis {
        Basis::Fixed => {}
        Basis::Scaled(said) | Basis::Usage(said) => text += &format!("    {}\n", paint::calm(&format!("assumes {said}"))),
    }
    text
}

fn amounts(cost: Range<Money>, view: &View) -> String {
    if cost.is_one() {
        return paint::strong(&view.money(cost.likely));
    }
    format!("{} ({} to {})", paint::strong(&view.money(cost.likely)), view.money(cost.low), view.money(cost.high))
}

fn tier(band: &Band, line: &Line, view: &View, tiered: bool) -> String {
    let Band { from, usd, quantity } = band;
    let from = if tiered { format!(" from {}", shown(*from)) } else { String::new() };
    let cost = view.money(*usd * *quantity);
    format!("{} {}{from} × ${} = {cost}", shown(*quantity), line.unit, usd.dollars().normalize())
}

fn source(line: &Line, priced: &Priced) -> String {
    let remark = priced.mark.remark();
    let marks = [remark, if priced.old { "over a year old" } else { "" }];
    let marks = marks.iter().filter(|mark| !mark.is_empty()).map(|mark| format!(", {mark}")).collect::<String>();
    format!("{} in {}, {}{marks}: {}", line.key, line.region, priced.as_of, priced.source)
}
