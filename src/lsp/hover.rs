//! The words that appear beside what the mouse is over: what it is, what holds where nothing is said, and what it costs.

use super::complete::{takes, toml_value};
use super::facts::{Ahead, Prices};
use super::form::{self, own};
use super::known::{self, Sources};
use super::markdown::code;
use super::names::{Mention, Role, mentions, under};
use super::page::Page;
use super::place::{Place, place};
use crate::core::bill::Total;
use crate::core::file::DEFAULT_ENV;
use crate::modules::{CATALOG, MODULES};
use std::ops::Range;

/// Markdown, and what it is about.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Hover {
    pub markdown: String,
    pub range: Range<usize>,
}

pub fn hover(page: &Page, at: usize, facts: &Ahead<'_>, prices: Prices<'_>) -> Option<Hover> {
    let mentions = mentions(&page.outline);
    let asked = Asked { page, mentions: &mentions, facts, prices };
    let place = place(&page.outline, &page.text, at);
    if let Some(mention) = under(&mentions, at)
        && !matches!(place, Place::Nowhere)
    {
        return Some(Hover { markdown: asked.table(mention)?, range: mention.range.clone() });
    }
    match place {
        Place::Header { mut before, word, .. } if !word.is_empty() => {
            before.push(page.text.get(word.clone())?.trim_matches(['"', '\'']).to_owned());
            Some(Hover { markdown: asked.key(&before)?, range: word })
        }
        Place::Key { mut table, word, .. } if !word.is_empty() => {
            table.push(page.text.get(word.clone())?.trim_matches(['"', '\'']).to_owned());
            Some(Hover { markdown: asked.key(&table)?, range: word })
        }
        Place::Value { path, word, scalar } => {
            let reference = scalar.and_then(|_| asked.reference(at));
            let scalar = scalar?;
            let markdown = reference.or_else(|| asked.value(&path, &scalar.text)).or_else(|| asked.key(&path))?;
            Some(Hover { markdown, range: word })
        }
        _ => None,
    }
}

struct Asked<'a> {
    page: &'a Page,
    mentions: &'a [Mention],
    facts: &'a Ahead<'a>,
    prices: Prices<'a>,
}

impl Asked<'_> {
    /// Says what a module is, what it costs, and what an output of it is.
    fn table(&self, mention: &Mention) -> Option<String> {
        let Mention { section, name, .. } = mention;
        let label = if name.is_empty() { section.clone() } else { format!("{section}.{name}") };
        let mut parts = vec![format!("**{}**", code(&label))];
        let row = MODULES.iter().find(|row| row.section == section);
        let kind = self.page.outline.said(&["resource".to_owned(), name.clone(), "kind".to_owned()]).filter(|_| section == "resource");
        let slots = form::at(std::slice::from_ref(section), &|_| None, &|_| None);
        match kind.and_then(CATALOG.kind) {
            Some(kind) => parts.push(format!("`{}`: {}", kind.name, kind.about.doc)),
            None => parts.extend(slots.iter().map(|slot| words(slot)).filter(|words| !words.is_empty())),
        }
        if let Some(address) = &mention.address
            && let Some(kind) = (self.facts)().and_then(|facts| Some(facts.node(address)?.kind))
        {
            parts.push(format!("{}: `{}`. {}", code(address), kind.name, kind.about.doc));
        }
        if let Some(output) = &mention.output {
            let doc = row.and_then(|row| row.outputs.iter().find(|(known, _)| known == output)).map(|(_, doc)| format!(": {doc}"));
            parts.push(format!("{}{}", code(output), doc.filter(|_| mention.address.is_none()).unwrap_or_default()));
        }
        parts.extend(self.cost(section, name));
        if let Some(row) = row.filter(|row| !row.outputs.is_empty() && mention.output.is_none() && mention.role != Role::Past) {
            let outputs = row.outputs.iter().map(|(output, doc)| format!("- `${{{label}.{output}}}`: {doc}"));
            // A name that is none may hold anything.
            if crate::core::address::is_name(name) {
                parts.push(format!("Others may name:\n{}", outputs.collect::<Vec<_>>().join("\n")));
            }
        }
        Some(parts.join("\n\n"))
    }

    fn cost(&self, section: &str, name: &str) -> Option<String> {
        let facts = (self.facts)()?;
        let months = facts.months(section, name, self.prices);
        let lines = months.iter().map(|(env, total)| {
            let place = if *env == DEFAULT_ENV { String::new() } else { format!(" in {}", code(env)) };
            format!("{}{place}", amount(total))
        });
        let lines = lines.collect::<Vec<_>>();
        match lines.as_slice() {
            [] => None,
            [one] => Some(one.clone()),
            many => Some(many.iter().map(|line| format!("- {line}")).collect::<Vec<_>>().join("\n")),
        }
    }

    fn key(&self, path: &[String]) -> Option<String> {
        let said = |path: &[String]| self.page.outline.said(path).map(str::to_owned);
        let kind = |address: &str| Some((self.facts)()?.node(address)?.kind.name);
        let slot = *form::at(path, &said, &kind).first()?;
        let name = path.iter().rev().find(|key| key.parse::<usize>().is_err())?;
        let takes = takes(slot);
        let mut parts = vec![if takes.is_empty() { format!("**{}**", code(name)) } else { format!("**{}**: {takes}", code(name)) }];
        let words = words(slot);
        if !words.is_empty() {
            parts.push(words);
        }
        let choices = form::choices(&[slot]).into_iter().filter(|(_, words)| !words.is_empty()).take(30);
        let choices = choices.map(|(value, words)| format!("- `{value}`: {words}")).collect::<Vec<_>>();
        if !choices.is_empty() {
            parts.push(choices.join("\n"));
        }
        if let Some(value) = form::default(slot) {
            parts.push(format!("Default: {}", code(&toml_value(value))));
        }
        Some(parts.join("\n\n"))
    }

    /// Says what one value of a key is, where that is known.
    fn value(&self, path: &[String], text: &str) -> Option<String> {
        let said = |path: &[String]| self.page.outline.said(path).map(str::to_owned);
        if let ["accept", _, "rule"] | ["checks", ..] = own(path).iter().map(String::as_str).collect::<Vec<_>>().as_slice() {
            let code = CATALOG.all_codes().find(|code| code.id == text)?;
            return Some(format!("**`{}`**: {}\n\n{}", code.id, code.about, code.why));
        }
        let slots = form::at(path, &said, &|_| None);
        if let Some((value, words)) = form::choices(&slots).into_iter().find(|(value, words)| *value == text && !words.is_empty()) {
            return Some(format!("**`{value}`**: {words}"));
        }
        let sources = Sources {
            said: &said,
            mentions: self.mentions,
            facts: self.facts,
            catalog: self.prices.catalog,
            region: super::facts::region(&self.page.outline),
        };
        let known = known::values(path, &sources).into_iter().find(|known| known.text == text && !known.detail.is_empty())?;
        Some(format!("**{}**: {}\n\n{}", code(&known.text), known.detail, self.key(path)?))
    }

    /// Says what the output is whose name the cursor is in, behind the name of the module.
    fn reference(&self, at: usize) -> Option<String> {
        let before = |mention: &&Mention| mention.output.is_some() && mention.range.end <= at;
        let mention = self.mentions.iter().rfind(before)?;
        let end = self.page.text.get(mention.range.end..)?.find('}')? + mention.range.end;
        if end < at { None } else { self.table(mention) }
    }
}

/// Returns the words of a slot, or those of each of many.
fn words(slot: &'static serde_json::Value) -> String {
    let own = form::doc(slot);
    let each = || slot.get("additionalProperties").map_or("", |each| form::doc(each));
    if own.is_empty() { each().to_owned() } else { own.to_owned() }
}

/// Returns a month's amount, with its range where there is one.
fn amount(total: &Total) -> String {
    let list = total.list;
    let least = if total.is_known() { "" } else { "at least " };
    let range = if list.is_one() { String::new() } else { format!(" ({} to {})", list.low, list.high) };
    let open = match total.unpriced() {
        0 => String::new(),
        1 => ", and 1 line without a price".to_owned(),
        lines => format!(", and {lines} lines without a price"),
    };
    format!("{least}**{} a month**{range}{open}", list.likely)
}
