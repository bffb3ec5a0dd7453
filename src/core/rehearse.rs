//! A rehearsal before and after it: the order in which the live resources are made on the twin, and what is found there.

use super::address::Address;
use super::event::Event;
use super::kind::Row;
use super::mentions::{Mentions, SHORTEST};
use super::plan::{Change, Plan};
use super::reference::visit;
use super::rehearsal::{Finding, Gap, Rehearsal};
use super::snapshot::{Live, Snapshot, State};
use serde_json::Value;
use std::collections::{BTreeMap, BTreeSet};

/// The codes by which the embedded AWS says that something is not in it.
const UNKNOWN: &[&str] = &["NotInSandbox", "SandboxModelMismatch"];

/// Judges how the steps of a plan went on the twin, and what the next plan there is. `gaps` are those of before.
#[must_use]
pub fn judge(plan: &Plan, live: usize, mut gaps: Vec<Gap>, events: &[Event], again: Option<&Plan>) -> Rehearsal {
    let tainted = tainted(plan, &gaps);
    let (mut findings, mut done, mut not_begun) = (Vec::new(), 0, 0);
    for event in events {
        match event {
            Event::Done { .. } => done += 1,
            Event::Skipped { .. } => not_begun += 1,
            Event::Failed { step, address, error, details, hint, .. } => {
                let (step, address, error) = (*step, address.clone(), error.clone());
                let unknown = UNKNOWN.iter().any(|code| error.contains(code));
                if unknown || tainted.contains(&address) {
                    gaps.push(Gap::Unplayed { step, address, error });
                } else {
                    findings.push(Finding::Failed { step, address, error, details: details.clone(), hint: hint.clone() });
                }
            }
            Event::Partial { address, fields } if !tainted.contains(address) => {
                findings.push(Finding::NotTaken { address: address.clone(), fields: fields.clone() });
            }
            _ => {}
        }
    }
    // After steps that did not go through, the next plan has what they left: it says nothing new.
    let is_through = done == plan.steps.len();
    if let Some(again) = again.filter(|_| is_through) {
        // The next plan has what did not take, as well: each is told once.
        let taken = |at: &Address| !findings.iter().any(|one| matches!(one, Finding::NotTaken { address, .. } if address == at));
        let changes = again.changes.iter().filter(|change| taken(&change.address) && !is_told(&gaps, &change.address, change));
        let changes = changes.cloned().collect::<Vec<_>>();
        findings.extend(changes.iter().map(|change| {
            let fields = change.fields.iter().map(|field| field.field.to_string()).collect();
            Finding::Again { address: change.address.clone(), action: change.action.verb().into(), fields }
        }));
        let own = |code: &str| plan.refusals.iter().any(|refusal| refusal.code() == code);
        let refusals = again.refusals.iter().filter(|refusal| !own(refusal.code()));
        findings.extend(refusals.map(|refusal| {
            let (address, code) = (refusal.address().cloned(), refusal.code().to_owned());
            Finding::AgainRefused { address, code }
        }));
    }
    Rehearsal { live, done, not_begun, faults: Vec::new(), findings, gaps }
}

/// True for a change of the next plan that comes of what the twin has otherwise from the beginning.
fn is_told(gaps: &[Gap], at: &Address, change: &Change) -> bool {
    gaps.iter().any(|gap| match gap {
        Gap::Absent { address, .. } => address.as_ref() == Some(at),
        Gap::Differs { address, fields, .. } => {
            address.as_ref() == Some(at) && change.fields.iter().all(|own| fields.iter().any(|field| *field == own.field))
        }
        _ => false,
    })
}

/// The addresses of which the twin cannot tell, since they, or something that they need, do not stand there.
fn tainted(plan: &Plan, gaps: &[Gap]) -> BTreeSet<Address> {
    let mut tainted = gaps
        .iter()
        .filter_map(|gap| match gap {
            Gap::Absent { address, .. } => address.clone(),
            _ => None,
        })
        .collect::<BTreeSet<_>>();
    loop {
        let before = tainted.len();
        for change in &plan.changes {
            let mut needs = false;
            visit(&change.wanted, &mut |reference| needs |= tainted.contains(&reference.address));
            if needs {
                tainted.insert(change.address.clone());
            }
        }
        if tainted.len() == before {
            return tainted;
        }
    }
}

/// A live resource in its place among those that are made one after the other.
#[derive(Debug, Clone)]
pub struct Placed<'a> {
    pub kind: &'a str,
    pub live: &'a Live,
    /// The places of those that its spec names, and whether fields alone do that which can be set once it is made.
    pub needs: BTreeMap<usize, bool>,
}

/// Returns all that is live in an order in which it can be made: what is named before what names it. Those that name each other, or what
/// is not live, stand as they come.
#[must_use]
pub fn in_order<'a>(snapshot: &'a Snapshot, find: &dyn Fn(&str) -> Option<&'static Row>) -> Vec<Placed<'a>> {
    let all = snapshot.resources.iter().flat_map(|(kind, list)| list.iter().map(move |live| (kind.as_str(), live)));
    let all = all.filter(|(_, live)| live.state != State::Deleting).collect::<Vec<_>>();
    let mut mentions = Mentions::new(snapshot);
    all.iter().enumerate().for_each(|(index, (_, live))| mentions.add(live, index));
    let needs = all.iter().enumerate().map(|(index, (kind, live))| {
        let held = mentions.held_by(find(kind), live).into_iter();
        held.filter(|(other, _)| *other != index).collect::<BTreeMap<_, _>>()
    });
    let needs = needs.collect::<Vec<_>>();
    let (mut seen, mut order) = (vec![false; all.len()], Vec::new());
    for index in 0..all.len() {
        // Depth is kept in a list: chains of names may be long.
        let mut open = vec![(index, false)];
        while let Some((index, through)) = open.pop() {
            if through {
                order.push(index);
            } else if !std::mem::replace(&mut seen[index], true) {
                open.push((index, true));
                open.extend(needs[index].iter().rev().filter(|(_, late)| !**late).map(|(other, _)| (*other, false)));
            }
        }
    }
    let mut places = vec![0; all.len()];
    order.iter().enumerate().for_each(|(place, index)| places[*index] = place);
    let placed = order.iter().map(|index| {
        let (kind, live) = all[*index];
        Placed { kind, live, needs: needs[*index].iter().map(|(other, late)| (places[*other], *late)).collect() }
    });
    placed.collect()
}

/// True for a text that names something: it is no port, no version and no word such as `available`.
#[must_use]
pub fn is_telling(name: &str) -> bool {
    name.len() >= SHORTEST && name.bytes().any(|byte| byte.is_ascii_digit())
}

/// Returns the ARNs that specs name as a whole and that are of nothing which is live: others have that.
#[must_use]
pub fn named_elsewhere(snapshot: &Snapshot, plan: &Plan) -> BTreeSet<String> {
    let live = || snapshot.resources.values().flatten();
    let known = live().flat_map(|live| live.outputs.values().chain([&live.arn])).map(String::as_str).collect::<BTreeSet<_>>();
    let mut named = BTreeSet::new();
    let mut note = |text: &str| {
        if text.starts_with("arn:") && !text.contains(['*', '$', ' ']) && !known.contains(text) {
            named.insert(text.to_owned());
        }
    };
    live().for_each(|live| texts(&live.spec, &mut note));
    plan.changes.iter().for_each(|change| texts(&change.wanted, &mut note));
    named
}

/// Calls `each` for every text in a value, map keys excepted.
pub fn texts(value: &Value, each: &mut impl FnMut(&str)) {
    match value {
        Value::String(text) => each(text),
        Value::Array(list) => list.iter().for_each(|item| texts(item, each)),
        Value::Object(map) => map.values().for_each(|item| texts(item, each)),
        Value::Null | Value::Bool(_) | Value::Number(_) => {}
    }
}

#[cfg(test)]
mod tests {
    use super::super::graph::Graph;
    use super::super::identity::{Claim, Scope};
    use super::super::kind::to_value;
    use super::super::plan::{Action, Step, Verb};
    use super::super::planner::{Policy, plan};
    use super::super::rehearsal::Verdict;
    use super::*;
    use serde_json::json;

    fn address(text: &str) -> Address {
        Address::parse(text).unwrap()
    }

    /// Creates of these, each naming the one before it.
    fn of(names: &[&str]) -> Plan {
        let scope = Scope { stack: "shop".into(), env: "prod".into(), account: "123456789012".into(), region: "us-east-1".into() };
        let mut made = plan(&Graph::default(), &Snapshot::empty(scope), &Policy::default(), &|_| None);
        for (at, name) in names.iter().enumerate() {
            let before = at.checked_sub(1).map(|before| format!("${{{}.id}}", names[before]));
            made.changes.push(Change {
                address: address(name),
                kind: "sns.topic".into(),
                action: Action::Create,
                fields: Vec::new(),
                why: Vec::new(),
                downtime: String::new(),
                data_loss: false,
                minutes: 0.0,
                live: None,
                wanted: json!({ "other": before }),
                claim: None,
                name: String::new(),
                rollout: None,
                origin: None,
                since: None,
            });
            made.steps.push(Step { change: at, verb: Verb::Create, fields: Vec::new(), after: at.checked_sub(1).into_iter().collect() });
        }
        made
    }

    fn done(step: usize, at: &str) -> Event {
        let (verb, id, seconds, requests) = (Verb::Create, String::new(), 0.0, Vec::new());
        Event::Done { step, address: address(at), verb, id, seconds, requests }
    }

    fn failed(step: usize, at: &str, error: &str) -> Event {
        let (verb, error) = (Verb::Create, error.to_owned());
        Event::Failed { step, address: address(at), verb, error, request: None, details: Vec::new(), hint: None, requests: Vec::new() }
    }

    fn absent(at: &str) -> Gap {
        Gap::Absent { address: Some(address(at)), kind: "sns.topic".into(), id: "t".into(), error: "sns.CreateTopic: No: no".into() }
    }

    #[test]
    fn a_refusal_is_a_finding_unless_the_twin_cannot_tell() {
        let plan = of(&["a.one", "a.two", "a.three"]);
        let events = [done(0, "a.one"), failed(1, "a.two", "sns.CreateTopic: InvalidParameter: no")];
        let found = judge(&plan, 4, Vec::new(), &events, Some(&of(&["a.two"])));
        assert_eq!((found.live, found.done, found.verdict()), (4, 1, Verdict::Found));
        // The next plan would do something then, because of that.
        assert!(matches!(&found.findings[..], [Finding::Failed { step: 1, error, .. }] if error.contains("InvalidParameter")), "{found:?}");

        // It names what stands behind something that is not on the twin.
        let partly = judge(&plan, 4, vec![absent("a.one")], &[failed(2, "a.three", "sns.CreateTopic: NotFound: no")], None);
        assert!(partly.findings.is_empty() && matches!(partly.gaps[..], [_, Gap::Unplayed { step: 2, .. }]), "{partly:?}");
        assert_eq!(partly.verdict(), Verdict::Partly);
        let unknown = judge(&plan, 4, Vec::new(), &[failed(0, "a.one", "sns.CreateTopic: NotInSandbox: no")], None);
        assert_eq!(unknown.verdict(), Verdict::Partly);
    }

    #[test]
    fn a_next_plan_that_is_not_empty_is_a_finding_unless_the_twin_was_otherwise_before() {
        let (plan, again) = (of(&["a.one"]), of(&["a.one", "a.two"]));
        let through = [done(0, "a.one")];
        let found = judge(&plan, 0, Vec::new(), &through, Some(&again)).findings;
        let again_of = |at: &str| Finding::Again { address: address(at), action: "create".into(), fields: Vec::new() };
        assert_eq!(found, [again_of("a.one"), again_of("a.two")]);
        assert_eq!(judge(&plan, 0, vec![absent("a.two")], &through, Some(&again)).findings, [again_of("a.one")]);
        assert_eq!(judge(&plan, 0, Vec::new(), &through, Some(&of(&[]))).verdict(), Verdict::Well);

        let partial = Event::Partial { address: address("a.one"), fields: vec!["name".into()] };
        let found = judge(&plan, 0, Vec::new(), &[done(0, "a.one"), partial], Some(&of(&["a.one"]))).findings;
        assert_eq!(found, [Finding::NotTaken { address: address("a.one"), fields: vec!["name".into()] }]);
        let mut refused = of(&[]);
        refused.refusals.push(super::super::reason::Refusal::Circle { path: Vec::new() });
        let found = judge(&plan, 0, Vec::new(), &through, Some(&refused)).findings;
        assert_eq!(found, [Finding::AgainRefused { address: None, code: "PLAN001".into() }]);
    }

    fn live(id: &str, spec: Value, state: State) -> Live {
        let claim = Some(Claim::new(address("a.b"), "g"));
        Live { id: id.into(), name: String::new(), arn: String::new(), claim, state, spec, outputs: BTreeMap::new() }
    }

    #[test]
    fn what_is_named_stands_before_what_names_it() {
        let scope = Scope { stack: "shop".into(), env: "prod".into(), account: "123456789012".into(), region: "us-east-1".into() };
        let mut snapshot = Snapshot::empty(scope);
        let ready = |id: &str, spec: Value| live(id, spec, State::Ready);
        let first = vec![
            ready("subnet-00000001", json!({ "vpc": "vpc-00000001" })),
            live("subnet-00000009", to_value(&""), State::Deleting),
            ready("subnet-00000002", json!({ "peer": "in vpc-00000001, beside subnet-00000002 and loop-000001" })),
        ];
        snapshot.resources.insert("a.subnet".into(), first);
        let last = vec![ready("vpc-00000001", json!({})), ready("loop-000001", json!({ "to": ["subnet-00000002"] }))];
        snapshot.resources.insert("b.vpc".into(), last);
        let placed = in_order(&snapshot, &|_| None);
        let order = placed.iter().map(|placed| placed.live.id.as_str()).collect::<Vec<_>>();
        assert_eq!(order, ["vpc-00000001", "subnet-00000001", "loop-000001", "subnet-00000002"]);
        assert_eq!(placed[1].needs, BTreeMap::from([(0, false)]));

        assert!(is_telling("vpc-00000001") && !is_telling("5432") && !is_telling("available"));
    }

    #[test]
    fn arns_of_others_are_those_of_nothing_that_is_live() {
        let plan = of(&["a.one"]);
        let mut snapshot = Snapshot::empty(plan.scope.clone());
        let key = "arn:aws:kms:us-east-1:123456789012:key/1";
        let mut topic = live("t", json!({ "key": key, "policy": "{\"Resource\": \"arn:aws:s3:::b\"}" }), State::Ready);
        snapshot.resources.insert("sns.topic".into(), vec![topic.clone()]);
        assert_eq!(named_elsewhere(&snapshot, &plan), BTreeSet::from([key.to_owned()]));
        topic.arn = key.into();
        snapshot.resources.insert("sns.topic".into(), vec![topic]);
        assert_eq!(named_elsewhere(&snapshot, &plan), BTreeSet::new());
    }
}
