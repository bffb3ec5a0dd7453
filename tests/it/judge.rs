//! The embedded AWS judges what `validate` says. Real stacks and the kinds' own examples are bent at random, by the JSON Schema and by
//! slips of the hand. What validates must be taken by the embedded AWS, whose checks come from AWS's service models and have
//! their own sources; what does not validate and is taken is counted by code, and every such code has its reason in `STRICTER`.
//!
//! `CASES=5000 cargo test --test it judge:: -- --nocapture` looks for longer, and says what it saw.

use crate::generator::{self, Dice, NUMBERS};
use crate::kinds::examples::{here, noun, stack_file};
use crate::stacks;
use crate::stand::{Stand, fast, find, sealed};
use proptest::strategy::{Strategy, ValueTree};
use proptest::test_runner::{Config, TestRunner};
use serde_json::{Map, Value};
use std::collections::{BTreeMap, BTreeSet};
use std::panic::AssertUnwindSafe;
use std::path::Path;
use trueup::core::code::{Category, Code, Example, Level, lay_over, whole_file};
use trueup::core::event::{Event, Outcome};
use trueup::core::expand;
use trueup::core::file::environments;
use trueup::core::graph::Graph;
use trueup::core::planner::{self, Policy};
use trueup::core::rule::Rule;
use trueup::core::source::Source;
use trueup::core::stack::Stack;
use trueup::kinds::{Entry, KINDS};
use trueup::modules;
use trueup::rules::RULES;

/// Families of codes about what AWS is never asked: the file's own language.
const LANGUAGE: &[&str] = &["FILE", "KEY", "MOD", "NAME", "NET", "NOTE", "OVR", "REF", "SMOKE", "TYPE", "USE"];

/// Other codes that the embedded AWS does not share, and the reason why each is right nevertheless.
const STRICTER: &[(&str, &str)] = &[
    ("ASG005", "AWS takes any number, and a service that can never reach it grows or shrinks without end"),
    ("ASG009", "AWS documents no longest cooldown, and a service would stand still for more than a day"),
    ("CWA019", "the same topic several times is sent once"),
    ("ECA002", "a version is sent as its line alone where minor versions are upgraded by themselves, and AWS never sees the rest"),
    ("ECA003", "AWS chooses a minor version, and every plan would choose again"),
    ("ECA015", "AWS drops a mode of TLS without TLS, and every plan would set it again"),
    ("ECA017", "the embedded AWS has no table of the engines that a node type takes"),
    ("ECR003", "AWS drops a key that nothing is encrypted with, and every plan would set it again"),
    ("ECS004", "weights of zero are refused when tasks are placed, and clusters alone place none"),
    ("ECS032", "one provider alone is sent as a launch type, without its numbers"),
    ("ECS036", "AWS documents no most, and beyond every old task beside every new one there is nothing to run"),
    ("ECS038", "the steps of another strategy are not sent"),
    ("ECS045", "the bake of a rolling deployment is not sent"),
    ("ECS077", "a port that is taken is found when the second container starts"),
    ("ECS079", "a registry refuses the name when the image is pulled, and the embedded one is not asked by every task"),
    ("ECS082", "the shell of a container drops names that it cannot have, and AWS looks at none"),
    ("ECS084", "a secret is looked for when a task starts"),
    ("ECS092", "a limit above the most is found when the container starts"),
    ("ECS095", "AWS makes an ARN of a role's name, and every plan would make the name of it again"),
    ("ECS205", "ECS looks for the key when a task starts, and not each of these services starts one"),
    ("ECS206", "where a container logs to is found when a task starts"),
    ("ECS208", "a platform that is too old is found when a task starts"),
    ("ELB005", "an Application Load Balancer always serves all zones, and is not told to"),
    ("ELB010", "a Network Load Balancer is not sent what it does not have"),
    ("ELB047", "a check over TCP is sent without path and codes"),
    ("ELB104", "AWS documents no word on the bits beyond a prefix, and a file shall say which addresses it means"),
    ("IAM004", "IAM takes several lines, and the mark in front of the text stands on one"),
    ("IAM201", "a role that nobody may take is found when it is taken"),
    ("OSD019", "the embedded AWS knows the greatest volume of few types"),
    ("RDS002", "a version is sent as its line alone where minor versions are upgraded by themselves, and AWS never sees the rest"),
    ("RDS004", "AWS chooses a minor version, and every plan would choose again"),
    ("RDS006", "a limit that is the size is sent as none"),
    ("RDS027", "a version is sent as its line alone where minor versions are upgraded by themselves, and AWS never sees the rest"),
    ("REACH201", "who reaches whom is no matter of a request"),
    ("REACH203", "who reaches whom is no matter of a request"),
    ("REACH204", "who reaches whom is no matter of a request"),
    ("S3B004", "a key is not sent with encryption that uses none"),
    ("S3B005", "AWS takes any name of a key and answers it, and the same key would look like another"),
    ("S3B202", "a bucket that the distribution may not read is found by its first visitor"),
    ("SMS003", "the days until a secret is gone are sent when it is deleted"),
    ("SMS004", "AWS takes any name of a key and answers it, and the same key would look like another"),
    ("SMS009", "how a value is made up is no matter of a request"),
    ("TAG003", "EC2 takes any letter in a tag, and some services say of none that they refuse it"),
    ("VPC059", "AWS drops ports of a rule for all protocols, and every plan would set them again"),
    ("VPC062", "AWS rounds the range of a rule, and every plan would set it again"),
    ("VPC104", "AWS documents that host names are refused without the resolver, which is turned off after them"),
];

/// Refusals that no check of a file can foresee, by a part of what is said, and the reason.
const FORGIVEN: &[(&str, &str)] = &[
    ("The specified capacity provider", "somebody may have made one of that name for instances"),
    ("Invalid Cache Node Type", "DATA210 warns: a family may be newer than the table of those that are known"),
    ("Invalid DB Instance class", "DATA210 warns: a family may be newer than the table of those that are known"),
    ("Certificate ARN '", "a certificate of the account is none of the stack's"),
    ("The specified SSL certificate doesn't exist", "a certificate of the account is none of the stack's"),
    ("The specified KMS key", "a key of the account is none of the stack's"),
    ("CannotPullContainerError", "an image may be pushed any minute"),
    ("for staging label: AWSCURRENT", "somebody may have set the value of a secret by hand"),
    ("at 'clusterConfig.instanceType'", "the service model's list is older than AWS's page of instance types"),
    ("is not a valid parameter group family", "a family that AWS has retired was one"),
    ("`minutes` in [service", "a command's time passes at once at this speed"),
    ("is outside of range", "the value of a parameter that a reference gives is known once it is made"),
];

/// Nothing is watched here on its way.
const HURRY: f64 = 10_000.0;

/// The word of the embedded AWS on one file.
#[derive(Debug, PartialEq)]
enum Word {
    Taken,
    Refused(Vec<String>),
}

/// A file that was bent, with a line for each of its bends.
struct Bent {
    base: String,
    bends: Vec<String>,
    text: String,
}

/// Returns files that validate as they are, each with its name and its text.
fn bases() -> Vec<(String, String)> {
    let whole = stacks::files().into_iter().map(|file| (file.display().to_string(), std::fs::read_to_string(&file).unwrap()));
    let right = std::fs::read_dir(Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/corpus/right")).unwrap();
    let right = right.map(|entry| entry.unwrap().path()).filter(|path| path.extension().is_some_and(|end| end == "toml"));
    let right = right.map(|file| (file.display().to_string(), std::fs::read_to_string(&file).unwrap()));
    let kinds = KINDS.iter().map(|entry| (entry.row.name.to_owned(), stack_file(entry)));
    whole.chain(right).chain(kinds).collect()
}

/// A place in a file that has a schema: the keys that lead to it.
struct Spot<'a> {
    path: Vec<String>,
    schema: &'a Value,
}

/// Follows `$ref`, and of several forms the one that fits what stands there.
fn resolved<'a>(root: &'a Value, mut schema: &'a Value, found: &Value) -> &'a Value {
    loop {
        if let Some(target) = schema["$ref"].as_str().and_then(|name| root.pointer(name.trim_start_matches('#'))) {
            schema = target;
            continue;
        }
        let Some(forms) = ["oneOf", "anyOf"].iter().find_map(|word| schema[*word].as_array()) else { return schema };
        let fits = |form: &&Value| {
            let form = resolved(root, form, found);
            let kind = &form["properties"]["kind"]["const"];
            if kind.is_null() { form["properties"].is_object() == found.is_object() } else { *kind == found["kind"] }
        };
        match forms.iter().find(fits) {
            Some(form) => schema = form,
            None => return schema,
        }
    }
}

fn spots<'a>(root: &'a Value, schema: &'a Value, found: &Value, path: &mut Vec<String>, into: &mut Vec<Spot<'a>>) {
    let schema = resolved(root, schema, found);
    match found {
        Value::Object(table) => {
            into.push(Spot { path: path.clone(), schema });
            for (key, value) in table {
                let below = if schema["properties"][key].is_null() { &schema["additionalProperties"] } else { &schema["properties"][key] };
                path.push(key.clone());
                spots(root, below, value, path, into);
                path.pop();
            }
        }
        Value::Array(items) => {
            for (at, item) in items.iter().enumerate() {
                path.push(at.to_string());
                spots(root, &schema["items"], item, path, into);
                path.pop();
            }
        }
        Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_) => into.push(Spot { path: path.clone(), schema }),
    }
}

fn at<'a>(value: &'a mut Value, path: &[String]) -> Option<&'a mut Value> {
    path.iter().try_fold(value, |value, key| match value {
        Value::Object(table) => table.get_mut(key),
        Value::Array(items) => items.get_mut(key.parse::<usize>().ok()?),
        Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_) => None,
    })
}

/// Bends a file in one place, and says what it did.
fn bend(dice: &mut Dice, root: &Value, file: &mut Value) -> Option<String> {
    let mut all = Vec::new();
    spots(root, root, file, &mut Vec::new(), &mut all);
    all.retain(|spot| !spot.path.is_empty() && spot.path[0] != "stack" && spot.path.last().is_none_or(|key| key != "kind"));
    let texts = all.iter().filter_map(|spot| at(file, &spot.path).and_then(|value| value.as_str().map(str::to_owned))).collect::<Vec<_>>();
    let Spot { path, schema } = all.swap_remove(dice.roll(all.len()));
    let place = path.join(".");
    let value = at(file, &path)?;
    match value {
        Value::Object(table) => in_table(dice, root, schema, table, &place),
        Value::String(text) => {
            let old = text.clone();
            *text = match dice.roll(3) {
                0 => texts[dice.roll(texts.len())].clone(),
                _ => slipped(dice, text),
            };
            Some(format!("{place}: {old:?} is {text:?}"))
        }
        plain => {
            let old = plain.clone();
            *plain = match (old.as_i64(), dice.roll(2)) {
                (Some(number), 0) => [number + 1, number - 1, number * 10, number / 2, 0, -number][dice.roll(6)].into(),
                (Some(_), _) => NUMBERS[dice.roll(NUMBERS.len())].into(),
                (None, _) => generator::value(dice, root, schema, 6),
            };
            Some(format!("{place}: {old} is {plain}"))
        }
    }
}

fn in_table(dice: &mut Dice, root: &Value, schema: &Value, table: &mut Map<String, Value>, place: &str) -> Option<String> {
    let there = table.keys().filter(|key| *key != "kind").cloned().collect::<Vec<_>>();
    let named = schema["properties"].as_object();
    let structural = ["for_each", "count", "enabled", "ignore", "retain", "protect"];
    let keys = named.into_iter().flatten().map(|(key, _)| key).filter(|key| *key != "kind" && !structural.contains(&key.as_str()));
    let keys = keys.collect::<Vec<_>>();
    match dice.roll(6) {
        0 if !there.is_empty() => {
            let key = &there[dice.roll(there.len())];
            table.remove(key);
            Some(format!("{place}.{key} is gone"))
        }
        1 if schema["additionalProperties"].is_object() && !there.is_empty() => {
            let key = &there[dice.roll(there.len())];
            let twin = table[key].clone();
            table.insert(format!("{key}2"), twin);
            Some(format!("{place}.{key} is there twice"))
        }
        _ if !keys.is_empty() => {
            let key = keys[dice.roll(keys.len())];
            let made = generator::value(dice, root, &schema["properties"][key], 5);
            let shown = format!("{place}.{key} = {made}");
            table.insert(key.clone(), made);
            Some(shown)
        }
        _ => None,
    }
}

/// A slip of the hand: a number that is another, a letter too many or too few, another case, much too long.
fn slipped(dice: &mut Dice, text: &str) -> String {
    let letters = text.chars().collect::<Vec<_>>();
    if letters.is_empty() {
        return "x".into();
    }
    let spot = dice.roll(letters.len());
    let digits = (0..letters.len()).filter(|at| letters[*at].is_ascii_digit()).collect::<Vec<_>>();
    let mut made = letters.clone();
    match dice.roll(7) {
        0..=2 if !digits.is_empty() => made[digits[dice.roll(digits.len())]] = ['0', '1', '2', '5', '9'][dice.roll(5)],
        0 => made.insert(spot, letters[spot]),
        1 => drop(made.remove(spot)),
        2 => made[spot] = [' ', '_', '-', '.', '/', ':', '*', 'ä', '!', '\''][dice.roll(10)],
        3 => made.insert(spot, ['_', '-', '.', '/', 'x', '9'][dice.roll(6)]),
        4 => return text.to_uppercase(),
        5 => return text.repeat(2 + dice.roll(60)),
        _ => made.reverse(),
    }
    made.into_iter().collect()
}

fn bent(numbers: &[u32], bases: &[(String, String)], root: &Value) -> Option<Bent> {
    let mut dice = Dice::new(numbers);
    let (base, text) = &bases[dice.roll(bases.len())];
    let mut file = toml::from_str::<Value>(text).unwrap();
    let many = [1, 1, 1, 2, 3][dice.roll(5)];
    let bends = (0..many).filter_map(|_| bend(&mut dice, root, &mut file)).collect::<Vec<_>>();
    generator::without_nulls(&mut file);
    let text = toml::to_string(&file).ok()?;
    (!bends.is_empty()).then(|| Bent { base: base.clone(), bends, text })
}

fn first(text: &str) -> Option<String> {
    environments(&Source::new("stack.toml", text)).into_iter().next()
}

/// The graph of a file in one environment, made as far as it can be, and the codes of its errors.
fn read(text: &str, env: Option<&str>) -> Option<(Stack, Graph, BTreeSet<&'static str>)> {
    let source = || Source::new("stack.toml", text);
    let stack = modules::parse(source(), env, &[]).ok()?;
    let (graph, _) = expand::survey(&stack);
    let errors = modules::validate(source(), env, &[]).diagnostics.into_iter().filter(|one| one.is_error());
    Some((stack, graph, errors.map(|one| one.code).collect()))
}

async fn asked(stack: &Stack, graph: &Graph) -> Word {
    let stand = Stand::at(fast(), stack, HURRY).await;
    let snapshot = stand.read(graph).await;
    let policy = Policy { created: "2026-01-01T00:00:00Z".into(), ..Policy::default() };
    let plan = planner::plan(graph, &snapshot, &policy, &find);
    let refusals = plan.refusals.iter().map(|refusal| format!("planner: {refusal:?}")).collect::<Vec<_>>();
    if !refusals.is_empty() {
        return Word::Refused(refusals);
    }
    let applied = stand.apply(&sealed(plan, snapshot)).await;
    let failed = |event: &Event| match event {
        Event::Failed { address, error, details, .. } => Some(format!("{address}: {error} {}", details.join(" / "))),
        Event::Partial { address, fields } => Some(format!("{address}: not taken: {}", fields.join(", "))),
        _ => None,
    };
    let failures = applied.events.iter().filter_map(failed).collect::<Vec<_>>();
    if applied.outcome == Outcome::Complete && failures.is_empty() { Word::Taken } else { Word::Refused(failures) }
}

#[test]
fn what_validates_is_taken_and_what_does_not_has_its_reason() {
    let (bases, root) = (bases(), modules::schema());
    // An example of one kind alone may lack what a rule asks for.
    let own = bases.iter().map(|(name, text)| (name.clone(), read(text, first(text).as_deref()).unwrap().2)).collect::<BTreeMap<_, _>>();
    let numbers = proptest::collection::vec(proptest::num::u32::ANY, 30..120);
    let cases = std::env::var("CASES").ok().and_then(|cases| cases.parse::<u32>().ok());
    // Every run looks at the same files, unless somebody looks for more.
    let mut runner = match cases {
        Some(_) => TestRunner::new(Config { failure_persistence: None, ..Config::default() }),
        None => TestRunner::deterministic(),
    };
    let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(2).enable_all().build().unwrap();
    let (mut wrong, mut stricter, mut counts) = (Vec::new(), BTreeMap::<_, Vec<String>>::new(), BTreeMap::new());
    for _ in 0..cases.unwrap_or(100) {
        let numbers = numbers.new_tree(&mut runner).unwrap().current();
        let Some(Bent { base, bends, text }) = bent(&numbers, &bases, &root) else { continue };
        let Some((stack, graph, mut errors)) = read(&text, first(&text).as_deref()) else {
            *counts.entry("refused as a file").or_insert(0) += 1;
            continue;
        };
        errors.retain(|code| !own[&base].contains(code));
        let word = std::panic::catch_unwind(AssertUnwindSafe(|| runtime.block_on(asked(&stack, &graph))));
        let shown =
            format!("{base}: {}", bends.iter().map(|bend| bend.chars().take(200).collect::<String>()).collect::<Vec<_>>().join("; "));
        let end = match (word, errors.is_empty()) {
            (Ok(Word::Taken), true) => "valid and taken",
            (Ok(Word::Refused(_)), false) => "refused by both",
            (Err(_), false) => "refused, and no plan can be made of it",
            (Ok(Word::Taken), false) => {
                for code in errors {
                    stricter.entry(code).or_default().push(shown.clone());
                }
                "refused by validate alone"
            }
            (Ok(Word::Refused(said)), true) if said.iter().all(|one| FORGIVEN.iter().any(|(part, _)| one.contains(part))) => "forgiven",
            (Ok(Word::Refused(said)), true) => {
                wrong.push(format!("{shown}\n    {}", said.join("\n    ")));
                "refused by the embedded AWS alone"
            }
            (Err(_), true) => {
                wrong.push(format!("{shown}\n    panics"));
                "panics"
            }
        };
        *counts.entry(end).or_insert(0) += 1;
    }
    println!("{counts:#?}");
    for (code, seen) in &stricter {
        println!("{code}: {} times, as in {}", seen.len(), seen[0]);
    }
    let named = |code: &str| {
        let family = code.trim_end_matches(|letter: char| letter.is_ascii_digit());
        LANGUAGE.contains(&family) || STRICTER.iter().any(|(known, _)| *known == code)
    };
    let unnamed = stricter.iter().filter(|(code, _)| !named(code)).collect::<Vec<_>>();
    assert!(wrong.is_empty(), "{} files validate and are not taken:\n{}", wrong.len(), wrong.join("\n"));
    assert!(unnamed.is_empty(), "validate alone refuses, and nobody says why: {unnamed:#?}");
}

/// The wrong examples of every check of a kind and of every rule about requests, each as a file of its own: the code that finds it,
/// the example, and the file.
fn shown_wrong() -> Vec<(&'static str, &'static str, String)> {
    let of_kind = |entry: &Entry| {
        let (file, name) = (toml::from_str::<Value>(&stack_file(entry)).unwrap(), noun(entry.row.name));
        let with = |fields: &str| {
            let (mut file, laid) = (file.clone(), here(&serde_json::from_str(fields).unwrap()));
            lay_over(&mut file["resource"][&name], laid.as_object().unwrap());
            generator::without_nulls(&mut file);
            toml::to_string(&file).unwrap()
        };
        let of_code = |code: Code| match code.example {
            Example::Spec { wrong, .. } => wrong.iter().map(|fields| (code.id, *fields, with(fields))).collect(),
            Example::Stack { .. } | Example::Readiness { .. } | Example::Scenario(_) | Example::Test(_) => Vec::new(),
        };
        (entry.row.codes)().into_iter().flat_map(of_code).collect::<Vec<_>>()
    };
    let of_rule = |rule: &Rule| match &rule.code.example {
        Example::Stack { wrong, .. } if rule.code.level == Level::Error && rule.code.category == Category::Request => {
            wrong.iter().map(|example| (rule.code.id, *example, whole_file(example))).collect()
        }
        _ => Vec::new(),
    };
    KINDS.iter().flat_map(of_kind).chain(RULES.iter().flat_map(of_rule)).collect()
}

/// A check says that AWS refuses its wrong examples: the embedded one does, or there is a reason.
///
/// `CASES=1 cargo test --test it judge::examples` looks at all of them.
#[test]
fn examples_of_checks_are_refused_where_they_are_wrong() {
    let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(2).enable_all().build().unwrap();
    // Every run looks at some, unless somebody looks at all of them.
    let step = if std::env::var_os("CASES").is_some() { 1 } else { 8 };
    let mut taken = Vec::new();
    for (code, fields, text) in shown_wrong().into_iter().step_by(step) {
        let Some((stack, graph, _)) = read(&text, first(&text).as_deref()) else { continue };
        let word = std::panic::catch_unwind(AssertUnwindSafe(|| runtime.block_on(asked(&stack, &graph))));
        let reasoned = STRICTER.iter().any(|(known, _)| *known == code);
        if matches!(word, Ok(Word::Taken)) && !reasoned {
            taken.push(format!("{code}: {fields}"));
        }
    }
    assert!(taken.is_empty(), "the embedded AWS takes what checks show wrong, and nobody says why:\n{}", taken.join("\n"));
}
