//! A plan as a page that stands alone: what is lost and what stands in the way on top, then the picture of its order, and every change
//! by module, folded, with its reasons, its fields and its cost.

mod picture;
#[cfg(test)]
mod tests;

use super::cost::{plan_amount, plan_summary};
use super::escape::escape as visible;
use super::page::{escape, figures, header, note, page};
use super::plan::{View, body, gist_of, grouped, within};
use super::reason;
use super::rehearsal;
use super::release::words;
use super::veil::shown;
use super::{approval, paint};
use crate::core::approval::judge::Demand;
use crate::core::plan::{Action, Change, Plan};
use crate::core::reason::Note;
use crate::core::sealed::Digest;
use crate::core::snapshot::Unread;
use std::collections::BTreeMap;

const STYLE: &str = include_str!("style.css");

/// Everything of a plan that a page has: where no digest is known, the plan was only looked at.
#[derive(Debug, Clone, Copy)]
pub struct Paper<'a> {
    pub plan: &'a Plan,
    pub digest: Option<&'a Digest>,
    /// The approvals that it needs.
    pub demands: &'a [Demand],
}

/// The page of a plan.
#[must_use]
pub fn html(paper: Paper<'_>) -> String {
    let Paper { plan, digest, demands } = paper;
    let plan = &*shown(plan);
    let scope = &plan.scope;
    let account = if scope.account.bytes().all(|byte| byte == b'0') { "no account".to_owned() } else { scope.account.clone() };
    let place = format!("in {}, {account}, planned at {}", scope.region, paint::moment(&plan.created));
    let digest = digest.map(|digest| format!("plan {digest}")).unwrap_or_default();
    let below = [place.as_str(), digest.as_str()].into_iter().filter(|line| !line.is_empty()).collect::<Vec<_>>();
    let mut text = format!("<section>\n{}{}", header(&scope.owner(), &below), figures(&counts(plan)));
    text += &losses(plan);
    text += &list(
        "bad",
        "Refused",
        plan.refusals.iter().map(|refusal| {
            let reason::Refused { message, help } = reason::refusal(refusal, &refusal.address().into_iter().collect::<Vec<_>>());
            let help =
                if help.is_empty() { String::new() } else { format!("<p class=\"note\">{}</p>", words(&help).replace('\n', "<br>")) };
            format!("<code>{}</code> {}{help}", escape(refusal.code()), words(&message))
        }),
    );
    text += &list(
        "bad",
        "Incomplete: what could not be read may be there or not",
        plan.unread.iter().map(|one| {
            let Unread { kind, reason, .. } = one;
            format!("<code>{}</code> {}", escape(kind), words(reason))
        }),
    );
    if !demands.is_empty() {
        let needs = approval::needs(demands);
        text += &list("warn", "Approvals", plain(&needs).lines().map(words));
    }
    let warnings = |wanted: bool| {
        let notes = plan.notes.iter().filter(move |note| matches!(note, Note::Found(_)) == wanted);
        notes.map(|note| words(&reason::note(note)).replace('\n', "<br>"))
    };
    text += &list("warn", "Warnings", warnings(true));
    text += &list("plain", "Notes", warnings(false));
    let rehearsed = rehearsal::render(plan, VIEW);
    if !rehearsed.trim().is_empty() {
        text += &format!("<h2>Rehearsal</h2>\n<pre>{}</pre>\n", coloured(rehearsed.trim_matches('\n')));
    }
    if let Some(cost) = &plan.cost {
        let lines = plan_summary(plan, cost, true, None);
        text += &format!("<h2>Cost</h2>\n<pre class=\"cost\">{}</pre>\n", coloured(lines.trim_matches('\n')));
    }
    text += &picture::section(plan);
    text += &changes(plan);
    page(&format!("{}: {}", scope.owner(), plain(&super::plan::summary(plan, plan.refusals.len()))), STYLE, &(text + "</section>\n"))
}

/// The page has no terminal's width: long lines are broken where they are shown.
const VIEW: View = View { width: 110, whole: true };

/// The number of changes of each sort, and what they add to a month.
fn counts(plan: &Plan) -> Vec<(String, &'static str)> {
    let mut found = BTreeMap::<&'static str, usize>::new();
    for change in &plan.changes {
        *found.entry(label(change.action)).or_default() += 1;
    }
    let mut all = match plan.changes.len() {
        0 => vec![("No changes".to_owned(), "")],
        1 => vec![("1 change".to_owned(), "")],
        count => vec![(format!("{count} changes"), "")],
    };
    all[0].1 = if plan.refusals.is_empty() && plan.is_complete() { "may be applied" } else { "cannot be applied as it is" };
    all.extend(found.into_iter().map(|(label, count)| (count.to_string(), label)));
    all.push((plan.kept.to_string(), "unchanged"));
    all
}

fn label(action: Action) -> &'static str {
    match action {
        Action::Create => "to create",
        Action::Update => "to update",
        Action::Replace { .. } => "to replace",
        Action::Delete => "to delete",
        Action::Adopt => "to adopt",
        Action::Move => "to move",
        Action::Forget => "to forget",
        Action::Wait => "to wait for",
    }
}

/// The class of an action, for its colour.
fn class(action: Action) -> &'static str {
    match action {
        Action::Create => "create",
        Action::Update | Action::Adopt | Action::Move | Action::Forget => "update",
        Action::Replace { .. } => "replace",
        Action::Delete => "delete",
        Action::Wait => "wait",
    }
}

fn losses(plan: &Plan) -> String {
    let lost = plan.changes.iter().filter(|change| change.data_loss);
    let lost = lost.map(|change| format!("{} <code>{}</code>", change.action.verb(), escape(change.address.as_str())));
    let down = plan.changes.iter().filter(|change| !change.downtime.is_empty());
    let down = down.map(|change| format!("<code>{}</code>: {}", escape(change.address.as_str()), words(&change.downtime)));
    list("bad", "Loses its data", lost) + &list("warn", "Interrupted meanwhile", down)
}

/// A list under a heading; nothing where it has no item. The items are HTML.
fn list(class: &str, title: &str, items: impl Iterator<Item = String>) -> String {
    let items = items.map(|item| format!("<li>{item}</li>\n")).collect::<String>();
    if items.is_empty() { items } else { format!("<div class=\"box {class}\"><h2>{}</h2>\n<ul>\n{items}</ul></div>\n", escape(title)) }
}

fn changes(plan: &Plan) -> String {
    let mut text = String::new();
    for (name, changes) in grouped(plan) {
        text += &format!("<h2>{}</h2>\n", escape(name.0));
        for change in changes {
            text += &entry(plan, change);
        }
    }
    if text.is_empty() { note("Nothing of it changes.") } else { text }
}

fn entry(plan: &Plan, change: &Change) -> String {
    let Change { address, kind, action, data_loss, .. } = change;
    let amount = plan.cost.as_ref().map(|cost| plain(&plan_amount(cost, address))).unwrap_or_default();
    let gist = gist_of(change);
    let mut said = vec![format!("<code>{}</code>", escape(kind))];
    if !gist.is_empty() {
        said.push(escape(&gist));
    }
    if *data_loss {
        said.push("<em>loses its data</em>".into());
    }
    let minutes = change.minutes;
    if minutes >= 1.0 {
        said.push(format!("about {minutes:.0} min"));
    }
    let why = change.why.iter().map(|one| format!("because {}\n", reason::reason(one))).collect::<String>();
    let mut inside = body(change, None, VIEW);
    if !inside.contains("because ") {
        inside = paint::calm(&why) + &inside;
    }
    if let Some(live) = &change.live {
        inside += &paint::calm(&format!("live: {}", live.id));
    }
    format!(
        "<details class=\"{}\" id=\"{}\"{}><summary><i aria-label=\"{}\">{}</i><span><b>{}</b> <small>{}</small></span><b>{}</b></summary>\n<pre>{}</pre></details>\n",
        class(*action),
        escape(address.as_str()),
        if *data_loss && !matches!(action, Action::Delete) { " open" } else { "" },
        action.verb(),
        escape(action.glyph()),
        escape(within(address)),
        said.join(" · "),
        escape(&amount),
        coloured(&undented(inside.trim_end())),
    )
}

/// The lines without the room that all of them begin with.
fn undented(text: &str) -> String {
    let room = |line: &str| line.len() - line.trim_start_matches(' ').len();
    let least = text.lines().filter(|line| !line.trim().is_empty()).map(room).min().unwrap_or(0);
    text.lines().map(|line| line.get(least..).unwrap_or_default()).collect::<Vec<_>>().join("\n")
}

fn plain(text: &str) -> String {
    anstream::adapter::strip_str(text).to_string()
}

/// Text with a terminal's colours as HTML: each in an element of its class, and all else escaped.
fn coloured(text: &str) -> String {
    let text = visible(text);
    let (mut out, mut rest, mut classes) = (String::with_capacity(text.len() * 2), &*text, Vec::<&str>::new());
    while let Some((before, after)) = rest.split_once('\u{1b}') {
        piece(&mut out, before, &classes);
        let (code, after) = after.strip_prefix('[').and_then(|after| after.split_once('m')).unwrap_or(("", after));
        match code {
            "1" => classes.push("strong"),
            "2" => classes.push("calm"),
            "31" => classes.push("minus"),
            "32" => classes.push("plus"),
            "33" => classes.push("other"),
            "35" => classes.push("anew"),
            _ => classes.clear(),
        }
        rest = after;
    }
    piece(&mut out, rest, &classes);
    out
}

fn piece(out: &mut String, text: &str, classes: &[&str]) {
    if text.is_empty() {
    } else if classes.is_empty() {
        *out += &escape(text);
    } else {
        *out += &format!("<span class=\"{}\">{}</span>", classes.join(" "), escape(text));
    }
}
