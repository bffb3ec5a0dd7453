//! The registry of codes as people and machines read it: a list, and the page of one code.

use super::paint;
use crate::core::code::{Code, Example, Level, whole_file};
use serde_json::{Map, Value, json};

/// No sentence is broken into lines that are narrower than this.
const LEAST: usize = 24;

/// A line for each code, below its family.
pub fn list(codes: &[Code], columns: usize) -> String {
    let mut text = String::new();
    let mut family = "";
    let widest = codes.iter().map(|code| code.id.len()).max().unwrap_or_default();
    for Code { id, level, category, about, .. } in codes {
        let own = id.trim_end_matches(|letter: char| letter.is_ascii_digit());
        if own != family {
            text += &format!("{}{}\n", if text.is_empty() { "" } else { "\n" }, paint::strong(own));
            family = own;
        }
        let head = format!("  {}  {:<7}  {:<13}  ", paint::pad(id, widest), level.name(), category.name());
        let about = paint::wrap(about, columns.saturating_sub(head.len()).max(LEAST), 0);
        let line = format!("{head}{}", about.replace('\n', &format!("\n{}", " ".repeat(head.len()))));
        let coloured = match level {
            Level::Error => line.replacen("error", &paint::bad("error"), 1),
            Level::Warning => line.replacen("warning", &paint::change("warning"), 1),
        };
        text += &format!("{coloured}\n");
    }
    text
}

/// The page of a code. `kind` is the one whose spec it is about; a rule can be accepted.
pub fn page(code: &Code, kind: Option<&str>, is_rule: bool, columns: usize) -> String {
    let Code { id, level, category, about, why, page, example } = code;
    let level_of = match level {
        Level::Error => paint::bad("error"),
        Level::Warning => paint::change("warning"),
    };
    let section = |title: &str, body: &str| format!("\n{}\n{body}", paint::strong(title));
    let said = |text: &str| format!("  {}\n", paint::wrap(text, columns.saturating_sub(2), 2));
    let mut text = format!("{} · {level_of} · {}\n\n{}\n", paint::strong(id), category.name(), paint::wrap(about, columns, 0));
    text += &section("Why", &said(why));
    if !page.is_empty() {
        text += &section("Page", &format!("  {page}\n"));
    }
    let (wrong, right) = examples(example, kind);
    for (title, examples) in [("Wrong", wrong), ("Right", right)] {
        for example in examples {
            let lines = example.lines().map(|line| if line.is_empty() { "\n".to_owned() } else { format!("  {line}\n") });
            text += &section(title, &lines.collect::<String>());
        }
    }
    match example {
        Example::Stack { .. } | Example::Readiness { .. } | Example::Spec { .. } => {}
        Example::Scenario(name) => {
            let seen = format!("It depends on what is live: `tests/scenarios/{name}.txt` of Trueup's own sources shows it.");
            text += &section("Example", &said(&seen));
        }
        Example::Test(name) => {
            let seen = format!("It depends on more than a file: the test `{name}` of Trueup's own sources shows it.");
            text += &section("Example", &said(&seen));
        }
    }
    text + &section("What to do", &remedy(id, *level, is_rule, &said))
}

fn remedy(id: &str, level: Level, is_rule: bool, said: &dyn Fn(&str) -> String) -> String {
    if level == Level::Error {
        return said("Mend it. An error is what cannot work, so it cannot be accepted, and `[checks]` cannot lower it.");
    }
    let accept = format!(
        "\n  [[accept]]\n  rule = \"{id}\"\n  address = \"service.api\"   # or left out: everywhere\n  until = \"2027-01-31\"       # or left out: for good\n  \
         because = \"the reason why it is right\"\n\n"
    );
    let checks = format!("\n  [checks]\n  deny = [\"{id}\"]          # or `warn`, or `allow`\n");
    let mend = if is_rule { said("Mend it, or accept it where it is meant:") + &accept } else { said("Mend it.") };
    mend + &said("For the whole stack its weight can be changed:") + &checks
}

/// The wrong and the right examples of a code as text of a stack file; none for what no file shows.
fn examples(example: &Example, kind: Option<&str>) -> (Vec<String>, Vec<String>) {
    match example {
        Example::Stack { wrong, right } => {
            let own = |texts: &[&str]| texts.iter().map(|text| at_the_margin(text)).collect::<Vec<_>>();
            (own(wrong), own(right))
        }
        Example::Readiness { wrong, right } => (vec![at_the_margin(wrong)], vec![at_the_margin(right)]),
        Example::Spec { wrong, right } => {
            let resource = |texts: &[&str]| texts.iter().map(|text| as_resource(kind.unwrap_or_default(), text)).collect::<Vec<_>>();
            (resource(wrong), resource(right))
        }
        Example::Scenario(_) | Example::Test(_) => (Vec::new(), Vec::new()),
    }
}

/// Returns a text without the spaces that each of its lines begins with, and without empty lines around it.
fn at_the_margin(text: &str) -> String {
    let lines = || text.lines().skip_while(|line| line.trim().is_empty());
    let depth = lines().filter(|line| !line.trim().is_empty()).map(|line| line.len() - line.trim_start().len()).min().unwrap_or_default();
    lines().map(|line| line.get(depth..).unwrap_or_default().to_owned() + "\n").collect::<String>().trim_end().to_owned()
}

/// Returns fields of a kind, which are JSON, as a table of a stack file; without what is null, which is to be left out.
fn as_resource(kind: &str, fields: &str) -> String {
    let Ok(Value::Object(fields)) = serde_json::from_str::<Value>(fields) else { return fields.to_owned() };
    let mut without = Vec::new();
    let fields = present(fields, "", &mut without);
    let mut table = Map::from_iter([("kind".to_owned(), Value::from(kind))]);
    table.extend(fields);
    let mut text = toml::to_string(&json!({ "resource": { "example": table } })).unwrap_or_default();
    without.iter().for_each(|name| text += &format!("# without {name}\n"));
    text + "# and all else that it needs"
}

fn present(fields: Map<String, Value>, above: &str, without: &mut Vec<String>) -> Map<String, Value> {
    let mut kept = Map::new();
    for (name, value) in fields {
        match value {
            Value::Null => without.push(format!("{above}{name}")),
            Value::Object(inner) => drop(kept.insert(name.clone(), present(inner, &format!("{above}{name}."), without).into())),
            Value::Array(items) => {
                let item = |item| match item {
                    Value::Object(inner) => present(inner, &format!("{above}{name}."), without).into(),
                    other => other,
                };
                let items = items.into_iter().filter(|item| !item.is_null()).map(item).collect::<Vec<Value>>();
                drop(kept.insert(name, items.into()));
            }
            other => drop(kept.insert(name, other)),
        }
    }
    kept
}

/// A code as machines read it, with its examples if they are asked for.
pub fn to_json(code: &Code, kind: Option<&str>, is_rule: bool, with_examples: bool) -> Value {
    let Code { id, level, category, about, why, page, example } = code;
    let mut value = json!({
        "code": id,
        "family": code.family(),
        "level": level.name(),
        "category": category.name(),
        "about": about,
        "why": why,
        "page": (!page.is_empty()).then_some(page),
        "kind": kind,
        "acceptable": is_rule && *level == Level::Warning,
    });
    if with_examples {
        let (wrong, right) = examples(example, kind);
        let whole = |texts: Vec<String>| texts.iter().map(|text| whole_file(text)).collect::<Vec<_>>();
        value["wrong"] = whole(wrong).into();
        value["right"] = whole(right).into();
    }
    value
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::ops::codes;

    #[test]
    fn every_code_has_a_page_that_is_whole_and_whose_examples_are_toml() {
        for entry in codes::list(None).unwrap() {
            let codes::Entry { code, kind, is_rule } = entry;
            let shown = paint::plain(&page(&code, kind, is_rule, 80)).into_owned();
            for part in [code.id, code.level.name(), code.category.name(), code.page, "\nWhy\n", "\nWhat to do\n"] {
                assert!(shown.contains(part), "{part}: {shown}");
            }
            let shows = ["\nWrong\n", "\nExample\n"].iter().any(|title| shown.contains(title));
            assert!(shows, "{shown}");
            assert_eq!(shown.contains("because = \"the reason why it is right\""), is_rule && code.level == Level::Warning, "{shown}");
            let (wrong, right) = examples(&code.example, kind);
            for text in wrong.iter().chain(&right).filter(|_| matches!(code.example, Example::Spec { .. })) {
                let read = toml::from_str::<toml::Table>(text).unwrap_or_else(|error| panic!("{}: {error}\n{text}", code.id));
                assert!(read["resource"]["example"]["kind"].as_str() == kind && kind.is_some(), "{text}");
            }
        }
    }

    #[test]
    fn an_example_stands_at_the_margin() {
        assert_eq!(at_the_margin("\n    [a]\n    b = 1\n\n      # c\n    "), "[a]\nb = 1\n\n  # c");
        assert_eq!(at_the_margin("[a]\n  b = 1"), "[a]\n  b = 1");
    }

    #[test]
    fn the_list_is_no_wider_than_it_may_be() {
        let all = codes::list(None).unwrap().into_iter().map(|entry| entry.code).collect::<Vec<_>>();
        let text = list(&all, 100);
        // Words between backticks stay together.
        assert!(text.lines().filter(|line| paint::width(line) > 100).count() < 5, "{text}");
        assert!(all.iter().all(|code| text.contains(code.id)));
    }
}
