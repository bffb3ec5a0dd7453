//! The history of a stack: its applies in a table, one of them, and two side by side.

use super::cost::{painted, records as csv_records};
use super::paint;
use super::plan::View;
use super::table::Table;
use super::value;
use crate::core::applied::Text;
use crate::core::event::Outcome;
use crate::core::file::DEFAULT_ENV;
use crate::core::history::{Between, Changed, Record, Went};
use crate::core::identity::Scope;
use crate::core::origin::Since;
use crate::core::plan::Action;
use crate::core::visible::line;
use jiff::Timestamp;
use serde_json::{Value, json};
use similar::TextDiff;
use std::collections::BTreeMap;

/// The version of the JSON.
pub const VERSION: u32 = 1;

/// The applies of a page as a table, the newest first, and what page it is.
pub fn list(stack: &str, records: &[Record], [all, page, pages]: [usize; 3], columns: usize) -> String {
    if all == 0 {
        return format!("{}: nothing was applied yet, or nothing that is asked for\n", paint::strong(stack));
    }
    let rows = records.iter().map(|record| {
        let cost = record.cost.as_ref().map(|cost| paint::plain(&painted(cost)).into_owned()).unwrap_or_default();
        [record.apply.to_string(), minute(record.at), counts(record), cost, who(&record.by), outcome(record)]
    });
    let head = ["apply", "when (UTC)", "changes", "a month", "by", ""].map(str::to_owned);
    let table = Table { head, rows: rows.collect(), sums: Vec::new(), right: &[0, 3] };
    let mut text = format!("{}\n\n{}", paint::strong(stack), table.text(columns, paint::calm, paint::strong));
    if pages > 1 {
        text += &format!("\npage {page} of {pages}, {all} in all: --page N, --limit N\n");
    }
    text
}

/// The same for a spreadsheet.
pub fn csv(records: &[Record]) -> String {
    let head = [
        "stack",
        "env",
        "apply",
        "at",
        "ended",
        "outcome",
        "by",
        "caller",
        "approvals",
        "plan",
        "run",
        "create",
        "update",
        "replace",
        "delete",
        "other",
        "kept",
        "delta_likely_usd",
        "delta_is",
        "back_to",
    ];
    let row = |record: &Record| {
        let counts = record.counts();
        let of = |verb: &str| counts.get(verb).copied().unwrap_or(0);
        let others = counts.values().sum::<usize>() - ["create", "update", "replace", "delete"].iter().map(|verb| of(verb)).sum::<usize>();
        let is = record.cost.as_ref().map(|cost| json!(cost.likely().0).as_str().unwrap_or_default().to_owned());
        [
            record.scope.stack.clone(),
            record.scope.env.clone(),
            record.apply.to_string(),
            record.at.to_string(),
            record.end.as_ref().map(|end| end.at.to_string()).unwrap_or_default(),
            word(record).to_owned(),
            record.by.clone(),
            record.caller.clone(),
            record.approvals.join(" "),
            record.plan.clone(),
            record.run.clone(),
            of("create").to_string(),
            of("update").to_string(),
            of("replace").to_string(),
            of("delete").to_string(),
            others.to_string(),
            record.kept.to_string(),
            record.cost.as_ref().map(|cost| cost.list.likely.dollars().normalize().to_string()).unwrap_or_default(),
            is.unwrap_or_default(),
            record.back_to.map(|back| back.apply.to_string()).unwrap_or_default(),
        ]
    };
    csv_records(head, records.iter().map(row))
}

/// A record for machines, without its resources and texts where it is one of many.
pub fn json_of(record: &Record, whole: bool) -> Value {
    let mut value = json!(record);
    value["outcome"] = word(record).into();
    if let Some(members) = value.as_object_mut().filter(|_| !whole) {
        members.remove("resources");
        members.remove("texts");
    }
    value
}

/// The word for how an apply ended: that of its outcome, or `cut_off`.
pub fn word(record: &Record) -> &'static str {
    match record.end.as_ref().map(|end| end.outcome) {
        Some(Outcome::Complete) => "complete",
        Some(Outcome::Partial) => "partial",
        Some(Outcome::Interrupted) => "interrupted",
        Some(Outcome::RolledBack) => "rolled_back",
        None => "cut_off",
    }
}

fn outcome(record: &Record) -> String {
    let ended = match record.end.as_ref().map(|end| end.outcome) {
        Some(Outcome::Complete) => paint::good("complete"),
        Some(Outcome::Partial) => paint::bad("in part"),
        Some(Outcome::Interrupted) => paint::change("interrupted"),
        Some(Outcome::RolledBack) => paint::change("rolled back"),
        // It may be under way still.
        None => paint::bad("no end known"),
    };
    let destroy = if record.destroy { ", destroy".to_owned() } else { String::new() };
    let back = record.back_to.map(|back| format!(", back to {}", back.apply)).unwrap_or_default();
    let bare = if record.bare { ", no file kept" } else { "" };
    format!("{ended}{destroy}{back}{bare}")
}

/// The changes of a record by their glyphs: `+2 ~1 -3`.
fn counts(record: &Record) -> String {
    let mut counts = BTreeMap::<_, usize>::new();
    for change in &record.changes {
        let action = if let Action::Replace { .. } = change.action { Action::Replace { delete_first: false } } else { change.action };
        *counts.entry(action).or_default() += 1;
    }
    counts.iter().map(|(action, count)| format!("{}{count}", action.glyph())).collect::<Vec<_>>().join(" ")
}

/// Whoever ran it, without the number of the process: `anna on build-7`.
fn who(by: &str) -> String {
    line(by.split(" (process").next().unwrap_or(by)).into_owned()
}

fn minute(at: Timestamp) -> String {
    at.strftime("%F %H:%M").to_string()
}

/// All that a record tells, but for its resources.
pub fn show(record: &Record, view: View) -> String {
    let Record { apply, run, plan, at, by, caller, scope, texts, approvals, changes, kept, end, .. } = record;
    let place = paint::calm(&format!("in {}, {}", scope.region, scope.account));
    let mut text = format!("{} {} {place}\n\n", paint::strong(&scope.owner()), paint::strong(&format!("apply {apply}")));
    let mut row = |name: &str, said: String| {
        text += &format!("  {}  {}\n", paint::pad(&paint::calm(name), 8), paint::wrap(&said, view.width, 12));
    };
    let ended = end.as_ref().map(|end| format!(", took {}", paint::duration(end.seconds))).unwrap_or_default();
    row("when", format!("{}{ended}", paint::moment(&at.to_string())));
    row("outcome", outcome(record));
    row("by", line(by).into_owned());
    if !caller.is_empty() {
        row("in AWS", line(caller).into_owned());
    }
    if !approvals.is_empty() {
        row("approved", approvals.iter().map(|one| line(one).into_owned()).collect::<Vec<_>>().join(", "));
    }
    if let Some(cost) = &record.cost {
        row("cost", format!("{} a month", painted(cost)));
    }
    if let Some(back) = record.back_to {
        row("back to", format!("the file of apply {}, {}", back.apply, minute(back.at)));
    }
    let files = texts.files.iter().map(|file| format!("{} ({} lines)", line(&file.path), file.text.lines().count()));
    let sets = texts.set.iter().map(|set| format!("--set {}", line(set)));
    let files = files.chain(sets).collect::<Vec<_>>().join(", ");
    row("file", if files.is_empty() { "none was kept".to_owned() } else { files });
    row("plan", line(plan).into_owned());
    row("run", line(run).into_owned());
    text += "\n";
    let column = changes.iter().map(|change| change.address.as_str().len()).max().unwrap_or(0).min(50);
    for change in changes {
        text += &changed(change, column, view);
    }
    if *kept > 0 {
        text += &format!("  {}\n", paint::calm(&format!("{} left as they were", paint::count(*kept, "resource"))));
    }
    if !texts.files.is_empty() && !record.destroy {
        let next =
            format!("`trueup history diff {apply} last` shows what has changed since, `trueup rollback --to {apply}` plans back to it");
        text += &format!("\n{}\n", paint::wrap(&next, view.width, 0));
    }
    text
}

/// Names the command that goes back to the last apply that did all that it was to do.
pub fn way_back(scope: &Scope, good: Since, columns: usize) -> String {
    let env = if scope.env == DEFAULT_ENV { String::new() } else { format!(" --env {}", scope.env) };
    let text = format!("mend it and apply again, which goes on from here; or go back to apply {}, {}:", good.apply, minute(good.at));
    format!("{}\n  trueup rollback --to {}{env}", paint::wrap(&text, columns, 2), good.apply)
}

fn changed(change: &Changed, column: usize, view: View) -> String {
    let Changed { address, kind, action, fields, from, data_loss, went, .. } = change;
    let went = match went {
        Some(Went::Done) => String::new(),
        Some(Went::NotBegun) => paint::change("not begun"),
        Some(Went::InPart) => paint::bad("failed or cut off"),
        None => paint::calm("not known"),
    };
    let from = from.as_ref().map(|from| format!("from {from}")).unwrap_or_default();
    let loss = if *data_loss { paint::bad("lost its data") } else { String::new() };
    let fields = paint::calm(&fields.join(", "));
    let words = [from, went, loss, fields].into_iter().filter(|word| !paint::plain(word).is_empty()).collect::<Vec<_>>().join(" · ");
    let glyph = paint::action(*action, action.glyph());
    let head = format!("  {glyph} {}  {}", paint::pad(address.as_str(), column), paint::calm(kind));
    let room = view.width.saturating_sub(paint::width(&head) + 2);
    if paint::width(&words) <= room || view.whole {
        format!("{}\n", format!("{head}  {words}").trim_end())
    } else {
        format!("{head}\n      {}\n", paint::wrap(&words, view.width, 6))
    }
}

/// Two applies: how their files differ, and what they left otherwise in AWS.
pub fn diff([before, after]: [&Record; 2], between: &[Between<'_>], view: View) -> String {
    let name = |record: &Record| format!("apply {}, {}", record.apply, minute(record.at));
    let mut text = format!("{} {}\n", paint::strong(&after.scope.owner()), paint::calm(&format!("{} → {}", name(before), name(after))));
    let files = texts(before, after);
    if files.is_empty() {
        text += "\nboth have the same file\n";
    }
    for lines in files {
        text += &format!("\n{}", coloured(&lines));
    }
    if before.bare || after.bare {
        return text + "\nof one of them only the journal is left, so nobody knows how it left its resources\n";
    }
    text += "\n";
    if between.is_empty() {
        return text + "both left the same resources, with the same specs\n";
    }
    for one in between {
        text += &side_by_side(one, view);
    }
    text
}

fn side_by_side(between: &Between<'_>, view: View) -> String {
    let Between { address, kind, before, after, fields } = between;
    let (action, mut remark) = match (before, after) {
        (None, _) => (Action::Create, String::new()),
        (_, None) => (Action::Delete, String::new()),
        (Some(before), Some(after)) if before.id != after.id && !before.id.is_empty() && !after.id.is_empty() => {
            (Action::Replace { delete_first: false }, format!("{} → {}", value::brief(&before.id), value::brief(&after.id)))
        }
        _ => (Action::Update, String::new()),
    };
    if [before, after].into_iter().flatten().any(|one| one.spec.is_null()) {
        remark = "cut off, so nobody knows how it was left".into();
    }
    let glyph = paint::action(action, action.glyph());
    let mut text = format!("{}\n", format!("  {glyph} {address}  {}  {}", paint::calm(kind), paint::calm(&line(&remark))).trim_end());
    for field in fields.iter().filter(|_| remark.is_empty() || action != Action::Update) {
        text +=
            &value::lines(field, view.width.saturating_sub(8), view.whole).iter().map(|line| format!("      {line}\n")).collect::<String>();
    }
    text
}

/// The differences of the texts of two records as patches have them, one of each file, and one of what was set over them.
pub fn texts(before: &Record, after: &Record) -> Vec<String> {
    let mut names = before.texts.files.iter().chain(&after.texts.files).map(|file| file.path.as_str()).collect::<Vec<_>>();
    let mut seen = Vec::new();
    names.retain(|name| {
        !seen.contains(name) && {
            seen.push(*name);
            true
        }
    });
    let text = |record: &'_ Record, name: &str| {
        record.texts.files.iter().find(|file| file.path == name).map(|Text { text, .. }| text.clone()).unwrap_or_default()
    };
    let set = |record: &Record| record.texts.set.iter().map(|set| format!("{set}\n")).collect::<String>();
    let files = names.into_iter().map(|name| (name, text(before, name), text(after, name)));
    let all = files.chain([("--set", set(before), set(after))]);
    all.map(|(name, old, new)| {
        patch([&format!("apply-{}/{}", before.apply, line(name)), &format!("apply-{}/{}", after.apply, line(name))], &old, &new)
    })
    .filter(|patch| !patch.is_empty())
    .collect()
}

/// The lines in which two texts differ, in the form that patches have; empty where they do not.
pub fn patch([old, new]: [&str; 2], before: &str, after: &str) -> String {
    TextDiff::from_lines(before, after).unified_diff().context_radius(3).header(old, new).to_string()
}

/// A patch with its lines in colour.
pub fn coloured(patch: &str) -> String {
    let one = |line: &str| match line.as_bytes().first() {
        Some(b'-') => paint::minus(line),
        Some(b'+') => paint::good(line),
        _ => line.to_owned(),
    };
    patch.lines().map(|line| one(line) + "\n").collect()
}

/// The same for machines.
pub fn diff_json([before, after]: [&Record; 2], between: &[Between<'_>]) -> Value {
    let one = |one: &Between<'_>| {
        let Between { address, kind, before, after, fields } = one;
        json!({ "address": address, "kind": kind, "before": before, "after": after, "fields": fields })
    };
    json!({
        "version": VERSION, "before": json_of(before, false), "after": json_of(after, false),
        "texts": texts(before, after), "resources": between.iter().map(one).collect::<Vec<_>>(),
    })
}
