//! Stack files that cannot be read, those that cannot be meant, and readings that somebody has edited.

use super::{Desk, SMALL, shipped};
use crate::stand::{Stand, WHOLE, graph, plan, stack};
use expect_test::{Expect, expect};
use serde_json::{Value, json};
use std::panic::{AssertUnwindSafe, catch_unwind};
use trueup::core::diagnostic::Diagnostic;
use trueup::core::snapshot::Snapshot;
use trueup::core::source::Source;
use trueup::modules;
use trueup::report;

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
            error: failed to read folder: it is a directory

            hint: name the file in it, such as folder/stack.toml
        "#]],
    );
    desk.write("huge.toml", vec![b'#'; 5 * 1024 * 1024]);
    refuses(
        &desk,
        &["validate", "huge.toml"],
        expect![[r#"
            error[FILE001]: `huge.toml` is larger than 4 MiB, which no stack file is
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
    "#]],
    );
    desk.write("empty.toml", "");
    refuses(
        &desk,
        &["validate", "empty.toml"],
        expect![[r#"
        error[KEY008]: the file needs `[stack]`, with `name` and `region`
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
    for (args, code) in [(&["plan", &flagship, "--empty"][..], "FILE008"), (&["plan", &flagship, "--empty", "--env", "prod"], "FILE005")] {
        let ran = desk.run(args).exits(1);
        assert!(ran.err.contains(code) && ran.err.contains("production, staging"), "{}", ran.err);
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
           = help: add `[cache.main]`, or refer to service.a, service.b

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

/// Returns the diagnostics of a file; anything but a panic will do.
fn judge(text: String) -> Vec<Diagnostic> {
    let shown = text.clone();
    catch_unwind(move || {
        let verdict = modules::validate(Source::new("stack.toml", text), None, &[]);
        let rendered = trueup::core::excerpt::render(&verdict.diagnostics, &verdict.sources, false);
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

/// Every value of a reading in turn is something else: the plan is another one, or the reading is refused.
#[tokio::test(flavor = "multi_thread")]
async fn a_garbled_reading_is_planned_against_or_refused() {
    let text = std::fs::read_to_string(shipped("stacks/registry.toml")).unwrap();
    let stack = stack(&text, Some("staging"), &[]);
    let graph = graph(&stack);
    let stand = Stand::new(&stack).await;
    stand.bring(&graph).await;
    let reading = serde_json::to_value(stand.read(&graph).await).unwrap();
    let mut paths = Vec::new();
    leaves(&reading, String::new(), &mut paths);
    assert!(paths.len() > 1000, "{}", paths.len());
    let junk = [json!(null), json!(-1), json!(""), json!("\u{1b}[2J💥"), json!([]), json!({}), json!([{ "a": [1] }]), json!(true)];
    let (mut planned, mut refused) = (0, 0);
    for (turn, path) in paths.iter().enumerate().step_by(23) {
        let mut edited = reading.clone();
        *edited.pointer_mut(path).unwrap() = junk[turn % junk.len()].clone();
        match serde_json::from_value::<Snapshot>(edited) {
            Err(_) => refused += 1,
            Ok(snapshot) => {
                let shown = catch_unwind(AssertUnwindSafe(|| report::plan::render(&plan(&graph, &snapshot, false), WHOLE)));
                assert!(!shown.unwrap_or_else(|_| panic!("it panicked at {path} = {}", junk[turn % junk.len()])).is_empty());
                planned += 1;
            }
        }
    }
    assert!(planned > 20 && refused > 5, "{planned} planned, {refused} refused");
}

fn leaves(value: &Value, path: String, found: &mut Vec<String>) {
    let key = |key: &str| format!("{path}/{}", key.replace('~', "~0").replace('/', "~1"));
    match value {
        Value::Array(items) if !items.is_empty() => {
            items.iter().enumerate().for_each(|(at, item)| leaves(item, key(&at.to_string()), found))
        }
        Value::Object(map) if !map.is_empty() => map.iter().for_each(|(name, item)| leaves(item, key(name), found)),
        _ => found.push(path),
    }
}
