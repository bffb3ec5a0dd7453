//! `ec2.security_group`: a virtual firewall. Owns all its rules, so one added by hand is seen.

use crate::core::code::Check;
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
    /// The group's name; left out, it is made from the address.
    #[serde(default)]
    pub name: Option<String>,
    #[serde(default = "description")]
    pub description: String,
    pub vpc_id: String,
    /// The rules for traffic that may reach its members; none by default.
    #[serde(default)]
    pub ingress: Vec<Rule>,
    /// The rules for traffic that may leave its members; everything over IPv4 by default, as AWS has it.
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
    /// Makes a rule for TCP on one port, without a peer yet.
    pub fn tcp(port: i32, description: impl Into<String>) -> Self {
        Rule { from_port: Some(port), to_port: Some(port), description: description.into(), ..Rule::all(tcp()) }
    }
    pub fn from_cidr(self, cidr: impl Into<String>) -> Self {
        Rule { cidr: Some(cidr.into()), ..self }
    }
    pub fn from_group(self, id: impl Into<String>) -> Self {
        Rule { security_group_id: Some(id.into()), ..self }
    }
    /// Returns what AWS gives a new group as its egress.
    pub fn everywhere() -> Vec<Rule> {
        vec![Rule::all("all").from_cidr("0.0.0.0/0")]
    }
    /// Returns what AWS gives it beside that in a VPC that has a range of IPv6.
    pub fn everywhere_by_ipv6() -> Rule {
        Rule { ipv6_cidr: Some("::/0".into()), ..Rule::all("all") }
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
    /// Returns what makes it this rule for AWS: everything but its description.
    pub(super) fn key(&self) -> Rule {
        Rule { description: String::new(), ..self.clone() }
    }
    fn has_ports(&self) -> bool {
        matches!(self.protocol.as_str(), "tcp" | "udp")
    }
    fn is_icmp(&self) -> bool {
        matches!(self.protocol.as_str(), "icmp" | "icmpv6")
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
        doc: "A virtual firewall: the traffic that may reach and leave its members.",
        outputs: &["id", "arn", "name"],
        naming: Naming::Hyphens { max: 255 },
        named_within: "vpc_id",
        // CreateSecurityGroup answers InvalidGroup.Duplicate: https://github.com/chef-boneyard/chef-provisioning-aws/issues/452
        caseless: true,
        arn: "ec2:security-group/",
        held: true,
        console: "https://{region}.console.aws.amazon.com/vpcconsole/home?region={region}#SecurityGroup:groupId={id}",
        free: "part of the VPC",
        ..About::NEW
    };
    // No call changes them: rules and tags alone come and go.
    // https://docs.aws.amazon.com/AWSEC2/latest/APIReference/API_CreateSecurityGroup.html
    const FIELDS: &'static [Field] = &[
        replace("name").unmanaged(),
        replace("description"),
        replace("vpc_id"),
        update("ingress").set().late().lent(),
        update("egress").set().late().lent(),
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

    const CHECKS: &'static [Check<Spec>] = &[
        Check {
            id: "VPC051",
            about: "A security group or one of its rules names a VPC, a group or a prefix list by something that is no id of one.",
            why: "CreateSecurityGroup and AuthorizeSecurityGroupIngress refuse it as malformed.",
            page: "https://docs.aws.amazon.com/AWSEC2/latest/APIReference/API_AuthorizeSecurityGroupIngress.html",
            wrong: &[
                r#"{"vpc_id": "main"}"#,
                r#"{"ingress": [{"from_port": 443, "security_group_id": "web"}]}"#,
                r#"{"egress": [{"from_port": 443, "prefix_list_id": "com.amazonaws.us-east-1.s3"}]}"#,
            ],
            right: &[r#"{"ingress": [{"from_port": 443, "security_group_id": "sg-0123456789abcdef0"}]}"#],
            find: ids,
        },
        Check {
            id: "VPC052",
            about: "The name of a security group has another form than AWS takes.",
            why: "CreateSecurityGroup refuses it, and a name cannot be changed afterwards.",
            page: "https://docs.aws.amazon.com/AWSEC2/latest/APIReference/API_CreateSecurityGroup.html",
            wrong: &[r#"{"name": ""}"#, r#"{"name": "web servers "}"#, r#"{"name": "käse"}"#],
            right: &[r#"{"name": "web servers (prod)"}"#],
            find: name,
        },
        Check {
            id: "VPC053",
            about: "The name of a security group is one that AWS keeps for itself.",
            why: "CreateSecurityGroup refuses names that begin as ids do, and `default` is the name of every VPC's own group.",
            page: "https://docs.aws.amazon.com/vpc/latest/userguide/creating-security-groups.html",
            wrong: &[r#"{"name": "sg-web"}"#, r#"{"name": "default"}"#],
            right: &[r#"{"name": "web-sg"}"#],
            find: reserved_name,
        },
        Check {
            id: "VPC054",
            about: "The description of a security group or of a rule has another form than AWS takes.",
            why: "EC2 refuses the group or the rule; a group's description cannot be changed or added later.",
            page: "https://docs.aws.amazon.com/AWSEC2/latest/APIReference/API_CreateSecurityGroup.html",
            wrong: &[
                r#"{"description": ""}"#,
                r#"{"description": "Who may talk to the web servers?"}"#,
                r#"{"ingress": [{"from_port": 443, "self": true, "description": "HTTPS 'inside'"}]}"#,
            ],
            right: &[r#"{"ingress": [{"from_port": 443, "self": true, "description": "HTTPS (inside)"}]}"#],
            find: descriptions,
        },
        Check {
            id: "VPC055",
            about: "A rule for TCP or UDP has no ports.",
            why: "AuthorizeSecurityGroupIngress refuses it, since nobody has said what is opened.",
            page: "https://docs.aws.amazon.com/AWSEC2/latest/APIReference/API_IpPermission.html",
            wrong: &[r#"{"ingress": [{"self": true}]}"#, r#"{"egress": [{"protocol": "udp", "cidr": "0.0.0.0/0"}]}"#],
            right: &[r#"{"ingress": [{"from_port": 0, "to_port": 65535, "self": true}]}"#],
            find: |spec| rules(spec).filter_map(|(field, rule)| no_ports(&field, rule)).collect(),
        },
        Check {
            id: "VPC056",
            about: "The ports of a rule are no span of ports.",
            why: "AuthorizeSecurityGroupIngress takes ports from 0 to 65535, the lower one first, and refuses anything else.",
            page: "https://docs.aws.amazon.com/AWSEC2/latest/APIReference/API_IpPermission.html",
            wrong: &[
                r#"{"ingress": [{"from_port": 443, "to_port": 80, "self": true}]}"#,
                r#"{"ingress": [{"from_port": 65536, "self": true}]}"#,
                r#"{"ingress": [{"from_port": -1, "to_port": 80, "self": true}]}"#,
            ],
            right: &[r#"{"ingress": [{"from_port": 80, "to_port": 443, "self": true}]}"#],
            find: |spec| rules(spec).filter_map(|(field, rule)| no_span(&field, rule)).collect(),
        },
        Check {
            id: "VPC057",
            about: "The numbers of an ICMP rule are no type and code.",
            why: "AuthorizeSecurityGroupIngress takes 0 to 255, or -1 for all, and refuses anything else.",
            page: "https://docs.aws.amazon.com/AWSEC2/latest/APIReference/API_IpPermission.html",
            wrong: &[r#"{"ingress": [{"protocol": "icmp", "from_port": 256, "self": true}]}"#],
            right: &[
                r#"{"ingress": [{"protocol": "icmp", "self": true}]}"#,
                r#"{"ingress": [{"protocol": "icmp", "from_port": 8, "to_port": 0, "self": true}]}"#,
            ],
            find: |spec| rules(spec).filter_map(|(field, rule)| no_icmp(&field, rule)).collect(),
        },
        Check {
            id: "VPC058",
            about: "The protocol of a rule is none that AWS knows.",
            why: "AuthorizeSecurityGroupIngress takes a few names and the numbers that IANA gives out, and refuses anything else.",
            page: "https://docs.aws.amazon.com/AWSEC2/latest/APIReference/API_IpPermission.html",
            wrong: &[r#"{"ingress": [{"protocol": "https", "self": true}]}"#, r#"{"ingress": [{"protocol": "256", "self": true}]}"#],
            right: &[r#"{"ingress": [{"protocol": "50", "self": true}]}"#],
            find: |spec| rules(spec).filter_map(|(field, rule)| no_protocol(&field, rule)).collect(),
        },
        Check {
            id: "VPC059",
            about: "A rule has ports although its protocol has none.",
            why: "EC2 ignores them and opens the whole protocol, which is more than the file says.",
            page: "https://docs.aws.amazon.com/AWSEC2/latest/APIReference/API_AuthorizeSecurityGroupIngress.html",
            wrong: &[
                r#"{"ingress": [{"protocol": "all", "from_port": 443, "self": true}]}"#,
                r#"{"ingress": [{"protocol": "-1", "from_port": 0, "to_port": 80, "self": true}]}"#,
            ],
            right: &[r#"{"ingress": [{"protocol": "all", "self": true}]}"#],
            find: |spec| rules(spec).filter_map(|(field, rule)| needless_ports(&field, rule)).collect(),
        },
        Check {
            id: "VPC060",
            about: "A rule has no peer, or several.",
            why: "For AWS a rule is one protocol, one span of ports and one peer; without a peer it opens nothing and is refused.",
            page: "https://docs.aws.amazon.com/vpc/latest/userguide/security-group-rules.html",
            wrong: &[r#"{"ingress": [{"from_port": 443}]}"#, r#"{"ingress": [{"from_port": 443, "cidr": "10.0.0.0/8", "self": true}]}"#],
            right: &[r#"{"ingress": [{"from_port": 443, "cidr": "10.0.0.0/8"}, {"from_port": 443, "self": true}]}"#],
            find: |spec| rules(spec).filter_map(|(field, rule)| one_peer(&field, rule)).collect(),
        },
        Check {
            id: "VPC061",
            about: "The peer of a rule is no IP range.",
            why: "AuthorizeSecurityGroupIngress refuses it; a single address is a range of one, with /32 behind it.",
            page: "https://docs.aws.amazon.com/AWSEC2/latest/APIReference/API_IpRange.html",
            wrong: &[
                r#"{"ingress": [{"from_port": 443, "cidr": "203.0.113.7"}]}"#,
                r#"{"ingress": [{"from_port": 443, "cidr": "::/0"}]}"#,
                r#"{"ingress": [{"from_port": 443, "ipv6_cidr": "everywhere"}]}"#,
            ],
            right: &[r#"{"ingress": [{"from_port": 443, "cidr": "203.0.113.7/32"}]}"#],
            find: |spec| rules(spec).filter_map(|(field, rule)| no_range(&field, rule)).collect(),
        },
        Check {
            id: "VPC062",
            about: "The IP range of a rule has bits set beyond its prefix.",
            why: "EC2 drops them, so the rule lets in more addresses than the file seems to say.",
            page: "https://docs.aws.amazon.com/AWSEC2/latest/APIReference/API_IpRange.html",
            wrong: &[
                r#"{"ingress": [{"from_port": 443, "cidr": "10.1.2.3/16"}]}"#,
                r#"{"ingress": [{"from_port": 443, "ipv6_cidr": "2001:db8::1/32"}]}"#,
            ],
            right: &[r#"{"ingress": [{"from_port": 443, "cidr": "10.1.0.0/16"}]}"#],
            find: |spec| rules(spec).filter_map(|(field, rule)| range_bits(&field, rule)).collect(),
        },
        Check {
            id: "VPC063",
            about: "A rule gives an IPv4 range where an IPv6 range belongs.",
            why: "AuthorizeSecurityGroupIngress refuses it, since the two have parameters of their own.",
            page: "https://docs.aws.amazon.com/AWSEC2/latest/APIReference/API_Ipv6Range.html",
            wrong: &[r#"{"ingress": [{"from_port": 443, "ipv6_cidr": "0.0.0.0/0"}]}"#],
            right: &[r#"{"ingress": [{"from_port": 443, "ipv6_cidr": "::/0"}]}"#],
            find: |spec| rules(spec).filter_map(|(field, rule)| not_ipv6(&field, rule)).collect(),
        },
        Check {
            id: "VPC064",
            about: "A security group has the same rule twice.",
            why: "AuthorizeSecurityGroupIngress refuses the second as InvalidPermission.Duplicate; its description makes no difference.",
            page: "https://docs.aws.amazon.com/AWSEC2/latest/APIReference/errors-overview.html",
            wrong: &[r#"{"ingress": [
                    {"from_port": 443, "self": true, "description": "one"},
                    {"from_port": 443, "to_port": 443, "self": true, "description": "two"}
                ]}"#],
            right: &[r#"{"ingress": [{"from_port": 443, "self": true}, {"from_port": 443, "cidr": "10.0.0.0/8"}]}"#],
            find: twice,
        },
    ];

    fn normalise(spec: &mut Spec) {
        for rules in [&mut spec.ingress, &mut spec.egress] {
            rules.iter_mut().for_each(Rule::normalise);
            rules.sort();
        }
    }
}

impl Priced for SecurityGroup {}

type RuleCheck = fn(&str, &Rule) -> Option<Problem>;

/// The checks of a rule by itself, but for those of ids.
const RULE_CHECKS: &[RuleCheck] =
    &[no_ports, no_span, no_icmp, no_protocol, needless_ports, one_peer, no_range, range_bits, not_ipv6, rule_description];

/// Returns every rule with the field that it stands in.
fn rules(spec: &Spec) -> impl Iterator<Item = (String, &Rule)> {
    [("ingress", &spec.ingress), ("egress", &spec.egress)]
        .into_iter()
        .flat_map(|(name, rules)| rules.iter().enumerate().map(move |(at, rule)| (format!("{name}.{at}"), rule)))
}

fn ids(spec: &Spec) -> Vec<Problem> {
    let vpc = ec2::check_id("vpc_id", &spec.vpc_id, "vpc-");
    vpc.into_iter().chain(rules(spec).flat_map(|(field, rule)| peer_ids(&field, rule))).collect()
}

fn peer_ids(field: &str, rule: &Rule) -> Vec<Problem> {
    let peers = [("security_group_id", "sg-", &rule.security_group_id), ("prefix_list_id", "pl-", &rule.prefix_list_id)];
    let given = peers.into_iter().filter_map(|(name, prefix, id)| Some((name, prefix, id.as_ref()?)));
    given.filter_map(|(name, prefix, id)| ec2::check_id(&format!("{field}.{name}"), id, prefix)).collect()
}

fn name(spec: &Spec) -> Vec<Problem> {
    let given = spec.name.iter().filter(|name| !is_symbolic(name));
    let wrong = given.filter(|name| name.is_empty() || name.len() > 255 || !name.chars().all(is_plain) || name.trim() != *name);
    let problem = |name: &String| {
        Problem::new("name", format!("`{name}` cannot be the name of a security group"))
            .help("1 to 255 letters, digits, spaces and ._-:/()#,@[]+=&;{}!$*, no space at the ends")
    };
    wrong.map(problem).collect()
}

fn reserved_name(spec: &Spec) -> Vec<Problem> {
    let reserved = spec.name.iter().filter(|name| !is_symbolic(name) && (name.starts_with("sg-") || *name == "default"));
    let problem =
        |name: &String| Problem::new("name", format!("`{name}` is reserved by AWS")).help("choose a name without `sg-` at its start");
    reserved.map(problem).collect()
}

fn descriptions(spec: &Spec) -> Vec<Problem> {
    let wrong = !is_symbolic(&spec.description) && (spec.description.is_empty() || !fits(&spec.description));
    let problem =
        || Problem::new("description", "AWS refuses this description").help("1 to 255 letters, digits, spaces and ._-:/()#,@[]+=&;{}!$*");
    let of_rules = rules(spec).filter_map(|(field, rule)| rule_description(&field, rule));
    wrong.then(problem).into_iter().chain(of_rules).collect()
}

fn rule_description(field: &str, rule: &Rule) -> Option<Problem> {
    let wrong = !is_symbolic(&rule.description) && !fits(&rule.description);
    wrong.then(|| {
        Problem::new(format!("{field}.description"), "AWS refuses this description")
            .help("up to 255 letters, digits, spaces and ._-:/()#,@[]+=&;{}!$*")
    })
}

fn no_ports(field: &str, rule: &Rule) -> Option<Problem> {
    let plain = normal(rule);
    let missing = plain.has_ports() && plain.from_port.is_none();
    missing.then(|| {
        Problem::new(format!("{field}.from_port"), format!("{} needs ports", plain.protocol))
            .help("from_port = 0, to_port = 65535 is every port")
    })
}

fn no_span(field: &str, rule: &Rule) -> Option<Problem> {
    let plain = normal(rule);
    let (from, to) = plain.from_port.zip(plain.to_port).filter(|_| plain.has_ports())?;
    (from < 0 || to > 65535 || from > to).then(|| {
        Problem::new(format!("{field}.to_port"), format!("{from} to {to} is not a span of ports"))
            .help("ports go from 0 to 65535, the lower one first")
    })
}

fn no_icmp(field: &str, rule: &Rule) -> Option<Problem> {
    let plain = normal(rule);
    let (from, to) = plain.from_port.zip(plain.to_port).filter(|_| plain.is_icmp())?;
    (!(-1..=255).contains(&from) || !(-1..=255).contains(&to)).then(|| {
        Problem::new(format!("{field}.from_port"), format!("{from}, {to} are not an ICMP type and code"))
            .help("type and code go from 0 to 255, -1 is all")
    })
}

fn no_protocol(field: &str, rule: &Rule) -> Option<Problem> {
    let plain = normal(rule);
    let known = plain.has_ports() || plain.is_icmp() || plain.protocol == "all" || plain.protocol.parse::<u8>().is_ok();
    (!known).then(|| {
        Problem::new(format!("{field}.protocol"), format!("`{}` is not a protocol", rule.protocol))
            .help("tcp, udp, icmp, icmpv6, all, or a number from 0 to 255")
    })
}

fn needless_ports(field: &str, rule: &Rule) -> Option<Problem> {
    let plain = normal(rule);
    let given = [rule.from_port, rule.to_port].into_iter().flatten().any(|port| port > 0);
    (given && !plain.has_ports() && !plain.is_icmp() && no_protocol(field, rule).is_none()).then(|| {
        Problem::new(format!("{field}.from_port"), format!("protocol `{}` has no ports", plain.protocol))
            .help("leave the ports out, or name tcp or udp")
    })
}

fn one_peer(field: &str, rule: &Rule) -> Option<Problem> {
    let peers = [rule.cidr.is_some(), rule.ipv6_cidr.is_some(), rule.security_group_id.is_some(), rule.prefix_list_id.is_some(), rule.own];
    let count = peers.iter().filter(|given| **given).count();
    (count != 1).then(|| {
        Problem::new(field, format!("the rule has {count} peers, it needs one"))
            .help("give one of cidr, ipv6_cidr, security_group_id, prefix_list_id, self; write a rule for each peer")
    })
}

fn no_range(field: &str, rule: &Rule) -> Option<Problem> {
    let ipv4 = rule.cidr.as_ref().and_then(|range| ec2::not_ipv4(&format!("{field}.cidr"), range));
    ipv4.or_else(|| ec2::not_range(&format!("{field}.ipv6_cidr"), rule.ipv6_cidr.as_ref()?))
}

fn range_bits(field: &str, rule: &Rule) -> Option<Problem> {
    let ipv4 = rule.cidr.as_ref().and_then(|range| ec2::stray_ipv4_bits(&format!("{field}.cidr"), range));
    ipv4.or_else(|| ec2::stray_bits(&format!("{field}.ipv6_cidr"), rule.ipv6_cidr.as_ref()?))
}

fn not_ipv6(field: &str, rule: &Rule) -> Option<Problem> {
    let field = format!("{field}.ipv6_cidr");
    let range = rule.ipv6_cidr.as_ref().filter(|range| !is_symbolic(range) && !range.contains(':'))?;
    let sound = ec2::not_range(&field, range).is_none() && ec2::stray_bits(&field, range).is_none();
    sound.then(|| Problem::new(field, format!("`{range}` is an IPv4 range")).help("give it as `cidr`"))
}

/// Rules that are wrong by themselves are left out: whoever mends them may well make them different.
fn twice(spec: &Spec) -> Vec<Problem> {
    let mut seen = BTreeSet::new();
    let sound = rules(spec)
        .filter(|(field, rule)| peer_ids(field, rule).is_empty() && RULE_CHECKS.iter().all(|check| check(field, rule).is_none()));
    let again = sound.filter(|(field, rule)| !seen.insert((field.starts_with("ingress"), normal(rule).key())));
    let problem = |(field, _): (String, &Rule)| {
        Problem::new(field, "the same rule stands here twice").help("AWS tells rules apart by protocol, ports and peer, not by description")
    };
    again.map(problem).collect()
}

fn normal(rule: &Rule) -> Rule {
    let mut rule = rule.clone();
    rule.normalise();
    rule
}

fn fits(description: &str) -> bool {
    description.len() <= 255 && description.chars().all(is_plain)
}

/// True for what AWS allows in names and descriptions of groups and rules.
fn is_plain(letter: char) -> bool {
    letter.is_ascii_alphanumeric() || " ._-:/()#,@[]+=&;{}!$*".contains(letter)
}
