//! NET204: a load balancer stands in a subnet that is too small for it.

use crate::core::code::{Category, Code, Example, Level};
use crate::core::graph::Finding;
use crate::core::rule::{Look, Rule};
use crate::core::view::View;
use crate::kinds::ec2::subnet::Subnet;
use crate::kinds::elbv2::load_balancer::{BalancerType, LoadBalancer};
use ipnet::Ipv4Net;

/// The longest prefix that AWS asks for in a subnet of an Application Load Balancer.
const LONGEST: u8 = 27;

pub const RULE: Rule = Rule {
    code: Code {
        id: "NET204",
        level: Level::Warning,
        category: Category::Network,
        about: "An Application Load Balancer stands in a subnet smaller than /27.",
        why: "It needs eight free addresses in each subnet and takes more as it grows; a /28 has eleven for everything in it.",
        page: "https://docs.aws.amazon.com/elasticloadbalancing/latest/application/application-load-balancers.html",
        example: Example::Stack {
            wrong: &["[network]\ncidr = \"10.0.0.0/24\"\n[service.web]\nimage = \"nginx:1.29\"\nport = 80"],
            right: &["[network]\ncidr = \"10.0.0.0/23\"\n[service.web]\nimage = \"nginx:1.29\"\nport = 80"],
        },
    },
    look: Look::Resources(find),
};

fn find(view: &View<'_>) -> Vec<Finding> {
    let balancers = view.all::<LoadBalancer>().filter(|(_, spec)| spec.balancer_type == BalancerType::Application);
    let small = balancers.filter_map(|(seen, spec)| {
        let subnets = spec.subnet_ids.iter().filter_map(|id| view.target::<Subnet>(id));
        let mut ranges = subnets.filter_map(|(subnet, spec)| Some((subnet, spec.cidr.parse::<Ipv4Net>().ok()?)));
        let (subnet, range) = ranges.find(|(_, range)| range.prefix_len() > LONGEST)?;
        let message = format!("`{}` has {range}, and a load balancer needs /{LONGEST} or more", subnet.address);
        let message = format!("{message} (`{}`)", seen.address);
        Some(subnet.finding("cidr", message).help("let the network have /23 or more, or give its subnets larger ranges"))
    });
    small.collect()
}
