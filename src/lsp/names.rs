//! The names of modules and resources in a text: where each has its table, and where it is mentioned.

use super::form::own;
use super::outline::{Key, Outline, Part, Scalar};
use crate::modules::MODULES;
use std::collections::{BTreeMap, BTreeSet};
use std::ops::Range;

/// One name in the text.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Mention {
    pub section: String,
    /// The name of the table; empty for a module of which there is one.
    pub name: String,
    /// The place of the name alone, without section and quotes.
    pub range: Range<usize>,
    pub role: Role,
    /// The output that it ends with: `host` of `${database.main.host}`.
    pub output: Option<String>,
    /// The whole address, if it names a node rather than a module.
    pub address: Option<String>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Role {
    /// The table's own header or key in the file.
    Table,
    /// The same in an overlay.
    Overlay,
    /// It is meant there.
    Use,
    /// `from` of `[[moved]]`: the name that it had.
    Past,
}

/// Returns every name in the text, in order.
pub fn mentions(outline: &Outline) -> Vec<Mention> {
    let mut found = Vec::new();
    outline.walk(&mut |path, part| match part {
        Part::Key { key, .. } => in_key(path, key, &mut found),
        Part::Scalar(scalar) => in_scalar(path, scalar, &mut found),
    });
    shorten(outline, &mut found);
    found.sort_by_key(|mention| mention.range.start);
    found
}

/// Returns the name under a cursor.
pub fn under(mentions: &[Mention], at: usize) -> Option<&Mention> {
    mentions.iter().find(|mention| (mention.range.start..=mention.range.end).contains(&at))
}

/// Returns the places of the tables of a name: those of the file itself, or else those of overlays.
pub fn definitions<'a>(mentions: &'a [Mention], section: &str, name: &str) -> Vec<&'a Mention> {
    let of = |role| mentions.iter().filter(move |mention| mention.role == role && mention.section == section && mention.name == name);
    let own = of(Role::Table).collect::<Vec<_>>();
    if own.is_empty() { of(Role::Overlay).collect() } else { own }
}

/// Returns the names that tables of a section have, in the order of the text.
pub fn names<'a>(mentions: &'a [Mention], section: &str) -> Vec<&'a str> {
    let tables = mentions.iter().filter(|mention| mention.section == section && matches!(mention.role, Role::Table | Role::Overlay));
    let mut seen = BTreeSet::new();
    tables.map(|mention| mention.name.as_str()).filter(|name| seen.insert(*name)).collect()
}

/// True for a section whose tables have names.
pub fn is_named(section: &str) -> bool {
    section == "resource" || MODULES.iter().any(|row| row.named && row.section == section)
}

fn is_single(section: &str) -> bool {
    MODULES.iter().any(|row| !row.named && row.section == section)
}

fn in_key(path: &[String], key: &Key, found: &mut Vec<Mention>) {
    let overlay = own(path).len() != path.len();
    let path = own(path).iter().map(String::as_str).collect::<Vec<_>>();
    let role = if overlay { Role::Overlay } else { Role::Table };
    let mut add = |section: &str, name: &str, role| {
        found.push(Mention {
            section: section.to_owned(),
            name: name.to_owned(),
            range: key.inner.clone(),
            role,
            output: None,
            address: None,
        });
    };
    match path.as_slice() {
        [section] if is_single(section) => add(section, "", role),
        [section, name] if is_named(section) => add(section, name, role),
        ["override" | "usage", label] => found.extend(label_at(label, key.inner.start).map(|one| Mention { role: Role::Use, ..one })),
        ["service", _, "storage", name] => add("storage", name, Role::Use),
        ["service", _, "rollout", "guard", "database", name] => add("database", name, Role::Use),
        _ => {}
    }
}

fn in_scalar(path: &[String], scalar: &Scalar, found: &mut Vec<Mention>) {
    // Escapes would move every place behind them; no name needs any.
    let plain = scalar.quoted && scalar.inner.len() == scalar.text.len();
    if !plain {
        return;
    }
    let start = scalar.inner.start;
    for (offset, inside) in references(&scalar.text) {
        let Some((label, output)) = inside.rsplit_once('.') else { continue };
        found.extend(label_at(label, start + offset).map(|one| Mention { output: Some(output.to_owned()), ..one }));
    }
    let path = own(path).iter().map(String::as_str).collect::<Vec<_>>();
    let text = scalar.text.as_str();
    let mut add = |section: &str| {
        let (section, name) = (section.to_owned(), text.to_owned());
        found.push(Mention { section, name, range: scalar.inner.clone(), role: Role::Use, output: None, address: None });
    };
    match path.as_slice() {
        ["cache", _, "password"] if !text.contains('$') => add("secrets"),
        ["service", _, .., "secret"] if !text.contains('$') => add("secrets"),
        ["moved", _, "from"] => found.extend(label_at(text, start).map(|one| Mention { role: Role::Past, ..one })),
        ["service", _, "needs", _] | ["moved", _, "to"] | ["adopt" | "accept", _, "address"] => found.extend(label_at(text, start)),
        _ => {}
    }
}

/// Returns what stands between `${` and `}` with its offset. An escape is no reference, and one that nothing closes goes to the end.
pub fn references(text: &str) -> Vec<(usize, &str)> {
    let mut found = Vec::new();
    let mut from = 0;
    while let Some(at) = text[from..].find("${").map(|at| from + at) {
        let start = at + 2;
        let end = text[start..].find(['}', '$']).map_or(text.len(), |length| start + length);
        if !text[..at].ends_with('$') {
            found.push((start, &text[start..end]));
        }
        from = end;
    }
    found
}

/// Takes a label or an address apart: `database.main`, `service.api.task-role`, `monitoring.service.api.errors`.
fn label_at(text: &str, start: usize) -> Option<Mention> {
    let (section, rest) = text.split_once('.').unwrap_or((text, ""));
    let mention = |section: &str, name: &str, at: usize, address: bool| Mention {
        section: section.to_owned(),
        name: name.to_owned(),
        range: start + at..start + at + if name.is_empty() { section.len() } else { name.len() },
        role: Role::Use,
        output: None,
        address: address.then(|| text.to_owned()),
    };
    if is_single(section) {
        let (inner, deeper) = rest.split_once('.').unwrap_or((rest, ""));
        let name = deeper.split('.').next().unwrap_or_default();
        // Alarms have the address of what they watch in their own.
        if section == "monitoring" && is_named(inner) && !name.is_empty() {
            return Some(mention(inner, name, section.len() + inner.len() + 2, true));
        }
        return Some(mention(section, "", 0, !rest.is_empty()));
    }
    let name = rest.split('.').next().unwrap_or_default();
    (is_named(section) && !name.is_empty()).then(|| mention(section, name, section.len() + 1, rest.len() > name.len()))
}

/// Cuts the item off the name of one of many: of `worker-eu` the table is `[service.worker]`, if that is repeated.
fn shorten(outline: &Outline, found: &mut [Mention]) {
    let repeated = |section: &str, name: &str| {
        let keys = outline.below(&[section.to_owned(), name.to_owned()]);
        keys.contains(&"for_each") || keys.contains(&"count")
    };
    let mut tables = BTreeMap::<String, BTreeSet<String>>::new();
    for mention in found.iter().filter(|mention| matches!(mention.role, Role::Table | Role::Overlay)) {
        tables.entry(mention.section.clone()).or_default().insert(mention.name.clone());
    }
    let mut known = BTreeMap::new();
    for mention in found.iter_mut().filter(|mention| matches!(mention.role, Role::Use | Role::Past)) {
        let Some(names) = tables.get(&mention.section).filter(|names| !names.contains(&mention.name)) else { continue };
        let ends = mention.name.match_indices('-').map(|(at, _)| at).collect::<Vec<_>>();
        let table = ends.into_iter().rev().map(|end| mention.name[..end].to_owned()).find(|table| {
            names.contains(table)
                && *known.entry((mention.section.clone(), table.clone())).or_insert_with(|| repeated(&mention.section, table))
        });
        if let Some(table) = table {
            mention.range.end = mention.range.start + table.len();
            mention.name = table;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn told(text: &str) -> Vec<String> {
        let found = mentions(&Outline::of(text));
        found
            .iter()
            .map(|one| {
                let place = &text[one.range.clone()];
                let name = if one.name.is_empty() { &one.section } else { &one.name };
                assert_eq!(place, name, "{one:?}");
                format!(
                    "{:?} {}.{}{}",
                    one.role,
                    one.section,
                    one.name,
                    one.output.as_ref().map_or(String::new(), |output| format!(" {output}"))
                )
            })
            .collect()
    }

    #[test]
    fn names_are_found_wherever_they_stand() {
        for (text, want) in [
            ("[database.main]\n[database.main.parameters]\n", vec!["Table database.main", "Table database.main"]),
            ("database.main.size = 5", vec!["Table database.main"]),
            ("[env.prod.database.main]\n[env.prod]\ndatabase.main = { size = 1 }", vec!["Overlay database.main", "Overlay database.main"]),
            ("[network]", vec!["Table network."]),
            (
                "[service.api.environment]\nA = \"x${database.main.host}:${cache.a.port}$${no.no.no}\"",
                vec!["Table service.api", "Use database.main host", "Use cache.a port"],
            ),
            ("a = \"${network.vpc.id} ${service.api.task-role.arn} ${each.key}\"", vec!["Use network. id", "Use service.api arn"]),
            (
                "[service.api]\nneeds = [\"cache.main\"]\nstorage = { files = \"read\" }",
                vec!["Table service.api", "Use cache.main", "Use storage.files"],
            ),
            (
                "[service.api]\nenvironment.A = { secret = \"jwt\" }\nenvironment.B = { secret = \"${database.main.secret}\" }",
                vec!["Table service.api", "Use secrets.jwt", "Use database.main secret"],
            ),
            ("[cache.a]\npassword = \"token\"", vec!["Table cache.a", "Use secrets.token"]),
            ("[service.a.rollout.guard.database.main]\ncpu = 1", vec!["Table service.a", "Use database.main"]),
            (
                "[override.\"database.main.instance\"]\n[usage.\"service.api\"]\n[usage.network]",
                vec!["Use database.main", "Use service.api", "Use network."],
            ),
            (
                "[[moved]]\nfrom = \"database.old\"\nto = \"database.main\"\n[[accept]]\naddress = \"monitoring.service.api.errors\"",
                vec!["Past database.old", "Use database.main", "Use service.api"],
            ),
            ("[resource.queue]\nx = \"${resource.queue.arn}\"", vec!["Table resource.queue", "Use resource.queue arn"]),
            (
                "[service.worker]\nfor_each = [\"eu\"]\n[service.b]\nneeds = [\"service.worker-eu\"]",
                vec!["Table service.worker", "Table service.b", "Use service.worker"],
            ),
            (
                "[service.worker]\n[service.b]\nneeds = [\"service.worker-eu\"]",
                vec!["Table service.worker", "Table service.b", "Use service.worker-eu"],
            ),
            // It is not closed, so that `main` may become anything.
            ("# [database.no]\na = \"${\"\nb = \"${database.main\"", vec![]),
        ] {
            assert_eq!(told(text), want, "{text}");
        }
    }
}
