//! RDY1: the network.

use super::of_rules;
use crate::core::code::{Code, Example};
use crate::core::readiness::area::Area;
use crate::core::readiness::check::{Answer, Asked, Check, Look, Subject, code};
use crate::core::view::{Seen, View};
use crate::kinds::ec2::nat_gateway::NatGateway;
use crate::kinds::ec2::route_table::{Route, RouteTable};
use crate::kinds::ec2::subnet::Subnet;
use crate::kinds::ecs::service::Service;
use crate::kinds::elasticache::replication_group::ReplicationGroup;
use crate::kinds::elasticache::subnet_group::CacheSubnetGroup;
use crate::kinds::elbv2::load_balancer::LoadBalancer;
use crate::kinds::opensearch::domain::OpensearchDomain;
use crate::kinds::rds::instance::DbInstance;
use crate::kinds::rds::subnet_group::DbSubnetGroup;
use std::collections::BTreeSet;

pub const RANGES: Check = Check {
    code: of_rules(
        "RDY101",
        Area::Network,
        "A rule finds something wrong with ranges, subnets, routes, gateways or what may call whom.",
        "Packets do not arrive, or arrive where nobody meant them to.",
    ),
    area: Area::Network,
    weight: 3,
    question: "Do ranges, subnets, routes and gateways fit together?",
    remedy: "mend what the rules find",
    look: Look::Rest { kinds: &["ec2.vpc", "ec2.subnet", "ec2.route_table", "ec2.security_group", "elbv2.load_balancer"] },
    ..Check::NEW
};

pub const ZONES: Check = Check {
    code: Code {
        id: "RDY102",
        about: "A service, a load balancer or a group of subnets stands in one zone.",
        why: "When that zone fails, all of it is gone, and nothing else has been prepared.",
        page: "https://docs.aws.amazon.com/wellarchitected/latest/reliability-pillar/rel_fault_isolation_multiaz_region_system.html",
        example: Example::Readiness {
            wrong: "[network]\n[service.web]\nimage = \"nginx:1.29\"\n[override.\"service.web.service\"]\nsubnet_ids = [\"${network.subnet.private-a.id}\"]",
            right: "[network]\n[service.web]\nimage = \"nginx:1.29\"",
        },
        ..code(Area::Network)
    },
    area: Area::Network,
    weight: 3,
    question: "Does everything that can stand in several zones do so?",
    remedy: "give it subnets of two zones at least: `zones = 2` in [network]",
    look: Look::Stack(zones),
    ..Check::NEW
};

fn zones(subject: &Subject<'_>) -> Asked {
    let view = subject.view;
    let mut asked = Asked::default();
    let mut ask = |seen: &Seen<'_>, ids: &[String]| {
        let zones = ids.iter().map(|id| Some(view.target::<Subnet>(id)?.1.availability_zone.as_str())).collect::<Option<BTreeSet<_>>>();
        let answer = match zones {
            // Two that are known are two, whatever the others are.
            None if ids.len() > 1 => Answer::Unknown("its subnets are not of this stack, and nothing says which zones they are in".into()),
            None => Answer::bad("it stands in one subnet, and so in one zone"),
            Some(zones) => Answer::of(zones.len() > 1, || format!("it stands in {} alone", zones.into_iter().collect::<String>())),
        };
        asked.node(seen, "subnet_ids", answer);
    };
    view.all::<Service>().for_each(|(seen, spec)| ask(seen, &spec.subnet_ids));
    view.all::<LoadBalancer>().for_each(|(seen, spec)| ask(seen, &spec.subnet_ids));
    view.all::<DbSubnetGroup>().for_each(|(seen, spec)| ask(seen, &spec.subnet_ids));
    view.all::<CacheSubnetGroup>().for_each(|(seen, spec)| ask(seen, &spec.subnet_ids));
    asked
}

pub const WAY_OUT: Check = Check {
    code: Code {
        id: "RDY103",
        about: "A subnet goes out by the NAT gateway of another zone.",
        why: "When that zone fails, the tasks of this one start no more and reach nothing outside; and what crosses zones is paid for.",
        page: "https://docs.aws.amazon.com/vpc/latest/userguide/nat-gateway-basics.html",
        example: Example::Readiness { wrong: "[network]\nnat = \"one\"", right: "[network]\nnat = \"per-zone\"" },
        ..code(Area::Network)
    },
    area: Area::Network,
    weight: 2,
    question: "Does every subnet go out by the NAT gateway of its own zone?",
    remedy: "write nat = \"per-zone\", a NAT gateway more for each zone; or accept it where that is not worth the price",
    same: &["NET216"],
    look: Look::Stack(way_out),
    ..Check::NEW
};

fn way_out(subject: &Subject<'_>) -> Asked {
    let view = subject.view;
    let mut asked = Asked::default();
    for (seen, table) in view.all::<RouteTable>() {
        let Some(nat) = table.routes.iter().filter(|route| is_default(route)).find_map(|route| route.nat_gateway_id.as_ref()) else {
            continue;
        };
        for id in &table.subnet_ids {
            let Some((subnet, spec)) = view.target::<Subnet>(id) else { continue };
            let zone = view.target::<NatGateway>(nat).and_then(|(_, nat)| view.target::<Subnet>(&nat.subnet_id));
            let answer = match zone {
                None => Answer::Unknown(format!("`{}` goes out by a NAT gateway of which nothing says where it is", subnet.address)),
                Some((_, there)) => Answer::of(there.availability_zone == spec.availability_zone, || {
                    format!("`{}` in {} goes out by the NAT gateway in {}", subnet.address, spec.availability_zone, there.availability_zone)
                }),
            };
            asked.node(seen, "", answer);
        }
    }
    asked
}

pub const STORES_APART: Check = Check {
    code: Code {
        id: "RDY104",
        about: "A database, a cache or a search domain stands in a subnet that an internet gateway leads to.",
        why: "One rule of a security group that is too wide is then enough to open it to everybody.",
        page: "https://docs.aws.amazon.com/AmazonRDS/latest/UserGuide/USER_VPC.WorkingWithRDSInstanceinaVPC.html",
        example: Example::Readiness {
            wrong: "[network]\n[database.main]\n[override.\"database.main.subnet-group\"]\nsubnet_ids = [\"${network.subnet.public-a.id}\", \"${network.subnet.public-b.id}\"]",
            right: "[network]\n[database.main]",
        },
        ..code(Area::Network)
    },
    area: Area::Network,
    weight: 2,
    question: "Do databases, caches and search domains stand where no way leads to from the internet?",
    remedy: "let it stand in private subnets: `data_subnets = true` in [network] makes some for it alone",
    look: Look::Stack(stores_apart),
    ..Check::NEW
};

fn stores_apart(subject: &Subject<'_>) -> Asked {
    let view = subject.view;
    let mut asked = Asked::default();
    for (seen, spec) in view.all::<DbInstance>() {
        let group = view.target::<DbSubnetGroup>(&spec.db_subnet_group_name);
        asked.node(seen, "db_subnet_group_name", apart(view, group.map(|(_, group)| group.subnet_ids.as_slice())));
    }
    for (seen, spec) in view.all::<ReplicationGroup>() {
        let group = view.target::<CacheSubnetGroup>(&spec.cache_subnet_group_name);
        asked.node(seen, "cache_subnet_group_name", apart(view, group.map(|(_, group)| group.subnet_ids.as_slice())));
    }
    for (seen, spec) in view.all::<OpensearchDomain>() {
        let answer = match spec.subnet_ids.as_slice() {
            [] => Answer::bad("it stands outside of any VPC, with an endpoint on the internet"),
            ids => apart(view, Some(ids)),
        };
        asked.node(seen, "subnet_ids", answer);
    }
    asked
}

fn apart(view: &View<'_>, ids: Option<&[String]>) -> Answer {
    let found = ids.map(|ids| ids.iter().map(|id| view.target::<Subnet>(id)).collect::<Option<Vec<_>>>());
    let Some(Some(subnets)) = found else {
        return Answer::Unknown("its subnets are not of this stack, and nothing says what leads to them".into());
    };
    let open = |seen: &Seen<'_>| {
        let tables = view.users::<RouteTable>(seen.address).filter(|(_, table)| {
            table.subnet_ids.iter().any(|id| view.target::<Subnet>(id).is_some_and(|(subnet, _)| subnet.address == seen.address))
        });
        tables.flat_map(|(_, table)| &table.routes).any(|route| is_default(route) && route.gateway_id.is_some())
    };
    match subnets.into_iter().find(|(subnet, _)| open(subnet)) {
        Some((subnet, _)) => Answer::bad(format!("it stands in `{}`, which an internet gateway leads to", subnet.address)),
        None => Answer::Good,
    }
}

fn is_default(route: &Route) -> bool {
    route.destination == "0.0.0.0/0"
}

pub const ROOM: Check = Check {
    code: of_rules(
        "RDY105",
        Area::Network,
        "Subnets have too few addresses for what stands in them.",
        "New tasks do not start when they are needed most: while a version is replaced, and under load.",
    ),
    area: Area::Network,
    weight: 2,
    question: "Is there an address for every task, also while a new version runs beside the old one?",
    remedy: "take larger subnets, or more of them",
    look: Look::Rules { kinds: &["ecs.service", "elbv2.load_balancer"], codes: &["NET204", "NET211"] },
    ..Check::NEW
};
