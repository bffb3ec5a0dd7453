//! One file per AWS resource type: its spec and rules on top, its driver below. The table is at the end.
//!
//! To add a kind, copy the nearest file and add two lines here. The generic tests over the table do the rest.

#[cfg(feature = "aws")]
mod after_create;
pub mod alarm;
#[cfg(feature = "aws")]
mod batch;
pub mod bucket;
pub mod cache_parameter_group;
pub mod cache_subnet_group;
pub(crate) mod cloudfront;
#[cfg(feature = "aws")]
pub(crate) mod cloudwatch;
pub mod cluster;
pub mod container;
#[cfg(feature = "aws")]
pub(crate) mod container_definition;
pub mod dashboard;
pub mod db_instance;
pub mod db_parameter_group;
pub mod db_subnet_group;
pub mod deployment;
pub mod distribution;
#[cfg(feature = "aws")]
pub(crate) mod distribution_config;
pub(crate) mod ec2;
pub mod ecr_repository;
#[cfg(feature = "aws")]
pub(crate) mod ecs;
pub mod ecs_service;
pub mod eip;
pub(crate) mod elasticache;
pub mod elbv2;
pub mod elbv2_action;
pub mod internet_gateway;
pub(crate) mod kms;
pub mod listener;
pub mod listener_rule;
pub mod load_balancer;
pub mod log_group;
pub mod nat_gateway;
pub mod opensearch_domain;
pub mod origin_access_control;
pub(crate) mod rds;
pub mod replication_group;
pub mod role;
pub mod route_table;
#[cfg(feature = "aws")]
pub(crate) mod s3;
#[cfg(feature = "aws")]
pub(crate) mod s3_settings;
pub mod scalable_target;
pub mod secret;
pub mod security_group;
#[cfg(feature = "aws")]
pub(crate) mod service_definition;
#[cfg(feature = "aws")]
pub(crate) mod spelling;
pub mod subnet;
pub mod target_group;
pub mod task_definition;
pub mod topic;
#[cfg(test)]
pub(crate) mod trial;
pub mod vpc;
pub mod vpc_endpoint;

use crate::core::kind::Row;

/// One kind: what it is, and with feature `aws` what it does.
pub struct Entry {
    pub row: Row,
    #[cfg(feature = "aws")]
    pub effects: crate::aws::Effects,
}

#[cfg(feature = "aws")]
const fn entry<K: crate::aws::Driver>() -> Entry {
    Entry { row: Row::of::<K>(), effects: crate::aws::Effects::of::<K>() }
}
#[cfg(not(feature = "aws"))]
const fn entry<K: crate::core::kind::Kind>() -> Entry {
    Entry { row: Row::of::<K>() }
}

/// The kind of that name.
pub fn find(name: &str) -> Option<&'static Entry> {
    KINDS.iter().find(|entry| entry.row.name == name)
}

pub static KINDS: &[Entry] = &[
    entry::<eip::Eip>(),
    entry::<internet_gateway::InternetGateway>(),
    entry::<nat_gateway::NatGateway>(),
    entry::<route_table::RouteTable>(),
    entry::<security_group::SecurityGroup>(),
    entry::<subnet::Subnet>(),
    entry::<vpc::Vpc>(),
    entry::<vpc_endpoint::VpcEndpoint>(),
    entry::<listener::Listener>(),
    entry::<listener_rule::ListenerRule>(),
    entry::<load_balancer::LoadBalancer>(),
    entry::<target_group::TargetGroup>(),
    entry::<alarm::Alarm>(),
    entry::<cluster::Cluster>(),
    entry::<dashboard::Dashboard>(),
    entry::<ecr_repository::Repository>(),
    entry::<ecs_service::Service>(),
    entry::<log_group::LogGroup>(),
    entry::<role::Role>(),
    entry::<scalable_target::ScalableTarget>(),
    entry::<task_definition::TaskDefinition>(),
    entry::<topic::Topic>(),
    entry::<db_instance::DbInstance>(),
    entry::<db_parameter_group::DbParameterGroup>(),
    entry::<db_subnet_group::DbSubnetGroup>(),
    entry::<cache_parameter_group::CacheParameterGroup>(),
    entry::<cache_subnet_group::CacheSubnetGroup>(),
    entry::<replication_group::ReplicationGroup>(),
    entry::<bucket::Bucket>(),
    entry::<distribution::Distribution>(),
    entry::<origin_access_control::OriginAccessControl>(),
    entry::<opensearch_domain::OpensearchDomain>(),
    entry::<secret::Secret>(),
];
