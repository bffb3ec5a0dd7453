//! The nodes of a cache.

use super::Cache;
use crate::core::module::{Keep, Nodes};
use crate::kinds::ec2::security_group;
use crate::kinds::elasticache::{parameter_group, replication_group, subnet_group};
use crate::modules::network::{Network, Tier};
use crate::modules::service::ingress_of_users;

impl Cache {
    pub(super) fn expand_nodes(&self, nodes: &mut Nodes<'_>) {
        let site = nodes.site;
        let network = site.get::<Network>("").unwrap_or_default();
        let (name, tags) = (site.name().to_owned(), || self.tags.clone());
        let spec = subnet_group::Spec {
            name: None,
            description: format!("Subnets of the cache {name}"),
            subnet_ids: network.subnet_ids(&site.settings.region, Tier::Data),
            vpc_id: Some("${network.vpc.id}".into()),
            tags: tags(),
        };
        let subnets = nodes.add::<subnet_group::CacheSubnetGroup>("subnet-group", spec);
        let spec = parameter_group::Spec {
            name: None,
            family: self.family(),
            description: format!("Settings of the cache {name}"),
            parameters: self.parameters.clone(),
            tags: tags(),
        };
        let parameters = nodes.add::<parameter_group::CacheParameterGroup>("parameter-group", spec);
        let spec = security_group::Spec {
            name: None,
            description: format!("The cache {name}"),
            vpc_id: "${network.vpc.id}".into(),
            ingress: ingress_of_users(&site, self.port, &self.allow),
            egress: Vec::new(),
            tags: tags(),
        };
        let group = nodes.add::<security_group::SecurityGroup>("security-group", spec);
        let several = self.nodes > 1;
        let spec = replication_group::Spec {
            name: None,
            description: format!("The cache {name}"),
            engine: self.engine,
            engine_version: self.version().to_owned(),
            auto_minor_version_upgrade: self.auto_minor(),
            cache_node_type: self.class.clone(),
            num_cache_clusters: i32::try_from(self.nodes).unwrap_or(i32::MAX),
            automatic_failover_enabled: several,
            multi_az_enabled: several,
            port: self.port,
            cache_subnet_group_name: subnets.out("name"),
            security_group_ids: vec![group.out("id")],
            cache_parameter_group_name: Some(parameters.out("name")),
            at_rest_encryption_enabled: true,
            kms_key_id: self.kms_key.clone(),
            transit_encryption_enabled: self.tls,
            transit_encryption_mode: None,
            auth_token_secret_arn: self.password.as_ref().map(|secret| format!("${{secrets.{secret}.secret.arn}}")),
            snapshot_retention_limit: i32::try_from(self.snapshot_days).unwrap_or(i32::MAX),
            snapshot_window: (self.snapshot_days > 0).then(|| self.snapshot_window.clone()),
            preferred_maintenance_window: Some(self.maintenance_window.clone()),
            tags: tags(),
        };
        let keep = Keep { protect: self.protect, retain: self.retain };
        let made = nodes.add_kept::<replication_group::ReplicationGroup>("replication-group", spec, keep);
        nodes.only_for_new(&made, "description");
    }
}
