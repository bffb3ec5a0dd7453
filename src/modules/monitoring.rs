//! `[monitoring]`: alarms, the people that they notify, and one page of graphs.

mod alarms;
mod dashboard;

use super::service::Service;
use crate::core::codes::OUT_OF_RANGE;
use crate::core::diagnostic::Diagnostic;
use crate::core::module::{Module, Nodes, Site};
use crate::core::private::host_alone;
use crate::kinds::sns::topic::{self, Protocol, Subscription};
use crate::modules::codes;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use std::collections::{BTreeMap, BTreeSet};

/// Alarms over everything in the stack, their topic, and a dashboard.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub struct Monitoring {
    /// E-mail addresses that are notified. Each must confirm it once.
    pub emails: Vec<String>,
    /// HTTPS addresses that are notified.
    pub webhooks: Vec<String>,
    /// The alarms to make; left out, all that fit the modules of the stack.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub alarms: Option<BTreeSet<Watch>>,
    /// The thresholds at which alarms go off.
    pub thresholds: Thresholds,
    /// Makes a dashboard. AWS charges for each after the third.
    pub dashboard: bool,
    /// Tags of its resources.
    pub tags: BTreeMap<String, String>,
}

/// The metric that an alarm watches, of each service, database, cache or search domain.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum Watch {
    /// CPU of a service's tasks.
    Cpu,
    /// Memory of a service's tasks.
    Memory,
    /// Answers of 500 and above.
    Errors,
    /// The 95th percentile of response times.
    Latency,
    /// Tasks that fail the load balancer's checks, in either target group. Billed as two metrics.
    Unhealthy,
    /// CPU of a database.
    DatabaseCpu,
    /// Free storage of a database.
    DatabaseStorage,
    /// Connections to a database.
    DatabaseConnections,
    /// CPU of a cache node.
    CacheCpu,
    /// Memory of a cache node.
    CacheMemory,
    /// Free storage of search nodes.
    SearchStorage,
    /// A search cluster that has lost data or copies of it.
    SearchStatus,
}

/// The thresholds at which alarms go off.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub struct Thresholds {
    /// Per cent of the CPU.
    pub cpu: f64,
    /// Per cent of the memory.
    pub memory: f64,
    /// Answers of 500 and above in five minutes.
    pub errors: f64,
    /// Seconds of response time.
    pub latency: f64,
    /// Per cent of a database's or search node's storage that is still free.
    pub free_storage: f64,
    /// Connections; left out, 80 per cent of what the instance class allows.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub connections: Option<f64>,
}

impl Default for Thresholds {
    fn default() -> Self {
        Thresholds { cpu: 80.0, memory: 80.0, errors: 10.0, latency: 1.0, free_storage: 15.0, connections: None }
    }
}

impl Default for Monitoring {
    fn default() -> Self {
        Monitoring {
            emails: Vec::new(),
            webhooks: Vec::new(),
            alarms: None,
            thresholds: Thresholds::default(),
            dashboard: true,
            tags: BTreeMap::new(),
        }
    }
}

impl Module for Monitoring {
    const SECTION: &'static str = "monitoring";
    const NAMED: bool = false;

    // A single one may as well come from `webhooks`, and the module's own check has its place.
    const KEYS: &'static [(&'static str, &'static str)] = &[("subscriptions=", "emails")];

    fn check(&self, site: &Site<'_>) -> Vec<Diagnostic> {
        let mut found = Vec::new();
        for (at, email) in self.emails.iter().enumerate() {
            let (name, domain) = email.split_once('@').unwrap_or_default();
            if name.is_empty() || !domain.contains('.') || email.contains(char::is_whitespace) {
                let one = site.wrong(&codes::BAD_EMAIL, &format!("emails.{at}"), format!("`{email}` is not an e-mail address"));
                found.push(one.help("write it as name@example.com"));
            }
        }
        for (at, url) in self.webhooks.iter().enumerate().filter(|(_, url)| !url.starts_with("https://")) {
            let one = site.wrong(&codes::BAD_WEBHOOK, &format!("webhooks.{at}"), format!("`{}` is not an HTTPS address", host_alone(url)));
            found.push(one.help("alarms are only sent encrypted"));
        }
        let Thresholds { cpu, memory, errors, latency, free_storage, connections } = &self.thresholds;
        for (name, share) in [("cpu", cpu), ("memory", memory), ("free_storage", free_storage)] {
            if !(0.0..=100.0).contains(share) {
                let one = site.wrong(&OUT_OF_RANGE, &format!("thresholds.{name}"), format!("`{name}` is a percentage, not {share}"));
                found.push(one.help("write it from 0 to 100"));
            }
        }
        for (name, number) in [("errors", Some(errors)), ("latency", Some(latency)), ("connections", connections.as_ref())] {
            if number.is_some_and(|number| *number < 0.0) {
                found.push(site.wrong(&OUT_OF_RANGE, &format!("thresholds.{name}"), format!("`{name}` cannot be negative")));
            }
        }
        if site.all::<Service>().is_empty() && self.alarms.as_ref().is_some_and(|alarms| alarms.contains(&Watch::Cpu)) {
            found.push(
                site.wrong(&codes::NO_SERVICE_TO_WATCH, "alarms", "there is no service whose CPU could be watched")
                    .help("take `cpu` out of `alarms`"),
            );
        }
        found
    }

    fn expand(&self, nodes: &mut Nodes<'_>) {
        let subscription = |protocol, endpoint: &String| Subscription { protocol, endpoint: endpoint.clone() };
        let emails = self.emails.iter().map(|email| subscription(Protocol::Email, email));
        let webhooks = self.webhooks.iter().map(|url| subscription(Protocol::Https, url));
        let spec = topic::Spec {
            name: None,
            display_name: nodes.site.settings.name.chars().take(100).collect(),
            fifo: false,
            kms_key_id: None,
            policy: None,
            subscriptions: emails.chain(webhooks).collect(),
            tags: self.tags.clone(),
        };
        let topic = nodes.add::<topic::Topic>("topic", spec).out("arn");
        self.expand_alarms(nodes, &topic);
        if self.dashboard {
            self.expand_dashboard(nodes);
        }
    }
}

impl Monitoring {
    fn watches(&self, watch: Watch) -> bool {
        self.alarms.as_ref().is_none_or(|alarms| alarms.contains(&watch))
    }
}
