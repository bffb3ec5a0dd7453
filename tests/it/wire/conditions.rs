//! Conditions that a real account sets to a run, each with the message that a person gets.

use crate::cli::{Desk, Ran, SMALL};
use aws_smithy_runtime_api::client::http::{
    HttpClient, HttpConnector, HttpConnectorFuture, HttpConnectorSettings, SharedHttpClient, SharedHttpConnector,
};
use aws_smithy_runtime_api::client::orchestrator::HttpRequest;
use aws_smithy_runtime_api::client::result::ConnectorError;
use aws_smithy_runtime_api::client::runtime_components::RuntimeComponents;
use expect_test::{Expect, expect};
use std::io::{Read, Write};
use std::net::TcpListener;
use trueup::aws::{Clock, Connection};

/// Compares the message of a failed run.
fn says(ran: &Ran, expected: &Expect) {
    // A single line loses its indent in `expect`.
    expected.assert_eq(known(&ran.err).trim_start());
}

/// Without what differs from run to run or is no matter here: request ids, times, the names that AWS gets.
fn known(text: &str) -> String {
    let mut parts = text.split("(request");
    let first = parts.next().unwrap_or_default().to_owned();
    // An id may have been wrapped.
    let text = parts.fold(first, |text, part| text + "(request ID)" + part.split_once(')').map_or("", |(_, rest)| rest));
    let lines = text.lines().filter(|line| !line.starts_with("on the embedded AWS"));
    let plain = |word: &str| match word {
        _ if word.contains('.') && word.parse::<f64>().is_ok() => "N".to_owned(),
        _ if word.contains("small-default-") => "NAME".to_owned(),
        _ => word.to_owned(),
    };
    lines.map(|line| line.split(' ').map(plain).collect::<Vec<_>>().join(" ") + "\n").collect()
}

/// Gives a desk keys, and one try a call.
fn signed(desk: Desk) -> Desk {
    desk.var("AWS_ACCESS_KEY_ID", "AKIAEXAMPLE").var("AWS_SECRET_ACCESS_KEY", "example").var("AWS_MAX_ATTEMPTS", "1")
}

/// A port where nothing listens: it was free a moment ago.
fn closed() -> String {
    format!("http://{}", TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap())
}

/// A server that gives everybody the same answer.
fn answering(answer: &'static str) -> String {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let address = listener.local_addr().unwrap();
    std::thread::spawn(move || {
        for stream in listener.incoming() {
            let mut stream = stream.unwrap();
            let mut request = [0; 4096];
            let _ = stream.read(&mut request);
            let _ = stream.write_all(answer.as_bytes());
        }
    });
    format!("http://{address}")
}

#[test]
fn no_credentials() {
    let ran = Desk::with(SMALL).run(&["plan", "stack.toml"]).exits(1);
    says(
        &ran,
        &expect![[r#"
        error: there are no AWS credentials; looked for in
          Environment: no AWS_ACCESS_KEY_ID with AWS_SECRET_ACCESS_KEY
          Profile: nothing is set there
          WebIdentityToken: $AWS_WEB_IDENTITY_TOKEN_FILE was not set
          EcsContainer: ECS provider not configured
          Ec2InstanceMetadata: IMDS disabled by AWS_EC2_METADATA_DISABLED env var set to `true`

        hint: sign in (`aws sso login`, `aws configure`), or set AWS_PROFILE, or AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY; `--sandbox` needs no account
    "#]],
    );
}

#[test]
fn a_profile_that_does_not_exist() {
    let desk = Desk::with(SMALL);
    desk.write("config", "[profile staging]\nregion = us-east-1\n[profile live]\nregion = us-east-1\n");
    let desk = desk.var("AWS_CONFIG_FILE", "config");
    says(
        &desk.run(&["plan", "stack.toml", "--profile", "stagin"]).exits(1),
        &expect![[r#"
        error: there is no profile `stagin` in ~/.aws/config or ~/.aws/credentials; did you mean `staging`?

        hint: `aws configure list-profiles` lists them; --profile and AWS_PROFILE choose one
    "#]],
    );
    let desk = desk.var("AWS_PROFILE", "production");
    says(
        &desk.run(&["plan", "stack.toml"]).exits(1),
        &expect![[r#"
        error: there is no profile `production` in ~/.aws/config or ~/.aws/credentials; there are `live`, `staging`

        hint: `aws configure list-profiles` lists them; --profile and AWS_PROFILE choose one
    "#]],
    );
}

#[test]
fn profiles_that_give_no_credentials() {
    let desk = Desk::with(SMALL);
    let config = "[profile sso]\nsso_session = corp\nsso_account_id = 123456789012\nsso_role_name = dev\n\
                  [sso-session corp]\nsso_region = us-east-1\nsso_start_url = https://example.awsapps.com/start\n\
                  [profile lost]\nrole_arn = arn:aws:iam::123456789012:role/x\nsource_profile = nowhere\n";
    desk.write("config", config);
    desk.write("unclosed", "[profile sso\n");
    let desk = desk.var("AWS_CONFIG_FILE", "config");
    says(
        &desk.run(&["plan", "stack.toml", "--profile", "sso"]).exits(1),
        &expect![[r#"
        error: the AWS credentials cannot be loaded: an error occurred while loading an access token: failed to load the cached SSO token

        hint: sign in: `aws sso login`, with the same --profile
    "#]],
    );
    says(
        &desk.run(&["plan", "stack.toml", "--profile", "lost"]).exits(1),
        &expect![[r#"
        error: the AWS credentials cannot be loaded: profile `nowhere` was not defined: could not find source profile nowhere referenced from lost

        hint: sign in (`aws sso login`, `aws configure`), or set AWS_PROFILE, or AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY; `--sandbox` needs no account
    "#]],
    );
    let desk = desk.var("AWS_CONFIG_FILE", "unclosed");
    says(
        &desk.run(&["plan", "stack.toml", "--profile", "sso"]).exits(1),
        &expect![[r#"
        error: the AWS profiles cannot be read: could not parse profile file: error parsing unclosed on line 1:
          Profile definition must end with ']'

        hint: mend the file; AWS_CONFIG_FILE and AWS_SHARED_CREDENTIALS_FILE name others
    "#]],
    );
}

#[test]
fn expired_credentials() {
    let ran = Desk::with(SMALL).sandbox(&["plan", "stack.toml", "--fault", "expired-credentials"]).exits(1);
    says(
        &ran,
        &expect![[r#"
        error: failed to call AWS: sts.GetCallerIdentity: ExpiredToken: The security token included in the request is expired (request ID)

        hint: sign in again (`aws sso login`), or renew the keys that the environment or the profile holds; nothing is lost
    "#]],
    );
}

#[test]
fn credentials_that_expire_while_reading_or_applying() {
    let desk = Desk::with(SMALL);
    says(
        &desk.sandbox(&["plan", "stack.toml", "--fault", "expired-credentials:sns.*"]).exits(1),
        &expect![[r#"
        error: failed to call AWS: sns.ListTopics: ExpiredToken: The security token included in the request is expired (request ID)

        hint: sign in again (`aws sso login`), or renew the keys that the environment or the profile holds; nothing is lost
    "#]],
    );
    says(
        &desk.sandbox(&["apply", "stack.toml", "--yes", "--parallel", "1", "--fault", "expired-credentials:mutating@2"]).exits(4),
        &expect![[r#"
            applying 2 steps
            [1/2] created  resource.news  N s  NAME
            [1/2] failed to create storage.files.bucket: s3.CreateBucket: ExpiredToken: The security token included in the request is expired (request ID)
            stopping: the credentials do not work any more
                hint: sign in again (`aws sso login`), or renew the keys that the environment or the profile holds; nothing is lost

            Stopped part-way after N s: 1 created, 1 failed.

              failed to create storage.files.bucket: s3.CreateBucket: ExpiredToken: The security token included in the request is expired (request ID)
                hint: sign in again (`aws sso login`), or renew the keys that the environment or the profile holds; nothing is lost

            Nothing is lost: plan and apply again, and it goes on from what is live.
        "#]],
    );
    desk.sandbox(&["apply", "stack.toml", "--yes"]).exits(0);
}

#[test]
fn another_account() {
    let desk = Desk::with(SMALL);
    desk.sandbox(&["plan", "stack.toml"]).exits(0);
    desk.write("stack.toml", SMALL.replace("region", "account = \"210987654321\"\nregion"));
    says(
        &desk.sandbox(&["plan", "stack.toml"]).exits(1),
        &expect![[r#"
        error: the stack belongs to account 210987654321, and these credentials to 123456789012 (arn:aws:iam::123456789012:user/sandbox)

        hint: choose another profile with --profile, or mend `account` in [stack]
    "#]],
    );
}

#[test]
fn access_denied() {
    let desk = Desk::with(SMALL);
    let ran = desk.sandbox(&["plan", "stack.toml", "--fault", "deny:s3.ListBuckets"]).exits(3);
    says(
        &ran,
        &expect![[r#"
          unread s3.bucket: s3.ListBuckets: AccessDenied: User: arn:aws:iam::123456789012:user/sandbox is not authorized to perform: s3:ListAllMyBuckets because no identity-based policy allows the s3:ListAllMyBuckets action (request ID)
    "#]],
    );
    let shown = ran.out.split_once("INCOMPLETE").unwrap().1;
    expect![[r#"
        : resources that could not be read may be there or not
          s3.bucket: s3.ListBuckets: AccessDenied: User: arn:aws:iam::123456789012:user/sandbox is not authorized to perform:
            s3:ListAllMyBuckets because no identity-based policy allows the s3:ListAllMyBuckets action (request ID)
            hint: allow `s3:ListAllMyBuckets` for arn:aws:iam::123456789012:user/sandbox

        refused[PLAN007]: the plan is incomplete: s3.bucket could not be read, so nothing may be deleted, and what is there
            may not be known
          = help: make the readings succeed, then plan again

        Plan: 1 to create, 0 unchanged. Refused.
        Cost: $0.00 a month now, $0.03 after: +$0.03, if it were not refused ($0.00 to $2.06)
              resources that could not be read count as new
    "#]]
    .assert_eq(&known(shown));
    let ran = desk.sandbox(&["apply", "stack.toml", "--yes", "--parallel", "1", "--fault", "deny:s3.PutBucketPolicy"]).exits(4);
    says(
        &ran,
        &expect![[r#"
            applying 2 steps
            [1/2] created  resource.news  N s  NAME
            [1/2] failed to create storage.files.bucket: s3.PutBucketPolicy: AccessDenied: User: arn:aws:iam::123456789012:user/sandbox is not authorized to perform: s3:PutBucketPolicy because no identity-based policy allows the s3:PutBucketPolicy action (request ID)

            Stopped part-way after N s: 1 created, 1 failed.

              failed to create storage.files.bucket: s3.PutBucketPolicy: AccessDenied: User: arn:aws:iam::123456789012:user/sandbox is not authorized to perform: s3:PutBucketPolicy because no identity-based policy allows the s3:PutBucketPolicy action (request ID)
                hint: allow `s3:PutBucketPolicy` for arn:aws:iam::123456789012:user/sandbox

            Nothing is lost: plan and apply again, and it goes on from what is live.
        "#]],
    );
    desk.sandbox(&["apply", "stack.toml", "--yes"]).exits(0);
}

#[test]
fn a_region_that_does_not_exist() {
    // A label this long is no host name, so no resolver is asked.
    let desk =
        signed(Desk::with(&SMALL.replace("us-east-1", "xx-nowhere-1"))).var("AWS_ENDPOINT_URL", format!("http://{}", "x".repeat(64)));
    let mut ran = desk.run(&["plan", "stack.toml"]).exits(1);
    // Each resolver has words of its own.
    let (before, after) = ran.err.split_once("unknown (").unwrap();
    ran.err = format!("{before}unknown (…){}", after.split_once(')').unwrap().1);
    says(
        &ran,
        &expect![[r#"
            error: failed to call AWS: sts.GetCallerIdentity: Unreachable: http://xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx: its host name is unknown (…)

            hint: there may be no region `xx-nowhere-1`, as [stack] names it; or the network is down
        "#]],
    );
}

#[test]
fn a_service_that_does_not_listen() {
    let at = closed();
    let desk = signed(Desk::with(SMALL)).var("AWS_ENDPOINT_URL", &at);
    let said = desk.run(&["plan", "stack.toml"]).exits(1).err;
    assert!(
        said.starts_with(&format!("error: failed to call AWS: sts.GetCallerIdentity: Unreachable: {at}: Connection refused")),
        "{said}"
    );
    let desk = desk.var("AWS_MAX_ATTEMPTS", "2");
    let ran = desk.run(&["plan", "stack.toml"]).exits(1);
    let said = &ran.err;
    assert!(said.contains(&format!("sts.GetCallerIdentity: Unreachable: {at}, tried 2 times: Connection refused")), "{said}");
    assert!(said.starts_with(&format!("no answer from {at}; trying again\n")), "{said}");
    assert!(ran.err.contains("hint: nothing was sent; check the network"), "{}", ran.err);
    let desk = desk.var("AWS_ENDPOINT_URL", "127.0.0.1:5001");
    says(
        &desk.run(&["plan", "stack.toml"]).exits(1),
        &expect![[r#"
        error: failed to call AWS: sts.GetCallerIdentity: InvalidEndpoint: endpoint must contain scheme

        hint: write AWS_ENDPOINT_URL as a whole, such as http://127.0.0.1:5001
    "#]],
    );
}

#[test]
fn something_else_that_answers_in_the_place_of_aws() {
    let desk = signed(Desk::with(SMALL));
    let portal =
        answering("HTTP/1.1 200 OK\r\nContent-Type: text/html\r\nContent-Length: 21\r\nConnection: close\r\n\r\n<html>Sign in</html>\r\n");
    let desk = desk.var("AWS_ENDPOINT_URL", portal);
    says(
        &desk.run(&["plan", "stack.toml"]).exits(1),
        &expect![[r#"
        error: failed to call AWS: sts.GetCallerIdentity: UnreadableAnswer: HTTP status 200, with something that is no answer of this service

        hint: is it AWS that answers? A proxy, or what AWS_ENDPOINT_URL names, may have taken its place
    "#]],
    );
    let gateway = answering("HTTP/1.1 502 Bad Gateway\r\nContent-Length: 0\r\nConnection: close\r\n\r\n");
    let desk = desk.var("AWS_ENDPOINT_URL", gateway);
    says(
        &desk.run(&["plan", "stack.toml"]).exits(1),
        &expect![[r#"
        error: failed to call AWS: sts.GetCallerIdentity: UnreadableAnswer: HTTP status 502, and nothing that says why

        hint: is it AWS that answers? A proxy, or what AWS_ENDPOINT_URL names, may have taken its place
    "#]],
    );
}

#[test]
fn throttling_passes() {
    let desk = Desk::with(SMALL);
    desk.sandbox(&["apply", "stack.toml", "--yes", "--fault", "throttle:sns.CreateTopic:1"]).exits(0);
    desk.sandbox(&["plan", "stack.toml", "--detailed-exitcode", "--fault", "throttle:sns.*:1"]).exits(0);
}

/// Every call times out, as the HTTP client reports it.
#[derive(Debug, Clone)]
struct Silent;

impl HttpClient for Silent {
    fn http_connector(&self, _: &HttpConnectorSettings, _: &RuntimeComponents) -> SharedHttpConnector {
        SharedHttpConnector::new(Silent)
    }
}

impl HttpConnector for Silent {
    fn call(&self, _: HttpRequest) -> HttpConnectorFuture {
        HttpConnectorFuture::ready(Err(ConnectorError::timeout("HTTP read timeout occurred after 60s".into())))
    }
}

#[tokio::test]
async fn a_service_that_never_answers() {
    let connection = Connection::over(SharedHttpClient::new(Silent), "us-east-1", Clock { speed: 1e6 }).await;
    let error = connection.caller().await.unwrap_err();
    expect![[r#"
        sts.GetCallerIdentity: Timeout: https://sts.us-east-1.amazonaws.com, tried 6 times: HTTP read timeout occurred after 60s
        it was only asked, nothing was changed; run it again"#]]
    .assert_eq(&format!("{error}\n{}", error.hint().unwrap_or_default()));
}
