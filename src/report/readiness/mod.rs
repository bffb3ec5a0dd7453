//! Readiness for people and machines: the score, what blocks first, what is to be mended by what it is worth, and what nobody knows.

mod html;
mod json;
mod markdown;
#[cfg(test)]
mod tests;

pub use html::html;
pub use json::{VERSION, json};
pub use markdown::markdown;

use super::paint;
use super::table::Table;
use crate::core::readiness::score::{Answered, CAP, Found, Is, Place, Report, Score, Shut, State};

/// Returns the report as text for a terminal of so many columns.
#[must_use]
pub fn text(report: &Report, columns: usize) -> String {
    let score = report.score();
    let mut text = format!("{}\n", paint::strong(&headline(report)));
    text += &circumstances(report).iter().map(|line| format!("{}\n", paint::wrap(line, columns, 0))).collect::<String>();
    text += &format!("\n{}", areas(report, columns));
    let section = |title: &str| format!("\n{}\n", paint::strong(title));
    if score.blockers > 0 {
        text += &section("Blockers");
        text += &report.blockers().map(|found| item(found, &paint::bad(found.code), columns)).collect::<String>();
    }
    let mend = report.to_mend();
    if !mend.is_empty() {
        text += &section("To mend");
        for (one, lost) in mend {
            text += &question(one, &paint::change(one.check.code.id), &worth(lost), columns);
            let open = one.found.iter().filter(|found| found.is == Is::Bad && !found.blocks);
            text += &below(open, one, columns);
        }
    }
    let unknown = unknown(report);
    if !unknown.is_empty() {
        text += &section("Unknown");
        for (one, found) in unknown {
            text += &question(one, &paint::change(one.check.code.id), "", columns);
            text += &below(found.into_iter(), one, columns);
        }
    }
    if !report.errors.is_empty() {
        text += &format!("\n{}\n", paint::wrap(HIDDEN, columns, 0));
    }
    if report.accepted().next().is_some() {
        text += &section("Accepted");
        for found in report.accepted() {
            let Is::Accepted { because } = &found.is else { continue };
            let line = format!("{}{}, because {because}", about(found), found.says);
            text += &hanging(&format!("  {}  ", found.code), &line, columns, 6);
        }
    }
    let passed = report.of(State::Passed).map(|one| one.check.code.id).collect::<Vec<_>>();
    let apart = report.of(State::NotApplicable).map(|one| one.check.code.id).collect::<Vec<_>>();
    let unseen = report.of(State::NotLooked).map(|one| one.check.code.id).collect::<Vec<_>>();
    text += "\n";
    for (what, codes) in [("passed", passed), ("does not apply", apart), ("not looked at (--live)", unseen)] {
        if !codes.is_empty() {
            text += &format!("{}\n", paint::wrap(&format!("{what}: {}", codes.join(", ")), columns, 2));
        }
    }
    for code in &report.vain {
        text += &format!("{}\n", paint::wrap(&vain(code), columns, 2));
    }
    text
}

/// Says in one line how the stack stands.
pub(super) fn headline(report: &Report) -> String {
    format!("{}: {} of 100", report.owner, report.score().points)
}

/// Says what the score rests on.
pub(super) fn circumstances(report: &Report) -> Vec<String> {
    let Score { uncapped, at_most, blockers, unknown, points } = report.score();
    let account = report.account.as_ref().map(|account| format!(", {account}")).unwrap_or_default();
    let seen = if report.live { "the file and what is live" } else { "the file alone; --live looks at what is live as well" };
    let mut lines = vec![format!("{}{account}, {}: by {seen}", report.region, report.day)];
    if blockers > 0 {
        let those = if blockers == 1 { "a blocker".to_owned() } else { format!("{blockers} blockers") };
        lines.push(format!("{those}: no more than {CAP} points with one; {uncapped} without"));
    }
    if unknown > 0 {
        let things = paint::count(unknown, "thing");
        let most = if at_most > points { format!("; {at_most} points if all of it is well") } else { String::new() };
        lines.push(format!("{things} unknown: no points for what nobody can tell{most}"));
    }
    lines
}

/// The sentence about a file that cannot be planned.
pub(super) const HIDDEN: &str =
    "The file has errors. What they keep from being made could not be looked at, and is unknown: mend them, and assess it again.";

pub(super) fn vain(code: &str) -> String {
    format!("{code} is accepted and finds nothing: take that entry out of the file")
}

/// Says why a gate refuses.
#[must_use]
pub fn refusal(shut: Shut) -> (String, &'static str) {
    match shut {
        Shut::Under { points, least } => {
            (format!("{points} points are less than the {least} of --min"), "blockers first: with one, no stack has more than 65 points")
        }
        Shut::Unknown(1) => ("one thing is unknown, and --min lets nothing unknown pass".into(), ANSWER),
        Shut::Unknown(things) => (format!("{things} things are unknown, and --min lets nothing unknown pass"), ANSWER),
    }
}

const ANSWER: &str = "let it be read, or mend what hides it; [[accept]] takes it as it is, with a reason";

fn areas(report: &Report, columns: usize) -> String {
    let rows = report.shares().into_iter().map(|share| {
        let mut remarks = Vec::new();
        remarks.extend((share.unknown > 0).then(|| format!("{} unknown", share.unknown)));
        remarks.extend((share.not_looked > 0).then(|| format!("{} of what is live not looked at", share.not_looked)));
        let score = share.per_cent.map_or("-".to_owned(), |per_cent| format!("{per_cent} %"));
        let passed = if share.counted > 0 { format!("{} of {}", share.passed, share.counted) } else { "-".into() };
        if share.counted == 0 {
            remarks.insert(0, "does not apply".into());
        }
        [share.area.name().to_owned(), share.area.weight().to_string(), score, passed, remarks.join(", ")]
    });
    let head = ["area", "weight", "score", "passed", ""].map(str::to_owned);
    Table { head, rows: rows.collect(), sums: Vec::new(), right: &[1, 2, 3] }.text(columns, paint::calm, paint::strong)
}

fn question(one: &Answered, code: &str, worth: &str, columns: usize) -> String {
    let tail = if worth.is_empty() { String::new() } else { format!("  {worth}") };
    let line = format!("{}{tail}", one.check.question);
    hanging(&format!("  {code}  "), &line, columns, 4 + one.check.code.id.len())
}

/// The points that a check is worth, as people read them.
pub(super) fn worth(lost: f64) -> String {
    let rounded = (lost * 10.0).round() / 10.0;
    match rounded {
        0.0 => "(less than 0.1 points)".into(),
        1.0 => "(1 point)".into(),
        points => format!("({points} points)"),
    }
}

/// The findings of one check, with their remedy once where it is the same for all.
fn below<'f>(found: impl Iterator<Item = &'f Found>, one: &Answered, columns: usize) -> String {
    let found = found.collect::<Vec<_>>();
    let same = same_help(&found);
    let mut text = String::new();
    for found in &found {
        let line = format!("{}{}{}{}", own(found, one), about(found), found.says, mark(found.place.as_ref()));
        text += &hanging("      ", &line, columns, 8);
        if let Some(help) = help(found).filter(|_| same.is_none()) {
            text += &remedy(help, 8, columns);
        }
    }
    text + &same.map(|help| remedy(help, 6, columns)).unwrap_or_default()
}

/// The remedy of something that is not well. What is unknown may be well.
pub(super) fn help(found: &Found) -> Option<&str> {
    found.help.as_deref().filter(|_| found.is == Is::Bad)
}

/// The remedy that all of these have.
pub(super) fn same_help<'f>(found: &[&'f Found]) -> Option<&'f str> {
    let same = found.windows(2).all(|two| help(two[0]) == help(two[1]));
    found.first().filter(|_| same).and_then(|found| help(found))
}

/// The code of a rule whose finding stands below a check's.
pub(super) fn own(found: &Found, one: &Answered) -> String {
    if found.code == one.check.code.id { String::new() } else { format!("{} ", found.code) }
}

fn remedy(help: &str, indent: usize, columns: usize) -> String {
    let margin = " ".repeat(indent);
    hanging(&format!("{margin}{} ", paint::calm("= help:")), help, columns, indent + 8)
}

/// A text behind a head that may be coloured, its further lines at a margin of their own.
fn hanging(head: &str, text: &str, columns: usize, margin: usize) -> String {
    // Each line is taken to begin at the margin; spaces that are not broken at keep the room of a longer head.
    let room = "\u{a0}".repeat(paint::width(head).saturating_sub(margin));
    let lines = paint::wrap(&format!("{room}{text}"), columns, margin);
    format!("{head}{}\n", lines.strip_prefix(&room).unwrap_or(&lines))
}

fn item(found: &Found, code: &str, columns: usize) -> String {
    let line = format!("{}{}{}", about(found), found.says, mark(found.place.as_ref()));
    let mut text = hanging(&format!("  {code}  "), &line, columns, 6);
    if let Some(help) = help(found) {
        text += &remedy(help, 6, columns);
    }
    text
}

/// The node that something is about, in front of what is said of it. What a rule says may name it already.
pub(super) fn about(found: &Found) -> String {
    if found.address.is_empty() || found.says.contains(&found.address) { String::new() } else { format!("`{}`: ", found.address) }
}

fn mark(place: Option<&Place>) -> String {
    place.map(|place| format!(" ({})", line_of(place))).unwrap_or_default()
}

pub(super) fn line_of(Place { file, line }: &Place) -> String {
    format!("{file}:{line}")
}

/// The checks of which something is unknown, with what that is.
pub(super) fn unknown(report: &Report) -> Vec<(&Answered, Vec<&Found>)> {
    let of = |one: &'_ Answered| one.found.iter().any(|found| found.is == Is::Unknown);
    let checks = report.answers.iter().filter(|one| of(one));
    checks.map(|one| (one, one.found.iter().filter(|found| found.is == Is::Unknown).collect())).collect()
}
