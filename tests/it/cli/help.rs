//! The texts of `--help`, and all that is made from the same table: completions, the manual, the schema.

use super::Desk;
use expect_test::expect_file;

const COMMANDS: &[&[&str]] = &[
    &[],
    &["init"],
    &["validate"],
    &["fmt"],
    &["explain"],
    &["rules"],
    &["reach"],
    &["readiness"],
    &["synth"],
    &["cost"],
    &["plan"],
    &["approve"],
    &["apply"],
    &["destroy"],
    &["drift"],
    &["show"],
    &["history"],
    &["history", "show"],
    &["history", "diff"],
    &["rollback"],
    &["rollout"],
    &["rollout", "plan"],
    &["rollout", "start"],
    &["rollout", "status"],
    &["rollout", "watch"],
    &["rollout", "promote"],
    &["rollout", "pause"],
    &["rollout", "resume"],
    &["rollout", "rollback"],
    &["rollout", "undo"],
    &["rollout", "smoke"],
    &["rollout", "history"],
    &["rollout", "report"],
    &["rollout", "logs"],
    &["run"],
    &["watch"],
    &["lock"],
    &["lock", "show"],
    &["lock", "break"],
    &["secret"],
    &["secret", "set"],
    &["secret", "list"],
    &["sandbox"],
    &["sandbox", "status"],
    &["sandbox", "reset"],
    &["sandbox", "serve"],
    &["ci"],
    &["ci", "github"],
    &["ci", "gitlab"],
    &["ci", "comment"],
    &["ci", "notify"],
    &["lsp"],
    &["schema"],
    &["completions"],
    &["man"],
];

#[test]
fn every_command_explains_itself() {
    let desk = Desk::new();
    let mut text = String::new();
    for command in COMMANDS {
        let ran = desk.run(&[command, &["--help"][..]].concat()).exits(0);
        assert_eq!(ran.err, "");
        text += &format!("$ trueup {}\n{}\n", [command, &["--help"][..]].concat().join(" "), ran.out);
    }
    let wide = text.lines().find(|line| line.chars().count() > 100);
    assert_eq!(wide, None);
    expect_file!["help.txt"].assert_eq(&text);
}

#[test]
fn without_a_command_it_shows_its_help_and_a_wrong_one_is_a_usage_error() {
    let desk = Desk::new();
    let bare = desk.run(&[]).exits(64);
    assert!(
        bare.out.is_empty() && bare.err.contains("Usage: trueup [OPTIONS] <COMMAND>") && bare.err.contains("Examples:"),
        "{}",
        bare.err
    );
    let wrong = desk.run(&["aply"]).exits(64);
    assert!(wrong.err.contains("unrecognized subcommand 'aply'") && wrong.err.contains("'apply'"), "{}", wrong.err);
    desk.run(&["plan", "--nope"]).exits(64);
    desk.run(&["plan", "--empty", "--snapshot", "x.json"]).exits(64);
    desk.run(&["plan", "--empty", "--allow-delete", "../x"]).exits(64);
    desk.run(&["apply", "--parallel", "0"]).exits(64);
    desk.run(&["apply", "--plan", "p.json", "--set", "a=1"]).exits(64);
    desk.run(&["plan", "--sandbox", "--sandbox-speed", "fast"]).exits(64);
    desk.run(&["plan", "--sandbox", "--fault", "explode"]).exits(64);
    let version = desk.run(&["--version"]).exits(0);
    assert_eq!(version.out, concat!("trueup ", env!("CARGO_PKG_VERSION"), "\n"));
}

#[test]
fn completions_and_manual_pages_name_every_command() {
    let desk = Desk::new();
    let names = [
        "init",
        "validate",
        "fmt",
        "explain",
        "rules",
        "readiness",
        "synth",
        "cost",
        "plan",
        "apply",
        "destroy",
        "show",
        "secret",
        "sandbox",
        "schema",
        "completions",
        "man",
    ];
    for (shell, mark) in [("bash", "complete -F _trueup"), ("zsh", "#compdef trueup"), ("fish", "complete -c trueup")] {
        let ran = desk.run(&["completions", shell]).exits(0);
        assert!(ran.out.contains(mark) && ran.out.contains("detailed-exitcode"), "{shell}");
        assert!(names.iter().all(|name| ran.out.contains(name)), "{shell}");
    }
    desk.run(&["completions", "tcsh"]).exits(64);

    let page = desk.run(&["man"]).exits(0);
    assert!(
        page.out.contains(".TH trueup 1") && names.iter().all(|name| page.out.contains(&format!("trueup\\-{name}(1)"))),
        "{}",
        page.out
    );
    desk.run(&["man", "--dir", "man1"]).exits(0);
    for name in names {
        assert!(desk.read(&format!("man1/trueup-{name}.1")).contains("SYNOPSIS"), "{name}");
    }
    desk.write("plain", "");
    let refused = desk.run(&["man", "--dir", "plain"]).exits(1);
    assert!(refused.err.contains("failed to write the manual into plain"), "{}", refused.err);
}

#[test]
fn the_schema_is_one_document_and_each_kind_has_its_own() {
    let desk = Desk::new();
    let whole = desk.run(&["schema"]).exits(0).json();
    assert_eq!(whole["title"], "A Trueup stack");
    let kind = desk.run(&["schema", "ec2.security_group"]).exits(0).json();
    assert!(kind["properties"]["ingress"].is_object());
    let near = desk.run(&["schema", "ec2.securty_group"]).exits(64);
    assert!(near.err.contains("did you mean `ec2.security_group`?"), "{}", near.err);
    let far = desk.run(&["schema", "x"]).exits(64);
    assert!(far.err.contains("`trueup schema` names all kinds"), "{}", far.err);
}
