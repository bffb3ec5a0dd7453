//! NET220: tasks run where no name is resolved.

use crate::core::code::{Category, Code, Example, Level};
use crate::core::graph::Finding;
use crate::core::rule::{Look, Rule};
use crate::core::view::View;
use crate::kinds::ec2::subnet::Subnet;
use crate::kinds::ec2::vpc::Vpc;
use crate::kinds::ecs::service::Service;
use std::collections::BTreeSet;

pub const RULE: Rule = Rule {
    code: Code {
        id: "NET220",
        level: Level::Warning,
        category: Category::Network,
        about: "The tasks of a service run in a VPC whose resolver is off.",
        why: "They resolve neither the host of a database nor that of the image registry, unless the VPC has a DNS server of its own: no image is pulled, and no task starts.",
        page: "https://docs.aws.amazon.com/vpc/latest/userguide/AmazonDNS-concepts.html",
        example: Example::Stack {
            wrong: &[r#"
        [network]
        [service.web]
        image = "nginx:1.29"
        port = 80
        [override."network.vpc"]
        dns_support = false
        dns_hostnames = false
    "#],
            right: &["[network]\n[service.web]\nimage = \"nginx:1.29\"\nport = 80"],
        },
    },
    look: Look::Resources(find),
};

fn find(view: &View<'_>) -> Vec<Finding> {
    let mut said = BTreeSet::new();
    let mut found = Vec::new();
    for (service, spec) in view.all::<Service>() {
        let subnets = spec.subnet_ids.iter().filter_map(|id| view.target::<Subnet>(id));
        let Some((vpc, of)) = subnets.into_iter().find_map(|(_, subnet)| view.target::<Vpc>(&subnet.vpc_id)) else { continue };
        if !of.dns_support && said.insert(vpc.address) {
            let finding = vpc.finding("dns_support", format!("nothing here resolves a name, and `{}` runs here", service.address));
            found.push(finding.help("write dns_support = true, unless the VPC has a DNS server of its own"));
        }
    }
    found
}
