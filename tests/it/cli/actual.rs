//! `cost --actual` and `--usage-from`: what the embedded AWS knows of a stack's bill and use, by what a test has put there.

use super::served::Served;
use super::{Desk, Ran};
use expect_test::expect;
use jiff::civil::Date;
use jiff::{Timestamp, ToSpan, tz::TimeZone};
use serde_json::{Value, json};
use trueup::core::money::{Money, number};
use trueup::sandbox::world::{Call, World};
use trueup::sandbox::{Options, Sandbox};

const STACK: &str = r#"
[stack]
name = "small"
region = "eu-west-1"

[secrets.one]
protect = false
recovery_days = 0

[secrets.two]
protect = false
recovery_days = 0

[resource.news]
kind = "sns.topic"

[resource.log]
kind = "logs.log_group"
retention_in_days = 30
"#;

/// Opens the embedded AWS that the command uses, and puts something there.
fn put(desk: &Desk, directory: &str, change: impl FnOnce(&mut World)) {
    let sandbox = Sandbox::open(Options { directory: Some(desk.path(directory)), ..Options::default() }).unwrap();
    sandbox.change(change).unwrap();
}

/// A line of a bill: day, service, usage type, record type, cost, quantity.
type Line<'a> = (&'a str, &'a str, &'a str, &'a str, &'a str, &'a str);

fn put_bill(desk: &Desk, directory: &str, owner: &str, lines: &[Line<'_>]) {
    put(desk, directory, |world| {
        let none = Value::Null;
        let mut call = Call::new(world, &none, "ce", "", "us-east-1");
        for (at, (day, service, usage, record, cost, quantity)) in lines.iter().enumerate() {
            let row = json!({
                "Day": day, "SERVICE": service, "USAGE_TYPE": usage, "RECORD_TYPE": record, "LINKED_ACCOUNT": "123456789012",
                "Tags": {"trueup:stack": owner}, "UnblendedCost": cost, "AmortizedCost": cost, "UsageQuantity": quantity, "Unit": "N/A",
            });
            call.put("ce.line", &format!("{owner}-{at}"), row);
        }
    });
}

const SANDBOX: &str = ".trueup/sandbox";

const OCTOBER: &[Line<'_>] = &[
    ("2026-10-01", "AWS Secrets Manager", "EU-AWSSecretsManager-Secrets", "Usage", "0.8", "2"),
    ("2026-10-12", "Amazon Simple Notification Service", "EU-Requests-Tier1", "Usage", "6", "12000000"),
    ("2026-10-01", "AmazonCloudWatch", "EU-DataProcessing-Bytes", "Usage", "57", "100"),
    ("2026-10-01", "AmazonCloudWatch", "EU-DataTransfer-Out-Bytes", "Usage", "0.9", "10"),
    ("2026-10-05", "Amazon \u{1b}[2JBedrock", "EU-Tokens", "Usage", "1.25", "1"),
    ("2026-10-31", "AWS Secrets Manager", "Tax", "Tax", "0.15", "0"),
    ("2026-10-31", "AmazonCloudWatch", "EU-DataProcessing-Bytes", "Credit", "-3", "0"),
    ("2026-11-01", "AWS Secrets Manager", "EU-AWSSecretsManager-Secrets", "Usage", "77", "2"),
];

fn cost(desk: &Desk, more: &[&str]) -> Ran {
    desk.sandbox(&[&["cost", "--day", "2026-11-21"], more].concat())
}

#[test]
fn an_estimate_stands_beside_the_bill() {
    let desk = Desk::with(STACK);
    put_bill(&desk, SANDBOX, "small/default", OCTOBER);
    put_bill(&desk, SANDBOX, "other/default", &[("2026-10-01", "AWS Secrets Manager", "x", "Usage", "1000", "1")]);
    let ran = cost(&desk, &["--actual=2026-10"]).exits(0);
    expect![[r#"
        small/default in eu-west-1, beside AWS's bill
        estimate: likely, 730 hours a month, on demand, before tax, no support plan;
          list prices of 2025-09-23 to 2026-10-03, catalogue of 2026-11-28 (embedded)
        bill: unblended cost of what carries the tag `trueup:stack = small/default`,
          of 2026-10, as AWS billed its 744 hours

        service           estimate    bill  difference  likely cause
        CloudWatch           $0.57  $57.00     +$56.43  usage
        SNS                  $0.00   $6.00      +$6.00  usage
        \u{1b}[2JBedrock     $0.00   $1.25      +$1.25  not in the estimate
        data transfer        $0.00   $0.90      +$0.90  not in the estimate
        Secrets Manager      $0.80   $0.80
        a month              $1.38  $65.95     +$64.57

        CloudWatch: log lines that arrive: 100 GB were billed, where the estimate has
          1; `log_gb` in `[usage."resource.log"]` says how much it is.
        SNS: messages published: 12,000,000 requests were billed, where the estimate
          has 100; `messages` in `[usage."resource.news"]` says how much it is.
        \u{1b}[2JBedrock: the estimate has nothing of it; most of it is EU-Tokens.
        data transfer: the estimate has nothing of it; most of it is
          EU-DataTransfer-Out-Bytes.

        Apart from it, in the whole period: Credit -$3.00, Tax $0.15.
        Data transfer stands by itself here; AWS's bill has it in the services that
        send it.
        The support plan, most taxes and what AWS bills without tags are in no stack's
        bill.
    "#]]
    .assert_eq(&ran.out);
    assert!(ran.out.lines().all(|line| line.chars().count() <= 80) && !ran.out.contains('\u{1b}'), "{}", ran.out);

    let json = cost(&desk, &["--actual=2026-10", "--json"]).exits(0).json();
    let money = |value: &Value| Money::new(number(value.as_str().unwrap()).unwrap());
    let services = json["services"].as_array().unwrap();
    let sum = |pick: fn(&Value) -> &Value| services.iter().map(pick).filter(|one| !one.is_null()).map(money).sum::<Money>();
    assert_eq!(sum(|row| &row["billed"]), money(&json["billed"]));
    assert_eq!(sum(|row| &row["estimate"]["list"]["likely"]), money(&json["estimate"]["list"]["likely"]));
    assert_eq!(sum(|row| &row["difference"]), money(&json["difference"]));
    assert_eq!((&json["period"]["is"], &json["period"]["hours"], &json["apart"]["Tax"]), (&"month".into(), &744.into(), &"0.15".into()));
    assert!(
        cost(&desk, &["--actual=2026-10", "--markdown"])
            .exits(0)
            .out
            .contains("| service | estimate | bill | difference | likely cause |\n")
    );
    // Two requests, at a cent each.
    let traced = cost(&desk, &["--actual=2026-10", "--trace-calls"]).exits(0);
    assert!(traced.err.contains("2  ce.GetCostAndUsage"), "{}", traced.err);
}

#[test]
fn a_bill_that_knows_nothing_of_the_tag_is_no_bill_of_nothing() {
    let desk = Desk::with(STACK);
    let ran = cost(&desk, &["--actual=2026-10"]).exits(1);
    assert_eq!(ran.out, "");
    assert!(
        ran.err.contains("Cost Explorer knows no costs of `trueup:stack = small/default` from 2026-10-01 to 2026-11-01"),
        "{}",
        ran.err
    );
    assert!(ran.err.contains("TagKey=trueup:stack,Status=Active") && !ran.err.contains('$'), "{}", ran.err);
    let denied = cost(&desk, &["--actual", "--fault", "deny:ce.GetCostAndUsage"]).exits(1);
    assert!(denied.err.contains("allow `ce:GetCostAndUsage` for ") && denied.err.contains("the account that pays"), "{}", denied.err);
    for wrong in [
        ["--actual=soon", "--json"],
        ["--actual=9999-01", "--json"],
        ["--actual", "--live"],
        ["--actual", "--csv"],
        ["--usage-from", "soon"],
    ] {
        cost(&desk, &wrong).exits(64);
    }
}

#[test]
fn days_and_a_month_that_is_not_over_are_scaled_and_say_so() {
    let desk = Desk::with(STACK);
    let today = today();
    let day = |days: i64| today.saturating_sub(days.days()).to_string();
    let (yesterday, before, long_ago) = (day(1), day(10), day(40));
    let lines = [&yesterday, &before, &long_ago]
        .map(|day| (day.as_str(), "AWS Secrets Manager", "EU-AWSSecretsManager-Secrets", "Usage", "0.36", "1"));
    put_bill(&desk, SANDBOX, "small/default", &lines);
    let json = cost(&desk, &["--actual=30d", "--json"]).exits(0).json();
    assert_eq!((&json["billed"], &json["period"]["is"]), (&"0.73".into(), &"days".into()));
    let text = cost(&desk, &["--actual=30d"]).exits(0).out;
    assert!(text.contains("scaled from 720 to") && text.contains("AWS calls its figures an estimate"), "{text}");
    // On the first of a month no day of it is over.
    if today.day() > 1 {
        let month = today.strftime("%Y-%m").to_string();
        let text = cost(&desk, &[&format!("--actual={month}")]).exits(0).out;
        assert!(text.contains(&format!("of {month}, which is not over")), "{text}");
    }
}

#[test]
fn a_bill_comes_over_http_with_the_stacks_region_elsewhere() {
    let desk = Desk::with(STACK);
    put_bill(&desk, "served", "small/default", OCTOBER);
    let served = Served::start(&desk);
    let json = served.client(&desk).run(&["cost", "--actual=2026-10", "--json"]).exits(0).json();
    assert_eq!(json["billed"], "65.95");
}

fn today() -> Date {
    Timestamp::now().to_zoned(TimeZone::UTC).date()
}

/// Puts one value a day, the oldest first, up to yesterday.
fn put_metric(desk: &Desk, region: &str, (namespace, metric): (&str, &str), dimensions: &[(&str, &str)], values: &[Option<f64>]) {
    let start = today().to_zoned(TimeZone::UTC).unwrap().timestamp().as_second();
    put(desk, SANDBOX, |world| {
        let none = Value::Null;
        let mut call = Call::new(world, &none, "cloudwatch", "", region);
        let dimensions = dimensions.iter().map(|(name, value)| json!({"Name": name, "Value": value})).collect::<Vec<_>>();
        for (back, value) in values.iter().rev().enumerate() {
            let Some(value) = value else { continue };
            let at = start - 86_400 * i64::try_from(back + 1).unwrap() + 43_200;
            let row = json!({
                "Namespace": namespace, "MetricName": metric, "Dimensions": dimensions,
                "_at": at, "_came": at, "_values": [[value, 1.0]], "Unit": "None",
            });
            call.put("cloudwatch.datum", &format!("{at:015}:{metric}:{dimensions:?}"), row);
        }
    });
}

#[test]
fn use_is_read_from_cloudwatch_and_can_be_used() {
    let desk = Desk::with(STACK);
    desk.sandbox(&["apply", "--yes"]).exits(0);
    let show = desk.sandbox(&["show", "--json"]).exits(0).out;
    let name = |marker: &str| {
        let (_, rest) = show.split_once(marker).unwrap_or_else(|| panic!("{marker}: {show}"));
        format!("{marker}{}", rest.split(['"', '/', ':']).next().unwrap())
    };
    let topic = name("small-default-resource-news-");
    // Thirty days: two that belong to no whole week, one quiet week, two ordinary ones, a busy one with a day without messages.
    let mut values = vec![Some(9e9); 2];
    for (week, value) in [(0, 24.0), (1, 240.0), (2, 480.0), (3, 2400.0)] {
        values.extend((0..7).map(|day| (week != 3 || day != 6).then_some(value)));
    }
    put_metric(&desk, "eu-west-1", ("AWS/SNS", "NumberOfMessagesPublished"), &[("TopicName", &topic)], &values);
    let ran = cost(&desk, &["--usage-from", "30d"]).exits(0);
    let from = today().saturating_sub(30.days());
    let last = today().saturating_sub(1.days());
    expect![[r##"
        # Usage of small/default as CloudWatch knows it, from FROM to LAST
        # (UTC), for a month of 730 hours. low, likely and high are the quietest, the
        # median and the busiest of 4 weeks. A gigabyte has 2^30 bytes.

        # resource.log:
        # log_gb: CloudWatch has no data of resource.log, so nothing is said of it.
        # Not in CloudWatch, so what is assumed stays: log_searched_gb.

        [usage."resource.news"]
        messages = { low = 730, likely = 10950, high = 62570 }

        # secrets:
        # Not in CloudWatch, so what is assumed stays: secret_reads.
    "##]]
    .assert_eq(&ran.out.replace(&from.to_string(), "FROM").replace(&last.to_string(), "LAST"));

    // It is a file of usage as it is.
    desk.write("usage.toml", &ran.out);
    let priced = desk.run(&["cost", "--day", "2026-11-21", "--usage", "usage.toml", "--detail"]).exits(0);
    assert!(priced.out.contains("messages = 10,950"), "{}", priced.out);
    let json = cost(&desk, &["--usage-from", "30d", "--json"]).exits(0).json();
    assert_eq!(json["usage"]["resource.news"]["messages"]["likely"], json!(10_950.0));
    assert_eq!(json["unknown"]["resource.log"]["no_data"]["log_gb"], json!(["resource.log"]));

    let denied = cost(&desk, &["--usage-from", "7d", "--fault", "deny:cloudwatch.GetMetricData"]).exits(1);
    assert!(denied.err.contains("allow `cloudwatch:GetMetricData` for "), "{}", denied.err);
    let unread = cost(&desk, &["--usage-from", "7d", "--fault", "deny:sns.*"]).exits(1);
    assert!(unread.out.is_empty() && unread.err.contains("failed to read sns.topic"), "{}", unread.err);
}

/// CloudFront is measured in us-east-1, and buckets once a day in gigabytes of 2^30 bytes.
#[test]
fn use_is_found_where_it_is_measured() {
    const GB: f64 = 1_073_741_824.0;
    let desk = Desk::with("[stack]\nname = \"small\"\nregion = \"eu-west-1\"\n[storage.files]\nprotect = false\ncdn = {}\n");
    desk.sandbox(&["apply", "--yes"]).exits(0);
    let outputs = desk.sandbox(&["plan", "--json", "--all-kinds"]).exits(0).out;
    assert!(outputs.contains("\"changes\":[]"), "{outputs}");
    let (mut bucket, mut distribution) = (String::new(), String::new());
    put(&desk, SANDBOX, |world| {
        bucket = world.tables["global/s3.bucket"].keys().next().unwrap().clone();
        distribution = world.tables["global/cloudfront.distribution"].keys().next().unwrap().clone();
    });
    let bucket_dimensions = |class| [("BucketName", bucket.as_str()), ("StorageType", class)];
    put_metric(&desk, "eu-west-1", ("AWS/S3", "BucketSizeBytes"), &bucket_dimensions("StandardStorage"), &[Some(4.0 * GB); 5]);
    put_metric(&desk, "eu-west-1", ("AWS/S3", "BucketSizeBytes"), &bucket_dimensions("GlacierStorage"), &[Some(2.0 * GB); 5]);
    let viewers = [("DistributionId", distribution.as_str()), ("Region", "Global")];
    put_metric(&desk, "us-east-1", ("AWS/CloudFront", "BytesDownloaded"), &viewers, &[Some(24.0 * GB), None, Some(48.0 * GB)]);
    let usage = cost(&desk, &["--usage-from", "3d", "--json"]).exits(0).json();
    let files = &usage["usage"]["storage.files"];
    assert_eq!(files["stored_gb"], json!({"low": 4.0, "likely": 4.0, "high": 4.0}));
    assert_eq!(files["glacier_flexible_gb"]["likely"], json!(2.0));
    // A day without viewers is one of nothing, as there were some before.
    assert_eq!(files["cdn_gb"], json!({"low": 0.0, "likely": 730.0, "high": 1460.0}));
    let silent = &usage["unknown"]["storage.files"]["no_data"];
    assert_eq!(silent.as_object().unwrap().keys().collect::<Vec<_>>(), ["cdn_requests", "cdn_uploaded_gb"]);
}
