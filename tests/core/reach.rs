//! Reachability against an oracle that sends packets: one concrete address to another, through random small networks.

use ipnet::Ipv4Net;
use proptest::prelude::*;
use proptest::test_runner::RngSeed;
use std::net::Ipv4Addr;
use trueup::core::address::Address;
use trueup::core::code::whole_file;
use trueup::core::expand::expand;
use trueup::core::reach::{
    Cause, End, Endpoint, Group, Groups, Hop, Host, Nat, Net, Peer, Port, Protocol, Route, Routing, Rule, Rules, Subnet, Table, Verdict,
    Way,
};
use trueup::core::source::Source;
use trueup::core::view::View;
use trueup::modules;
use trueup::ops::reach::{NoAnswer, all, ask};

/// The ranges of the subnets: three of one VPC, and one of another.
const SUBNETS: [(&str, &str); 4] = [("one", "10.0.0.0/29"), ("one", "10.0.0.8/29"), ("one", "10.0.0.16/30"), ("two", "10.1.0.0/30")];
/// Ranges that rules name: whole subnets, parts and pairs of them, the internet and parts of it.
const RANGES: [&str; 12] = [
    "0.0.0.0/0",
    "0.0.0.0/0",
    "10.0.0.0/16",
    "10.0.0.0/28",
    "10.0.0.0/29",
    "10.0.0.0/30",
    "10.0.0.4/30",
    "10.0.0.8/29",
    "10.0.0.16/31",
    "203.0.113.0/30",
    "203.0.113.0/31",
    "198.51.100.7/32",
];
/// Destinations of routes.
const ROUTES: [&str; 5] = ["0.0.0.0/0", "0.0.0.0/0", "203.0.113.0/30", "203.0.113.0/31", "198.51.100.0/24"];
/// Addresses that stand for the internet, some of them in ranges above.
const PUBLIC: [[u8; 4]; 4] = [[203, 0, 113, 0], [203, 0, 113, 3], [198, 51, 100, 7], [8, 8, 8, 8]];
const AWS: Ipv4Addr = Ipv4Addr::new(52, 0, 0, 1);
const PORTS: [Port; 3] = [Port::tcp(80), Port::tcp(443), Port { number: 53, protocol: Protocol::Udp }];

fn range(text: &str) -> Ipv4Net {
    text.parse().unwrap()
}

fn address(kind: &str, at: usize) -> Address {
    Address::parse(&format!("net.{kind}-{at}")).unwrap()
}

fn rule() -> impl Strategy<Value = Rule> {
    let peer = prop_oneof![(0..RANGES.len()).prop_map(|at| Peer::Range(range(RANGES[at]))), (0_usize..3).prop_map(Peer::Group)];
    let ports = prop_oneof![Just(0..=u16::MAX), Just(80..=80), Just(100..=500), Just(53..=53)];
    let protocol = prop_oneof![2 => Just(None), 3 => Just(Some(Protocol::Tcp)), 1 => Just(Some(Protocol::Udp))];
    (protocol, ports, peer).prop_map(|(protocol, ports, peer)| Rule { protocol, ports, peer })
}

fn rules() -> impl Strategy<Value = Rules> {
    prop::collection::vec(rule(), 0..4).prop_map(|list| Rules { list, others: false })
}

fn host(name: &'static str) -> impl Strategy<Value = Host> {
    let groups = prop_oneof![1 => Just(Groups::None), 6 => prop::collection::vec(0_usize..3, 1..3).prop_map(|known| Groups::Some { known, others: false })];
    let subnets = prop::collection::vec(prop_oneof![8 => 0_usize..3, 1 => Just(3_usize)], 1..3);
    (subnets, groups, any::<bool>()).prop_map(move |(subnets, groups, public)| Host {
        name: name.into(),
        address: Some(Address::parse(&format!("net.{name}")).unwrap()),
        subnets: subnets.into_iter().map(Some).collect(),
        only: None,
        groups,
        public: Some(public),
    })
}

fn net() -> impl Strategy<Value = Net> {
    let hop = prop_oneof![Just(Hop::InternetGateway), (0_usize..2).prop_map(Hop::Nat)];
    let route = ((0..ROUTES.len()), hop).prop_map(|(to, hop)| Route { to: Some(range(ROUTES[to])), hop });
    let tables = prop::collection::vec(prop::collection::vec(route, 0..3), 3);
    let routing = prop::collection::vec(prop_oneof![1 => Just(Routing::Main), 6 => (0_usize..3).prop_map(Routing::Table)], SUBNETS.len());
    let groups = prop::collection::vec((rules(), rules()), 3);
    let nats = prop::collection::vec(0_usize..3, 2);
    let way = prop_oneof![prop::collection::vec(0_usize..3, 0..3).prop_map(Way::Gateway), host("endpoint").prop_map(Way::Interface)];
    (tables, routing, groups, nats, prop::option::of(way)).prop_map(|(tables, routing, groups, nats, way)| Net {
        subnets: SUBNETS
            .iter()
            .zip(routing)
            .enumerate()
            .map(|(at, ((vpc, own), routing))| Subnet {
                address: address("subnet", at),
                vpc: (*vpc).into(),
                range: Some(range(own)),
                routing,
            })
            .collect(),
        // Of two routes with one destination AWS takes the first alone.
        tables: tables
            .into_iter()
            .enumerate()
            .map(|(at, mut routes): (usize, Vec<Route>)| {
                routes.sort_by_key(|route| route.to);
                routes.dedup_by_key(|route| route.to);
                Table { address: address("table", at), routes }
            })
            .collect(),
        groups: groups
            .into_iter()
            .enumerate()
            .map(|(at, (ingress, egress))| Group { address: address("group", at), ingress, egress })
            .collect(),
        nats: nats
            .into_iter()
            .enumerate()
            .map(|(at, subnet)| Nat { address: address("nat", at), subnet: Some(subnet), public: true })
            .collect(),
        endpoints: way
            .map(|way| Endpoint { address: address("endpoint", 0), vpc: "one".into(), service: "s3".into(), way })
            .into_iter()
            .collect(),
    })
}

fn end() -> impl Strategy<Value = End> {
    prop_oneof![
        1 => Just(End::Internet),
        1 => Just(End::Range(range("203.0.113.0/30"))),
        1 => Just(End::Range(range("198.51.100.7/32"))),
        3 => host("target").prop_map(End::Host),
        2 => Just(End::Service("s3".into())),
    ]
}

/// A packet's end: an address, in a subnet or in none, of something in groups.
#[derive(Clone, Copy)]
struct Spot<'a> {
    ip: Ipv4Addr,
    subnet: Option<usize>,
    host: Option<&'a Host>,
}

/// Sends one packet, and says whether it arrives.
fn arrives(net: &Net, from: Spot<'_>, to: Spot<'_>, port: Port) -> bool {
    let lets = |own: Spot<'_>, other: Spot<'_>, outward: bool| {
        let Some(Groups::Some { known, .. }) = own.host.map(|host| &host.groups) else { return true };
        let mut every = known.iter().flat_map(|at| if outward { &net.groups[*at].egress.list } else { &net.groups[*at].ingress.list });
        every.any(|rule| {
            let fits = match rule.protocol {
                None => true,
                Some(protocol) => protocol == port.protocol && (*rule.ports.start()..=*rule.ports.end()).contains(&port.number),
            };
            fits && match &rule.peer {
                Peer::Range(range) => range.contains(&other.ip),
                Peer::Group(group) => {
                    matches!(other.host.map(|host| &host.groups), Some(Groups::Some { known, .. }) if known.contains(group))
                }
                Peer::Stranger | Peer::Unknown => unreachable!(),
            }
        })
    };
    /// The hop of a packet that leaves a subnet: of the routes with its address the narrowest.
    fn hop(net: &Net, subnet: usize, to: Ipv4Addr) -> Option<&Hop> {
        let Routing::Table(table) = net.subnets[subnet].routing else { return None };
        let routes = net.tables[table].routes.iter().filter(|route| route.to.unwrap().contains(&to));
        routes.max_by_key(|route| route.to.unwrap().prefix_len()).map(|route| &route.hop)
    }
    let out = |subnet: usize, public: bool, to: Ipv4Addr| match hop(net, subnet, to) {
        Some(Hop::InternetGateway) => public,
        Some(Hop::Nat(nat)) => hop(net, net.nats[*nat].subnet.unwrap(), to) == Some(&Hop::InternetGateway),
        Some(Hop::Elsewhere(_)) | None => false,
    };
    let public = |spot: Spot<'_>| spot.host.is_some_and(|host| host.public == Some(true));
    let way = match (from.subnet, to.subnet) {
        (Some(one), Some(two)) => net.subnets[one].vpc == net.subnets[two].vpc,
        (Some(one), None) => out(one, public(from), to.ip),
        // Whoever comes in goes back the same way.
        (None, Some(two)) => public(to) && hop(net, two, from.ip) == Some(&Hop::InternetGateway),
        (None, None) => unreachable!(),
    };
    lets(from, to, true) && way && lets(to, from, false)
}

/// The spots of a host, by each of its subnets.
fn spots<'a>(net: &'a Net, host: &'a Host) -> Vec<Vec<Spot<'a>>> {
    let of = |subnet: usize| net.subnets[subnet].range.unwrap().network()..=net.subnets[subnet].range.unwrap().broadcast();
    let all = |subnet: usize| {
        let ips = u32::from(*of(subnet).start())..=u32::from(*of(subnet).end());
        ips.map(|ip| Spot { ip: ip.into(), subnet: Some(subnet), host: Some(host) }).collect()
    };
    host.subnets.iter().map(|subnet| all(subnet.unwrap())).collect()
}

fn outside(ips: impl IntoIterator<Item = Ipv4Addr>) -> Vec<Vec<Spot<'static>>> {
    vec![ips.into_iter().map(|ip| Spot { ip, subnet: None, host: None }).collect()]
}

fn places<'a>(net: &'a Net, end: &'a End) -> Vec<Vec<Spot<'a>>> {
    match end {
        End::Host(host) => spots(net, host),
        End::Internet => outside(PUBLIC.into_iter().map(Ipv4Addr::from)),
        End::Range(range) => outside((u32::from(range.network())..=u32::from(range.broadcast())).map(Ipv4Addr::from)),
        End::Service(_) => outside([AWS]),
    }
}

/// For each pair of places how many packets were sent, and how many arrived.
fn sent(net: &Net, from: &[Vec<Spot<'_>>], to: &[Vec<Spot<'_>>], port: Port) -> Vec<(usize, usize)> {
    let mut found = Vec::new();
    for one in from {
        for two in to {
            let packets = one.iter().flat_map(|from| two.iter().map(move |to| arrives(net, *from, *to, port))).collect::<Vec<_>>();
            found.push((packets.len(), packets.iter().filter(|arrived| **arrived).count()));
        }
    }
    found
}

/// For each subnet of a host, the packets to an AWS service: by the gateway endpoint of its table, an interface endpoint of its VPC, or
/// the internet.
fn to_service(net: &Net, from: &Host, port: Port) -> Vec<(usize, usize)> {
    let mut found = Vec::new();
    for (subnet, own) in from.subnets.iter().map(|subnet| subnet.unwrap()).zip(spots(net, from)) {
        let own = [own];
        let here = net.endpoints.iter().find(|endpoint| net.subnets[subnet].vpc == endpoint.vpc).map(|endpoint| &endpoint.way);
        match here {
            Some(Way::Gateway(tables)) if tables.iter().any(|at| net.subnets[subnet].routing == Routing::Table(*at)) => {
                // The route is there: what is left is the group.
                let mut open = net.clone();
                open.tables.push(Table {
                    address: address("table", 9),
                    routes: vec![Route { to: Some(range("0.0.0.0/0")), hop: Hop::InternetGateway }],
                });
                open.subnets[subnet].routing = Routing::Table(3);
                let host = Host { public: Some(true), subnets: vec![Some(subnet)], ..from.clone() };
                found.extend(sent(&open, &spots(&open, &host), &outside([AWS]), port));
            }
            Some(Way::Interface(host)) => found.extend(sent(net, &own, &spots(net, host), port)),
            Some(Way::Gateway(_)) | None => found.extend(sent(net, &own, &outside([AWS]), port)),
        }
    }
    found
}

fn config() -> ProptestConfig {
    ProptestConfig { cases: 4000, failure_persistence: None, rng_seed: RngSeed::Fixed(12), ..ProptestConfig::default() }
}

proptest! {
    #![proptest_config(config())]
    #[test]
    fn a_verdict_is_what_becomes_of_every_packet(net in net(), from in host("source"), to in end(), turned in any::<bool>(), port in 0_usize..3) {
        let (port, from) = (PORTS[port], End::Host(from));
        let turned = turned && !matches!(to, End::Service(_));
        let (from, to) = if turned { (to, from) } else { (from, to) };
        let verdict = net.flow(&from, &to, port);
        let packets = match (&from, &to) {
            (End::Host(from), End::Service(_)) => to_service(&net, from, port),
            _ => sent(&net, &places(&net, &from), &places(&net, &to), port),
        };
        let (every, dead) = (packets.iter().all(|(sent, arrived)| sent == arrived), packets.iter().any(|(_, arrived)| *arrived == 0));
        match &verdict {
            Verdict::Open(path) => prop_assert!(every && !path.is_empty(), "{packets:?}: {verdict:?}"),
            Verdict::Shut(_, block) => prop_assert!(dead && !block.words.is_empty(), "{packets:?}: {verdict:?}"),
            // Between hosts, and to single addresses, nothing is left open that is sure.
            Verdict::Unknown(_, why) => {
                let single = |end: &End| matches!(end, End::Host(_)) || matches!(end, End::Range(range) if range.prefix_len() == 32);
                prop_assert!(!why.is_empty());
                if single(&from) && single(&to) {
                    prop_assert!(!every && !dead, "{packets:?}: {verdict:?}");
                }
            }
        }
    }
}

/// The stack's own answers.
fn answers(text: &str, asked: &[(&str, &str, Option<u16>, &str)]) {
    let stack =
        modules::parse(Source::new("stack.toml", whole_file(text)), None, &[]).unwrap_or_else(|wrong| panic!("{}", wrong.render(false)));
    let graph = expand(&stack).unwrap_or_else(|wrong| panic!("{}", wrong.render(false)));
    let view = View::of_graph(&graph, stack.scope(""));
    for (from, to, port, wanted) in asked {
        let talk = ask(&view, from, to, port.map(Port::tcp)).unwrap_or_else(|no| panic!("{from} to {to}: {no}"));
        let cause = talk.verdict.block().map_or("", |block| block.cause.name());
        assert_eq!(format!("{} {} {cause}", talk.port, talk.verdict.name()).trim_end(), *wanted, "{from} to {to}: {:#?}", talk.verdict);
    }
}

const SHOP: &str = r#"
[network]
data_subnets = true
endpoints = ["s3", "logs"]

[database.main]

[cache.main]

[service.web]
image = "nginx:1.29"
port = 8080
public = true
environment = { DB_HOST = "${database.main.host}", API = "http://${service.api.host}" }

[service.api]
image = "nginx:1.29"
port = 9000
public = false
needs = ["cache.main"]

[service.worker]
image = "nginx:1.29"
"#;

#[test]
fn a_stack_of_modules_answers_by_the_names_that_people_use() {
    answers(
        SHOP,
        &[
            ("internet", "service.web", None, "80 reachable"),
            ("internet", "service.web", Some(443), "443 blocked ingress"),
            ("internet", "service.web.service", None, "8080 blocked route"),
            ("internet", "service.api", None, "80 blocked route"),
            ("internet", "database.main", None, "5432 blocked route"),
            ("service.web", "service.api", None, "80 reachable"),
            ("service.web", "service.api.service", None, "9000 blocked ingress"),
            ("service.web", "database.main", None, "5432 reachable"),
            ("service.api", "database.main", None, "5432 blocked ingress"),
            ("service.api", "cache.main", None, "6379 reachable"),
            ("service.web", "internet", None, "443 reachable"),
            ("service.worker", "service.web", None, "80 reachable"),
            ("service.worker", "aws.logs", None, "443 reachable"),
            ("service.worker", "aws.s3", None, "443 reachable"),
            ("database.main", "internet", None, "443 blocked egress"),
            ("service.web", "8.8.8.8", Some(53), "53 reachable"),
            ("10.0.64.9", "service.api", Some(80), "80 reachable"),
            ("10.0.64.9", "database.main", None, "5432 unknown"),
        ],
    );
}

#[test]
fn of_a_name_that_is_none_the_nearest_is_told() {
    let stack = modules::parse(Source::new("stack.toml", whole_file(SHOP)), None, &[]).unwrap();
    let graph = expand(&stack).unwrap();
    let view = View::of_graph(&graph, stack.scope(""));
    let no = |from: &str, to: &str| ask(&view, from, to, None).unwrap_err();
    assert_eq!(no("service.wep", "internet").hint(), "did you mean `service.web`?");
    assert!(matches!(no("internet", "10.0.250.1"), NoAnswer::Name { hint, .. } if hint.contains("10.0.0.0/20")));
    assert_eq!(no("service.web", "8.8.8.8"), NoAnswer::Port("8.8.8.8".into()));
    assert!(matches!(no("internet", "service"), NoAnswer::Several { hint, .. } if hint.contains("service.api.service")));
}

#[test]
fn all_pairs_that_should_talk_are_found_and_a_sound_stack_has_none_that_is_shut() {
    let stack = modules::parse(Source::new("stack.toml", whole_file(SHOP)), None, &[]).unwrap();
    let graph = expand(&stack).unwrap();
    let talks = all(&View::of_graph(&graph, stack.scope("")));
    let pairs = talks.iter().map(|talk| format!("{} {} {}", talk.from, talk.to, talk.port)).collect::<Vec<_>>();
    for pair in [
        "internet service.web.load-balancer 80",
        "service.web.load-balancer service.web.service 8080",
        "service.web.service database.main.instance 5432",
        "service.web.service service.api.load-balancer 80",
        "service.worker.service aws.logs 443",
        "service.worker.service internet 443",
    ] {
        assert!(pairs.iter().any(|known| known == pair), "{pair}: {pairs:#?}");
    }
    let shut = talks.iter().filter(|talk| !talk.verdict.is_open()).collect::<Vec<_>>();
    assert!(shut.is_empty(), "{shut:#?}");
}

#[test]
fn the_path_is_told_in_the_order_in_which_a_packet_takes_it() {
    let stack =
        modules::parse(Source::new("stack.toml", whole_file("[network]\n[service.web]\nimage = \"nginx:1.29\"")), None, &[]).unwrap();
    let graph = expand(&stack).unwrap();
    let talk = ask(&View::of_graph(&graph, stack.scope("")), "service.web", "internet", None).unwrap();
    let steps = talk.verdict.path().iter().map(|step| step.at.as_ref().unwrap().to_string()).collect::<Vec<_>>();
    assert_eq!(steps, ["service.web.security-group", "network.route-table.private-a", "network.nat.a"]);
    assert_eq!(Cause::PublicAddress.name(), "public-address");
}
