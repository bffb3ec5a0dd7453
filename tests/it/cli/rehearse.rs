//! `plan --rehearse`, `apply --rehearse`, `destroy --rehearse`: what is said, where, and with which exit code.

use super::{Desk, SMALL, undigested};
use expect_test::expect;
use serde_json::json;

const CHANGE: &str = "[resource.news]\nkind = \"sns.topic\"\ndisplay_name = \"Newer\"\n";

/// The small stack is live, and its file wants another name of its topic.
fn changed() -> Desk {
    let desk = Desk::with(SMALL);
    desk.sandbox(&["apply", "--yes"]).exits(0);
    desk.write("stack.toml", SMALL.replace("\"News\"", "\"Newer\""));
    desk
}

#[test]
fn a_rehearsal_that_goes_well_is_one_line_below_the_plan() {
    let desk = changed();
    let plan = desk.sandbox(&["plan", "--rehearse"]).exits(0);
    expect![[r#"
        small/default in us-east-1, 123456789012

        resource
          ~ news  sns.topic
              display_name: News → Newer

        Plan: 1 to update, 1 unchanged.
        Cost: $0.03 a month, unchanged ($0.00 to $2.06)

        Rehearsed: 1 step on a twin of 2 live resources, then no changes; not modelled: who may do what, quotas, data,
          images, values of secrets, and what others have in the account
    "#]]
    .assert_eq(&plan.out);
    let before = desk.sandbox(&["show", "--snapshot"]).exits(0).out;
    let markdown = desk.sandbox(&["plan", "--rehearse", "--markdown"]).exits(0);
    assert!(markdown.out.contains("\nRehearsed: 1 step on a twin of 2 live resources, then no changes; "), "{}", markdown.out);
    desk.sandbox(&["plan", "--rehearse", "--detailed-exitcode"]).exits(2);
    assert_eq!(desk.sandbox(&["show", "--snapshot"]).exits(0).out, before, "the account is as it was");

    // What was rehearsed is said in the plan that is approved, and runs.
    let saved = desk.sandbox(&["plan", "--rehearse", "--json", "--out", "plan.json"]).exits(0);
    let rehearsal = saved.json()["rehearsal"].clone();
    assert_eq!(rehearsal, json!({ "live": 2, "done": 1, "not_begun": 0, "findings": [], "gaps": [] }));
    assert_eq!(desk.read("plan.json"), saved.out);
    let applied = desk.sandbox(&["apply", "--plan", "plan.json"]).exits(0);
    assert!(applied.err.contains("Rehearsed: 1 step"), "{}", applied.err);
    // Nothing is to be rehearsed of a plan without steps.
    let plan = desk.sandbox(&["plan", "--rehearse"]).exits(0);
    assert!(!plan.all().contains("ehears"), "{}", plan.all());
}

#[test]
fn a_plan_without_an_account_is_rehearsed_as_well() {
    let desk = Desk::with(SMALL);
    let plan = desk.run(&["plan", "--empty", "--rehearse"]).exits(0);
    assert!(plan.out.contains("\nRehearsed: 2 steps on a twin of 0 live resources, then no changes; "), "{}", plan.out);
    desk.sandbox(&["apply", "--yes"]).exits(0);
    desk.write("now.json", desk.sandbox(&["show", "--snapshot"]).exits(0).out);
    desk.write("stack.toml", SMALL.split("[resource.news]").next().unwrap());
    let plan = desk.run(&["plan", "--snapshot", "now.json", "--rehearse"]).exits(0);
    assert!(plan.out.contains("nobody knows if others use what is deleted: the account was not asked"), "{}", plan.out);
    assert!(plan.out.contains("\nRehearsed: 1 step on a twin of 2 live resources, then no changes; "), "{}", plan.out);
    let destroyed = desk.sandbox(&["destroy", "--rehearse", "--yes"]).exits(0);
    assert!(destroyed.out.contains("\nRehearsed: 2 steps on a twin of 2 live resources, then no changes; "), "{}", destroyed.out);
}

#[test]
fn what_goes_wrong_on_the_twin_is_told_with_its_step_and_nothing_is_begun() {
    let desk = changed();
    let deny = ["--fault", "deny:sns.SetTopicAttributes"];
    let plan = desk.sandbox(&[&["plan", "--rehearse"], &deny[..]].concat()).exits(3);
    expect![[r#"
        small/default in us-east-1, 123456789012

        resource
          ~ news  sns.topic
              display_name: News → Newer

        Plan: 1 to update, 1 unchanged.
        Cost: $0.03 a month, unchanged ($0.00 to $2.06)

        rehearsal: step 1 of 1, update `resource.news`, would fail
            sns.SetTopicAttributes: AuthorizationError: User: arn:aws:iam::123456789012:user/sandbox is not authorized to
            perform: sns:SetTopicAttributes because no identity-based policy allows the sns:SetTopicAttributes action
          = help: allow `sns:SetTopicAttributes` for arn:aws:iam::123456789012:user/sandbox

        Rehearsed: 0 of 1 step on a twin of 2 live resources, under deny:sns.SetTopicAttributes, 1 finding; not modelled: who
          may do what, quotas, data, images, values of secrets, and what others have in the account
    "#]]
    .assert_eq(&undigested(&plan.out));
    let markdown = desk.sandbox(&[&["plan", "--rehearse", "--markdown"], &deny[..]].concat()).exits(3);
    let found = "**Found in the rehearsal:**\n\n- step 1 of 1, update `resource.news`, would fail";
    assert!(markdown.out.contains(found), "{}", markdown.out);
    let json = desk.sandbox(&[&["plan", "--rehearse", "--json"], &deny[..]].concat()).exits(3).json();
    let rehearsal = &json["rehearsal"];
    assert_eq!((&rehearsal["faults"], &rehearsal["findings"][0]["finding"]), (&json!(["deny:sns.SetTopicAttributes"]), &json!("failed")));

    let applied = desk.sandbox(&[&["apply", "--rehearse", "--yes"], &deny[..]].concat()).exits(3);
    assert!(applied.err.contains("nothing was changed"), "{}", applied.err);
    let applied = desk.sandbox(&[&["apply", "--rehearse", "--yes", "--json"], &deny[..]].concat()).exits(3);
    assert_eq!(applied.lines().len(), 1, "{}", applied.out);
    assert_eq!(desk.sandbox(&["plan", "--detailed-exitcode"]).exits(2).code, 2, "it is still to be done");

    // What passes by itself is waited out there, and strikes nothing in the account.
    let throttle = ["--fault", "throttle:sns.SetTopicAttributes:2"];
    let plan = desk.sandbox(&[&["plan", "--rehearse"], &throttle[..]].concat()).exits(0);
    assert!(plan.out.contains("under throttle:sns.SetTopicAttributes:2, then no changes; "), "{}", plan.out);
    let applied = desk.sandbox(&[&["apply", "--rehearse", "--yes", "--json"], &throttle[..]].concat()).exits(0);
    assert_eq!(applied.lines()[0]["plan"]["rehearsal"]["done"], 1);
    assert!(!applied.out.contains("\"retrying\""), "{}", applied.out);
    let killed = desk.sandbox(&["plan", "--rehearse", "--fault", "kill:1"]).exits(64);
    assert!(killed.err.contains("`kill:1` would end this process"), "{}", killed.err);
}

#[test]
fn a_plan_that_is_refused_is_not_rehearsed() {
    let desk = Desk::with(&format!("{SMALL}\n[resource.other]\nkind = \"sns.topic\"\nname = \"theirs\"\n"));
    desk.sandbox(&["apply", "--yes"]).exits(0);
    desk.write(
        "stack.toml",
        SMALL.replace("name = \"small\"", "name = \"second\"") + "\n[resource.other]\nkind = \"sns.topic\"\nname = \"theirs\"\n",
    );
    let plan = desk.sandbox(&["plan", "--rehearse"]).exits(3);
    assert!(plan.err.contains("the plan was not rehearsed: it is refused as it stands: PLAN003"), "{}", plan.all());
}

#[test]
fn no_secret_of_a_plan_stands_in_its_rehearsal() {
    let topic = format!("{CHANGE}subscriptions = [{{ protocol = \"https\", endpoint = \"https://me:pl4nted-secret@example.com/in\" }}]\n");
    let desk = Desk::with(&format!("[stack]\nname = \"small\"\nregion = \"us-east-1\"\n{topic}"));
    desk.sandbox(&["apply", "--yes"]).exits(0);
    desk.write("stack.toml", desk.read("stack.toml").replace("Newer", "Newest"));
    for args in [&["plan", "--rehearse"][..], &["plan", "--rehearse", "--json"], &["plan", "--rehearse", "--markdown", "--verbose"]] {
        for fault in ["deny:sns.*", "error-before:sns.*:always", "slow:sns.*:1s"] {
            let ran = desk.sandbox(&[args, &["--fault", fault]].concat());
            assert!(ran.out.contains("ehears") && !ran.all().contains("pl4nted"), "{}", ran.all());
        }
    }
}
