//! The network of a view: its subnets, routes and groups by the places that the engine knows them by, and what stands in them.

use crate::core::address::Address;
use crate::core::reach::{
    End, Endpoint, Group, Groups, Hop, Host, Nat, Net, Peer, Port, Protocol, Route, Routing, Rule, Rules, Subnet, Table, Way,
};
use crate::core::reference::is_symbolic;
use crate::core::view::{Origin, Seen, View};
use crate::kinds::ec2::internet_gateway::InternetGateway;
use crate::kinds::ec2::nat_gateway::{Connectivity, NatGateway};
use crate::kinds::ec2::route_table::{self, RouteTable};
use crate::kinds::ec2::security_group::{self, SecurityGroup};
use crate::kinds::ec2::vpc_endpoint::{EndpointType, VpcEndpoint};
use crate::kinds::ec2::{subnet, vpc::Vpc};
use crate::kinds::ecr::repository::Repository;
use crate::kinds::ecs::service::Service;
use crate::kinds::elasticache::replication_group::ReplicationGroup;
use crate::kinds::elasticache::subnet_group::CacheSubnetGroup;
use crate::kinds::elbv2::load_balancer::{BalancerType, LoadBalancer, Scheme};
use crate::kinds::logs::log_group::LogGroup;
use crate::kinds::opensearch::domain::OpensearchDomain;
use crate::kinds::rds::instance::DbInstance;
use crate::kinds::rds::subnet_group::DbSubnetGroup;
use crate::kinds::s3::bucket::Bucket;
use crate::kinds::secretsmanager::secret::Secret;
use crate::kinds::sns::topic::Topic;
use ipnet::{Ipv4Net, Ipv6Net};
use std::collections::BTreeMap;

/// A view's network, and all that can be one end of a flow in it.
pub struct Reach {
    pub net: Net,
    pub places: BTreeMap<Address, Place>,
    /// The range of each VPC whose range is known, by what its subnets call it.
    pub vpcs: BTreeMap<String, Ipv4Net>,
}

/// One end of flows that a node is, and the port that it listens on, if that is known.
#[derive(Debug, Clone)]
pub struct Place {
    pub end: End,
    pub port: Option<Port>,
    /// The AWS services beyond the first that whoever uses it reaches: images lie in S3.
    pub also: &'static [&'static str],
}

impl Reach {
    pub fn of(view: &View<'_>) -> Self {
        let mut read = Reader::new(view);
        read.network();
        read.places();
        let vpcs = view.all::<Vpc>().filter_map(|(seen, spec)| Some((seen.address.to_string(), spec.cidr.parse().ok()?)));
        let vpcs = vpcs.collect();
        Reach { net: read.net, places: read.places, vpcs }
    }

    /// Returns the end that a node is, if it is one inside of a network.
    pub fn host(&self, address: &Address) -> Option<&Host> {
        match &self.places.get(address)?.end {
            End::Host(host) => Some(host),
            End::Internet | End::Range(_) | End::Service(_) => None,
        }
    }
}

struct Reader<'v, 'a> {
    view: &'v View<'a>,
    net: Net,
    places: BTreeMap<Address, Place>,
    subnets: BTreeMap<&'v Address, usize>,
    groups: BTreeMap<&'v Address, usize>,
    tables: BTreeMap<&'v Address, usize>,
}

impl<'v, 'a> Reader<'v, 'a> {
    fn new(view: &'v View<'a>) -> Self {
        let subnets = view.all::<subnet::Subnet>().enumerate().map(|(at, (seen, _))| (seen.address, at)).collect();
        let groups = view.all::<SecurityGroup>().enumerate().map(|(at, (seen, _))| (seen.address, at)).collect();
        let tables = view.all::<RouteTable>().enumerate().map(|(at, (seen, _))| (seen.address, at)).collect();
        Reader { view, net: Net::default(), places: BTreeMap::new(), subnets, groups, tables }
    }

    fn network(&mut self) {
        let view = self.view;
        let nats = view.all::<NatGateway>().map(|(seen, spec)| Nat {
            address: seen.address.clone(),
            subnet: self.subnet(&spec.subnet_id),
            public: spec.connectivity == Connectivity::Public,
        });
        self.net.nats = nats.collect();
        let tables = view.all::<RouteTable>().map(|(seen, spec)| Table {
            address: seen.address.clone(),
            routes: spec.routes.iter().filter_map(|route| self.route(seen, route)).collect(),
        });
        self.net.tables = tables.collect();
        let subnets = view.all::<subnet::Subnet>().map(|(seen, spec)| Subnet {
            address: seen.address.clone(),
            vpc: self.vpc(&spec.vpc_id),
            range: spec.cidr.parse().ok(),
            routing: self.routing(seen, spec),
        });
        self.net.subnets = subnets.collect();
        let groups = view.all::<SecurityGroup>().enumerate().map(|(at, (seen, spec))| Group {
            address: seen.address.clone(),
            ingress: self.rules(at, seen, "ingress", &spec.ingress),
            egress: self.rules(at, seen, "egress", &spec.egress),
        });
        self.net.groups = groups.collect();
    }

    fn vpc(&self, id: &str) -> String {
        self.view.target::<Vpc>(id).map_or_else(|| id.to_owned(), |(seen, _)| seen.address.to_string())
    }

    fn subnet(&self, id: &str) -> Option<usize> {
        self.subnets.get(self.view.target::<subnet::Subnet>(id)?.0.address).copied()
    }

    fn route(&self, table: &Seen<'_>, route: &route_table::Route) -> Option<Route> {
        // Flows are of IPv4.
        if route.destination.parse::<Ipv6Net>().is_ok() {
            return None;
        }
        let by_gateway = |id: &String| {
            let known = self.view.target::<InternetGateway>(id).is_some() || id.starts_with("igw-");
            if known { Hop::InternetGateway } else { Hop::Elsewhere("a gateway".into()) }
        };
        let by_nat = |id: &String| {
            let seen = self.view.target::<NatGateway>(id).map(|(seen, _)| seen.address);
            let at = seen.and_then(|address| self.net.nats.iter().position(|nat| nat.address == *address));
            at.map_or_else(|| Hop::Elsewhere("a NAT gateway".into()), Hop::Nat)
        };
        let elsewhere = [
            (&route.network_interface_id, "a network interface"),
            (&route.transit_gateway_id, "a transit gateway"),
            (&route.vpc_endpoint_id, "an endpoint"),
            (&route.vpc_peering_connection_id, "a peering"),
        ];
        let elsewhere = || elsewhere.iter().find(|(id, _)| id.is_some()).map_or("something", |(_, what)| what);
        let hop = match (&route.gateway_id, &route.nat_gateway_id) {
            _ if ignored(table, "routes") => Hop::Elsewhere("a route that others set".into()),
            (Some(id), _) => by_gateway(id),
            (None, Some(id)) => by_nat(id),
            (None, None) => Hop::Elsewhere(elsewhere().into()),
        };
        Some(Route { to: self.range(&route.destination), hop })
    }

    fn routing(&self, seen: &Seen<'_>, spec: &subnet::Spec) -> Routing {
        let view = self.view;
        let of = |id: &String| view.target::<subnet::Subnet>(id).is_some_and(|(other, _)| other.address == seen.address);
        let mut tables = view.users::<RouteTable>(seen.address).filter(|(_, table)| table.subnet_ids.iter().any(of));
        match tables.next().and_then(|(table, _)| self.tables.get(table.address)) {
            Some(at) => Routing::Table(*at),
            // Nobody has read the main table of a VPC that is there already.
            None if !view.live && view.target::<Vpc>(&spec.vpc_id).is_some() => Routing::Main,
            None => Routing::Unknown,
        }
    }

    fn rules(&self, own: usize, seen: &Seen<'_>, field: &str, rules: &[security_group::Rule]) -> Rules {
        Rules { list: rules.iter().filter_map(|rule| self.rule(own, rule)).collect(), others: ignored(seen, field) }
    }

    fn rule(&self, own: usize, rule: &security_group::Rule) -> Option<Rule> {
        let protocol = match rule.protocol.as_str() {
            "all" | "-1" => None,
            "tcp" | "6" => Some(Protocol::Tcp),
            "udp" | "17" => Some(Protocol::Udp),
            _ => return None,
        };
        let peer = if rule.own {
            Peer::Group(own)
        } else if let Some(id) = &rule.security_group_id {
            let seen = self.view.target::<SecurityGroup>(id).map(|(seen, _)| seen.address);
            seen.and_then(|address| self.groups.get(address)).map_or(Peer::Stranger, |at| Peer::Group(*at))
        } else if let Some(range) = &rule.cidr {
            self.range(range).map_or(Peer::Unknown, Peer::Range)
        } else if rule.ipv6_cidr.is_some() {
            return None;
        } else {
            Peer::Unknown
        };
        let whole = |port: i32| u16::try_from(port).ok();
        let ports = match (protocol, rule.from_port, rule.to_port.or(rule.from_port)) {
            (None, ..) | (_, None | Some(-1), _) => 0..=u16::MAX,
            (_, Some(from), to) => whole(from)?..=to.and_then(whole).unwrap_or(u16::MAX),
        };
        Some(Rule { protocol, ports, peer })
    }

    /// Returns a range; one that refers to a VPC or a subnet has theirs.
    fn range(&self, text: &str) -> Option<Ipv4Net> {
        let known = || self.view.target::<Vpc>(text).map(|(_, vpc)| &vpc.cidr);
        let known = || known().or_else(|| self.view.target::<subnet::Subnet>(text).map(|(_, subnet)| &subnet.cidr));
        text.parse::<Ipv4Net>().ok().or_else(|| known()?.parse().ok()).map(|range| range.trunc())
    }

    fn groups(&self, ids: &[String]) -> Groups {
        let known = ids.iter().map(|id| Some(*self.groups.get(self.view.target::<SecurityGroup>(id)?.0.address)?));
        let known = known.collect::<Vec<_>>();
        // Whatever has no group is in the one that its VPC came with.
        let others = known.is_empty() || known.contains(&None);
        Groups::Some { known: known.into_iter().flatten().collect(), others }
    }

    fn host(&self, seen: &Seen<'_>, subnets: &[String], groups: Groups, public: bool) -> Host {
        Host {
            name: seen.address.to_string(),
            address: Some(seen.address.clone()),
            subnets: subnets.iter().map(|id| self.subnet(id)).collect(),
            only: None,
            groups,
            public: Some(public),
        }
    }

    fn places(&mut self) {
        let view = self.view;
        for (seen, spec) in view.all::<VpcEndpoint>() {
            let Some((_, service)) = spec.service_name.split_once(&format!(".{}.", view.scope.region)) else { continue };
            let way = match spec.endpoint_type {
                EndpointType::Gateway => {
                    let table = |id: &String| view.target::<RouteTable>(id).map(|(seen, _)| seen.address);
                    let tables = spec.route_table_ids.iter().filter_map(table);
                    Way::Gateway(tables.filter_map(|address| self.tables.get(address).copied()).collect())
                }
                EndpointType::Interface => {
                    let host = self.host(seen, &spec.subnet_ids, self.groups(&spec.security_group_ids), false);
                    self.add(seen, End::Host(host.clone()), Some(443));
                    if !spec.private_dns_enabled {
                        continue;
                    }
                    Way::Interface(host)
                }
            };
            let endpoint = Endpoint { address: seen.address.clone(), vpc: self.vpc(&spec.vpc_id), service: service.to_owned(), way };
            self.net.endpoints.push(endpoint);
        }
        for (seen, spec) in view.all::<Service>() {
            let port = spec.load_balancers.first().map(|balancer| balancer.container_port);
            let host = self.host(seen, &spec.subnet_ids, self.groups(&spec.security_group_ids), spec.assign_public_ip);
            self.add(seen, End::Host(host), port);
        }
        for (seen, spec) in view.all::<LoadBalancer>() {
            let none = spec.balancer_type == BalancerType::Network && spec.security_group_ids.is_empty();
            let groups = if none { Groups::None } else { self.groups(&spec.security_group_ids) };
            let host = self.host(seen, &spec.subnet_ids, groups, spec.scheme == Scheme::InternetFacing);
            self.add(seen, End::Host(host), None);
        }
        for (seen, spec) in view.all::<DbInstance>() {
            let group = view.target::<DbSubnetGroup>(&spec.db_subnet_group_name).map(|(_, group)| group.subnet_ids.as_slice());
            let groups = self.groups(&spec.vpc_security_group_ids);
            let host = self.host(seen, group.unwrap_or_default(), groups, spec.publicly_accessible);
            self.add(seen, End::Host(host), Some(spec.port.unwrap_or(spec.engine.port())));
        }
        for (seen, spec) in view.all::<ReplicationGroup>() {
            let group = view.target::<CacheSubnetGroup>(&spec.cache_subnet_group_name).map(|(_, group)| group.subnet_ids.as_slice());
            let host = self.host(seen, group.unwrap_or_default(), self.groups(&spec.security_group_ids), false);
            self.add(seen, End::Host(host), Some(spec.port));
        }
        for (seen, spec) in view.all::<OpensearchDomain>() {
            let inside = || End::Host(self.host(seen, &spec.subnet_ids, self.groups(&spec.security_group_ids), false));
            let end = if spec.subnet_ids.is_empty() { End::Internet } else { inside() };
            self.add(seen, end, Some(443));
        }
        view.all::<Bucket>().for_each(|(seen, _)| self.service(seen, "s3"));
        view.all::<Secret>().for_each(|(seen, _)| self.service(seen, "secretsmanager"));
        view.all::<LogGroup>().for_each(|(seen, _)| self.service(seen, "logs"));
        view.all::<Topic>().for_each(|(seen, _)| self.service(seen, "sns"));
        for (seen, _) in view.all::<Repository>() {
            let place = Place { end: End::Service("ecr.api".into()), port: Some(Port::tcp(443)), also: &["ecr.dkr", "s3"] };
            self.places.insert(seen.address.clone(), place);
        }
    }

    fn service(&mut self, seen: &Seen<'_>, name: &str) {
        self.add(seen, End::Service(name.into()), Some(443));
    }

    fn add(&mut self, seen: &Seen<'_>, end: End, port: Option<u16>) {
        self.places.insert(seen.address.clone(), Place { end, port: port.map(Port::tcp), also: &[] });
    }
}

/// True for a field that others set, so that the file does not say all of it.
fn ignored(seen: &Seen<'_>, field: &str) -> bool {
    match seen.from {
        Origin::Wanted(node) => node.ignore.iter().any(|name| name == field),
        Origin::Live(_) => false,
    }
}

/// True for a text that is known as it stands.
pub fn is_plain(text: &str) -> bool {
    !is_symbolic(text) && !text.is_empty()
}
