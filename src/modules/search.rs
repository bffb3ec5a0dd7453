//! `[search.NAME]`: an OpenSearch domain inside the network, reached only by the services that mention it.

mod nodes;

use super::network::Network;
use crate::core::codes::OUT_OF_RANGE;
use crate::core::diagnostic::Diagnostic;
use crate::core::module::{Module, Nodes, Site};
use crate::modules::codes;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;

/// A search domain.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub struct Search {
    /// The OpenSearch version.
    pub version: String,
    /// The instance type of its data nodes.
    pub class: String,
    /// The number of data nodes; two or more stand in two zones.
    pub nodes: u32,
    /// GiB of storage on each node.
    pub storage: u32,
    /// The KMS key; left out, AWS's own for OpenSearch.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub kms_key: Option<String>,
    /// IPv4 ranges that may connect besides the services that mention it.
    pub allow: Vec<String>,
    /// Makes Trueup refuse to delete or replace it.
    pub protect: bool,
    /// Leaves it in AWS, no longer managed, when it goes from the file.
    pub retain: bool,
    /// Tags of its resources.
    pub tags: BTreeMap<String, String>,
}

impl Default for Search {
    fn default() -> Self {
        Search {
            version: "2.19".into(),
            class: "t3.small.search".into(),
            nodes: 1,
            storage: 10,
            kms_key: None,
            allow: Vec::new(),
            protect: true,
            retain: false,
            tags: BTreeMap::new(),
        }
    }
}

impl Module for Search {
    const SECTION: &'static str = "search";
    const NAMED: bool = true;
    const OUTPUTS: &'static [(&'static str, &'static str)] = &[
        ("host", "the host name that clients connect to, over HTTPS"),
        ("url", "`https://host`"),
        ("arn", "the domain's ARN"),
        ("security_group", "the id of its security group"),
    ];
    const HEADLINES: &'static [&'static str] = &["url"];

    const KEYS: &'static [(&'static str, &'static str)] = &[
        ("engine_version", "version"),
        ("instance_type", "class"),
        ("instance_count", "nodes"),
        ("volume_size", "storage"),
        ("kms_key_id", "kms_key"),
    ];

    fn output(&self, site: &Site<'_>, output: &str) -> Option<String> {
        match output {
            "host" => Some(site.out("domain", "host")),
            "url" => Some(format!("https://{}", site.out("domain", "host"))),
            "arn" => Some(site.out("domain", "arn")),
            "security_group" => Some(site.out("security-group", "id")),
            _ => None,
        }
    }

    fn check(&self, site: &Site<'_>) -> Vec<Diagnostic> {
        let mut found = Vec::new();
        let zones = site.get::<Network>("").map(|network| network.letters(&site.settings.region).len());
        match zones {
            None => found.push(super::needs_network(site)),
            Some(1) if self.nodes > 1 => {
                let one = site.wrong(&codes::SEARCH_IN_ONE_ZONE, "nodes", "two nodes stand in two zones, and the network has one");
                found.push(one.help("write zones = 2 in [network], or nodes = 1"));
            }
            Some(_) => {}
        }
        if self.nodes == 0 || self.nodes > 80 {
            found.push(site.wrong(&OUT_OF_RANGE, "nodes", format!("a domain has 1 to 80 data nodes, not {}", self.nodes)));
        }
        if (2..80).contains(&self.nodes) && self.nodes % 2 == 1 {
            let one = site.wrong(&codes::UNEVEN_NODES, "nodes", format!("{} nodes cannot be spread evenly over two zones", self.nodes));
            found.push(one.help(format!("write nodes = {}", self.nodes + 1)));
        }
        found.extend(super::check_ranges(site, &self.allow));
        found
    }

    fn expand(&self, nodes: &mut Nodes<'_>) {
        self.expand_nodes(nodes);
    }
}
