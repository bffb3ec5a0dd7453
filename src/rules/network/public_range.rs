//! NET210: a VPC has addresses that belong to others on the internet.

use crate::core::code::{Category, Code, Example, Level};
use crate::core::graph::Finding;
use crate::core::rule::{Look, Rule};
use crate::core::view::View;
use crate::kinds::ec2::vpc::Vpc;
use ipnet::Ipv4Net;

/// The ranges that nobody has on the internet.
/// <https://www.iana.org/assignments/iana-ipv4-special-registry/iana-ipv4-special-registry.xhtml>
const PRIVATE: [&str; 5] = ["10.0.0.0/8", "172.16.0.0/12", "192.168.0.0/16", "100.64.0.0/10", "198.18.0.0/15"];

pub const RULE: Rule = Rule {
    code: Code {
        id: "NET210",
        level: Level::Warning,
        category: Category::Network,
        about: "The range of a VPC is one of the public internet.",
        why: "Its own addresses hide those of others: whatever has them on the internet can never be reached from the VPC.",
        page: "https://docs.aws.amazon.com/vpc/latest/userguide/vpc-cidr-blocks.html",
        example: Example::Stack {
            wrong: &["[network]\ncidr = \"8.8.0.0/16\""],
            right: &["[network]\ncidr = \"172.31.0.0/16\"", "[network]\ncidr = \"100.64.0.0/16\""],
        },
    },
    look: Look::Resources(find),
};

fn find(view: &View<'_>) -> Vec<Finding> {
    let foreign = view.all::<Vpc>().filter(|(_, spec)| spec.cidr.parse().is_ok_and(|range| !is_private(range)));
    let found = foreign.map(|(seen, spec)| {
        let finding = seen.finding("cidr", format!("{} has addresses of the public internet", spec.cidr));
        finding.help("take a range out of 10.0.0.0/8, 172.16.0.0/12, 192.168.0.0/16 or 100.64.0.0/10")
    });
    found.collect()
}

fn is_private(range: Ipv4Net) -> bool {
    PRIVATE.iter().any(|private| private.parse::<Ipv4Net>().is_ok_and(|private| private.contains(&range)))
}
