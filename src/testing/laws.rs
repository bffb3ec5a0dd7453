//! The laws of every plan, on stacks that are made up at random and an account in memory.

use super::account::Account;
use super::designs::{Design, config, design, edited};
use crate::core::address::{Address, Pattern};
use crate::core::expand;
use crate::core::graph::{Graph, Node};
use crate::core::identity::{Claim, Scope};
use crate::core::kind::{Naming, Shape};
use crate::core::plan::{Plan, Step, Verb};
use crate::core::planner::{self, Policy};
use crate::core::snapshot::Snapshot;
use crate::core::source::Source;
use crate::kinds;
use crate::modules;
use proptest::prelude::*;
use serde_json::Value;
use std::collections::{BTreeSet, HashMap};

proptest! {
    #![proptest_config(config(48, 500))]

    #[test]
    fn planning_is_deterministic(case in edited(), seed in any::<u64>()) {
        let (before, after) = (graph(&case.before)?, graph(&case.after)?);
        let account = settled(&before)?;
        let bytes = |graph: &Graph, account: &Account| serde_json::to_string(&plan(graph, account.snapshot(), false)).unwrap();
        let wanted = bytes(&after, &account);
        prop_assert_eq!(&bytes(&after, &account), &wanted, "the second time");
        prop_assert_eq!(&bytes(&shuffled(&after, seed), &account), &wanted, "nodes in another order");
        prop_assert_eq!(&bytes(&expand(&case.after.text_backwards())?, &account), &wanted, "tables in another order");
    }

    #[test]
    fn what_was_applied_is_not_planned_again(design in design()) {
        let graph = graph(&design)?;
        let account = settled(&graph)?;
        nothing_to_do(&plan(&graph, account.snapshot(), false))?;
        nothing_to_do(&plan(&with_sets_reversed(&graph), account.snapshot(), false))?;
    }

    #[test]
    fn any_edit_converges_and_goes(case in edited()) {
        let (before, after) = (graph(&case.before)?, graph(&case.after)?);
        let mut account = settled(&before)?;
        let edit = plan(&after, account.snapshot(), false);
        in_order(&edit, account.snapshot())?;
        run(&mut account, &edit)?;
        nothing_to_do(&plan(&after, account.snapshot(), false))?;
        let end = plan(&after, account.snapshot(), true);
        in_order(&end, account.snapshot())?;
        run(&mut account, &end)?;
        prop_assert_eq!(ours(account.snapshot()), BTreeSet::new());
    }

    #[test]
    fn a_run_that_stopped_anywhere_is_gone_on_with(case in edited(), at in any::<prop::sample::Index>()) {
        let (before, after) = (graph(&case.before)?, graph(&case.after)?);
        let mut account = settled(&before)?;
        let mut part = plan(&after, account.snapshot(), false);
        if !part.steps.is_empty() {
            part.steps.truncate(at.index(part.steps.len()));
            run(&mut account, &part)?;
        }
        let rest = plan(&after, account.snapshot(), false);
        run(&mut account, &rest)?;
        nothing_to_do(&plan(&after, account.snapshot(), false))?;
        prop_assert_eq!(ours(account.snapshot()), after.nodes().map(|node| node.address.clone()).collect::<BTreeSet<_>>());
    }

    #[test]
    fn like_sounding_stacks_stay_apart(
        words in prop::collection::vec("[a-z][a-z0-9]{0,5}", 2..6),
        cuts in any::<[prop::sample::Index; 2]>(),
        generation in "[0-9a-z]{10}",
        at in any::<prop::sample::Index>(),
    ) {
        let cut = |at: prop::sample::Index| {
            let at = 1 + at.index(words.len() - 1);
            scope(&words[..at].join("-"), &words[at..].join("-"))
        };
        let (one, other) = (cut(cuts[0]), cut(cuts[1]));
        let address = at.get(&["network.vpc", "service.api.load-balancer", "resource.a-rather-long-name.with-a-key"]);
        let claim = Claim::new(Address::parse(address).unwrap(), generation);
        prop_assert_eq!(one.claim(&one.claim_tags(&claim)), Some(claim.clone()));
        if one != other {
            prop_assert_eq!(other.claim(&one.claim_tags(&claim)), None);
            for naming in kinds::KINDS.iter().map(|entry| entry.row.about.naming).filter(|naming| *naming != Naming::None) {
                let name = one.physical_name(naming, &claim);
                prop_assert_ne!(&name, &other.physical_name(naming, &claim));
                prop_assert_eq!(other.address_in_name(&name), None, "{}", name);
            }
        }
    }
}

#[test]
fn a_database_goes_after_the_service_has_left_it() {
    let service = |database: &str| {
        format!(
            "[stack]\nname = \"laws\"\nregion = \"us-east-1\"\n[network]\n\
             [service.api]\nimage = \"nginx:1.29\"\nport = 80\n{database}"
        )
    };
    let with = expand(&service("environment = { URL = \"sql://${database.main.host}:5432/\" }\n[database.main]\n")).unwrap();
    let account = settled(&with).unwrap();
    let plan = plan(&expand(&service("")).unwrap(), account.snapshot(), false);
    let step = |verb: Verb, address: &str| {
        let wanted = |step: &Step| step.verb == verb && plan.changes[step.change].address.as_str() == address;
        plan.steps.iter().position(wanted).unwrap_or_else(|| panic!("no step to {} {address}", verb.as_str()))
    };
    let delete = step(Verb::Delete, "database.main.instance");
    assert!(plan.steps[delete].after.contains(&step(Verb::Update, "service.api.service")), "{:?}", plan.steps[delete]);
}

fn scope(stack: &str, env: &str) -> Scope {
    Scope { stack: stack.into(), env: env.into(), account: "123456789012".into(), region: "us-east-1".into() }
}

fn expand(text: &str) -> Result<Graph, TestCaseError> {
    let stack = modules::parse(Source::new("stack.toml", text), None, &[]);
    stack.and_then(|stack| expand::expand(&stack)).map_err(|wrong| TestCaseError::fail(wrong.render(false)))
}

fn graph(design: &Design) -> Result<Graph, TestCaseError> {
    expand(&design.text())
}

/// A plan to which everything is allowed.
fn plan(graph: &Graph, snapshot: &Snapshot, destroy: bool) -> Plan {
    let live = snapshot.resources.values().flatten().filter_map(|live| live.claim.as_ref()).map(|claim| claim.address.clone());
    let allow_delete = live.chain(graph.nodes().map(|node| node.address.clone())).map(Pattern::from).collect();
    let policy = Policy { destroy, allow_delete, created: "2026-01-01T00:00:00Z".into(), ..Policy::default() };
    planner::plan(graph, snapshot, &policy, &|name| kinds::find(name).map(|entry| &entry.row))
}

fn settled(graph: &Graph) -> Result<Account, TestCaseError> {
    let mut account = Account::new(scope("laws", "default"));
    let first = plan(graph, account.snapshot(), false);
    prop_assert!(!first.changes.iter().flat_map(|change| &change.fields).any(|field| field.replaces), "a create replaces nothing");
    in_order(&first, account.snapshot())?;
    run(&mut account, &first)?;
    Ok(account)
}

fn run(account: &mut Account, plan: &Plan) -> Result<(), TestCaseError> {
    prop_assert_eq!(&plan.refusals, &[]);
    account.apply(plan).map_err(TestCaseError::fail)
}

fn nothing_to_do(plan: &Plan) -> Result<(), TestCaseError> {
    let view = crate::report::plan::View { width: 160, whole: true };
    prop_assert!(plan.is_empty() && plan.changes.is_empty(), "not settled:\n{}", crate::report::plan::render(plan, view));
    Ok(())
}

/// The addresses of what is live and ours.
fn ours(snapshot: &Snapshot) -> BTreeSet<Address> {
    snapshot.resources.values().flatten().filter_map(|live| live.claim.as_ref()).map(|claim| claim.address.clone()).collect()
}

/// The same nodes, added in another order.
fn shuffled(graph: &Graph, mut seed: u64) -> Graph {
    let mut nodes = graph.nodes().cloned().collect::<Vec<_>>();
    for at in (1..nodes.len()).rev() {
        seed = seed.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        nodes.swap(at, (seed >> 33) as usize % (at + 1));
    }
    rebuilt(graph, nodes)
}

/// The same nodes, with every set in every spec the other way round.
fn with_sets_reversed(graph: &Graph) -> Graph {
    let nodes = graph.nodes().map(|node| {
        let mut spec = node.spec.clone();
        for field in node.kind.fields.iter().filter(|field| field.shape == Shape::Set) {
            if let Some(list) = spec.get_mut(field.name).and_then(Value::as_array_mut) {
                list.reverse();
            }
        }
        let mut other = Node::new(node.address.clone(), node.kind, &spec, node.origin.clone()).unwrap();
        (other.protect, other.retain) = (node.protect, node.retain);
        other
    });
    rebuilt(graph, nodes.collect())
}

fn rebuilt(graph: &Graph, nodes: Vec<Node>) -> Graph {
    let mut other = Graph::default();
    (other.moved, other.adopt, other.outputs) = (graph.moved.clone(), graph.adopt.clone(), graph.outputs.clone());
    nodes.into_iter().for_each(|node| other.add(node).unwrap());
    other
}

/// No step waits for itself or for a later one; no delete runs before whatever still holds on to what goes.
fn in_order(plan: &Plan, snapshot: &Snapshot) -> Result<(), TestCaseError> {
    let mut before = Vec::<BTreeSet<usize>>::new();
    for (index, step) in plan.steps.iter().enumerate() {
        prop_assert!(step.after.iter().all(|earlier| *earlier < index), "step {index} waits for {:?}", step.after);
        prop_assert!(step.after.windows(2).all(|pair| pair[0] < pair[1]), "step {index} waits twice: {:?}", step.after);
        before.push(step.after.iter().flat_map(|earlier| before[*earlier].iter().copied().chain([*earlier])).collect());
    }
    let deletes = plan.steps.iter().enumerate().filter(|(_, step)| step.verb == Verb::Delete);
    let going =
        deletes.filter_map(|(index, step)| Some((plan.changes[step.change].live.as_ref()?.id.as_str(), index))).collect::<HashMap<_, _>>();
    for (kind, live) in snapshot.resources.iter().flat_map(|(kind, list)| list.iter().map(move |live| (kind, live))) {
        let text = live.spec.to_string();
        for (id, delete) in going.iter().filter(|(id, _)| **id != live.id && text.contains(**id)) {
            let releases = |index: &usize| {
                let change = &plan.changes[plan.steps[*index].change];
                change.kind == *kind && change.live.as_ref().is_some_and(|own| own.id == live.id) && plan.steps[*index].verb != Verb::Retag
            };
            prop_assert!(
                before[*delete].iter().any(releases) || circle(snapshot, &live.id, id),
                "{id} goes before {}, which holds on to it:\n{}",
                live.id,
                plan.steps.iter().map(|step| format!("{} {}\n", step.verb.as_str(), plan.changes[step.change].address)).collect::<String>()
            );
        }
    }
    Ok(())
}

/// True when two live resources name each other, so that neither can go first.
fn circle(snapshot: &Snapshot, one: &str, other: &str) -> bool {
    let names =
        |id: &str, other: &str| snapshot.resources.values().flatten().any(|live| live.id == id && live.spec.to_string().contains(other));
    names(one, other) && names(other, one)
}
