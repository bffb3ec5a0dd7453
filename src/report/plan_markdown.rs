//! A plan as Markdown, for a comment on a pull request: what changes, what it costs, what stands in its way.

use super::approval;
use super::cost::{plan_amount, plan_summary};
use super::markdown::{block, code, fit, text};
use super::paint;
use super::plan::{View, gist_of, grouped, origin, render, summary};
use super::plan_html::Paper;
use super::reason;
use super::rehearsal;
use super::table::Table;
use super::veil::shown;
use crate::core::plan::{Change, Plan};
use crate::core::reason::Note;
use crate::core::snapshot::Unread;

/// The most rows of the table, and bytes of the details.
const ROWS: usize = 200;
const DETAILS: usize = 30_000;

/// The most bytes of the whole: GitHub takes 65,536 letters in a comment, and somebody may put a few of their own before them.
/// <https://github.com/orgs/community/discussions/27190>
const MOST: usize = 65_000;

/// The whole plan as Markdown, as far as a comment takes it.
pub fn markdown(paper: Paper<'_>) -> String {
    let Paper { plan, digest, demands } = paper;
    let plan = &*shown(plan);
    let scope = &plan.scope;
    let summary = plain(&summary(plan, plan.refusals.len()));
    let mut out = format!("### {} in {}\n\n**{}**\n", code(&scope.owner()), code(&scope.region), text(&summary));
    let lost = plan.changes.iter().filter(|change| change.data_loss).collect::<Vec<_>>();
    if !lost.is_empty() {
        let names = lost.iter().map(|change| code(change.address.as_str())).collect::<Vec<_>>().join(", ");
        out += &format!("\n**Loses its data:** {names}\n");
    }
    out += &refusals(plan);
    out += &unread(plan);
    out += &rehearsal::markdown(plan);
    if !plan.changes.is_empty() {
        out += &format!("\n{}", changes(plan));
    }
    if let Some(cost) = &plan.cost {
        let lines = plain(&plan_summary(plan, cost, false, None));
        let lines = lines.lines().map(|line| text(line.trim())).collect::<Vec<_>>();
        out += &format!("\n{}\n", lines.join("  \n"));
    }
    if !demands.is_empty() {
        let needs = plain(&approval::needs(demands));
        let needs = needs.lines().map(|line| format!("- {}\n", text(line))).collect::<String>();
        out += &format!("\n**Approvals:**\n\n{needs}");
    }
    for note in &plan.notes {
        out += &format!("\n> **{}:** {}\n", if matches!(note, Note::Found(_)) { "warning" } else { "note" }, text(&reason::note(note)));
    }
    if let Some(digest) = digest {
        out += &format!("\n<sub>plan {}, made at {}</sub>\n", code(digest.as_str()), code(&paint::moment(&plan.created)));
    }
    let details = plain(&render(plan, View { width: 120, whole: false }));
    if !plan.changes.is_empty() {
        let details = block(&details);
        out += &format!("\n<details><summary>Every change</summary>\n\n{}\n</details>\n", fit(&details, DETAILS));
    }
    fit(&out, MOST)
}

fn refusals(plan: &Plan) -> String {
    let one = |refusal: &crate::core::reason::Refusal| {
        let reason::Refused { message, help } = reason::refusal(refusal, &refusal.address().into_iter().collect::<Vec<_>>());
        let address = refusal.address().filter(|address| !message.contains(address.as_str()));
        let address = address.map(|address| format!("{}: ", code(address.as_str()))).unwrap_or_default();
        let help = if help.is_empty() { String::new() } else { format!("\n{}", indented(&help)) };
        format!("- {} {address}{}{help}\n", code(refusal.code()), text(&message))
    };
    let lines = plan.refusals.iter().map(one).collect::<String>();
    if lines.is_empty() { lines } else { format!("\n**Refused:**\n\n{lines}") }
}

/// A remedy below an item of a list; one of several lines is code to be pasted.
fn indented(help: &str) -> String {
    let Some((first, rest)) = help.split_once('\n') else { return format!("  {}", text(help)) };
    let rest = block(rest);
    let rest = rest.trim_end().lines().map(|line| format!("  {line}")).collect::<Vec<_>>().join("\n");
    format!("  {}\n\n{rest}", text(first))
}

fn unread(plan: &Plan) -> String {
    let one = |Unread { kind, reason, .. }: &Unread| format!("- {}: {}\n", code(kind), text(reason));
    let lines = plan.unread.iter().map(one).collect::<String>();
    if lines.is_empty() { lines } else { format!("\n**Incomplete:** what could not be read may be there or not\n\n{lines}") }
}

fn changes(plan: &Plan) -> String {
    let amount = |change: &Change| plan.cost.as_ref().map(|cost| plain(&plan_amount(cost, &change.address))).unwrap_or_default();
    let row = |change: &&Change| {
        let mut words = Vec::from([change.action.verb().to_owned()]);
        words.extend(Some(code(&gist_of(change))).filter(|gist| !gist.is_empty()));
        if change.data_loss {
            words.push("**loses its data**".into());
        }
        words.extend(origin(change, false).map(|origin| format!("**{}**", text(&origin))));
        if !change.downtime.is_empty() {
            words.push(text(&change.downtime));
        }
        [
            change.action.glyph().replace('-', "−"),
            code(change.address.as_str()),
            code(&change.kind),
            words.join(" · "),
            text(&amount(change)),
        ]
    };
    let sorted = grouped(plan).into_values().flatten().collect::<Vec<_>>();
    let rows = sorted.iter().take(ROWS).map(row).collect();
    let head = ["", "resource", "kind", "change", "a month"].map(str::to_owned);
    let more = sorted.len().saturating_sub(ROWS);
    let more = if more > 0 { format!("\nand {more} more\n") } else { String::new() };
    Table { head, rows, sums: Vec::new(), right: &[4] }.markdown() + &more
}

fn plain(text: &str) -> String {
    anstream::adapter::strip_str(text).to_string()
}
