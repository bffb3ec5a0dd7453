//! Pipelines that `trueup ci` writes: read as YAML, held to what a careful person asks of one, and run step by step as a runner would,
//! with a stand-in for the service and its tokens.

mod runner;
mod service;

use super::served::Served;
use super::{Desk, SMALL, shipped};
use expect_test::expect_file;
use runner::Runner;
use serde_json::Value;
use service::Service;
use std::collections::{BTreeMap, BTreeSet};
use std::process::Command;
use trueup::core::rights::action;

/// Set to leave out what needs Python and a package of it.
const SKIP: &str = "TRUEUP_SKIP_WIRE_TESTS";

const STACK: &str = r#"
[stack]
name = "small"
region = "us-east-1"
account = "123456789012"

[storage.files]
protect = false
force_destroy = true

[env.production]
[env.staging]
"#;

const SHA256: &str = "0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef";
const ARCHIVE: &[&str] = &["--archive", "https://example.com/trueup-0.1.0-linux.tar.gz", "--sha256", SHA256];

fn yaml(text: &str) -> Value {
    serde_norway::from_str(text).unwrap_or_else(|error| panic!("{error}:\n{text}"))
}

fn written(desk: &Desk, args: &[&str]) -> String {
    desk.run(&[&["ci"][..], args, &["--stdout"]].concat()).exits(0).out
}

#[test]
fn what_is_written_is_what_was_read_last() {
    let desk = Desk::with(STACK);
    let stack = ["stack.toml"];
    expect_file!["pipelines/github.yml"].assert_eq(&written(&desk, &[&["github"][..], &stack, ARCHIVE].concat()));
    expect_file!["pipelines/gitlab.yml"].assert_eq(&written(&desk, &[&["gitlab"][..], &stack, ARCHIVE].concat()));
}

#[test]
fn a_workflow_takes_no_more_than_it_needs() {
    let signed = format!(
        "{STACK}\n[env.production.stack]\nstore = \"s3://acme-trueup/ci\"\n[env.production.stack.approval]\nsigners = \"allowed_signers\"\n"
    );
    for (stack, more) in [(STACK, &[][..]), (&signed, ARCHIVE)] {
        let desk = Desk::with(stack);
        let text = written(&desk, &[&["github"][..], more].concat());
        let workflow = yaml(&text);
        assert_eq!(workflow["permissions"], serde_json::json!({}));
        for (name, job) in workflow["jobs"].as_object().unwrap() {
            let permissions = job["permissions"].as_object().unwrap_or_else(|| panic!("{name} says no permissions"));
            let may = |what: &str| permissions.get(what).and_then(Value::as_str);
            assert!(job["timeout-minutes"].as_u64().is_some_and(|minutes| minutes <= 360), "{name}");
            assert_eq!(may("id-token").is_some(), name.starts_with("plan-") || name.starts_with("apply-"), "{name}");
            assert_eq!(may("pull-requests").is_some(), name == "comment", "{name}");
            assert_eq!(may("contents").unwrap_or("read"), "read", "{name}");
            if let Some(env) = name.strip_prefix("apply-") {
                assert_eq!((&job["environment"], &job["concurrency"]["cancel-in-progress"]), (&Value::from(env), &Value::from(false)));
                assert!(job["if"].as_str().unwrap().contains("github.ref == 'refs/heads/main'"), "{name}");
            }
            if name.starts_with("plan-") {
                assert!(job["if"].as_str().unwrap().contains("head.repo.full_name == github.repository"), "{name} plans for forks");
            }
            for step in job["steps"].as_array().unwrap() {
                if let Some(uses) = step["uses"].as_str() {
                    let (action, commit) = uses.split_once('@').unwrap();
                    let whole = commit.len() == 40 && commit.bytes().all(|byte| byte.is_ascii_hexdigit());
                    assert!(whole && action.starts_with("actions/"), "{uses}");
                    assert!(action != "actions/checkout" || step["with"]["persist-credentials"] == false, "{name}");
                }
                // What only a run knows is no part of a command.
                assert!(!step["run"].as_str().unwrap_or_default().contains("${{"), "{step}");
            }
        }
        // Staging is first, whatever the file's order is, and production waits for it.
        assert_eq!(workflow["jobs"]["apply-production"]["needs"][1], "apply-staging");
        assert_eq!(text.contains("[stack.approval]"), stack == signed);
    }
}

#[test]
fn a_part_of_gitlab_waits_where_it_must_and_is_cut_off_by_nobody() {
    let desk = Desk::with(STACK);
    for more in [&[][..], ARCHIVE] {
        let part = yaml(&written(&desk, &[&["gitlab"][..], more].concat()));
        for env in ["staging", "production"] {
            let (plan, apply) = (&part[format!("trueup small plan {env}")], &part[format!("trueup small apply {env}")]);
            assert_eq!(
                (&apply["interruptible"], &apply["resource_group"]),
                (&Value::from(false), &Value::from(format!("trueup-small-{env}")))
            );
            let when = if env == "production" { Value::from("manual") } else { Value::Null };
            assert_eq!((&apply["rules"][0]["when"], &apply["environment"]["name"]), (&when, &Value::from(env)));
            assert!(plan["rules"][0]["if"].as_str().unwrap().contains("$CI_MERGE_REQUEST_SOURCE_PROJECT_ID == $CI_PROJECT_ID"), "{plan}");
            assert_eq!(plan["artifacts"]["access"], "developer");
        }
    }
}

#[test]
fn the_services_own_schemas_take_them() {
    if std::env::var_os(SKIP).is_some_and(|value| value != "0") {
        return;
    }
    let home = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("target/pipeline-python");
    let check = home.join("bin/check-jsonschema");
    if !check.exists() {
        let run = |command: &mut Command| assert!(command.status().unwrap().success(), "{SKIP}=1 leaves this test out");
        run(Command::new("python3").args(["-m", "venv"]).arg(&home));
        run(Command::new(home.join("bin/python")).args(["-m", "pip", "install", "--quiet", "check-jsonschema==0.39.0"]));
    }
    for more in [&[][..], ARCHIVE] {
        let desk = Desk::with(STACK);
        desk.run(&[&["ci", "github"][..], more].concat()).exits(0);
        desk.run(&[&["ci", "gitlab"][..], more].concat()).exits(0);
        for (schema, file) in
            [("vendor.github-workflows", ".github/workflows/trueup-small.yml"), ("vendor.gitlab-ci", ".gitlab/ci/trueup-small.yml")]
        {
            let ran = Command::new(&check).args(["--builtin-schema", schema]).arg(desk.path(file)).output().unwrap();
            assert!(ran.status.success(), "{}", String::from_utf8_lossy(&ran.stdout));
        }
    }
}

#[test]
fn a_file_that_somebody_changed_is_written_over_only_on_demand() {
    let desk = Desk::with(STACK);
    const FILE: &str = ".github/workflows/trueup-small.yml";
    assert!(desk.run(&["ci", "github", "--check"]).exits(2).err.contains("is not there"));
    let first = desk.run(&["ci", "github"]).exits(0);
    assert!(
        first.err.contains("wrote .github/workflows/trueup-small.yml") && first.err.contains("TRUEUP_PLAN_ROLE_STAGING"),
        "{}",
        first.err
    );
    desk.run(&["ci", "github", "--check"]).exits(0);
    assert!(desk.run(&["ci", "github"]).exits(0).err.contains("is as it would be written"));
    desk.write(FILE, desk.read(FILE) + "# mine\n");
    assert!(desk.run(&["ci", "github", "--check"]).exits(2).err.contains("is not what would be written"));
    let kept = desk.run(&["ci", "github"]).exits(1);
    assert!(kept.err.contains("--force") && desk.read(FILE).ends_with("# mine\n"), "{}", kept.err);
    desk.run(&["ci", "github", "--force"]).exits(0);
    assert!(!desk.read(FILE).contains("# mine"));
    // A stack with another environment has another pipeline.
    desk.write("stack.toml", format!("{STACK}[env.dev]\n"));
    desk.run(&["ci", "github", "--check"]).exits(2);
}

#[test]
fn nothing_but_plain_names_reaches_a_workflow() {
    let desk = Desk::with(STACK);
    desk.write("a$(id).toml", STACK);
    desk.write("with space.toml", STACK);
    for args in [
        &["ci", "github", "a$(id).toml"][..],
        &["ci", "github", "with space.toml"],
        &["ci", "gitlab", "--branch", "main; id"],
        &["ci", "github", "--branch", "${{ github.head_ref }}"],
        &["ci", "github", "--archive", "https://example.com/$(id)", "--sha256", SHA256],
        &["ci", "github", "--archive", "http://example.com/x", "--sha256", SHA256],
        &["ci", "github", "--archive", "https://example.com/x", "--sha256", "beef"],
        &["ci", "github", "--policies", "iam", "--repository", "acme/*"],
        &["ci", "gitlab", "--policies", "iam", "--repository", "acme/shop", "--host", "x\"y.z"],
    ] {
        desk.run(args).exits(64);
    }
    assert!(!desk.path(".github").exists() && !desk.path("iam").exists());
}

/// The actions that a set of policies allows.
fn allowed(desk: &Desk, dir: &str, start: &str) -> BTreeSet<String> {
    let mut found = BTreeSet::new();
    for entry in std::fs::read_dir(desk.path(dir)).unwrap() {
        let path = entry.unwrap().path();
        let name = path.file_name().unwrap().to_string_lossy().into_owned();
        if !name.starts_with(start) || name.contains("trust") {
            continue;
        }
        let text = std::fs::read_to_string(&path).unwrap();
        let policy: Value = serde_json::from_str(&text).unwrap();
        let letters = text.chars().filter(|letter| !letter.is_whitespace()).count();
        assert!(letters <= trueup::core::rights::MOST_LETTERS, "{name} has {letters} letters");
        for statement in policy["Statement"].as_array().unwrap() {
            let actions = statement["Action"].as_array().cloned().unwrap_or_else(|| vec![statement["Action"].clone()]);
            found.extend(actions.iter().map(|action| action.as_str().unwrap().to_owned()));
            assert!(actions.iter().all(|action| !action.as_str().unwrap().contains('*')), "{statement}");
        }
    }
    found
}

/// The actions that the embedded AWS was asked for, as its log has them, from some line on.
fn asked(desk: &Desk, log: &str, from: usize) -> BTreeMap<String, bool> {
    let text = desk.read(log);
    let lines = text.lines().skip(from).map(|line| serde_json::from_str::<Value>(line).unwrap());
    let action_of = |line: Value| {
        let service = match line["service"].as_str().unwrap() {
            "application-autoscaling" => "autoscaling",
            "resourcegroupstaggingapi" => "tagging",
            "service-quotas" => "servicequotas",
            "es" => "opensearch",
            other => other,
        };
        let operation = format!("{service}.{}", line["operation"].as_str().unwrap());
        (action(&operation), line["mutating"] == true)
    };
    lines.map(action_of).filter(|(action, _)| !action.starts_with("sts:")).collect()
}

#[test]
fn the_roles_may_do_what_the_flagship_takes_and_the_one_that_plans_only_reads() {
    let desk = Desk::with(&std::fs::read_to_string(shipped("stacks/registry.toml")).unwrap());
    let roles = ["--policies", "iam", "--repository", "acme/registry", "--account", "123456789012"];
    desk.run(&[&["ci", "github", "--env", "production"][..], &roles].concat()).exits(0);
    let (plans, applies) = (allowed(&desk, "iam", "production-plan"), allowed(&desk, "iam", "production-apply"));
    const LOG: &str = ".trueup/sandbox/requests.jsonl";
    let mut from = 0;
    let mut run = |args: &[&str], may: &BTreeSet<String>, code| {
        desk.sandbox(args).exits(code);
        let asked = asked(&desk, LOG, from);
        let denied = asked.keys().filter(|action| !may.contains(*action)).collect::<Vec<_>>();
        assert!(denied.is_empty(), "{args:?} is denied {denied:?}");
        from = desk.read(LOG).lines().count();
        asked
    };
    let env = ["--env", "production"];
    let first = run(&[&["plan"][..], &env].concat(), &plans, 0);
    assert!(first.len() > 10 && first.values().all(|mutating| !mutating), "{first:?}");
    let made = run(&[&["apply", "--yes"][..], &env].concat(), &applies, 0);
    assert!(made.values().filter(|mutating| **mutating).count() > 40, "{made:?}");
    run(&[&["plan"][..], &env].concat(), &plans, 0);
    let change = ["--set", "service.api.memory=1024"];
    run(&[&["plan"][..], &env, &change].concat(), &plans, 0);
    run(&[&["destroy", "--yes", "--allow-delete", "*"][..], &env].concat(), &applies, 0);
}

/// The parts of a job that a runner tells: which request it is of, and where its tokens come from.
fn github(service: &Service, request: bool) -> Vec<(&'static str, String)> {
    let reference = if request { "refs/pull/7/merge" } else { "refs/heads/main" };
    vec![
        ("CI", "true".into()),
        ("GITHUB_ACTIONS", "true".into()),
        ("GITHUB_API_URL", service.address.clone()),
        ("GITHUB_SERVER_URL", "https://github.example.com".into()),
        ("GITHUB_REPOSITORY", "acme/small".into()),
        ("GITHUB_RUN_ID", "99".into()),
        ("GITHUB_REF", reference.into()),
        ("ACTIONS_ID_TOKEN_REQUEST_URL", format!("{}/token?job=1", service.address)),
        ("ACTIONS_ID_TOKEN_REQUEST_TOKEN", "a-token-for-tokens".into()),
    ]
}

#[test]
fn each_step_of_a_workflow_runs_and_the_very_plan_is_applied() {
    let desk = Desk::with(STACK);
    // The program as an archive, by its digest.
    let archive = desk.path("trueup.tar.gz");
    let program = std::path::Path::new(env!("CARGO_BIN_EXE_trueup"));
    let packed = Command::new("tar").arg("-czf").arg(&archive).arg("-C").arg(program.parent().unwrap()).arg("trueup").status().unwrap();
    assert!(packed.success());
    let sum = Command::new("sha256sum").arg(&archive).output().unwrap();
    let sum = String::from_utf8(sum.stdout).unwrap().split_whitespace().next().unwrap().to_owned();
    let url = format!("file://{}", archive.display());
    let roles = ["--policies", "iam", "--repository", "acme/small"];
    desk.run(&[&["ci", "github", "--archive", &url, "--sha256", &sum][..], &roles].concat()).exits(0);
    let workflow = yaml(&desk.read(".github/workflows/trueup-small.yml"));

    let served = Served::start(&desk);
    let service = Service::start("https://token.actions.githubusercontent.com");
    service::make_roles(&served.address, &desk, "token.actions.githubusercontent.com", &["staging", "production"]);
    let runner = |request| {
        let mut runner = Runner::new(&desk, &workflow, github(&service, request));
        runner.set("AWS_ENDPOINT_URL", &served.address);
        for env in ["STAGING", "PRODUCTION"] {
            let role = format!("arn:aws:iam::123456789012:role/{}-plan", env.to_lowercase());
            runner.var(&format!("vars.TRUEUP_PLAN_ROLE_{env}"), &role);
        }
        runner.var("github.token", "a-token-of-the-job");
        runner.var("github.actor", "anna");
        runner
    };

    // A pull request: checked, planned, and commented on, once.
    let mut first = runner(true);
    for job in ["check", "plan-staging", "plan-production", "comment"] {
        first.job(job).ends_well();
    }
    let comments = service.comments();
    assert_eq!(comments.len(), 2, "that of somebody else, and ours: {comments:#?}");
    let body = &comments[1]["body"];
    let body = body.as_str().unwrap();
    assert!(body.starts_with("<!-- trueup small -->\n### `small/staging`") && body.contains("### `small/production`"), "{body}");
    assert!(body.contains("1 to create") && body.contains("https://github.example.com/acme/small/actions/runs/99"), "{body}");
    let plan: Value = serde_json::from_str(&first.artifact("trueup-small-plan-staging", "plan.json")).unwrap();
    assert!(body.contains(plan["digest"].as_str().unwrap()), "{body}");
    assert!(first.artifact("trueup-small-plan-staging", "plan.html").starts_with("<!doctype html>"));
    assert!(!service.heard().contains("a-secret-session"), "a session of AWS went to the service");

    // Another commit: the same comment says so, and that of somebody else stays, although it begins as ours does.
    desk.write("stack.toml", format!("{STACK}\n[resource.news]\nkind = \"sns.topic\"\ndisplay_name = \"News\"\n"));
    let mut second = runner(true);
    for job in ["plan-staging", "plan-production", "comment"] {
        second.job(job).ends_well();
    }
    let again = service.comments();
    assert_eq!((again.len(), &again[0], &again[1]["id"]), (2, &comments[0], &comments[1]["id"]));
    assert!(again[1]["body"].as_str().unwrap().contains("2 to create"), "{:#?}", again[1]);

    // Merged: planned once more, and that very plan is applied.
    let mut merged = runner(false);
    merged.var("vars.TRUEUP_APPLY_ROLE", "arn:aws:iam::123456789012:role/staging-apply");
    merged.job("plan-staging").ends_well();
    let plan: Value = serde_json::from_str(&merged.artifact("trueup-small-plan-staging", "plan.json")).unwrap();
    merged.job("apply-staging").ends_well();
    let journal = merged.artifact_where("trueup-small-release-staging", ".jsonl");
    assert!(journal.contains(plan["digest"].as_str().unwrap()), "another plan was applied:\n{journal}");
    assert!(service.heard().contains("audience=sts.amazonaws.com"));
    // It runs once.
    assert!(merged.job("apply-staging").failed("Apply"));

    // Without its role a job says which variable is missing.
    let mut bare = runner(false);
    bare.var("vars.TRUEUP_PLAN_ROLE_STAGING", "");
    let ran = bare.job("plan-staging");
    assert!(ran.failed("Plan") && ran.said.contains("AWS_ROLE_ARN is no ARN of a role"), "{}", ran.said);
}

#[test]
fn a_part_of_gitlab_runs_and_its_note_is_kept_up_to_date() {
    let desk = Desk::with(STACK);
    let roles = ["--policies", "iam", "--repository", "acme/small"];
    desk.run(&[&["ci", "gitlab"][..], ARCHIVE, &roles].concat()).exits(0);
    let part = yaml(&desk.read(".gitlab/ci/trueup-small.yml"));
    let served = Served::start(&desk);
    let service = Service::start("https://gitlab.com");
    service::make_roles(&served.address, &desk, "gitlab.com", &["staging"]);
    let environment = |token: &str| {
        vec![
            ("CI", "true".into()),
            ("GITLAB_CI", "true".into()),
            ("CI_API_V4_URL", service.address.clone()),
            ("CI_PROJECT_ID", "5".into()),
            ("CI_MERGE_REQUEST_IID", "7".into()),
            ("CI_JOB_ID", "41".into()),
            ("CI_JOB_URL", "https://gitlab.example.com/acme/small/-/jobs/41".into()),
            ("TRUEUP_GITLAB_TOKEN", token.into()),
            ("TRUEUP_ID_TOKEN", service.token()),
            ("AWS_ENDPOINT_URL", served.address.clone()),
        ]
    };
    let mut runner = Runner::new(&desk, &part, environment("glpat-token"));
    let role = |sort: &str| format!("arn:aws:iam::123456789012:role/staging-{sort}");
    runner.set("AWS_ROLE_ARN", &role("plan"));
    runner.script("trueup small plan staging").ends_well();
    for _ in 0..2 {
        runner.script("trueup small comment").ends_well();
    }
    let notes = service.comments();
    assert_eq!(notes.len(), 2, "{notes:#?}");
    let body = notes[1]["body"].as_str().unwrap();
    assert!(body.starts_with("<!-- trueup small -->\n") && body.contains("### `production`\n\n**No plan was made.**"), "{body}");
    runner.set("AWS_ROLE_ARN", &role("apply"));
    runner.script("trueup small apply staging").ends_well();

    // A token that may not comment is named, and shown to nobody.
    let mut denied = Runner::new(&desk, &part, environment("wrong-token"));
    let ran = denied.script("trueup small comment");
    assert!(!ran.ended_well() && ran.said.contains("the scope `api`") && !ran.said.contains("wrong-token"), "{}", ran.said);
}

#[test]
fn a_check_that_fails_fails_the_job_and_its_report_is_kept() {
    let shop = |version: &str| {
        format!(
            "[stack]\nname = \"shop\"\nregion = \"eu-central-1\"\n[network]\nnat = \"none\"\n[service.web]\nimage = \"nginx:{version}\"\nport = 8080\n\
             [service.web.rollout]\ndwell_minutes = 1\nbake_minutes = 1\n[[service.web.rollout.smoke]]\npath = \"/\"\n"
        )
    };
    let desk = Desk::with(&shop("1.0"));
    desk.sandbox(&["apply", "--yes"]).exits(0);
    desk.run(&[&["ci", "github", "--open", "default"][..], ARCHIVE].concat()).exits(0);
    let workflow = yaml(&desk.read(".github/workflows/trueup-shop.yml"));
    desk.write("stack.toml", shop("2.0"));
    let service = Service::start("https://token.actions.githubusercontent.com");
    let broken = service.address.trim_start_matches("http://").to_owned();
    let mut runner = Runner::new(&desk, &workflow, github(&service, false));
    // On the embedded AWS, where what is live answers nothing by itself.
    let program = format!(
        "#!/bin/sh\ncase $1 in\nplan) exec {0} \"$@\" --sandbox --sandbox-speed 300;;\napply) exec {0} \"$@\" --sandbox --sandbox-speed 300 --smoke-via {broken};;\n*) exec {0} \"$@\";;\nesac\n",
        env!("CARGO_BIN_EXE_trueup")
    );
    runner.program(&program);
    runner.job("plan-default").ends_well();
    let ran = runner.job("apply-default");
    assert!(ran.failed("Apply") && ran.said.contains("nobody is told"), "{}", ran.said);
    let release: Value = serde_json::from_str(&runner.artifact("trueup-shop-release-default", "release.json")).unwrap();
    assert_ne!(release["releases"][0]["result"]["state"], "promoted", "{release}");
    assert!(runner.artifact("trueup-shop-release-default", "release.html").contains("<svg"));
}

#[test]
fn a_job_tells_nobody_whom_it_may_not() {
    let desk = Desk::with(SMALL);
    assert!(desk.run(&["ci", "notify", "it failed"]).exits(0).err.contains("nobody is told"));
    let desk = desk.var("TRUEUP_SLACK_WEBHOOK", "https://127.0.0.1/s3cret").var("TRUEUP_WEBHOOK", "http://hooks.example.com/s3cret");
    let ran = desk.run(&["ci", "notify", "it failed"]).exits(1);
    assert!(ran.err.contains("Slack was not told: its address is refused") && ran.err.contains("the webhook was not told"), "{}", ran.err);
    assert!(!ran.err.contains("s3cret"), "{}", ran.err);
    let ran = desk.run(&["ci", "comment", "plan.md"]).exits(1);
    assert!(ran.err.contains("this is no job of GitHub or GitLab"), "{}", ran.err);
    assert!(!desk.run(&["ci", "notify", "--help"]).exits(0).out.contains("s3cret"));
}
