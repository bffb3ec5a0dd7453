//! The rules of security groups, held against one peer.

use super::{Group, Groups, Net, Peer, Port, Rule, Rules};
use ipnet::Ipv4Net;

/// A set of addresses.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Addresses {
    /// All of the internet.
    Public,
    Range(Ipv4Net),
    Unknown,
}

/// The other side of a rule: the addresses that it may have, and the groups that it is a member of.
#[derive(Debug, Clone, Copy)]
pub(super) struct Other<'a> {
    pub addresses: Addresses,
    /// Public addresses are in none: for those groups do not count.
    pub groups: &'a Groups,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Side {
    Egress,
    Ingress,
}

pub(super) enum Filter {
    /// It passes, and the group that lets it, if it has any.
    Passes(Option<usize>),
    /// Some of it may pass.
    Maybe(String),
    Blocks,
}

/// The ranges that nobody has on the internet.
/// <https://www.iana.org/assignments/iana-ipv4-special-registry/iana-ipv4-special-registry.xhtml>
const PRIVATE: [(u32, u8); 8] = [
    (0x0000_0000, 8),
    (0x0a00_0000, 8),
    (0x6440_0000, 10),
    (0x7f00_0000, 8),
    (0xa9fe_0000, 16),
    (0xac10_0000, 12),
    (0xc0a8_0000, 16),
    (0xc612_0000, 15),
];

/// True for a range of which no address is one of the internet.
pub fn is_private(range: Ipv4Net) -> bool {
    let first = u32::from(range.network());
    PRIVATE.iter().any(|(network, length)| *length <= range.prefix_len() && first & (u32::MAX << (32 - length)) == *network)
}

impl Net {
    /// Says whether the groups of one end let a flow pass. Of several groups, one that lets it is enough.
    pub(super) fn filter(&self, groups: &Groups, side: Side, other: Other<'_>, port: Port) -> Filter {
        let Groups::Some { known, others } = groups else { return Filter::Passes(None) };
        let mut maybe = others.then(|| "it is in a security group that the stack does not know".to_owned());
        let mut ranges = Vec::new();
        for at in known {
            let Group { address, ingress, egress } = &self.groups[*at];
            let Rules { list, others } = if side == Side::Egress { egress } else { ingress };
            for rule in list.iter().filter(|rule| rule.takes(port)) {
                match rule.holds(other) {
                    Holds::All => return Filter::Passes(Some(*at)),
                    Holds::None => {}
                    Holds::Part(range) => ranges.push((*at, range)),
                    Holds::Unknown(why) => maybe = maybe.or_else(|| Some(format!("`{address}` {why}"))),
                }
            }
            if *others {
                maybe = maybe.or_else(|| Some(format!("others set rules of `{address}`")));
            }
        }
        // Rules that let parts of a range pass may let all of it pass together.
        let whole = Ipv4Net::aggregate(&ranges.iter().map(|(_, range)| *range).collect());
        let covers = |range: &Ipv4Net| match other.addresses {
            Addresses::Public => range.prefix_len() == 0,
            Addresses::Range(wanted) => range.contains(&wanted),
            Addresses::Unknown => false,
        };
        match ranges.first() {
            Some((at, _)) if whole.iter().any(covers) => Filter::Passes(Some(*at)),
            Some((at, range)) => {
                let verb = if side == Side::Egress { "out only to" } else { "in only from" };
                Filter::Maybe(maybe.unwrap_or_else(|| format!("`{}` lets it {verb} {range}", self.groups[*at].address)))
            }
            None => maybe.map_or(Filter::Blocks, Filter::Maybe),
        }
    }
}

enum Holds {
    All,
    Part(Ipv4Net),
    None,
    Unknown(String),
}

impl Rule {
    /// True where it is about this protocol and port.
    pub fn takes(&self, port: Port) -> bool {
        self.protocol.is_none_or(|protocol| protocol == port.protocol && self.ports.contains(&port.number))
    }

    fn holds(&self, other: Other<'_>) -> Holds {
        let member = |is: &dyn Fn(&[usize]) -> bool| match other.groups {
            Groups::Some { known, others: _ } if is(known) => Holds::All,
            Groups::Some { known: _, others: true } => Holds::Unknown("names a group that the other end may be in".into()),
            Groups::Some { .. } | Groups::None => Holds::None,
        };
        match &self.peer {
            Peer::Group(group) => member(&|known| known.contains(group)),
            Peer::Stranger => member(&|_| false),
            Peer::Unknown => Holds::Unknown("has a rule for addresses that are not known here".into()),
            Peer::Range(range) => match other.addresses {
                Addresses::Public if range.prefix_len() == 0 => Holds::All,
                Addresses::Public if is_private(*range) => Holds::None,
                Addresses::Public => Holds::Part(*range),
                Addresses::Range(wanted) if range.contains(&wanted) => Holds::All,
                Addresses::Range(wanted) if wanted.contains(range) => Holds::Part(*range),
                Addresses::Range(_) => Holds::None,
                Addresses::Unknown if range.prefix_len() == 0 => Holds::All,
                Addresses::Unknown => Holds::Unknown(format!("has a rule for {range}, and the other's addresses are not known")),
            },
        }
    }
}
