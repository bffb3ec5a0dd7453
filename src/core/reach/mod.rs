//! Reachability: the network of a stack as far as it is known, and the verdict of one flow through it.
//!
//! The engine knows nothing of kinds: `rules::reach` reads a view into a [`Net`]. It is IPv4 alone, and security groups are stateful,
//! so that a flow is allowed in the direction of its first packet. Network ACLs are no part of a stack: they are taken to let
//! everything through, as the one that AWS makes does.
//! <https://docs.aws.amazon.com/vpc/latest/userguide/vpc-security-groups.html>

mod flow;
mod rules;

pub use self::rules::is_private;
use super::address::Address;
use ipnet::Ipv4Net;
use std::fmt;
use std::ops::RangeInclusive;

/// The subnets, routes, groups and endpoints that flows go through. Whatever names another one does so by its place in a list.
#[derive(Debug, Clone, Default)]
pub struct Net {
    pub subnets: Vec<Subnet>,
    pub tables: Vec<Table>,
    pub groups: Vec<Group>,
    pub nats: Vec<Nat>,
    pub endpoints: Vec<Endpoint>,
}

#[derive(Debug, Clone)]
pub struct Subnet {
    pub address: Address,
    /// The VPC, by anything that is the same for all of its subnets.
    pub vpc: String,
    /// Its range; None where it is not known.
    pub range: Option<Ipv4Net>,
    pub routing: Routing,
}

/// The routes of a subnet, beside the one that stays in the VPC.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Routing {
    Table(usize),
    /// The main table of a VPC that is new: it leads nowhere else.
    Main,
    Unknown,
}

#[derive(Debug, Clone)]
pub struct Table {
    pub address: Address,
    pub routes: Vec<Route>,
}

#[derive(Debug, Clone)]
pub struct Route {
    /// Its destination; None where it is not known.
    pub to: Option<Ipv4Net>,
    pub hop: Hop,
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Hop {
    InternetGateway,
    Nat(usize),
    /// Something that the stack does not know: a transit gateway, a peering, an appliance.
    Elsewhere(String),
}

#[derive(Debug, Clone)]
pub struct Nat {
    pub address: Address,
    /// Its subnet; None where it is not known.
    pub subnet: Option<usize>,
    pub public: bool,
}

/// A security group.
#[derive(Debug, Clone)]
pub struct Group {
    pub address: Address,
    pub ingress: Rules,
    pub egress: Rules,
}

/// The rules of one direction.
#[derive(Debug, Clone, Default)]
pub struct Rules {
    pub list: Vec<Rule>,
    /// True where others add rules that nobody here has read.
    pub others: bool,
}

#[derive(Debug, Clone)]
pub struct Rule {
    /// None for every protocol.
    pub protocol: Option<Protocol>,
    pub ports: RangeInclusive<u16>,
    pub peer: Peer,
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Peer {
    Range(Ipv4Net),
    /// The members of a group.
    Group(usize),
    /// The members of a group that the stack does not know.
    Stranger,
    /// A prefix list, or a range that is not known yet.
    Unknown,
}

/// An endpoint of an AWS service.
#[derive(Debug, Clone)]
pub struct Endpoint {
    pub address: Address,
    pub vpc: String,
    /// The service, as the last part of its name has it: `s3`, `ecr.api`.
    pub service: String,
    pub way: Way,
}

#[derive(Debug, Clone)]
pub enum Way {
    /// It is a route of these tables.
    Gateway(Vec<usize>),
    /// It is an address of its own, which the service's public name leads to. One without that name is of no use to who does not know it.
    Interface(Host),
}

/// One end inside of a VPC: tasks, a load balancer, a database.
#[derive(Debug, Clone)]
pub struct Host {
    pub name: String,
    /// The node that says where it stands; None for a bare address, whose own groups are not known and taken to let everything pass.
    pub address: Option<Address>,
    /// The subnets that it may stand in, any of them at a time; None for one that is not known.
    pub subnets: Vec<Option<usize>>,
    /// Its only address, where it is known.
    pub only: Option<Ipv4Net>,
    pub groups: Groups,
    /// True if it has a public address; None where that is not known.
    pub public: Option<bool>,
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Groups {
    /// Nothing filters: a Network Load Balancer that has none.
    None,
    Some {
        known: Vec<usize>,
        /// True where it has further ones, or those of its VPC.
        others: bool,
    },
}

/// One end of a flow.
#[derive(Debug, Clone)]
pub enum End {
    Host(Host),
    /// Any address of the internet.
    Internet,
    /// Addresses outside of the VPCs of the stack.
    Range(Ipv4Net),
    /// An AWS service of the region, by its name in endpoints: `s3`, `ecr.api`.
    Service(String),
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Protocol {
    Tcp,
    Udp,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub struct Port {
    pub number: u16,
    pub protocol: Protocol,
}

/// The answer about a flow between two ends: the path, and what ends it. Where an end has several subnets, a flow is open if it is
/// between all of them, and shut if it is between any two.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Verdict {
    Open(Vec<Step>),
    Shut(Vec<Step>, Block),
    /// It depends on something that is not known, which is named.
    Unknown(Vec<Step>, String),
}

/// One step of a path, in words.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Step {
    pub at: Option<Address>,
    pub words: String,
}

/// The first thing that blocks a flow.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Block {
    pub cause: Cause,
    /// The node that blocks; None where none does, such as for a public address that is not there.
    pub at: Option<Address>,
    pub words: String,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Cause {
    /// No group of the source lets it out.
    Egress,
    /// No group of the target lets it in.
    Ingress,
    /// No route leads there.
    Route,
    /// The route leads to an internet gateway, which passes public addresses alone.
    PublicAddress,
    /// The ends are in different VPCs.
    OtherNetwork,
}

impl Cause {
    /// Returns the word that machines read.
    pub const fn name(self) -> &'static str {
        match self {
            Cause::Egress => "egress",
            Cause::Ingress => "ingress",
            Cause::Route => "route",
            Cause::PublicAddress => "public-address",
            Cause::OtherNetwork => "other-network",
        }
    }
}

/// A question about a flow, and its answer.
#[derive(Debug, Clone)]
pub struct Talk {
    pub from: String,
    pub to: String,
    pub port: Port,
    /// The reason why the two should talk; empty where somebody just asked.
    pub why: String,
    pub verdict: Verdict,
}

impl Port {
    pub const fn tcp(number: u16) -> Self {
        Port { number, protocol: Protocol::Tcp }
    }
}

impl fmt::Display for Port {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.protocol {
            Protocol::Tcp => write!(out, "{}", self.number),
            Protocol::Udp => write!(out, "{}/udp", self.number),
        }
    }
}

impl End {
    /// Returns what people call it.
    pub fn name(&self) -> String {
        match self {
            End::Host(host) => host.name.clone(),
            End::Internet => "internet".into(),
            End::Range(range) if range.prefix_len() == 32 => range.addr().to_string(),
            End::Range(range) => range.to_string(),
            End::Service(name) => format!("aws.{name}"),
        }
    }
}

impl Verdict {
    /// Returns the word that machines read.
    pub const fn name(&self) -> &'static str {
        match self {
            Verdict::Open(_) => "reachable",
            Verdict::Shut(..) => "blocked",
            Verdict::Unknown(..) => "unknown",
        }
    }
    pub fn is_open(&self) -> bool {
        matches!(self, Verdict::Open(_))
    }
    pub fn block(&self) -> Option<&Block> {
        match self {
            Verdict::Shut(_, block) => Some(block),
            Verdict::Open(_) | Verdict::Unknown(..) => None,
        }
    }
    pub fn path(&self) -> &[Step] {
        match self {
            Verdict::Open(path) | Verdict::Shut(path, _) | Verdict::Unknown(path, _) => path,
        }
    }
    /// Returns the verdict of a flow that goes this way first, and then that one.
    pub fn then(self, next: impl FnOnce() -> Verdict) -> Verdict {
        let Verdict::Open(mut path) = self else {
            let first = self;
            // A way that is shut further on is shut, however little is known of its beginning.
            return match (&first, next()) {
                (Verdict::Unknown(..), Verdict::Shut(path, block)) => Verdict::Shut(path, block),
                _ => first,
            };
        };
        let next = next();
        path.extend(next.path().iter().cloned());
        match next {
            Verdict::Open(_) => Verdict::Open(path),
            Verdict::Shut(_, block) => Verdict::Shut(path, block),
            Verdict::Unknown(_, why) => Verdict::Unknown(path, why),
        }
    }
    /// Returns the worse of two: what is shut before what is not known, and the first of two alike.
    pub fn worse(self, other: Verdict) -> Verdict {
        if other.rank() > self.rank() { other } else { self }
    }
    /// Returns the better of two, and the first of two alike.
    pub fn better(self, other: Verdict) -> Verdict {
        if other.rank() < self.rank() { other } else { self }
    }
    const fn rank(&self) -> u8 {
        match self {
            Verdict::Open(_) => 0,
            Verdict::Unknown(..) => 1,
            Verdict::Shut(..) => 2,
        }
    }
}
