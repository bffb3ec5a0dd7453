//! `plan` and `show`: what is printed, what is saved, and what each exit code means.

use super::{Desk, SMALL, shipped, undigested};
use expect_test::expect;
use serde_json::Value;
use sha2::{Digest, Sha256};
use trueup::core::identity::Scope;
use trueup::core::plan::Plan;
use trueup::core::sealed::{Sealed, seal};

#[test]
fn a_plan_needs_no_account_against_nothing() {
    let desk = Desk::with(SMALL);
    expect![[r#"
        exit 0
        --- stdout
        small/default in us-east-1, no account

        resource
          + news    sns.topic          News

        storage.files
          + bucket  s3.bucket  +$0.03

        Plan: 2 to create, 0 unchanged.
        Cost: $0.00 a month now, $0.03 after: +$0.03 ($0.00 to $2.06)
        --- stderr
    "#]]
    .assert_eq(&desk.run(&["plan", "--empty"]).all());
    let json = desk.run(&["plan", "--empty", "--json"]).exits(0).json();
    assert_eq!((&json["version"], json["changes"].as_array().unwrap().len()), (&3.into(), 2));
    desk.run(&["plan", "--empty", "--detailed-exitcode"]).exits(2);

    let flagship = desk.run(&["plan", &shipped("stacks/registry.toml"), "--env", "production", "--empty"]).exits(0);
    assert_eq!(flagship.err, "");
    let sums = flagship.out.lines().rev().take(3).map(|line| line.split(' ').next().unwrap()).collect::<Vec<_>>();
    assert_eq!(sums, ["Budget:", "Cost:", "Plan:"], "{}", flagship.out);
    assert!(flagship.out.lines().all(|line| line == line.trim_end() && line.chars().count() <= 120), "{}", flagship.out);
}

#[test]
fn the_quotas_of_the_account_stand_in_for_the_defaults() {
    let desk = Desk::with("[stack]\nname = \"small\"\nregion = \"us-east-1\"\n[resource.door]\nkind = \"ec2.eip\"\ncount = 6\n");
    let offline = desk.run(&["plan", "--empty"]).exits(0);
    assert!(offline.err.contains("LIM201") && !offline.out.contains("LIM"), "{}", offline.all());
    let live = desk.sandbox(&["plan"]).exits(0);
    assert!(!live.all().contains("LIM201"), "{}", live.all());
    let note = live.out.lines().find(|line| line.starts_with("note: ")).unwrap();
    assert!(note.starts_with("note: `resource.door.5`: 0 of 5 elastic IP addresses are in use in the account"), "{}", live.out);
    assert!(live.out.contains("LIM207") && live.out.contains("request-service-quota-increase"), "{}", live.out);
    // What nobody may read is said with the default in its place.
    let denied = desk.sandbox(&["plan", "--fault", "deny:ec2.DescribeAccountAttributes"]).exits(0);
    assert!(["LIM201", "AWS does not tell"].iter().all(|words| denied.out.contains(words)), "{}", denied.out);
}

#[test]
fn a_plan_against_a_reading_is_the_plan_against_what_was_read() {
    let desk = Desk::with(SMALL);
    desk.sandbox(&["apply", "--yes"]).exits(0);
    let reading = desk.sandbox(&["show", "--snapshot"]).exits(0);
    desk.write("now.json", &reading.out);
    let plan = desk.run(&["plan", "--snapshot", "now.json", "--detailed-exitcode"]).exits(0);
    expect![[r#"
        small/default in us-east-1, 123456789012

        No changes. 2 unchanged.
        Cost: $0.03 a month, unchanged ($0.00 to $2.06)
    "#]]
    .assert_eq(&plan.out);
    desk.write("stack.toml", SMALL.replace("News", "Olds"));
    expect![[r#"
        small/default in us-east-1, 123456789012

        resource
          ~ news  sns.topic
              display_name: News → Olds

        Plan: 1 to update, 1 unchanged.
        Cost: $0.03 a month, unchanged ($0.00 to $2.06)
    "#]]
    .assert_eq(&desk.run(&["plan", "--snapshot", "now.json", "--detailed-exitcode"]).exits(2).out);

    let refuses = |text: &str, words: &str| {
        desk.write("bad.json", text);
        let ran = desk.run(&["plan", "--snapshot", "bad.json"]).exits(1);
        assert!(ran.err.contains(words), "{}", ran.err);
    };
    refuses("{", "bad.json is no snapshot");
    refuses(&reading.out.replacen("\"version\":1", "\"version\":9", 1), "bad.json has snapshot format 9");
    refuses(&reading.out.replacen("\"env\":\"default\"", "\"env\":\"other\"", 1), "bad.json is a reading of small/other");
    desk.run(&["plan", "--snapshot", "none.json"]).exits(1);
}

#[test]
fn show_lists_what_is_live_and_what_it_answers() {
    let desk = Desk::with(SMALL);
    let before = desk.sandbox(&["show"]).exits(0);
    assert!(before.out.contains("0 resources"), "{}", before.out);
    let before = desk.sandbox(&["show", "--outputs"]).exits(0);
    assert!(before.out.is_empty() && before.err.contains("nothing of this stack answers yet"), "{}", before.all());
    desk.sandbox(&["apply", "--yes"]).exits(0);
    expect![[r#"
        small/default in us-east-1, 123456789012
          resource.news         sns.topic
            arn:aws:sns:us-east-1:123456789012:small-default-resource-news-DIGEST
          storage.files.bucket  s3.bucket
            small-default-storage-files-bucket-123456789012-DIGEST
        2 resources
    "#]]
    .assert_eq(&undigested(&desk.sandbox(&["show"]).exits(0).out));
    expect![[r#"
        small/default in us-east-1, 123456789012
          resource.news         sns.topic
            arn:aws:sns:us-east-1:123456789012:small-default-resource-news-DIGEST
            https://us-east-1.console.aws.amazon.com/sns/v3/home?region=us-east-1#/topic/arn:aws:sns:us-east-1:123456789012:small-default-resource-news-DIGEST
          storage.files.bucket  s3.bucket
            small-default-storage-files-bucket-123456789012-DIGEST
            https://us-east-1.console.aws.amazon.com/s3/buckets/small-default-storage-files-bucket-123456789012-DIGEST
        2 resources
    "#]].assert_eq(&undigested(&desk.sandbox(&["show", "--links"]).exits(0).out));
    expect![[r#"
        Outputs
          storage.files  arn     arn:aws:s3:::small-default-storage-files-bucket-123456789012-DIGEST
          storage.files  bucket  small-default-storage-files-bucket-123456789012-DIGEST
    "#]]
    .assert_eq(&undigested(&desk.sandbox(&["show", "--outputs"]).exits(0).out));
    let json = desk.sandbox(&["show", "--json"]).exits(0).json();
    assert_eq!((&json["version"], &json["resources"][0]["address"]), (&1.into(), &"resource.news".into()));
    let json = desk.sandbox(&["show", "--outputs", "--json"]).exits(0).json();
    assert!(json["outputs"]["storage.files"]["bucket"].as_str().unwrap().starts_with("small-default-storage-files"), "{json}");
    desk.sandbox(&["show", "--outputs", "--links"]).exits(64);
}

#[test]
fn a_plan_that_could_not_read_everything_says_so_and_refuses() {
    let desk = Desk::with(SMALL);
    desk.sandbox(&["apply", "--yes"]).exits(0);
    let ran = desk.sandbox(&["plan", "--fault", "deny:sns.*"]).exits(3);
    assert!(ran.out.contains("INCOMPLETE") && ran.out.contains("sns.topic") && ran.out.contains("allow `sns:"), "{}", ran.out);
    let show = desk.sandbox(&["show", "--json", "--fault", "deny:sns.*"]).exits(1);
    assert_eq!(show.json()["unread"][0]["kind"], "sns.topic");
    let ran = desk.sandbox(&["apply", "--yes", "--fault", "deny:sns.*"]).exits(3);
    assert!(!ran.err.contains("Done in"), "{}", ran.err);
}

#[test]
fn what_a_rule_calls_an_error_is_refused_and_a_warning_is_shown() {
    let desk = Desk::with(&format!(
        "{SMALL}[resource.again]\nkind = \"sns.topic\"\nname = \"same\"\n[resource.same]\nkind = \"sns.topic\"\nname = \"same\"\n"
    ));
    for command in [&["plan", "--empty"][..], &["apply", "--yes", "--sandbox"]] {
        let ran = desk.run(command).exits(3);
        assert!(ran.err.contains("error[NAME201]") && ran.out.is_empty(), "{}", ran.all());
    }
    let json = desk.run(&["plan", "--empty", "--json"]).exits(3).json();
    assert_eq!(json["diagnostics"][0]["code"], "NAME201");
    desk.run(&["validate"]).exits(3);
    desk.write("stack.toml", [SMALL, "colour = 1\n"].concat());
    let codes =
        ["validate", "plan"].map(|command| desk.run(&[&[command][..], if command == "plan" { &["--empty"] } else { &[] }].concat()).code);
    assert_eq!(codes, [1, 1], "and what is no stack at all could not be judged");

    let careless = Desk::with(&SMALL.replace("[storage.files]", "[network]\n[database.main]\nbackup_days = 0\n[storage.files]"));
    let ran = careless.run(&["plan", "--empty"]).exits(0);
    assert!(ran.err.contains("warning[") && ran.out.contains("Plan: "), "{}", ran.all());
}

#[test]
fn calls_are_counted_on_request() {
    let desk = Desk::with(SMALL);
    let summary = desk.sandbox(&["plan", "-v"]).exits(0);
    assert!(summary.err.contains(" API calls to ") && summary.err.contains(" operations"), "{}", summary.err);
    let table = desk.sandbox(&["plan", "--trace-calls"]).exits(0);
    assert!(table.err.contains("sts.GetCallerIdentity") && table.err.contains("1  s3.ListBuckets"), "{}", table.err);
    assert!(!table.out.contains("API call"));
}

#[test]
fn a_plan_is_saved_over_a_whole_plan_alone() {
    let desk = Desk::with(SMALL);
    desk.run(&["plan", "--empty", "--out", "plan.json"]).exits(0);
    desk.run(&["plan", "--empty", "--out", "plan.json"]).exits(0);
    let plan = desk.read("plan.json");
    // As a descriptor of an image begins, and a plan that somebody has added to.
    let image = format!("{{\"digest\":\"sha256:{}\",\"size\":7}}", "0".repeat(64));
    for other in [image, plan[..plan.len() / 2].to_owned(), plan + "{}"] {
        desk.write("other.json", &other);
        let ran = desk.run(&["plan", "--empty", "--out", "other.json"]).exits(1);
        assert!(ran.err.contains("other.json is there already, and is no plan"), "{}", ran.err);
        assert_eq!(desk.read("other.json"), other);
    }
    let ran = desk.run(&["plan", "--empty", "--out", "-"]).exits(1);
    assert!(ran.err.contains("- stands for standard output, where --json prints a plan"), "{}", ran.err);
    assert!(!desk.path("-").exists());
}

#[test]
fn a_saved_plan_runs_once_and_only_while_it_holds() {
    let desk = Desk::with(SMALL);
    let plan = |out: &str| desk.sandbox(&["plan", "--out", out]).exits(0);
    let apply = |file: &str| desk.sandbox(&["apply", "--plan", file]);
    let refused = |file: &str, words: &str| {
        let ran = apply(file).exits(3);
        assert!(ran.err.contains(words) && ran.err.contains("plan again"), "{}", ran.err);
    };
    let saved = plan("plan.json");
    assert!(saved.err.contains("saved to plan.json") && saved.out.contains("2 to create"), "{}", saved.err);
    let text = desk.read("plan.json");

    desk.write("cut.json", &text[..text.len() / 2]);
    refused("cut.json", "it is cut off, or no plan");
    desk.write("edited.json", text.replace("News", "Fake"));
    refused("edited.json", "it was cut off or edited");
    // The same plan to whoever reads JSON, and not the bytes that were sealed.
    let laid_out = serde_json::to_string_pretty(&serde_json::from_str::<Value>(&text).unwrap()).unwrap();
    for same in [text.replacen("\"version\":3,", "\"version\": 3,", 1), text.clone() + "\n", laid_out] {
        desk.write("spaced.json", &same);
        refused("spaced.json", "it was cut off or edited");
    }
    // Whoever adds a key can make the digest, too.
    desk.write("more.json", resealed(&text.replacen("\"steps\":[{", "\"steps\":[{\"quietly\":true,", 1)));
    refused("more.json", "it has a member `steps.0.quietly`, which this trueup does not know");
    desk.write("old.json", text.replacen("\"version\":3", "\"version\":1", 1));
    refused("old.json", "plan format 1, this one reads 3");
    desk.write("not.json", "{}");
    refused("not.json", "it is no plan");
    desk.write("latin.json", b"\xff");
    apply("latin.json").exits(1);
    apply("none.json").exits(1);

    // The stack that it must be of, if one is named.
    desk.write("other.toml", SMALL.replace("name = \"small\"", "name = \"other\""));
    let other = desk.sandbox(&["apply", "other.toml", "--plan", "plan.json"]).exits(3);
    assert!(other.err.contains("it is of stack `small/default"), "{}", other.err);
    let env = desk.sandbox(&["apply", "--env", "production", "--plan", "plan.json"]).exits(3);
    assert!(env.err.contains("it is of environment `default`, not `production`"), "{}", env.err);

    let ran = desk.sandbox(&["apply", "stack.toml", "--plan", "plan.json"]).exits(0);
    assert!(ran.err.contains("2 created") && ran.out.contains("Outputs"), "{}", ran.all());
    refused("plan.json", "it was applied already");

    // Made against what has changed since.
    desk.write("stack.toml", SMALL.replace("News", "Olds"));
    plan("first.json");
    desk.write("stack.toml", SMALL.replace("News", "Rest"));
    plan("second.json");
    apply("first.json").exits(0);
    refused("second.json", "AWS has changed since it was made: resource.news");
    let nothing = desk.sandbox(&["show", "--json"]).exits(0).json();
    assert!(nothing.to_string().contains("small-default-resource-news"));
}

#[test]
fn a_plan_of_names_that_no_stack_may_have_is_refused_before_anything_is_touched() {
    let desk = Desk::with(SMALL);
    desk.run(&["plan", "--empty", "--out", "plan.json"]).exits(0);
    let plan = Plan::clone(&Sealed::read(desk.read("plan.json")).unwrap());
    let scopes = [
        Scope { stack: "../../outside".into(), ..plan.scope.clone() },
        Scope { env: "..".into(), ..plan.scope.clone() },
        Scope { region: "x.example.com/".into(), ..plan.scope.clone() },
    ];
    for scope in scopes {
        // Whoever edits a plan can make its digest, too.
        desk.write("evil.json", seal(Plan { scope, ..plan.clone() }).text());
        let ran = desk.sandbox(&["apply", "--plan", "evil.json"]).exits(3);
        assert!(ran.err.contains("it was cut off or edited"), "{}", ran.err);
        assert!(!desk.path(".trueup").exists());
    }
}

#[test]
fn what_is_printed_for_machines_is_what_is_saved_and_either_applies() {
    // A letter that turns the direction of writing is printed as an escape, and sealed so.
    let desk = Desk::with(&SMALL.replace("News", "New\u{202e}s"));
    let ran = desk.sandbox(&["plan", "--json", "--out", "plan.json"]).exits(0);
    assert_eq!(ran.out, desk.read("plan.json"));
    assert!(ran.out.contains("New\\u202es"), "{}", ran.out);
    assert_eq!(resealed(&ran.out), ran.out, "the digest is of the bytes after it");
    desk.write("printed.json", &ran.out);
    let cost = desk.run(&["cost", "--plan", "printed.json", "--json"]).exits(0).json();
    let events = desk.sandbox(&["apply", "--plan", "printed.json", "--json"]).exits(0).lines();
    for name in [&cost["plan"], &events[0]["plan"]["digest"], &events[1]["plan"]] {
        assert!(ran.out.starts_with(&format!("{{\"digest\":{name},")), "{name}");
    }
    // It is the same plan under another name.
    assert!(desk.sandbox(&["apply", "--plan", "plan.json"]).exits(3).err.contains("it was applied already"));
}

/// A saved plan with the digest of what it says now, as `tail -c +77 plan.json | sha256sum` makes it.
pub fn resealed(text: &str) -> String {
    let digest = Sha256::digest(&text[76..]).iter().map(|byte| format!("{byte:02x}")).collect::<String>();
    format!("{{\"digest\":\"{digest}\"{}", &text[76..])
}

#[test]
fn a_saved_plan_is_shown_again_without_an_account() {
    let desk = Desk::with(SMALL);
    let plan = desk.run(&["plan", "--empty", "--out", "plan.json"]).exits(0);
    let shown = desk.run(&["show", "plan.json"]).exits(0);
    assert_eq!(shown.out, plan.out);
    assert!(shown.err.contains("planned at "), "{}", shown.err);
    assert_eq!(desk.run(&["show", "plan.json", "--json"]).exits(0).out, desk.read("plan.json"));
    let markdown = desk.run(&["show", "plan.json", "--markdown"]).exits(0);
    // What is not saved cannot be approved, so it has no digest.
    let saved = markdown.out.lines().filter(|line| !line.starts_with("<sub>plan `")).collect::<Vec<_>>();
    let fresh = desk.run(&["plan", "--empty", "--markdown"]).exits(0).out;
    assert_eq!(saved.len() + 1, markdown.out.lines().count(), "{}", markdown.out);
    assert_eq!(saved.join("\n").replace("\n\n\n", "\n\n"), fresh.trim_end());
    desk.write("plan.json", desk.read("plan.json").replacen("\"kept\":0", "\"kept\":1", 1));
    let altered = desk.run(&["show", "plan.json"]).exits(3);
    assert!(altered.err.contains("does not match its own digest"), "{}", altered.err);
    desk.run(&["show", "plan.json", "--outputs"]).exits(64);
    desk.run(&["show", "--markdown", "--sandbox"]).exits(64);
}

#[test]
fn a_plan_as_markdown_is_a_comment_on_a_pull_request() {
    let desk = Desk::with(&SMALL.replace("News", "`*News* @team"));
    expect![[r#"
        ### `small/default` in `us-east-1`

        **Plan: 2 to create, 0 unchanged.**

        |  | resource | kind | change | a month |
        |---|---|---|---|--:|
        | + | `resource.news` | `sns.topic` | create · `` `*News* @team `` |  |
        | + | `storage.files.bucket` | `s3.bucket` | create | \+\$0.03 |

        Cost: \$0.00 a month now, \$0.03 after: +\$0.03 (\$0.00 to \$2.06)

        <details><summary>Every change</summary>

        ```text
        small/default in us-east-1, no account

        resource
          + news    sns.topic          `*News* @team

        storage.files
          + bucket  s3.bucket  +$0.03

        Plan: 2 to create, 0 unchanged.
        Cost: $0.00 a month now, $0.03 after: +$0.03 ($0.00 to $2.06)
        ```

        </details>
    "#]]
    .assert_eq(&desk.run(&["plan", "--empty", "--markdown"]).exits(0).out);
    desk.run(&["plan", "--empty", "--markdown", "--json"]).exits(64);

    // What stands in the way comes first, and can be pasted.
    let protected = Desk::with(&SMALL.replace("protect = false\n", ""));
    protected.sandbox(&["apply", "--yes"]).exits(0);
    protected.write("stack.toml", "[stack]\nname = \"small\"\nregion = \"us-east-1\"\n");
    let refused = protected.sandbox(&["plan", "--markdown"]).exits(3).out;
    let (head, rest) = refused.split_once("**Refused:**").unwrap_or_else(|| panic!("{refused}"));
    assert!(head.contains("**Loses its data:** `storage.files.bucket`"), "{refused}");
    assert!(rest.contains("- `PLAN008` `storage.files.bucket`: protected"), "{refused}");
}

#[cfg(unix)]
#[test]
fn a_saved_plan_is_its_owner_s_alone_and_says_that_it_holds_a_secret() {
    use std::os::unix::fs::PermissionsExt;

    let desk = Desk::with(&format!(
        "{}\n[resource.topic]\nkind = \"sns.topic\"\nsubscriptions = [{{ protocol = \"https\", endpoint = \"https://hook:s3cret@alerts.example.com/in\" }}]\n",
        SMALL
    ));
    let saved = desk.run(&["plan", "--empty", "--out", "plan.json"]);
    assert!(saved.err.contains("the saved plan holds a secret of `resource.topic` in plain text"), "{}", saved.err);
    assert!(!saved.out.contains("s3cret") && !saved.err.contains("s3cret"), "{}{}", saved.out, saved.err);
    let mode = std::fs::metadata(desk.path("plan.json")).unwrap().permissions().mode();
    assert_eq!(mode & 0o077, 0, "{mode:o}");
    let without = Desk::with(SMALL).run(&["plan", "--empty", "--out", "plan.json"]);
    assert!(!without.err.contains("secret"), "{}", without.err);
}
