//! Admission: the one way from a plan to its apply, for a plan that was just made and for one that was saved.

use super::address::Address;
use super::approval::judge::{Bench, Counted, demands, judge};
use super::bar::Bar;
use super::identity::{Scope, digest};
use super::money::Money;
use super::plan::{Action, Change, Plan, Verb, fingerprints};
use super::sealed::Sealed;
use super::snapshot::{Live, Snapshot, State, Unread};
use std::collections::{BTreeMap, BTreeSet};
use std::ops::Deref;

/// The circumstances that a plan is judged in.
#[derive(Debug, Clone, Copy)]
pub struct Circumstances<'a> {
    /// The stack, environment, account and region that it would run in.
    pub scope: &'a Scope,
    /// True when a run of this very plan was begun before.
    pub applied: bool,
    /// The live resources that the plan touches or relies on, as they are now. For a plan that was just made, those that it was
    /// made from.
    pub now: &'a Snapshot,
    /// A monthly total that was accepted after the plan was made.
    pub accepted: Option<Money>,
    /// The approvals of the plan.
    pub papers: Papers<'a>,
}

/// The approvals of a plan, and by whose word it needs them.
#[derive(Debug, Clone, Copy)]
pub enum Papers<'a> {
    /// Whoever runs the plan has made it just now, from their own stack file: it has that file's rule, and nobody can have approved it.
    Fresh,
    /// It comes from elsewhere.
    Given(Bench<'a>),
}

/// A plan that may be applied, once. [`admit`] alone makes one.
#[derive(Debug)]
pub struct Admitted {
    plan: Sealed,
    approvals: Vec<Counted>,
    relied: BTreeMap<Address, (String, Live)>,
}

impl Deref for Admitted {
    type Target = Sealed;

    fn deref(&self) -> &Sealed {
        &self.plan
    }
}

impl Admitted {
    /// The approvals that it rests on, each good for this one apply.
    pub fn approvals(&self) -> &[Counted] {
        &self.approvals
    }

    /// The live resources that the plan leaves as they are and relies on, as they were when it was admitted, each with its kind.
    pub fn relied(&self) -> &BTreeMap<Address, (String, Live)> {
        &self.relied
    }
}

/// Admits a plan, or answers what stands in its way: the first of another stack, masked, applied before, unread, stale, refused,
/// not approved.
pub fn admit(plan: &Sealed, circumstances: Circumstances<'_>) -> Result<Admitted, Bar> {
    let Circumstances { scope, applied, now, accepted, papers } = circumstances;
    of_stack(plan, scope)?;
    if plan.masked {
        return Err(Bar::Masked);
    }
    if applied {
        return Err(Bar::Applied);
    }
    if let Some(unread) = unread(plan, now) {
        return Err(Bar::Unread(unread));
    }
    let stale = stale(plan, now);
    if !stale.is_empty() {
        return Err(Bar::Stale(stale));
    }
    let foreign = foreign(plan, now);
    if !foreign.is_empty() {
        return Err(Bar::Stale(foreign));
    }
    let standing = plan.standing(accepted);
    if !standing.is_empty() {
        return Err(Bar::Refused(standing.into_iter().cloned().collect()));
    }
    if plan.steps.is_empty() && !plan.is_complete() {
        return Err(Bar::Incomplete);
    }
    Ok(Admitted { plan: plan.clone(), approvals: approved(plan, papers)?, relied: relied(plan, now) })
}

/// Returns what a plan relies on and does not change.
fn relied(plan: &Plan, now: &Snapshot) -> BTreeMap<Address, (String, Live)> {
    let changed = plan.changes.iter().map(|change| &change.address).collect::<BTreeSet<_>>();
    let of_kinds = plan.known_kinds.iter().filter_map(|kind| now.resources.get_key_value(kind));
    let all = of_kinds.flat_map(|(kind, list)| list.iter().map(move |live| (kind, live)));
    let relied = all.filter_map(|(kind, live)| {
        let address = &live.claim.as_ref().filter(|_| live.state != State::Deleting)?.address;
        let known = plan.known.get(address).filter(|_| !changed.contains(address))?;
        // There may be two at an address: it is the one whose outputs the plan has.
        let is_it = known.iter().all(|(output, value)| live.outputs.get(output) == Some(value));
        is_it.then(|| (address.clone(), (kind.clone(), live.clone())))
    });
    relied.collect()
}

fn approved(plan: &Sealed, papers: Papers<'_>) -> Result<Vec<Counted>, Bar> {
    match papers {
        Papers::Fresh => {
            let demands = demands(plan, None, |_| false);
            if demands.is_empty() { Ok(Vec::new()) } else { Err(Bar::NeedsApproval(demands)) }
        }
        Papers::Given(bench) => {
            let judged = judge(plan, plan.digest().as_str(), bench);
            if judged.is_approved() { Ok(judged.counted) } else { Err(Bar::Unapproved(Box::new(judged))) }
        }
    }
}

/// Bars a plan that was made for another stack, environment, account or region.
pub fn of_stack(plan: &Plan, wanted: &Scope) -> Result<(), Bar> {
    if &plan.scope == wanted {
        return Ok(());
    }
    let name = |scope: &Scope| format!("{} in {} {}", scope.owner(), scope.account, scope.region);
    Err(Bar::OtherStack { found: name(&plan.scope), wanted: name(wanted) })
}

/// Bars a plan that was made for another environment of its stack.
pub fn of_environment(plan: &Plan, wanted: &str) -> Result<(), Bar> {
    let found = &plan.scope.env;
    if found == wanted { Ok(()) } else { Err(Bar::OtherEnvironment { found: found.clone(), wanted: wanted.to_owned() }) }
}

/// Returns the first kind that the plan touches or relies on and that nobody has read. A kind that was unread already when the
/// plan was made is no news: the plan's own refusals speak of it.
fn unread(plan: &Plan, now: &Snapshot) -> Option<Unread> {
    let known = |kind: &&str| !plan.unread.iter().any(|unread| unread.kind == *kind);
    let mut relied =
        plan.changes.iter().map(|change| change.kind.as_str()).chain(plan.known_kinds.iter().map(String::as_str)).filter(known);
    relied.find_map(|kind| {
        let told = now.unread.iter().find(|unread| unread.kind == kind).cloned();
        // Unknown is not nothing: a kind that was never asked for may hold anything.
        let asked = now.swept || now.resources.contains_key(kind);
        told.or_else(|| (!asked).then(|| Unread { kind: kind.to_owned(), reason: "nobody asked for it".into(), hint: None }))
    })
}

/// Returns the keys of a plan's basis that no longer hold.
fn stale(plan: &Plan, now: &Snapshot) -> Vec<String> {
    let fresh = fingerprints(now, |key| plan.basis.contains_key(key));
    let absent = digest(&[], 16);
    plan.basis.iter().filter(|(key, print)| fresh.get(*key).unwrap_or(&absent) != *print).map(|(key, _)| key.clone()).collect()
}

/// Returns the addresses of changes to something that is not there any more, or never was of this stack: a plan that was written by
/// hand could name anything that the credentials reach.
fn foreign(plan: &Plan, now: &Snapshot) -> Vec<String> {
    let of = |at: usize, wanted: &dyn Fn(Verb) -> bool| plan.steps.iter().any(|step| step.change == at && wanted(step.verb));
    let touches = |(at, change): &(usize, &Change)| match change.action {
        // The live one that it names is on its way out, and only waited for.
        Action::Create => of(*at, &|verb| !matches!(verb, Verb::Create | Verb::Finish | Verb::Wait)),
        _ => of(*at, &|verb| verb != Verb::Wait),
    };
    let is_ours = |(at, change): &(usize, &Change)| {
        let Some(live) = &change.live else { return false };
        let mut found = now.resources.get(&change.kind).into_iter().flatten();
        // With its spec: what a plan shows of a change is how it differs from that.
        let is_same = |other: &Live| {
            let Live { id, name, arn, claim, state: _, spec, outputs: _ } = other;
            (id, name, arn, claim, spec) == (&live.id, &live.name, &live.arn, &live.claim, &live.spec)
        };
        let may = live.claim.is_some() || change.action == Action::Adopt && !of(*at, &|verb| verb == Verb::Delete);
        may && found.any(is_same)
    };
    let touched = plan.changes.iter().enumerate().filter(touches);
    touched.filter(|change| !is_ours(change)).map(|(_, change)| change.address.to_string()).collect()
}

#[cfg(test)]
mod tests {
    use super::super::plan::Step;
    use super::super::planner::{Policy, plan};
    use super::super::sealed::seal;
    use super::super::{graph::Graph, identity::Claim, reason::Refusal};
    use super::*;
    use serde_json::Value;

    fn scope(env: &str) -> Scope {
        Scope { stack: "shop".into(), env: env.into(), account: "123456789012".into(), region: "us-east-1".into() }
    }

    /// A plan that touches one topic, which is not there.
    fn touching(refusals: Vec<Refusal>, unread: Vec<Unread>) -> Plan {
        let mut made = plan(&Graph::default(), &Snapshot::empty(scope("prod")), &Policy::default(), &|_| None);
        made.changes.push(Change {
            address: Address::parse("resource.news").unwrap(),
            kind: "sns.topic".into(),
            action: Action::Create,
            fields: Vec::new(),
            why: Vec::new(),
            downtime: String::new(),
            data_loss: false,
            minutes: 0.0,
            live: None,
            wanted: Value::Null,
            claim: None,
            name: String::new(),
            rollout: None,
            origin: None,
            since: None,
        });
        made.basis.insert("resource.news".into(), digest(&[], 16));
        Plan { refusals, unread, ..made }
    }

    fn bar(plan: Plan, change: impl FnOnce(&mut Snapshot), applied: bool) -> Option<Bar> {
        let scope = scope("prod");
        let mut now = Snapshot::empty(scope.clone());
        change(&mut now);
        admit(&seal(plan), Circumstances { scope: &scope, applied, now: &now, accepted: None, papers: Papers::Fresh }).err()
    }

    /// Whoever writes a plan by hand knows the digests of its basis, and can name what is not of the stack.
    #[test]
    fn what_is_not_of_the_stack_is_not_touched_whatever_a_plan_says() {
        let claim =
            |address: &str| Some(Claim { address: Address::parse(address).unwrap(), generation: "1a2b".into(), retain: false, used: None });
        let live = |id: &str, claim: Option<Claim>| Live {
            id: id.into(),
            name: id.into(),
            arn: String::new(),
            claim,
            state: State::Ready,
            spec: Value::Null,
            outputs: Default::default(),
        };
        let ours = live("ours", claim("resource.news"));
        let theirs = live("theirs", None);
        let told = |action: Action, verb: Verb, touched: Option<&Live>| {
            let mut plan = touching(Vec::new(), Vec::new());
            plan.basis.clear();
            plan.changes[0].action = action;
            plan.changes[0].live = touched.cloned();
            plan.steps.push(Step { change: 0, verb, fields: Vec::new(), after: Vec::new() });
            let both = vec![ours.clone(), theirs.clone()];
            bar(plan, |now| drop(now.resources.insert("sns.topic".into(), both)), false)
        };
        let stale = || Some(Bar::Stale(vec!["resource.news".into()]));
        for action in [Action::Delete, Action::Update, Action::Replace { delete_first: true }, Action::Move, Action::Forget] {
            assert_eq!(told(action, Verb::Delete, Some(&ours)), None);
            assert_eq!(told(action, Verb::Delete, Some(&theirs)), stale());
            assert_eq!(told(action, Verb::Delete, Some(&Live { claim: ours.claim.clone(), ..theirs.clone() })), stale());
            assert_eq!(told(action, Verb::Delete, Some(&live("none", ours.claim.clone()))), stale());
            assert_eq!(told(action, Verb::Delete, None), stale());
        }
        assert_eq!(told(Action::Create, Verb::Create, Some(&theirs)), None, "it waits until that is gone");
        assert_eq!(told(Action::Create, Verb::Delete, Some(&theirs)), stale());
        let mut other = ours.clone();
        other.spec = "another".into();
        assert_eq!(told(Action::Update, Verb::Update, Some(&other)), stale(), "it differs from something else than it says");
        assert_eq!(told(Action::Adopt, Verb::Retag, Some(&theirs)), None);
        assert_eq!(told(Action::Adopt, Verb::Delete, Some(&theirs)), stale(), "what is adopted is not deleted");
    }

    #[test]
    fn each_bar_stands_where_it_should() {
        let told = Unread { kind: "sns.topic".into(), reason: "denied".into(), hint: None };
        let untold = Unread { reason: "nobody asked for it".into(), ..told.clone() };
        let refusal = Refusal::Unread { kinds: vec!["sns.topic".into()] };
        let open = || touching(Vec::new(), Vec::new());
        assert_eq!(bar(open(), |_| {}, false), None);
        assert_eq!(bar(open(), |_| {}, true), Some(Bar::Applied));
        assert_eq!(bar(open(), |now| now.unread.push(told.clone()), false), Some(Bar::Unread(told.clone())));
        assert_eq!(bar(open(), |now| now.swept = false, false), Some(Bar::Unread(untold)));
        let read = |now: &mut Snapshot| {
            now.swept = false;
            now.resources.insert("sns.topic".into(), Vec::new());
        };
        assert_eq!(bar(open(), read, false), None);
        let changed = Plan { basis: [("resource.news".to_owned(), "other".to_owned())].into(), ..open() };
        assert_eq!(bar(changed, |_| {}, false), Some(Bar::Stale(vec!["resource.news".into()])));
        let refused = touching(vec![refusal.clone()], Vec::new());
        assert_eq!(bar(refused, |_| {}, false), Some(Bar::Refused(vec![refusal.clone()])));
        // It is refused for the very kind that was not known when it was made.
        let incomplete = touching(vec![refusal.clone()], vec![told.clone()]);
        assert_eq!(bar(incomplete, |now| now.unread.push(told.clone()), false), Some(Bar::Refused(vec![refusal])));
        assert_eq!(bar(touching(Vec::new(), vec![told.clone()]), |now| now.unread.push(told), false), Some(Bar::Incomplete));
        let elsewhere = Plan { scope: scope("test"), ..open() };
        assert!(matches!(bar(elsewhere, |_| {}, true), Some(Bar::OtherStack { .. })));
        assert!(matches!(of_environment(&open(), "test"), Err(Bar::OtherEnvironment { .. })));
    }
}
