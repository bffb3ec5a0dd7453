//! An estimate beside the bill, as a person reads it: a row for each service, and a sentence for each likely cause.

use super::amount::signed;
use super::json::{document, total_json};
use super::{TERMS, Table, View, basis, cell, paint, service};
use crate::core::bill::Cost;
use crate::core::identity::TAG_STACK;
use crate::core::money::{Money, shown};
use crate::core::visible::line;
use crate::pricing::actual::{Bill, Cause, Comparison, Kind, Period, Row};
use jiff::ToSpan;
use serde_json::{Value, json};

/// Returns the table and what explains it as text.
pub fn actual(cost: &Cost, bill: &Bill, compared: &Comparison, view: &View) -> String {
    let title = format!("{} {}", paint::strong(&view.title), paint::calm(&format!("in {}, beside AWS's bill", cost.region)));
    let mut text = paint::wrap(&title, view.width, 2) + "\n";
    for said in about(cost, bill, view) {
        text += &format!("{}\n", paint::calm(&paint::wrap(&said, view.width, 2)));
    }
    let rows = compared.rows.iter().map(|row| cells(row, view)).collect();
    let table = Table { head: HEAD.map(str::to_owned), rows, sums: vec![sums(compared, view)], right: &[1, 2, 3] };
    text += &format!("\n{}\n", table.text(view.room, paint::strong, paint::strong));
    for row in &compared.rows {
        for cause in &row.causes {
            text += &format!("{}\n", paint::wrap(&format!("{}: {}", name(row), sentence(cause, view)), view.width, 2));
        }
    }
    text += "\n";
    for said in remarks(bill, view) {
        text += &format!("{}\n", paint::wrap(&said, view.width, 0));
    }
    text
}

/// Returns the same as Markdown.
pub fn actual_markdown(cost: &Cost, bill: &Bill, compared: &Comparison, view: &View) -> String {
    let rows = compared.rows.iter().map(|row| {
        let [name, estimate, billed, difference, _] = cells(row, view);
        let causes = row.causes.iter().map(|cause| sentence(cause, view)).collect::<Vec<_>>().join(" ");
        [cell(&name), estimate, billed, difference, cell(&causes)]
    });
    let [month, estimate, billed, difference, _] = sums(compared, view);
    let sums = vec![[format!("**{month}**"), estimate, billed, difference, String::new()]];
    let table = Table { head: HEAD.map(cell), rows: rows.collect(), sums, right: &[1, 2, 3] }.markdown();
    let said =
        about(cost, bill, view).into_iter().chain(remarks(bill, view)).map(|said| format!("\n{}\n", cell(&said))).collect::<String>();
    format!("### {} in {}, beside AWS's bill\n\n{table}{said}", cell(&view.title), cost.region)
}

/// Returns the same for other programs, with every line of the bill.
pub fn actual_json(cost: &Cost, bill: &Bill, compared: &Comparison, view: &View) -> Value {
    let Bill { period, estimated, apart, .. } = bill;
    let row = |row: &Row| {
        let Row { service, estimate, billed, causes, used } = row;
        let difference = row.difference();
        json!({ "service": service, "estimate": total_json(*estimate), "billed": billed, "difference": difference, "causes": causes, "lines": used })
    };
    let rest = json!({
        "tag": { "key": TAG_STACK, "value": view.title },
        "period": { "from": period.from, "to": period.to, "is": period.is, "hours": period.hours(), "factor": period.factor() },
        "estimated": estimated,
        "estimate": total_json(compared.estimate),
        "billed": compared.billed,
        "difference": compared.difference(),
        "services": compared.rows.iter().map(row).collect::<Vec<_>>(),
        "apart": apart,
    });
    document(&cost.region, &cost.today, cost.into(), view, rest)
}

const HEAD: [&str; 5] = ["service", "estimate", "bill", "difference", "likely cause"];

fn cells(row: &Row, view: &View) -> [String; 5] {
    let billed = row.billed.map_or_else(|| "none".to_owned(), |billed| view.money(billed));
    let cause = row.causes.first().map_or("", |cause| short(cause)).to_owned();
    [name(row), view.of(&row.estimate, row.estimate.list.likely), billed, differs(row.difference(), view), cause]
}

fn sums(compared: &Comparison, view: &View) -> [String; 5] {
    let estimate = view.of(&compared.estimate, compared.estimate.list.likely);
    ["a month".to_owned(), estimate, view.money(compared.billed), differs(compared.difference(), view), String::new()]
}

fn differs(difference: Option<Money>, view: &View) -> String {
    match difference {
        None => "?".into(),
        Some(amount) if amount.cents().is_zero() => String::new(),
        Some(amount) => signed(view, amount),
    }
}

fn name(row: &Row) -> String {
    line(service(&row.service).trim_start()).into_owned()
}

/// Says what both columns are.
fn about(cost: &Cost, bill: &Bill, view: &View) -> [String; 2] {
    let estimate = basis(cost.lines().map(|(_, line)| line), &cost.generated, &cost.catalogue, view);
    [
        format!("estimate: likely, {TERMS}; {estimate}"),
        format!("bill: unblended cost of what carries the tag `{TAG_STACK} = {}`, {}", line(&view.title), days(&bill.period)),
    ]
}

fn days(period: &Period) -> String {
    let (last, hours) = (period.to.saturating_sub(1.day()), period.hours());
    match period.is {
        Kind::Month => format!("of {}, as AWS billed its {hours} hours", period.from.strftime("%Y-%m")),
        Kind::MonthSoFar => {
            format!("of {}, which is not over: up to {last}, scaled from {hours} to 730 hours", period.from.strftime("%Y-%m"))
        }
        Kind::Days => format!("from {} to {last}, scaled from {hours} to 730 hours", period.from),
    }
}

/// Says what else the figures rest on.
fn remarks(bill: &Bill, view: &View) -> Vec<String> {
    let mut said = Vec::new();
    if bill.estimated {
        said.push("AWS calls its figures an estimate: they may still change, and lag by up to a day.".to_owned());
    }
    if !bill.apart.is_empty() {
        let apart = bill.apart.iter().map(|(kind, amount)| format!("{kind} {}", view.money(*amount))).collect::<Vec<_>>().join(", ");
        said.push(format!("Apart from it, in the whole period: {apart}."));
    }
    said.push("Data transfer stands by itself here; AWS's bill has it in the services that send it.".into());
    said.push("The support plan, most taxes and what AWS bills without tags are in no stack's bill.".into());
    said
}

/// A cause in a word or two.
fn short(cause: &Cause) -> &'static str {
    match cause {
        Cause::Usage { .. } | Cause::Assumptions { .. } => "usage",
        Cause::InRange => "within its range",
        Cause::FreeTier { .. } => "free tier",
        Cause::Younger { .. } => "younger than that",
        Cause::NotBilled => "not on the bill",
        Cause::NotEstimated { .. } | Cause::OtherUsage { .. } => "not in the estimate",
        Cause::Unpriced { .. } => "no price",
        Cause::Reserved { .. } => "paid in advance",
        Cause::Unexplained => "unknown",
    }
}

fn sentence(cause: &Cause, view: &View) -> String {
    let keys = |measures: &[String]| measures.iter().map(|measure| format!("`{measure}`")).collect::<Vec<_>>().join(", ");
    match cause {
        Cause::Usage { what, unit, assumed, billed, measures, table } => {
            let (billed, assumed) = (shown(*billed), shown(*assumed));
            match measures.as_slice() {
                [] => format!("{what}: {billed} {unit} were billed, where the estimate has {assumed}, by what the file wants."),
                measures => format!(
                    "{what}: {billed} {unit} were billed, where the estimate has {assumed}; {} in `[usage.\"{table}\"]` says how much it is.",
                    keys(measures)
                ),
            }
        }
        Cause::Assumptions { measures } => {
            format!("the estimate rests on {}; --usage-from 30d reads what CloudWatch knows of them.", keys(measures))
        }
        Cause::InRange => "the bill lies between a quiet month and a busy one.".into(),
        Cause::FreeTier { amount } => format!("AWS's free tier takes {} off, which the estimate shows beside it.", view.money(*amount)),
        Cause::Younger { since } => {
            format!("it has costs from {} on only: it is younger than the period, or the tag was activated then.", line(since))
        }
        Cause::NotBilled => {
            "nothing of it carries the tag in this period: it is younger, AWS bills it without tags, or it was free of charge.".into()
        }
        Cause::NotEstimated { usage_type } => {
            format!("the estimate has nothing of it; most of it is {}.", line(usage_type))
        }
        Cause::OtherUsage { usage_type, amount } => {
            format!("{} is {}, which the estimate does not have.", view.money(*amount), line(usage_type))
        }
        Cause::Unpriced { lines } => format!("the estimate has {} without a price.", paint::count(*lines, "line")),
        Cause::Reserved { amortized } => {
            format!("reservations or Savings Plans pay for a part; with these spread over their time it is {}.", view.money(*amortized))
        }
        Cause::Unexplained => "none of the usual causes explains it; --detail and Cost Explorer, by usage type, show the lines.".into(),
    }
}
