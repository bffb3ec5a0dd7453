//! The nodes of a search domain.

use super::Search;
use crate::core::module::{Keep, Nodes};
use crate::kinds::ec2::security_group;
use crate::kinds::opensearch::domain::{self, TlsSecurityPolicy, VolumeType};
use crate::modules::network::{Network, Tier};
use crate::modules::service::ingress_of_users;
use serde_json::json;

impl Search {
    pub(super) fn expand_nodes(&self, nodes: &mut Nodes<'_>) {
        let site = nodes.site;
        let network = site.get::<Network>("").unwrap_or_default();
        let spec = security_group::Spec {
            name: None,
            description: format!("The search domain {}", site.name()),
            vpc_id: "${network.vpc.id}".into(),
            ingress: ingress_of_users(&site, 443, &self.allow),
            egress: Vec::new(),
            tags: self.tags.clone(),
        };
        let group = nodes.add::<security_group::SecurityGroup>("security-group", spec);
        let zones = self.zones();
        let mut subnet_ids = network.subnet_ids(&site.settings.region, Tier::Data);
        subnet_ids.truncate(zones as usize);
        // The network decides who reaches it; signed requests would be asked for by another policy.
        let policy = json!({
            "Version": "2012-10-17",
            "Statement": [{
                "Effect": "Allow", "Principal": { "AWS": "*" }, "Action": "es:ESHttp*", "Resource": format!("{}/*", site.out("domain", "arn")),
            }],
        });
        let spec = domain::Spec {
            name: None,
            // AWS's own form, which also names Elasticsearch, is taken as it is.
            engine_version: if self.version.contains('_') { self.version.clone() } else { format!("OpenSearch_{}", self.version) },
            instance_type: self.class.clone(),
            instance_count: whole(self.nodes),
            availability_zone_count: zones,
            dedicated_master: None,
            volume_type: VolumeType::Gp3,
            volume_size: whole(self.storage),
            iops: None,
            throughput: None,
            vpc_id: Some("${network.vpc.id}".into()),
            subnet_ids,
            security_group_ids: vec![group.out("id")],
            encrypt_at_rest: true,
            kms_key_id: self.kms_key.clone(),
            node_to_node_encryption: true,
            enforce_https: true,
            tls_security_policy: TlsSecurityPolicy::Tls12,
            access_policies: Some(policy),
            tags: self.tags.clone(),
        };
        let keep = Keep { protect: self.protect, retain: self.retain };
        nodes.add_kept::<domain::OpensearchDomain>("domain", spec, keep);
    }

    fn zones(&self) -> i32 {
        if self.nodes > 1 { 2 } else { 1 }
    }
}

fn whole(number: u32) -> i32 {
    i32::try_from(number).unwrap_or(i32::MAX)
}
