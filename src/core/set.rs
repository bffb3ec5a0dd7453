//! `--set` arguments over a file: each reaches a table that the file has, or one of those that such a table stands for.

use super::codes;
use super::diagnostic::Diagnostic;
use super::for_each;
use super::input::{Entry, Input, Shape};
use super::module::ModuleRow;
use super::source::Path;
use super::suggest::nearest;

/// Values for one of the tables that a table with `for_each` or `count` stands for.
#[derive(Debug, Clone)]
pub(super) struct Own {
    /// The table: `service`, `worker`.
    pub path: Path,
    pub key: String,
    pub input: Input,
}

/// Lays an argument over a file, and returns what is meant for single instances. A table that the file does not have is not made:
/// a slip of the pen in a pipeline would else leave the old value where it is, and make a resource that nobody asked for.
pub(super) fn lay_over(modules: &[ModuleRow], base: &mut Input, set: Input, may_add: bool) -> (Vec<Own>, Vec<Diagnostic>) {
    let (mut own, mut found) = (Vec::new(), Vec::new());
    let Shape::Table(mut sections) = set.shape else { return (own, found) };
    sections.retain(|section, entry| {
        let module = modules.iter().find(|row| row.section == section);
        let named = section == "resource" || module.is_some_and(|row| row.named);
        if section == "env" {
            found.push(in_an_overlay(entry));
        } else if !may_add && module.is_some_and(|row| !row.named) && base.get(section).is_none() {
            found.push(missing(&Path::new([section.as_str()]), Vec::new(), entry));
        } else if named {
            let path = Path::new([section.as_str()]);
            let dotted = section == "resource";
            let nothing = take_instances(&path, dotted, base, entry, may_add, &mut own);
            found.extend(nothing);
            return entry.input.table().is_none_or(|left| !left.is_empty());
        } else {
            return true;
        }
        false
    });
    base.merge(Input { span: set.span, shape: Shape::Table(sections) });
    (own, found)
}

// Takes out of a section's tables what is meant for instances, and what is meant for nothing. A module's instance is named like
// a module of its own, `worker-eu`; a resource's stands below its table, `topic.eu`.
fn take_instances(path: &Path, dotted: bool, base: &Input, entry: &mut Entry, may_add: bool, own: &mut Vec<Own>) -> Vec<Diagnostic> {
    let mut found = Vec::new();
    let Shape::Table(tables) = &mut entry.input.shape else { return found };
    let known = path.parts().first().and_then(|section| base.get(section)).and_then(Input::table);
    let known = || known.into_iter().flatten();
    tables.retain(|name, set| match known().find(|(other, _)| *other == name) {
        Some((_, table)) => {
            let keys = if dotted { for_each::keys(&table.input) } else { Vec::new() };
            if let Shape::Table(below) = &mut set.input.shape {
                below.retain(|key, value| {
                    let meant = keys.contains(key) && value.input.table().is_some();
                    if meant {
                        own.push(Own { path: path.key(name), key: key.clone(), input: value.input.clone() });
                    }
                    !meant
                });
                return !below.is_empty();
            }
            true
        }
        None => {
            let instance = known().filter(|_| !dotted).find_map(|(table, entry)| {
                let key = name.strip_prefix(table.as_str())?.strip_prefix('-')?;
                for_each::keys(&entry.input).iter().any(|one| one == key).then(|| (path.key(table), key.to_owned()))
            });
            match instance {
                Some((path, key)) => own.push(Own { path, key, input: set.input.clone() }),
                None if may_add => return true,
                None => found.push(missing(&path.key(name), names(known(), dotted), set)),
            }
            false
        }
    });
    found
}

// The names that a `--set` may say below a section.
fn names<'a>(tables: impl Iterator<Item = (&'a String, &'a Entry)>, dotted: bool) -> Vec<String> {
    let names = tables.flat_map(|(name, entry)| {
        let keys = if dotted { Vec::new() } else { for_each::keys(&entry.input) };
        std::iter::once(name.clone()).chain(keys.into_iter().map(move |key| format!("{name}-{key}")))
    });
    names.collect()
}

fn missing(path: &Path, known: Vec<String>, set: &Entry) -> Diagnostic {
    let one = Diagnostic::new(&codes::SETS_NOTHING, path.clone(), format!("the file has no `[{path}]` for this to set")).at(set.key);
    let name = path.parts().last().map(String::as_str).unwrap_or_default();
    match nearest(name, known.iter().map(String::as_str)) {
        Some(near) => one.help(format!("did you mean `{near}`?")),
        None if known.is_empty() => one.help(format!("write `[{path}]` into the file first")),
        None => one.help(format!("it has {}", known.join(", "))),
    }
}

fn in_an_overlay(entry: &Entry) -> Diagnostic {
    let message = "a --set lies over the environment that is chosen, so it names none";
    let one = Diagnostic::new(&codes::SETS_NOTHING, Path::new(["env"]), message).at(entry.key);
    one.help("choose it with --env, and leave `env.NAME.` out")
}
