//! `[network]`: a VPC with public, private and, if wanted, data subnets over several zones, and the ways out of it.

use crate::core::diagnostic::Diagnostic;
use crate::core::module::{Module, Nodes, Site};
use crate::core::suggest::{nearest, some_of};
use crate::kinds::ec2::route_table::Route;
use crate::kinds::ec2::security_group::Rule;
use crate::kinds::ec2::vpc_endpoint::EndpointType;
use crate::kinds::ec2::{eip, internet_gateway, nat_gateway, route_table, security_group, subnet, vpc, vpc_endpoint};
use crate::modules::codes;
use ipnet::Ipv4Net;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use std::collections::{BTreeMap, BTreeSet};

/// The network that everything else stands in.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub struct Network {
    /// The VPC's IPv4 range, /16 to /24. Subnets are cut out of it.
    pub cidr: String,
    /// The number of availability zones, or their letters: `["a", "c"]`.
    pub zones: Zones,
    /// The NAT gateways by which private subnets reach the internet: one for all, one a zone, or none.
    pub nat: Nat,
    /// Gives databases and caches subnets of their own, with no way to the internet.
    pub data_subnets: bool,
    /// Ranges of subnets that are not to be derived, by name: `private-a = "10.0.8.0/22"`.
    pub subnets: BTreeMap<String, String>,
    /// AWS services to be reached without leaving the VPC: `s3` and `dynamodb` are free, others cost by the hour and zone.
    pub endpoints: Vec<String>,
    /// Tags of the network's resources.
    pub tags: BTreeMap<String, String>,
}

#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(untagged)]
pub enum Zones {
    Count(u8),
    Letters(Vec<String>),
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum Nat {
    /// One NAT gateway, in the first zone.
    #[default]
    One,
    /// One in each zone, so that a zone may fail.
    PerZone,
    /// None: private subnets reach nothing but the VPC and its endpoints.
    None,
}

impl Default for Network {
    fn default() -> Self {
        Network {
            cidr: "10.0.0.0/16".into(),
            zones: Zones::Count(2),
            nat: Nat::One,
            data_subnets: false,
            subnets: BTreeMap::new(),
            endpoints: vec!["s3".into()],
            tags: BTreeMap::new(),
        }
    }
}

/// The tier of a subnet: the resources that it is for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Tier {
    Public,
    Private,
    Data,
}

impl Tier {
    fn name(self) -> &'static str {
        match self {
            Tier::Public => "public",
            Tier::Private => "private",
            Tier::Data => "data",
        }
    }
}

/// No region has more zones than there are letters.
const MOST_LETTERS: usize = 26;

impl Network {
    /// The letters of its zones in a region.
    pub fn letters(&self, region: &str) -> Vec<String> {
        match &self.zones {
            Zones::Letters(letters) => letters.iter().take(MOST_LETTERS).cloned().collect(),
            Zones::Count(count) => zone_letters(region).iter().take(usize::from(*count)).map(|letter| letter.to_string()).collect(),
        }
    }
    /// References to the ids of all subnets of a tier.
    pub fn subnet_ids(&self, region: &str, tier: Tier) -> Vec<String> {
        let tier = if tier == Tier::Data && !self.data_subnets { Tier::Private } else { tier };
        self.letters(region).iter().map(|letter| format!("${{network.subnet.{}-{letter}.id}}", tier.name())).collect()
    }
    /// References to what must be there before anything in a tier reaches the internet or AWS: routes and endpoints.
    pub fn ways_out(&self, region: &str, tier: Tier) -> Vec<String> {
        let tables = match tier {
            Tier::Public => vec!["${network.route-table.public.id}".to_owned()],
            Tier::Private => self.letters(region).iter().map(|letter| format!("${{network.route-table.private-{letter}.id}}")).collect(),
            Tier::Data => Vec::new(),
        };
        let endpoints =
            self.endpoints.iter().take(ENDPOINTS.len()).map(|name| format!("${{network.endpoint.{}.id}}", name.replace('.', "-")));
        tables.into_iter().chain(endpoints).collect()
    }
    pub fn tiers(&self) -> &'static [Tier] {
        if self.data_subnets { &[Tier::Public, Tier::Private, Tier::Data] } else { &[Tier::Public, Tier::Private] }
    }
    /// The ranges of its subnets by name: given ones as they are, the others cut out of what is left.
    ///
    /// A derived range depends on the VPC's range, the tier and the place of the zone alone, so that adding a zone moves none.
    fn ranges(&self, region: &str) -> Option<BTreeMap<String, Ipv4Net>> {
        let whole = self.cidr.parse::<Ipv4Net>().ok()?;
        let derived = whole.subnets((whole.prefix_len() + 4).min(28)).map(Iterator::collect::<Vec<_>>).unwrap_or_default();
        let mut ranges = BTreeMap::new();
        for tier in self.tiers() {
            for (at, letter) in self.letters(region).iter().enumerate() {
                let name = format!("{}-{letter}", tier.name());
                let range = match self.subnets.get(&name) {
                    Some(given) => given.parse().ok(),
                    None => derived.get(*tier as usize * 4 + at).copied(),
                };
                ranges.extend(range.map(|range| (name, range)));
            }
        }
        Some(ranges)
    }

    /// The same, with free ranges in place of given ones that are refused, so that nothing more is said of them.
    fn sound_ranges(&self, region: &str) -> Option<BTreeMap<String, Ipv4Net>> {
        let whole = self.cidr.parse::<Ipv4Net>().ok()?;
        let mut ranges = self.ranges(region)?;
        let names = ranges.keys().cloned().collect::<Vec<_>>();
        for (at, name) in names.iter().enumerate().filter(|(_, name)| self.subnets.contains_key(*name)) {
            let range = ranges[name];
            let overlaps = |other: &Ipv4Net| other.contains(&range) || range.contains(other);
            let others = names.iter().enumerate().filter(|(other, name)| *other < at || *other > at && !self.subnets.contains_key(*name));
            let taken = others.filter_map(|(_, other)| ranges.get(other)).any(overlaps);
            if range.trunc() != range || !whole.contains(&range) || taken {
                let length = [whole.prefix_len() + 4, 28].map(|length| length.min(28));
                let free = length.iter().find_map(|length| next_free(&whole, *length, ranges.values()));
                ranges.extend(free.map(|free| (name.clone(), free)));
            }
        }
        Some(ranges)
    }
}

// Regions whose zones are not simply a, b, c.
fn zone_letters(region: &str) -> &'static [char] {
    match region {
        "ap-northeast-1" => &['a', 'c', 'd'],
        "ca-central-1" => &['a', 'b', 'd'],
        "us-west-1" => &['a', 'c'],
        "us-east-1" | "us-west-2" | "ap-northeast-2" => &['a', 'b', 'c', 'd'],
        _ => &['a', 'b', 'c'],
    }
}

/// True unless a region has no zone of this letter in any account: accounts see different ones of them.
/// <https://docs.aws.amazon.com/global-infrastructure/latest/regions/aws-availability-zones.html>
fn has_zone(region: &str, letter: char) -> bool {
    let last = match region {
        "us-east-1" => 'f',
        "us-west-2" | "ap-northeast-1" | "ap-northeast-2" | "ca-central-1" => 'd',
        _ => 'c',
    };
    letter <= last
}

impl Module for Network {
    const SECTION: &'static str = "network";
    const NAMED: bool = false;
    // NAT gateways alone, of all that it makes, stand in one subnet.
    const KEYS: &'static [(&'static str, &'static str)] = &[("subnet_id", "nat")];

    fn check(&self, site: &Site<'_>) -> Vec<Diagnostic> {
        let mut found = Vec::new();
        let region = site.settings.region.as_str();
        match self.cidr.parse::<Ipv4Net>() {
            Err(_) => found.push(
                site.wrong(&codes::NO_RANGE, "cidr", format!("`{}` is not an IPv4 range", self.cidr)).help("write it as 10.0.0.0/16"),
            ),
            Ok(range) if range.trunc() != range => {
                let one = site.wrong(&codes::BITS_BEYOND_PREFIX, "cidr", format!("`{range}` has bits set beyond its prefix"));
                found.push(one.help(format!("the range is written {}", range.trunc())));
            }
            Ok(range) if !(16..=24).contains(&range.prefix_len()) => {
                let one = site.wrong(
                    &codes::NETWORK_SIZE,
                    "cidr",
                    format!("the network's range is from /16 to /24, not /{}", range.prefix_len()),
                );
                found.push(one.help("sixteen subnets are cut out of it, and AWS wants /28 or more for each"));
            }
            Ok(_) => {}
        }
        found.extend(self.check_zones(site, region));
        if found.is_empty() {
            found.extend(self.check_subnets(site, region));
        }
        let mut seen = BTreeSet::new();
        for (at, name) in self.endpoints.iter().enumerate() {
            let field = format!("endpoints.{at}");
            if !seen.insert(name) {
                found.push(site.wrong(&codes::ENDPOINT_TWICE, &field, format!("the endpoint `{name}` is there twice")));
            } else if !ENDPOINTS.contains(&name.as_str()) {
                let one =
                    site.wrong(&codes::UNKNOWN_ENDPOINT, &field, format!("`{name}` is no service with an endpoint that Trueup knows"));
                found.push(match nearest(name, ENDPOINTS.iter().copied()) {
                    Some(near) => one.help(format!("did you mean `{near}`?")),
                    None => one.help(format!("it is one of {}", ENDPOINTS.join(", "))),
                });
            }
        }
        found
    }

    fn expand(&self, nodes: &mut Nodes<'_>) {
        let region = nodes.site.settings.region.clone();
        let Some(ranges) = self.sound_ranges(&region) else { return };
        let (letters, tags) = (self.letters(&region), self.tags.clone());
        let network =
            nodes.add::<vpc::Vpc>("vpc", vpc::Spec { cidr: self.cidr.clone(), dns_hostnames: true, dns_support: true, tags: tags.clone() });
        let vpc_id = network.out("id");
        let gateway = nodes.add::<internet_gateway::InternetGateway>(
            "internet-gateway",
            internet_gateway::Spec { vpc_id: Some(vpc_id.clone()), tags: tags.clone() },
        );
        let mut subnets = BTreeMap::new();
        for tier in self.tiers() {
            for letter in &letters {
                let name = format!("{}-{letter}", tier.name());
                let Some(range) = ranges.get(&name) else { continue };
                let spec = subnet::Spec {
                    vpc_id: vpc_id.clone(),
                    cidr: range.to_string(),
                    availability_zone: format!("{region}{letter}"),
                    map_public_ip_on_launch: false,
                    tags: tags.clone(),
                };
                let made = nodes.add::<subnet::Subnet>(&format!("subnet.{name}"), spec);
                subnets.insert(name, made.out("id"));
            }
        }
        let of =
            |tier: Tier| letters.iter().filter_map(|letter| subnets.get(&format!("{}-{letter}", tier.name())).cloned()).collect::<Vec<_>>();
        let nat = self.nat_gateways(nodes, &letters, &subnets, &gateway.out("id"));
        let table = |routes, subnet_ids| route_table::Spec { vpc_id: vpc_id.clone(), routes, subnet_ids, tags: tags.clone() };
        let mut tables = Vec::new();
        let public = table(vec![Route::internet(gateway.out("id"))], of(Tier::Public));
        tables.push(nodes.add::<route_table::RouteTable>("route-table.public", public).out("id"));
        for letter in &letters {
            let routes = nat.get(letter).map(|nat| Route::nat(nat.clone())).into_iter().collect();
            let own = subnets.get(&format!("private-{letter}")).cloned().into_iter().collect();
            tables.push(nodes.add::<route_table::RouteTable>(&format!("route-table.private-{letter}"), table(routes, own)).out("id"));
        }
        if self.data_subnets {
            tables.push(nodes.add::<route_table::RouteTable>("route-table.data", table(Vec::new(), of(Tier::Data))).out("id"));
        }
        self.endpoints(nodes, &region, &vpc_id, &tables, &of(Tier::Private));
    }
}

impl Network {
    fn check_zones(&self, site: &Site<'_>, region: &str) -> Vec<Diagnostic> {
        let known = zone_letters(region);
        match &self.zones {
            Zones::Count(count) if !(1..=known.len()).contains(&usize::from(*count)) => {
                let one =
                    site.wrong(&codes::HOW_MANY_ZONES, "zones", format!("`zones` is from 1 to {} in {region}, not {count}", known.len()));
                vec![one.help("load balancers and databases need two")]
            }
            Zones::Count(_) => Vec::new(),
            Zones::Letters(letters) => {
                let mut found = Vec::new();
                if letters.is_empty() || letters.len() > 4 {
                    found.push(site.wrong(&codes::HOW_MANY_ZONES, "zones", "a network has one to four zones"));
                }
                let mut seen = BTreeSet::new();
                for (at, letter) in letters.iter().enumerate() {
                    let field = format!("zones.{at}");
                    if letter.len() != 1 || !letter.bytes().all(|byte| byte.is_ascii_lowercase()) {
                        let one = site.wrong(&codes::ZONE_LETTER, &field, format!("`{letter}` is not the letter of a zone"));
                        found.push(one.help(format!("write \"a\" for {region}a")));
                    } else if !letter.chars().all(|letter| has_zone(region, letter)) {
                        let one = site.wrong(&codes::ZONE_LETTER, &field, format!("{region} has no zone `{letter}`"));
                        found.push(one.help(format!("it has {}", some_of(zone_letters(region).iter().map(char::to_string)))));
                    } else if !seen.insert(letter) {
                        found.push(site.wrong(&codes::ZONE_TWICE, &field, format!("the zone `{letter}` is there twice")));
                    }
                }
                found
            }
        }
    }

    fn check_subnets(&self, site: &Site<'_>, region: &str) -> Vec<Diagnostic> {
        let mut found = Vec::new();
        let names = self.tiers().iter().flat_map(|tier| self.letters(region).into_iter().map(|letter| format!("{}-{letter}", tier.name())));
        let names = names.collect::<Vec<_>>();
        for (name, _) in self.subnets.iter().filter(|(name, _)| !names.contains(name)) {
            let one = site.wrong(&codes::UNKNOWN_SUBNET, &format!("subnets.{name}"), format!("this network has no subnet `{name}`"));
            found.push(one.help(format!("it has {}", names.join(", "))));
        }
        for (name, given) in self.subnets.iter().filter(|(_, given)| given.parse::<Ipv4Net>().is_err()) {
            let one = site.wrong(&codes::NO_RANGE, &format!("subnets.{name}"), format!("`{given}` is not an IPv4 range"));
            found.push(one.help("write it as 10.0.8.0/22"));
        }
        let (Ok(whole), Some(ranges)) = (self.cidr.parse::<Ipv4Net>(), self.ranges(region)) else { return found };
        let ranges = ranges.into_iter().collect::<Vec<_>>();
        // A range that was offered to one subnet is not free for the next.
        let mut offered = Vec::<Ipv4Net>::new();
        for (at, (name, range)) in ranges.iter().enumerate().filter(|(_, (name, _))| self.subnets.contains_key(name)) {
            let field = format!("subnets.{name}");
            if range.trunc() != *range {
                let one = site.wrong(&codes::BITS_BEYOND_PREFIX, &field, format!("`{range}` has bits set beyond its prefix"));
                found.push(one.help(format!("the range is written {}", range.trunc())));
            } else if !whole.contains(range) {
                let one = site.wrong(&codes::SUBNET_OUTSIDE, &field, format!("subnet `{name}` lies outside of the network's {whole}"));
                found.push(one.label(format!("not inside {whole}")));
            } else {
                let others =
                    ranges.iter().enumerate().filter(|(other, (name, _))| *other < at || *other > at && !self.subnets.contains_key(name));
                for (_, (other, theirs)) in others.filter(|(_, (_, theirs))| theirs.contains(range) || range.contains(theirs)) {
                    let one = site.wrong(&codes::SUBNETS_OVERLAP, &field, format!("subnet `{name}` overlaps subnet `{other}`"));
                    let one = one.label(format!("overlaps {theirs}"));
                    let taken = ranges.iter().map(|(_, range)| range).chain(&offered);
                    found.push(match next_free(&whole, range.prefix_len(), taken) {
                        Some(free) => {
                            offered.push(free);
                            one.help(format!("the next free range is {free}"))
                        }
                        None => one.help(format!("there is no free /{} left in {whole}", range.prefix_len())),
                    });
                }
            }
        }
        found
    }

    fn nat_gateways(
        &self,
        nodes: &mut Nodes<'_>,
        letters: &[String],
        subnets: &BTreeMap<String, String>,
        gateway: &str,
    ) -> BTreeMap<String, String> {
        let with_nat = match self.nat {
            Nat::None => 0,
            Nat::One => 1,
            Nat::PerZone => letters.len(),
        };
        let mut made = Vec::new();
        for letter in letters.iter().take(with_nat) {
            let Some(subnet) = subnets.get(&format!("public-{letter}")) else { continue };
            let after = vec![gateway.to_owned()];
            let spec = eip::Spec { public_ipv4_pool: "amazon".into(), after: after.clone(), tags: self.tags.clone() };
            let address = nodes.add::<eip::Eip>(&format!("eip.{letter}"), spec);
            let spec = nat_gateway::Spec {
                subnet_id: subnet.clone(),
                allocation_id: Some(address.out("id")),
                connectivity: nat_gateway::Connectivity::Public,
                after,
                tags: self.tags.clone(),
            };
            made.push(nodes.add::<nat_gateway::NatGateway>(&format!("nat.{letter}"), spec).out("id"));
        }
        let of = |at: usize| made.get(at).or(made.first()).cloned();
        letters.iter().enumerate().filter_map(|(at, letter)| Some((letter.clone(), of(at)?))).collect()
    }

    fn endpoints(&self, nodes: &mut Nodes<'_>, region: &str, vpc_id: &str, tables: &[String], subnets: &[String]) {
        let interfaces = self.endpoints.iter().any(|name| !is_gateway(name));
        let group = interfaces.then(|| {
            let spec = security_group::Spec {
                name: None,
                description: "Who may use the interface endpoints".into(),
                vpc_id: vpc_id.to_owned(),
                ingress: vec![Rule::tcp(443, "from the network").from_cidr(self.cidr.clone())],
                egress: Vec::new(),
                tags: self.tags.clone(),
            };
            nodes.add::<security_group::SecurityGroup>("endpoint-security-group", spec).out("id")
        });
        for name in &self.endpoints {
            let gateway = is_gateway(name);
            let spec = vpc_endpoint::Spec {
                vpc_id: vpc_id.to_owned(),
                service_name: format!("com.amazonaws.{region}.{name}"),
                endpoint_type: if gateway { EndpointType::Gateway } else { EndpointType::Interface },
                route_table_ids: if gateway { tables.to_vec() } else { Vec::new() },
                subnet_ids: if gateway { Vec::new() } else { subnets.to_vec() },
                security_group_ids: group.clone().filter(|_| !gateway).into_iter().collect(),
                private_dns_enabled: !gateway,
                policy: None,
                tags: self.tags.clone(),
            };
            nodes.add::<vpc_endpoint::VpcEndpoint>(&format!("endpoint.{}", name.replace('.', "-")), spec);
        }
    }
}

fn is_gateway(name: &str) -> bool {
    matches!(name, "s3" | "dynamodb")
}

// The lowest range of that size that touches none of those taken.
fn next_free<'a>(whole: &Ipv4Net, prefix: u8, taken: impl Iterator<Item = &'a Ipv4Net> + Clone) -> Option<Ipv4Net> {
    let free = |range: &Ipv4Net| !taken.clone().any(|other| other.contains(range) || range.contains(other));
    whole.subnets(prefix).ok()?.find(free)
}

#[rustfmt::skip]
pub const ENDPOINTS: &[&str] = &[
    "dynamodb", "ec2", "ec2messages", "ecr.api", "ecr.dkr", "ecs", "ecs-agent", "ecs-telemetry", "elasticache", "elasticloadbalancing",
    "events", "execute-api", "kinesis-streams", "kms", "lambda", "logs", "monitoring", "rds", "rds-data", "s3", "secretsmanager", "sns",
    "sqs", "ssm", "ssmmessages", "states", "sts", "xray",
];
