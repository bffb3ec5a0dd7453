//! One file per AWS resource type: its spec and rules on top, its driver below. The table is at the end.
//!
//! To add a kind, copy the nearest file and add two lines here. The generic tests over the table do the rest.

/// Ten times a text in a row, for examples of what is too long.
macro_rules! ten_times {
    ($($text:tt)*) => {
        concat!(
            $($text)*, $($text)*, $($text)*, $($text)*, $($text)*, $($text)*, $($text)*, $($text)*, $($text)*, $($text)*
        )
    };
}

#[cfg(feature = "aws")]
mod after_create;
pub mod autoscaling;
#[cfg(feature = "aws")]
mod batch;
pub mod calls;
pub(crate) mod classes;
pub mod cloudfront;
pub mod cloudwatch;
pub(crate) mod database;
pub mod ec2;
pub mod ecr;
pub mod ecs;
pub mod elasticache;
pub mod elbv2;
pub mod iam;
pub(crate) mod kms;
#[cfg(test)]
mod laws;
pub mod logs;
pub mod opensearch;
pub mod rds;
pub mod s3;
pub mod secretsmanager;
pub mod sns;
#[cfg(feature = "aws")]
pub(crate) mod spelling;

use crate::core::kind::Row;
use crate::pricing::{PriceRow, Priced};

/// The value of fields that are on unless the file says otherwise.
pub(crate) fn yes() -> bool {
    true
}

/// One kind: what it is, what it is billed for, and with feature `aws` what it does.
pub struct Entry {
    pub row: Row,
    pub price: PriceRow,
    #[cfg(feature = "aws")]
    pub effects: crate::aws::Effects,
}

#[cfg(feature = "aws")]
const fn entry<K: crate::aws::Driver + Priced>() -> Entry {
    Entry { row: Row::of::<K>(), price: PriceRow::of::<K>(), effects: crate::aws::Effects::of::<K>() }
}
#[cfg(not(feature = "aws"))]
const fn entry<K: Priced>() -> Entry {
    Entry { row: Row::of::<K>(), price: PriceRow::of::<K>() }
}

/// The kind of that name.
pub fn find(name: &str) -> Option<&'static Entry> {
    KINDS.iter().find(|entry| entry.row.name == name)
}

/// Returns how the kind of that name is priced.
pub fn priced(name: &str) -> Option<&'static PriceRow> {
    find(name).map(|entry| &entry.price)
}

pub static KINDS: &[Entry] = &[
    entry::<ec2::eip::Eip>(),
    entry::<ec2::internet_gateway::InternetGateway>(),
    entry::<ec2::nat_gateway::NatGateway>(),
    entry::<ec2::route_table::RouteTable>(),
    entry::<ec2::security_group::SecurityGroup>(),
    entry::<ec2::subnet::Subnet>(),
    entry::<ec2::vpc::Vpc>(),
    entry::<ec2::vpc_endpoint::VpcEndpoint>(),
    entry::<elbv2::listener::Listener>(),
    entry::<elbv2::listener_rule::ListenerRule>(),
    entry::<elbv2::load_balancer::LoadBalancer>(),
    entry::<elbv2::target_group::TargetGroup>(),
    entry::<cloudwatch::alarm::Alarm>(),
    entry::<ecs::cluster::Cluster>(),
    entry::<cloudwatch::dashboard::Dashboard>(),
    entry::<ecr::repository::Repository>(),
    entry::<ecs::service::Service>(),
    entry::<logs::log_group::LogGroup>(),
    entry::<iam::role::Role>(),
    entry::<autoscaling::scalable_target::ScalableTarget>(),
    entry::<ecs::task_definition::TaskDefinition>(),
    entry::<sns::topic::Topic>(),
    entry::<rds::instance::DbInstance>(),
    entry::<rds::parameter_group::DbParameterGroup>(),
    entry::<rds::subnet_group::DbSubnetGroup>(),
    entry::<elasticache::parameter_group::CacheParameterGroup>(),
    entry::<elasticache::subnet_group::CacheSubnetGroup>(),
    entry::<elasticache::replication_group::ReplicationGroup>(),
    entry::<s3::bucket::Bucket>(),
    entry::<cloudfront::distribution::Distribution>(),
    entry::<cloudfront::origin_access_control::OriginAccessControl>(),
    entry::<opensearch::domain::OpensearchDomain>(),
    entry::<secretsmanager::secret::Secret>(),
];
