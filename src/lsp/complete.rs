//! Completion: tables, keys, values and references, also in what is no TOML yet.

use super::facts::{Ahead, Prices, region};
use super::form::{self, Member, Shape, own};
use super::known::{self, Known, Sources};
use super::names::{is_named, mentions, names};
use super::outline::Scalar;
use super::page::Page;
use super::place::{Place, place};
use crate::modules::MODULES;
use serde_json::Value;
use std::collections::BTreeSet;
use std::ops::Range;

/// The most items of one answer: the client asks again as more is typed.
const MOST: usize = 400;

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Sort {
    Table,
    Key,
    Value,
    Name,
    Reference,
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Item {
    pub label: String,
    pub sort: Sort,
    /// A few words beside the label.
    pub detail: String,
    /// Markdown of our own.
    pub doc: String,
    pub range: Range<usize>,
    pub insert: String,
    /// The place of the cursor within `insert` afterwards; at its end if none.
    pub cursor: Option<usize>,
    /// The likeliest are the smallest.
    pub rank: u8,
}

#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Items {
    pub items: Vec<Item>,
    /// True when there are more.
    pub cut: bool,
}

pub fn complete(page: &Page, at: usize, facts: &Ahead<'_>, prices: Prices<'_>) -> Items {
    let mentions = mentions(&page.outline);
    let said = |path: &[String]| page.outline.said(path).map(str::to_owned);
    let sources = Sources { said: &said, mentions: &mentions, facts, catalog: prices.catalog, region: region(&page.outline) };
    let kind = |address: &str| Some(facts()?.node(address)?.kind.name);
    let asked = Asked { page, at, sources: &sources, kind: &kind };
    let (mut items, word) = match place(&page.outline, &page.text, at) {
        Place::Header { before, word, header } => (asked.headers(&before, &word, header.list), word),
        Place::Key { table, word, assigned, inline } => (asked.keys(&table, &word, assigned, inline), word),
        Place::Value { path, word, scalar } => match asked.open_reference(scalar) {
            Some(range) => (asked.references(&path, range.clone()), range),
            None => (asked.values(&path, &word, scalar), word),
        },
        Place::Nowhere => (Vec::new(), at..at),
    };
    // An editor replaces a part of one line, and so nothing of a text that goes over several.
    items.retain(|item| page.text.get(item.range.clone()).is_some_and(|old| !old.contains(['\n', '\r'])));
    limited(items, page.text.get(word.start..at.max(word.start)).unwrap_or_default())
}

/// Keeps as many as one answer takes, those first that have what is typed.
fn limited(mut items: Vec<Item>, typed: &str) -> Items {
    let typed = typed.trim_matches(['"', '\'']).to_ascii_lowercase();
    let cut = items.len() > MOST;
    if cut {
        items.sort_by_cached_key(|item| (!item.label.to_ascii_lowercase().contains(&typed), item.rank));
        items.truncate(MOST);
    }
    Items { items, cut }
}

struct Asked<'a> {
    page: &'a Page,
    at: usize,
    sources: &'a Sources<'a>,
    kind: &'a dyn Fn(&str) -> Option<&'static str>,
}

impl Asked<'_> {
    fn text(&self, range: Range<usize>) -> &str {
        self.page.text.get(range).unwrap_or_default()
    }

    fn headers(&self, before: &[String], word: &Range<usize>, list: bool) -> Vec<Item> {
        // The brackets that close it may be there already.
        let line = self.text(word.end..self.page.text.len()).lines().next().unwrap_or_default();
        let close = if line.contains(']') {
            ""
        } else if list {
            "]]"
        } else {
            "]"
        };
        let item = |label: &str, detail: &str, doc: &str, open: bool, rank: u8| Item {
            label: label.to_owned(),
            sort: Sort::Table,
            detail: detail.to_owned(),
            doc: doc.to_owned(),
            range: word.clone(),
            // A name follows, so the header is not over yet.
            insert: format!("{}{}", quoted_key(label), if open { "." } else { close }),
            cursor: None,
            rank,
        };
        let slots = form::at(before, self.sources.said, self.kind);
        let mut items = Vec::new();
        for Member { name, slot, .. } in form::members(&slots, before, self.sources.said) {
            let shapes = form::shapes(slot);
            let lists = shapes.contains(&Shape::List) && !form::members(&[slot], before, self.sources.said).is_empty();
            let wanted = if list { lists } else { shapes.contains(&Shape::Table) };
            if wanted && !(own(before).is_empty() && before.len() == 2 && name == "env") {
                let open = !list
                    && own(before).is_empty()
                    && before.len() != 1
                    && (is_named(name) || ["override", "usage", "env"].contains(&name));
                items.push(item(name, "", section_doc(slot), open, 1));
            }
        }
        if !list {
            let taken = self.page.outline.below(before);
            let known = match before {
                [env] if env == "env" => self.page.outline.below(before).into_iter().map(str::to_owned).collect(),
                _ => known::keys(before, self.sources).into_iter().map(|known| known.text).collect::<Vec<_>>(),
            };
            let open = before.first().is_some_and(|first| first == "env") && before.len() == 1;
            let current = self.text(word.clone());
            let names = known.into_iter().filter(|name| name != current.trim_matches('"'));
            items.extend(names.map(|name| item(&name, if taken.contains(&name.as_str()) { "in the file" } else { "" }, "", open, 0)));
        }
        items
    }

    fn keys(&self, table: &[String], word: &Range<usize>, assigned: bool, inline: bool) -> Vec<Item> {
        // Before the first header a table is begun, and no key of it.
        if table.is_empty() && !assigned && !inline {
            return self.first_headers(word);
        }
        let slots = form::at(table, self.sources.said, self.kind);
        let taken = self.page.outline.below(table);
        let current = self.text(word.clone()).trim_matches(['"', '\'']).to_owned();
        let free = |name: &str| name == current || !taken.contains(&name);
        let mut items = Vec::new();
        let overridden = own(table).first().is_some_and(|first| first == "override");
        for Member { name, slot, required } in
            form::members(&slots, table, self.sources.said).into_iter().filter(|member| free(member.name))
        {
            // These say what a resource is and whether there is one.
            if overridden && ["kind", "for_each", "count", "enabled", "ignore"].contains(&name) {
                continue;
            }
            let shape = form::shapes(slot).first().copied();
            let (insert, cursor) = if assigned { (quoted_key(name), None) } else { assigned_key(name, shape) };
            let detail = [Some(takes(slot)), form::default(slot).map(|value| format!("default {}", toml_value(value)))];
            let detail = detail.into_iter().flatten().collect::<Vec<_>>().join(", ");
            let detail = if required { format!("{detail}, required") } else { detail };
            let doc = form::doc(slot).to_owned();
            items.push(Item {
                label: name.to_owned(),
                sort: Sort::Key,
                detail,
                doc,
                range: word.clone(),
                insert,
                cursor,
                rank: u8::from(!required),
            });
        }
        for Known { text, .. } in known::keys(table, self.sources).into_iter().filter(|known| free(&known.text)) {
            let (insert, cursor) = match assigned {
                true => (quoted_key(&text), None),
                false => assigned_key(&text, Some(Shape::Text)),
            };
            items.push(Item {
                label: text,
                sort: Sort::Name,
                detail: String::new(),
                doc: String::new(),
                range: word.clone(),
                insert,
                cursor,
                rank: 1,
            });
        }
        items
    }

    fn first_headers(&self, word: &Range<usize>) -> Vec<Item> {
        let all = [(false, "["), (true, "[[")].map(|(list, open)| {
            let items = self.headers(&[], word, list).into_iter();
            items.map(|item| Item { insert: format!("{open}{}", item.insert), ..item }).collect::<Vec<_>>()
        });
        all.concat()
    }

    fn values(&self, path: &[String], word: &Range<usize>, scalar: Option<&Scalar>) -> Vec<Item> {
        let slots = form::at(path, self.sources.said, self.kind);
        let (mut all, mut seen) = (Vec::new(), BTreeSet::new());
        let mut add = |text: String, detail: String, doc: String, quoted: bool, sort: Sort, rank: u8| {
            if seen.insert(text.clone()) {
                let (range, insert) = self.written(&text, quoted, word, scalar);
                all.push(Item { label: text, sort, detail, doc, range, insert, cursor: None, rank });
            }
        };
        for (value, doc) in form::choices(&slots) {
            add(value.to_owned(), String::new(), doc.to_owned(), true, Sort::Value, 0);
        }
        // A key that is none has no values.
        let known = if slots.is_empty() { Vec::new() } else { known::values(path, self.sources) };
        let fits = |text: &str| known.is_empty() || known.iter().any(|known| known.text == text);
        let default = slots.iter().find_map(|slot| form::default(slot)).filter(|value| value.is_string() || value.is_number());
        let default = default.map(|value| (value.as_str().map_or_else(|| value.to_string(), str::to_owned), value.is_string()));
        let default = default.filter(|(text, _)| !text.is_empty() && fits(text));
        for Known { text, detail, quoted } in known {
            let name = quoted && own(path).last().is_some_and(|key| ["secret", "password"].contains(&key.as_str()));
            add(text, detail, String::new(), quoted, if name { Sort::Name } else { Sort::Value }, 1);
        }
        let shapes = slots.iter().flat_map(|slot| form::shapes(slot)).collect::<Vec<_>>();
        if scalar.is_none_or(|scalar| !scalar.quoted) && shapes.contains(&Shape::Flag) {
            for text in ["true", "false"] {
                add(text.to_owned(), String::new(), String::new(), false, Sort::Value, 0);
            }
        }
        if let Some((text, quoted)) = default {
            add(text, "default".to_owned(), String::new(), quoted, Sort::Value, 0);
        }
        // A whole reference, where any text may stand.
        let free = shapes.contains(&Shape::Text) && slots.iter().all(|slot| form::choices(&[slot]).is_empty());
        if free
            && scalar.is_none_or(|scalar| scalar.text.is_empty())
            && own(path).first().is_some_and(|first| ["service", "resource", "override"].contains(&first.as_str()))
        {
            for (label, detail) in self.outputs(path) {
                add(format!("${{{label}}}"), detail, String::new(), true, Sort::Reference, 2);
            }
        }
        all
    }

    /// Returns how a value is written where the cursor is, and in place of what.
    fn written(&self, text: &str, quoted: bool, word: &Range<usize>, scalar: Option<&Scalar>) -> (Range<usize>, String) {
        let escaped = text.replace('\\', "\\\\").replace('"', "\\\"");
        match scalar {
            Some(scalar) if scalar.quoted && scalar.closed => (scalar.inner.clone(), if quoted { escaped } else { text.to_owned() }),
            // The rest of the line is no part of it.
            Some(scalar) if scalar.quoted => {
                let quote = self.text(scalar.span.start..scalar.inner.start);
                (scalar.inner.start..self.at.max(scalar.inner.start), format!("{escaped}{quote}"))
            }
            _ => {
                let space = if self.text(0..word.start).ends_with('=') { " " } else { "" };
                (word.clone(), if quoted { format!("{space}\"{escaped}\"") } else { format!("{space}{text}") })
            }
        }
    }

    /// Returns the place within `${…}` that the cursor is in, up to where it stops to look like a name.
    fn open_reference(&self, scalar: Option<&Scalar>) -> Option<Range<usize>> {
        let scalar = scalar.filter(|scalar| scalar.quoted && (scalar.inner.start..=scalar.inner.end).contains(&self.at))?;
        let before = self.text(scalar.inner.start..self.at);
        let open = before.rfind("${").filter(|open| !before[..*open].ends_with('$') && !before[*open..].contains('}'))?;
        let start = scalar.inner.start + open + 2;
        let rest = self.text(self.at..scalar.inner.end);
        let more = rest.find(|letter: char| !(letter.is_ascii_alphanumeric() || ".-_".contains(letter))).unwrap_or(rest.len());
        Some(start..self.at + more)
    }

    fn references(&self, path: &[String], range: Range<usize>) -> Vec<Item> {
        let close = if self.text(range.end..self.page.text.len()).starts_with('}') { "" } else { "}" };
        let typed = self.text(range.start..self.at);
        let deep = typed.matches('.').count() > 1;
        let modules = self.outputs(path).into_iter().map(|(label, detail)| (label, detail, 0));
        let nodes = (self.sources.facts)().map(|facts| {
            let of = |node: &crate::core::graph::Node| {
                let (address, doc) = (node.address.to_string(), node.kind.name);
                node.kind.about.outputs.iter().map(move |output| (format!("{address}.{output}"), doc.to_owned(), 2)).collect::<Vec<_>>()
            };
            facts.nodes().into_iter().flat_map(of).collect::<Vec<_>>()
        });
        // Those of single resources are many, and hardly ever meant before a module is named.
        let nodes = nodes.into_iter().flatten().filter(|(label, ..)| deep || !typed.is_empty() && label.starts_with(typed));
        let all = modules.chain(nodes).map(|(label, detail, rank)| Item {
            insert: format!("{label}{close}"),
            label,
            sort: Sort::Reference,
            detail,
            doc: String::new(),
            range: range.clone(),
            cursor: None,
            rank,
        });
        let mut seen = BTreeSet::new();
        all.filter(|item| seen.insert(item.label.clone())).collect()
    }

    /// Returns every output of a module as `database.main.host`, and what it is.
    fn outputs(&self, path: &[String]) -> Vec<(String, String)> {
        let mut found = Vec::new();
        let table = path.iter().take(path.len() - own(path).len() + 2).cloned().collect::<Vec<_>>();
        let keys = self.page.outline.below(&table);
        if keys.contains(&"for_each") {
            found.extend([("each.key".to_owned(), "the item's name".to_owned()), ("each.value".to_owned(), "the item".to_owned())]);
        }
        if keys.contains(&"count") {
            found.push(("count.index".to_owned(), "the number of it, from 0".to_owned()));
        }
        let itself = own(path).iter().take(2).map(String::as_str).collect::<Vec<_>>().join(".");
        for row in MODULES.iter().filter(|row| row.named) {
            for name in names(self.sources.mentions, row.section) {
                let label = format!("{}.{name}", row.section);
                if label != itself {
                    found.extend(row.outputs.iter().map(|(output, doc)| (format!("{label}.{output}"), (*doc).to_owned())));
                }
            }
        }
        found
    }
}

/// Returns the words about a table: its own, or those of each of many.
fn section_doc(slot: &'static Value) -> &'static str {
    let own = form::doc(slot);
    if own.is_empty() { slot.get("additionalProperties").map_or("", |each| form::doc(each)) } else { own }
}

/// Returns a key as it is written.
pub fn quoted_key(name: &str) -> String {
    let bare = !name.is_empty() && name.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'-' || byte == b'_');
    if bare { name.to_owned() } else { format!("\"{}\"", name.replace('\\', "\\\\").replace('"', "\\\"")) }
}

/// Returns a key with `=` behind it and room for its value, and the place of the cursor in it.
fn assigned_key(name: &str, shape: Option<Shape>) -> (String, Option<usize>) {
    let key = quoted_key(name);
    let (open, close) = match shape {
        Some(Shape::Text) => ("\"", "\""),
        Some(Shape::List) => ("[", "]"),
        Some(Shape::Table) => ("{ ", " }"),
        _ => ("", ""),
    };
    let head = format!("{key} = {open}");
    let cursor = (!close.is_empty()).then_some(head.len());
    (format!("{head}{close}"), cursor)
}

/// Returns what a key takes, in a few words.
pub fn takes(slot: &'static Value) -> String {
    let choices = form::choices(&[slot]);
    if !choices.is_empty() {
        let few = choices.iter().take(4).map(|(value, _)| *value).collect::<Vec<_>>().join(" | ");
        return if choices.len() > 4 { format!("{few} | …") } else { few };
    }
    form::shapes(slot).into_iter().map(Shape::noun).collect::<Vec<_>>().join(" or ")
}

/// Returns a value of the schema as TOML writes it.
pub fn toml_value(value: &Value) -> String {
    match value {
        Value::Object(members) => {
            let members = members
                .iter()
                .filter(|(_, value)| !value.is_null())
                .map(|(name, value)| format!("{} = {}", quoted_key(name), toml_value(value)));
            let members = members.collect::<Vec<_>>().join(", ");
            if members.is_empty() { "{}".to_owned() } else { format!("{{ {members} }}") }
        }
        Value::Array(items) => format!("[{}]", items.iter().map(toml_value).collect::<Vec<_>>().join(", ")),
        other => other.to_string(),
    }
}
