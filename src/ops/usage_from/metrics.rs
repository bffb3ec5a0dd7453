//! The measures of `[usage]` that CloudWatch knows of a resource, and the metrics that they are.

use crate::core::kind::{Kind, from_value};
use crate::core::snapshot::{Live, Snapshot};
use crate::kinds::autoscaling::scalable_target::ScalableTarget;
use crate::kinds::cloudfront::distribution::Distribution;
use crate::kinds::ec2::nat_gateway::NatGateway;
use crate::kinds::ec2::vpc_endpoint::{EndpointType, VpcEndpoint};
use crate::kinds::ecs::cluster::{Cluster, ContainerInsights};
use crate::kinds::ecs::service::Service;
use crate::kinds::elbv2::load_balancer::{BalancerType, LoadBalancer};
use crate::kinds::logs::log_group::LogGroup;
use crate::kinds::rds::instance::DbInstance;
use crate::kinds::s3::bucket::Bucket;
use crate::kinds::sns::topic::Topic;
use crate::pricing::measured::Shape;

/// A measure of one resource, as CloudWatch knows it.
#[derive(Debug, Clone, PartialEq)]
pub struct Metric {
    pub measure: &'static str,
    /// The metrics whose values add up to it.
    pub names: &'static [&'static str],
    pub namespace: &'static str,
    pub dimensions: Vec<(&'static str, String)>,
    pub statistic: &'static str,
    pub shape: Shape,
    /// One of the measure is so much of the metric's.
    pub unit: f64,
    /// True when AWS reports it only while there is something: a day without it, after the first, is one of nothing.
    pub sparse: bool,
    /// True when the resource has no data because it does not have it, as a bucket has not all storage classes.
    pub optional: bool,
    /// True for what is measured in us-east-1, whatever region a stack is in.
    pub global: bool,
    /// The way in which the figure differs from the measure; empty where it does not.
    pub note: &'static str,
}

/// AWS's bills count 2^30 bytes as a gigabyte. <https://aws.amazon.com/s3/faqs/#Billing>
const GB: f64 = 1_073_741_824.0;
const MINUTES_OF_A_DAY: f64 = 1_440.0;

/// A count of what happened in a day.
fn count() -> Metric {
    Metric {
        measure: "",
        names: &[],
        namespace: "",
        dimensions: Vec::new(),
        statistic: "Sum",
        shape: Shape::Flow,
        unit: 1.0,
        sparse: true,
        optional: false,
        global: false,
        note: "",
    }
}

/// The bytes of a day, as gigabytes.
fn bytes() -> Metric {
    Metric { unit: GB, ..count() }
}

/// Returns what CloudWatch knows of a live resource.
pub fn metrics(kind: &str, live: &Live, snapshot: &Snapshot) -> Vec<Metric> {
    match kind {
        LoadBalancer::NAME => balancer(live),
        NatGateway::NAME => nat_gateway(live),
        VpcEndpoint::NAME => endpoint(live),
        Bucket::NAME => bucket(live),
        Distribution::NAME => distribution(live),
        LogGroup::NAME => vec![incoming("log_gb", live.name.clone())],
        Topic::NAME => topic(live),
        Service::NAME => tasks(live, snapshot),
        Cluster::NAME => insights(live),
        DbInstance::NAME => credits(live),
        _ => Vec::new(),
    }
}

/// <https://docs.aws.amazon.com/elasticloadbalancing/latest/application/load-balancer-cloudwatch-metrics.html>
/// <https://docs.aws.amazon.com/elasticloadbalancing/latest/network/load-balancer-cloudwatch-metrics.html>
fn balancer(live: &Live) -> Vec<Metric> {
    let Ok(spec) = from_value::<<LoadBalancer as Kind>::Spec>(&live.spec) else { return Vec::new() };
    let name = live.arn.split_once("loadbalancer/").map_or(live.arn.as_str(), |(_, name)| name);
    let at = |namespace, metric: Metric| Metric { namespace, dimensions: vec![("LoadBalancer", name.to_owned())], ..metric };
    let both = "in both directions, which CloudWatch does not tell apart";
    match spec.balancer_type {
        BalancerType::Application => {
            let at = |metric| at("AWS/ApplicationELB", metric);
            vec![
                at(Metric { measure: "requests", names: &["RequestCount"], ..count() }),
                // Its sum alone means something: that of a day is the sum of all minutes.
                at(Metric {
                    measure: "active_connections",
                    names: &["ActiveConnectionCount"],
                    shape: Shape::Level,
                    unit: MINUTES_OF_A_DAY,
                    note: "with those to targets",
                    ..count()
                }),
                at(Metric { measure: "answered_gb", names: &["ProcessedBytes"], note: both, ..bytes() }),
            ]
        }
        BalancerType::Network => {
            let at = |metric| at("AWS/NetworkELB", metric);
            vec![
                at(Metric { measure: "requests", names: &["NewFlowCount"], ..count() }),
                at(Metric {
                    measure: "active_connections",
                    names: &["ActiveFlowCount"],
                    statistic: "Average",
                    shape: Shape::Level,
                    sparse: false,
                    ..count()
                }),
                at(Metric { measure: "answered_gb", names: &["ProcessedBytes"], note: both, ..bytes() }),
            ]
        }
    }
}

/// Both ways are billed as data that passes through; what goes to AWS's own services is sent, but not to the internet.
/// <https://docs.aws.amazon.com/vpc/latest/userguide/metrics-dimensions-nat-gateway.html>
fn nat_gateway(live: &Live) -> Vec<Metric> {
    let metric = Metric { namespace: "AWS/NATGateway", dimensions: vec![("NatGatewayId", live.id.clone())], sparse: false, ..bytes() };
    vec![
        Metric { measure: "nat_gb", names: &["BytesInFromSource", "BytesInFromDestination"], ..metric.clone() },
        Metric {
            measure: "nat_sent_gb",
            names: &["BytesOutToDestination"],
            note: "with what goes to AWS's own services, which costs less",
            ..metric
        },
    ]
}

/// <https://docs.aws.amazon.com/vpc/latest/privatelink/privatelink-cloudwatch-metrics.html>
fn endpoint(live: &Live) -> Vec<Metric> {
    let Ok(spec) = from_value::<<VpcEndpoint as Kind>::Spec>(&live.spec) else { return Vec::new() };
    if spec.endpoint_type != EndpointType::Interface {
        return Vec::new();
    }
    let dimensions = vec![
        ("Endpoint Type", "Interface".to_owned()),
        ("Service Name", spec.service_name),
        ("VPC Endpoint Id", live.id.clone()),
        ("VPC Id", spec.vpc_id),
    ];
    vec![Metric { measure: "endpoint_gb", names: &["BytesProcessed"], namespace: "AWS/PrivateLinkEndpoints", dimensions, ..bytes() }]
}

/// <https://docs.aws.amazon.com/AmazonS3/latest/userguide/metrics-dimensions.html>
fn bucket(live: &Live) -> Vec<Metric> {
    const CLASSES: &[(&str, &str)] = &[
        ("stored_gb", "StandardStorage"),
        ("standard_ia_gb", "StandardIAStorage"),
        ("onezone_ia_gb", "OneZoneIAStorage"),
        ("intelligent_tiering_gb", "IntelligentTieringFAStorage"),
        ("intelligent_tiering_infrequent_gb", "IntelligentTieringIAStorage"),
        ("intelligent_tiering_archive_instant_gb", "IntelligentTieringAIAStorage"),
        ("intelligent_tiering_archive_gb", "IntelligentTieringAAStorage"),
        ("intelligent_tiering_deep_archive_gb", "IntelligentTieringDAAStorage"),
        ("glacier_ir_gb", "GlacierInstantRetrievalStorage"),
        ("glacier_flexible_gb", "GlacierStorage"),
        ("glacier_deep_gb", "DeepArchiveStorage"),
    ];
    let class = |(measure, class): &(&'static str, &str)| Metric {
        measure,
        names: &["BucketSizeBytes"],
        namespace: "AWS/S3",
        dimensions: vec![("BucketName", live.name.clone()), ("StorageType", (*class).to_owned())],
        statistic: "Average",
        shape: Shape::Level,
        sparse: false,
        optional: *measure != "stored_gb",
        ..bytes()
    };
    CLASSES.iter().map(class).collect()
}

/// <https://docs.aws.amazon.com/AmazonCloudFront/latest/DeveloperGuide/programming-cloudwatch-metrics.html>
fn distribution(live: &Live) -> Vec<Metric> {
    let dimensions = vec![("DistributionId", live.id.clone()), ("Region", "Global".to_owned())];
    let metric = |metric| Metric { namespace: "AWS/CloudFront", dimensions: dimensions.clone(), global: true, ..metric };
    let all = "of viewers everywhere";
    vec![
        metric(Metric { measure: "cdn_requests", names: &["Requests"], note: all, ..count() }),
        metric(Metric { measure: "cdn_gb", names: &["BytesDownloaded"], note: all, ..bytes() }),
        metric(Metric { measure: "cdn_uploaded_gb", names: &["BytesUploaded"], note: all, ..bytes() }),
    ]
}

/// <https://docs.aws.amazon.com/AmazonCloudWatch/latest/logs/CloudWatch-Logs-Monitoring-CloudWatch-Metrics.html>
fn incoming(measure: &'static str, group: String) -> Metric {
    Metric { measure, names: &["IncomingBytes"], namespace: "AWS/Logs", dimensions: vec![("LogGroupName", group)], ..bytes() }
}

/// <https://docs.aws.amazon.com/sns/latest/dg/sns-monitoring-using-cloudwatch.html>
fn topic(live: &Live) -> Vec<Metric> {
    let metric = |metric| Metric { namespace: "AWS/SNS", dimensions: vec![("TopicName", live.name.clone())], ..metric };
    let mut metrics = vec![metric(Metric { measure: "messages", names: &["NumberOfMessagesPublished"], ..count() })];
    // Bytes are billed of FIFO topics alone.
    if from_value::<<Topic as Kind>::Spec>(&live.spec).is_ok_and(|spec| spec.fifo) {
        metrics.push(metric(Metric { measure: "messages_gb", names: &["PublishSize"], ..bytes() }));
    }
    metrics
}

/// Each task sends one value a minute, so their number is how many of a minute there are. It counts only under autoscaling: else the
/// file says how many run. <https://docs.aws.amazon.com/AmazonECS/latest/developerguide/available-metrics.html>
fn tasks(live: &Live, snapshot: &Snapshot) -> Vec<Metric> {
    let Some((cluster, service)) = live.id.split_once('/') else { return Vec::new() };
    let id = format!("service/{cluster}/{service}");
    let mut targets = snapshot.resources.get(ScalableTarget::NAME).into_iter().flatten();
    if !targets.any(|target| target.claim.is_some() && target.spec["resource_id"] == id.as_str()) {
        return Vec::new();
    }
    vec![Metric {
        measure: "tasks",
        names: &["CPUUtilization"],
        namespace: "AWS/ECS",
        dimensions: vec![("ClusterName", cluster.to_owned()), ("ServiceName", service.to_owned())],
        statistic: "SampleCount",
        shape: Shape::Level,
        unit: MINUTES_OF_A_DAY,
        ..count()
    }]
}

/// Container Insights writes its metrics into a log group of its own.
/// <https://docs.aws.amazon.com/AmazonCloudWatch/latest/monitoring/Container-Insights-reference-performance-logs-ECS.html>
fn insights(live: &Live) -> Vec<Metric> {
    let spec = from_value::<<Cluster as Kind>::Spec>(&live.spec);
    match spec.map(|spec| spec.container_insights) {
        // AWS bills the metrics of enhanced observability, not their lines.
        Err(_) | Ok(ContainerInsights::Disabled | ContainerInsights::Enhanced) => Vec::new(),
        Ok(ContainerInsights::Enabled) => {
            vec![incoming("insights_gb", format!("/aws/ecs/containerinsights/{}/performance", live.name))]
        }
    }
}

/// A credit is a processor's minute. <https://docs.aws.amazon.com/AmazonRDS/latest/UserGuide/rds-metrics.html>
fn credits(live: &Live) -> Vec<Metric> {
    let class = live.spec["instance_class"].as_str().unwrap_or_default();
    if !["db.t3.", "db.t4g."].iter().any(|family| class.starts_with(family)) {
        return Vec::new();
    }
    vec![Metric {
        measure: "cpu_credit_hours",
        names: &["CPUSurplusCreditsCharged"],
        namespace: "AWS/RDS",
        dimensions: vec![("DBInstanceIdentifier", live.name.clone())],
        unit: 60.0,
        sparse: false,
        optional: true,
        ..count()
    }]
}
