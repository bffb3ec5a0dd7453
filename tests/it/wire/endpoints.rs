//! The binary finds its AWS by the settings that every SDK knows: endpoints, keys, profiles, roles.

use super::moto::Moto;
use crate::cli::{Desk, SMALL};

/// Nothing listens there, and connecting fails at once.
const NOWHERE: &str = "http://127.0.0.1:9";

fn keys(desk: Desk) -> Desk {
    desk.var("AWS_ACCESS_KEY_ID", "AKIAEXAMPLE").var("AWS_SECRET_ACCESS_KEY", "example").var("AWS_MAX_ATTEMPTS", "1")
}

/// Created, settled, destroyed.
fn lives(desk: &Desk, args: &[&str]) {
    let run = |command: &[&str], code| desk.run(&[command, args].concat()).exits(code);
    run(&["plan", "stack.toml", "--detailed-exitcode"], 2);
    run(&["apply", "stack.toml", "--yes"], 0);
    run(&["plan", "stack.toml", "--detailed-exitcode"], 0);
    assert!(run(&["show", "stack.toml"], 0).out.contains("resource.news"));
    run(&["destroy", "stack.toml", "--yes"], 0);
}

#[test]
fn one_endpoint_for_everything() {
    let Some(moto) = Moto::start() else { return };
    lives(&keys(Desk::with(SMALL)).var("AWS_ENDPOINT_URL", &moto.endpoint), &[]);
}

#[test]
fn an_endpoint_for_each_service() {
    let Some(moto) = Moto::start() else { return };
    let mut desk = keys(Desk::with(SMALL)).var("AWS_ENDPOINT_URL", NOWHERE);
    desk.run(&["plan", "stack.toml"]).exits(1);
    // The last three are asked for always, as the tagging API does not know all that they have.
    for service in ["STS", "S3", "SNS", "RESOURCE_GROUPS_TAGGING_API", "IAM", "CLOUDWATCH", "CLOUDFRONT"] {
        desk = desk.var(&format!("AWS_ENDPOINT_URL_{service}"), &moto.endpoint);
    }
    let run = |command: &[&str], code| desk.run(command).exits(code);
    run(&["plan", "stack.toml", "--detailed-exitcode"], 2);
    run(&["apply", "stack.toml", "--yes"], 0);
    run(&["plan", "stack.toml", "--detailed-exitcode"], 0);
}

/// The bucket too, whose host name no endpoint but AWS's own has.
#[test]
fn an_endpoint_for_s3_alone_is_spoken_to_by_path() {
    let Some(moto) = Moto::start() else { return };
    let mut desk = keys(Desk::with(SMALL));
    for service in ["STS", "S3", "SNS", "RESOURCE_GROUPS_TAGGING_API"] {
        desk = desk.var(&format!("AWS_ENDPOINT_URL_{service}"), &moto.endpoint);
    }
    desk.run(&["apply", "stack.toml", "--yes"]).exits(0);
}

#[test]
fn a_profile_asked_for_wins_over_keys_in_the_environment() {
    let Some(moto) = Moto::start() else { return };
    // moto tells accounts apart by the role that was assumed.
    let config = format!(
        "[profile base]\naws_access_key_id = AKIABASE\naws_secret_access_key = base\n\
         [profile deploy]\nregion = eu-west-1\nendpoint_url = {0}\nrole_arn = arn:aws:iam::210987654321:role/deploy\nsource_profile = base\n",
        moto.endpoint
    );
    let desk = keys(Desk::with(&SMALL.replace("region", "account = \"210987654321\"\nregion")));
    desk.write("config", config);
    let desk = desk.var("AWS_CONFIG_FILE", "config").var("AWS_ENDPOINT_URL_STS", &moto.endpoint);
    lives(&desk, &["--profile", "deploy"]);
    // Without it, the keys are of another account.
    let desk = desk.var("AWS_ENDPOINT_URL", &moto.endpoint);
    let ran = desk.run(&["plan", "stack.toml"]).exits(1);
    assert!(ran.err.contains("the stack belongs to account 210987654321, and these credentials to 123456789012"), "{}", ran.err);
}

#[test]
fn a_profile_of_the_environment_brings_keys_and_endpoints() {
    let Some(moto) = Moto::start() else { return };
    let config = format!(
        "[profile wire]\nregion = us-west-2\nservices = local\naws_access_key_id = AKIAWIRE\naws_secret_access_key = wire\n\
         endpoint_url = {0}\n[services local]\ns3 =\n  endpoint_url = {0}\nsns =\n  endpoint_url = {NOWHERE}\n",
        moto.endpoint
    );
    let desk = Desk::with(SMALL);
    desk.write("config", config);
    let desk = desk.var("AWS_CONFIG_FILE", "config").var("AWS_PROFILE", "wire").var("AWS_MAX_ATTEMPTS", "1");
    let ran = desk.run(&["plan", "stack.toml"]).exits(3);
    assert!(ran.err.contains("unread sns.topic: sns.ListTopics: Unreachable"), "{}", ran.err);
    let desk = desk.var("AWS_ENDPOINT_URL_SNS", &moto.endpoint);
    desk.run(&["apply", "stack.toml", "--yes"]).exits(0);
    // The region is the stack's, not the profile's.
    assert_eq!((moto.count("us-east-1")["sns.topic"], moto.count("us-west-2")["sns.topic"]), (1, 0));
}
