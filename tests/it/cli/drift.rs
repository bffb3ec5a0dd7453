//! `drift`, and plans of one side alone: what somebody has changed in AWS, told apart from what has changed in the file.

use super::Desk;
use aws_smithy_runtime_api::client::http::SharedHttpClient;
use serde_json::Value;
use trueup::aws::{Aws, Clock, Connection};
use trueup::core::identity::Scope;
use trueup::sandbox::{Options, Sandbox, Speed};

const STACK: &str = r#"
[stack]
name = "shop"
region = "eu-west-1"
ignore_tags = ["team-x/*"]

[resource.vpc]
kind = "ec2.vpc"
cidr = "10.0.0.0/16"

[resource.web]
kind = "ec2.security_group"
description = "web"
vpc_id = "${resource.vpc.id}"
ingress = [{ from_port = 80, cidr = "10.1.0.0/16" }]

[resource.log]
kind = "logs.log_group"
retention_in_days = 30

[resource.news]
kind = "sns.topic"
display_name = "News"

[resource.spare]
kind = "sns.topic"
"#;

/// The stack after somebody has worked on its file.
fn edited() -> String {
    STACK.replace("\"News\"", "\"Olds\"") + "\n[resource.fresh]\nkind = \"sns.topic\"\n"
}

/// Somebody else at work on the same embedded AWS, who knows the ids of what is there.
fn hand(desk: &Desk, work: impl AsyncFnOnce(&Aws, &dyn Fn(&str) -> String)) {
    let shown = desk.sandbox(&["show", "--json"]).exits(0).json();
    let id = |address: &str| {
        let mut all = shown["resources"].as_array().unwrap().iter();
        all.find(|one| one["address"] == address).unwrap()["id"].as_str().unwrap().to_owned()
    };
    let options = Options { directory: Some(desk.path(".trueup/sandbox")), speed: Speed::Times(2000.0), ..Options::default() };
    let sandbox = Sandbox::open(options).unwrap();
    let runtime = tokio::runtime::Builder::new_multi_thread().enable_all().build().unwrap();
    runtime.block_on(async {
        let connection = Connection::over(SharedHttpClient::new(sandbox), "eu-west-1", Clock { speed: 2000.0 }).await;
        let scope = Scope { stack: "other".into(), env: "x".into(), account: "123456789012".into(), region: "eu-west-1".into() };
        work(&connection.clients(scope), &id).await;
    });
}

async fn retain(aws: &Aws, group: &str, days: i32) {
    aws.logs.put_retention_policy().log_group_name(group).retention_in_days(days).send().await.unwrap();
}

/// Changes a log group, opens a port, deletes a topic, and tags: one tag of those that are left to others, and one that is not.
fn meddle(desk: &Desk) {
    hand(desk, async |aws, id| {
        retain(aws, &id("resource.log"), 60).await;
        let open = aws.ec2.authorize_security_group_ingress().group_id(id("resource.web")).ip_protocol("tcp").from_port(22).to_port(22);
        open.cidr_ip("203.0.113.0/24").send().await.unwrap();
        aws.sns.delete_topic().topic_arn(id("resource.spare")).send().await.unwrap();
        let tag = |key: &str| aws_sdk_ec2::types::Tag::builder().key(key).value("them").build();
        aws.ec2.create_tags().resources(id("resource.vpc")).tags(tag("team-x/owner")).send().await.unwrap();
        let tag = aws_sdk_sns::types::Tag::builder().key("Owner").value("them").build().unwrap();
        aws.sns.tag_resource().resource_arn(id("resource.news")).tags(tag).send().await.unwrap();
    });
}

fn addresses(list: &Value) -> Vec<&str> {
    list.as_array().unwrap().iter().map(|one| one["address"].as_str().unwrap()).collect()
}

#[test]
fn drift_is_what_aws_holds_otherwise_than_the_last_apply_left_it() {
    let desk = Desk::with(STACK);
    // Nothing has been applied: live and file are all there is.
    let first = desk.sandbox(&["drift"]).exits(2);
    assert!(first.out.contains("no apply has left a record") && first.out.contains("resource.log"), "{}", first.out);
    desk.sandbox(&["apply", "--yes"]).exits(0);
    let none = desk.sandbox(&["drift"]).exits(0);
    assert!(none.out.contains("against what apply 1 of ") && none.out.contains("Nothing has drifted."), "{}", none.out);
    let denied = desk.sandbox(&["drift", "--fault", "deny:logs.DescribeLogGroups"]).exits(1);
    assert!(denied.out.contains("INCOMPLETE: logs.log_group") && denied.err.contains("failed to read logs.log_group"), "{}", denied.all());

    meddle(&desk);
    desk.write("stack.toml", edited());
    let json = desk.sandbox(&["drift", "--json"]).exits(2).json();
    assert_eq!(addresses(&json["drifted"]), ["resource.log", "resource.news", "resource.spare", "resource.web"], "{json:#}");
    assert_eq!(addresses(&json["in_file"]), ["resource.fresh", "resource.news"], "{json:#}");
    let of = |address: &str| json["drifted"].as_array().unwrap().iter().find(|one| one["address"] == address).unwrap();
    assert_eq!((&of("resource.spare")["was"], &of("resource.spare")["since"]["apply"]), (&"deleted".into(), &1.into()));
    let field = &of("resource.log")["fields"][0];
    let told = (&field["field"], &field["before"], &field["after"], &field["file"]["wants"]);
    assert_eq!(told, (&"retention_in_days".into(), &30.into(), &60.into(), &"as_applied".into()));
    assert_eq!(of("resource.news")["fields"][0]["field"], "tags");
    assert_eq!(json["since"]["apply"], 1);

    let text = desk.sandbox(&["drift", "--who"]).exits(2).out;
    for part in [
        "retention_in_days: 30 → 60",
        "by arn:aws:iam::123456789012:user/sandbox, PutRetentionPolicy at ",
        "AuthorizeSecurityGroupIngress at ",
        "is gone from AWS",
        "DeleteTopic at ",
        "Changed in the file, not in AWS:",
        "resource.fresh is new",
        "resource.news: display_name",
        "4 resources have drifted. 2 resources changed in the file.",
    ] {
        assert!(text.contains(part), "no `{part}` in\n{text}");
    }
    assert!(!text.contains("team-x"), "others own that tag:\n{text}");
    let denied = desk.sandbox(&["drift", "--who", "--fault", "deny:cloudtrail.LookupEvents"]).exits(2);
    assert!(denied.out.contains("by whom is not known: cloudtrail.LookupEvents was denied"), "{}", denied.out);
    let page = desk.sandbox(&["drift", "--markdown"]).exits(2).out;
    assert!(page.contains("| `resource.log` | `logs.log_group` |") && page.contains("<details>"), "{page}");
    // Part of it could not be read, and the rest has drifted.
    let part = desk.sandbox(&["drift", "--fault", "deny:logs.DescribeLogGroups"]).exits(2);
    assert!(part.out.contains("INCOMPLETE") && part.out.contains("3 resources have drifted."), "{}", part.out);
}

#[test]
fn one_side_alone_is_put_back_or_brought() {
    let desk = Desk::with(STACK);
    let unknown = desk.sandbox(&["plan", "--only-drift"]).exits(3);
    assert!(unknown.out.contains("PLAN018") && unknown.out.contains("no apply has left a record"), "{}", unknown.out);
    desk.run(&["plan", "--empty", "--only-file"]).exits(64);
    desk.sandbox(&["apply", "--yes"]).exits(0);
    meddle(&desk);
    desk.write("stack.toml", edited());

    let back = desk.sandbox(&["apply", "--only-drift", "--yes"]).exits(0);
    assert!(back.out.contains("retention_in_days: 60 → 30") && !back.out.contains("display_name"), "{}", back.out);
    let text = back.out.split_whitespace().collect::<Vec<_>>().join(" ");
    assert!(text.contains("left as they are: `resource.fresh`"), "{}", back.out);
    let rest = desk.sandbox(&["drift", "--json"]).exits(0).json();
    assert_eq!((addresses(&rest["drifted"]), addresses(&rest["in_file"])), (vec![], vec!["resource.fresh", "resource.news"]), "{rest:#}");

    hand(&desk, async |aws, id| retain(aws, &id("resource.log"), 60).await);
    let file = desk.sandbox(&["apply", "--only-file", "--yes"]).exits(0);
    assert!(file.out.contains("display_name: News → Olds") && !file.out.contains("retention_in_days"), "{}", file.out);
    // The field that was left has drifted as before.
    let still = desk.sandbox(&["drift", "--json"]).exits(2).json();
    assert_eq!((addresses(&still["drifted"]), &still["in_file"]), (vec!["resource.log"], &serde_json::json!([])), "{still:#}");
    assert_eq!(still["drifted"][0]["fields"][0]["before"], 30);

    // A plan of one side is saved and run as any other.
    desk.sandbox(&["plan", "--only-drift", "--out", "plan.json"]).exits(0);
    desk.sandbox(&["apply", "--plan", "plan.json"]).exits(0);
    desk.sandbox(&["drift"]).exits(0);
    desk.sandbox(&["plan", "--detailed-exitcode"]).exits(0);

    // Both sides have changed one field: it is of neither alone.
    hand(&desk, async |aws, id| retain(aws, &id("resource.log"), 60).await);
    desk.write("stack.toml", edited().replace("= 30", "= 90"));
    for side in ["--only-drift", "--only-file"] {
        let both = desk.sandbox(&["plan", side]).exits(0).out.split_whitespace().collect::<Vec<_>>().join(" ");
        assert!(both.contains("changed on both sides, and left as well: `resource.log.retention_in_days`"), "{side}: {both}");
        assert!(both.contains("No changes."), "{side}: {both}");
    }

    // Something new needs what somebody has deleted.
    hand(&desk, async |aws, id| drop(aws.ec2.delete_security_group().group_id(id("resource.web")).send().await.unwrap()));
    let new = "\n[resource.door]\nkind = \"ec2.security_group\"\ndescription = \"door\"\nvpc_id = \"${resource.vpc.id}\"\n\
               ingress = [{ from_port = 1, security_group_id = \"${resource.web.id}\" }]\n";
    desk.write("stack.toml", edited() + new);
    let needs = desk.sandbox(&["plan", "--only-file"]).exits(3);
    let text = needs.out.split_whitespace().collect::<Vec<_>>().join(" ");
    assert!(text.contains("PLAN018") && text.contains("it needs `resource.web`, which is gone from AWS"), "{}", needs.out);
    let back = desk.sandbox(&["plan", "--only-drift"]).exits(0);
    assert!(back.out.contains("web") && !back.out.contains("+ door"), "{}", back.out);
}

#[test]
fn what_others_own_is_named_for_the_whole_stack_or_in_an_override() {
    let own = STACK.to_owned() + "[override.\"resource.log\"]\nignore = [\"retention_in_days\"]\n";
    let desk = Desk::with(&own);
    desk.sandbox(&["apply", "--yes"]).exits(0);
    meddle(&desk);
    let json = desk.sandbox(&["drift", "--json"]).exits(2).json();
    assert_eq!(addresses(&json["drifted"]), ["resource.news", "resource.spare", "resource.web"], "{json:#}");
    let plan = desk.sandbox(&["plan"]).exits(0);
    assert!(!plan.out.contains("retention_in_days") && !plan.out.contains("team-x"), "{}", plan.out);
    desk.write("stack.toml", own.replace("\"retention_in_days\"", "\"retention_in_day\""));
    let wrong = desk.run(&["validate"]).exits(1);
    assert!(wrong.all().contains("did you mean `retention_in_days`?"), "{}", wrong.all());
    desk.write("stack.toml", own.replace("team-x/*", "trueup:*"));
    assert!(desk.run(&["validate"]).exits(1).all().contains("TAG005"));
}
