//! Somebody else's hand in what a plan stands on, seen just before a step that touches or relies on it.

use super::diff::{FieldChange, compare};
use super::identity::Claim;
use super::kind::{Field, Row};
use super::snapshot::{Live, State};
use super::visible::line as visible;
use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use serde_json::Value;
use std::collections::BTreeSet;

/// The most letters of a value in a line that a person reads.
const LETTERS: usize = 100;

/// The ways in which a resource is no longer what it was.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case", tag = "was")]
pub enum Foreign {
    /// It is gone, or on its way out.
    Deleted,
    /// Another one stands under its id: these are their ARNs.
    Replaced { before: String, after: String },
    /// It bears another mark, or none.
    Claimed { before: Option<String>, after: Option<String> },
    /// It holds something else; secrets are masked.
    Changed { fields: Vec<FieldChange> },
}

/// Whoever did it, as far as CloudTrail says.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case", tag = "by")]
pub enum By {
    /// The newest call that changed it and is none of this run.
    Known { arn: String, event: String, at: Timestamp },
    /// CloudTrail names no such call so far.
    NotYet,
    /// CloudTrail could not be asked.
    Unread { reason: String },
}

/// Everything that a resource may be without anybody else's doing.
#[derive(Debug, Clone, Copy)]
pub struct Known<'a> {
    /// The resource as the plan read it, or as the steps of this run left it since.
    pub live: &'a Live,
    /// The same before those steps: AWS may still show it so.
    pub earlier: &'a [Live],
    /// The spec that the step is about to bring about; whoever has done that already is in nobody's way.
    pub wanted: Option<&'a Value>,
    /// The ids of what this run has deleted or replaced. AWS takes them out of whatever named them.
    pub gone: &'a BTreeSet<String>,
}

/// Returns what somebody else has done to a resource, if anything. `found` is what AWS shows of it now.
pub fn foreign(kind: &Row, known: Known<'_>, found: Option<&Live>) -> Option<Foreign> {
    let Some(found) = found.filter(|found| found.state != State::Deleting) else {
        return (known.live.state != State::Deleting).then_some(Foreign::Deleted);
    };
    let forms = || std::iter::once(known.live).chain(known.earlier);
    // Each update of it makes another one beside those that are there, whoever makes it: nothing is overwritten.
    let versioned = kind.about.renewed.contains(&"arn");
    let known_arn = |form: &Live| form.arn.is_empty() || form.arn == found.arn;
    if !versioned && !found.arn.is_empty() && !forms().any(known_arn) {
        return Some(Foreign::Replaced { before: known.live.arn.clone(), after: found.arn.clone() });
    }
    // AWS does not answer the tags of everything that is on its way.
    let moving = matches!(found.state, State::Changing(_));
    if !moving && !forms().any(|form| form.claim == found.claim) {
        return Some(Foreign::Claimed { before: mark(known.live.claim.as_ref()), after: mark(found.claim.as_ref()) });
    }
    // It was changing when it was read: the values have come to what was asked for since.
    if versioned || matches!(known.live.state, State::Changing(_)) {
        return None;
    }
    let shown = [&known.live.spec, &found.spec].map(|spec| kind.shown(spec));
    let is_foreign = |field: &&Field| {
        let now = &found.spec[field.name];
        let same = |form: &Value| compare(field, &form[field.name], now).is_none();
        !(field.shared
            || moving && field.name == "tags"
            || forms().any(|form| same(&form.spec))
            || known.wanted.is_some_and(same)
            || is_bereft(&known.live.spec[field.name], now, known.gone))
    };
    let told = |field: &Field| {
        let [before, after] = shown.each_ref().map(|spec| spec[field.name].clone());
        FieldChange { field: field.name.into(), before, after, shape: field.shape, replaces: false, usual: false, origin: None }
    };
    let fields = kind.fields.iter().filter(is_foreign).map(told).collect::<Vec<_>>();
    (!fields.is_empty()).then_some(Foreign::Changed { fields })
}

fn mark(claim: Option<&Claim>) -> Option<String> {
    claim.map(|claim| claim.address.to_string())
}

/// True where a value is another one only by what it named and is gone by now.
fn is_bereft(before: &Value, now: &Value, gone: &BTreeSet<String>) -> bool {
    let names_gone = |value: &Value| names(value, gone);
    match (before, now) {
        _ if gone.is_empty() => false,
        (Value::Array(before), Value::Array(now)) => {
            now.iter().all(|item| before.contains(item)) && before.iter().filter(|item| !now.contains(item)).all(names_gone)
        }
        (Value::Object(before), Value::Object(now)) => {
            now.iter().all(|(key, value)| before.get(key) == Some(value))
                && before.iter().filter(|(key, _)| !now.contains_key(*key)).all(|(_, value)| names_gone(value))
        }
        (before, now) => now.is_null() && names_gone(before),
    }
}

fn names(value: &Value, ids: &BTreeSet<String>) -> bool {
    match value {
        Value::String(text) => ids.contains(text),
        Value::Array(items) => items.iter().any(|item| names(item, ids)),
        Value::Object(members) => members.values().any(|member| names(member, ids)),
        Value::Null | Value::Bool(_) | Value::Number(_) => false,
    }
}

impl Foreign {
    /// Says in one clause what has become of it.
    pub fn says(&self) -> String {
        match self {
            Foreign::Deleted => "is gone".into(),
            Foreign::Replaced { .. } => "is another one under the same id".into(),
            Foreign::Claimed { after: None, .. } => "does not carry the mark of this stack any more".into(),
            Foreign::Claimed { before: None, after: Some(after) } => format!("carries the mark of `{after}` by now"),
            Foreign::Claimed { after: Some(after), .. } => format!("carries another mark by now, of `{after}`"),
            Foreign::Changed { fields } => {
                let names = fields.iter().map(|field| format!("`{}`", field.field)).collect::<Vec<_>>();
                format!("has another {}", names.join(", "))
            }
        }
    }

    /// Says how it differs, a line each.
    pub fn lines(&self) -> Vec<String> {
        match self {
            Foreign::Replaced { before, after } => vec![format!("- {}", visible(before)), format!("+ {}", visible(after))],
            Foreign::Changed { fields } => fields.iter().flat_map(lines).collect(),
            Foreign::Deleted | Foreign::Claimed { .. } => Vec::new(),
        }
    }
}

impl By {
    /// Says who did it, or why nobody can tell.
    pub fn says(&self) -> String {
        match self {
            By::Known { arn, event, at } => format!("by {}, {} at {at:.0}", visible(arn), visible(event)),
            By::NotYet => "by whom is not known yet: CloudTrail takes some fifteen minutes to tell of a call".into(),
            By::Unread { reason } => format!("by whom is not known: {}", visible(reason)),
        }
    }
}

/// Says how a field differs: a list or a map by what has come and gone, anything else by both values.
pub fn lines(change: &FieldChange) -> Vec<String> {
    let name = &change.field;
    let line = |glyph: char, value: String| format!("{glyph} {name}: {}", cut(&value));
    match (&change.before, &change.after) {
        (Value::Array(before), Value::Array(after)) if before.len() != after.len() || before.iter().any(|item| !after.contains(item)) => {
            let lost = before.iter().filter(|item| !after.contains(item)).map(|item| line('-', text(item)));
            lost.chain(after.iter().filter(|item| !before.contains(item)).map(|item| line('+', text(item)))).collect()
        }
        (Value::Object(before), Value::Object(after)) => {
            let pair = |(key, value): (&String, &Value)| format!("{key} = {}", text(value));
            let lost = before.iter().filter(|(key, value)| after.get(*key) != Some(value)).map(|entry| line('-', pair(entry)));
            lost.chain(after.iter().filter(|(key, value)| before.get(*key) != Some(value)).map(|entry| line('+', pair(entry)))).collect()
        }
        (before, after) => vec![format!("~ {name}: {} -> {}", cut(&text(before)), cut(&text(after)))],
    }
}

fn text(value: &Value) -> String {
    match value {
        Value::Null => "nothing".into(),
        Value::String(text) if !text.is_empty() => text.clone(),
        other => other.to_string(),
    }
}

fn cut(text: &str) -> String {
    let text = visible(text);
    match text.char_indices().nth(LETTERS) {
        Some((at, _)) => format!("{}…", &text[..at]),
        None => text.into_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::super::address::Address;
    use super::super::kind::{About, Kind, update};
    use super::*;
    use schemars::JsonSchema;
    use serde_json::json;

    struct Thing;

    #[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
    struct Spec {
        size: u32,
        count: u32,
        #[serde(default)]
        routes: Vec<String>,
        #[serde(default)]
        secret: String,
    }

    impl Kind for Thing {
        type Spec = Spec;
        const NAME: &'static str = "test.thing";
        const ABOUT: About = About { outputs: &["id"], ..About::NEW };
        const FIELDS: &'static [Field] =
            &[update("size"), update("count").shared(), update("routes").set(), update("secret").masked(|_| json!("****"))];
        fn example() -> Spec {
            Spec { size: 1, count: 1, routes: Vec::new(), secret: String::new() }
        }
    }

    const ROW: Row = Row::of::<Thing>();

    fn live(change: impl FnOnce(&mut Live)) -> Live {
        let claim = Some(Claim::new(Address::parse("resource.a").unwrap(), "g"));
        let spec = json!({ "size": 1, "count": 1, "routes": ["nat-1", "igw-1"], "secret": "hush" });
        let (id, arn) = ("a-1".to_owned(), "arn:a".to_owned());
        let mut live = Live { id, name: String::new(), arn, claim, state: State::Ready, spec, outputs: Default::default() };
        change(&mut live);
        live
    }

    fn told(earlier: &[Live], wanted: Option<&Value>, gone: &[&str], found: Option<Live>) -> Option<Foreign> {
        let (known, gone) = (live(|_| {}), gone.iter().map(|id| (*id).to_owned()).collect());
        foreign(&ROW, Known { live: &known, earlier, wanted, gone: &gone }, found.as_ref())
    }

    fn fields(foreign: Option<Foreign>) -> Vec<String> {
        match foreign {
            Some(Foreign::Changed { fields }) => fields.iter().map(|field| field.field.to_string()).collect(),
            other => panic!("{other:?}"),
        }
    }

    #[test]
    fn only_what_nobody_of_ours_did_is_foreign() {
        assert_eq!(told(&[], None, &[], Some(live(|_| {}))), None);
        assert_eq!(told(&[], None, &[], None), Some(Foreign::Deleted));
        assert_eq!(told(&[], None, &[], Some(live(|one| one.state = State::Deleting))), Some(Foreign::Deleted));
        let other = told(&[], None, &[], Some(live(|one| one.arn = "arn:b".into())));
        assert_eq!(other, Some(Foreign::Replaced { before: "arn:a".into(), after: "arn:b".into() }));
        let bare = told(&[], None, &[], Some(live(|one| one.claim = None)));
        assert_eq!(bare, Some(Foreign::Claimed { before: Some("resource.a".into()), after: None }));
        // AWS does not answer the tags of what is on its way.
        let moving = live(|one| (one.claim, one.state) = (None, State::Changing("modifying".into())));
        assert_eq!(told(&[], None, &[], Some(moving)), None);

        let bigger = || live(|one| one.spec["size"] = 2.into());
        assert_eq!(fields(told(&[], None, &[], Some(bigger()))), ["size"]);
        assert_eq!(told(&[bigger()], None, &[], Some(bigger())), None, "AWS still shows what it was before our step");
        assert_eq!(told(&[], Some(&json!({ "size": 2, "count": 1, "routes": [], "secret": "hush" })), &[], Some(bigger())), None);
        assert_eq!(told(&[], None, &[], Some(live(|one| one.spec["count"] = 9.into()))), None, "others set it as well");
        let fewer = || live(|one| one.spec["routes"] = json!(["igw-1"]));
        assert_eq!(fields(told(&[], None, &[], Some(fewer()))), ["routes"]);
        assert_eq!(told(&[], None, &["nat-1"], Some(fewer())), None, "the way went with what this run has deleted");
        assert_eq!(fields(told(&[], None, &["igw-1"], Some(fewer()))), ["routes"]);
    }

    #[test]
    fn a_difference_says_what_has_come_and_gone_and_no_secret() {
        let found = live(|one| one.spec = json!({ "size": 2, "count": 1, "routes": ["igw-1", "eni-\u{1b}[31m"], "secret": "other" }));
        let foreign = told(&[], None, &[], Some(found)).unwrap();
        assert_eq!(foreign.lines(), ["~ size: 1 -> 2", "- routes: nat-1", "+ routes: eni-\\u{1b}[31m"]);
        assert!(!serde_json::to_string(&foreign).unwrap().contains("hush"));
        let at = "2026-11-30T10:00:00Z".parse().unwrap();
        let by = By::Known { arn: "arn:aws:iam::1:user/anna".into(), event: "PutThing".into(), at };
        assert_eq!(by.says(), "by arn:aws:iam::1:user/anna, PutThing at 2026-11-30T10:00:00Z");
    }
}
