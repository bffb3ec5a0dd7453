//! Every stack, template and example is complete: it checks, expands, plans against an empty account, and its editors' schema agrees.

use trueup::core::address::Address;
use trueup::core::expand::expand;
use trueup::core::file::environments;
use trueup::core::identity::{Claim, Scope};
use trueup::core::input;
use trueup::core::lower;
use trueup::core::output;
use trueup::core::plan::Action;
use trueup::core::planner::{Policy, plan};
use trueup::core::snapshot::{Live, Snapshot, State};
use trueup::core::source::{Path, Source};
use trueup::core::synth::synth;
use trueup::kinds;
use trueup::modules::{CATALOG, parse, schema, validate};

fn files() -> Vec<Source> {
    let root = std::path::Path::new(env!("CARGO_MANIFEST_DIR"));
    let mut files = Vec::new();
    for folder in ["stacks", "templates", "examples"] {
        for entry in std::fs::read_dir(root.join(folder)).unwrap() {
            let path = entry.unwrap().path();
            if path.extension().is_some_and(|extension| extension == "toml") {
                files.push(Source::new(path.to_str().unwrap(), std::fs::read_to_string(&path).unwrap()));
            }
        }
    }
    files.sort_by(|a, b| a.name.cmp(&b.name));
    files
}

// A pipeline supplies what some files leave open.
fn each(check: impl Fn(&Source, Option<&str>)) {
    for file in files() {
        let envs = environments(&file);
        if envs.is_empty() {
            check(&file, None);
        }
        envs.iter().for_each(|env| check(&file, Some(env)));
    }
}

#[test]
fn all_expand_and_plan_as_creates_only() {
    each(|file, env| {
        let stack = parse(file.clone(), env, &[]).unwrap_or_else(|wrong| panic!("{}", wrong.render(false)));
        let graph = expand(&stack).unwrap_or_else(|wrong| panic!("{}", wrong.render(false)));
        assert_eq!(graph.check(), [], "{}", file.name);
        let scope = Scope {
            stack: stack.settings.name.clone(),
            env: stack.env.clone(),
            account: "123456789012".into(),
            region: stack.settings.region.clone(),
        };
        let plan = plan(&graph, &Snapshot::empty(scope), &Policy::default(), &|name| kinds::find(name).map(|entry| &entry.row));
        assert_eq!(plan.changes.len(), graph.len(), "{}", file.name);
        assert!(plan.changes.iter().all(|change| change.action == Action::Create), "{}", file.name);
        assert!(plan.refusals.is_empty(), "{}: {:?}", file.name, plan.refusals);
    });
}

#[test]
fn every_managed_field_has_a_value() {
    each(|file, env| {
        let graph =
            parse(file.clone(), env, &[]).and_then(|stack| expand(&stack)).unwrap_or_else(|wrong| panic!("{}", wrong.render(false)));
        for node in graph.nodes() {
            assert!(kinds::find(node.kind.name).is_some(), "{} is not in the table of kinds", node.kind.name);
            for field in node.kind.fields {
                assert!(node.spec.get(field.name).is_some(), "{}: {} has no `{}`", file.name, node.address, field.name);
            }
        }
    });
}

#[test]
fn the_schema_for_editors_accepts_what_the_check_accepts() {
    let schema = schema();
    for file in files() {
        let (mut input, errors) = input::parse(&file, 0);
        assert_eq!(errors, []);
        // Filled in only later, so an editor sees text where a number belongs.
        if file.text.contains("\"${each.value.memory}\"") {
            continue;
        }
        assert_eq!(trueup::core::schema::check(&schema, &mut input, &Path::default(), false, &[]), [], "{}", file.name);
    }
    assert!(schema["$defs"].as_object().unwrap().len() > 40);
    assert_eq!(schema["properties"]["service"]["additionalProperties"]["$ref"], "#/$defs/service");
}

#[test]
fn validation_covers_all_environments() {
    for file in files() {
        let verdict = validate(file.clone(), None, &[]);
        assert_eq!(verdict.diagnostics, [], "{}", file.name);
        assert_eq!(verdict.good.len(), environments(&file).len().max(1));
    }
}

#[test]
fn synth_names_every_node_and_what_it_needs() {
    let file = files().into_iter().find(|file| file.name.ends_with("hello.toml") && file.name.contains("examples")).unwrap();
    let stack = parse(file, None, &[]).unwrap_or_else(|wrong| panic!("{}", wrong.render(false)));
    let graph = expand(&stack).unwrap_or_else(|wrong| panic!("{}", wrong.render(false)));
    let json = synth(&stack, &graph);
    assert_eq!(json["nodes"].as_object().unwrap().len(), graph.len());
    assert_eq!(json["nodes"]["network.subnet.public-a"]["needs"], serde_json::json!(["network.vpc"]));
    assert_eq!(json["nodes"]["network.subnet.public-a"]["spec"]["cidr"], "10.0.0.0/20");
}

#[test]
fn each_output_of_a_module_is_one_that_its_nodes_have() {
    let all = files().into_iter().find(|file| file.name.ends_with("registry.toml")).unwrap();
    let stack = parse(all, Some("production"), &[]).unwrap_or_else(|wrong| panic!("{}", wrong.render(false)));
    let graph = expand(&stack).unwrap_or_else(|wrong| panic!("{}", wrong.render(false)));
    for part in stack.parts.iter().filter(|part| part.row.named) {
        for (output, _) in part.row.outputs {
            let Some(text) = lower::output(&stack, &part.label(), output) else { continue };
            trueup::core::reference::visit(&text.into(), &mut |link| {
                let node = graph.get(&link.address).unwrap_or_else(|| panic!("{} of {} names no node", output, part.label()));
                assert!(node.kind.about.outputs.contains(&link.output.as_str()), "{} of {}: {link:?}", output, part.label());
            });
        }
    }
    assert_eq!(CATALOG.modules.len(), 8);
}

#[test]
fn every_headline_is_an_output() {
    for row in CATALOG.modules {
        assert!(row.headlines.iter().all(|name| row.outputs.iter().any(|(output, _)| output == name)), "{}", row.section);
    }
}

#[test]
fn outputs_are_those_of_the_newest_that_is_live() {
    let file = Source::new("stack.toml", "[stack]\nname = \"web\"\nregion = \"us-east-1\"\n[storage.files]\n");
    let stack = parse(file, None, &[]).unwrap_or_else(|wrong| panic!("{}", wrong.render(false)));
    let graph = expand(&stack).unwrap_or_else(|wrong| panic!("{}", wrong.render(false)));
    let address = Address::parse("storage.files.bucket").unwrap();
    let links = graph.links().unwrap();
    let generation = &links.generations()[links.at(&address).unwrap()];
    let bucket = |name: &str, generation: &str, state: State| Live {
        id: name.into(),
        name: name.into(),
        arn: format!("arn:aws:s3:::{name}"),
        claim: Some(Claim::new(address.clone(), generation)),
        state,
        spec: serde_json::Value::Null,
        outputs: [("name".to_owned(), name.to_owned()), ("arn".to_owned(), format!("arn:aws:s3:::{name}"))].into(),
    };
    let scope = Scope { stack: "web".into(), env: "default".into(), account: "123456789012".into(), region: "us-east-1".into() };
    let mut snapshot = Snapshot::empty(scope);
    assert!(output::live(&graph, &snapshot).is_empty());
    let (old, new, gone) =
        (bucket("old", "g1", State::Ready), bucket("new", generation, State::Ready), bucket("gone", generation, State::Deleting));
    for (there, want) in [(vec![old.clone()], "old"), (vec![gone, new, old], "new")] {
        snapshot.resources.insert("s3.bucket".into(), there);
        assert_eq!(output::live(&graph, &snapshot)["storage.files"]["bucket"], want);
    }
}

// One line of a file taken out, doubled, cut, or given another value.
fn damage(text: &str, line: usize, how: u8, with: &str) -> String {
    let mut lines = text.lines().map(str::to_owned).collect::<Vec<_>>();
    let at = line % lines.len();
    match how % 4 {
        0 => drop(lines.remove(at)),
        1 => lines.insert(at, lines[at].clone()),
        2 => {
            let half = lines[at].chars().count() / 2;
            lines[at] = lines[at].chars().take(half).collect();
        }
        _ => {
            if let Some((key, _)) = lines[at].split_once('=') {
                lines[at] = format!("{key}= {with}");
            }
        }
    }
    lines.join("\n")
}

proptest::proptest! {
    #![proptest_config(proptest::test_runner::Config { cases: 100, failure_persistence: None, ..Default::default() })]
    #[test]
    fn no_damage_to_a_file_makes_it_panic(
        file in 0usize..99,
        hits in proptest::collection::vec((0usize..999, 0u8..4, proptest::sample::select(VALUES)), 1..4),
    ) {
        let files = files();
        let file = &files[file % files.len()];
        let text = hits.iter().fold(file.text.clone(), |text, (line, how, with)| damage(&text, *line, *how, with));
        let verdict = validate(Source::new("damaged.toml", text), None, &[]);
        let shown = trueup::core::excerpt::render(&verdict.diagnostics, &verdict.sources, false);
        proptest::prop_assert_eq!(shown.is_empty(), verdict.diagnostics.is_empty());
    }
}

const VALUES: &[&str] = &[
    "0",
    "-1",
    "9999999999",
    "1.5",
    "true",
    "\"\"",
    "\"x\"",
    "\"ü\"",
    "[]",
    "{}",
    "[1, \"a\"]",
    "{ a = 1 }",
    "\"${\"",
    "\"${a}\"",
    "\"${service.api.url}\"",
    "\"10.0.0.0/30\"",
    "\"0.0.0.0/0\"",
    "\"10.0.0.0/32\"",
    "\"eu-west-1\"",
    "2020-01-01",
    "\"${each.value.x}\"",
];
