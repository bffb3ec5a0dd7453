//! One file per AWS resource type: its spec and rules on top, its driver below. The table is at the end.
//!
//! To add a kind, copy the nearest file and add two lines here. The generic tests over the table do the rest.

#[cfg(feature = "aws")]
mod after_create;
pub mod autoscaling;
#[cfg(feature = "aws")]
mod batch;
pub mod cloudfront;
pub mod cloudwatch;
pub mod ec2;
pub mod ecr;
pub mod ecs;
pub mod elasticache;
pub mod elbv2;
pub mod iam;
pub(crate) mod kms;
pub mod logs;
pub mod opensearch;
pub mod rds;
pub mod s3;
pub mod secretsmanager;
pub mod sns;
#[cfg(feature = "aws")]
pub(crate) mod spelling;
#[cfg(test)]
pub(crate) mod trial;

use crate::core::kind::Row;
use crate::pricing::{PriceRow, Priced};

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

#[cfg(test)]
mod laws {
    //! What holds for every kind by its pure half alone; the laws of drivers are in `tests/it/kinds`.

    use super::*;
    use crate::core::code::{Example, lay_over};
    use serde_json::Value;
    use std::collections::BTreeMap;

    /// The codes that a kind finds in its example with some fields laid over it.
    fn found(row: &Row, fields: &str) -> Vec<(&'static str, String)> {
        let mut spec = (row.example)();
        let fields = serde_json::from_str::<Value>(fields).unwrap_or_else(|error| panic!("{}: {fields}: {error}", row.name));
        lay_over(&mut spec, fields.as_object().expect("an object of fields"));
        (row.validate)(&spec).into_iter().map(|problem| (problem.code, format!("{}: {}", problem.field, problem.message))).collect()
    }

    #[test]
    fn each_check_finds_its_wrong_examples_and_nothing_in_its_right_ones() {
        let mut wrong = Vec::new();
        for row in KINDS.iter().map(|entry| &entry.row) {
            for code in (row.codes)() {
                let Example::Spec { wrong: bad, right: good } = code.example else { panic!("{}: a check has specs as examples", code.id) };
                assert!(!bad.is_empty(), "{}: no wrong example", code.id);
                for fields in bad {
                    let found = found(row, fields);
                    if !found.iter().any(|(id, _)| *id == code.id) {
                        wrong.push(format!("{} does not find {fields}: {found:?}", code.id));
                    }
                }
                for fields in std::iter::once(&"{}").chain(good) {
                    let found = found(row, fields);
                    if !found.is_empty() {
                        wrong.push(format!("{}: {fields} is right, and yet: {found:?}", code.id));
                    }
                }
            }
        }
        assert_eq!(wrong, Vec::<String>::new());
    }

    #[test]
    fn codes_are_unique_in_order_and_say_why() {
        let mut seen = BTreeMap::new();
        for row in KINDS.iter().map(|entry| &entry.row) {
            let codes = (row.codes)();
            assert!(codes.is_sorted_by_key(|code| code.id), "{}: codes are not in order", row.name);
            for code in codes {
                assert_eq!(seen.insert(code.id, row.name), None, "{} is there twice", code.id);
                assert!(code.about.ends_with('.') && code.why.ends_with('.'), "{}: about and why are sentences", code.id);
                assert!(code.page.starts_with("https://"), "{}: no page of AWS's", code.id);
            }
        }
    }
}
