//! The law of what is shown: whatever text stands in a plan, a reading or an event, it begins no line, hides nothing, and
//! brings no colour of its own.

use super::escape::escape;
use super::{cost, failed, plan, plan_html, plan_markdown, progress, show};
use crate::core::event::{Event, Outcome};
use crate::core::identity::Scope;
use crate::core::origin::Only;
use crate::core::plan::Plan;
use crate::core::planner::Policy;
use crate::core::reason::{Found, Note, Refusal, Unready};
use crate::core::snapshot::{Snapshot, Unread};
use crate::core::source::Source;
use crate::core::visible::is_active;
use crate::kinds;
use crate::ops::plan::{Wish, draft};
use crate::ops::stack::{Choice, Loaded, parse};
use crate::pricing::catalog::Catalog;
use crate::testing::account::Account;
use proptest::prelude::*;
use serde::de::DeserializeOwned;
use serde_json::{Value, json, to_value};

/// A change and a reading that show as much as there is to show.
struct Specimens {
    plans: Vec<Value>,
    snapshot: Value,
    events: Vec<Value>,
}

/// A few resources, with images, documents, sets and costs among their values.
const STACK: &str = r#"
[stack]
name = "small"
region = "us-east-1"

[storage.files]
versioning = true

[secrets.jwt]

[resource.role]
kind = "iam.role"
assume_role_policy = { Version = "2012-10-17", Statement = [{ Effect = "Allow", Principal = { Service = "ecs-tasks.amazonaws.com" }, Action = "sts:AssumeRole" }] }

[resource.task]
kind = "ecs.task_definition"
cpu = 256
memory = 512
execution_role_arn = "${resource.role.arn}"
containers = [{ name = "app", image = "registry.example/team/app:1.4", secrets = { JWT = "${secrets.jwt.arn}" } }]

[resource.news]
kind = "sns.topic"
display_name = "News"
"#;

fn loaded(sets: &[&str]) -> Loaded {
    let sets = sets.iter().map(|set| set.to_string()).collect::<Vec<_>>();
    parse(Source::new("stack.toml", STACK), Choice { set: &sets, ..Choice::default() }).unwrap()
}

fn specimens() -> Specimens {
    let scope = Scope { stack: "small".into(), env: "default".into(), account: "123456789012".into(), region: "us-east-1".into() };
    let planned = |loaded: &Loaded, snapshot: &Snapshot, destroy: bool| {
        let policy = Policy { destroy, created: "2026-11-21T08:00:00Z".into(), ..Policy::default() };
        draft(loaded, snapshot, &Wish { policy, accepted: None, catalog: Catalog::embedded() })
    };
    let before = loaded(&[]);
    let mut account = Account::new(scope.clone());
    let first = planned(&before, &Snapshot::empty(scope), false);
    account.apply(&first).unwrap();
    let changed =
        loaded(&["resource.task.cpu=512", "resource.task.memory=1024", "storage.files.expire_days=9", "resource.news.display_name=Old"]);
    let changes = planned(&changed, account.snapshot(), false);
    let destroys = planned(&before, account.snapshot(), true);
    let plans = [first, changes, destroys].map(|plan| to_value(troubled(plan)).unwrap());
    Specimens { plans: plans.into(), snapshot: to_value(account.snapshot()).unwrap(), events: events() }
}

/// The plan with every kind of trouble that it can have.
fn troubled(mut plan: Plan) -> Plan {
    let address = plan.changes[0].address.clone();
    let [kind, name, id, state, field] = ["rds.instance", "shop", "db-1", "failed", "engine"].map(str::to_owned);
    let found = Found { code: "TEST901".into(), address: address.clone(), message: "it goes".into(), help: Some("keep it".into()) };
    plan.refusals.extend([
        Refusal::ClaimedTwice { address: address.clone(), ids: ["db-1".into(), "db-2".into()], data: Default::default() },
        Refusal::NameTaken { address: address.clone(), kind: kind.clone(), name, id: id.clone() },
        Refusal::NothingToAdopt { address: address.clone(), kind: kind.clone(), id: id.clone() },
        Refusal::AlreadyOurs { address: address.clone(), id: id.clone(), owner: address.clone() },
        Refusal::AdoptReplaces { address: address.clone(), id: id.clone(), field, before: "mysql".into(), after: Value::Null },
        Refusal::Unread { kinds: vec![kind.clone()] },
        Refusal::NeedsFailed { address: address.clone(), by: address.clone(), output: "host".into(), state: state.clone() },
        Refusal::Found(found.clone()),
    ]);
    plan.notes.extend([
        Note::NotReady { resources: vec![Unready { address: address.clone(), state: state.clone() }] },
        Note::OwesACommand { address: address.clone(), state: state.clone() },
        Note::FailedInAws { address: address.clone(), id, state: state.clone() },
        Note::TakesOver { address: address.clone(), version: "web:2".into(), left: Vec::new() },
        Note::CommandRan { address: address.clone(), version: "web:2".into(), command: "expand".into() },
        Note::PastUnread { address: address.clone(), version: "web:2".into(), reason: "denied".into() },
        Note::EmptySecret { secret: address.clone(), name: "jwt".into(), services: vec![address.clone()] },
        Note::NoImage { repository: address.clone(), image: "latest".into(), services: vec![address.clone()] },
        Note::Narrowed { only: Only::File, left: vec![address], both: vec!["a.b.size".into()] },
        Note::QuotasUnread { quotas: vec!["VPCs".into(), "roles".into()], reason: state },
        Note::Found(found),
    ]);
    plan.unread.push(Unread { kind, reason: "AccessDenied: no".into(), hint: Some("allow it".into()) });
    plan
}

fn events() -> Vec<Value> {
    let step = json!({ "step": 0, "address": "network.vpc", "kind": "ec2.vpc", "verb": "create", "requests": [] });
    let event = |name: &str, more: Value| {
        let mut event = step.clone();
        event["event"] = name.into();
        event.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
        event
    };
    let finished = Event::Finished {
        outcome: Outcome::Partial,
        done: 1,
        failed: 1,
        skipped: 0,
        partial: 0,
        seconds: 1.0,
        outputs: Default::default(),
    };
    vec![
        json!({ "event": "applying", "plan": "p", "steps": 3, "minutes": 2.0 }),
        event("began", json!({ "minutes": 2.0, "left": 2.0 })),
        event("waiting", json!({ "state": "pending" })),
        event("retrying", json!({ "reason": "throttled", "seconds": 1.0 })),
        event("done", json!({ "id": "vpc-1", "seconds": 1.0 })),
        event("failed", json!({ "error": "AccessDenied: no", "hint": "allow it" })),
        event("partial", json!({ "fields": ["tags"] })),
        json!({ "event": "unverified", "kind": "ec2.vpc", "error": "gone" }),
        json!({ "event": "read", "kind": "ec2.vpc", "found": 0, "error": "AccessDenied: no" }),
        json!({ "event": "refetching", "file": "ec2", "reason": "reset", "seconds": 1.0 }),
        json!({ "event": "stopping", "because": { "reason": "journal", "error": "full" }, "hint": "make room", "running": 0 }),
        to_value(finished).unwrap(),
    ]
}

fn texts(value: &Value) -> usize {
    match value {
        Value::String(_) => 1,
        Value::Array(items) => items.iter().map(texts).sum(),
        Value::Object(members) => members.values().map(texts).sum(),
        Value::Null | Value::Bool(_) | Value::Number(_) => 0,
    }
}

/// Puts another text in the place of one.
fn replace(value: &mut Value, at: &mut usize, text: &str) {
    match value {
        Value::String(_) if *at == 0 => (*value, *at) = (text.into(), usize::MAX),
        Value::String(_) => *at -= 1,
        Value::Array(items) => items.iter_mut().for_each(|item| replace(item, at, text)),
        Value::Object(members) => members.values_mut().for_each(|member| replace(member, at, text)),
        Value::Null | Value::Bool(_) | Value::Number(_) => {}
    }
}

/// A value with such a text in one place; none where only certain texts may stand.
fn with<T: DeserializeOwned>(value: &Value, at: usize, text: &str) -> Option<T> {
    let (mut value, mut at) = (value.clone(), at % texts(value).max(1));
    replace(&mut value, &mut at, text);
    serde_json::from_value(value).ok()
}

fn is_sound(shown: &str) {
    let plain = anstream::adapter::strip_str(&escape(shown)).to_string();
    let forged = plain.lines().find(|line| line.trim_start_matches([' ', '>', '-', '|', '*', '#', '`']).starts_with("FORGED"));
    assert_eq!(forged, None, "a line of its own:\n{plain}");
    let active = plain.chars().find(|letter| is_active(*letter));
    assert_eq!(active, None, "{plain}");
    assert!(!shown.contains("\u{1b}[7m"), "a colour that is not ours: {shown:?}");
}

/// The page has no element, and no attribute, that is not one of ours: whatever a text holds stays text.
fn is_our_markup(page: &str) {
    let body = page.split_once("<body>").map_or("", |(_, body)| body);
    const OURS: &[&str] = &[
        "main", "section", "header", "h1", "h2", "p", "br", "div", "b", "span", "small", "em", "i", "ul", "li", "code", "pre", "details",
        "summary", "svg", "title", "g", "rect", "path", "text", "body", "html",
    ];
    for element in body.split('<').skip(1) {
        let name = element.trim_start_matches('/').split([' ', '>', '/']).next().unwrap_or_default();
        assert!(OURS.contains(&name), "<{name}>");
        let inside = element.split('>').next().unwrap_or_default();
        let attributes = inside.split('"').step_by(2).flat_map(str::split_whitespace).filter(|word| word.contains('='));
        for attribute in attributes {
            let ours = ["class=", "id=", "width=", "height=", "viewBox=", "role=", "d=", "x=", "y=", "rx=", "aria-label="];
            assert!(ours.contains(&attribute), "{attribute} in <{inside}>");
        }
    }
}

fn hostile() -> impl Strategy<Value = String> {
    let piece = || {
        let letters = [
            "\n",
            "\t",
            "\r",
            "\u{1b}[7m",
            "\u{202e}",
            "\u{200b}",
            "\u{2028}",
            "`",
            "|",
            "\"",
            "\\",
            "<",
            "[",
            " ",
            "é",
            "a",
            "${",
            "arn:",
        ];
        prop::collection::vec(prop::sample::select(letters.to_vec()), 0..5).prop_map(|letters| letters.concat())
    };
    (piece(), piece()).prop_map(|(before, after)| format!("{before}\nFORGED{after}"))
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 200, failure_persistence: None, ..ProptestConfig::default() })]
    #[test]
    fn no_text_forges_a_line(text in hostile(), which in any::<usize>(), at in any::<usize>()) {
        thread_local!(static SPECIMENS: Specimens = specimens());
        SPECIMENS.with(|Specimens { plans, snapshot, events }| {
            if let Some(hostile) = with::<Plan>(&plans[which % plans.len()], at, &text) {
                for whole in [false, true] {
                    is_sound(&plan::render(&hostile, plan::View { width: 80, whole }));
                }
                is_sound(&plan::stakes(&hostile, 1, plan::View { width: 80, whole: false }));
                is_sound(&plan::saved(&hostile, None, plan::View { width: 80, whole: false }));
                let paper = plan_html::Paper { plan: &hostile, digest: None, demands: &[] };
                is_sound(&plan_markdown::markdown(paper));
                let page = plan_html::html(paper);
                is_sound(&page);
                is_our_markup(&page);
                if let Some(planned) = &hostile.cost {
                    is_sound(&cost::planned(&hostile, planned, &cost::View { detail: true, ..Default::default() }));
                    is_sound(&cost::plan_markdown(&hostile, planned, &cost::View::default()));
                }
            }
            if let Some(hostile) = with::<Snapshot>(snapshot, at, &text) {
                is_sound(&show::render(&hostile, &|name| kinds::find(name).map(|entry| &entry.row), true, 80));
            }
            let said = events.iter().enumerate().map(|(number, event)| match with(event, at, &text) {
                Some(hostile) if number == which % events.len() => hostile,
                _ => serde_json::from_value::<Event>(event.clone()).unwrap(),
            });
            progress::plain(&said.collect::<Vec<_>>(), 1.0, progress::Sort::Apply).iter().for_each(|line| is_sound(line));
            let error = anstream::adapter::strip_str(&escape(&failed(&text, Some(&text)))).to_string();
            assert!(!error.lines().any(|line| line.starts_with("FORGED")) && !error.contains(is_active), "{error}");
        });
    }
}

#[test]
fn a_narrow_plan_says_what_a_thing_is_rather_than_how_long_it_takes() {
    let file = "[stack]\nname = \"small\"\nregion = \"us-east-1\"\n[network]\n[database.main]\nclass = \"db.t4g.micro\"\n\
        [service.api]\nimage = \"public.ecr.aws/docker/library/busybox:1.37\"\n[service.own]\n";
    let loaded = parse(Source::new("stack.toml", file), Choice::default()).unwrap();
    let policy = Policy { created: "2026-11-21T08:00:00Z".into(), ..Policy::default() };
    let wish = Wish { policy, accepted: None, catalog: Catalog::embedded() };
    let plan = draft(&loaded, &Snapshot::empty(loaded.scope("123456789012")), &wish);
    let line = |width: usize, name: &str| {
        let text = plan::render(&plan, plan::View { width, whole: false });
        let text = anstream::adapter::strip_str(&text).to_string();
        let found = text.lines().find(|line| line.trim_start().starts_with(name)).unwrap_or_else(|| panic!("{name} in {text}"));
        found.to_owned()
    };
    let (narrow, wide) = (line(80, "+ instance"), line(120, "+ instance"));
    assert!(narrow.contains("db.t4g.micro") && narrow.chars().count() <= 80, "{narrow}");
    assert!(wide.contains("db.t4g.micro") && wide.contains("about ") && wide.chars().count() <= 120, "{wide}");
    let images = plan.changes.iter().filter(|change| change.kind == "ecs.task_definition").map(plan::gist_of).collect::<Vec<_>>();
    let starts = ["docker/library/busybox:1.37", "…:latest"];
    assert!(images.len() == 2 && images.iter().zip(starts).all(|(image, start)| image.starts_with(start)), "{images:?}");
}
