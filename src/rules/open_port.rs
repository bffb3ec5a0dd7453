//! SEC201: a port that is for few stands open to everybody.

use crate::core::diagnostic::Severity;
use crate::core::graph::{Finding, Graph};
use crate::core::problem::Problem;
use crate::core::rule::{Rule, of_kind};
use crate::kinds::ec2::security_group::{Rule as Ingress, SecurityGroup};

pub const RULE: Rule = Rule {
    code: "SEC201",
    severity: Severity::Warning,
    about: "A port for administration or data is open to the whole internet.",
    why: "Scanners find such a port within minutes. Databases, caches and remote shells are for known peers only.",
    example: r#"
        [resource.vpc]
        kind = "ec2.vpc"
        cidr = "10.0.0.0/16"
        [resource.group]
        kind = "ec2.security_group"
        vpc_id = "${resource.vpc.id}"
        ingress = [{ from_port = 22, to_port = 22, cidr = "0.0.0.0/0" }]
    "#,
    check,
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

fn check(graph: &Graph) -> Vec<Finding> {
    let groups = of_kind::<SecurityGroup>(graph).flat_map(|(node, spec)| {
        let open = spec.ingress.into_iter().filter(is_everybody).filter_map(|rule| {
            let what = guarded(&rule)?;
            let problem = Problem::new("ingress", format!("{what} is open to everybody"));
            Some(Finding {
                address: node.address.clone(),
                problem: problem.help("name the peers: a range of yours, or their security group"),
            })
        });
        open.collect::<Vec<_>>()
    });
    groups.collect()
}

fn is_everybody(rule: &Ingress) -> bool {
    rule.cidr.as_deref() == Some("0.0.0.0/0") || rule.ipv6_cidr.as_deref() == Some("::/0")
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
