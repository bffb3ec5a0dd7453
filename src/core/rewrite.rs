//! Edits of a stack file as text: what an edit does not touch stays byte for byte, comments and layout with it.

use super::fix::Edit;
use super::source::{FILE, Span};
use serde_json::Value;
use std::ops::Range;
use toml_edit::{Array, Document, DocumentMut, InlineTable, Item, Table, TableLike};

/// One change of a text.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Change {
    /// These bytes become a value.
    Replace { at: Range<usize>, value: Value },
    /// A key that was not there, or was a table of lines, gets a value.
    Put { path: Vec<String>, value: Value },
    /// A key goes, with the comment behind it.
    Remove { path: Vec<String> },
}

/// Returns the changes of a text of which each makes an edit, the likeliest first. An edit speaks of a file with an overlay laid
/// over it, so a new key may belong into the file's own table or into that of an environment.
pub fn changes(text: &str, edit: &Edit) -> Vec<Change> {
    let Edit { path, value, at } = edit;
    let path = path.parts().to_vec();
    match (at, value) {
        (Some(Span { source: FILE, start, end }), Some(value)) => vec![Change::Replace { at: *start..*end, value: value.clone() }],
        (Some(Span { source: FILE, start, end }), None) => {
            let Ok(document) = Document::parse(text) else { return Vec::new() };
            find(document.as_table(), &(*start..*end)).map(|path| Change::Remove { path }).into_iter().collect()
        }
        (Some(_), _) => Vec::new(),
        (None, value) => {
            let Ok(document) = Document::parse(text) else { return Vec::new() };
            let overlays =
                document.as_table().get("env").and_then(Item::as_table_like).map(|all| all.iter().map(|(name, _)| name.to_owned()));
            let prefixes = std::iter::once(Vec::new()).chain(overlays.into_iter().flatten().map(|name| vec!["env".to_owned(), name]));
            let mut places = prefixes.map(|prefix| [prefix, path.clone()].concat()).collect::<Vec<_>>();
            // The table that is there already goes first.
            places.sort_by_key(|place| place.len() - there(document.as_table(), place));
            let change = |path: Vec<String>| match value {
                Some(value) => Some(Change::Put { path, value: value.clone() }),
                None => (there(document.as_table(), &path) == path.len()).then_some(Change::Remove { path }),
            };
            places.into_iter().filter_map(change).collect()
        }
    }
}

/// Returns the changes that make an edit for some of a file's environments alone, in their overlays. None where there is nothing to part:
/// the value stands in an overlay already, no other environment goes by it, or a key is to go that the file's own table has.
pub fn overlaid(text: &str, edit: &Edit, envs: &[&str]) -> Option<Vec<Change>> {
    let document = Document::parse(text).ok()?;
    let value = edit.value.as_ref()?;
    let stands = match edit.at {
        Some(Span { source: FILE, start, end }) => find(document.as_table(), &(start..end))?,
        Some(_) => return None,
        None => Vec::new(),
    };
    let of = |env: &str| ["env", env].iter().map(|part| (*part).to_owned()).chain(edit.path.parts().iter().cloned()).collect::<Vec<_>>();
    let own = |env: &str| there(document.as_table(), &of(env)) == of(env).len();
    let mut others = document.get("env")?.as_table_like()?.iter().map(|(name, _)| name).filter(|name| !envs.contains(name)).peekable();
    let parted = others.peek().is_some() && (stands.is_empty() || !others.all(own));
    let change = |env: &&str| Change::Put { path: of(env), value: value.clone() };
    (parted && stands.first().is_none_or(|first| first != "env")).then(|| envs.iter().map(change).collect())
}

/// Returns the text with changes made, or none if one of them cannot be.
pub fn make(text: &str, changes: &[Change]) -> Option<String> {
    let mut text = text.to_owned();
    let mut replaced = changes.iter().filter_map(|change| match change {
        Change::Replace { at, value } => Some((at.clone(), value)),
        Change::Put { .. } | Change::Remove { .. } => None,
    });
    let mut replaced = replaced.by_ref().collect::<Vec<_>>();
    // From behind, so that no place moves before its turn; two that lie in each other are not both right.
    replaced.sort_by_key(|(at, _)| std::cmp::Reverse(at.start));
    if replaced.windows(2).any(|pair| pair[1].0.end > pair[0].0.start) {
        return None;
    }
    for (at, value) in replaced {
        text.get(at.clone())?;
        text.replace_range(at, written(value)?.to_string().trim());
    }
    let mut document: Option<DocumentMut> = None;
    for change in changes {
        if matches!(change, Change::Replace { .. }) {
            continue;
        }
        if document.is_none() {
            document = Some(text.parse().ok()?);
        }
        let table = document.as_mut()?.as_table_mut();
        match change {
            Change::Replace { .. } => {}
            Change::Put { path, value } => put(table, path, written(value)?)?,
            Change::Remove { path } => remove(table, path)?,
        }
    }
    Some(document.map_or(text, |document| document.to_string()))
}

/// A value as it is written in a file; none for what TOML has no word for.
fn written(value: &Value) -> Option<toml_edit::Value> {
    Some(match value {
        Value::Null => return None,
        Value::Bool(value) => (*value).into(),
        Value::Number(number) => match number.as_i64() {
            Some(number) => number.into(),
            None => number.as_f64()?.into(),
        },
        Value::String(text) => text.as_str().into(),
        Value::Array(items) => items.iter().map(written).collect::<Option<Array>>()?.into(),
        Value::Object(members) => {
            let present = members.iter().filter(|(_, value)| !value.is_null());
            present.map(|(name, value)| Some((name.as_str(), written(value)?))).collect::<Option<InlineTable>>()?.into()
        }
    })
}

/// Returns how many parts of a path are there.
fn there(table: &dyn TableLike, path: &[String]) -> usize {
    let Some((first, rest)) = path.split_first() else { return 0 };
    match table.get(first) {
        None => 0,
        Some(item) => 1 + item.as_table_like().map_or(0, |table| there(table, rest)),
    }
}

/// Returns the keys that lead to the value that stands in these bytes.
fn find(table: &dyn TableLike, at: &Range<usize>) -> Option<Vec<String>> {
    table.iter().find_map(|(name, item)| {
        if item.is_value() && item.span().as_ref() == Some(at) {
            return Some(vec![name.to_owned()]);
        }
        let mut path = find(item.as_table_like()?, at)?;
        path.insert(0, name.to_owned());
        Some(path)
    })
}

fn put(table: &mut dyn TableLike, path: &[String], value: toml_edit::Value) -> Option<()> {
    let (first, rest) = path.split_first()?;
    if rest.is_empty() {
        table.insert(first, Item::Value(value));
        return Some(());
    }
    if table.get(first).is_none() {
        let mut below = Table::new();
        // Only the table that gets the value has a header.
        below.set_implicit(rest.len() > 1);
        table.insert(first, Item::Table(below));
    }
    put(table.get_mut(first)?.as_table_like_mut()?, rest, value)
}

fn remove(table: &mut dyn TableLike, path: &[String]) -> Option<()> {
    let (first, rest) = path.split_first()?;
    if rest.is_empty() { table.remove(first).map(drop) } else { remove(table.get_mut(first)?.as_table_like_mut()?, rest) }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::core::source::Path;
    use serde_json::json;

    const TEXT: &str = "# head\n[stack]\nname = 'shop' # short\n\n[database.main] # ours\nbackup_days =  0   # none yet\nsize = 5\n\n\
                        # in production\n[env.production.database.main]\nbackup_days = 1\n[env.production.database.other]\n";

    // The value of one letter that a line ends with.
    fn at(line: &str) -> Span {
        let end = TEXT.find(line).unwrap() + line.len();
        Span { source: FILE, start: end - 1, end }
    }

    fn edited(path: &[&str], value: Option<Value>, at: Option<Span>) -> Vec<String> {
        let edit = Edit { path: Path::new(path.iter().copied()), value, at };
        changes(TEXT, &edit).iter().map(|change| make(TEXT, std::slice::from_ref(change)).unwrap()).collect()
    }

    #[test]
    fn a_value_is_replaced_where_it_stands_and_nothing_else_is() {
        let path = ["database", "main", "backup_days"];
        let [one] = edited(&path, Some(json!(7)), Some(at("backup_days =  0"))).try_into().unwrap();
        assert_eq!(one, TEXT.replace("backup_days =  0", "backup_days =  7"));
        let [one] = edited(&path, Some(json!({"a": ["x\"y", 1.5], "b": null})), Some(at("backup_days = 1"))).try_into().unwrap();
        assert_eq!(one, TEXT.replace("backup_days = 1", "backup_days = { a = ['x\"y', 1.5] }"));
        let nothing = Change::Replace { at: 0..1, value: json!([null]) };
        assert_eq!(make(TEXT, &[nothing]), None, "no list holds nothing");
    }

    #[test]
    fn a_key_goes_with_its_comment_from_where_it_stands() {
        let path = ["database", "main", "backup_days"];
        let [one] = edited(&path, None, Some(at("backup_days =  0"))).try_into().unwrap();
        assert_eq!(one, TEXT.replace("backup_days =  0   # none yet\n", ""));
        let [one] = edited(&path, None, Some(at("backup_days = 1"))).try_into().unwrap();
        assert_eq!(one, TEXT.replace("backup_days = 1\n", ""));
    }

    #[test]
    fn a_new_key_goes_into_the_table_that_is_there_first() {
        let many = edited(&["database", "main", "multi_az"], Some(json!(true)), None);
        assert_eq!(many[0], TEXT.replace("size = 5\n", "size = 5\nmulti_az = true\n"));
        assert_eq!(many[1], TEXT.replace("backup_days = 1\n", "backup_days = 1\nmulti_az = true\n"));
        let many = edited(&["database", "other", "multi_az"], Some(json!(true)), None);
        assert_eq!(many[0], format!("{TEXT}multi_az = true\n"));
    }

    #[test]
    fn an_override_that_is_missing_is_added_with_its_header() {
        let many = edited(&["override", "database.main.instance", "publicly_accessible"], Some(json!(false)), None);
        assert_eq!(many[0], format!("{TEXT}\n[override.\"database.main.instance\"]\npublicly_accessible = false\n"));
        assert!(many[1].contains("[env.production.override.\"database.main.instance\"]\npublicly_accessible = false\n"), "{}", many[1]);
    }

    #[test]
    fn what_some_environments_have_wrong_is_put_into_their_overlays() {
        let text = "[database.main]\nsize = 5\n[env.dev.database.main]\nsize = 6\n[env.production]\n[env.trial]\n";
        let place = |line: &str| {
            let end = text.find(line).unwrap() + line.len();
            Some(Span { source: FILE, start: end - 1, end })
        };
        let put = |at, value: Option<Value>, envs: &[&str]| {
            let edit = Edit { path: Path::new(["database", "main", "size"]), value, at };
            overlaid(text, &edit, envs).map(|changes| make(text, &changes).unwrap())
        };
        let mended = |env: &str| text.replace(&format!("[env.{env}]\n"), &format!("[env.{env}]\n\n[env.{env}.database.main]\nsize = 7\n"));
        assert_eq!(put(place("size = 5"), Some(json!(7)), &["production"]), Some(mended("production")));
        assert_eq!(put(None, Some(json!(7)), &["trial"]), Some(mended("trial")));
        let both = put(place("size = 5"), Some(json!(7)), &["production", "trial"]);
        assert_eq!(both, None, "dev has a size of its own, so the file's is the others' alone");
        assert_eq!(put(place("size = 6"), Some(json!(7)), &["dev"]), None, "it stands in the overlay");
        assert_eq!(put(place("size = 5"), None, &["production"]), None, "an overlay takes nothing away");
        assert_eq!(put(None, Some(json!(7)), &["dev", "production", "trial"]), None);
    }

    #[test]
    fn many_are_made_at_once_unless_they_lie_in_each_other() {
        let of = |path: &[&str], value, at| changes(TEXT, &Edit { path: Path::new(path.iter().copied()), value, at }).remove(0);
        let first = of(&["database", "main", "backup_days"], Some(json!(10)), Some(at("backup_days =  0")));
        let second = of(&["database", "main", "backup_days"], Some(json!(20)), Some(at("backup_days = 1")));
        let third = of(&["stack", "region"], Some(json!("us-east-1")), None);
        let want =
            TEXT.replace("=  0", "=  10").replace("days = 1\n", "days = 20\n").replace("# short\n", "# short\nregion = \"us-east-1\"\n");
        assert_eq!(make(TEXT, &[first.clone(), third, second]).unwrap(), want);
        assert_eq!(make(TEXT, &[first.clone(), first]), None);
    }
}
