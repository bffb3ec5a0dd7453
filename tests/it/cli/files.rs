//! Commands that need nothing but a file: `init`, `validate`, `synth`.

use super::{Desk, SMALL, shipped};
use expect_test::expect;

#[test]
fn init_writes_a_stack_that_is_valid_and_never_overwrites_one() {
    for (template, env) in [("web-service", Some("staging")), ("worker", None), ("static-site", None)] {
        let desk = Desk::new();
        let ran = desk.run(&["init", template, "--name", "shop", "--region", "eu-west-1", "--dir", "new"]).exits(0);
        let stack = desk.read("new/stack.toml");
        assert!(stack.contains("name = \"shop\"") && stack.contains("region = \"eu-west-1\""), "{stack}");
        let next = env.map(|env| format!(" --env {env}")).unwrap_or_default();
        assert!(ran.err.contains(&format!("trueup plan new/stack.toml{next} --empty")), "{}", ran.err);
        desk.run(&["validate", "new/stack.toml"]).exits(0);
        let plan = [&["plan", "new/stack.toml", "--empty"][..], &env.map(|env| ["--env", env]).unwrap_or(["--env", "default"])].concat();
        desk.run(&plan).exits(0);

        desk.write("new/stack.toml", "mine");
        let again = desk.run(&["init", template, "--dir", "new"]).exits(1);
        assert!(again.err.contains("new/stack.toml exists already"), "{}", again.err);
        assert_eq!(desk.read("new/stack.toml"), "mine");
    }
}

#[test]
fn init_says_what_comes_next() {
    let desk = Desk::new();
    expect![[r#"
        exit 0
        --- stdout
        --- stderr
        wrote stack.toml
        wrote trueup.schema.json
        wrote .gitignore

        next:
          trueup plan --env staging --empty      what it would create, without an account
          trueup apply --env staging --sandbox   create it on the embedded AWS
    "#]]
    .assert_eq(&desk.run(&["init"]).all());
    expect![[r#"
        exit 64
        --- stdout
        --- stderr
        error: --name: `My Shop` cannot be a name: up to 40 of a-z, 0-9 and single hyphens inside

        hint: `my-shop` could
    "#]]
    .assert_eq(&desk.run(&["init", "worker", "--name", "My Shop", "--dir", "x"]).all());
    desk.run(&["init", "worker", "--region", "us-east-7", "--dir", "x"]).exits(64);
    desk.run(&["init", "nope"]).exits(64);
    desk.run(&["init", "worker", "--dir", "/dev/null/x"]).exits(1);
}

#[test]
fn validate_answers_for_each_environment() {
    let desk = Desk::with(SMALL);
    let flagship = shipped("stacks/registry.toml");
    expect![[r#"
        exit 0
        --- stdout
        stack.toml is valid for default: 2 resources
        --- stderr
    "#]]
    .assert_eq(&desk.run(&["validate"]).all());
    let all = desk.run(&["validate", &flagship]).exits(0);
    let one = desk.run(&["validate", &flagship, "--env", "production"]).exits(0);
    assert_eq!((all.out.lines().count(), one.out.lines().count()), (2, 1));
    assert!(all.out.contains(&one.out));
    let json = desk.run(&["validate", &flagship, "--json"]).exits(0).json();
    assert_eq!((&json["version"], &json["diagnostics"]), (&1.into(), &serde_json::json!([])));
    assert_eq!(json["valid"].as_array().unwrap().len(), 2);
    assert_eq!(json["valid"][0]["env"], "staging");
}

#[test]
fn validate_shows_every_problem_of_a_file_at_once() {
    let desk = Desk::with(
        r#"
[stack]
name = "Shop"
region = "us-east-7"

[netwrok]

[database.main]
engin = "postgres"
version = 15

[service.api]
image = "nginx"
environment = { HOST = "${database.mian.host}" }

[resource.a]
kind = "ec2.vpcs"
"#,
    );
    let ran = desk.run(&["validate"]).exits(1);
    expect![[r#"
        exit 1
        --- stdout
        --- stderr
        error[NAME001]: `Shop` cannot be a name: up to 40 of a-z, 0-9 and single hyphens inside
         --> stack.toml:3:8
          |
        3 | name = "Shop"
          |        ^^^^^^
          |
          = help: `shop` could

        error[NAME003]: `us-east-7` is no AWS region
         --> stack.toml:4:10
          |
        4 | region = "us-east-7"
          |          ^^^^^^^^^^^
          |
          = help: did you mean `us-east-1`?

        error[KEY003]: unknown module `netwrok`
         --> stack.toml:6:2
          |
        6 | [netwrok]
          |  ^^^^^^^
          |
          = help: did you mean `network`?

        error[KEY001]: unknown key `engin` in `[database.main]`
         --> stack.toml:9:1
          |
        9 | engin = "postgres"
          | ^^^^^
          |
          = help: did you mean `engine`?

        error[TYPE001]: `version` must be a string, not a whole number
          --> stack.toml:10:11
           |
        10 | version = 15
           |           ^^ this is a whole number
           |
           = help: write it as "15"

        error[REF001]: `database.mian` is not in this stack
          --> stack.toml:14:25
           |
        14 | environment = { HOST = "${database.mian.host}" }
           |                         ^^^^^^^^^^^^^^^^^^^^^
           |
           = help: did you mean `${database.main.host}`?

        error[KEY006]: there is no kind `ec2.vpcs`
          --> stack.toml:17:8
           |
        17 | kind = "ec2.vpcs"
           |        ^^^^^^^^^^
           |
           = help: did you mean `ec2.vpc`?
    "#]]
    .assert_eq(&ran.all());
    let json = desk.run(&["validate", "--json"]).exits(1);
    assert_eq!(json.err, "");
    let json = json.json();
    assert_eq!(json["diagnostics"].as_array().unwrap().len(), ran.err.matches("error[").count());
    assert_eq!(json["diagnostics"][0]["place"]["file"], "stack.toml");
    assert_eq!(json["valid"], serde_json::json!([]));
    // Other commands say the same about it.
    let plan = desk.run(&["plan", "--empty", "--json"]).exits(1);
    assert_eq!(plan.json()["diagnostics"], json["diagnostics"]);
    desk.run(&["synth"]).exits(1);
}

/// A pipeline that writes an answer to a full disk has none.
#[test]
#[cfg(target_os = "linux")]
fn an_answer_that_cannot_be_written_is_no_success() {
    let desk = Desk::with(SMALL);
    let full = |args: &[&str]| {
        let full = std::fs::File::create("/dev/full").unwrap();
        desk.tidy(desk.command(args).stdout(full).output().unwrap())
    };
    for args in [&["synth"][..], &["plan", "--empty"], &["plan", "--empty", "--json"], &["rules"], &["completions", "bash"]] {
        let ran = full(args).exits(1);
        assert!(ran.err.contains("failed to write to standard output: No space left"), "{}", ran.err);
    }
    // Another end is told by its code all the same.
    full(&["plan", "--empty", "--detailed-exitcode"]).exits(2);
}

#[test]
fn a_set_value_lies_over_the_file() {
    let desk = Desk::with(SMALL);
    let spec = |set: &str| desk.run(&["synth", "--set", set]).exits(0).json()["nodes"]["resource.news"]["spec"]["display_name"].clone();
    assert_eq!(spec("resource.news.display_name=Old"), "Old");
    assert_eq!(spec("resource.news.display_name=7.0"), "7.0", "a number where text is wanted is the text");
    assert_eq!(spec("resource.news.display_name=true"), "true");
    let flagship = shipped("stacks/registry.toml");
    let graph = desk.run(&["synth", &flagship, "--env", "staging", "--set", "cache.main.version=7.0"]).exits(0).json();
    assert_eq!(graph["nodes"]["cache.main.replication-group"]["spec"]["engine_version"], "7.0");
    let graph = desk.run(&["synth", "--set", "stack.account=012345678901"]).exits(0).json();
    assert_eq!(graph["account"], "012345678901");
    expect![[r#"
        error[FILE006]: a --set has the form path=value
         --> --set argument 1:1:1
          |
        1 | resource.news.display_name
          | ^^^^^^^^^^^^^^^^^^^^^^^^^^
          |
          = help: write it as --set service.api.image="repository/name@sha256:…"

        error: 1 problem with the stack file
    "#]]
    .assert_eq(&desk.run(&["synth", "--set", "resource.news.display_name"]).exits(1).err);
    expect![[r#"
        error[TYPE001]: `versioning` must be true or false, not a string
         --> --set argument 1:1:26
          |
        1 | storage.files.versioning=maybe
          |                          ^^^^^ this is a string
          |
          = help: versioning: Keeps overwritten and deleted objects as old versions.

        error: 1 problem with the stack file
    "#]]
    .assert_eq(&desk.run(&["synth", "--set", "storage.files.versioning=maybe"]).exits(1).err);
}

#[test]
fn synth_prints_the_graph() {
    let desk = Desk::with(SMALL);
    let graph = desk.run(&["synth"]).exits(0);
    assert_eq!(graph.err, "");
    let graph = graph.json();
    assert_eq!(graph["version"], 1);
    assert_eq!(graph["nodes"].as_object().unwrap().keys().collect::<Vec<_>>(), ["resource.news", "storage.files.bucket"]);
    assert_eq!(graph["nodes"]["resource.news"]["spec"]["display_name"], "News");
}

#[test]
fn init_keeps_plans_and_locks_out_of_a_repository() {
    let desk = Desk::new();
    desk.run(&["init"]).exits(0);
    assert_eq!(desk.read(".gitignore"), ".trueup/\nplan.json\n*.plan.json\n");
    desk.write("other/.gitignore", "/target\n/.trueup\nplan.json");
    let added = desk.run(&["init", "--dir", "other"]).exits(0);
    assert_eq!(desk.read("other/.gitignore"), "/target\n/.trueup\nplan.json\n*.plan.json\n");
    assert!(added.err.contains("added to other/.gitignore"), "{}", added.err);
    desk.write("third/.gitignore", "# all of it\n.trueup/\n*.plan.json\nplan.json\n");
    let left = desk.run(&["init", "--dir", "third"]).exits(0);
    assert!(!left.err.contains(".gitignore"), "{}", left.err);
}

#[test]
fn a_set_that_names_nothing_of_the_file_is_refused() {
    let desk = Desk::with(SMALL);
    expect![[r#"
        error[FILE010]: the file has no `[storage.fils]` for this to set
         --> --set argument 1:1:9
          |
        1 | storage.fils.versioning=true
          |         ^^^^
          |
          = help: did you mean `files`?

        error: 1 problem with the stack file
    "#]]
    .assert_eq(&desk.run(&["plan", "--empty", "--set", "storage.fils.versioning=true"]).exits(1).err);
}

#[test]
fn what_a_name_is_does_not_hide_what_else_is_wrong() {
    let database = |name: &str| format!("[stack]\nname = \"x\"\nregion = \"us-east-1\"\n[network]\n[database.{name}]\nbackup_days = 0\n");
    let codes = |text: &str| {
        let ran = Desk::with(text).run(&["validate", "--json"]);
        let json = serde_json::from_str::<serde_json::Value>(&ran.out).unwrap();
        let codes = json["diagnostics"].as_array().unwrap().iter().map(|one| one["code"].as_str().unwrap().to_owned());
        codes.collect::<Vec<_>>()
    };
    assert!(codes(&database("my-db")).contains(&"OPS201".to_owned()));
    assert_eq!(codes(&database("\"My_DB\"")), ["NAME001", "OPS201"]);
}
