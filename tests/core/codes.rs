//! Laws of the registry: every finding has a code in it, every code is found by its wrong examples and not by its right ones.

use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;
use trueup::core::address::Address;
use trueup::core::code::{Code, Example, Level, whole_file};
use trueup::core::codes;
use trueup::core::diagnostic::Diagnostic;
use trueup::core::expand::check;
use trueup::core::graph::{Adopt, Graph, Node};
use trueup::core::identity::Claim;
use trueup::core::input::parse;
use trueup::core::kind;
use trueup::core::module::{Module, Nodes};
use trueup::core::planner::{Policy, plan};
use trueup::core::schema;
use trueup::core::settings::Settings;
use trueup::core::snapshot::{Live, Snapshot, State};
use trueup::core::source::{self, Source};
use trueup::core::stack::Stack;
use trueup::kinds::logs::log_group::LogGroup;
use trueup::modules::CATALOG;

fn codes() -> Vec<Code> {
    CATALOG.all_codes().collect()
}

/// Every file of a folder that ends so, by its path from the root of the project.
fn files(folder: &str, ending: &str) -> BTreeMap<String, String> {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let (mut found, mut open) = (BTreeMap::new(), vec![root.join(folder)]);
    while let Some(folder) = open.pop() {
        for entry in std::fs::read_dir(folder).unwrap() {
            let path = entry.unwrap().path();
            if path.is_dir() {
                open.push(path);
            } else if path.to_string_lossy().ends_with(ending) {
                let name = path.strip_prefix(root).unwrap().to_string_lossy().replace('\\', "/");
                found.insert(name, std::fs::read_to_string(&path).unwrap());
            }
        }
    }
    found
}

fn found(example: &str) -> Vec<Diagnostic> {
    let text = whole_file(example);
    trueup::modules::validate(Source::new("stack.toml", text), None, &[]).diagnostics
}

#[test]
fn ids_are_unique_and_every_code_says_what_and_why() {
    let mut ids = BTreeSet::new();
    for code in codes() {
        let Code { id, about, why, page, .. } = code;
        assert!(ids.insert(id), "{id} is there twice");
        let (family, number) = id.split_at(id.len() - 3);
        let shaped = !family.is_empty() && family.bytes().all(|byte| byte.is_ascii_uppercase() || byte.is_ascii_digit());
        assert!(shaped && number.bytes().all(|byte| byte.is_ascii_digit()), "{id}: a code is a family and three digits");
        assert!(about.ends_with('.') && why.ends_with('.'), "{id}: these are sentences");
        assert!(page.is_empty() || page.starts_with("https://"), "{id}: {page}");
    }
}

#[test]
fn each_stack_example_shows_its_code_and_no_other() {
    let mut wrong = Vec::new();
    for code in codes() {
        let Example::Stack { wrong: bad, right: good } = code.example else { continue };
        assert!(!bad.is_empty() && !good.is_empty(), "{} shows nothing", code.id);
        for example in bad {
            let found = found(example);
            let ids = found.iter().map(|one| one.code).collect::<BTreeSet<_>>();
            if ids != BTreeSet::from([code.id]) || found.iter().any(|one| one.level != code.level) {
                wrong.push(format!("{} gives {ids:?}:\n{example}\n{found:#?}", code.id));
            }
        }
        for example in good {
            let found = found(example);
            if !found.is_empty() {
                wrong.push(format!("{} is right and gives\n{example}\n{found:#?}", code.id));
            }
        }
    }
    assert_eq!(wrong.join("\n\n"), "");
}

#[test]
fn each_named_scenario_and_test_is_there_and_shows_the_code() {
    let scenarios = files("tests/scenarios", ".txt");
    let sources = files("src", ".rs").into_iter().chain(files("tests", ".rs")).collect::<BTreeMap<_, _>>();
    for code in codes() {
        match code.example {
            Example::Scenario(name) => {
                let text = scenarios.get(&format!("tests/scenarios/{name}.txt"));
                assert!(text.is_some_and(|text| text.contains(code.id)), "{}: no scenario {name} shows it", code.id);
            }
            Example::Test(name) => {
                let head = format!("fn {name}()");
                let bodies = sources.values().filter_map(|text| Some(text.split_once(&head)?.1));
                let mut bodies = bodies.map(|rest| rest.split("#[test]").next().unwrap_or_default());
                assert!(bodies.any(|body| body.contains(code.id)), "{}: no test {name} shows it", code.id);
            }
            Example::Stack { .. } | Example::Readiness { .. } | Example::Spec { .. } => {}
        }
    }
}

/// Words in quotes that look like a code: upper-case letters, then three digits.
fn quoted(text: &str) -> impl Iterator<Item = &str> {
    text.split('"').skip(1).step_by(2).filter(|word| {
        let (family, number) = word.split_at_checked(word.len().saturating_sub(3)).unwrap_or_default();
        let upper = (2..=5).contains(&family.len()) && family.bytes().all(|byte| byte.is_ascii_uppercase());
        upper && number.len() == 3 && number.bytes().all(|byte| byte.is_ascii_digit())
    })
}

#[test]
fn every_code_that_is_written_anywhere_is_in_the_registry() {
    // Not ours: an algorithm of AWS's, and rules that are there for tests.
    let other = ["AES256", "TEST901", "TEST902", "TEST903"];
    let known = codes().iter().map(|code| code.id).collect::<BTreeSet<_>>();
    let all = files("src", ".rs").into_iter().chain(files("tests", ".rs")).filter(|(name, _)| !name.starts_with("src/sandbox/"));
    let lines = all.flat_map(|(name, text)| {
        let strange = text.lines().flat_map(quoted).filter(|word| !known.contains(word) && !other.contains(word));
        strange.map(|word| format!("{name}: {word}")).collect::<Vec<_>>()
    });
    assert_eq!(lines.collect::<Vec<_>>(), Vec::<String>::new());
}

#[test]
fn every_code_of_the_registry_is_used() {
    let sources = files("src", ".rs");
    let tables = sources.iter().filter(|(name, _)| name.contains("/codes"));
    let named = tables.flat_map(|(_, text)| text.lines()).filter_map(|line| line.strip_prefix("pub const ")?.split_once(": Code ="));
    let named = named.map(|(name, _)| name).collect::<Vec<_>>();
    assert!(named.len() > 90, "only {} codes", named.len());
    let used = |name: &&str| {
        let mut elsewhere = sources.iter().filter(|(file, _)| !file.contains("/codes"));
        let whole = |text: &str| {
            text.match_indices(*name).any(|(at, _)| !text[at + name.len()..].starts_with(|c: char| c == '_' || c.is_alphanumeric()))
        };
        elsewhere.any(|(_, text)| whole(text))
    };
    assert_eq!(named.into_iter().filter(|name| !used(name)).collect::<Vec<_>>(), Vec::<&str>::new());
}

#[test]
fn what_does_not_fit_its_kind_or_module_has_a_code() {
    #[derive(Clone, serde::Serialize, serde::Deserialize, schemars::JsonSchema)]
    struct Odd {}
    impl Module for Odd {
        const SECTION: &'static str = "odd";
        const NAMED: bool = false;
        fn expand(&self, nodes: &mut Nodes<'_>) {
            nodes.add::<LogGroup>("No Name", <LogGroup as kind::Kind>::example());
        }
    }
    let ids = |found: Vec<Diagnostic>| found.into_iter().map(|one| one.code).collect::<Vec<_>>();
    assert_eq!(ids(check(&Stack::new("shop", "default", "us-east-1").add(Odd {}))), ["MOD000"]);
    let row = &trueup::kinds::find("logs.log_group").unwrap().row;
    let unfit = (row.validate)(&serde_json::json!({ "retention_in_days": "a week" }));
    assert_eq!(unfit.into_iter().map(|problem| problem.code).collect::<Vec<_>>(), ["TYPE004"]);
}

fn group(name: &str, text: Option<&str>) -> Node {
    let row = &trueup::kinds::find("logs.log_group").unwrap().row;
    let mut spec = (row.example)();
    spec["name"] = text.into();
    Node::new(Address::parse(name).unwrap(), row, &spec, name).unwrap()
}

fn refusals(nodes: Vec<Node>, adopt: Vec<Adopt>, live: Vec<Live>) -> Vec<String> {
    let mut graph = Graph::default();
    graph.adopt = adopt;
    nodes.into_iter().for_each(|node| graph.add(node).unwrap());
    let scope = Stack::new("shop", "default", "us-east-1").scope("123456789012");
    let snapshot = Snapshot { resources: BTreeMap::from([("logs.log_group".into(), live)]), ..Snapshot::empty(scope) };
    let plan = plan(&graph, &snapshot, &Policy::default(), &|name| trueup::kinds::find(name).map(|entry| &entry.row));
    plan.refusals.iter().map(|refusal| refusal.code().to_owned()).collect()
}

#[test]
fn a_circle_is_refused() {
    let circle = vec![group("resource.one", Some("/${resource.two.name}")), group("resource.two", Some("/${resource.one.name}"))];
    assert_eq!(refusals(circle, Vec::new(), Vec::new()), ["PLAN001"]);
}

#[test]
fn what_is_ours_already_is_not_adopted() {
    let (one, two) = (group("resource.one", Some("/one")), group("resource.two", Some("/two")));
    let adopt = Adopt { address: two.address.clone(), id: "/one".into() };
    let live = Live {
        id: "/one".into(),
        name: "/one".into(),
        arn: String::new(),
        claim: Some(Claim::new(one.address.clone(), "")),
        state: State::Ready,
        spec: one.spec.clone(),
        outputs: BTreeMap::new(),
    };
    assert_eq!(refusals(vec![one, two], vec![adopt], vec![live]), ["PLAN005"]);
}

#[test]
fn two_that_both_hold_data_are_refused() {
    let one = group("resource.one", Some("/one"));
    let live = |id: &str| Live {
        id: id.into(),
        name: "/one".into(),
        arn: String::new(),
        claim: Some(Claim::new(one.address.clone(), "same")),
        state: State::Ready,
        spec: one.spec.clone(),
        outputs: BTreeMap::new(),
    };
    assert_eq!(refusals(vec![one.clone()], Vec::new(), vec![live("/one"), live("/two")]), ["PLAN002"]);
}

#[test]
fn a_list_has_as_many_items_as_its_key_takes() {
    #[derive(schemars::JsonSchema)]
    #[allow(dead_code)]
    struct Pair {
        #[schemars(length(min = 1, max = 2))]
        of: Vec<u8>,
    }
    let schema = schemars::schema_for!(Pair).to_value();
    let codes = |text: &str| {
        let source = Source::new("x", text);
        let mut input = parse(&source, 0).0;
        let found = schema::check(&schema, &mut input, &source::Path::new(["pair"]), false, &[source]);
        found.into_iter().map(|one| one.code).collect::<Vec<_>>()
    };
    assert_eq!((codes("of = []"), codes("of = [1, 2, 3]"), codes("of = [1]")), (vec!["TYPE005"], vec!["TYPE005"], vec![]));
}

#[test]
fn more_tags_than_a_resource_can_carry() {
    let tags = |count: usize| (0..count).map(|at| (format!("tag-{at}"), String::new())).collect();
    let codes = |count| {
        let settings = Settings { name: "shop".into(), region: "us-east-1".into(), tags: tags(count), ..Settings::default() };
        settings.check().into_iter().map(|problem| problem.code).collect::<Vec<_>>()
    };
    assert_eq!((codes(45), codes(46)), (vec![], vec!["TAG004"]));
}

#[test]
fn levels_are_written_as_people_read_them() {
    for level in [Level::Error, Level::Warning] {
        assert_eq!(serde_json::to_value(level).unwrap(), level.name());
    }
    assert_eq!(codes::UNKNOWN_KEY.level, Level::Error);
}
