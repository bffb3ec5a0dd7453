//! Describe calls: by ids, by filters, with tags. Paging is the codec's.

use super::filter::{self, Known};
use super::kind::Kind;
use crate::world::{Call, Fault, tag_list};
use serde_json::{Value, json};

/// The parts that one describe call is made of.
pub struct List {
    pub kind: &'static Kind,
    /// The input member with the ids.
    pub ids: &'static str,
    /// The input member with the filters.
    pub filters: &'static str,
    /// The output member with the answers.
    pub output: &'static str,
    /// The member of each answer that holds its tags.
    pub tags: &'static str,
    pub known: Known,
}

/// `complete` adds to a stored row what is derived when it is shown.
pub fn describe(call: &Call<'_>, list: &List, complete: impl Fn(&Call<'_>, &mut Value)) -> Result<Value, Fault> {
    let ids = call.texts(list.ids);
    let rows: Vec<(String, Value)> = if ids.is_empty() {
        call.all(list.kind.table).into_iter().map(|(id, row)| (id.clone(), row.clone())).collect()
    } else {
        let mut rows = Vec::new();
        for id in ids {
            let row = list.kind.find(call, &id)?.clone();
            if !rows.iter().any(|(known, _)| *known == id) {
                rows.push((id, row));
            }
        }
        rows
    };
    let shown = rows.into_iter().map(|(id, row)| show(call, list.kind, list.tags, &id, row, &complete)).collect();
    Ok(json!({ list.output: filter::select(shown, call.input.get(list.filters), list.known, list.tags)? }))
}

/// One stored row as AWS shows it.
pub fn show(call: &Call<'_>, kind: &Kind, tags: &str, id: &str, mut row: Value, complete: impl Fn(&Call<'_>, &mut Value)) -> Value {
    complete(call, &mut row);
    row[tags] = tag_list(&call.tags(&kind.arn(call, id)));
    row
}

/// A new resource's answer with the tags of its creation.
pub fn with_tags(mut row: Value, tags: &[(String, String)]) -> Value {
    row["Tags"] = tag_list(&tags.iter().cloned().collect());
    row
}

/// Shows a resource as it is stored.
pub fn as_stored(_: &Call<'_>, _: &mut Value) {}
