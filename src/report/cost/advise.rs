//! Advice: what would be cheaper, what that costs otherwise, and the command that shows each.

use super::json::{document, total_json};
use super::{View, cell, head, markdown, paint};
use crate::core::advice::{Advice, Advised, Change, How, LEAST, Together};
use crate::core::bill::{Cost, Difference, Sense};
use crate::core::money::Money;
use crate::core::shell::quoted;
use serde_json::{Value, json};

/// The advice on one stack, and all that its text rests on.
#[derive(Debug, Clone, Copy)]
pub struct Advising<'a> {
    pub cost: &'a Cost,
    pub view: &'a View,
    pub advised: &'a Advised,
    /// The words of the command that prices the stack as it is.
    pub command: &'a [String],
}

/// Returns it as text.
pub fn advise(one: Advising<'_>) -> String {
    let Advising { cost, view, advised, command } = one;
    let mut text = head(cost, view);
    text += &format!("{} a month as it is.\n", view.said(&cost.total()));
    if advised.advice.is_empty() {
        return text + &format!("\n{}\n", nothing(view));
    }
    for (at, advice) in advised.advice.iter().enumerate() {
        let Advice { place, what, otherwise, difference, .. } = advice;
        let title = format!("{}. {place} {what} saves {}", at + 1, paint::strong(&saved(difference, view)));
        text += &format!("\n{}\n", paint::wrap(&title, view.width, INDENT));
        text += &paragraph(&format!("otherwise: {otherwise}"), view);
        text += &paragraph(&paint::calm(&format!("once it runs: {}", changes(&advice.changes))), view);
        text += &shell(command, &advice.edits, INDENT, view);
    }
    if let Some(said) = joint(advised, view) {
        text += &format!("\n{}\n", paint::wrap(&said, view.width, 0));
    }
    text + &advised.together.as_ref().map(|together| shell(command, &together.edits, INDENT, view)).unwrap_or_default()
}

/// Returns it as Markdown, for a comment on a pull request.
pub fn advise_markdown(one: Advising<'_>) -> String {
    let Advising { cost, view, advised, command } = one;
    let (title, total) = (cell(&view.title), view.said(&cost.total()));
    let mut text = format!("### {title} in {}: what would be cheaper than {total} a month\n\n", cost.region);
    if advised.advice.is_empty() {
        return text + &format!("{}\n", nothing(view)) + &foot(cost, view);
    }
    text += "| | | saves | otherwise | once it runs |\n|---:|---|---|---|---|\n";
    for (at, advice) in advised.advice.iter().enumerate() {
        let Advice { place, what, otherwise, difference, .. } = advice;
        let cells = [format!("{place} {what}"), saved(difference, view), otherwise.clone(), changes(&advice.changes)];
        text += &format!("| {} | {} |\n", at + 1, cells.map(|text| cell(&text)).join(" | "));
    }
    let commands = advised.advice.iter().map(|advice| shell(command, &advice.edits, 0, view));
    let together = advised.together.iter().map(|together| shell(command, &together.edits, 0, view));
    let commands = commands.chain(together).collect::<String>();
    text += &joint(advised, view).map(|said| format!("\n{}.\n", anstream::adapter::strip_str(&said))).unwrap_or_default();
    text += &format!("\n<details><summary>Commands</summary>\n\n```sh\n{commands}```\n\n</details>\n");
    text + &foot(cost, view)
}

fn foot(cost: &Cost, view: &View) -> String {
    markdown::foot(cost.lines().map(|(_, line)| line), &cost.generated, &cost.catalogue, view)
}

/// Returns it for other programs.
pub fn advise_json(one: Advising<'_>) -> Value {
    let Advising { cost, view, advised, command } = one;
    let line = |edits: &[String]| words(command, edits).map(|word| quoted(&word)).collect::<Vec<_>>().join(" ");
    let advice = advised.advice.iter().map(|advice| {
        let Advice { choice, place, what, edits, otherwise, difference, changes } = advice;
        json!({
            "choice": choice,
            "place": place,
            "what": what,
            "edits": edits,
            "command": line(edits),
            "otherwise": otherwise,
            "delta": difference,
            "changes": changes,
        })
    });
    let together = advised.together.as_ref().map(|together| {
        let Together { parts, edits, difference, total } = together;
        json!({
            "advice": parts,
            "edits": edits,
            "command": line(edits),
            "delta": difference,
            "total": total_json(*total),
        })
    });
    let rest = json!({
        "total": total_json(cost.total()),
        "least": LEAST,
        "advice": advice.collect::<Vec<_>>(),
        "together": together,
    });
    document(&cost.region, &cost.today, cost.into(), view, rest)
}

/// The columns that everything below a title is set in by.
const INDENT: usize = 3;

fn paragraph(text: &str, view: &View) -> String {
    let indent = " ".repeat(INDENT);
    format!("{indent}{}\n", paint::wrap(text, view.width, INDENT))
}

fn nothing(view: &View) -> String {
    format!("No equal choice is known that saves {} a month or more.", view.money(LEAST))
}

/// Says what a choice saves: `$3.60 a month, $10.81 in a busy one`.
fn saved(difference: &Difference, view: &View) -> String {
    let (sense, likely) = difference.likely();
    let (likely, high) = (-likely, -difference.most().unwrap_or(difference.list).high);
    let least = if sense == Sense::AtMost { "at least " } else { "" };
    let busy = match high {
        same if same.cents() == likely.cents() => String::new(),
        more if more < Money::ZERO => format!(", and adds {} to a busy one", view.money(-more)),
        other => format!(", {} in a busy one", view.money(other)),
    };
    format!("{least}{} a month{busy}", view.money(likely))
}

/// Says which of all advice go together, and what that saves.
fn joint(advised: &Advised, view: &View) -> Option<String> {
    let number = |at: usize| (at + 1).to_string();
    let Some(together) = &advised.together else {
        return (advised.advice.len() > 1).then(|| "No two of them are sure to save more together".to_owned());
    };
    let taken = list(&together.parts.iter().copied().map(number).collect::<Vec<_>>());
    let left = (0..advised.advice.len()).filter(|at| !together.parts.contains(at)).map(number).collect::<Vec<_>>();
    let without = match left.as_slice() {
        [] => String::new(),
        [one] => format!(", without {one}, which does not go with them,"),
        several => format!(", without {}, which do not go with them,", list(several)),
    };
    let saved = paint::strong(&saved(&together.difference, view));
    Some(format!("{taken} together{without} save {saved}, which leaves {}", view.said(&together.total)))
}

/// Says what becomes of resources that are there.
fn changes(changes: &[Change]) -> String {
    let of =
        |is: fn(&How) -> bool| changes.iter().filter(|change| is(&change.how)).map(|change| change.address.to_string()).collect::<Vec<_>>();
    let lost = of(|how| matches!(how, How::Replace { loses_data: true }));
    let mut said = Vec::new();
    let mut say = |verb: &str, what: Vec<String>, rest: &str| {
        if !what.is_empty() {
            said.push(format!("{verb} {}{rest}", some(&what)));
        }
    };
    say("replaces", lost, ", whose data is lost");
    say("replaces", of(|how| matches!(how, How::Replace { loses_data: false })), "");
    say("deletes", of(|how| matches!(how, How::Delete)), "");
    say("creates", of(|how| matches!(how, How::Create)), "");
    say("changes", of(|how| matches!(how, How::Update { downtime } if downtime.is_empty())), " in place");
    for change in changes {
        if let How::Update { downtime } = &change.how
            && !downtime.is_empty()
        {
            said.push(format!("changes {} in place ({})", change.address, downtime.join("; ")));
        }
    }
    if said.is_empty() { "changes nothing".to_owned() } else { said.join("; ") }
}

/// The first of some names, and how many more there are.
fn some(names: &[String]) -> String {
    const MOST: usize = 3;
    match names.len() {
        few if few <= MOST => list(names),
        many => format!("{} and {} more", names.iter().take(MOST - 1).cloned().collect::<Vec<_>>().join(", "), many + 1 - MOST),
    }
}

fn list(names: &[String]) -> String {
    match names.split_last() {
        None => String::new(),
        Some((last, [])) => last.clone(),
        Some((last, others)) => format!("{} and {last}", others.join(", ")),
    }
}

fn words<'a>(command: &'a [String], edits: &'a [String]) -> impl Iterator<Item = String> + 'a {
    command.iter().cloned().chain(edits.iter().flat_map(|edit| ["--what-if".to_owned(), edit.clone()]))
}

/// Returns a command as a shell takes it, over several lines where it is long. An option and its value stay on one.
fn shell(command: &[String], edits: &[String], indent: usize, view: &View) -> String {
    let mut parts = Vec::<String>::new();
    for word in words(command, edits) {
        match parts.last_mut() {
            Some(option) if option.starts_with("--") && !option.contains(' ') => *option += &format!(" {}", quoted(&word)),
            _ => parts.push(quoted(&word)),
        }
    }
    let mut text = " ".repeat(indent);
    let mut used = indent;
    for (at, part) in parts.iter().enumerate() {
        let width = paint::width(part);
        // Two columns are left for what continues the line.
        if at > 0 && used + 1 + width + 2 > view.width {
            text += &format!(" \\\n{}", " ".repeat(indent + 2));
            used = indent + 2;
        } else if at > 0 {
            text.push(' ');
            used += 1;
        }
        text += part;
        used += width;
    }
    text + "\n"
}
