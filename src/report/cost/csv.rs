//! Every line of a cost for a spreadsheet, in US dollars and unrounded.

use super::View;
use crate::core::bill::{Basis, Cost, Item, Line, Priced, Rated, Unpriced};
use crate::core::money::{Decimal, Money};

const HEAD: [&str; 26] = [
    "stack",
    "address",
    "kind",
    "module",
    "service",
    "what",
    "key",
    "region",
    "unit",
    "quantity_low",
    "quantity_likely",
    "quantity_high",
    "unit_usd",
    "cost_low_usd",
    "cost_likely_usd",
    "cost_high_usd",
    "free_likely_usd",
    "basis",
    "assumes",
    "as_of",
    "mark",
    "old",
    "source",
    "unpriced",
    "at_most_likely_usd",
    "covered_by",
];

/// Returns a row for each line of each cost, which the first column tells apart.
pub fn csv(costs: &[(&Cost, &View)]) -> String {
    let items = costs.iter().flat_map(|(cost, view)| cost.items.iter().map(|item| (view.title.as_str(), item)));
    records(HEAD, items.flat_map(|(title, item)| item.lines.iter().map(move |line| row(title, item, line))))
}

fn row(title: &str, item: &Item, line: &Line) -> [String; 26] {
    let (basis, assumes) = match &line.basis {
        Basis::Fixed => ("fixed", ""),
        Basis::Scaled(said) => ("scaled", said.as_str()),
        Basis::Usage(said) => ("usage", said.as_str()),
    };
    let Line { what, key, region, service, unit, quantity, .. } = line;
    let quantity = quantity.map(plain);
    let (priced, unpriced, bound) = match &line.price {
        Rated::Priced(priced) => (Some(priced), "", None),
        Rated::Unpriced(Unpriced { reason, bound }) => (None, reason.as_str(), bound.as_ref()),
    };
    let of = |say: fn(&Priced) -> String| priced.map(|priced| say(priced)).unwrap_or_default();
    [
        title.into(),
        item.address.to_string(),
        item.kind.clone(),
        item.address.group().into(),
        service.clone(),
        what.clone(),
        key.clone(),
        region.clone(),
        unit.clone(),
        quantity.low,
        quantity.likely,
        quantity.high,
        of(|priced| priced.bands.first().map(|band| dollars(band.usd)).unwrap_or_default()),
        of(|priced| dollars(priced.cost.low)),
        of(|priced| dollars(priced.cost.likely)),
        of(|priced| dollars(priced.cost.high)),
        of(|priced| dollars(priced.free.likely)),
        basis.into(),
        assumes.into(),
        of(|priced| priced.as_of.clone()),
        of(|priced| priced.mark.remark().into()),
        of(|priced| priced.old.to_string()),
        of(|priced| priced.source.clone()),
        unpriced.into(),
        bound.map(|bound| dollars(bound.most.likely)).unwrap_or_default(),
        line.covered_by.clone().unwrap_or_default(),
    ]
}

/// Returns a head and its rows. Text that a spreadsheet would take for a formula is quoted so that it does not.
pub(in crate::report) fn records<const N: usize>(head: [&str; N], rows: impl Iterator<Item = [String; N]>) -> String {
    let mut out = csv::Writer::from_writer(Vec::new());
    // Writing to memory cannot fail, and each row is as long as the head.
    let _ = out.write_record(head);
    for row in rows {
        let _ = out.write_record(row.map(harmless));
    }
    out.into_inner().ok().and_then(|bytes| String::from_utf8(bytes).ok()).unwrap_or_default()
}

fn harmless(cell: String) -> String {
    let formula = cell.starts_with(['=', '+', '@', '\t']) || (cell.starts_with('-') && cell.parse::<f64>().is_err());
    if formula { format!("'{cell}") } else { cell }
}

fn plain(number: Decimal) -> String {
    number.normalize().to_string()
}

pub(super) fn dollars(amount: Money) -> String {
    plain(amount.dollars())
}
