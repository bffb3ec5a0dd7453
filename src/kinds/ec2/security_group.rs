//! `ec2.security_group`: who may talk to whom. Owns all its rules, so one added by hand is seen.

use crate::core::kind::{About, Field, Kind, Naming, replace, update};
use crate::core::problem::Problem;
use crate::core::reference::is_symbolic;
use crate::kinds::ec2;
use crate::pricing::Priced;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use std::collections::{BTreeMap, BTreeSet};

pub struct SecurityGroup;

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Spec {
    /// Made from the address if not given.
    #[serde(default)]
    pub name: Option<String>,
    #[serde(default = "description")]
    pub description: String,
    pub vpc_id: String,
    /// Who may connect to it; nobody by default.
    #[serde(default)]
    pub ingress: Vec<Rule>,
    /// Where it may connect to; everywhere over IPv4 by default, as AWS has it.
    #[serde(default = "Rule::everywhere")]
    pub egress: Vec<Rule>,
    #[serde(default)]
    pub tags: BTreeMap<String, String>,
}

fn description() -> String {
    "Managed by Trueup".into()
}

/// One protocol, one span of ports, one peer.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Rule {
    /// `tcp`, `udp`, `icmp`, `icmpv6`, `all`, or an IP protocol number.
    #[serde(default = "tcp")]
    pub protocol: String,
    /// The first port, or the ICMP type (-1 for all); none where the protocol has no ports.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub from_port: Option<i32>,
    /// The last port, or the ICMP code (-1 for all); the same as `from_port` if left out.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub to_port: Option<i32>,
    /// The peer, one of these five: an IPv4 range,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub cidr: Option<String>,
    /// an IPv6 range,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub ipv6_cidr: Option<String>,
    /// the members of another security group,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub security_group_id: Option<String>,
    /// a prefix list,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub prefix_list_id: Option<String>,
    /// or the group's own members.
    #[serde(default, rename = "self", skip_serializing_if = "is_false")]
    pub own: bool,
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub description: String,
}

fn tcp() -> String {
    "tcp".into()
}

fn is_false(value: &bool) -> bool {
    !*value
}

impl Rule {
    /// TCP on one port, without a peer yet.
    pub fn tcp(port: i32, description: impl Into<String>) -> Self {
        Rule { from_port: Some(port), to_port: Some(port), description: description.into(), ..Rule::all(tcp()) }
    }
    pub fn from_cidr(self, cidr: impl Into<String>) -> Self {
        Rule { cidr: Some(cidr.into()), ..self }
    }
    pub fn from_group(self, id: impl Into<String>) -> Self {
        Rule { security_group_id: Some(id.into()), ..self }
    }
    /// What AWS gives a new group as its egress.
    pub fn everywhere() -> Vec<Rule> {
        vec![Rule::all("all").from_cidr("0.0.0.0/0")]
    }
    pub(super) fn all(protocol: impl Into<String>) -> Self {
        Rule {
            protocol: protocol.into(),
            from_port: None,
            to_port: None,
            cidr: None,
            ipv6_cidr: None,
            security_group_id: None,
            prefix_list_id: None,
            own: false,
            description: String::new(),
        }
    }
    /// What makes it this rule for AWS: everything but its description.
    pub(super) fn key(&self) -> Rule {
        Rule { description: String::new(), ..self.clone() }
    }
    pub(super) fn normalise(&mut self) {
        self.protocol = match self.protocol.to_ascii_lowercase().as_str() {
            "-1" | "all" => "all".into(),
            "1" => "icmp".into(),
            "6" => "tcp".into(),
            "17" => "udp".into(),
            "58" => "icmpv6".into(),
            other => other.to_owned(),
        };
        match self.protocol.as_str() {
            "tcp" | "udp" => self.to_port = self.to_port.or(self.from_port),
            "icmp" | "icmpv6" => {
                self.from_port = self.from_port.or(Some(-1));
                self.to_port = self.to_port.or(Some(-1));
            }
            _ => (self.from_port, self.to_port) = (None, None),
        }
        for range in [&mut self.cidr, &mut self.ipv6_cidr].into_iter().flatten() {
            *range = ec2::canonical_range(range);
        }
    }
}

impl Kind for SecurityGroup {
    type Spec = Spec;
    const NAME: &'static str = "ec2.security_group";
    const ABOUT: About = About {
        doc: "Who may talk to whom.",
        outputs: &["id", "arn", "name"],
        naming: Naming::Hyphens { max: 255 },
        arn: "ec2:security-group/",
        console: "https://{region}.console.aws.amazon.com/vpcconsole/home?region={region}#SecurityGroup:groupId={id}",
        free: "part of the VPC",
        ..About::NEW
    };
    const FIELDS: &'static [Field] = &[
        replace("name").unmanaged(),
        replace("description"),
        replace("vpc_id"),
        update("ingress").set().late(),
        update("egress").set().late(),
        update("tags"),
    ];

    fn example() -> Spec {
        Spec {
            name: None,
            description: "Web servers".into(),
            vpc_id: "${example.vpc.id}".into(),
            ingress: vec![Rule::tcp(443, "HTTPS from everywhere").from_cidr("0.0.0.0/0"), Rule { own: true, ..Rule::tcp(8080, "") }],
            egress: Rule::everywhere(),
            tags: BTreeMap::from([("Name".into(), "example".into())]),
        }
    }

    fn validate(spec: &Spec) -> Vec<Problem> {
        let mut problems = Vec::new();
        problems.extend(ec2::check_id("vpc_id", &spec.vpc_id, "vpc-"));
        if let Some(name) = spec.name.as_ref().filter(|name| !is_symbolic(name)) {
            if name.is_empty() || name.len() > 255 || !name.chars().all(is_plain) || name.trim() != name {
                problems.push(
                    Problem::new("name", format!("`{name}` cannot be the name of a security group"))
                        .help("1 to 255 letters, digits, spaces and ._-:/()#,@[]+=&;{}!$*, no space at the ends"),
                );
            }
            if name.starts_with("sg-") || name == "default" {
                problems
                    .push(Problem::new("name", format!("`{name}` is reserved by AWS")).help("choose a name without `sg-` at its start"));
            }
        }
        if !is_symbolic(&spec.description)
            && (spec.description.is_empty() || spec.description.len() > 255 || !spec.description.chars().all(is_plain))
        {
            problems.push(
                Problem::new("description", "AWS refuses this description")
                    .help("1 to 255 letters, digits, spaces and ._-:/()#,@[]+=&;{}!$*"),
            );
        }
        for (field, rules) in [("ingress", &spec.ingress), ("egress", &spec.egress)] {
            let mut seen = BTreeSet::new();
            for (at, rule) in rules.iter().enumerate() {
                let before = problems.len();
                check_rule(&format!("{field}.{at}"), rule, &mut problems);
                let mut key = rule.key();
                key.normalise();
                if problems.len() == before && !seen.insert(key) {
                    problems.push(
                        Problem::new(format!("{field}.{at}"), "the same rule stands here twice")
                            .help("AWS tells rules apart by protocol, ports and peer, not by description"),
                    );
                }
            }
        }
        problems
    }

    fn normalise(spec: &mut Spec) {
        for rules in [&mut spec.ingress, &mut spec.egress] {
            rules.iter_mut().for_each(Rule::normalise);
            rules.sort();
        }
    }
}

impl Priced for SecurityGroup {}

fn check_rule(field: &str, rule: &Rule, problems: &mut Vec<Problem>) {
    let mut plain = rule.clone();
    plain.normalise();
    let mut wrong = |part: &str, message: String, help: &str| {
        problems.push(Problem::new(format!("{field}.{part}"), message).help(help));
    };
    match (plain.protocol.as_str(), plain.from_port, plain.to_port) {
        ("tcp" | "udp", None, _) => {
            wrong("from_port", format!("{} needs ports", plain.protocol), "from_port = 0, to_port = 65535 is every port")
        }
        ("tcp" | "udp", Some(from), Some(to)) if from < 0 || to > 65535 || from > to => {
            wrong("to_port", format!("{from} to {to} is not a span of ports"), "ports go from 0 to 65535, the lower one first");
        }
        ("icmp" | "icmpv6", Some(from), Some(to)) if !(-1..=255).contains(&from) || !(-1..=255).contains(&to) => {
            wrong("from_port", format!("{from}, {to} are not an ICMP type and code"), "type and code go from 0 to 255, -1 is all");
        }
        ("tcp" | "udp" | "icmp" | "icmpv6", ..) => {}
        (other, ..) => {
            if other != "all" && other.parse::<u8>().is_err() {
                wrong(
                    "protocol",
                    format!("`{}` is not a protocol", rule.protocol),
                    "tcp, udp, icmp, icmpv6, all, or a number from 0 to 255",
                );
            }
            if rule.from_port.or(rule.to_port).is_some_and(|port| port > 0) {
                wrong("from_port", format!("protocol `{other}` has no ports"), "leave the ports out, or name tcp or udp");
            }
        }
    }
    let peers = [rule.cidr.is_some(), rule.ipv6_cidr.is_some(), rule.security_group_id.is_some(), rule.prefix_list_id.is_some(), rule.own];
    let count = peers.iter().filter(|given| **given).count();
    if count != 1 {
        problems.push(
            Problem::new(field, format!("the rule has {count} peers, it needs one"))
                .help("give one of cidr, ipv6_cidr, security_group_id, prefix_list_id, self; write a rule for each peer"),
        );
    }
    problems.extend(rule.cidr.iter().filter_map(|cidr| ec2::check_ipv4(&format!("{field}.cidr"), cidr)));
    problems.extend(rule.security_group_id.iter().filter_map(|id| ec2::check_id(&format!("{field}.security_group_id"), id, "sg-")));
    problems.extend(rule.prefix_list_id.iter().filter_map(|id| ec2::check_id(&format!("{field}.prefix_list_id"), id, "pl-")));
    if let Some(range) = rule.ipv6_cidr.as_ref().filter(|range| !is_symbolic(range)) {
        match ec2::check_range(&format!("{field}.ipv6_cidr"), range) {
            Some(problem) => problems.push(problem),
            None if !range.contains(':') => {
                problems.push(Problem::new(format!("{field}.ipv6_cidr"), format!("`{range}` is an IPv4 range")).help("give it as `cidr`"));
            }
            None => {}
        }
    }
    if !is_symbolic(&rule.description) && (rule.description.len() > 255 || !rule.description.chars().all(is_plain)) {
        problems.push(
            Problem::new(format!("{field}.description"), "AWS refuses this description")
                .help("up to 255 letters, digits, spaces and ._-:/()#,@[]+=&;{}!$*"),
        );
    }
}

// What AWS allows in names and descriptions of groups and rules.
fn is_plain(letter: char) -> bool {
    letter.is_ascii_alphanumeric() || " ._-:/()#,@[]+=&;{}!$*".contains(letter)
}
