//! Every line of a cost for a spreadsheet, in US dollars and unrounded.

use super::View;
use crate::core::bill::{Cost, Rated};
use crate::core::money::{Decimal, Money};
use crate::core::price::charge::Basis;

const HEAD: &str = "stack,address,kind,module,service,what,key,region,unit,quantity_low,quantity_likely,quantity_high,unit_usd,cost_low_usd,cost_likely_usd,cost_high_usd,free_likely_usd,basis,assumes,as_of,mark,old,source,unpriced";

/// One row a line of each cost, which the first column tells apart. Text that a spreadsheet would take for a formula is quoted so that it does not.
pub fn csv(costs: &[(&Cost, &View)]) -> String {
    let mut text = format!("{HEAD}\n");
    for (item, title) in costs.iter().flat_map(|(cost, view)| cost.items.iter().map(|item| (item, &view.title))) {
        for line in &item.lines {
            let (basis, assumes) = match &line.basis {
                Basis::Fixed => ("fixed", ""),
                Basis::Scaled(said) => ("scaled", said.as_str()),
                Basis::Usage(said) => ("usage", said.as_str()),
            };
            let quantity = line.quantity.map(plain);
            let mut cells = vec![title.clone(), item.address.to_string(), item.kind.clone(), item.address.group().to_owned()];
            cells.extend([&line.service, &line.what, &line.key, &line.region, &line.unit].map(String::clone));
            cells.extend([quantity.low, quantity.likely, quantity.high]);
            match &line.price {
                Rated::Priced(priced) => {
                    let unit = priced.bands.first().map(|band| dollars(band.usd)).unwrap_or_default();
                    let amounts = priced.cost.map(dollars);
                    let mark = priced.mark.remark();
                    cells.extend([
                        unit,
                        amounts.low,
                        amounts.likely,
                        amounts.high,
                        dollars(priced.free.likely),
                        basis.into(),
                        assumes.into(),
                    ]);
                    cells.extend([priced.as_of.clone(), mark.to_owned(), priced.old.to_string(), priced.source.clone(), String::new()]);
                }
                Rated::Unpriced(reason) => {
                    cells.extend(std::iter::repeat_n(String::new(), 5));
                    cells.extend([basis.to_owned(), assumes.to_owned()]);
                    cells.extend(std::iter::repeat_n(String::new(), 4));
                    cells.push(reason.clone());
                }
            }
            text += &(cells.iter().map(|cell| quote(cell)).collect::<Vec<_>>().join(",") + "\n");
        }
    }
    text
}

fn plain(number: Decimal) -> String {
    number.normalize().to_string()
}

pub(super) fn dollars(amount: Money) -> String {
    plain(amount.dollars())
}

pub(super) fn quote(cell: &str) -> String {
    let formula = cell.starts_with(['=', '+', '@', '\t']) || (cell.starts_with('-') && cell.parse::<f64>().is_err());
    let cell = if formula { format!("'{cell}") } else { cell.to_owned() };
    if cell.contains([',', '"', '\n', '\r']) { format!("\"{}\"", cell.replace('"', "\"\"")) } else { cell }
}
