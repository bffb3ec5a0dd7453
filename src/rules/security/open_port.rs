//! SEC201: a port that is for few stands open to everybody.

use crate::core::code::{Category, Code, Example, Level};
use crate::core::graph::Finding;
use crate::core::rule::{Look, Rule};
use crate::core::view::View;
use crate::kinds::ec2::security_group::{Rule as Ingress, SecurityGroup};
use ipnet::{Ipv4Net, Ipv6Net};

pub const RULE: Rule = Rule {
    code: Code {
        id: "SEC201",
        level: Level::Warning,
        category: Category::Security,
        about: "A port for administration or data is open to the whole internet.",
        why: "Scanners find such a port within minutes. Databases, caches and remote shells are for known peers only.",
        page: "https://docs.aws.amazon.com/vpc/latest/userguide/security-group-rules.html",
        example: Example::Stack {
            wrong: &[r#"
        [resource.vpc]
        kind = "ec2.vpc"
        cidr = "10.0.0.0/16"
        [resource.group]
        kind = "ec2.security_group"
        vpc_id = "${resource.vpc.id}"
        ingress = [{ from_port = 22, to_port = 22, cidr = "0.0.0.0/0" }]
    "#],
            right: &[r#"
        [resource.vpc]
        kind = "ec2.vpc"
        cidr = "10.0.0.0/16"
        [resource.group]
        kind = "ec2.security_group"
        vpc_id = "${resource.vpc.id}"
        ingress = [{ from_port = 22, to_port = 22, cidr = "203.0.113.0/24" }]
    "#],
        },
    },
    look: Look::Resources(find),
};

const GUARDED: [(i32, &str); 12] = [
    (22, "SSH"),
    (1433, "SQL Server"),
    (2049, "NFS"),
    (2375, "Docker"),
    (3306, "MySQL"),
    (3389, "Remote Desktop"),
    (5432, "PostgreSQL"),
    (5601, "OpenSearch Dashboards"),
    (6379, "Redis"),
    (9200, "OpenSearch"),
    (11211, "Memcached"),
    (27017, "MongoDB"),
];

fn find(view: &View<'_>) -> Vec<Finding> {
    let groups = view.all::<SecurityGroup>().flat_map(|(seen, spec)| {
        let open = spec.ingress.iter().enumerate().filter(|(_, rule)| is_everybody(rule));
        let open = open.filter_map(|(at, rule)| Some((at, guarded(rule)?)));
        open.map(|(at, what)| {
            let finding = seen.finding(format!("ingress.{at}"), format!("{what} is open to everybody"));
            finding.help("name the peers: a range of yours, or their security group")
        })
    });
    groups.collect()
}

fn is_everybody(rule: &Ingress) -> bool {
    // A few wide ranges are the whole of it as well; nobody's own are so wide, but for the private ones.
    let wide = rule.cidr.as_deref().and_then(|cidr| cidr.parse::<Ipv4Net>().ok());
    let wide = wide.is_some_and(|range| range.prefix_len() < 8);
    wide || rule.ipv6_cidr.as_deref().and_then(|cidr| cidr.parse::<Ipv6Net>().ok()).is_some_and(|range| range.prefix_len() < 16)
}

fn guarded(rule: &Ingress) -> Option<String> {
    if rule.protocol == "all" {
        return Some("every port".into());
    }
    let from = rule.from_port?;
    let to = rule.to_port.unwrap_or(from);
    let (port, name) = GUARDED.iter().find(|(port, _)| (from..=to).contains(port))?;
    (rule.protocol == "tcp").then(|| format!("port {port} ({name})"))
}
