//! The alarms over each service, database, cache and search domain.

use super::{Monitoring, Watch};
use crate::core::module::Nodes;
use crate::kinds::cloudwatch::alarm::{self, Comparison, Metric, Missing, Query, Statistic};
use crate::modules::cache::Cache;
use crate::modules::database::Database;
use crate::modules::search::Search;
use crate::modules::service::{CLUSTER, Service};
use std::collections::BTreeMap;

/// One metric of one thing, and where it is too much.
struct Line {
    watch: Watch,
    node: String,
    description: String,
    namespace: &'static str,
    metric: &'static str,
    dimensions: Vec<(&'static str, String)>,
    statistic: Option<Statistic>,
    percentile: Option<&'static str>,
    comparison: Comparison,
    threshold: f64,
    periods: u32,
    missing: Missing,
}

impl Monitoring {
    pub(super) fn expand_alarms(&self, nodes: &mut Nodes<'_>, topic: &str) {
        let site = nodes.site;
        let mut lines = Vec::new();
        for (name, service) in site.all::<Service>() {
            lines.extend(self.of_service(name, service.port.is_some()));
        }
        for (name, database) in site.all::<Database>() {
            lines.extend(self.of_database(name, &database));
        }
        for (name, cache) in site.all::<Cache>() {
            lines.extend(cache.numbers().flat_map(|node| self.of_cache(name, node)));
        }
        for (name, search) in site.all::<Search>() {
            lines.extend(self.of_search(name, &search));
        }
        for line in lines.into_iter().filter(|line| self.watches(line.watch)) {
            let (node, spec) = (line.node.clone(), self.spec(line, topic));
            nodes.add::<alarm::Alarm>(&node, spec);
        }
        if self.watches(Watch::Unhealthy) {
            for (name, _) in site.all::<Service>().into_iter().filter(|(_, service)| service.port.is_some()) {
                nodes.add::<alarm::Alarm>(&format!("service.{name}.unhealthy"), self.unhealthy(name, topic));
            }
        }
    }

    fn of_service(&self, name: &str, front: bool) -> Vec<Line> {
        let own = || vec![("ClusterName", format!("${{{CLUSTER}.name}}")), ("ServiceName", format!("${{service.{name}.service.name}}"))];
        let balancer = || vec![("LoadBalancer", format!("${{service.{name}.load-balancer.arn_suffix}}"))];
        let limits = &self.thresholds;
        let line = |watch, part: &str, what: String, metric, dimensions, threshold| Line {
            watch,
            node: format!("service.{name}.{part}"),
            description: format!("The service {name}: {what}"),
            namespace: "AWS/ECS",
            metric,
            dimensions,
            statistic: Some(Statistic::Average),
            percentile: None,
            comparison: Comparison::GreaterThanThreshold,
            threshold,
            periods: 3,
            missing: Missing::NotBreaching,
        };
        let mut lines = vec![
            line(Watch::Cpu, "cpu", format!("CPU above {} %", limits.cpu), "CPUUtilization", own(), limits.cpu),
            line(Watch::Memory, "memory", format!("memory above {} %", limits.memory), "MemoryUtilization", own(), limits.memory),
        ];
        if front {
            let errors = format!("more than {} answers of 500 and above in five minutes", limits.errors);
            let errors = line(Watch::Errors, "errors", errors, "HTTPCode_Target_5XX_Count", balancer(), limits.errors);
            lines.push(Line { namespace: "AWS/ApplicationELB", statistic: Some(Statistic::Sum), periods: 1, ..errors });
            let latency = format!("one in twenty answers takes longer than {} s", limits.latency);
            let latency = line(Watch::Latency, "latency", latency, "TargetResponseTime", balancer(), limits.latency);
            lines.push(Line { namespace: "AWS/ApplicationELB", statistic: None, percentile: Some("p95"), ..latency });
        }
        lines
    }

    fn of_database(&self, name: &str, database: &Database) -> Vec<Line> {
        let limits = &self.thresholds;
        let line = |watch, part: &str, what: String, metric, comparison, threshold| Line {
            watch,
            node: format!("database.{name}.{part}"),
            description: format!("The database {name}: {what}"),
            namespace: "AWS/RDS",
            metric,
            dimensions: vec![("DBInstanceIdentifier", format!("${{database.{name}.instance.id}}"))],
            statistic: Some(Statistic::Average),
            percentile: None,
            comparison,
            threshold,
            periods: 3,
            missing: Missing::Missing,
        };
        let (above, below) = (Comparison::GreaterThanThreshold, Comparison::LessThanThreshold);
        let free = f64::from(database.storage) * 1024.0 * 1024.0 * 1024.0 * limits.free_storage / 100.0;
        let connections = limits.connections.unwrap_or_else(|| (database.max_connections() * 0.8).floor());
        let storage = format!("less than {} % of {} GiB free", limits.free_storage, database.storage);
        vec![
            line(Watch::DatabaseCpu, "cpu", format!("CPU above {} %", limits.cpu), "CPUUtilization", above, limits.cpu),
            line(Watch::DatabaseStorage, "storage", storage, "FreeStorageSpace", below, free.floor()),
            line(
                Watch::DatabaseConnections,
                "connections",
                format!("more than {connections} connections"),
                "DatabaseConnections",
                above,
                connections,
            ),
        ]
    }

    fn of_cache(&self, name: &str, node: u32) -> Vec<Line> {
        let limits = &self.thresholds;
        let suffix = if node == 1 { String::new() } else { format!("-{node}") };
        let line = |watch, part: &str, what: String, metric, threshold| Line {
            watch,
            node: format!("cache.{name}.{part}{suffix}"),
            description: format!("The cache {name}: {what}"),
            namespace: "AWS/ElastiCache",
            metric,
            dimensions: vec![("CacheClusterId", format!("${{cache.{name}.replication-group.id}}-{node:03}"))],
            statistic: Some(Statistic::Average),
            percentile: None,
            comparison: Comparison::GreaterThanThreshold,
            threshold,
            periods: 3,
            missing: Missing::Missing,
        };
        let memory = format!("memory above {} %", limits.memory);
        vec![
            line(Watch::CacheCpu, "cpu", format!("CPU above {} %", limits.cpu), "EngineCPUUtilization", limits.cpu),
            line(Watch::CacheMemory, "memory", memory, "DatabaseMemoryUsagePercentage", limits.memory),
        ]
    }

    fn of_search(&self, name: &str, search: &Search) -> Vec<Line> {
        let limits = &self.thresholds;
        // The account is part of what OpenSearch calls its metrics.
        let own = |dimension: &'static str, output: &str| (dimension, format!("${{search.{name}.domain.{output}}}"));
        let line = |watch, part: &str, what: String, metric, statistic, comparison, threshold| Line {
            watch,
            node: format!("search.{name}.{part}"),
            description: format!("The search domain {name}: {what}"),
            namespace: "AWS/ES",
            metric,
            dimensions: vec![own("DomainName", "name"), own("ClientId", "account")],
            statistic: Some(statistic),
            percentile: None,
            comparison,
            threshold,
            periods: 3,
            missing: Missing::Missing,
        };
        // OpenSearch counts in MiB.
        let free = (f64::from(search.storage) * 1024.0 * limits.free_storage / 100.0).floor();
        let storage = format!("less than {} % of {} GiB free on a node", limits.free_storage, search.storage);
        vec![
            line(Watch::SearchStorage, "storage", storage, "FreeStorageSpace", Statistic::Minimum, Comparison::LessThanThreshold, free),
            line(
                Watch::SearchStatus,
                "status",
                "an index is not available".into(),
                "ClusterStatus.red",
                Statistic::Maximum,
                Comparison::GreaterThanThreshold,
                0.0,
            ),
        ]
    }

    fn spec(&self, line: Line, topic: &str) -> alarm::Spec {
        alarm::Spec {
            description: line.description,
            namespace: Some(line.namespace.into()),
            metric_name: Some(line.metric.into()),
            dimensions: line.dimensions.into_iter().map(|(name, value)| (name.to_owned(), value)).collect(),
            statistic: line.statistic,
            extended_statistic: line.percentile.map(str::to_owned),
            period: Some(300),
            evaluation_periods: line.periods,
            datapoints_to_alarm: Some(line.periods),
            threshold: line.threshold,
            comparison_operator: line.comparison,
            treat_missing_data: line.missing,
            ..self.empty(topic)
        }
    }

    // Traffic moves from one of the two target groups to the other with every release, so both are counted.
    fn unhealthy(&self, service: &str, topic: &str) -> alarm::Spec {
        let metric = |id: &str, group: &str| Query {
            id: id.into(),
            expression: None,
            metric: Some(Metric {
                namespace: "AWS/ApplicationELB".into(),
                metric_name: "UnHealthyHostCount".into(),
                dimensions: BTreeMap::from([
                    ("LoadBalancer".into(), format!("${{service.{service}.load-balancer.arn_suffix}}")),
                    ("TargetGroup".into(), format!("${{service.{service}.target-group.{group}.arn_suffix}}")),
                ]),
                stat: "Maximum".into(),
                period: 60,
            }),
            label: None,
            return_data: false,
        };
        let sum = Query {
            id: "both".into(),
            expression: Some("FILL(blue, 0) + FILL(green, 0)".into()),
            metric: None,
            label: Some("Unhealthy tasks".into()),
            return_data: true,
        };
        alarm::Spec {
            description: format!("The service {service}: a task fails the load balancer's checks"),
            metrics: vec![metric("blue", "blue"), metric("green", "green"), sum],
            evaluation_periods: 5,
            datapoints_to_alarm: Some(5),
            threshold: 0.0,
            treat_missing_data: Missing::NotBreaching,
            ..self.empty(topic)
        }
    }

    fn empty(&self, topic: &str) -> alarm::Spec {
        alarm::Spec {
            name: None,
            description: String::new(),
            namespace: None,
            metric_name: None,
            dimensions: BTreeMap::new(),
            statistic: None,
            extended_statistic: None,
            period: None,
            metrics: Vec::new(),
            evaluation_periods: 1,
            datapoints_to_alarm: None,
            threshold: 0.0,
            comparison_operator: Comparison::GreaterThanThreshold,
            treat_missing_data: Missing::Missing,
            actions_enabled: true,
            alarm_actions: vec![topic.to_owned()],
            ok_actions: vec![topic.to_owned()],
            insufficient_data_actions: Vec::new(),
            tags: self.tags.clone(),
        }
    }
}
