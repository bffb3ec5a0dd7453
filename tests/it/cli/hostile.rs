//! Names and values that would like to be more than text.

use super::{Desk, SMALL};

const ESCAPES: &str = "\\u001B[2J\\u001B]0;owned\\u0007\\u202Egnp.exe\\u200B\\u009B31m";

fn is_calm(text: &str) -> bool {
    let active =
        |letter: char| letter.is_control() || ('\u{200b}'..='\u{200f}').contains(&letter) || ('\u{202a}'..='\u{202e}').contains(&letter);
    text.chars().all(|letter| letter == '\n' || letter == '\t' || !active(letter))
}

#[test]
fn no_value_steers_the_terminal() {
    let stack = format!("{SMALL}\n[network]\n[service.api]\nimage = \"nginx\"\nenvironment = {{ X = \"{ESCAPES}\" }}\n");
    let desk = Desk::with(&stack);
    for command in [&["validate"][..], &["plan", "--empty", "-v"], &["plan", "--empty", "--json"], &["synth"]] {
        let ran = desk.run(command).exits(0);
        assert!(is_calm(&ran.out) && is_calm(&ran.err), "{command:?}: {:?} {:?}", ran.out, ran.err);
        assert!(command[0] == "validate" || ran.out.contains("gnp.exe"), "{command:?}");
    }
    // The JSON for machines means what the file says.
    let graph = desk.run(&["synth"]).exits(0).json();
    let value = &graph["nodes"]["service.api.task-definition"]["spec"]["containers"][0]["environment"]["X"];
    assert_eq!(value, "\u{1b}[2J\u{1b}]0;owned\u{7}\u{202e}gnp.exe\u{200b}\u{9b}31m");

    // Keys, names and paths in messages.
    desk.write(
        "stack.toml",
        format!("{SMALL}\n\"{ESCAPES}\" = 1\n[storage.\"{ESCAPES}\"]\n[service.\"$(touch owned)\"]\nimage = \"`touch owned`\"\n"),
    );
    let ran = desk.run(&["validate"]).exits(1);
    assert!(is_calm(&ran.err), "{:?}", ran.err);
    let ran = desk.run(&["validate", "--json"]).exits(1);
    assert!(is_calm(&ran.out), "{:?}", ran.out);
    let ran = desk.run(&["validate", "no\u{1b}[2Jfile.toml"]).exits(1);
    assert!(is_calm(&ran.err), "{:?}", ran.err);
    let ran = desk.run(&["plan", "--env", "x\u{1b}[2J", "--empty"]).exits(1);
    assert!(is_calm(&ran.err), "{:?}", ran.err);
    let ran = desk.run(&["plan", "--nope\u{1b}[2J"]).exits(64);
    assert!(is_calm(&ran.err), "{:?}", ran.err);
    assert!(!desk.path("owned").exists());

    // A line break forges no line of what is said, wherever it stands.
    desk.write("stack.toml", format!("{SMALL}\n\"x\\nFORGED\" = 1\n[service.\"x\\nFORGED\"]\n"));
    for command in [&["validate"][..], &["plan", "--nope\nFORGED"], &["plan", "--sandbox-speed=\nFORGED"], &["plan", "--env", "x\nFORGED"]]
    {
        let ran = desk.run(command);
        assert!(ran.code != 0 && ran.err.contains("FORGED"), "{command:?}: {}", ran.err);
        assert!(!ran.err.lines().any(|line| line.trim_start().starts_with("FORGED")), "{command:?}: {}", ran.err);
    }
}

#[test]
fn what_aws_answers_does_not_steer_it_either() {
    let desk = Desk::with(SMALL);
    desk.sandbox(&["apply", "--yes"]).exits(0);
    let reading = desk.sandbox(&["show", "--snapshot"]).exits(0).out;
    desk.write(
        "now.json",
        reading.replace("\"News\"", &format!("\"{ESCAPES}\"")).replacen(
            "\"unread\":[]",
            &format!("\"unread\":[{{\"kind\":\"{ESCAPES}\",\"reason\":\"{ESCAPES}\"}}]"),
            1,
        ),
    );
    let ran = desk.run(&["plan", "--snapshot", "now.json"]).exits(1);
    assert!(ran.out.contains("owned") && is_calm(&ran.out), "{:?}", ran.out);
}

#[test]
fn no_name_leaves_its_directory() {
    let desk = Desk::new();
    for name in ["../up", "a/b", ".", "", "con sole", "$(id)", "-rf"] {
        desk.write("stack.toml", SMALL.replace("name = \"small\"", &format!("name = {name:?}")));
        let ran = desk.sandbox(&["apply", "--yes"]).exits(1);
        assert!(ran.err.contains("NAME001"), "{name}: {}", ran.err);
        assert!(!desk.path(".trueup").exists(), "{name}");
    }
    desk.write("stack.toml", SMALL);
    for env in ["../up", "a/b", "..", "a\nb"] {
        desk.sandbox(&["apply", "--yes", "--env", env]).exits(1);
        assert!(!desk.path(".trueup").exists(), "{env}");
    }
}

#[test]
fn a_terminal_gets_colours_only_where_they_are_wanted() {
    let desk = Desk::with(SMALL);
    let plain = desk.run(&["plan", "--empty"]).exits(0);
    let forced = Desk::with(SMALL).var("CLICOLOR_FORCE", "1");
    let colour = forced.run(&["plan", "--empty"]).exits(0);
    assert!(colour.out.contains("\u{1b}[32m") && !plain.out.contains('\u{1b}'));
    assert_eq!(anstream::adapter::strip_str(&colour.out).to_string(), plain.out);
    let refused = forced.var("NO_COLOR", "1").var("CLICOLOR_FORCE", "0").run(&["plan", "--empty"]).exits(0);
    assert_eq!(refused.out, plain.out);
}
