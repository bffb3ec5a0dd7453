//! NET208: what needs an internet gateway may be made before it is attached.

use super::nat_without_internet::leads_out;
use crate::core::code::{Category, Code, Example, Level};
use crate::core::graph::Finding;
use crate::core::rule::{Look, Rule};
use crate::core::view::{Seen, View};
use crate::kinds::ec2::internet_gateway::InternetGateway;
use crate::kinds::ec2::nat_gateway::{Connectivity, NatGateway};
use crate::kinds::ec2::route_table::RouteTable;
use crate::kinds::ec2::subnet::Subnet;
use crate::kinds::elbv2::load_balancer::{LoadBalancer, Scheme};

pub const RULE: Rule = Rule {
    code: Code {
        id: "NET208",
        level: Level::Warning,
        category: Category::Network,
        about: "A public NAT gateway, or a load balancer of the internet, does not wait for the internet gateway of its VPC.",
        why: "Nothing in its own fields names the gateway, so both may be made at once, and AWS refuses what comes before it is attached: the network has no internet gateway.",
        page: "https://docs.aws.amazon.com/vpc/latest/userguide/nat-gateway-working-with.html",
        example: Example::Stack {
            wrong: &[r#"
        [network]
        nat = "one"
        [override."network.nat.a"]
        after = []
    "#],
            right: &["[network]\nnat = \"one\""],
        },
    },
    look: Look::Resources(find),
};

fn find(view: &View<'_>) -> Vec<Finding> {
    let gateways = view.all::<NatGateway>().filter(|(_, spec)| spec.connectivity == Connectivity::Public);
    let gateways = gateways.map(|(seen, spec)| (seen, Some(spec.subnet_id.as_str()), &spec.after));
    let balancers = view.all::<LoadBalancer>().filter(|(_, spec)| spec.scheme == Scheme::InternetFacing);
    let balancers = balancers.map(|(seen, spec)| (seen, spec.subnet_ids.first().map(String::as_str), &spec.after));
    let all = gateways.chain(balancers).filter_map(|(seen, subnet, after)| {
        let (_, subnet) = view.target::<Subnet>(subnet?)?;
        let (gateway, _) = view.all::<InternetGateway>().find(|(_, gateway)| gateway.vpc_id.as_ref() == Some(&subnet.vpc_id))?;
        (!after.iter().any(|after| waits(view, after))).then(|| of(seen, gateway))
    });
    all.collect()
}

/// True for the gateway, and for a route table whose routes lead to it.
fn waits(view: &View<'_>, after: &str) -> bool {
    let table = || view.target::<RouteTable>(after).is_some_and(|(_, table)| table.routes.iter().any(|route| leads_out(view, route)));
    view.target::<InternetGateway>(after).is_some() || table()
}

fn of(seen: &Seen<'_>, gateway: &Seen<'_>) -> Finding {
    let finding = seen.finding("", format!("it may be made before `{}` is attached", gateway.address));
    finding.help(format!("write after = [\"${{{}.id}}\"]", gateway.address))
}
