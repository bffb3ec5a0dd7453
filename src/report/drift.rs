//! Drift as a person reads it: each resource with how it differs and what an apply would make of it, then what the file has changed.

use super::columns::wrap;
use super::markdown::{block, code, text};
use super::paint;
use super::value::{lines, short};
use crate::core::drift::{Drift, Drifted, File, InFile, VERSION, Was};
use crate::core::identity::Scope;
use crate::core::plan::Action;
use crate::core::visible::line;
use serde_json::{Value, json};

/// The most rows of a table in Markdown.
const ROWS: usize = 200;

/// The drift with its scope, for machines.
pub fn to_json(drift: &Drift, scope: &Scope) -> Value {
    let mut all = json!(drift);
    all["version"] = json!(VERSION);
    all["scope"] = json!(scope);
    all
}

/// The whole drift as text. `width` is that of the terminal.
pub fn render(drift: &Drift, scope: &Scope, width: usize, whole: bool) -> String {
    let mut out = format!("{}\n", wrap(&heading(drift, scope), width, 0));
    for one in &drift.drifted {
        out += &format!("\n{} {}\n", glyph(&one.was), wrap(&title(one), width, 2));
        if let Was::Changed { fields } = &one.was {
            for differs in fields {
                let shown = lines(&differs.change, width.saturating_sub(4), whole);
                out += &shown.iter().map(|line| format!("    {line}\n")).collect::<String>();
                if let Some(says) = says(&differs.file) {
                    out += &format!("      {}\n", paint::calm(&wrap(&says, width, 6)));
                }
            }
        }
        if let Some(who) = &one.who {
            out += &format!("    {}\n", wrap(&who.says(), width, 4));
        }
    }
    if !drift.in_file.is_empty() {
        out += &format!("\n{}\n", paint::strong("Changed in the file, not in AWS:"));
        let one = |one: &InFile| format!("  {} {}\n", one.action.glyph(), wrap(&of_file(one), width, 4));
        out += &drift.in_file.iter().map(one).collect::<String>();
    }
    out += &unknown(drift).iter().map(|text| format!("\n{}\n", wrap(text, width, 0))).collect::<String>();
    out + &format!("\n{}\n", wrap(&summary(drift), width, 0))
}

/// The same as Markdown.
pub fn markdown(drift: &Drift, scope: &Scope) -> String {
    let mut page = format!("### Drift of {} in {}\n\n**{}**\n\n", code(&scope.owner()), code(&scope.region), text(&summary(drift)));
    page += &format!("{}\n", text(&basis(drift)));
    if !drift.drifted.is_empty() {
        page += "\n| resource | kind | | by |\n|---|---|---|---|\n";
        for one in drift.drifted.iter().take(ROWS) {
            let who = one.who.as_ref().map(|who| text(&who.says())).unwrap_or_default();
            page += &format!("| {} | {} | {} | {who} |\n", code(one.address.as_str()), code(&one.kind), text(&became(one)));
        }
        if drift.drifted.len() > ROWS {
            page += &format!("\n… and {} more\n", drift.drifted.len() - ROWS);
        }
        let details = drift.drifted.iter().take(ROWS).filter_map(detail).collect::<Vec<_>>().join("\n\n");
        if !details.is_empty() {
            page += &format!("\n<details><summary>Every field</summary>\n\n{}\n</details>\n", block(&details));
        }
    }
    if !drift.in_file.is_empty() {
        page += "\n**Changed in the file, not in AWS:**\n\n";
        page += &drift.in_file.iter().take(ROWS).map(|one| format!("- {}\n", text(&of_file(one)))).collect::<String>();
    }
    let unread = drift.unread.iter().map(|one| format!("- {}: {}\n", code(&one.kind), text(&one.reason))).collect::<String>();
    page += &unknown(drift).iter().map(|says| format!("\n> {}\n", text(says))).collect::<String>();
    if unread.is_empty() { page } else { format!("{page}\n{unread}") }
}

fn detail(one: &Drifted) -> Option<String> {
    let Was::Changed { fields } = &one.was else { return None };
    let shown = fields.iter().flat_map(|differs| lines(&differs.change, 110, false));
    let shown = shown.map(|line| format!("  {}", anstream::adapter::strip_str(&line))).collect::<Vec<_>>();
    Some(format!("{}\n{}", one.address, shown.join("\n")))
}

fn heading(drift: &Drift, scope: &Scope) -> String {
    format!("{} in {}, {}: {}", scope.owner(), scope.region, scope.account, basis(drift))
}

fn basis(drift: &Drift) -> String {
    match &drift.since {
        Some(since) => format!("what is live against what apply {} of {} left", since.apply, paint::moment(&since.at.to_string())),
        None => {
            "no apply has left a record, so what is live is held against the file, and nobody knows which of the two has changed".into()
        }
    }
}

fn glyph(was: &Was) -> String {
    match was {
        Was::Deleted => paint::minus("-"),
        Was::Added => paint::good("+"),
        Was::Replaced { .. } | Was::Unmarked | Was::Changed { .. } => paint::change("~"),
    }
}

fn title(one: &Drifted) -> String {
    let id = if one.id.is_empty() { String::new() } else { format!(" ({})", line(&one.id)) };
    let since = one.since.map(|since| format!("; apply {} had left it", since.apply)).filter(|_| matches!(one.was, Was::Deleted));
    format!("{}  {}{id} {}{}", one.address, one.kind, became(one), since.unwrap_or_default())
}

fn became(one: &Drifted) -> String {
    match &one.was {
        Was::Deleted if one.since.is_none() => "is not in AWS".into(),
        Was::Deleted => "is gone from AWS".into(),
        Was::Replaced { by } => format!("is another one by now: {}", line(by)),
        Was::Unmarked => "does not carry the mark of this stack any more".into(),
        Was::Added if one.since.is_none() => "is in AWS with the mark of this stack, and no apply made it".into(),
        Was::Added => "is new in AWS".into(),
        Was::Changed { fields } => {
            let names = fields.iter().map(|differs| differs.change.field.as_ref()).collect::<Vec<_>>();
            if names.is_empty() { "has another address or mark".into() } else { format!("has another {}", names.join(", ")) }
        }
    }
}

/// Says what an apply would make of a field, where that is not to put it back.
fn says(file: &File) -> Option<String> {
    match file {
        File::AsApplied => None,
        File::AsLive => Some("the file wants it as it is now".into()),
        File::Other { value } => Some(format!("the file has changed as well, to {}", short(value))),
    }
}

fn of_file(one: &InFile) -> String {
    let action = match one.action {
        Action::Create => " is new".to_owned(),
        Action::Delete | Action::Forget => " is gone".to_owned(),
        _ if one.fields.is_empty() => format!(": {}", one.action.verb()),
        _ => format!(": {}", one.fields.join(", ")),
    };
    format!("{}{action}", one.address)
}

fn unknown(drift: &Drift) -> Vec<String> {
    let mut says = Vec::new();
    if !drift.unknown.is_empty() {
        let names = drift.unknown.iter().map(|address| address.as_str()).collect::<Vec<_>>().join(", ");
        says.push(format!("Not known: the last apply was cut off in the middle of {names}. The next one brings it to what the file says."));
    }
    if !drift.unread.is_empty() {
        let kinds = drift.unread.iter().map(|one| one.kind.as_str()).collect::<Vec<_>>().join(", ");
        says.push(format!("INCOMPLETE: {kinds} could not be read, and may have drifted."));
    }
    says
}

fn summary(drift: &Drift) -> String {
    let drifted = drift.drifted.len();
    let file = match drift.in_file.len() {
        0 => String::new(),
        count => format!(" {} changed in the file.", paint::count(count, "resource")),
    };
    let what = match (drifted, drift.since) {
        (0, _) if !drift.is_complete() => "Nothing that could be looked at has drifted.".to_owned(),
        (0, _) => "Nothing has drifted.".to_owned(),
        (count, None) => format!("{} not as the file has {}.", are(count), if count == 1 { "it" } else { "them" }),
        (count, Some(_)) => format!("{} drifted.", have(count)),
    };
    format!("{what}{file}")
}

fn have(count: usize) -> String {
    format!("{} {}", paint::count(count, "resource"), if count == 1 { "has" } else { "have" })
}

fn are(count: usize) -> String {
    format!("{} {}", paint::count(count, "resource"), if count == 1 { "is" } else { "are" })
}
