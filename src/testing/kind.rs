//! The laws that the pure half of a kind obeys, each as what it finds wrong: of a kind in the table, or of one that is being written.

use crate::core::code::{Example, lay_over};
use crate::core::diff::diff;
use crate::core::kind::Row;
use serde_json::Value;
use std::collections::BTreeSet;

/// Returns what is wrong by any of the laws that a kind obeys by itself.
pub fn wrong(row: &Row) -> Vec<String> {
    [examples_of_checks, codes, field_table, normal_form, words].into_iter().flat_map(|law| law(row)).collect()
}

/// Each check finds its wrong examples, and nothing is found in the right ones.
pub fn examples_of_checks(row: &Row) -> Vec<String> {
    let mut wrong = Vec::new();
    for code in (row.codes)() {
        let Example::Spec { wrong: bad, right: good } = code.example else {
            wrong.push(format!("{}: a check has specs as examples", code.id));
            continue;
        };
        if bad.is_empty() {
            wrong.push(format!("{}: no wrong example", code.id));
        }
        for fields in bad {
            let found = found(row, fields);
            if !found.iter().any(|(id, _)| *id == code.id) {
                wrong.push(format!("{} does not find {fields}: {found:?}", code.id));
            }
        }
        for fields in std::iter::once(&"{}").chain(good) {
            let found = found(row, fields);
            if !found.is_empty() {
                wrong.push(format!("{}: {fields} is right, and yet: {found:?}", code.id));
            }
        }
    }
    wrong
}

/// Returns the codes that a kind finds in its example with some fields laid over it.
fn found(row: &Row, fields: &str) -> Vec<(&'static str, String)> {
    let mut spec = (row.example)();
    match serde_json::from_str::<Value>(fields) {
        Ok(Value::Object(fields)) => lay_over(&mut spec, &fields),
        Ok(_) => return vec![("", format!("{fields} is no object of fields"))],
        Err(error) => return vec![("", format!("{fields} is no JSON: {error}"))],
    }
    (row.validate)(&spec).into_iter().map(|problem| (problem.code, format!("{}: {}", problem.field, problem.message))).collect()
}

/// Codes stand in the order of their numbers, and say what they are about and why, with AWS's page.
pub fn codes(row: &Row) -> Vec<String> {
    let codes = (row.codes)();
    let mut wrong = Vec::new();
    if !codes.is_sorted_by(|one, other| one.id < other.id) {
        wrong.push(format!("{}: codes are not in order, or one is there twice", row.name));
    }
    for code in codes {
        if !code.about.ends_with('.') || !code.why.ends_with('.') {
            wrong.push(format!("{}: about and why are sentences", code.id));
        }
        if !code.page.starts_with("https://") {
            wrong.push(format!("{}: no page of AWS's", code.id));
        }
    }
    wrong
}

/// The field table, the spec and the example name the same fields.
pub fn field_table(row: &Row) -> Vec<String> {
    let mut wrong = Vec::new();
    let table = row.fields.iter().map(|field| field.name.to_owned()).collect::<BTreeSet<_>>();
    if table.len() != row.fields.len() {
        wrong.push(format!("{}: a field stands twice in FIELDS", row.name));
    }
    let keys = |value: &Value| value.as_object().into_iter().flatten().map(|(key, _)| key.clone()).collect::<BTreeSet<_>>();
    // A field that `example` leaves out of its JSON would never be compared.
    let (example, spec) = (keys(&(row.example)()), keys(&(row.schema)().to_value()["properties"]));
    let mut differ = |what: &str, one: &BTreeSet<String>, other: &BTreeSet<String>| {
        wrong.extend(one.difference(other).map(|field| format!("{}: `{field}` is {what}", row.name)));
    };
    differ("a field of Spec and not in FIELDS", &spec, &table);
    differ("in FIELDS and no field of Spec: is it misspelt?", &table, &spec);
    differ("a field of Spec that is skipped when it is written as JSON", &spec, &example);
    wrong
}

/// The example is in normal form, and normalising again changes nothing.
pub fn normal_form(row: &Row) -> Vec<String> {
    let example = (row.example)();
    let (normal, again) = match (row.normalise)(&example).and_then(|normal| Ok(((row.normalise)(&normal)?, normal))) {
        Ok((again, normal)) => (normal, again),
        Err(error) => return vec![format!("{}: the example is no spec: {}: {}", row.name, error.field, error.message)],
    };
    let mut wrong = Vec::new();
    if again != normal {
        wrong.push(format!("{}: normalising again changes it", row.name));
    }
    wrong.extend(diff(row, &normal, &normal).iter().map(|change| format!("{}: `{}` differs from itself", row.name, change.field)));
    wrong.extend(
        diff(row, &normal, &example).iter().map(|change| format!("{}: `{}` of the example is not in normal form", row.name, change.field)),
    );
    wrong
}

/// A kind says what it is, and names only fields and outputs that it has.
pub fn words(row: &Row) -> Vec<String> {
    let about = row.about;
    let mut wrong = Vec::new();
    let mut hold = |holds: bool, what: &str| wrong.extend((!holds).then(|| format!("{}: {what}", row.name)));
    hold(!about.doc.is_empty() && !about.outputs.is_empty(), "ABOUT has no `doc`, or no outputs");
    hold(about.renewed.iter().all(|output| about.outputs.contains(output)), "`renewed` names an output that it does not have");
    hold(
        about.exclusive.iter().copied().flatten().all(|field| row.field(field).is_some()),
        "`exclusive` names a field that it does not have",
    );
    // `[resource.NAME]` means something else by these.
    let taken = ["kind", "count", "for_each", "protect", "retain"];
    hold(!taken.iter().any(|name| row.field(name).is_some()), "a field has a name that `[resource.NAME]` means something else by");
    wrong
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::kinds::{Entry, KINDS};
    use std::collections::BTreeMap;

    /// Every kind by a law that it obeys by itself.
    fn all(law: fn(&Row) -> Vec<String>) {
        let wrong = KINDS.iter().flat_map(|entry| law(&entry.row)).collect::<Vec<_>>();
        assert_eq!(wrong, Vec::<String>::new());
    }

    #[test]
    fn each_check_finds_its_wrong_examples_and_nothing_in_its_right_ones() {
        all(examples_of_checks);
    }

    #[test]
    fn codes_are_in_order_and_say_why_and_no_two_kinds_have_the_same() {
        all(codes);
        let mut seen = BTreeMap::new();
        for row in KINDS.iter().map(|entry| &entry.row) {
            for code in (row.codes)() {
                assert_eq!(seen.insert(code.id, row.name), None, "{} is there twice", code.id);
            }
        }
    }

    #[test]
    fn a_field_table_and_its_spec_name_the_same_fields() {
        all(field_table);
    }

    #[test]
    fn examples_are_valid_and_in_normal_form() {
        all(normal_form);
    }

    #[test]
    fn names_of_kinds_and_what_they_refer_to_are_sound() {
        all(words);
        let mut seen = BTreeSet::new();
        for Entry { row, .. } in KINDS {
            assert!(seen.insert(row.name), "{} stands in the table twice", row.name);
            let known = |name: &&str| KINDS.iter().any(|entry| entry.row.name == *name);
            assert_eq!(row.about.deleted_after.iter().find(|name| !known(name)), None, "{}", row.name);
        }
    }
}
