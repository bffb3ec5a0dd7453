//! The decision about one flow: what lets it out, the route, and what lets it in, for each pair of subnets that it may be between.

use super::rules::{Addresses, Filter, Other, Side, is_private};
use super::{Block, Cause, End, Endpoint, Groups, Hop, Host, Nat, Net, Peer, Port, Protocol, Routing, Step, Subnet, Table, Verdict, Way};
use crate::core::address::Address;
use ipnet::Ipv4Net;
use std::collections::BTreeSet;

/// A host in one of its subnets.
#[derive(Clone, Copy)]
struct Site<'a> {
    host: &'a Host,
    subnet: Option<&'a Subnet>,
}

/// The groups of addresses that are in none.
const FREE: &Groups = &Groups::None;

impl Net {
    /// Answers a flow to a port. It is pure, and says nothing that it does not know.
    pub fn flow(&self, from: &End, to: &End, port: Port) -> Verdict {
        match (from, to) {
            (End::Host(from), End::Host(to)) => self.pairs(from, to, port),
            (End::Host(from), End::Internet) => self.each(from, |site| self.outward(site, Addresses::Public, port)),
            (End::Host(from), End::Range(range)) => self.each(from, |site| self.outward(site, Addresses::Range(*range), port)),
            (End::Host(from), End::Service(name)) => self.each(from, |site| self.to_service(site, name, port)),
            (End::Internet, End::Host(to)) => self.each(to, |site| self.inward(site, Addresses::Public, port)),
            (End::Range(range), End::Host(to)) => self.each(to, |site| self.inward(site, Addresses::Range(*range), port)),
            (End::Service(name), End::Host(_)) => unknown(format!("nobody here knows where `aws.{name}` calls from")),
            (End::Internet | End::Range(_) | End::Service(_), End::Internet | End::Range(_) | End::Service(_)) => {
                unknown("neither end is in a network of the stack".into())
            }
        }
    }

    fn sites<'a>(&'a self, host: &'a Host) -> Vec<Site<'a>> {
        let subnet = |at: &Option<usize>| Site { host, subnet: at.map(|at| &self.subnets[at]) };
        let sites = host.subnets.iter().map(subnet).collect::<Vec<_>>();
        if sites.is_empty() { vec![Site { host, subnet: None }] } else { sites }
    }

    fn each(&self, host: &Host, flow: impl Fn(Site<'_>) -> Verdict) -> Verdict {
        worst(self.sites(host).into_iter().map(flow))
    }

    fn pairs(&self, from: &Host, to: &Host, port: Port) -> Verdict {
        worst(self.sites(from).into_iter().flat_map(|one| self.sites(to).into_iter().map(move |two| self.within(one, two, port))))
    }

    /// A flow between two hosts by their private addresses.
    fn within(&self, from: Site<'_>, to: Site<'_>, port: Port) -> Verdict {
        let out = self.leave(from, to.other(), &format!("`{}`", to.name()), port);
        out.then(|| self.between(from, to)).then(|| self.enter(to, from.other(), &format!("`{}`", from.name()), port))
    }

    /// A flow from a host to public addresses.
    fn outward(&self, from: Site<'_>, to: Addresses, port: Port) -> Verdict {
        let (words, other) = (said(to), Other { addresses: to, groups: FREE });
        self.leave(from, other, &words, port).then(|| self.route_out(from, to, &words))
    }

    /// A flow from outside to a host.
    fn inward(&self, to: Site<'_>, from: Addresses, port: Port) -> Verdict {
        let words = said(from);
        self.route_in(to, from, &words).then(|| self.enter(to, Other { addresses: from, groups: FREE }, &words, port))
    }

    /// A flow to an AWS service: by its endpoint, if there is one that its name leads to, else over the internet.
    /// <https://docs.aws.amazon.com/vpc/latest/privatelink/privatelink-access-aws-services.html>
    fn to_service(&self, from: Site<'_>, name: &str, port: Port) -> Verdict {
        let of = |endpoint: &&Endpoint| endpoint.service == name && from.subnet.is_some_and(|subnet| subnet.vpc == endpoint.vpc);
        let own = || self.endpoints.iter().filter(of);
        let table = from.subnet.map(|subnet| subnet.routing);
        let gateways = || own().filter_map(|one| if let Way::Gateway(tables) = &one.way { Some((one, tables)) } else { None });
        let here = |tables: &[usize]| tables.iter().any(|at| table == Some(Routing::Table(*at)));
        if let Some((endpoint, _)) = gateways().find(|(_, tables)| here(tables)) {
            let service = format!("the addresses of {name}");
            let out = self.leave(from, Other { addresses: Addresses::Public, groups: FREE }, &service, port);
            return out.then(|| open(&endpoint.address, format!("goes by the gateway endpoint `{}`", endpoint.address)));
        }
        let interfaces = own().filter_map(|one| if let Way::Interface(host) = &one.way { Some((one, host)) } else { None });
        let mut interfaces = interfaces.peekable();
        if interfaces.peek().is_some() {
            let by = |(endpoint, host): (&Endpoint, &Host)| {
                let way = worst(self.sites(host).into_iter().map(|site| self.within(from, site, port)));
                way.then(|| open(&endpoint.address, format!("reaches {name} by the endpoint `{}`", endpoint.address)))
            };
            return worst(interfaces.map(by));
        }
        let outward = self.outward(from, Addresses::Public, port);
        match (table, outward.block().map(|block| block.cause)) {
            // A subnet that is not known may have any endpoint.
            (None | Some(Routing::Unknown), Some(Cause::Route | Cause::PublicAddress)) => {
                unknown(format!("the routes of {} are not known", from.place()))
            }
            _ => outward,
        }
    }

    fn leave(&self, from: Site<'_>, to: Other<'_>, target: &str, port: Port) -> Verdict {
        let groups = &from.host.groups;
        self.pass(from, groups, Side::Egress, to, port, || format!("{} no traffic out to {target} on {port}", self.let_no(groups)))
    }

    fn enter(&self, to: Site<'_>, from: Other<'_>, source: &str, port: Port) -> Verdict {
        let groups = &to.host.groups;
        self.pass(to, groups, Side::Ingress, from, port, || {
            let open = self.rules_beside(groups, port);
            format!("{} no traffic in from {source} on {port}{open}", self.let_no(groups))
        })
    }

    fn pass(&self, site: Site<'_>, groups: &Groups, side: Side, other: Other<'_>, port: Port, why: impl Fn() -> String) -> Verdict {
        let verb = if side == Side::Egress { "leaves" } else { "enters" };
        if site.host.address.is_none() {
            return Verdict::Open(vec![site.step(format!("{verb} `{}`, whatever guards it", site.name()))]);
        }
        match self.filter(groups, side, other, port) {
            Filter::Passes(None) => Verdict::Open(vec![site.step(format!("{verb} `{}`, which no group guards", site.name()))]),
            Filter::Passes(Some(group)) => {
                let address = &self.groups[group].address;
                open(address, format!("{verb} `{}`: `{address}` lets it", site.name()))
            }
            Filter::Maybe(why) => Verdict::Unknown(Vec::new(), why),
            Filter::Blocks => {
                let Groups::Some { known, .. } = groups else { return Verdict::Open(Vec::new()) };
                let at = known.first().map(|at| self.groups[*at].address.clone());
                let cause = if side == Side::Egress { Cause::Egress } else { Cause::Ingress };
                Verdict::Shut(Vec::new(), Block { cause, at, words: why() })
            }
        }
    }

    fn let_no(&self, groups: &Groups) -> String {
        let Groups::Some { known, .. } = groups else { return String::new() };
        match known.as_slice() {
            [] => "no group lets".into(),
            [one] => format!("`{}` lets", self.groups[*one].address),
            many => format!("{} let", many.iter().map(|at| format!("`{}`", self.groups[*at].address)).collect::<Vec<_>>().join(" and ")),
        }
    }

    /// Returns the rules that groups have although none fits, as a remark: those of the port by whom they let in or by their protocol, or
    /// else the ports of all; empty if there are none.
    fn rules_beside(&self, groups: &Groups, port: Port) -> String {
        let Groups::Some { known, .. } = groups else { return String::new() };
        let rules = || known.iter().flat_map(|at| &self.groups[*at].ingress.list);
        let peers = rules().filter(|rule| rule.takes(port)).map(|rule| self.peer(&rule.peer)).collect::<BTreeSet<_>>();
        if !peers.is_empty() {
            return format!("; its rules for that port let in {}", peers.into_iter().collect::<Vec<_>>().join(", "));
        }
        if let Some(other) = rules().filter(|rule| rule.ports.contains(&port.number)).find_map(|rule| rule.protocol) {
            let name = match other {
                Protocol::Tcp => "TCP",
                Protocol::Udp => "UDP",
            };
            return format!("; its rule for {} is of {name}", port.number);
        }
        let rules = known.iter().flat_map(|at| &self.groups[*at].ingress.list);
        let mut ports = rules.map(|rule| (*rule.ports.start(), *rule.ports.end())).collect::<Vec<_>>();
        ports.sort_unstable();
        ports.dedup();
        let span = |port: &(u16, u16)| match *port {
            (0, u16::MAX) => "all ports".to_owned(),
            (from, to) if from == to => from.to_string(),
            (from, to) => format!("{from} to {to}"),
        };
        if ports.is_empty() {
            String::new()
        } else {
            format!("; it has rules for {}", ports.iter().map(span).collect::<Vec<_>>().join(", "))
        }
    }

    /// Whom a rule lets in, in words.
    fn peer(&self, peer: &Peer) -> String {
        match peer {
            Peer::Range(range) => range.to_string(),
            Peer::Group(at) => format!("`{}`", self.groups[*at].address),
            Peer::Stranger => "a group that the stack does not know".into(),
            Peer::Unknown => "a prefix list, or a range that is not known yet".into(),
        }
    }

    /// The way between two subnets.
    fn between(&self, from: Site<'_>, to: Site<'_>) -> Verdict {
        let (Some(one), Some(two)) = (from.subnet, to.subnet) else {
            let which = if from.subnet.is_none() { from } else { to };
            return unknown(format!("the subnets of `{}` are not known", which.name()));
        };
        if one.vpc == two.vpc {
            // A route that is narrower than the one of the VPC leads through an appliance.
            // https://docs.aws.amazon.com/vpc/latest/userguide/route-table-options.html
            let aside = |subnet: &Subnet, other: &Subnet| match subnet.routing {
                Routing::Table(at) => self.tables[at].routes.iter().any(|route| {
                    matches!(route.hop, Hop::Elsewhere(_)) && route.to.is_some_and(|to| to.prefix_len() > 0 && meets(Some(to), other.range))
                }),
                Routing::Main | Routing::Unknown => false,
            };
            if aside(one, two) || aside(two, one) {
                return unknown(format!("a route between `{}` and `{}` leads through something else", one.address, two.address));
            }
            let stays = format!("stays in the VPC, from `{}` to `{}`", one.address, two.address);
            return Verdict::Open(vec![Step { at: Some(one.address.clone()), words: stays }]);
        }
        if self.leads_elsewhere(one) || self.leads_elsewhere(two) {
            return unknown(format!("`{}` may be reached from `{}` by a way that is not of the stack", two.address, one.address));
        }
        let words = format!("`{}` is in another VPC than `{}`", two.address, one.address);
        shut(Cause::OtherNetwork, Some(one.address.clone()), words)
    }

    /// True where a route leads to something that the stack does not know.
    fn leads_elsewhere(&self, subnet: &Subnet) -> bool {
        match subnet.routing {
            Routing::Table(at) => self.tables[at].routes.iter().any(|route| matches!(route.hop, Hop::Elsewhere(_)) || route.to.is_none()),
            Routing::Main => false,
            Routing::Unknown => true,
        }
    }

    /// Judges each hop by which a table leads to these addresses, None for none. Where parts of them go several ways, and these do
    /// not end alike, it is not known.
    fn by_hops(&self, table: usize, to: Addresses, judge: impl Fn(Option<&Hop>) -> Verdict) -> Verdict {
        let Table { address, routes } = &self.tables[table];
        let covers = |range: Ipv4Net| match to {
            Addresses::Public => range.prefix_len() == 0,
            Addresses::Range(wanted) => range.contains(&wanted),
            Addresses::Unknown => false,
        };
        let is_part = |range: Ipv4Net| match to {
            Addresses::Public => range.prefix_len() > 0 && !is_private(range),
            Addresses::Range(wanted) => wanted.contains(&range) && range != wanted,
            Addresses::Unknown => false,
        };
        let known = || routes.iter().filter_map(|route| Some((route.to?, &route.hop)));
        let whole = known().filter(|(range, _)| covers(*range)).max_by_key(|(range, _)| range.prefix_len());
        // A prefix list beside a route of all addresses is mostly one of private ranges.
        if routes.iter().any(|route| route.to.is_none()) && (to != Addresses::Public || whole.is_none()) {
            return unknown(format!("`{address}` has routes to addresses that are not known"));
        }
        let parts = known().filter(|(range, _)| is_part(*range)).map(|(_, hop)| Some(hop));
        let mut hops = vec![whole.map(|(_, hop)| hop)];
        for hop in parts {
            if !hops.contains(&hop) {
                hops.push(hop);
            }
        }
        let mut verdicts = hops.into_iter().map(&judge);
        let first = verdicts.next().unwrap_or_else(|| judge(None));
        let alike = verdicts.all(|next| next.name() == first.name());
        if alike { first } else { unknown(format!("`{address}` leads to parts of these addresses by several ways")) }
    }

    fn route_out(&self, from: Site<'_>, to: Addresses, target: &str) -> Verdict {
        let Some(subnet) = from.subnet else { return unknown(format!("the subnets of `{}` are not known", from.name())) };
        let table = match subnet.routing {
            Routing::Unknown => return unknown(format!("the routes of `{}` are not known", subnet.address)),
            Routing::Main => return no_route(subnet, None, target),
            Routing::Table(at) => at,
        };
        let name = &self.tables[table].address;
        self.by_hops(table, to, |hop| match hop {
            None => no_route(subnet, Some(name), target),
            Some(Hop::Elsewhere(what)) => unknown(format!("`{name}` leads there by {what}, which is not of the stack")),
            Some(Hop::InternetGateway) if from.host.public.is_none() => unknown(no_word_of_address(from)),
            Some(Hop::InternetGateway) if from.host.public == Some(false) => {
                let words = format!(
                    "`{name}`, the route table of `{}`, leads to an internet gateway, and `{}` has no public address",
                    subnet.address,
                    from.name()
                );
                shut(Cause::PublicAddress, Some(subnet.address.clone()), words)
            }
            Some(Hop::InternetGateway) => open(name, format!("goes from `{}` by `{name}` to the internet gateway", subnet.address)),
            Some(Hop::Nat(nat)) => {
                let nat = &self.nats[*nat];
                let step = open(name, format!("goes from `{}` by `{name}` to `{}`", subnet.address, nat.address));
                step.then(|| self.beyond_nat(nat, to, target))
            }
        })
    }

    fn beyond_nat(&self, nat: &Nat, to: Addresses, target: &str) -> Verdict {
        let Some(subnet) = nat.subnet.map(|at| &self.subnets[at]).filter(|_| nat.public) else {
            return unknown(format!("the way on from `{}` is not known", nat.address));
        };
        let table = match subnet.routing {
            Routing::Unknown => return unknown(format!("the routes of `{}` are not known", subnet.address)),
            Routing::Main => return no_route(subnet, Some(&nat.address), target),
            Routing::Table(at) => at,
        };
        self.by_hops(table, to, |hop| match hop {
            Some(Hop::InternetGateway) => open(&nat.address, format!("goes on from `{}` by its internet gateway", subnet.address)),
            Some(Hop::Elsewhere(what)) => unknown(format!("`{}` leads on by {what}", nat.address)),
            // A NAT gateway behind another one, or behind itself, leads nowhere that is public.
            Some(Hop::Nat(_)) | None => no_route(subnet, Some(&nat.address), target),
        })
    }

    fn route_in(&self, to: Site<'_>, from: Addresses, source: &str) -> Verdict {
        let Some(subnet) = to.subnet else { return unknown(format!("the subnets of `{}` are not known", to.name())) };
        let private = matches!(from, Addresses::Range(range) if is_private(range));
        let table = match subnet.routing {
            Routing::Unknown => return unknown(format!("the routes of `{}` are not known", subnet.address)),
            Routing::Main => return no_route(subnet, None, source),
            Routing::Table(at) => at,
        };
        let name = &self.tables[table].address;
        self.by_hops(table, from, |hop| match hop {
            Some(Hop::Elsewhere(what)) => unknown(format!("`{name}` answers by {what}, which is not of the stack")),
            Some(Hop::InternetGateway) if private => no_route(subnet, Some(name), source),
            Some(Hop::InternetGateway) if to.host.public.is_none() => unknown(no_word_of_address(to)),
            Some(Hop::InternetGateway) if to.host.public == Some(false) => {
                let words = format!("`{}` has no public address", to.name());
                shut(Cause::PublicAddress, to.host.address.clone(), words)
            }
            Some(Hop::InternetGateway) => open(name, format!("comes in by the internet gateway to `{}`", subnet.address)),
            // Nothing comes in by a NAT gateway.
            Some(Hop::Nat(_)) | None => no_route(subnet, Some(name), source),
        })
    }
}

impl<'a> Site<'a> {
    fn name(self) -> &'a str {
        &self.host.name
    }
    fn place(self) -> String {
        self.subnet.map_or_else(|| format!("the subnets of `{}`", self.name()), |subnet| format!("`{}`", subnet.address))
    }
    fn other(self) -> Other<'a> {
        let range = self.host.only.or_else(|| self.subnet?.range);
        Other { addresses: range.map_or(Addresses::Unknown, Addresses::Range), groups: &self.host.groups }
    }
    fn step(self, words: String) -> Step {
        Step { at: self.host.address.clone(), words }
    }
}

fn no_word_of_address(site: Site<'_>) -> String {
    format!("nobody here knows whether `{}` has a public address", site.name())
}

fn said(addresses: Addresses) -> String {
    match addresses {
        Addresses::Public => "the internet".into(),
        Addresses::Range(range) => End::Range(range).name(),
        Addresses::Unknown => "unknown addresses".into(),
    }
}

fn worst(all: impl Iterator<Item = Verdict>) -> Verdict {
    all.reduce(Verdict::worse).unwrap_or_else(|| unknown("there is nothing at one end".into()))
}

fn meets(one: Option<Ipv4Net>, two: Option<Ipv4Net>) -> bool {
    one.zip(two).is_none_or(|(one, two)| one.contains(&two) || two.contains(&one))
}

fn unknown(why: String) -> Verdict {
    Verdict::Unknown(Vec::new(), why)
}

fn open(at: &Address, words: String) -> Verdict {
    Verdict::Open(vec![Step { at: Some(at.clone()), words }])
}

fn shut(cause: Cause, at: Option<Address>, words: String) -> Verdict {
    Verdict::Shut(Vec::new(), Block { cause, at, words })
}

fn no_route(subnet: &Subnet, table: Option<&Address>, other: &str) -> Verdict {
    let words = match table {
        Some(table) => format!("no route of `{table}` leads between `{}` and {other}", subnet.address),
        None => format!("`{}` has no route table of the stack, and the one of its VPC leads nowhere else", subnet.address),
    };
    shut(Cause::Route, Some(subnet.address.clone()), words)
}
