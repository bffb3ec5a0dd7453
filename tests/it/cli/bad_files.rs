//! Stack files that cannot be read, and those that cannot be meant.

use super::{Desk, SMALL, shipped};
use expect_test::{Expect, expect};
use std::panic::catch_unwind;
use trueup::core::diagnostic::Diagnostic;
use trueup::core::source::Source;
use trueup::modules;

#[track_caller]
fn refuses(desk: &Desk, args: &[&str], want: Expect) {
    let ran = desk.run(args).exits(1);
    assert_eq!(ran.out, "");
    want.assert_eq(&ran.err);
}

#[test]
fn a_file_that_is_no_text() {
    let desk = Desk::new();
    refuses(
        &desk,
        &["validate"],
        expect![[r#"
        error: failed to read stack.toml: No such file or directory (os error 2)

        hint: name the stack file, or write a first one with `trueup init`
    "#]],
    );
    desk.write("folder/stack.toml", SMALL);
    refuses(
        &desk,
        &["plan", "folder", "--empty"],
        expect![[r#"
        error: failed to read folder: Is a directory (os error 21)

        hint: name the file in it, such as folder/stack.toml
    "#]],
    );
    desk.write("huge.toml", vec![b'#'; 5 * 1024 * 1024]);
    refuses(
        &desk,
        &["validate", "huge.toml"],
        expect![[r#"
        error[FILE001]: `huge.toml` is larger than 4 MiB, which no stack file is

        error: 1 problem with the stack file
    "#]],
    );
    desk.write("latin.toml", b"[stack]\nname = \"caf\xe9\"\n");
    refuses(
        &desk,
        &["validate", "latin.toml"],
        expect![[r#"
        error[FILE002]: `latin.toml` is not UTF-8: line 2, byte 12 is 0xe9
         |
         = help: save the file as UTF-8

        error: 1 problem with the stack file
    "#]],
    );
    desk.write("empty.toml", "");
    refuses(
        &desk,
        &["validate", "empty.toml"],
        expect![[r#"
        error[KEY002]: the file needs `[stack]`, with `name` and `region`
         --> empty.toml:1:1
          |
        1 |
          | ^
    "#]],
    );
    desk.write("broken.toml", "[stack\nname = \"x\nregion = us-east-1\n");
    refuses(
        &desk,
        &["validate", "broken.toml"],
        expect![[r#"
        error[FILE003]: unclosed table, expected `]`
         --> broken.toml:1:7
          |
        1 | [stack
          |       ^
    "#]],
    );
}

#[test]
fn an_environment_that_is_not_there() {
    let desk = Desk::new();
    let flagship = shipped("stacks/registry.toml");
    for args in [&["plan", &flagship, "--empty"][..], &["plan", &flagship, "--empty", "--env", "prod"]] {
        let ran = desk.run(args).exits(1);
        assert!(ran.err.contains("FILE005") && ran.err.contains("production, staging"), "{}", ran.err);
    }
    desk.write("stack.toml", SMALL);
    refuses(
        &desk,
        &["plan", "--empty", "--env", "../../etc"],
        expect![[r#"
        error[NAME001]: `../../etc` cannot be a name: up to 24 of a-z, 0-9 and single hyphens inside
         |
         = help: `etc` could

        error: 1 problem with the stack file
    "#]],
    );
    let chosen = Desk::with(SMALL).var("TRUEUP_ENV", "blue");
    assert!(chosen.run(&["plan", "--empty"]).exits(0).out.starts_with("small/blue "));
}

#[test]
fn references_that_lead_nowhere_or_in_a_circle() {
    let desk = Desk::with(
        r#"
[stack]
name = "ring"
region = "us-east-1"
[network]
[service.a]
image = "x"
environment = { OTHER = "${service.b.url}" }
[service.b]
image = "x"
port = 80
environment = { MISSING = "${cache.main.url}", WRONG = "${service.a.uri}" }
[resource.one]
kind = "sns.topic"
display_name = "${resource.two.name}"
[resource.two]
kind = "sns.topic"
display_name = "${resource.one.name}"
"#,
    );
    refuses(
        &desk,
        &["validate"],
        expect![[r#"
        error[REF001]: `cache.main` is not in this stack
          --> stack.toml:12:28
           |
        12 | environment = { MISSING = "${cache.main.url}", WRONG = "${service.a.uri}" }
           |                            ^^^^^^^^^^^^^^^^^
           |
           = help: there is service.a, service.b

        error[REF002]: `service.a` has no output `uri`
          --> stack.toml:12:57
           |
        12 | environment = { MISSING = "${cache.main.url}", WRONG = "${service.a.uri}" }
           |                                                         ^^^^^^^^^^^^^^^^
           |
           = help: it has name, cluster, role, log_group, security_group

        error[REF003]: these refer to each other in a circle: resource.one → resource.two → resource.one
          --> stack.toml:13:11
           |
        13 | [resource.one]
           |           ^^^
           |
           = help: break the circle: one of them must not name the next
    "#]],
    );
    let circle = Desk::with(
        "[stack]\nname = \"ring\"\nregion = \"us-east-1\"\n[resource.one]\nkind = \"sns.topic\"\ndisplay_name = \"${resource.two.name}\"\n[resource.two]\nkind = \"sns.topic\"\ndisplay_name = \"${resource.one.name}\"\n",
    );
    refuses(
        &circle,
        &["validate"],
        expect![[r#"
        error[REF003]: these refer to each other in a circle: resource.one → resource.two → resource.one
         --> stack.toml:4:11
          |
        4 | [resource.one]
          |           ^^^
          |
          = help: break the circle: one of them must not name the next
    "#]],
    );
}

/// What a file is worth; anything but a panic will do.
fn judge(text: String) -> Vec<Diagnostic> {
    let shown = text.clone();
    catch_unwind(move || {
        let verdict = modules::validate(Source::new("stack.toml", text), None, &[]);
        let rendered = trueup::core::diagnostic::render(&verdict.diagnostics, &verdict.sources, false);
        assert!(verdict.diagnostics.is_empty() || !rendered.is_empty());
        verdict.diagnostics
    })
    .unwrap_or_else(|_| panic!("it panicked at:\n{shown}"))
}

#[test]
fn the_flagship_cut_off_anywhere_is_a_file_or_a_list_of_problems() {
    let text = std::fs::read_to_string(shipped("stacks/registry.toml")).unwrap();
    for at in (0..text.len()).step_by(37).filter(|at| text.is_char_boundary(*at)) {
        let cut = &text[..at];
        let found = judge(cut.to_owned());
        // Whole only where a table or key happens to end, and the header is there.
        assert!(!found.is_empty() || cut.contains("region"), "{at}");
    }
}

#[test]
fn the_flagship_garbled_anywhere_is_a_file_or_a_list_of_problems() {
    let text = std::fs::read_to_string(shipped("stacks/registry.toml")).unwrap();
    let junk =
        ["\0", "\u{1b}[2J", "\"", "'''", "[", "]]", "{", "= =", "\n[env.x]\n", "${", "}", "-1", "1e999", "\u{202e}", "[[moved]]\n", "💥"];
    let mut wrong = 0;
    for (turn, at) in (0..text.len()).step_by(61).filter(|at| text.is_char_boundary(*at)).enumerate() {
        let junk = junk[turn % junk.len()];
        let end = (at + 1 + turn % 9).min(text.len());
        let end = (end..=text.len()).find(|end| text.is_char_boundary(*end)).unwrap();
        wrong += usize::from(!judge(format!("{}{junk}{}", &text[..at], &text[end..])).is_empty());
        wrong += usize::from(!judge(format!("{}{junk}{}", &text[..at], &text[at..])).is_empty());
    }
    assert!(wrong > 50, "junk is found where it is not in a comment or a text: {wrong}");
}
