//! Three ways: the spec that the last apply left, the one that is live, and the one that the file wants. They tell which side has
//! changed.
//!
//! | applied and live | applied and wanted | the difference comes from |
//! |---|---|---|
//! | the same | other | the file |
//! | other | the same | AWS |
//! | other | other | both |
//!
//! Where there is no record, or it does not know the field, nobody knows, and nothing is said.

use super::applied::Applied;
use super::diff::is_same;
use super::history::Record;
use super::kind::{Field, Row};
use super::origin::Origin;
use super::plan::{Action, Change, Plan};
use super::private::{is_masked, masked_spec};
use super::reference::is_open;
use serde_json::Value;

/// Returns the side from which a difference of one field comes, of specs in normal form. None where nobody knows, and where nothing
/// differs.
#[must_use]
pub fn of_field(field: &Field, applied: &Applied, live: &Value, wanted: &Value) -> Option<Origin> {
    let before = applied.spec.get(field.name)?;
    let [live, wanted] = [live, wanted].map(|spec| spec.get(field.name).cloned().unwrap_or(Value::Null));
    // A record has its secrets masked, and references that nobody could fill in: neither can be held against what is there.
    if is_open(before) {
        return None;
    }
    let (live, wanted) = if is_masked(before) { (masked_field(field, &live), masked_field(field, &wanted)) } else { (live, wanted) };
    if is_same(field, &wanted, &live) {
        return None;
    }
    let in_file = !is_same(field, &wanted, before);
    // Either may leave the word to the other side, such as a field that the file does not set.
    let in_aws = !is_same(field, before, &live);
    match (in_file, in_aws) {
        // It refers to something that becomes another, whoever has changed that.
        (true, _) if is_open(&wanted) => in_aws.then_some(Origin::Aws),
        (true, true) => Some(Origin::Both),
        (true, false) => Some(Origin::File),
        (false, true) => Some(Origin::Aws),
        (false, false) => None,
    }
}

fn masked_field(field: &Field, value: &Value) -> Value {
    let value = field.masked.map_or_else(|| value.clone(), |masked| masked(value));
    masked_spec(&one(field, value))[field.name].clone()
}

/// Returns a spec of one field alone.
fn one(field: &Field, value: Value) -> Value {
    Value::Object([(field.name.to_owned(), value)].into_iter().collect())
}

/// Returns the fields in which AWS holds something else than the last apply left there, whatever the file wants: drift. Those that
/// nobody can judge are left out.
pub fn drifted<'a>(kind: &'a Row, applied: &'a Applied, live: &'a Value) -> impl Iterator<Item = &'static Field> + 'a {
    kind.fields.iter().filter(move |field| {
        let Some(before) = applied.spec.get(field.name).filter(|before| !is_open(before)) else { return false };
        let live = live.get(field.name).cloned().unwrap_or(Value::Null);
        let live = if is_masked(before) { masked_field(field, &live) } else { live };
        !is_same(field, before, &live)
    })
}

/// Says of each difference of a plan which side has changed, and since which apply, as far as the last record tells.
pub fn tell(plan: &mut Plan, last: &Record, find: &dyn Fn(&str) -> Option<&'static Row>) {
    for change in &mut plan.changes {
        let address = change.live.as_ref().and_then(|live| live.claim.as_ref()).map_or(&change.address, |claim| &claim.address);
        let applied = last.get(address).filter(|applied| applied.kind == change.kind);
        tell_change(change, applied, last, find);
    }
}

fn tell_change(change: &mut Change, applied: Option<&Applied>, last: &Record, find: &dyn Fn(&str) -> Option<&'static Row>) {
    let known = applied.is_some_and(|applied| !applied.spec.is_null());
    let since = |applied: Option<&Applied>| Some(applied.map_or_else(|| last.since(), |applied| applied.since));
    (change.origin, change.since) = match (change.action, applied) {
        // It was applied, and nothing of it is live: somebody has deleted it.
        (Action::Create, Some(applied)) if known => (Some(Origin::Aws), Some(applied.since)),
        (Action::Create, None) if last.whole => (Some(Origin::File), since(None)),
        (Action::Delete | Action::Forget, Some(applied)) if is_same_one(change, applied) => (Some(Origin::File), Some(applied.since)),
        (Action::Adopt | Action::Move, None) if last.whole => (Some(Origin::File), since(None)),
        (Action::Update | Action::Replace { .. } | Action::Adopt | Action::Move, Some(applied)) if known => {
            let Some((row, live)) = find(&change.kind).zip(change.live.as_ref()) else { return };
            let mut all = (change.action == Action::Move).then_some(Origin::File);
            for difference in &mut change.fields {
                let Some(field) = row.field(&difference.field) else { continue };
                difference.origin = of_field(field, applied, &live.spec, &one(field, difference.after.clone()));
                all = difference.origin.map(|origin| all.map_or(origin, |all| all.with(origin))).or(all);
            }
            (all, all.and(Some(applied.since)))
        }
        _ => (None, None),
    };
}

/// True for the very resource that was applied, and not for another that has its address.
fn is_same_one(change: &Change, applied: &Applied) -> bool {
    change.live.as_ref().is_some_and(|live| applied.id.is_empty() || live.id == applied.id)
}

#[cfg(test)]
mod tests {
    use super::super::address::Address;
    use super::super::kind::{replace, update};
    use super::super::origin::Since;
    use super::super::reference::Reference;
    use super::*;
    use serde_json::json;

    fn applied(spec: Value) -> Applied {
        let since = Since { apply: 7, at: "2026-11-28T08:00:00Z".parse().unwrap() };
        Applied { address: Address::parse("a.b").unwrap(), kind: "k".into(), id: "i".into(), spec, since }
    }

    fn told(field: &Field, before: Value, live: Value, wanted: Value) -> Option<Origin> {
        let [before, live, wanted] = [before, live, wanted].map(|value| one(field, value));
        of_field(field, &applied(before), &live, &wanted)
    }

    #[test]
    fn the_side_that_is_not_as_it_was_applied_has_changed() {
        let field = update("size");
        for (before, live, wanted, side) in [
            (1, 1, 1, None),
            (1, 1, 2, Some(Origin::File)),
            (1, 2, 1, Some(Origin::Aws)),
            (1, 2, 3, Some(Origin::Both)),
            // Both have come to the same.
            (1, 2, 2, None),
        ] {
            assert_eq!(told(&field, json!(before), json!(live), json!(wanted)), side, "{before} {live} {wanted}");
        }
        // A record of before the field was known knows nothing of it.
        assert_eq!(of_field(&field, &applied(json!({})), &json!({ "size": 1 }), &json!({ "size": 2 })), None);
        assert_eq!(of_field(&field, &applied(Value::Null), &json!({ "size": 1 }), &json!({ "size": 2 })), None);
    }

    #[test]
    fn a_field_is_judged_by_its_own_rule() {
        let (version, set, unmanaged) = (update("size").version(), update("size").set(), replace("size").unmanaged());
        assert_eq!(told(&version, json!("16"), json!("16.4"), json!("17")), Some(Origin::File), "AWS has brought it up to date");
        assert_eq!(told(&set, json!(["a", "b"]), json!(["b", "a"]), json!(["a"])), Some(Origin::File));
        assert_eq!(told(&unmanaged, Value::Null, json!("theirs"), json!("ours")), Some(Origin::File));
    }

    #[test]
    fn what_is_masked_or_open_is_not_judged_by_what_nobody_kept() {
        let field = update("environment");
        let of = |password: &str, port: &str| json!({ "DB_PASSWORD": password, "PORT": port });
        let kept = of("****", "80");
        assert_eq!(
            told(&field, kept.clone(), of("one", "80"), of("two", "80")),
            None,
            "one of the two has changed, and nobody knows which"
        );
        assert_eq!(told(&field, kept.clone(), of("one", "80"), of("one", "81")), Some(Origin::File));
        assert_eq!(told(&field, kept, of("one", "82"), of("one", "80")), Some(Origin::Aws));
        let field = update("subnet");
        let open = Reference { address: Address::parse("network.vpc").unwrap(), output: "id".into() };
        let open = open.address.output(&open.output);
        assert_eq!(told(&field, json!("subnet-1"), json!("subnet-1"), json!(open)), None, "it follows what it names");
        assert_eq!(told(&field, json!(open), json!("subnet-1"), json!("subnet-2")), None);
    }
}
