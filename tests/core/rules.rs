//! Laws of the rules. A law of all codes, in `codes.rs`, says that each finds its wrong examples and nothing else.

use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;
use trueup::core::address::Address;
use trueup::core::checks::Checks;
use trueup::core::code::{Code, Example, Level, whole_file};
use trueup::core::diagnostic::{self, Diagnostic};
use trueup::core::expand::{expand, judge};
use trueup::core::fix::Edit;
use trueup::core::graph::{Finding, Graph};
use trueup::core::identity::{Claim, Scope};
use trueup::core::kind::Row;
use trueup::core::plan::{Action, Plan};
use trueup::core::planner::{Policy, plan};
use trueup::core::reason::{Found, Note};
use trueup::core::reference::resolve;
use trueup::core::rule::{Accept, Look, Rule, judge_plan};
use trueup::core::snapshot::{Live, Snapshot, State};
use trueup::core::source::{self, Source};
use trueup::core::stack::Stack;
use trueup::core::view::{Origin, View};
use trueup::kinds;
use trueup::kinds::ec2::subnet::Subnet;
use trueup::kinds::ec2::vpc::Vpc;
use trueup::kinds::rds::instance::DbInstance;
use trueup::modules;
use trueup::rules::RULES;

fn found(text: &str, env: Option<&str>) -> Vec<Diagnostic> {
    let verdict = modules::validate(Source::new("stack.toml", text), env, &[]);
    verdict.diagnostics
}

fn examples(rule: &Rule) -> (&'static [&'static str], &'static [&'static str]) {
    match rule.code.example {
        Example::Stack { wrong, right } => (wrong, right),
        Example::Spec { .. } | Example::Readiness { .. } | Example::Scenario(_) | Example::Test(_) => (&[], &[]),
    }
}

fn stack(text: &str) -> (Stack, Graph) {
    let stack =
        modules::parse(Source::new("stack.toml", whole_file(text)), None, &[]).unwrap_or_else(|wrong| panic!("{}", wrong.render(false)));
    let graph = expand(&stack).unwrap_or_else(|wrong| panic!("{}", wrong.render(false)));
    (stack, graph)
}

fn row(name: &str) -> Option<&'static Row> {
    kinds::find(name).map(|entry| &entry.row)
}

/// A reading of an account in which all of a graph is live as it is wanted, with ids in place of references.
fn live(graph: &Graph, scope: Scope) -> Snapshot {
    let value = |address: &Address, output: &str| format!("{output}-of-{address}");
    let mut resources = BTreeMap::<_, Vec<_>>::new();
    for node in graph.nodes() {
        let outputs = node.kind.about.outputs.iter().map(|output| ((*output).to_owned(), value(&node.address, output)));
        let one = Live {
            id: value(&node.address, "id"),
            name: String::new(),
            arn: String::new(),
            claim: Some(Claim::new(node.address.clone(), "")),
            state: State::Ready,
            spec: resolve(&node.spec, &|reference| Some(value(&reference.address, &reference.output))),
            outputs: outputs.collect(),
        };
        resources.entry(node.kind.name.to_owned()).or_default().push(one);
    }
    Snapshot { resources, ..Snapshot::empty(scope) }
}

#[test]
fn each_finding_has_a_place_and_a_remedy() {
    for rule in RULES {
        for example in examples(rule).0 {
            for one in found(&whole_file(example), None) {
                assert!(one.span.is_some() && one.help.is_some(), "{}: no place or no remedy: {one:#?}", rule.code.id);
            }
        }
    }
}

#[test]
fn rules_find_the_same_in_what_is_live_as_in_what_is_wanted() {
    // What AWS has holds ids, and no references that could be of another kind.
    let both = RULES.iter().filter(|rule| matches!(rule.look, Look::Resources(_)) && rule.code.family() != "REF");
    for rule in both {
        let (wrong, right) = examples(rule);
        for example in wrong.iter().chain(right) {
            let (stack, graph) = self::stack(example);
            let snapshot = live(&graph, stack.scope("123456789012"));
            let places = |view: &View<'_>| {
                let found = rule.find(view).into_iter();
                found.map(|finding| (finding.address, finding.problem.field, finding.problem.code)).collect::<Vec<_>>()
            };
            let wanted = places(&View::of_graph(&graph, stack.scope("")));
            assert_eq!(places(&View::of_snapshot(&snapshot, &row)), wanted, "{}: {example}", rule.code.id);
            assert_eq!(wanted.is_empty(), right.contains(example), "{}: {example}", rule.code.id);
        }
    }
}

#[test]
fn a_view_follows_references_and_reads_each_spec_once() {
    let (stack, graph) = stack("[network]\n[database.main]");
    let scope = stack.scope("123456789012");
    let snapshot = live(&graph, scope.clone());
    for view in [View::of_graph(&graph, scope), View::of_snapshot(&snapshot, &row)] {
        let subnets = view.all::<Subnet>().collect::<Vec<_>>();
        assert!(subnets.len() >= 4 && subnets.is_sorted_by_key(|(seen, _)| seen.address));
        for (_, subnet) in &subnets {
            let (vpc, spec) = view.target::<Vpc>(&subnet.vpc_id).unwrap();
            assert_eq!((vpc.address.as_str(), spec.cidr.as_str()), ("network.vpc", "10.0.0.0/16"));
            assert!(view.target::<DbInstance>(&subnet.vpc_id).is_none(), "the VPC is no database");
        }
        let count = |view: &View<'_>| view.all::<Subnet>().count();
        assert_eq!((*view.derived(count), *view.derived::<usize>(|_| panic!("it is made once"))), (subnets.len(), subnets.len()));
        let again = view.all::<Subnet>().map(|(_, spec)| std::ptr::from_ref(spec));
        assert!(again.eq(subnets.iter().map(|(_, spec)| std::ptr::from_ref(*spec))));
        let database = Address::parse("database.main.instance").unwrap();
        let (seen, _) = view.get::<DbInstance>(&database).unwrap();
        assert_eq!(matches!(seen.from, Origin::Live(_)), view.live);
        assert!(view.get::<Vpc>(&database).is_none() && view.target::<Vpc>("vpc-1").is_none());
    }
}

/// The one diagnostic of a stack that is wrong in one way.
fn only(text: &str) -> Diagnostic {
    let found = found(&whole_file(text), None);
    assert_eq!(found.len(), 1, "{found:#?}");
    found.into_iter().next().unwrap()
}

#[test]
fn a_fix_names_the_key_of_the_file_that_it_belongs_to() {
    let fix = |text: &str| only(text).fix.map(|fix| (fix.path.to_string(), fix.value.unwrap_or_default()));
    let set = |path: &str, value: serde_json::Value| Some((path.to_owned(), value));
    // A key of the module that decides over the field.
    assert_eq!(fix("[network]\n[database.main]\nbackup_days = 0"), set("database.main.backup_days", 7.into()));
    // The override that set it.
    let over = "[network]\n[database.main]\n[override.\"database.main.instance\"]\n";
    let path = |field: &str| source::Path::new(["override", "database.main.instance", field]).to_string();
    assert_eq!(fix(&format!("{over}publicly_accessible = true")), set(&path("publicly_accessible"), false.into()));
    assert_eq!(fix(&format!("{over}backup_retention_period = 0")), set(&path("backup_retention_period"), 7.into()));
    // A resource's own field.
    let block = "[resource.files]\nkind = \"s3.bucket\"\npublic_access_block = { block_public_policy = false }";
    let (at, value) = fix(block).unwrap();
    assert_eq!((at.as_str(), value["block_public_policy"].as_bool()), ("resource.files.public_access_block", Some(true)));
}

#[test]
fn a_table_that_stands_for_several_nodes_is_mended_by_overrides() {
    let text = "[network]\n[database.main]\nfor_each = [\"a\", \"b\"]\nbackup_days = 0";
    let fixes = found(&whole_file(text), None).into_iter().map(|one| one.fix.unwrap().path.parts()[..2].join(" ")).collect::<Vec<_>>();
    assert_eq!(fixes, ["override database.main-a.instance", "override database.main-b.instance"]);
}

#[test]
fn a_file_that_is_fixed_has_the_finding_no_more() {
    let mut fixed = 0;
    for example in RULES.iter().flat_map(|rule| examples(rule).0) {
        for edit in found(&whole_file(example), None).into_iter().filter_map(|one| one.fix) {
            let text = edited(&whole_file(example), &edit);
            assert_eq!(found(&text, None), [], "{text}");
            fixed += 1;
        }
    }
    assert!(fixed >= 3, "only {fixed} examples have a fix");
}

fn edited(text: &str, Edit { path, value, .. }: &Edit) -> String {
    let mut root = text.parse::<toml::Table>().unwrap();
    let (last, tables) = path.parts().split_last().unwrap();
    let mut here = &mut root;
    for table in tables {
        here = here.entry(table.clone()).or_insert_with(|| toml::Table::new().into()).as_table_mut().unwrap();
    }
    match value {
        Some(value) => drop(here.insert(last.clone(), toml::Value::try_from(value).unwrap())),
        None => drop(here.remove(last)),
    }
    root.to_string()
}

#[test]
fn a_fix_is_part_of_what_machines_read() {
    let text = whole_file("[network]\n[database.main]\nbackup_days = 0");
    let json = diagnostic::to_json(&found(&text, None), &[Source::new("stack.toml", text)]);
    let place = serde_json::json!({ "file": "stack.toml", "line": 6, "column": 15, "end_line": 6, "end_column": 16 });
    assert_eq!(json[0]["fix"], serde_json::json!({ "path": ["database", "main", "backup_days"], "value": 7, "place": place }));
    assert_eq!(json[0]["severity"], "warning");
}

#[test]
fn a_fix_knows_the_overlay_that_a_value_stands_in_and_mends_no_argument() {
    let text = whole_file("[network]\n[database.main]\n[env.test.database.main]\nbackup_days = 0");
    let fix = found(&text, Some("test")).remove(0).fix.unwrap();
    assert_eq!(fix.at.map(|span| text[..span.start].lines().count()), Some(7));
    // A key that is new, and a value that the file cannot mend.
    let over = "[network]\n[database.main]\n[override.\"database.main.instance\"]\npublicly_accessible = true";
    assert!(only(over).fix.unwrap().at.is_some());
    let two = "[network]\n[database.main]\ncount = 1\nbackup_days = 0";
    assert_eq!(only(two).fix.map(|fix| (fix.path.parts()[0].clone(), fix.at)), Some(("override".into(), None)));
    let set = ["database.main.backup_days=0".to_owned()];
    let verdict = modules::validate(Source::new("stack.toml", whole_file("[network]\n[database.main]")), None, &set);
    assert_eq!(verdict.diagnostics.iter().map(|one| (one.code, one.fix.is_some())).collect::<Vec<_>>(), [("OPS201", false)]);
}

/// One rule of each look.
static OTHERS: [Rule; 3] = [
    Rule {
        code: Code { id: "TEST901", level: Level::Warning, ..Code::NEW },
        look: Look::Resources(|view| {
            let named = view.resources().filter(|seen| seen.spec["display_name"].is_string());
            named.map(|seen| seen.finding("display_name", "it has a display name").remove("display_name")).collect()
        }),
    },
    Rule {
        code: Code { id: "TEST902", level: Level::Warning, ..Code::NEW },
        look: Look::Live(|view| {
            let changing = view.resources().filter(|seen| matches!(seen.from, Origin::Live(live) if live.state != State::Ready));
            changing.map(|seen| seen.finding("", "it is not ready")).collect()
        }),
    },
    Rule { code: Code { id: "TEST903", level: Level::Warning, ..Code::NEW }, look: Look::Plan(deletes) },
];

fn deletes(plan: &Plan, view: &View<'_>) -> Vec<Finding> {
    let gone = plan.changes.iter().filter(|change| change.action == Action::Delete);
    let gone = gone.filter(|change| view.resources().all(|seen| *seen.address != change.address));
    gone.map(|change| Finding::new(change.address.clone(), trueup::core::problem::Problem::new("", "it goes"))).collect()
}

#[test]
fn a_fix_may_take_a_field_out() {
    let (stack, graph) = stack("[resource.topic]\nkind = \"sns.topic\"\ndisplay_name = \"Alarms\"");
    let found = judge(&stack, &graph, &OTHERS);
    assert_eq!(found.len(), 1, "{found:#?}");
    assert_eq!((found[0].code, found[0].fix.clone().unwrap().path.to_string()), ("TEST901", "resource.topic.display_name".into()));
    assert_eq!(found[0].fix.clone().unwrap().value, None);
}

#[test]
fn each_rule_sees_what_it_looks_at_and_nothing_else() {
    let (stack, graph) = stack("[resource.log]\nkind = \"logs.log_group\"");
    let (_, more) = self::stack("[resource.log]\nkind = \"logs.log_group\"\n[resource.old]\nkind = \"logs.log_group\"");
    let mut snapshot = live(&more, stack.scope("123456789012"));
    snapshot.resources.values_mut().for_each(|all| all[1].state = State::Changing("creating".into()));
    let wanted = View::of_graph(&graph, stack.scope(""));
    let places = |found: Vec<Finding>| found.iter().map(|one| format!("{} {}", one.problem.code, one.address)).collect::<Vec<_>>();
    let plan = plan(&graph, &snapshot, &Policy::default(), &row);
    assert_eq!(places(OTHERS.iter().flat_map(|rule| rule.find(&wanted)).collect()), Vec::<String>::new());
    let view = View::of_snapshot(&snapshot, &row);
    assert_eq!(places(OTHERS.iter().flat_map(|rule| rule.find(&view)).collect()), ["TEST902 resource.old"]);
    assert_eq!(places(OTHERS.iter().flat_map(|rule| rule.find_in_plan(&plan, &wanted)).collect()), ["TEST903 resource.old"]);
    // A warning of a rule is a note of the plan until it is accepted; an error refuses the plan.
    let kept = judge_plan(plan.clone(), &wanted, &OTHERS, &[], &Checks::default());
    assert!(
        kept.refusals == plan.refusals && matches!(&kept.notes[..], [Note::Found(Found { code, .. })] if code == "TEST903"),
        "{kept:?}"
    );
    let accepted = [Accept { rule: "TEST903".into(), address: "resource".into(), until: None, because: "it is meant".into() }];
    assert_eq!(judge_plan(plan.clone(), &wanted, &OTHERS, &accepted, &Checks::default()).notes, plan.notes);
    // `[checks]` makes it a refusal, or nothing at all; what is accepted stays so.
    let names = || vec!["TEST903".to_owned()];
    let (denies, allows) = (Checks { deny: names(), ..Checks::default() }, Checks { allow: names(), ..Checks::default() });
    let denied = judge_plan(plan.clone(), &wanted, &OTHERS, &[], &denies);
    assert!(denied.notes == plan.notes && denied.refusals.len() == plan.refusals.len() + 1, "{denied:?}");
    assert_eq!(judge_plan(plan.clone(), &wanted, &OTHERS, &accepted, &denies), plan);
    assert_eq!(judge_plan(plan.clone(), &wanted, &OTHERS, &[], &allows), plan);
    let strict = [Rule { code: Code { id: "TEST903", ..Code::NEW }, look: Look::Plan(deletes) }];
    let refused = judge_plan(plan, &wanted, &strict, &accepted, &allows).refusals;
    let refused = refused.last().map(|refusal| (refusal.code(), refusal.address().map(Address::as_str)));
    assert_eq!(refused, Some(("TEST903", Some("resource.old"))));
    // A resource on its way out is not live.
    snapshot.resources.values_mut().for_each(|all| all[1].state = State::Deleting);
    assert_eq!(View::of_snapshot(&snapshot, &row).resources().count(), 1);
}

#[test]
fn stacks_templates_and_examples_are_above_reproach() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    for folder in ["stacks", "templates", "examples"] {
        for entry in std::fs::read_dir(root.join(folder)).unwrap() {
            let path = entry.unwrap().path();
            if path.extension().is_some_and(|extension| extension == "toml") {
                assert_eq!(found(&std::fs::read_to_string(&path).unwrap(), None), [], "{}", path.display());
            }
        }
    }
}

#[test]
fn a_warning_can_be_accepted_and_an_error_cannot() {
    for rule in RULES {
        let Code { id, level, .. } = rule.code;
        for example in examples(rule).0 {
            let text = format!("{}\n[[accept]]\nrule = \"{id}\"\nbecause = \"it is a test\"", whole_file(example));
            let left = found(&text, None).into_iter().map(|one| one.code).collect::<BTreeSet<_>>();
            let expected = if level == Level::Warning { vec![] } else { vec![id, "OVR009"] };
            // A file with an unknown or unusable entry is not judged further.
            assert!(left.is_empty() == expected.is_empty() && left.iter().all(|code| expected.contains(code)), "{id}: {left:?}");
        }
    }
}

#[test]
fn what_is_accepted_in_vain_is_said() {
    let one = only("[network]\n[[accept]]\nrule = \"SEC202\"\naddress = \"database.main\"\nbecause = \"it was so once\"");
    assert_eq!((one.code, one.level), ("OVR004", Level::Warning));
    assert_eq!(one.message, "SEC202 finds nothing at `database.main`, so there is nothing to accept");
}
