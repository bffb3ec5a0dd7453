//! The nodes of a database.

use super::Database;
use crate::core::module::{Keep, Nodes};
use crate::kinds::ec2::security_group;
use crate::kinds::iam::role;
use crate::kinds::rds::instance::{self, StorageType};
use crate::kinds::rds::{parameter_group, subnet_group};
use crate::modules::network::{Network, Tier};
use crate::modules::policy::trust;
use crate::modules::service::ingress_of_users;
use std::collections::BTreeMap;

impl Database {
    pub(super) fn expand_nodes(&self, nodes: &mut Nodes<'_>) {
        let site = nodes.site;
        let network = site.get::<Network>("").unwrap_or_default();
        let (name, tags) = (site.name().to_owned(), || self.tags.clone());
        let spec = subnet_group::Spec {
            name: None,
            description: format!("Subnets of the database {name}"),
            subnet_ids: network.subnet_ids(&site.settings.region, Tier::Data),
            vpc_id: Some("${network.vpc.id}".into()),
            tags: tags(),
        };
        let subnets = nodes.add::<subnet_group::DbSubnetGroup>("subnet-group", spec);
        let spec = parameter_group::Spec {
            name: None,
            family: self.family(),
            description: format!("Settings of the database {name}"),
            parameters: self.parameters.clone(),
            tags: tags(),
        };
        let parameters = nodes.add::<parameter_group::DbParameterGroup>("parameter-group", spec);
        let spec = security_group::Spec {
            name: None,
            description: format!("The database {name}"),
            vpc_id: "${network.vpc.id}".into(),
            ingress: ingress_of_users(&site, self.port(), &self.allow),
            egress: Vec::new(),
            tags: tags(),
        };
        let group = nodes.add::<security_group::SecurityGroup>("security-group", spec);
        let monitoring = (self.monitoring_interval > 0).then(|| {
            let spec = role::Spec {
                name: None,
                description: format!("Writes the operating system's metrics of the database {name}"),
                assume_role_policy: trust("monitoring.rds.amazonaws.com"),
                inline_policies: BTreeMap::new(),
                managed_policy_arns: vec![format!(
                    "arn:{}:iam::aws:policy/service-role/AmazonRDSEnhancedMonitoringRole",
                    site.settings.partition()
                )],
                max_session_duration: 3600,
                tags: BTreeMap::new(),
            };
            nodes.add::<role::Role>("monitoring-role", spec).out("arn")
        });
        let spec = instance::Spec {
            name: None,
            engine: self.engine,
            engine_version: self.version().to_owned(),
            auto_minor_version_upgrade: self.auto_minor(),
            instance_class: self.class.clone(),
            allocated_storage: whole(self.storage),
            max_allocated_storage: self.max_storage.map(whole),
            storage_type: StorageType::Gp3,
            iops: None,
            storage_throughput: None,
            storage_encrypted: true,
            kms_key_id: self.kms_key.clone(),
            db_name: Some(self.database_name(&name)),
            master_username: self.user.clone(),
            port: Some(self.port()),
            db_subnet_group_name: subnets.out("name"),
            vpc_security_group_ids: vec![group.out("id")],
            db_parameter_group_name: Some(parameters.out("name")),
            multi_az: self.multi_az,
            publicly_accessible: false,
            backup_retention_period: whole(self.backup_days),
            preferred_backup_window: Some(self.backup_window.clone()),
            preferred_maintenance_window: Some(self.maintenance_window.clone()),
            copy_tags_to_snapshot: true,
            deletion_protection: self.protect,
            skip_final_snapshot: self.skip_final_snapshot,
            enabled_cloudwatch_logs_exports: self.logs.clone(),
            performance_insights_enabled: self.performance_insights,
            monitoring_interval: whole(self.monitoring_interval),
            monitoring_role_arn: monitoring,
            iam_database_authentication_enabled: false,
            tags: tags(),
        };
        let made = nodes.add_kept::<instance::DbInstance>("instance", spec, Keep { protect: self.protect, retain: self.retain });
        if self.name.is_none() {
            nodes.only_for_new(&made, "db_name");
        }
    }
}

fn whole(number: u32) -> i32 {
    i32::try_from(number).unwrap_or(i32::MAX)
}
