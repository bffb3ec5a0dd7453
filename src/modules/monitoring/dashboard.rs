//! One page of graphs: a row for each service, database, cache and search domain.

use super::Monitoring;
use crate::core::module::Nodes;
use crate::kinds::cloudwatch::dashboard;
use crate::modules::cache::Cache;
use crate::modules::database::Database;
use crate::modules::search::Search;
use crate::modules::service::{CLUSTER, Service};
use serde_json::{Value, json};

/// CloudWatch divides a page into 24 columns.
const COLUMNS: usize = 24;

impl Monitoring {
    pub(super) fn expand_dashboard(&self, nodes: &mut Nodes<'_>) {
        let site = nodes.site;
        let mut rows = Vec::new();
        for (name, service) in site.all::<Service>() {
            rows.push(of_service(name, service.port.is_some()));
        }
        for (name, _) in site.all::<Database>() {
            let id = format!("${{database.{name}.instance.id}}");
            let graph = |title: &str, metric: &str| {
                Graph::new(format!("{name}: {title}"), "AWS/RDS", metric, "Average", &["DBInstanceIdentifier", &id])
            };
            rows.push(vec![
                graph("CPU, %", "CPUUtilization"),
                graph("free bytes", "FreeStorageSpace"),
                graph("connections", "DatabaseConnections"),
            ]);
        }
        for (name, _) in site.all::<Cache>() {
            let id = format!("${{cache.{name}.replication-group.id}}-001");
            let graph = |title: &str, metric: &str| {
                Graph::new(format!("{name}: {title}"), "AWS/ElastiCache", metric, "Average", &["CacheClusterId", &id])
            };
            rows.push(vec![
                graph("CPU, %", "EngineCPUUtilization"),
                graph("memory, %", "DatabaseMemoryUsagePercentage"),
                graph("connections", "CurrConnections"),
            ]);
        }
        for (name, _) in site.all::<Search>() {
            let (domain, account) = (format!("${{search.{name}.domain.name}}"), format!("${{search.{name}.domain.account}}"));
            let own = ["DomainName", &domain, "ClientId", &account];
            let graph = |title: &str, metric: &str, stat| Graph::new(format!("{name}: {title}"), "AWS/ES", metric, stat, &own);
            rows.push(vec![graph("CPU, %", "CPUUtilization", "Average"), graph("free MiB", "FreeStorageSpace", "Minimum")]);
        }
        let region = site.settings.region.as_str();
        let widgets = rows.iter().enumerate().flat_map(|(row, graphs)| {
            let width = COLUMNS / graphs.len().max(1);
            graphs.iter().enumerate().map(move |(at, graph)| graph.widget(region, at * width, row * 6, width))
        });
        let body = json!({ "widgets": widgets.collect::<Vec<_>>() });
        nodes.add::<dashboard::Dashboard>("dashboard", dashboard::Spec { body });
    }
}

fn of_service(name: &str, front: bool) -> Vec<Graph> {
    let (cluster, service) = (format!("${{{CLUSTER}.name}}"), format!("${{service.{name}.service.name}}"));
    let own = ["ClusterName", &cluster, "ServiceName", &service];
    let graph = |title: &str, metric: &str| Graph::new(format!("{name}: {title}"), "AWS/ECS", metric, "Average", &own);
    let mut graphs = vec![graph("CPU, %", "CPUUtilization"), graph("memory, %", "MemoryUtilization")];
    if front {
        let balancer = format!("${{service.{name}.load-balancer.arn_suffix}}");
        let graph = |title: &str, metric: &str, stat: &str| {
            Graph::new(format!("{name}: {title}"), "AWS/ApplicationELB", metric, stat, &["LoadBalancer", &balancer])
        };
        graphs.push(graph("requests", "RequestCount", "Sum"));
        graphs.push(graph("answers of 500 and above", "HTTPCode_Target_5XX_Count", "Sum"));
        graphs.push(graph("seconds, p95", "TargetResponseTime", "p95"));
    }
    graphs
}

struct Graph {
    title: String,
    metric: Vec<String>,
    stat: String,
}

impl Graph {
    fn new(title: String, namespace: &str, metric: &str, stat: &str, dimensions: &[&str]) -> Self {
        let metric = [namespace, metric].iter().chain(dimensions).map(|text| text.to_string()).collect();
        Graph { title, metric, stat: stat.into() }
    }
    fn widget(&self, region: &str, x: usize, y: usize, width: usize) -> Value {
        json!({
            "type": "metric", "x": x, "y": y, "width": width, "height": 6,
            "properties": {
                "title": self.title, "region": region, "view": "timeSeries", "stat": self.stat, "period": 300, "metrics": [self.metric],
            },
        })
    }
}
