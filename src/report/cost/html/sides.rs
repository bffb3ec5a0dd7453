//! Two costs on a page: both bars, and the difference by module and by resource, with what is not known of either.

use super::super::compare::{Compared, Pair, Side, Sums, both};
use super::super::{TERMS, View, basis, changes};
use super::bars::{self, Bar};
use super::section::{budget, unpriced};
use super::{escape, figures, header, note, page};
use crate::core::bill::{Sense, Total};
use crate::core::money::Money;

/// Returns both costs as a page, below a heading.
pub fn compare_html(heading: &str, one: Side<'_>, other: Side<'_>) -> String {
    let view = other.view;
    let Compared { modules, resources, total } = Compared::of(one.cost, other.cost);
    let Sums { month, year } = total.with_year(one.view, other.view);
    let origin = basis(both(one, other), &one.cost.generated, &one.cost.catalogue, view);
    let mut text = format!("<section>\n{}", header(heading, &[TERMS, &origin]));
    let busy = view.of(&month.other, month.other.list.high);
    text += &figures(&[
        (changed(&month, view), "the difference, a month"),
        (view.of(&month.one, month.one.list.likely), one.name),
        (view.of(&month.other, month.other.list.likely), other.name),
        (busy, "a busy month then"),
        (changed(&year, view), "the difference, a year"),
    ]);
    if let Some(most) = month.difference.most().filter(|_| month.difference.comes.lines > 0) {
        text += &note(&format!("The difference is at most {} a month.", view.money(most.likely)));
    }
    text += &bars::services(&[(one.name, one.cost.by_service()), (other.name, other.cost.by_service())], view);
    text += "<h2>By module</h2>\n";
    let rows = modules.iter().map(|pair| {
        let bar = |class, side: &Total| Bar { class, amount: side.list.likely, behind: Money::ZERO, known: side.is_known() };
        (pair.name.as_str(), vec![bar("was", &pair.one), bar("now", &pair.other)], cells(pair, view).to_vec())
    });
    text += &bars::rows("module", &[one.name, other.name, "difference"], &rows.collect::<Vec<_>>());
    text += &differing(&resources, [one.name, other.name], view);
    for side in [one, other] {
        let said = changes(side.view).lines().map(note).collect::<String>() + &budget(side.view) + &unpriced(side.cost, view);
        if !said.is_empty() {
            text += &format!("<h2>{}</h2>\n{said}", escape(side.name));
        }
    }
    page(heading, &(text + "</section>\n"))
}

/// The resources whose cost differs, or may.
fn differing(resources: &[Pair], names: [&str; 2], view: &View) -> String {
    if resources.is_empty() {
        return "<h2>By resource</h2>\n<p>Nothing differs.</p>\n".to_owned();
    }
    let [one, other] = names.map(escape);
    let mut text = format!(
        "<h2>By resource</h2>\n<div class=\"scroll\"><table class=\"amounts\">\n<thead><tr><th>resource<th>{one}<th>{other}<th>difference</tr></thead>\n"
    );
    for pair in resources {
        let [before, after, difference] = cells(pair, view).map(|amount| escape(&amount));
        let class = match pair.difference.likely().0 {
            Sense::Exact if pair.difference.list.likely < Money::ZERO => " class=\"saves\"",
            Sense::Unknown => " class=\"open\"",
            Sense::Exact | Sense::AtLeast | Sense::AtMost => "",
        };
        text += &format!("<tr><th scope=\"row\">{}<td>{before}<td>{after}<td{class}>{difference}</tr>\n", escape(&pair.name));
    }
    text + "</table></div>\n"
}

fn cells(pair: &Pair, view: &View) -> [String; 3] {
    let Pair { one, other, difference, .. } = pair;
    [view.of(one, one.list.likely), view.of(other, other.list.likely), view.likely_change(difference)]
}

/// The likely difference of a sum, also where it is nothing.
fn changed(pair: &Pair, view: &View) -> String {
    match view.likely_change(&pair.difference) {
        none if none.is_empty() => view.money(Money::ZERO),
        some => some,
    }
}
