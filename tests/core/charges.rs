//! What AWS bills for what goes on in a stack, as its own pages count it.

use super::price_laws::{graph, lines, node};
use serde_json::{Value, json};
use trueup::core::graph::{Graph, Node};
use trueup::core::money::Money;
use trueup::core::usage::Usage;
use trueup::kinds;
use trueup::pricing::Estate;
use trueup::pricing::catalog::Catalog;
use trueup::pricing::cost::price;
use trueup::pricing::year::{Change, Year, year};

const TODAY: &str = "2026-11-29";

fn usage(text: &str) -> Usage {
    Usage { tables: toml::from_str(text).unwrap(), bare: true, ..Usage::default() }
}

/// The lines of one node among others, with what is said of it.
fn billed(address: &str, nodes: Vec<Node>, said: &str) -> Vec<String> {
    let graph = graph(nodes);
    let cost = price(&Estate::wanted(&graph, "us-east-1", &kinds::priced), &usage(said), Catalog::embedded(), TODAY);
    lines(&cost, address)
}

fn one(kind: &str, spec: Value, said: &str) -> Vec<String> {
    billed("a.b", vec![node("a.b", kind, spec)], &format!("[\"a.b\"]\n{said}"))
}

fn bucket(classes: &[&str], said: &str) -> Vec<String> {
    let transitions = classes.iter().map(|class| json!({ "days": 30, "storage_class": class })).collect::<Vec<_>>();
    one("s3.bucket", json!({ "lifecycle_rules": [{ "id": "old", "transitions": transitions }] }), said)
}

/// https://aws.amazon.com/s3/faqs/: 1 TB sent to the internet on each of 31 days.
#[test]
fn a_bucket_sends_to_the_internet_by_itself() {
    assert_eq!(bucket(&[], "bucket_sent_gb = 31744"), ["31744 datatransfer.out.internet = $2,749.44"]);
    assert_eq!(bucket(&[], "bucket_other_region_gb = 100"), ["100 datatransfer.out.other_region.gb = $2.00"]);
}

/// https://aws.amazon.com/s3/pricing/: each class has its own prices of requests, moves and reading.
#[test]
fn each_class_of_a_bucket_has_requests_moves_and_reading_of_its_own() {
    let said = "standard_ia_writes = 1e6\nstandard_ia_reads = 1e6\nstandard_ia_moved_objects = 1e6\nstandard_ia_retrieved_gb = 100\n\
        glacier_flexible_moved_objects = 1e6\nglacier_flexible_restored_objects = 1e4\nglacier_flexible_retrieved_gb = 100\n\
        glacier_flexible_expedited_objects = 1000\nglacier_flexible_expedited_gb = 10\nglacier_deep_bulk_objects = 1000\nglacier_deep_bulk_gb = 100";
    assert_eq!(
        bucket(&["STANDARD_IA", "GLACIER", "DEEP_ARCHIVE"], said),
        [
            "1000 s3.standard_ia.requests_tier1 = $10.00",
            "1000 s3.standard_ia.requests_tier2 = $1.00",
            "10 s3.glacier_flexible.retrieval_standard_requests = $0.50",
            "1 s3.glacier_flexible.retrieval_expedited_requests = $10.00",
            "10 s3.glacier_flexible.retrieval_expedited_gb = $0.30",
            "1 s3.glacier_deep.retrieval_bulk_requests = $0.03",
            "100 s3.glacier_deep.retrieval_bulk_gb = $0.25",
            "1000 s3.standard_ia.lifecycle_transition = $10.00",
            "1000 s3.glacier_flexible.lifecycle_transition = $30.00",
            "100 s3.standard_ia.retrieval_gb = $1.00",
            "100 s3.glacier_flexible.retrieval_standard_gb = $1.00",
        ]
    );
}

#[test]
fn what_is_said_of_several_classes_together_is_shared_by_them() {
    // A class that nothing is said of takes what the others leave; several share evenly, and what is read as their data.
    assert_eq!(
        bucket(&["STANDARD_IA", "GLACIER_IR"], "moved_objects = 3e6\nstandard_ia_moved_objects = 1e6"),
        ["1000 s3.standard_ia.lifecycle_transition = $10.00", "2000 s3.glacier_ir.lifecycle_transition = $40.00"]
    );
    assert_eq!(
        bucket(&["STANDARD_IA", "GLACIER_IR"], "moved_objects = 2e6"),
        ["1000 s3.standard_ia.lifecycle_transition = $10.00", "1000 s3.glacier_ir.lifecycle_transition = $20.00"]
    );
    assert_eq!(
        bucket(&["STANDARD_IA", "GLACIER_IR"], "standard_ia_gb = 100\nglacier_ir_gb = 300\nretrieved_gb = 40"),
        [
            "100 s3.standard_ia.storage = $1.25",
            "300 s3.glacier_ir.storage = $1.20",
            "10 s3.standard_ia.retrieval_gb = $0.10",
            "30 s3.glacier_ir.retrieval_gb = $0.90",
        ]
    );
}

#[test]
fn the_shares_of_classes_add_up_to_what_was_said() {
    let all = ["STANDARD_IA", "ONEZONE_IA", "INTELLIGENT_TIERING", "GLACIER_IR", "GLACIER", "DEEP_ARCHIVE"];
    for some in 1..1_u32 << all.len() {
        let classes = all.iter().enumerate().filter(|(at, _)| some >> at & 1 == 1).map(|(_, class)| *class).collect::<Vec<_>>();
        let stored = "standard_ia_gb = 10\nglacier_ir_gb = 30\nglacier_deep_gb = 60\n";
        for said in ["", stored, "standard_ia_moved_objects = 1e6\nglacier_flexible_retrieved_gb = 7\n"] {
            let lines = bucket(&classes, &format!("{said}moved_objects = 6e7\nretrieved_gb = 600"));
            let sum = |part: &str| {
                let amounts =
                    lines.iter().filter(|line| line.contains(part)).map(|line| line.split(' ').next().unwrap().parse::<f64>().unwrap());
                amounts.sum::<f64>()
            };
            assert!((sum("lifecycle_transition") - 60_000.0).abs() < 1e-6, "{classes:?} {lines:?}");
            // Reading from Intelligent-Tiering is free.
            let read = if classes == ["INTELLIGENT_TIERING"] { 0.0 } else { 600.0 };
            assert!((sum("retrieval") - read).abs() < 1e-6, "{classes:?} {lines:?}");
        }
    }
}

/// https://aws.amazon.com/s3/pricing/: $0.0025 for each 1,000 objects that are watched, and nothing for reading them.
#[test]
fn objects_in_intelligent_tiering_are_watched_for_a_fee() {
    assert_eq!(
        bucket(&["INTELLIGENT_TIERING"], "intelligent_tiering_gb = 1000\nintelligent_tiering_objects = 2e7\nretrieved_gb = 500"),
        ["1000 s3.intelligent_tiering.frequent.storage = $23.00", "20000 s3.intelligent_tiering.monitoring = $50.00"]
    );
    assert_eq!(
        bucket(&["INTELLIGENT_TIERING"], "intelligent_tiering_gb = 100\nintelligent_tiering_infrequent_gb = 900"),
        [
            "100 s3.intelligent_tiering.frequent.storage = $2.30",
            "900 s3.intelligent_tiering.infrequent.storage = $11.25",
            "1000 s3.intelligent_tiering.monitoring = $2.50",
        ]
    );
}

/// https://aws.amazon.com/kms/pricing/: $0.03 for each 10,000 requests, wherever they come from.
#[test]
fn requests_to_keys_are_billed_outside_buckets() {
    let key = "arn:aws:kms:us-east-1:123456789012:key/1";
    let requests = "100 kms.requests.symmetric = $3.00".to_owned();
    for (kind, spec) in [
        ("sns.topic", json!({ "kms_key_id": key })),
        ("secretsmanager.secret", json!({ "kms_key_id": key })),
        ("logs.log_group", json!({ "kms_key_arn": key })),
        ("rds.instance", json!({ "kms_key_id": key })),
        ("elasticache.replication_group", json!({ "kms_key_id": key, "at_rest_encryption_enabled": true })),
        ("opensearch.domain", json!({ "kms_key_id": key, "encrypt_at_rest": true })),
        ("ecr.repository", json!({ "encryption_type": "KMS", "kms_key_arn": key })),
        ("s3.bucket", json!({ "encryption": { "sse_algorithm": "aws:kms", "kms_key_id": key, "bucket_key_enabled": true } })),
    ] {
        let lines = one(kind, spec, "kms_requests = 1e6");
        assert_eq!(lines.iter().filter(|line| **line == requests).count(), 1, "{kind}: {lines:?}");
    }
    // Each read of a secret asks for its key.
    assert_eq!(
        one("secretsmanager.secret", json!({ "kms_key_id": key }), "secret_reads = 1e6"),
        ["1 secretsmanager.secret.month = $0.40", "100 secretsmanager.api_requests = $5.00", "100 kms.requests.symmetric = $3.00"]
    );
    assert_eq!(one("sns.topic", json!({ "subscriptions": [] }), "kms_requests = 1e6"), Vec::<String>::new(), "AWS owns that key");
}

/// https://aws.amazon.com/cloudwatch/pricing/: what AWS delivers has tiers, and what programs write has none.
#[test]
fn lines_that_aws_delivers_have_prices_of_their_own() {
    let said = "log_gb = 10\nlog_delivered_gb = 20480\nlog_kept_gb = 0";
    let group = |class: &str, days: u32| one("logs.log_group", json!({ "log_group_class": class, "retention_in_days": days }), said);
    assert_eq!(
        group("STANDARD", 30),
        ["10 cloudwatch.logs.ingest.standard = $5.00", "20480 cloudwatch.logs.vended = $7,680.00"],
        "10 TB at $0.50, and as much again at $0.25"
    );
    assert_eq!(
        group("INFREQUENT_ACCESS", 30),
        ["10 cloudwatch.logs.ingest.infrequent_access = $2.50", "20480 cloudwatch.logs.vended.infrequent_access = unpriced"]
    );
    assert_eq!(group("DELIVERY", 2), ["20490 cloudwatch.logs.vended = $7,682.50"], "all of it");
    let kept = one("logs.log_group", json!({ "retention_in_days": 30 }), "log_gb = 10\nlog_delivered_gb = 20");
    assert_eq!(kept[2], "4.5 cloudwatch.logs.storage = $0.14", "15 % of both");
}

/// https://aws.amazon.com/vpc/pricing/ and https://aws.amazon.com/ec2/pricing/on-demand/#Data_Transfer: $0.01 in each direction.
#[test]
fn traffic_to_a_gateway_in_another_zone_crosses_between_them() {
    let lines = one("ec2.nat_gateway", json!({}), "nat_gb = 1000\nnat_cross_zone_gb = 500");
    assert_eq!(lines[1..], ["1000 vpc.nat_gateway.gb = $45.00", "1000 datatransfer.intra_region.gb = $10.00"]);
}

/// https://aws.amazon.com/sns/pricing/: deliveries to queues and functions are free from a standard topic, all others are not.
#[test]
fn every_delivery_of_a_topic_is_billed_by_its_way() {
    let topic = |protocol: &str, endpoint: &str| {
        let spec = json!({ "subscriptions": [{ "protocol": protocol, "endpoint": endpoint }] });
        one("sns.topic", spec, "messages = 1e7")[1..].to_vec()
    };
    assert_eq!(topic("firehose", "arn:aws:firehose:us-east-1:123456789012:deliverystream/a"), ["10 sns.firehose = $1.90"]);
    assert_eq!(topic("application", "arn:aws:sns:us-east-1:123456789012:endpoint/GCM/a/b"), ["10 sns.mobile_push = $5.00"]);
    assert_eq!(topic("https", "https://example.com"), ["10 sns.http = $6.00"]);
    assert_eq!(topic("email", "a@example.com"), ["100 sns.email = $200.00"]);
    assert_eq!(topic("sms", "+12065550100"), ["10000000 sns.sms = unpriced"]);
    assert_eq!(topic("sqs", "arn:aws:sqs:us-east-1:123456789012:a"), Vec::<String>::new());
    assert_eq!(topic("lambda", "arn:aws:lambda:us-east-1:123456789012:function:a"), Vec::<String>::new());
}

/// https://aws.amazon.com/sns/pricing/: $0.30 for a million messages and $0.017 for each GB of them; $0.01 and $0.001 at each queue.
#[test]
fn a_fifo_topic_bills_bytes_and_each_queue() {
    let queue = |name: &str| json!({ "protocol": "sqs", "endpoint": format!("arn:aws:sqs:us-east-1:123456789012:{name}.fifo") });
    let spec = json!({ "fifo": true, "subscriptions": [queue("a"), queue("b")] });
    assert_eq!(
        one("sns.topic", spec.clone(), "messages = 1e8\nmessages_gb = 500"),
        [
            "100 sns.fifo.requests = $30.00",
            "500 sns.fifo.published_gb = $8.50",
            "200 sns.fifo.deliveries = $2.00",
            "1000 sns.fifo.delivered_gb = $1.00",
        ]
    );
    assert_eq!(one("sns.topic", spec, "messages = 1e8")[1], "100 sns.fifo.published_gb = $1.70", "a kilobyte each");
}

/// https://docs.aws.amazon.com/AmazonCloudWatch/latest/monitoring/cloudwatch_billing.html
#[test]
fn container_insights_bills_metrics_and_the_lines_they_come_in() {
    let cluster =
        |insights: &str| one("ecs.cluster", json!({ "container_insights": insights }), "insights_metrics = 100\ninsights_gb = 10");
    assert_eq!(cluster("enabled"), ["100 cloudwatch.metrics.custom = $30.00", "10 cloudwatch.logs.ingest.standard = $5.00"]);
    assert_eq!(cluster("enhanced")[0], "100 cloudwatch.metrics.container_insights = $7.00");
    assert_eq!(cluster("disabled"), Vec::<String>::new());
    let default = Usage::default();
    let graph = graph([node("a.b", "ecs.cluster", json!({ "container_insights": "enhanced" }))]);
    let cost = price(&Estate::wanted(&graph, "us-east-1", &kinds::priced), &default, Catalog::embedded(), TODAY);
    assert_eq!(lines(&cost, "a.b").len(), 1, "enhanced metrics come without lines to pay for");
}

fn viewers(class: &str, said: &str) -> Vec<String> {
    one("cloudfront.distribution", json!({ "price_class": class }), said)
}

/// https://docs.aws.amazon.com/AmazonCloudFront/latest/DeveloperGuide/PriceClass.html: what is served from outside the class is charged
/// "the rate for the least expensive region in your price class".
#[test]
fn viewers_outside_the_price_class_cost_what_its_cheapest_do() {
    let tokyo = "cdn_japan_gb = 1000\ncdn_japan_requests = 1e6";
    let cheapest = ["1000 cloudfront.data_out.internet.us = $85.00", "100 cloudfront.requests.https.us = $1.00"];
    assert_eq!(viewers("PriceClass_100", tokyo), cheapest);
    let own = ["1000 cloudfront.data_out.internet.japan = $114.00", "100 cloudfront.requests.https.japan = $1.20"];
    assert_eq!(viewers("PriceClass_200", tokyo), own);
    assert_eq!(viewers("PriceClass_All", tokyo), own);
    // South America and Australia are in the largest class alone, Europe is in all of them.
    for (place, whole) in [("south_america", "$110.00"), ("australia", "$114.00")] {
        let data = |class: &str| viewers(class, &format!("cdn_{place}_gb = 1000"));
        assert_eq!(data("PriceClass_200"), ["1000 cloudfront.data_out.internet.us = $85.00"]);
        assert_eq!(data("PriceClass_All"), [format!("1000 cloudfront.data_out.internet.{place} = {whole}")]);
    }
    assert_eq!(viewers("PriceClass_100", "cdn_europe_requests = 1e6"), ["100 cloudfront.requests.https.europe = $1.20"]);
    assert_eq!(
        viewers("PriceClass_100", "cdn_uploaded_gb = 100\ncdn_invalidated_paths = 2000"),
        ["100 cloudfront.data_out.origin.us = $2.00", "2000 cloudfront.invalidation.path_over_1000 = $10.00"]
    );
}

fn balancer(protocols: &[&str], said: &str) -> Vec<String> {
    let balancer = json!({ "type": "network", "scheme": "internal", "subnet_ids": ["subnet-1"] });
    let listeners = protocols.iter().enumerate().map(|(at, protocol)| {
        let spec = json!({ "load_balancer_arn": "${a.b.arn}", "port": 1000 + at, "protocol": protocol });
        node(&format!("a.listener.{at}"), "elbv2.listener", spec)
    });
    let nodes = std::iter::once(node("a.b", "elbv2.load_balancer", balancer)).chain(listeners).collect();
    billed("a.b", nodes, &format!("[\"a.b\"]\n{said}"))[1..].to_vec()
}

/// https://aws.amazon.com/elasticloadbalancing/pricing/ of 2026-09-20: a unit is 800 new and 100,000 open connections over TCP, 400 and
/// 50,000 flows over UDP, 50 and 3,000 over TLS, or 1 GB an hour.
#[test]
fn a_unit_of_a_network_load_balancer_is_another_number_of_connections_for_each_protocol() {
    let open = "active_connections = 30000";
    assert_eq!(balancer(&["TLS"], open), ["7300 elb.nlb.nlcu_hour = $43.80"]);
    assert_eq!(balancer(&["TCP"], open), ["219 elb.nlb.nlcu_hour = $1.31"]);
    assert_eq!(balancer(&["UDP"], open), ["438 elb.nlb.nlcu_hour = $2.63"]);
    assert_eq!(balancer(&[], open), ["219 elb.nlb.nlcu_hour = $1.31"]);
    // 1,000 new connections each second of a month of 730 hours.
    let new = "requests = 2628000000";
    assert_eq!(balancer(&["TLS"], new), ["14600 elb.nlb.nlcu_hour = $87.60"]);
    assert_eq!(balancer(&["UDP"], new), ["1825 elb.nlb.nlcu_hour = $10.95"]);
    assert_eq!(balancer(&["TCP"], new), ["912.5 elb.nlb.nlcu_hour = $5.48"]);
    // The units of several protocols are added up; nothing said of them, all is by the dearest.
    assert_eq!(balancer(&["TCP", "TLS"], open), ["7300 elb.nlb.nlcu_hour = $43.80"]);
    assert_eq!(balancer(&["TCP", "TLS"], &format!("{open}\ntls_active_connections = 3000")), ["927.1 elb.nlb.nlcu_hour = $5.56"]);
    assert_eq!(balancer(&["TCP_UDP"], open), ["438 elb.nlb.nlcu_hour = $2.63"]);
    assert_eq!(balancer(&["TCP", "TLS"], "answered_gb = 100\ntls_gb = 40\nreceived_gb = 10"), ["110 elb.nlb.nlcu_hour = $0.66"]);
}

#[test]
fn the_rest_of_a_range_rises() {
    let said =
        "active_connections = { low = 0, likely = 3000, high = 6000 }\ntls_active_connections = { low = 0, likely = 0, high = 6000 }";
    // All that is left in an ordinary month is over TCP, and in a busy one no less.
    assert_eq!(balancer(&["TCP", "TLS"], said), ["0/21.9/1481.9 elb.nlb.nlcu_hour = $0.13"]);
}

#[test]
fn a_network_load_balancer_that_serves_all_zones_pays_for_data_between_them() {
    let spec = json!({ "type": "network", "scheme": "internal", "subnet_ids": ["subnet-1"], "cross_zone": true });
    assert_eq!(one("elbv2.load_balancer", spec, "balancer_cross_zone_gb = 100")[1..], ["200 datatransfer.intra_region.gb = $2.00"]);
}

/// https://aws.amazon.com/elasticloadbalancing/pricing/: a unit is 1,000 rule evaluations a second.
#[test]
fn rules_beyond_the_free_ones_count_at_an_application_load_balancer() {
    let lines = one("elbv2.load_balancer", json!({ "scheme": "internal" }), "rule_evaluations = 2628000000");
    assert_eq!(lines[1..], ["730 elb.alb.lcu_hour = $5.84"]);
    assert_eq!(one("elbv2.load_balancer", json!({ "scheme": "internal" }), "received_gb = 1000")[1..], ["1000 elb.alb.lcu_hour = $8.00"]);
}

fn alarm(spec: Value, said: &str) -> (Vec<String>, Money) {
    let graph = graph([node("a.b", "cloudwatch.alarm", spec)]);
    let usage = usage(&format!("[\"a.b\"]\n{said}"));
    let cost = price(&Estate::wanted(&graph, "us-east-1", &kinds::priced), &usage, Catalog::embedded(), TODAY);
    (lines(&cost, "a.b"), cost.total().free.likely)
}

/// https://docs.aws.amazon.com/AmazonCloudWatch/latest/monitoring/cloudwatch_billing.html: "a query whose filter matches ten metrics
/// incurs ten metrics analyzed cost"; "an additional cost for each alarm-metric" beside it.
#[test]
fn an_alarm_over_a_query_counts_each_metric_and_is_never_free() {
    let query =
        json!({ "id": "q1", "expression": "SELECT AVG(CPUUtilization) FROM \"AWS/ECS\" GROUP BY ServiceName", "return_data": true });
    let math = |queries: Value| json!({ "namespace": null, "metric_name": null, "statistic": null, "period": null, "metrics": queries });
    let metric = json!({ "id": "m1", "metric": { "namespace": "AWS/SQS", "metric_name": "Age", "stat": "Maximum" } });
    assert_eq!(
        alarm(math(json!([query])), "metrics_analyzed = 10"),
        (vec!["10 cloudwatch.alarm.metrics_insights = $1.00".to_owned()], Money::ZERO)
    );
    assert_eq!(alarm(math(json!([query, metric])), "metrics_analyzed = 10").0, ["11 cloudwatch.alarm.metrics_insights = $1.10"]);
    let sum = json!({ "id": "e1", "expression": "m1 * 2", "return_data": true });
    let (lines, free) = alarm(math(json!([metric, sum])), "");
    assert_eq!((lines, free.to_string()), (vec!["1 cloudwatch.alarm.standard = $0.10".to_owned()], "$0.10".into()));
    // A high resolution has a price of its own, and none of it is given away.
    assert_eq!(alarm(json!({ "period": 10 }), ""), (vec!["1 cloudwatch.alarm.high_resolution = $0.30".to_owned()], Money::ZERO));
}

#[test]
fn a_database_that_grows_by_itself_is_full_grown_in_a_busy_month() {
    let storage = |spec: Value| one("rds.instance", spec, "")[1].clone();
    assert_eq!(storage(json!({ "max_allocated_storage": 1000 })), "20/20/1000 rds.storage.gp3.single_az = $2.30");
    assert_eq!(storage(json!({ "max_allocated_storage": null })), "20 rds.storage.gp3.single_az = $2.30");
}

/// https://docs.aws.amazon.com/opensearch-service/latest/developerguide/what-is.html#calculating-charges: an m7g.medium.search for 24 hours
/// is $0.312 by its size, and as much again as it costs where the end of support has been put off.
#[test]
fn old_versions_of_search_are_billed_by_size_and_then_twice() {
    let domain = |version: &str, day: &str| {
        let spec =
            json!({ "engine_version": version, "instance_type": "m7g.medium.search", "instance_count": 1, "dedicated_master": null });
        let graph = graph([node("a.b", "opensearch.domain", spec)]);
        let cost = price(&Estate::wanted(&graph, "us-east-1", &kinds::priced), &usage(""), Catalog::embedded(), day);
        lines(&cost, "a.b")[2..].to_vec()
    };
    assert_eq!(domain("OpenSearch_2.9", "2026-11-06"), ["1460 opensearch.extended_support.nih = $9.49"]);
    assert_eq!(domain("OpenSearch_2.9", "2026-11-07"), ["730 opensearch.instance.m7g.medium.search = $49.64"]);
    assert_eq!(domain("OpenSearch_2.19", TODAY), Vec::<String>::new());
    assert_eq!(domain("OpenSearch_2.19", "2027-11-07"), ["1460 opensearch.extended_support.nih = $9.49"]);
    assert_eq!(domain("Elasticsearch_5.6", TODAY), ["1460 opensearch.extended_support.nih = $9.49"]);
    assert_eq!(domain("OpenSearch_3.1", "2030-01-01"), Vec::<String>::new());
}

fn year_of(graph: &Graph, day: &str) -> (Money, Year) {
    let estate = Estate::wanted(graph, "us-east-1", &kinds::priced);
    let cost = price(&estate, &usage(""), Catalog::embedded(), day);
    let year = year(&cost, &estate, &usage(""), Catalog::embedded());
    (cost.total().list.likely, year)
}

fn database(engine: &str, version: &str) -> Graph {
    graph([node("database.main.instance", "rds.instance", json!({ "engine": engine, "engine_version": version }))])
}

/// The months of 2027 from March on have Extended Support of PostgreSQL 14, two processors of it at $0.10 an hour:
/// https://docs.aws.amazon.com/AmazonRDS/latest/PostgreSQLReleaseNotes/postgresql-release-calendar.html
#[test]
fn a_year_has_what_begins_in_the_course_of_it() {
    let (month, year) = year_of(&database("postgres", "14"), TODAY);
    let more = (year.total.list.likely - month - month - month - month - month - month - month - month - month - month - month - month)
        .to_string();
    assert_eq!(more, "$1,314.00", "nine months of $146.00");
    let [Change { day, what, before, after, .. }] = year.changes.as_slice() else { panic!("{:?}", year.changes) };
    assert_eq!((day.as_str(), what.as_str()), ("2027-03-01", "Extended Support of postgresql 14"));
    assert_eq!((before.list.likely, after.list.likely.to_string()), (Money::ZERO, "$146.00".into()));
    // What has begun already is in each of the months, and what begins later in none.
    for (engine, version, day) in [("postgres", "14", "2027-03-01"), ("postgres", "17", TODAY), ("postgres", "14", "2025-01-31")] {
        let (month, year) = year_of(&database(engine, version), day);
        assert_eq!((year.changes, year.total.list.likely), (vec![], (0..12).map(|_| month).sum()), "{engine} {version} {day}");
    }
}

/// https://docs.aws.amazon.com/AmazonRDS/latest/UserGuide/MySQL.Concepts.VersionMgmt.html: the third year of MySQL 8.0 begins on
/// 2028-08-01, and costs twice as much.
#[test]
fn a_third_year_of_extended_support_is_dearer_from_its_day() {
    let (_, year) = year_of(&database("mysql", "8.0"), "2028-02-15");
    let [Change { day, before, after, .. }] = year.changes.as_slice() else { panic!("{:?}", year.changes) };
    let amounts = [before, after].map(|total| total.list.likely.to_string());
    assert_eq!((day.as_str(), amounts), ("2028-08-01", ["$146.00".into(), "$292.00".into()]));
}

/// https://docs.aws.amazon.com/AmazonElastiCache/latest/dg/extended-support-charges.html: Redis 6 from 2027-02-01.
#[test]
fn a_charge_without_a_price_that_begins_is_no_less_said() {
    let cache = json!({ "engine": "redis", "engine_version": "6.x", "auto_minor_version_upgrade": true });
    let (_, year) = year_of(&graph([node("a.b", "elasticache.replication_group", cache)]), TODAY);
    let [Change { day, before, after, .. }] = year.changes.as_slice() else { panic!("{:?}", year.changes) };
    assert_eq!((day.as_str(), before.unpriced(), after.unpriced(), year.total.unpriced()), ("2027-02-01", 0, 1, 1));
}
