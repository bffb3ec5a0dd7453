//! Readiness as a page that stands alone: the score, a bar for each area, blockers first, and every question with its answer.

use super::{HIDDEN, about, circumstances, headline, help, line_of, own, same_help, unknown, vain, worth};
use crate::core::readiness::score::{Answered, Found, Is, Report, Score, Share, State};
use crate::report::page::{escape, figures, header, note, page};
use crate::report::release::html::words;

const STYLE: &str = include_str!("style.css");

#[must_use]
pub fn html(report: &Report) -> String {
    let score = report.score();
    let class = match score {
        Score { blockers: 1.., .. } => "bad",
        Score { unknown: 1.., .. } => "open",
        _ => "well",
    };
    let below = circumstances(report);
    let mut text = format!("<section class=\"{class}\">\n");
    text += &header(&report.owner, &below.iter().map(String::as_str).collect::<Vec<_>>());
    let failed = report.of(State::Failed).count();
    text += &figures(&[
        (format!("{} of 100", score.points), "points"),
        (score.blockers.to_string(), if score.blockers == 1 { "blocker" } else { "blockers" }),
        (failed.to_string(), "questions answered no"),
        (score.unknown.to_string(), "unknown"),
        (report.accepted().count().to_string(), "accepted"),
    ]);
    if score.blockers > 0 {
        text += "<h2>Blockers</h2>\n<ol class=\"blockers\">\n";
        text += &report.blockers().map(|found| format!("<li><b>{}</b> {}</li>\n", found.code, told(found, true))).collect::<String>();
        text += "</ol>\n";
    }
    text += "<h2>Areas</h2>\n<table class=\"areas\">\n<thead><tr><th>area<th>weight<th>score<th class=\"bar\"><th>passed</tr></thead>\n<tbody>\n";
    text += &report.shares().iter().map(area).collect::<String>();
    text += "</tbody>\n</table>\n";
    let mend = report.to_mend();
    if !mend.is_empty() {
        text += "<h2>To mend</h2>\n";
        for (one, lost) in mend {
            text += &format!("<h3><code>{}</code> {} <span>{}</span></h3>\n", one.check.code.id, words(one.check.question), worth(lost));
            text += &list(one, one.found.iter().filter(|found| found.is == Is::Bad && !found.blocks));
        }
    }
    let unknown = unknown(report);
    if !unknown.is_empty() || !report.errors.is_empty() {
        text += "<h2>Unknown</h2>\n";
        for (one, found) in unknown {
            text += &format!("<h3 class=\"unknown\"><code>{}</code> {}</h3>\n", one.check.code.id, words(one.check.question));
            text += &list(one, found.into_iter());
        }
        if !report.errors.is_empty() {
            text += &note(HIDDEN);
        }
    }
    if report.accepted().next().is_some() {
        text += "<h2>Accepted</h2>\n<ul>\n";
        for found in report.accepted() {
            if let Is::Accepted { because } = &found.is {
                let says = words(&format!("{}{}", about(found), found.says));
                text += &format!("<li><code>{}</code> {says} <span>because {}</span></li>\n", found.code, words(because));
            }
        }
        text += "</ul>\n";
    }
    text += "<h2>All questions</h2>\n<table class=\"all\">\n<tbody>\n";
    text += &report.answers.iter().map(row).collect::<String>();
    text += "</tbody>\n</table>\n";
    text += &report.vain.iter().map(|code| note(&vain(code))).collect::<String>();
    text += "</section>\n";
    page(&headline(report), STYLE, &text)
}

fn area(share: &Share) -> String {
    let name = escape(share.area.name());
    let mut remarks = vec![format!("{} of {}", share.passed, share.counted)];
    remarks.extend((share.unknown > 0).then(|| format!("<b class=\"open\">{} unknown</b>", share.unknown)));
    remarks.extend((share.not_looked > 0).then(|| format!("{} not looked at", share.not_looked)));
    let Some(per_cent) = share.per_cent else {
        return format!("<tr class=\"apart\"><th>{name}<td>{}<td colspan=\"3\">does not apply</tr>\n", share.area.weight());
    };
    let bar = format!("<div class=\"meter\" aria-hidden=\"true\"><i style=\"width:{per_cent}%\"></i></div>");
    let weight = share.area.weight();
    format!("<tr><th>{name}<td>{weight}<td>{per_cent} %<td class=\"bar\">{bar}<td>{}</tr>\n", remarks.join(", "))
}

fn row(one: &Answered) -> String {
    let (class, answer) = match one.state {
        State::Passed if one.is_accepted() => ("pass", "yes, as accepted".to_owned()),
        State::Passed => ("pass", "yes".to_owned()),
        State::Failed if one.asked > 1 => ("fail", format!("no, {} of {}", one.good, one.asked)),
        State::Failed => ("fail", "no".to_owned()),
        State::Unknown => ("open", "? unknown".to_owned()),
        State::NotApplicable => ("apart", "does not apply".to_owned()),
        State::NotLooked => ("apart", "not looked at".to_owned()),
    };
    let check = one.check;
    format!(
        "<tr><td><code>{}</code><td>{}<td class=\"area\">{}<td class=\"{class}\">{answer}</tr>\n",
        check.code.id,
        words(check.question),
        check.area.name()
    )
}

fn list<'f>(one: &Answered, found: impl Iterator<Item = &'f Found>) -> String {
    let found = found.collect::<Vec<_>>();
    let same = same_help(&found);
    let item = |found: &&Found| format!("<li>{}{}</li>\n", words(&own(found, one)), told(found, same.is_none()));
    let below = same.map(remedy).unwrap_or_default();
    format!("<ul>\n{}</ul>\n{below}", found.iter().map(item).collect::<String>())
}

fn remedy(help: &str) -> String {
    format!("<div class=\"help\">{}</div>\n", words(help))
}

fn told(found: &Found, with_help: bool) -> String {
    let place = found.place.as_ref().map(|place| format!(" <span class=\"place\">{}</span>", escape(&line_of(place)))).unwrap_or_default();
    let help = help(found).filter(|_| with_help).map(remedy).unwrap_or_default();
    format!("{}{place}{help}", words(&format!("{}{}", about(found), found.says)))
}
