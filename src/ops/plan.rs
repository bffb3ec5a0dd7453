//! Planning: what a stack wants beside what is live, with its cost, judged by its budget.

use super::Error;
use super::saved::MOST;
use super::stack::Loaded;
use super::start::{is_made_empty, needs};
use crate::core::applied::{Ground, Texts};
use crate::core::approval::author::Author;
use crate::core::approval::rule::{Frozen, Rule};
use crate::core::budget::Verdict;
use crate::core::history::{Record, ground, texts};
use crate::core::identity::Scope;
use crate::core::money::Money;
use crate::core::only::{self, Left, narrowed};
use crate::core::origin::Only;
use crate::core::plan::Plan;
use crate::core::planner::{Policy, plan};
use crate::core::rollback::judge as judge_back;
use crate::core::rule::judge_plan;
use crate::core::sealed::Sealed;
use crate::core::snapshot::Snapshot;
use crate::core::source::Source;
use crate::core::stack::Stack;
use crate::core::threeway::tell;
use crate::core::view::View;
use crate::files;
use crate::kinds;
use crate::pricing::catalog::Catalog;
use crate::pricing::plan::{Prices, price_plan};
use crate::rules::RULES;
use std::ops::Deref;
use std::path::Path;

/// The account of a plan against nothing, where the file names none.
const NO_ACCOUNT: &str = "000000000000";

/// The decisions of somebody beyond the file.
#[derive(Debug, Clone)]
pub struct Wish<'a> {
    pub policy: Policy,
    /// The monthly total that is agreed to although the budget does not allow it.
    pub accepted: Option<Money>,
    /// The catalogue that prices come from.
    pub catalog: &'a Catalog,
}

/// A sealed plan, and all that it is held against.
#[derive(Debug, Clone)]
pub struct Planned {
    pub sealed: Sealed,
    /// The resources that were live when it was made, or when it was taken up again.
    pub snapshot: Snapshot,
    /// True when a run of it was begun before.
    pub applied: bool,
}

impl Deref for Planned {
    type Target = Sealed;

    fn deref(&self) -> &Sealed {
        &self.sealed
    }
}

/// Makes the plan with its cost, not sealed yet. A budget is no reason not to destroy.
pub fn draft(loaded: &Loaded, snapshot: &Snapshot, wish: &Wish<'_>) -> Plan {
    draft_of(loaded, snapshot, wish, |_| {})
}

/// Does the same with a plan that something is taken out of before it is judged and priced.
fn draft_of(loaded: &Loaded, snapshot: &Snapshot, wish: &Wish<'_>, narrow: impl FnOnce(&mut Plan)) -> Plan {
    let Wish { policy, accepted, catalog } = wish;
    let find = |name: &str| kinds::find(name).map(|entry| &entry.row);
    let mut plan = Plan { store: loaded.stack.settings.store.clone(), ..plan(&loaded.graph, snapshot, policy, &find) };
    narrow(&mut plan);
    let wanted = View::of_graph(&loaded.graph, snapshot.scope.clone());
    let plan = judge_plan(plan, &wanted, RULES, &loaded.stack.accepted, &loaded.stack.checks);
    let plan = not_to_start(plan, &wanted);
    let today = policy.created.split('T').next().unwrap_or_default();
    let cost = price_plan(&plan, &loaded.graph, snapshot, &loaded.stack.usage, Prices { catalog, today }, &kinds::priced);
    let budget = loaded.stack.settings.budget.as_ref().filter(|_| !policy.destroy);
    let plan = plan.with_cost(cost.judged(budget, *accepted));
    let mut plan = plan;
    if let Some(back) = &loaded.stack.back {
        judge_back(&mut plan, back, &|address| policy.allow_delete.iter().any(|pattern| pattern.matches(address)), &find);
    }
    let back_to = loaded.stack.back.as_ref().map(|back| back.to);
    let ground = Some(Box::new(Ground { texts: texts_of(&loaded.stack), back_to, ..Ground::default() }));
    Plan { approval: frozen(loaded, &plan, wish), ground, ..plan }
}

/// A plan of one side alone: the graph that it is of, and what it leaves as it is.
pub struct Narrow {
    pub loaded: Loaded,
    pub left: Left,
    pub plan: Plan,
}

/// Makes the plan of one side alone out of that of both, by the record of the last apply.
#[must_use]
pub fn narrow(loaded: &Loaded, snapshot: &Snapshot, wish: &Wish<'_>, mut whole: Plan, last: &Record, side: Only) -> Narrow {
    let find = |name: &str| kinds::find(name).map(|entry| &entry.row);
    tell(&mut whole, last, &find);
    let (graph, left) = narrowed(&loaded.graph, &whole, last, side);
    let loaded = Loaded { graph, ..loaded.clone() };
    let plan = draft_of(&loaded, snapshot, wish, |plan| {
        tell(plan, last, &find);
        only::keep(plan, &whole, side);
    });
    Narrow { loaded, left, plan }
}

/// Holds a plan against the record of the last apply, if there is one: says of each difference which side has changed, and keeps what a
/// record of its own apply will need.
pub fn rest_on(plan: &mut Plan, loaded: &Loaded, snapshot: &Snapshot, last: Option<&Record>) {
    let find = |name: &str| kinds::find(name).map(|entry| &entry.row);
    if let Some(last) = last {
        tell(plan, last, &find);
    }
    let back_to = loaded.stack.back.as_ref().map(|back| back.to);
    let ground = ground(plan, &loaded.graph, snapshot, texts_of(&loaded.stack), last);
    plan.ground = Some(Box::new(Ground { back_to, ..ground }));
}

/// Returns the texts that a stack was made from; none for one that was built in code.
fn texts_of(stack: &Stack) -> Texts {
    let is_set = |source: &&Source| source.name.starts_with("--");
    let Some((file, others)) = stack.sources.split_first() else { return Texts::default() };
    let set = others.iter().filter(is_set).map(|source| source.text.clone()).collect::<Vec<_>>();
    let others = others.iter().filter(|source| !is_set(source)).map(|source| (source.name.as_str(), source.text.as_str()));
    texts(&file.name, &file.text, others, &set)
}

/// Returns the rule by which the plan needs approvals, with what only now is known: who makes it, and on which exceptions it rests.
fn frozen(loaded: &Loaded, plan: &Plan, wish: &Wish<'_>) -> Option<Box<Frozen>> {
    let rule = loaded.stack.settings.approval.clone().filter(Rule::is_on)?;
    let accepted = loaded.stack.accepted.iter().map(|accept| match accept.address.as_str() {
        "" => accept.rule.clone(),
        address => format!("{} of `{address}`", accept.rule),
    });
    let allowed = loaded.stack.checks.allow.iter().map(|name| format!("{name} is allowed"));
    let deletes = wish.policy.allow_delete.iter().map(|pattern| format!("--allow-delete {}", pattern.as_str()));
    let cost = plan.cost.as_ref().filter(|cost| matches!(cost.budget, Some(Verdict::Accepted { .. }))).map(|_| "--accept-cost".to_owned());
    let exceptions = accepted.chain(allowed).chain(deletes).chain(cost).collect();
    let author = Author { name: wish.policy.author.clone(), arn: String::new() };
    Some(Box::new(Frozen { rule, author, exceptions }))
}

/// Adds notes of services that would not start, since the plan makes what their tasks read, and makes it empty.
fn not_to_start(mut plan: Plan, wanted: &View<'_>) -> Plan {
    let needs = needs(&plan, wanted).into_iter().filter(|(need, _)| is_made_empty(&plan, wanted, need));
    let notes = needs.map(|(need, services)| need.note(services)).collect::<Vec<_>>();
    plan.notes.extend(notes);
    plan
}

/// Answers an account that holds nothing of the stack.
pub fn nothing(loaded: &Loaded) -> Snapshot {
    Snapshot::empty(loaded.scope(NO_ACCOUNT))
}

/// Reads what `trueup show --snapshot` saved of this stack.
pub fn reading(file: &Path, loaded: &Loaded) -> Result<Snapshot, Error> {
    let unfit = |why: String, hint: Option<&str>| Error::Unfit { path: file.to_owned(), why, hint: hint.map(str::to_owned) };
    let text = files::read_text(file, MOST).map_err(|error| Error::file("read", file, error))?;
    let snapshot = serde_json::from_str::<Snapshot>(&text)
        .map_err(|error| unfit(format!("is no snapshot: {error}"), Some("`trueup show --snapshot` writes one")))?;
    if snapshot.version != Snapshot::VERSION {
        return Err(unfit(format!("has snapshot format {}, this trueup reads {}", snapshot.version, Snapshot::VERSION), None));
    }
    let (found, wanted) = (&snapshot.scope, loaded.scope(""));
    if (&found.stack, &found.env, &found.region) != (&wanted.stack, &wanted.env, &wanted.region) {
        let name = |scope: &Scope| format!("{} in {}", scope.owner(), scope.region);
        return Err(unfit(format!("is a reading of {}, the stack is {}", name(found), name(&wanted)), None));
    }
    Ok(snapshot)
}
