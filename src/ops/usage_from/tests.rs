//! The metrics of live resources.

use super::metrics::{Metric, metrics};
use crate::core::address::Address;
use crate::core::identity::{Claim, Scope};
use crate::core::snapshot::{Live, Snapshot, State};
use crate::kinds::{KINDS, priced};
use serde_json::{Value, json};
use std::collections::BTreeMap;

fn snapshot() -> Snapshot {
    Snapshot::empty(Scope { stack: "s".into(), env: "e".into(), account: "123456789012".into(), region: "eu-west-1".into() })
}

fn live(id: &str, spec: Value) -> Live {
    let claim = Claim::new(Address::parse("service.api.thing").unwrap(), "g");
    let arn = format!("arn:aws:x:eu-west-1:123456789012:loadbalancer/{id}");
    Live { id: id.into(), name: id.into(), arn, claim: Some(claim), state: State::Ready, spec, outputs: BTreeMap::new() }
}

/// Each metric in a line: measure, namespace, names, dimensions, statistic.
fn told(kind: &str, id: &str, spec: Value, snapshot: &Snapshot) -> Vec<String> {
    let text = |metric: Metric| {
        let dimensions = metric.dimensions.iter().map(|(name, value)| format!("{name}={value}")).collect::<Vec<_>>().join(",");
        format!("{} = {} {} of {dimensions}, {}", metric.measure, metric.namespace, metric.names.join(" + "), metric.statistic)
    };
    metrics(kind, &live(id, spec), snapshot).into_iter().map(text).collect()
}

#[test]
fn each_measure_is_a_metric_of_the_resource_itself() {
    let none = snapshot();
    let balancer = |kind: &str| json!({"type": kind, "subnet_ids": ["subnet-1", "subnet-2"]});
    assert_eq!(
        told("elbv2.load_balancer", "app/web/1", balancer("application"), &none),
        [
            "requests = AWS/ApplicationELB RequestCount of LoadBalancer=app/web/1, Sum",
            "active_connections = AWS/ApplicationELB ActiveConnectionCount of LoadBalancer=app/web/1, Sum",
            "answered_gb = AWS/ApplicationELB ProcessedBytes of LoadBalancer=app/web/1, Sum",
        ]
    );
    assert_eq!(
        told("elbv2.load_balancer", "net/web/1", balancer("network"), &none)[1],
        "active_connections = AWS/NetworkELB ActiveFlowCount of LoadBalancer=net/web/1, Average"
    );
    assert_eq!(
        told("ec2.nat_gateway", "nat-1", json!({}), &none),
        [
            "nat_gb = AWS/NATGateway BytesInFromSource + BytesInFromDestination of NatGatewayId=nat-1, Sum",
            "nat_sent_gb = AWS/NATGateway BytesOutToDestination of NatGatewayId=nat-1, Sum",
        ]
    );
    let endpoint = |kind: &str| json!({"vpc_id": "vpc-1", "service_name": "com.amazonaws.eu-west-1.ecr.api", "type": kind});
    assert_eq!(
        told("ec2.vpc_endpoint", "vpce-1", endpoint("Interface"), &none),
        [
            "endpoint_gb = AWS/PrivateLinkEndpoints BytesProcessed of Endpoint Type=Interface,Service Name=com.amazonaws.eu-west-1.ecr.api,VPC Endpoint Id=vpce-1,VPC Id=vpc-1, Sum"
        ]
    );
    assert_eq!(told("ec2.vpc_endpoint", "vpce-1", endpoint("Gateway"), &none), Vec::<String>::new());
    assert_eq!(told("s3.bucket", "files", json!({}), &none).len(), 11);
    assert_eq!(
        told("s3.bucket", "files", json!({}), &none)[10],
        "glacier_deep_gb = AWS/S3 BucketSizeBytes of BucketName=files,StorageType=DeepArchiveStorage, Average"
    );
    assert_eq!(
        told("cloudfront.distribution", "E1", json!({}), &none)[1],
        "cdn_gb = AWS/CloudFront BytesDownloaded of DistributionId=E1,Region=Global, Sum"
    );
    let insights = |level: &str| told("ecs.cluster", "c", json!({"container_insights": level}), &none);
    assert_eq!(insights("enabled"), ["insights_gb = AWS/Logs IncomingBytes of LogGroupName=/aws/ecs/containerinsights/c/performance, Sum"]);
    assert_eq!(insights("disabled"), Vec::<String>::new());
    let credits = |class: &str| told("rds.instance", "db", json!({"instance_class": class}), &none);
    assert_eq!(credits("db.t4g.micro"), ["cpu_credit_hours = AWS/RDS CPUSurplusCreditsCharged of DBInstanceIdentifier=db, Sum"]);
    assert_eq!(credits("db.r6g.large"), Vec::<String>::new());
}

#[test]
fn tasks_are_counted_where_autoscaling_decides_how_many_run() {
    let mut snapshot = snapshot();
    assert_eq!(told("ecs.service", "main/api", json!({}), &snapshot), Vec::<String>::new());
    let target = live("service/main/api", json!({"resource_id": "service/main/api", "min_capacity": 1, "max_capacity": 4}));
    snapshot.resources.insert("autoscaling.target".into(), vec![target]);
    assert_eq!(
        told("ecs.service", "main/api", json!({}), &snapshot),
        ["tasks = AWS/ECS CPUUtilization of ClusterName=main,ServiceName=api, SampleCount"]
    );
    assert_eq!(told("ecs.service", "main/other", json!({}), &snapshot), Vec::<String>::new());
}

/// A table of `[usage]` takes only what its kinds know.
#[test]
fn every_measure_is_one_of_its_kind() {
    let mut snapshot = snapshot();
    snapshot.resources.insert("autoscaling.target".into(), vec![live("t", json!({"resource_id": "service/a/b"}))]);
    let mut asked = 0;
    for entry in KINDS {
        let mut spec = (entry.row.example)();
        if entry.row.name == "ecs.cluster" {
            spec["container_insights"] = "enabled".into();
        }
        for metric in metrics(entry.row.name, &live("a/b", spec), &snapshot) {
            let usage = priced(entry.row.name).unwrap().usage;
            assert!(usage.iter().any(|measure| measure.name == metric.measure), "{} has no {}", entry.row.name, metric.measure);
            assert!(!metric.names.is_empty() && !metric.namespace.is_empty() && metric.unit > 0.0);
            asked += 1;
        }
    }
    assert!(asked > 20, "{asked}");
}
