//! Readiness in Markdown, for a page that is kept or a comment on a pull request.

use super::{HIDDEN, about, circumstances, headline, help, line_of, own, same_help, unknown, vain, worth};
use crate::core::readiness::score::{Found, Is, Report, State};
use crate::report::markdown::{code, text};

#[must_use]
pub fn markdown(report: &Report) -> String {
    let mut page = format!("# {}\n\n", text(&headline(report)));
    page += &circumstances(report).iter().map(|line| format!("- {}\n", text(line))).collect::<String>();
    page += "\n| area | weight | score | passed | unknown | does not apply | not looked at |\n|---|---|---|---|---|---|---|\n";
    for share in report.shares() {
        let score = share.per_cent.map_or("does not apply".to_owned(), |per_cent| format!("{per_cent} %"));
        let passed = if share.counted > 0 { format!("{} of {}", share.passed, share.counted) } else { "-".into() };
        page += &format!(
            "| {} | {} | {score} | {passed} | {} | {} | {} |\n",
            share.area.name(),
            share.area.weight(),
            share.unknown,
            share.apart,
            share.not_looked
        );
    }
    if report.blockers().next().is_some() {
        page += "\n## Blockers\n\n";
        page += &report.blockers().map(|found| format!("- **{}** {}", found.code, one(found, true))).collect::<String>();
    }
    let mend = report.to_mend();
    if !mend.is_empty() {
        page += "\n## To mend\n";
        for (answered, lost) in mend {
            page += &format!("\n**{}** {} {}\n\n", answered.check.code.id, text(answered.check.question), worth(lost));
            let open = answered.found.iter().filter(|found| found.is == Is::Bad && !found.blocks).collect::<Vec<_>>();
            let same = same_help(&open);
            let item = |found: &&Found| format!("- {}{}", own(found, answered), one(found, same.is_none()));
            page += &open.iter().map(item).collect::<String>();
            page += &same.map(|help| format!("\n{}\n", text(help))).unwrap_or_default();
        }
    }
    let unknown = unknown(report);
    if !unknown.is_empty() || !report.errors.is_empty() {
        page += "\n## Unknown\n";
        for (answered, found) in unknown {
            page += &format!("\n**{}** {}\n\n", answered.check.code.id, text(answered.check.question));
            page += &found.into_iter().map(|found| format!("- ❓ {}", one(found, false))).collect::<String>();
        }
        if !report.errors.is_empty() {
            page += &format!("\n- ❓ {HIDDEN}\n");
        }
    }
    if report.accepted().next().is_some() {
        page += "\n## Accepted\n\n";
        for found in report.accepted() {
            if let Is::Accepted { because } = &found.is {
                page += &format!("- {} {}, because {}\n", found.code, text(&format!("{}{}", about(found), found.says)), text(because));
            }
        }
    }
    page += "\n## All checks\n\n| code | area | question | answer |\n|---|---|---|---|\n";
    for answered in &report.answers {
        let answer = match answered.state {
            State::Passed if answered.is_accepted() => "yes, as accepted".to_owned(),
            State::Passed => "yes".to_owned(),
            State::Failed if answered.asked > 1 => format!("**no**, {} of {}", answered.good, answered.asked),
            State::Failed => "**no**".to_owned(),
            State::Unknown => "❓ unknown".to_owned(),
            State::NotApplicable => "does not apply".to_owned(),
            State::NotLooked => "not looked at".to_owned(),
        };
        let check = answered.check;
        page += &format!("| {} | {} | {} | {answer} |\n", check.code.id, check.area.name(), text(check.question));
    }
    page += &report.vain.iter().map(|code| format!("\n{}\n", text(&vain(code)))).collect::<String>();
    page
}

fn one(found: &Found, with_help: bool) -> String {
    let place = found.place.as_ref().map(|place| format!(" ({})", code(&line_of(place)))).unwrap_or_default();
    let help = help(found).filter(|_| with_help).map(|help| format!("  \n  {}", text(help))).unwrap_or_default();
    format!("{}{place}{help}\n", text(&format!("{}{}", about(found), found.says)))
}
