//! Another name for a module: its tables, everything that mentions it, and the `[[moved]]` by which what is live keeps its place.

use super::facts::{Facts, labels};
use super::names::{Mention, Role, definitions, mentions, names, under};
use super::outline::{Table, Value};
use super::page::{Change, Page, changed};
use crate::core::address::is_name;
use crate::core::diagnostic::Diagnostic;
use crate::core::file::Terms;
use crate::core::source::Source;
use crate::ops::stack::{Choice, validate};
use std::collections::BTreeSet;
use std::ops::Range;

/// The longest name of a module.
const LONGEST: usize = 40;

/// Returns the place of the name under a cursor, if it can be another.
pub fn prepare(page: &Page, at: usize) -> Option<Range<usize>> {
    let mentions = mentions(&page.outline);
    let mention = under(&mentions, at)?;
    let known = !mention.name.is_empty() && mention.role != Role::Past;
    (known && !definitions(&mentions, &mention.section, &mention.name).is_empty()).then(|| mention.range.clone())
}

/// Returns the changes that give the name under a cursor another one. The error is a sentence for whoever asked.
pub fn rename(page: &Page, at: usize, new: &str) -> Result<Vec<Change>, String> {
    let mentions = mentions(&page.outline);
    let found = under(&mentions, at).filter(|mention| !mention.name.is_empty() && mention.role != Role::Past);
    let Some(Mention { section, name, .. }) = found else { return Err("here stands no name of a module or resource".into()) };
    if definitions(&mentions, section, name).is_empty() {
        return Err(format!("`{section}.{name}` has no table in this file"));
    }
    if new == name {
        return Ok(Vec::new());
    }
    if !is_name(new) || new.len() > LONGEST {
        return Err(format!("`{new}` cannot be a name: a-z, 0-9 and single hyphens, {LONGEST} at most"));
    }
    if names(&mentions, section).contains(&new) {
        return Err(format!("there is `{section}.{new}` already"));
    }
    let of = |mention: &&Mention| mention.section == *section && mention.name == *name && mention.role != Role::Past;
    let mut changes =
        mentions.iter().filter(of).map(|mention| Change { range: mention.range.clone(), text: new.to_owned() }).collect::<Vec<_>>();
    let way = Way { section, name, new };
    // Back to an older name: then nothing has moved from there.
    let back = page.outline.tables.iter().filter(|table| is_moved_from(table, section, new));
    changes.extend(back.map(|table| {
        let range = lines_of(&page.text, table);
        // The empty line before it goes as well.
        let empty = usize::from(page.text[..range.start].ends_with("\n\n"));
        Change { range: range.start - empty..range.end, text: String::new() }
    }));
    // An entry that goes is not changed as well.
    let gone = changes.iter().filter(|change| change.text.is_empty()).map(|change| change.range.clone()).collect::<Vec<_>>();
    changes.retain(|change| change.text.is_empty() || !gone.iter().any(|gone| gone.contains(&change.range.start)));

    let before = Facts::of(&page.text);
    let after = before.as_ref().and_then(|_| Facts::of(&changed(&page.text, &without_moves(page, &changes))));
    let entries = match (before, after) {
        (Some(before), Some(after)) => way.entries(&before, &after)?,
        // A file with other problems cannot be looked through; its addresses follow from the name.
        _ => Entries { all: BTreeSet::from([(format!("{section}.{name}"), format!("{section}.{new}"))]), envs: None },
    };
    changes.extend(entries.changes(page));
    no_worse(&page.text, &changed(&page.text, &changes))?;
    changes.sort_by_key(|change| change.range.start);
    Ok(changes)
}

/// The same changes, and every `[[moved]]` gone: what is in the file before any entry for it.
fn without_moves(page: &Page, changes: &[Change]) -> Vec<Change> {
    let moved = page.outline.tables.iter().filter(|table| table.path.iter().any(|key| key == "moved"));
    let moved = moved.map(|table| lines_of(&page.text, table)).collect::<Vec<_>>();
    let outside = |change: &&Change| !moved.iter().any(|moved| moved.start <= change.range.start && change.range.end <= moved.end);
    let kept = changes.iter().filter(outside).cloned();
    kept.chain(moved.iter().map(|range| Change { range: range.clone(), text: String::new() })).collect()
}

struct Way<'a> {
    section: &'a str,
    name: &'a str,
    new: &'a str,
}

/// Entries of `[[moved]]`, from and to.
struct Entries {
    all: BTreeSet<(String, String)>,
    /// The environments that have what moves, if not all have.
    envs: Option<Vec<String>>,
}

impl Way<'_> {
    /// Returns what has moved: whatever was in the graph and is there under its new name.
    fn entries(&self, before: &Facts, after: &Facts) -> Result<Entries, String> {
        let mut all = BTreeSet::new();
        let mut envs = Vec::new();
        for (old, new) in before.all.iter().zip(&after.all) {
            let mut here = BTreeSet::new();
            let renamed = labels(old, self.section, self.name);
            let now = labels(new, self.section, self.new);
            let pairs = renamed.iter().filter_map(|label| {
                let other = format!("{}.{}{}", self.section, self.new, label.strip_prefix(&format!("{}.{}", self.section, self.name))?);
                now.contains(&other).then_some((label.clone(), other))
            });
            let pairs = pairs.collect::<Vec<_>>();
            for node in old.graph.nodes() {
                let address = node.address.as_str();
                let moves = pairs.iter().find_map(|(from, to)| moved(address, from, to));
                let Some((prefix, target, whole)) = moves else { continue };
                let there = new.graph.nodes().any(|node| node.address.as_str() == whole);
                if there && !new.graph.nodes().any(|node| node.address.as_str() == address) {
                    here.insert((prefix, target));
                }
            }
            if !here.is_empty() {
                envs.push(old.stack.env.clone());
            }
            all.extend(here);
        }
        let everywhere = envs.len() == before.all.len() || envs.is_empty();
        Ok(Entries { all, envs: (!everywhere).then_some(envs) })
    }
}

/// Returns the part of an address that is renamed, its new form, and the whole new address.
fn moved(address: &str, from: &str, to: &str) -> Option<(String, String, String)> {
    let below = |rest: &str| rest.is_empty() || rest.starts_with('.');
    // Alarms have the address of what they watch in their own.
    ["", "monitoring."].into_iter().find_map(|prefix| {
        let (from, to) = (format!("{prefix}{from}"), format!("{prefix}{to}"));
        let rest = address.strip_prefix(&from).filter(|rest| below(rest))?.to_owned();
        Some((from, to.clone(), to + &rest))
    })
}

impl Entries {
    fn changes(&self, page: &Page) -> Vec<Change> {
        if self.all.is_empty() {
            return Vec::new();
        }
        let text = |header: &str| {
            let one = |(from, to): &(String, String)| format!("\n[[{header}]]\nfrom = \"{from}\"\nto = \"{to}\"\n");
            self.all.iter().map(one).collect::<String>()
        };
        match &self.envs {
            Some(envs) => {
                let text = envs.iter().map(|env| text(&format!("env.{env}.moved"))).collect::<String>();
                vec![at_end(&page.text, page.text.len(), &text)]
            }
            None => vec![self.in_list(page).unwrap_or_else(|| {
                let last = page.outline.tables.iter().rfind(|table| table.path.first().is_some_and(|key| key == "moved"));
                at_end(&page.text, last.map_or(page.text.len(), |table| lines_of(&page.text, table).end), &text("moved"))
            })],
        }
    }

    /// Adds to `moved = [ … ]`, if the file has its entries there.
    fn in_list(&self, page: &Page) -> Option<Change> {
        let pairs = page.outline.tables.iter().filter(|table| table.path.is_empty()).flat_map(|table| &table.pairs);
        let list = pairs.filter(|pair| pair.keys.len() == 1 && pair.keys[0].name == "moved").find_map(|pair| match &pair.value {
            Some(Value::List { span, .. }) => Some(span),
            _ => None,
        })?;
        let inside = page.text.get(..list.end)?.strip_suffix(']')?;
        let end = inside.trim_end().len();
        let comma = if inside.trim_end().ends_with(['[', ',']) { "" } else { "," };
        let one = |(from, to): &(String, String)| format!("{{ from = \"{from}\", to = \"{to}\" }}");
        Some(Change { range: end..end, text: format!("{comma} {}", self.all.iter().map(one).collect::<Vec<_>>().join(", ")) })
    }
}

/// Adds lines at a place, with an empty one before them and none too many.
fn at_end(text: &str, at: usize, lines: &str) -> Change {
    let before = text.get(..at).unwrap_or_default();
    let lines = match before {
        "" => lines.trim_start_matches('\n').to_owned(),
        _ if before.ends_with("\n\n") => lines.trim_start_matches('\n').to_owned(),
        _ if before.ends_with('\n') => lines.to_owned(),
        _ => format!("\n{lines}"),
    };
    Change { range: at..at, text: lines }
}

fn is_moved_from(table: &Table, section: &str, name: &str) -> bool {
    let label = format!("{section}.{name}");
    let from = table.pairs.iter().filter(|pair| pair.keys.len() == 1 && pair.keys[0].name == "from").find_map(|pair| match &pair.value {
        Some(Value::Scalar(scalar)) => Some(scalar.text.as_str()),
        _ => None,
    });
    let listed = table.header.as_ref().is_some_and(|header| header.list && header.keys.last().is_some_and(|key| key.name == "moved"));
    listed && from.is_some_and(|from| moved(from, &label, &label).is_some())
}

/// Returns the lines of a table up to its last pair, with the line's end.
fn lines_of(text: &str, table: &Table) -> Range<usize> {
    let header = table.header.as_ref().map_or(0..0, |header| header.span.clone());
    let last = table.pairs.last().map_or(header.end, |pair| pair.span.end);
    let end = text.get(last..).and_then(|rest| rest.find('\n')).map_or(text.len(), |at| last + at + 1);
    header.start..end
}

/// Refuses a change after which the file would have an error that it did not have.
fn no_worse(before: &str, after: &str) -> Result<(), String> {
    let errors = |text: &str| {
        let verdict = validate(Source::new("", text), Choice::default(), Terms::default());
        verdict.diagnostics.into_iter().filter(Diagnostic::is_error).collect::<Vec<_>>()
    };
    let mut old = errors(before).into_iter().map(|one| one.code).collect::<Vec<_>>();
    for new in errors(after) {
        match old.iter().position(|code| *code == new.code) {
            Some(at) => drop(old.swap_remove(at)),
            None => return Err(format!("the file would have an error afterwards: {} ({})", new.message, new.code)),
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    const HEAD: &str = "[stack]\nname = \"shop\"\nregion = \"us-east-1\"\n";

    /// The text after the name at `|` became another.
    fn renamed(text: &str, new: &str) -> Result<String, String> {
        let at = text.find('|').unwrap() + HEAD.len();
        let text = format!("{HEAD}{}", text.replacen('|', "", 1));
        let page = Page::new(text.as_str());
        let changes = rename(&page, at, new)?;
        Ok(changed(&text, &changes).strip_prefix(HEAD).unwrap().to_owned())
    }

    #[test]
    fn tables_and_mentions_get_the_name_and_what_is_live_keeps_its_place() {
        let text = "[network]\n[cache.ma|in]\nnodes = 2\n\n[cache.main.parameters]\n[service.api]\nneeds = [\"cache.main\"]\n\
                    environment = { URL = \"${cache.main.url}\" } # main\n\n[usage.\"cache.main\"]\n[env.prod.cache.main]\nnodes = 3\n";
        let want = text.replace("ma|in]", "sessions]").replace("cache.main", "cache.sessions")
            + "\n[[moved]]\nfrom = \"cache.main\"\nto = \"cache.sessions\"\n";
        assert_eq!(renamed(text, "sessions").unwrap(), want);
        let elsewhere = text.replace("ma|in]", "main]").replace("${cache.main.url}", "${cache.ma|in.url}");
        assert_eq!(renamed(&elsewhere, "sessions").unwrap(), want, "from a reference");
    }

    #[test]
    fn alarms_and_items_move_with_it() {
        let text = "[network]\n[monitoring]\nemails = [\"a@example.com\"]\n[service.w|eb]\nport = 80\n";
        let out = renamed(text, "api").unwrap();
        assert!(out.contains("from = \"service.web\"\nto = \"service.api\"\n"), "{out}");
        assert!(out.contains("from = \"monitoring.service.web\"\nto = \"monitoring.service.api\"\n"), "{out}");
        let text = "[network]\n[service.work|er]\nfor_each = [\"eu\", \"us\"]\n[service.b]\nneeds = [\"service.worker-eu\"]\n"
            .replace("needs = [\"service.worker-eu\"]\n", "environment.A = \"${service.worker-eu.name}\"\n");
        let out = renamed(&text, "job").unwrap();
        assert!(out.contains("${service.job-eu.name}") && out.contains("from = \"service.worker-us\"\nto = \"service.job-us\"\n"), "{out}");
    }

    #[test]
    fn renamed_twice_and_back_the_entries_stay_true() {
        let one = renamed("[network]\n[cache.a|]\n", "b").unwrap();
        let two = renamed(&one.replacen("[cache.b]", "[cache.b|]", 1), "c").unwrap();
        assert_eq!(
            two,
            "[network]\n[cache.c]\n\n[[moved]]\nfrom = \"cache.a\"\nto = \"cache.c\"\n\n[[moved]]\nfrom = \"cache.b\"\nto = \"cache.c\"\n"
        );
        let back = renamed(&one.replacen("[cache.b]", "[cache.b|]", 1), "a").unwrap();
        assert_eq!(back, "[network]\n[cache.a]\n\n[[moved]]\nfrom = \"cache.b\"\nto = \"cache.a\"\n");
    }

    #[test]
    fn entries_of_a_list_are_added_there() {
        let text = format!("moved = [{{ from = \"cache.x\", to = \"cache.a\" }}]\n{HEAD}[network]\n[cache.a]\n");
        let page = Page::new(text.as_str());
        let out = changed(&text, &rename(&page, text.find("a]\n").unwrap(), "b").unwrap());
        let list = "moved = [{ from = \"cache.x\", to = \"cache.b\" }, { from = \"cache.a\", to = \"cache.b\" }]\n";
        assert!(out.starts_with(list) && out.ends_with("[network]\n[cache.b]\n"), "{out}");
    }

    #[test]
    fn what_one_environment_has_moves_there() {
        let text = "[network]\n[cache.ma|in]\nenabled = false\n[env.prod.cache.main]\nenabled = true\n[env.test]\n";
        let out = renamed(text, "x").unwrap();
        assert!(out.ends_with("[env.test]\n\n[[env.prod.moved]]\nfrom = \"cache.main\"\nto = \"cache.x\"\n"), "{out}");
    }

    #[test]
    fn a_file_with_other_problems_is_renamed_all_the_same() {
        let text = "[network]\n[cache.ma|in]\nnodes = \"many\"\n[service.api]\nport =\nneeds = [\"cache.main\"]\n";
        let out = renamed(text, "x").unwrap();
        assert!(out.contains("[cache.x]") && out.contains("needs = [\"cache.x\"]"), "{out}");
    }

    #[test]
    fn what_cannot_be_a_name_is_refused_with_the_reason() {
        let text = "[network]\n[cache.ma|in]\n[cache.other]\n[service.a]\nneeds = [\"cache.no\"]\n";
        for (new, words) in
            [("Main", "cannot be a name"), ("", "cannot be a name"), ("a b", "cannot"), ("a]\n[x", "cannot"), ("other", "already")]
        {
            assert!(renamed(text, new).unwrap_err().contains(words), "{new}");
        }
        let no = text.replace('|', "").replace("cache.no", "cache.n|o");
        assert_eq!(renamed(&no, "x").unwrap_err(), "`cache.no` has no table in this file");
        assert!(renamed("[net|work]\n", "x").is_err());
        assert_eq!(renamed(text, "main").unwrap(), text.replace('|', ""));
    }
}
