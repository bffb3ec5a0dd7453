//! Laws of readiness: every check can fail and can pass, every rule belongs to one, and a score says what it seems to say.

use std::collections::{BTreeMap, BTreeSet};
use trueup::core::address::Address;
use trueup::core::code::{Category, Example, Level, whole_file};
use trueup::core::quota::{Demand, Quota, Use};
use trueup::core::readiness::area::Area;
use trueup::core::readiness::assess::is_rest_of;
use trueup::core::readiness::check::{Check, Look};
use trueup::core::readiness::observed::{Alarm, Content, Image, Migrated, Observed, Subscription, Targets, Tasks};
use trueup::core::readiness::score::{Answered, CAP, Is, Report, Shut, State};
use trueup::core::rollout::observation::Reading;
use trueup::core::rule::Look as RuleLook;
use trueup::core::source::Source;
use trueup::ops::cost::Basis;
use trueup::ops::readiness::{assess, parse};
use trueup::ops::stack::Choice;
use trueup::pricing::catalog::Catalog;
use trueup::report::readiness::{html, json, markdown, text};
use trueup::rules::RULES;
use trueup::rules::readiness::CHECKS;

const TODAY: &str = "2026-11-30";

fn assessed_by(file: &str, live: Option<&Observed>) -> Report {
    let stack = parse(Source::new("stack.toml", whole_file(file)), Choice::default()).unwrap_or_else(|wrong| panic!("{file}\n{wrong:?}"));
    assess(&stack, Basis { catalog: Catalog::embedded(), today: TODAY, accepted: None }, live)
}

fn assessed(file: &str) -> Report {
    assessed_by(file, None)
}

#[track_caller]
fn of<'r>(report: &'r Report, id: &str) -> &'r Answered {
    report.answers.iter().find(|one| one.check.code.id == id).unwrap_or_else(|| panic!("there is no {id}"))
}

fn check(id: &str) -> &'static Check {
    CHECKS.iter().find(|check| check.code.id == id).unwrap_or_else(|| panic!("there is no {id}"))
}

fn address(text: &str) -> Address {
    Address::parse(text).unwrap()
}

#[test]
fn the_areas_share_a_hundred_points_and_each_has_checks_by_the_file_alone() {
    assert_eq!(Area::ALL.into_iter().map(Area::weight).sum::<u32>(), 100);
    for area in Area::ALL {
        let own = || CHECKS.iter().filter(move |check| check.area == area);
        assert!(own().filter(|check| !check.look.is_live()).count() >= 3, "{}", area.name());
        assert!(own().all(|check| check.weight > 0 && check.code.category == area.category()), "{}", area.name());
    }
    for check in CHECKS {
        assert!(check.question.ends_with('?') && !check.remedy.is_empty() && !check.remedy.ends_with('.'), "{}", check.code.id);
        assert!(check.code.id.starts_with("RDY"), "{}", check.code.id);
    }
    assert!(CHECKS.is_sorted_by_key(|check| check.code.id), "the table is in order of codes");
}

#[test]
fn each_check_of_a_file_fails_by_its_wrong_stack_and_passes_by_its_right_one() {
    let mut seen = 0;
    for check in CHECKS.iter().filter(|check| matches!(check.look, Look::Stack(_))) {
        let id = check.code.id;
        let Example::Readiness { wrong, right } = check.code.example else { panic!("{id} shows no stacks") };
        let (bad, good) = (assessed(wrong), assessed(right));
        assert_eq!(of(&bad, id).state, State::Failed, "{id}: {wrong}");
        assert_eq!(of(&good, id).state, State::Passed, "{id}: {right}\n{:#?}", of(&good, id).found);
        let found = of(&bad, id).found.iter().filter(|found| found.is == Is::Bad).collect::<Vec<_>>();
        assert!(
            !found.is_empty() && found.iter().all(|one| one.place.is_some() && one.help.is_some() && !one.says.is_empty()),
            "{id}: {found:#?}"
        );
        assert_eq!(bad.blockers().any(|one| one.code == id), check.blocks, "{id}");
        seen += 1;
    }
    assert!(seen > 25, "only {seen}");
}

#[test]
fn what_rules_find_fails_its_check() {
    let table = [
        ("RDY101", "NET210"),
        ("RDY105", "NET211"),
        ("RDY201", "OPS201"),
        ("RDY207", "DATA202"),
        ("RDY301", "SEC202"),
        ("RDY302", "SEC203"),
        ("RDY303", "SEC205"),
        ("RDY304", "SEC206"),
        ("RDY308", "SEC211"),
        ("RDY407", "ECS203"),
        ("RDY502", "MON201"),
        ("RDY508", "MON202"),
        ("RDY604", "COST203"),
        ("RDY708", "ECS205"),
        ("RDY801", "REACH203"),
        ("RDY802", "REACH201"),
    ];
    let rows = CHECKS.iter().filter(|check| matches!(check.look, Look::Rules { .. } | Look::Rest { .. })).map(|check| check.code.id);
    assert_eq!(rows.collect::<Vec<_>>(), table.map(|(id, _)| id));
    for (id, rule) in table {
        let codes = match check(id).look {
            Look::Rules { codes, .. } => codes.to_vec(),
            _ => vec![rule],
        };
        assert!(codes.contains(&rule), "{id}");
        for rule in codes {
            let rule = RULES.iter().find(|one| one.code.id == rule).unwrap_or_else(|| panic!("{id}: there is no {rule}"));
            let Example::Stack { wrong, right } = rule.code.example else { panic!("{} shows no stacks", rule.code.id) };
            for example in wrong {
                let report = assessed(example);
                assert_eq!(of(&report, id).state, State::Failed, "{id} by {}:\n{example}", rule.code.id);
                let own = of(&report, id).found.iter().find(|found| found.code == rule.code.id);
                assert!(own.is_some_and(|found| found.place.is_some() && found.help.is_some()), "{id} by {}", rule.code.id);
                let blocks = check(id).blocks || rule.code.level == Level::Error;
                assert_eq!(report.blockers().any(|found| found.code == rule.code.id), blocks, "{id} by {}", rule.code.id);
            }
            for example in right {
                let state = of(&assessed(example), id).state;
                assert!(matches!(state, State::Passed | State::NotApplicable), "{id} by {}: {state:?}\n{example}", rule.code.id);
            }
        }
    }
}

#[test]
fn every_rule_that_reads_files_belongs_to_exactly_one_check() {
    let named = |code: &str| {
        let by_name =
            |check: &&Check| check.same.contains(&code) || matches!(check.look, Look::Rules { codes, .. } if codes.contains(&code));
        CHECKS.iter().filter(by_name).count()
    };
    let mut wrong = Vec::new();
    for rule in RULES.iter().filter(|rule| matches!(rule.look, RuleLook::Resources(_) | RuleLook::Usage(_) | RuleLook::Commitments(_))) {
        let rest = CHECKS.iter().filter(|check| is_rest_of(check, rule.code.category, rule.code.level)).count();
        // What AWS refuses is of no area, and blocks by itself.
        let refuses = rule.code.category == Category::Request && rule.code.level == Level::Error;
        if named(rule.code.id) > 1 || named(rule.code.id) == 0 && rest != 1 && !refuses {
            wrong.push(rule.code.id);
        }
    }
    assert_eq!(wrong, Vec::<&str>::new());
    let known = RULES.iter().map(|rule| rule.code.id).collect::<BTreeSet<_>>();
    for check in CHECKS {
        let codes = if let Look::Rules { codes, .. } = check.look { codes } else { &[] };
        assert!(codes.iter().chain(check.same).all(|code| known.contains(code)), "{}", check.code.id);
    }
}

/// A service behind a load balancer with a database, a secret, an alarm and a topic.
const LIVE: &str = r#"
[network]
[database.main]
[secrets.key]
[service.web]
port = 80
environment = { KEY = { secret = "key" }, DB = "${database.main.host}" }
[service.web.rollout.migrate]
expand = ["bin/migrate", "up"]
[monitoring]
emails = ["ops@example.com"]
alarms = ["errors"]
"#;

fn known<T>(name: &str, value: T) -> BTreeMap<Address, Reading<T>> {
    BTreeMap::from([(address(name), Reading::Known(value))])
}

fn unknown<T>(name: &str) -> BTreeMap<Address, Reading<T>> {
    BTreeMap::from([(address(name), Reading::Unknown("AccessDenied".into()))])
}

/// All that is live, and well.
fn well() -> Observed {
    Observed {
        account: "123456789012".into(),
        changes: Some(Reading::Known(Vec::new())),
        migrations: known("service.web.service", Migrated::Succeeded),
        tasks: known("service.web.service", Tasks::There { desired: 2, running: 2 }),
        targets: known("service.web.service", Some(Targets { healthy: 2, unhealthy: 0 })),
        images: BTreeMap::from([(address("service.web.service"), vec![("web:1.4".into(), Reading::Known(Image::There))])]),
        secrets: known("secrets.key.secret", Content::Set),
        alarms: known("monitoring.service.web.errors", Alarm::Ok),
        subscriptions: known("monitoring.topic", Some(vec![Subscription { end: "ops@example.com".into(), confirmed: true }])),
        rooms: vec![(addresses(2), Reading::Known(Use { quota: 5, used: BTreeMap::from([(String::new(), 3)]) }))],
    }
}

/// So many addresses that are still to be made.
fn addresses(count: u64) -> Demand {
    let made = vec![(address("service.web.service"), count)];
    Demand { quota: Quota::Addresses, zone: String::new(), made, freed: 0, peak: count }
}

#[test]
fn each_check_of_what_is_live_fails_and_passes() {
    let tasks = |desired, running| known("service.web.service", Tasks::There { desired, running });
    let targets = |healthy, unhealthy| known("service.web.service", Some(Targets { healthy, unhealthy }));
    let image = |reading| BTreeMap::from([(address("service.web.service"), vec![("web:1.4".to_owned(), reading)])]);
    let (service, secret, alarm, topic) =
        ("service.web.service", "secrets.key.secret", "monitoring.service.web.errors", "monitoring.topic");
    let open = vec![Subscription { end: "ops@example.com".into(), confirmed: false }];
    let failed = Migrated::Failed { how: "it ended with exit code 1, task 0f3c".into() };
    // Each with something that fails it, all of which it says, and with what nobody can tell.
    let table: Vec<(&str, Vec<Observed>, Observed)> = vec![
        (
            "RDY251",
            vec![
                Observed { migrations: known(service, Migrated::NotRun { version: "web:7".into() }), ..well() },
                Observed { migrations: known(service, failed), ..well() },
                Observed { migrations: known(service, Migrated::TakenBack), ..well() },
                Observed { migrations: known(service, Migrated::Absent), ..well() },
                Observed {
                    migrations: known(service, Migrated::CleanupFailed { how: "it ended with exit code 1, task 0f3c".into() }),
                    ..well()
                },
            ],
            Observed { migrations: known(service, Migrated::Open { task: "0f3c".into() }), ..well() },
        ),
        (
            "RDY351",
            vec![
                Observed { secrets: known(secret, Content::Empty), ..well() },
                Observed { secrets: known(secret, Content::Placeholders), ..well() },
                Observed { secrets: known(secret, Content::Absent), ..well() },
            ],
            Observed { secrets: unknown(secret), ..well() },
        ),
        (
            "RDY451",
            vec![
                Observed { targets: targets(0, 2), ..well() },
                Observed { targets: targets(1, 1), ..well() },
                Observed { targets: targets(0, 0), ..well() },
                Observed { targets: known(service, None), ..well() },
            ],
            Observed { targets: unknown(service), ..well() },
        ),
        (
            "RDY452",
            vec![Observed { tasks: tasks(2, 1), ..well() }, Observed { tasks: tasks(0, 0), ..well() }],
            Observed { tasks: unknown(service), ..well() },
        ),
        (
            "RDY551",
            vec![Observed { alarms: known(alarm, Alarm::NoData), ..well() }, Observed { alarms: known(alarm, Alarm::Absent), ..well() }],
            Observed { alarms: unknown(alarm), ..well() },
        ),
        (
            "RDY552",
            vec![
                Observed { subscriptions: known(topic, Some(open)), ..well() },
                Observed { subscriptions: known(topic, Some(Vec::new())), ..well() },
                Observed { subscriptions: known(topic, None), ..well() },
            ],
            Observed { subscriptions: unknown(topic), ..well() },
        ),
        ("RDY553", vec![Observed { alarms: known(alarm, Alarm::Alarm), ..well() }], Observed { alarms: unknown(alarm), ..well() }),
        (
            "RDY751",
            vec![Observed { changes: Some(Reading::Known(vec![address(service)])), ..well() }],
            Observed { changes: Some(Reading::Unknown("AccessDenied".into())), ..well() },
        ),
        (
            "RDY752",
            vec![
                Observed { images: image(Reading::Known(Image::Missing)), ..well() },
                Observed { images: image(Reading::Known(Image::Absent)), ..well() },
            ],
            Observed { images: image(Reading::Unknown("AccessDenied".into())), ..well() },
        ),
        (
            "RDY753",
            vec![Observed { rooms: well().rooms.into_iter().map(|(_, own)| (addresses(3), own)).collect(), ..well() }],
            Observed { rooms: vec![(addresses(3), Reading::Unknown("AccessDenied".into()))], ..well() },
        ),
    ];
    let rows = CHECKS.iter().filter(|check| check.look.is_live()).map(|check| check.code.id).collect::<BTreeSet<_>>();
    assert_eq!(rows, table.iter().map(|(id, ..)| *id).collect());
    let good = assessed_by(LIVE, Some(&well()));
    for (id, wrong, unclear) in table {
        assert_eq!(of(&good, id).state, State::Passed, "{id}: {:#?}", of(&good, id).found);
        assert_eq!(of(&assessed(LIVE), id).state, State::NotLooked, "{id}");
        for observed in wrong {
            let report = assessed_by(LIVE, Some(&observed));
            let one = of(&report, id);
            assert_eq!(one.state, State::Failed, "{id}: {observed:#?}");
            assert!(one.found.iter().all(|found| found.place.is_some() && found.help.is_some()), "{id}: {:#?}", one.found);
            assert_eq!(report.blockers().any(|found| found.code == id), check(id).blocks, "{id}");
            assert!(report.score().points < good.score().points || report.score().points == CAP, "{id}");
        }
        let report = assessed_by(LIVE, Some(&unclear));
        assert_eq!(of(&report, id).state, State::Unknown, "{id}");
        assert!(report.score().at_most > report.score().uncapped, "{id}: {:?}", report.score());
        assert!(matches!(report.shut(1), Some(Shut::Unknown(1..))), "{id}: no gate lets it pass");
        let marks =
            [("text", text(&report, 80)), ("markdown", markdown(&report)), ("html", html(&report)), ("json", json(&report).to_string())];
        for (form, shown) in marks {
            assert!(shown.contains("nknown") && shown.contains(id), "{id}: {form}");
        }
    }
}

#[test]
fn a_topic_that_no_alarm_goes_to_may_be_without_subscribers() {
    let file = format!("{LIVE}[resource.events]\nkind = \"sns.topic\"\n");
    let subscriptions = well().subscriptions.into_iter().chain(known("resource.events", Some(Vec::new()))).collect();
    assert_eq!(of(&assessed_by(&file, Some(&Observed { subscriptions, ..well() })), "RDY552").state, State::Passed);
}

#[test]
fn images_that_nobody_here_can_ask_for_do_not_count() {
    let elsewhere = vec![("nginx:1.29".to_owned(), Reading::Known(Image::Elsewhere))];
    let observed = Observed { images: BTreeMap::from([(address("service.web.service"), elsewhere)]), ..well() };
    assert_eq!(of(&assessed_by(LIVE, Some(&observed)), "RDY752").state, State::NotApplicable);
}

/// Every stack of this repository, and every example of a rule.
fn stacks() -> Vec<(String, Report)> {
    let mut found = Vec::new();
    for folder in ["stacks", "templates", "examples"] {
        for entry in std::fs::read_dir(std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join(folder)).unwrap() {
            let path = entry.unwrap().path();
            if path.extension().is_none_or(|extension| extension != "toml") {
                continue;
            }
            let source = Source::new(path.display().to_string(), std::fs::read_to_string(&path).unwrap());
            let envs = trueup::core::file::environments(&source);
            for env in envs.iter().map(|env| Some(env.as_str())).chain(envs.is_empty().then_some(None)) {
                let stack = parse(source.clone(), Choice { env, ..Choice::default() }).unwrap();
                let basis = Basis { catalog: Catalog::embedded(), today: TODAY, accepted: None };
                found.push((format!("{} {env:?}", source.name), assess(&stack, basis, None)));
            }
        }
    }
    let examples =
        RULES.iter().filter_map(|rule| if let Example::Stack { wrong, right } = rule.code.example { Some([wrong, right]) } else { None });
    found.extend(examples.flatten().flatten().map(|example| ((*example).to_owned(), assessed(example))));
    found
}

#[test]
fn the_points_of_a_score_add_up_for_every_stack() {
    let mut seen = 0;
    for (name, report) in stacks() {
        let score = report.score();
        let lost = report.answers.iter().map(|one| report.lost(one)).sum::<f64>();
        assert!((f64::from(score.uncapped) - (100.0 - lost)).abs() <= 1.0, "{name}: {score:?}, {lost} lost");
        assert!(score.points <= score.uncapped && score.points <= score.at_most, "{name}: {score:?}");
        assert!(score.blockers == 0 || score.points <= CAP, "{name}: {score:?}");
        assert_eq!(score.uncapped == 100, report.answers.iter().all(|one| !matches!(one.state, State::Failed | State::Unknown)), "{name}");
        // An answer never counts for more than what it was asked for.
        assert!(report.answers.iter().all(|one| one.good + one.unknown <= one.asked), "{name}");
        for shown in [text(&report, 80), markdown(&report), html(&report), json(&report).to_string()] {
            assert!(shown.contains(&report.owner), "{name}");
        }
        seen += 1;
    }
    assert!(seen > 150, "only {seen}");
}

#[test]
fn the_readme_shows_how_its_stack_begins() {
    let root = std::path::Path::new(env!("CARGO_MANIFEST_DIR"));
    let file = "stacks/registry.toml";
    let source = Source::new(file, std::fs::read_to_string(root.join(file)).unwrap());
    let stack = parse(source, Choice { env: Some("production"), ..Choice::default() }).unwrap();
    let report = assess(&stack, Basis { catalog: Catalog::embedded(), today: TODAY, accepted: None }, None);
    let says = anstream::adapter::strip_str(&text(&report, 80)).to_string();

    let readme = std::fs::read_to_string(root.join("README.md")).unwrap();
    let command = format!("```text\n$ trueup readiness {file} --env production\n");
    let shown = readme.split_once(&command).and_then(|(_, rest)| rest.split_once("  …\n```")).map(|(block, _)| block);
    let shown = shown.expect("README shows how a report begins");
    assert!(shown.contains("RDY"), "{shown}");
    let lines = shown.lines().count();
    let begins = says.lines().take(lines).map(|line| format!("{line}\n")).collect::<String>();
    assert_eq!(shown, begins, "README.md shows another report than the program prints");
}

#[test]
fn no_line_of_the_text_is_wider_than_the_terminal() {
    for (name, report) in stacks() {
        let shown = anstream::adapter::strip_str(&text(&report, 80)).to_string();
        // Words between backticks, values and paths are not broken.
        let wide = shown.lines().filter(|line| line.chars().count() > 80 && !line.contains(['`', '/', '"', '='])).collect::<Vec<_>>();
        assert_eq!(wide, Vec::<&str>::new(), "{name}");
    }
}

#[test]
fn what_is_accepted_counts_as_well_and_is_shown_with_its_reason() {
    let file = |accept: &str| format!("[network]\n[database.main]\nbackup_days = 0\n{accept}");
    let bare = assessed(&file(""));
    assert_eq!(bare.blockers().map(|found| found.code).collect::<Vec<_>>(), ["OPS201"]);
    let accept = |rule: &str, rest: &str| {
        file(&format!("[[accept]]\nrule = \"{rule}\"\naddress = \"database.main\"\nbecause = \"it is filled anew\"\n{rest}"))
    };
    let report = assessed(&accept("OPS201", ""));
    assert_eq!(report.blockers().count(), 0);
    assert_eq!(of(&report, "RDY201").state, State::Passed);
    assert!(report.score().uncapped > bare.score().uncapped && !report.score().is_capped(), "{:?}", report.score());
    for shown in [text(&report, 80), markdown(&report), html(&report), json(&report).to_string()] {
        assert!(shown.split_whitespace().collect::<Vec<_>>().join(" ").contains("it is filled anew"), "{shown}");
    }
    // A question of our own is accepted by its own code, and by that of a rule that finds a part of the same.
    assert_eq!(of(&assessed(&accept("RDY401", "")), "RDY401").state, State::Passed);
    assert_eq!(of(&assessed(&accept("DATA206", "")), "RDY401").state, State::Passed);
    // Until a day is until that day.
    let standing = |until: &str| of(&assessed(&accept("OPS201", &format!("until = \"{until}\""))), "RDY201").state;
    assert_eq!((standing(TODAY), standing("2026-11-29")), (State::Passed, State::Failed));
    // One that has nothing to accept says so, and `validate` leaves it to readiness.
    let vain = accept("RDY204", "");
    assert_eq!(assessed(&vain).vain, ["RDY204"]);
    assert_eq!(assessed(&accept("RDY251", "")).vain, Vec::<String>::new(), "nobody has looked");
    let found = trueup::modules::validate(Source::new("stack.toml", whole_file(&vain)), None, &[]).diagnostics;
    assert_eq!(found.iter().map(|one| one.code).collect::<Vec<_>>(), ["OPS201"]);
}

#[test]
fn weights_of_the_file_hold_for_readiness_too() {
    let file = |checks: &str| format!("[network]\n[database.main]\n[checks]\n{checks}");
    assert_eq!(assessed(&file("deny = [\"RDY401\"]")).blockers().map(|found| found.code).collect::<Vec<_>>(), ["RDY401"]);
    let allowed = assessed(&file("allow = [\"RDY401\"]"));
    assert_eq!(of(&allowed, "RDY401").state, State::Passed);
    assert!(allowed.accepted().any(|found| found.code == "RDY401"), "it is shown");
}

#[test]
fn an_error_of_the_file_blocks_and_leaves_unknown_what_it_hides() {
    let report = assessed("[network]\n[database.main]\nversion = \"3\"\n[service.web]\nimage = \"nginx:1.29\"");
    let first = report.blockers().next().unwrap();
    assert!(first.code.starts_with("RDS") && first.place.as_ref().is_some_and(|place| place.line == 6), "{first:#?}");
    assert!(report.score().points <= CAP && report.score().unknown > 0, "{:?}", report.score());
    assert!(report.shut(1).is_some());
    assert_eq!(of(&report, "RDY602").state, State::Unknown, "what cannot be made has no price");
}

#[test]
fn what_aws_refuses_blocks_whatever_it_is_about() {
    for rule in RULES.iter().filter(|rule| rule.code.category == Category::Request) {
        let Example::Stack { wrong, .. } = rule.code.example else { continue };
        let report = assessed(wrong[0]);
        let blocks = report.blockers().any(|found| found.code == rule.code.id);
        assert_eq!(blocks, rule.code.level == Level::Error, "{}", rule.code.id);
        // A warning of what it may refuse counts as what keeps a version from being delivered.
        let counts = of(&report, "RDY708").found.iter().any(|found| found.code == rule.code.id);
        assert_eq!(counts, rule.code.level == Level::Warning, "{}", rule.code.id);
        assert!(!blocks || report.score().points <= CAP, "{}", rule.code.id);
    }
}

#[test]
fn a_gate_refuses_fewer_points_and_whatever_is_unknown() {
    let report = assessed("[network]");
    let points = report.score().points;
    assert_eq!(report.shut(points), None);
    assert_eq!(report.shut(points + 1), Some(Shut::Under { points, least: points + 1 }));
    // Subnets of somebody else's: nobody can tell which zones these are in.
    let foreign = "[network]\n[service.web]\nimage = \"nginx:1.29\"\n[override.\"service.web.service\"]\nsubnet_ids = [\"subnet-0123456789abcdef0\", \"subnet-0123456789abcdef1\"]";
    let report = assessed(foreign);
    assert_eq!(of(&report, "RDY102").state, State::Unknown);
    assert!(matches!(report.shut(1), Some(Shut::Unknown(_))));
}

#[test]
fn ways_that_nobody_can_tell_are_unknown() {
    let file = "[network]\n[database.main]\n[service.web]\nimage = \"nginx:1.29\"\nenvironment = { DB_HOST = \"${database.main.host}\" }\n[override.\"service.web.service\"]\nsecurity_group_ids = [\"sg-0123456789abcdef0\"]";
    let report = assessed(file);
    assert_eq!(of(&report, "RDY801").state, State::Unknown, "{:#?}", of(&report, "RDY801").found);
    assert!(report.unknown().any(|(one, found)| one.check.code.id == "RDY801" && found.says.contains("database.main")));
}

#[test]
fn an_address_is_its_own_host_only_where_nobody_listens() {
    let state = |variables: &str| {
        let file = format!("[network]\n[service.web]\nimage = \"nginx:1.29\"\nport = 80\nenvironment = {{ {variables} }}");
        of(&assessed(&file), "RDY803").state
    };
    for wrong in [
        "REDIS_URL = \"redis://localhost:6379/0\"",
        "DATABASE_HOST = \"127.0.0.1\"",
        "DATABASE_URL = \"postgres://app@localhost/app\"",
        "CACHE_ENDPOINT = \"[::1]:6379\"",
        "SEARCH_URL = \"\"",
    ] {
        assert_eq!(state(wrong), State::Failed, "{wrong}");
    }
    for right in [
        "REDIS_URL = \"rediss://cache.example.com:6379\"",
        "SELF_URL = \"http://localhost:80\"",
        "LISTEN_ADDR = \"127.0.0.1:9000\"",
        "SUPPORT_URL = \"\"",
        "CORS_ORIGIN_URL = \"http://localhost:3000\"",
    ] {
        assert!(matches!(state(right), State::Passed | State::NotApplicable), "{right}");
    }
}

/// A team that has done all of it but one thing.
const CAREFUL: &str = r#"
[stack]
name = "registry"
region = "us-east-1"
account = "123456789012"
budget = { monthly = 400 }
[network]
nat = "per-zone"
data_subnets = true
[database.main]
version = "16"
storage = 20
max_storage = 100
backup_days = 14
multi_az = true
logs = ["postgresql"]
[cache.main]
nodes = 2
[storage.packages]
versioning = true
[secrets.session-key]
[service.api]
statements = [{ Effect = "Allow", Action = ["s3:GetObject", "s3:PutObject"], Resource = "${storage.packages.arn}/*" }]
image = "123456789012.dkr.ecr.us-east-1.amazonaws.com/api@sha256:0000000000000000000000000000000000000000000000000000000000000000"
port = 8080
protect = true
certificate = "arn:aws:acm:us-east-1:123456789012:certificate/12345678-1234-1234-1234-123456789012"
scale = { min = 2, max = 6 }
[service.api.environment]
DATABASE_HOST = "${database.main.host}"
DATABASE_PASSWORD = { secret = "${database.main.secret}", key = "password" }
REDIS_URL = "${cache.main.url}"
PACKAGES_BUCKET = "${storage.packages.bucket}"
SESSION_KEY = { secret = "session-key" }
[service.api.rollout.migrate]
expand = ["bin/migrate", "up"]
[service.api.rollout]
host = "api.example.com"
[[service.api.rollout.smoke]]
path = "/health"
[monitoring]
emails = ["ops@example.com"]
[usage."service.api"]
requests = 1_000_000
"#;

#[test]
fn a_team_that_tells_nobody_of_its_rollouts_and_does_all_else_has_99_points() {
    let report = assessed(CAREFUL);
    let failed = report.of(State::Failed).map(|one| one.check.code.id).collect::<Vec<_>>();
    assert_eq!((report.score().points, failed), (99, vec!["RDY706"]), "{}", text(&report, 80));
    let told = CAREFUL.replace("[monitoring]", "[service.api.rollout.notify]\nslack = { env = \"SLACK_WEBHOOK\" }\n[monitoring]");
    assert_eq!(assessed(&told).score().points, 100);
}

/// A team with a good infrastructure that does not hang together.
const LOOSE: &str = r#"
[stack]
name = "quotes"
region = "us-east-1"
budget = { monthly = 300 }
[network]
data_subnets = true
[database.main]
max_storage = 100
[cache.limits]
[secrets.rates]
keys = ["token"]
[service.api]
port = 8080
scale = { min = 2, max = 6 }
certificate = "arn:aws:acm:us-east-1:123456789012:certificate/12345678-1234-1234-1234-123456789012"
[service.api.environment]
DATABASE_HOST = "${database.main.host}"
REDIS_URL = "redis://localhost:6379"
RATES_TOKEN = { secret = "rates", key = "token" }
[service.api.rollout.migrate]
expand = ["bin/migrate", "up"]
[service.worker]
tasks = 1
environment = { DATABASE_HOST = "${database.main.host}" }
[override."database.main.security-group"]
ingress = [{ from_port = 5432, to_port = 5432, security_group_id = "${service.api.security-group.id}" }]
[monitoring]
emails = ["ops@example.com"]
"#;

#[test]
fn a_team_whose_parts_do_not_hang_together_has_65_points_and_its_blockers_by_name() {
    let there = || Reading::Known(Tasks::There { desired: 2, running: 2 });
    let observed = Observed {
        migrations: known("service.api.service", Migrated::NotRun { version: "quotes-api:12".into() }),
        tasks: BTreeMap::from([(address("service.api.service"), there()), (address("service.worker.service"), there())]),
        targets: known("service.api.service", Some(Targets { healthy: 2, unhealthy: 0 })),
        secrets: known("secrets.rates.secret", Content::Placeholders),
        subscriptions: known("monitoring.topic", Some(vec![Subscription { end: "ops@example.com".into(), confirmed: false }])),
        images: BTreeMap::new(),
        alarms: BTreeMap::new(),
        ..well()
    };
    let report = assessed_by(LOOSE, Some(&observed));
    let blockers = report.blockers().map(|found| found.code).collect::<Vec<_>>();
    assert_eq!(blockers, ["RDY251", "RDY351", "RDY552", "REACH203", "RDY803"], "{}", text(&report, 80));
    let share = |area: Area| report.shares().into_iter().find(|share| share.area == area).unwrap().per_cent.unwrap();
    assert_eq!(report.score().points, 65);
    assert!(report.score().is_capped() && share(Area::Integration) < 60 && share(Area::Network) > 80, "{:#?}", report.shares());
    let lines = report.blockers().map(|found| found.place.as_ref().map(|place| place.line)).collect::<Vec<_>>();
    let line = |text: &str| LOOSE.lines().position(|line| line.starts_with(text)).map(|at| at + 1);
    assert_eq!(lines, ["[service.api]", "[secrets.rates]", "[monitoring]", "ingress", "REDIS_URL"].map(line));
}

#[test]
fn nothing_of_a_file_forges_markup_or_lines() {
    let file = "[stack]\nname = \"shop\"\nregion = \"us-east-1\"\n[network]\n[database.main]\nbackup_days = 0\n[[accept]]\nrule = \"OPS201\"\nbecause = \"<script>alert(1)</script> | **bold** \\n# heading @team\"";
    let report = assessed(file);
    let page = html(&report);
    assert!(!page.contains("<script>alert") && page.contains("&lt;script&gt;alert"), "{page}");
    let shown = markdown(&report);
    assert!(!shown.contains("**bold**") && !shown.lines().any(|line| line.starts_with("# heading")), "{shown}");
}
