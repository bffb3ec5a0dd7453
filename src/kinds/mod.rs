//! One file per AWS resource type: its spec and rules on top, its driver below. The table is at the end.
//!
//! To add a kind, copy the nearest file and add two lines here. The generic tests over the table do the rest.

pub(crate) mod ec2;
pub mod eip;
pub mod elbv2;
pub mod elbv2_action;
pub mod internet_gateway;
pub mod listener;
pub mod listener_rule;
pub mod load_balancer;
pub mod nat_gateway;
pub mod route_table;
pub mod security_group;
pub mod subnet;
pub mod target_group;
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

pub static KINDS: &[Entry] = &[entry::<vpc::Vpc>()];
