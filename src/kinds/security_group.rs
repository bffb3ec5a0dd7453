//! `ec2.security_group`: who may talk to whom. Owns all its rules, so one added by hand is seen.

use crate::core::kind::{About, Field, Kind, Naming, replace, update};
use crate::core::problem::Problem;
use crate::core::reference::is_symbolic;
use crate::kinds::ec2;
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
    fn all(protocol: impl Into<String>) -> Self {
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
    fn key(&self) -> Rule {
        Rule { description: String::new(), ..self.clone() }
    }
    fn normalise(&mut self) {
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

#[cfg(feature = "aws")]
mod driver {
    use super::*;
    use crate::aws::{Aws, Create, Driver, During, Error, Made, Result, Retag, Select, Update};
    use crate::core::identity::own_tags;
    use crate::core::snapshot::{Live, State};
    use crate::kinds::after_create::after_create;
    use aws_sdk_ec2::types::{Filter, IpPermission, IpRange, Ipv6Range, PrefixListId, ResourceType, UserIdGroupPair};
    use std::time::Duration;

    impl Driver for SecurityGroup {
        const ABSENT: &'static [&'static str] = &["InvalidGroup.NotFound", "InvalidSecurityGroupID.NotFound"];
        const TAKEN: &'static [&'static str] = &["InvalidGroup.Duplicate"];
        // Network interfaces linger for minutes after what used them is gone.
        const PASSING: &'static [&'static str] = &["DependencyViolation", "InvalidVpcID.NotFound"];

        async fn list(aws: &Aws, select: &Select) -> Result<Vec<Live<Spec>>> {
            describe(aws, ec2::filters(aws, select, "group-id")).await
        }

        async fn create(aws: &Aws, new: &Create<Spec>) -> Result<Made> {
            let answer = aws
                .ec2
                .create_security_group()
                .group_name(&new.name)
                .description(&new.spec.description)
                .vpc_id(&new.spec.vpc_id)
                .tag_specifications(ec2::tag_specification(ResourceType::SecurityGroup, &new.tags))
                .send()
                .await
                .during("ec2.CreateSecurityGroup")?;
            let id = answer.group_id.ok_or_else(|| Error::missing("ec2.CreateSecurityGroup", "GroupId"))?;
            let open = Rule::everywhere();
            after_create(aws, || async {
                tokio::try_join!(set(aws, &id, Side::Ingress, &[], &new.spec.ingress), set(aws, &id, Side::Egress, &open, &new.spec.egress))
            })
            .await?;
            Ok(made(aws, &id, &new.name))
        }

        async fn update(aws: &Aws, change: &Update<Spec>) -> Result<BTreeMap<String, String>> {
            let (old, new) = (&change.live.spec, &change.wanted);
            for (field, side, old, new) in
                [("ingress", Side::Ingress, &old.ingress, &new.ingress), ("egress", Side::Egress, &old.egress, &new.egress)]
            {
                if change.changes(field) {
                    set(aws, &change.live.id, side, old, new).await?;
                }
            }
            Ok(BTreeMap::new())
        }

        async fn delete(aws: &Aws, live: &Live<Spec>) -> Result<()> {
            let entangled = disentangle(aws, live, |rule| rule.security_group_id.is_some()).await?;
            let answer = aws.ec2.delete_security_group().group_id(&live.id).send().await.during("ec2.DeleteSecurityGroup");
            match answer {
                // Two groups of ours that name each other, and the other one's turn comes only after this one's.
                Err(error) if entangled && error.is(&["DependencyViolation"]) => {
                    for other in naming(aws, &live.id).await? {
                        disentangle(aws, &other, |rule| rule.security_group_id.as_deref() == Some(&live.id)).await?;
                    }
                    Err(error)
                }
                answer => answer.map(|_| ()),
            }
        }

        async fn retag(aws: &Aws, live: &Live<Spec>, tags: &Retag) -> Result<()> {
            ec2::retag(aws, &live.id, tags).await
        }
    }

    #[derive(Clone, Copy)]
    enum Side {
        Ingress,
        Egress,
    }

    async fn describe(aws: &Aws, filters: Vec<Filter>) -> Result<Vec<Live<Spec>>> {
        let mut pages = aws.ec2.describe_security_groups().set_filters(Some(filters)).into_paginator().send();
        let mut found = Vec::new();
        while let Some(page) = pages.next().await {
            for group in page.during("ec2.DescribeSecurityGroups")?.security_groups.unwrap_or_default() {
                let (id, tags) = (group.group_id.unwrap_or_default(), ec2::tags(group.tags));
                let name = group.group_name.unwrap_or_default();
                found.push(Live {
                    arn: aws.ec2_arn("security-group", &id),
                    claim: aws.claim(&tags),
                    state: State::Ready,
                    outputs: made(aws, &id, &name).outputs,
                    spec: Spec {
                        name: Some(name.clone()),
                        description: group.description.unwrap_or_default(),
                        vpc_id: group.vpc_id.unwrap_or_default(),
                        ingress: rules(&id, group.ip_permissions.unwrap_or_default()),
                        egress: rules(&id, group.ip_permissions_egress.unwrap_or_default()),
                        tags: own_tags(&tags),
                    },
                    id,
                    name,
                });
            }
        }
        Ok(found)
    }

    fn made(aws: &Aws, id: &str, name: &str) -> Made {
        Made::new(id, [("id", id.to_owned()), ("arn", aws.ec2_arn("security-group", id)), ("name", name.to_owned())])
    }

    // Groups of this stack whose rules name this one.
    async fn naming(aws: &Aws, id: &str) -> Result<Vec<Live<Spec>>> {
        let ask = async |name: &str| {
            let mut filters = ec2::filters(aws, &Select::Owned { names: Vec::new(), count: None }, "");
            filters.push(Filter::builder().name(name).values(id).build());
            describe(aws, filters).await
        };
        let (ingress, egress) = tokio::try_join!(ask("ip-permission.group-id"), ask("egress.ip-permission.group-id"))?;
        let others = ingress.into_iter().chain(egress).filter(|group| group.id != id && group.claim.is_some());
        Ok(others.map(|group| (group.id.clone(), group)).collect::<BTreeMap<_, _>>().into_values().collect())
    }

    // Takes the rules away that name certain other groups; answers whether there were any.
    async fn disentangle(aws: &Aws, group: &Live<Spec>, named: impl Fn(&Rule) -> bool) -> Result<bool> {
        let any = group.spec.ingress.iter().chain(&group.spec.egress).any(&named);
        const GONE: &[&str] = &["InvalidPermission.NotFound", "InvalidGroup.NotFound"];
        match revoke_named(aws, group, &named).await {
            // Some went since they were read, perhaps with the group that they named.
            Err(error) if error.is(GONE) => {
                for fresh in SecurityGroup::list(aws, &Select::Ids(vec![group.id.clone()])).await? {
                    match revoke_named(aws, &fresh, &named).await {
                        // What stays is for the delete itself to judge: this code must not pass for its answer.
                        Err(error) if error.is(GONE) => {}
                        answer => answer?,
                    }
                }
                Ok(any)
            }
            answer => answer.map(|()| any),
        }
    }

    async fn revoke_named(aws: &Aws, group: &Live<Spec>, named: impl Fn(&Rule) -> bool) -> Result<()> {
        for (side, rules) in [(Side::Ingress, &group.spec.ingress), (Side::Egress, &group.spec.egress)] {
            revoke(aws, &group.id, side, &rules.iter().filter(|rule| named(rule)).collect::<Vec<_>>()).await?;
        }
        Ok(())
    }

    // AWS folds rules of one protocol and span into a permission; here each peer is a rule of its own.
    fn rules(own: &str, permissions: Vec<IpPermission>) -> Vec<Rule> {
        let mut found = Vec::new();
        for permission in permissions {
            let base = Rule {
                from_port: permission.from_port,
                to_port: permission.to_port,
                ..Rule::all(permission.ip_protocol.unwrap_or_default())
            };
            let with = |description: Option<String>| Rule { description: description.unwrap_or_default(), ..base.clone() };
            found.extend(
                permission.ip_ranges.unwrap_or_default().into_iter().map(|peer| Rule { cidr: peer.cidr_ip, ..with(peer.description) }),
            );
            found.extend(
                permission
                    .ipv6_ranges
                    .unwrap_or_default()
                    .into_iter()
                    .map(|peer| Rule { ipv6_cidr: peer.cidr_ipv6, ..with(peer.description) }),
            );
            found.extend(
                permission
                    .prefix_list_ids
                    .unwrap_or_default()
                    .into_iter()
                    .map(|peer| Rule { prefix_list_id: peer.prefix_list_id, ..with(peer.description) }),
            );
            found.extend(permission.user_id_group_pairs.unwrap_or_default().into_iter().map(|peer| match peer.group_id {
                Some(id) if id == own => Rule { own: true, ..with(peer.description) },
                other => Rule { security_group_id: other, ..with(peer.description) },
            }));
        }
        found.iter_mut().for_each(Rule::normalise);
        found
    }

    fn permissions(own: &str, rules: &[&Rule]) -> Vec<IpPermission> {
        rules.iter().map(|rule| permission(own, rule)).collect()
    }

    fn permission(own: &str, rule: &Rule) -> IpPermission {
        let description = Some(rule.description.clone()).filter(|text| !text.is_empty());
        let protocol = if rule.protocol == "all" { "-1" } else { &rule.protocol };
        let mut permission = IpPermission::builder().ip_protocol(protocol).set_from_port(rule.from_port).set_to_port(rule.to_port);
        if let Some(range) = &rule.cidr {
            permission = permission.ip_ranges(IpRange::builder().cidr_ip(range).set_description(description.clone()).build());
        }
        if let Some(range) = &rule.ipv6_cidr {
            permission = permission.ipv6_ranges(Ipv6Range::builder().cidr_ipv6(range).set_description(description.clone()).build());
        }
        if let Some(list) = &rule.prefix_list_id {
            permission =
                permission.prefix_list_ids(PrefixListId::builder().prefix_list_id(list).set_description(description.clone()).build());
        }
        if let Some(group) = rule.security_group_id.as_deref().or(rule.own.then_some(own)) {
            permission = permission.user_id_group_pairs(UserIdGroupPair::builder().group_id(group).set_description(description).build());
        }
        permission.build()
    }

    // Brings one side of a group from the rules it has to the rules it shall have.
    async fn set(aws: &Aws, id: &str, side: Side, old: &[Rule], new: &[Rule]) -> Result<()> {
        let mut old = old.to_vec();
        // Somebody was faster, or the answer to a first try was lost: look again, once for each call that this may happen to.
        for seconds in [1, 2, 4] {
            match step(aws, id, side, &old, new).await {
                Err(error) if error.is(&["InvalidPermission.Duplicate", "InvalidPermission.NotFound"]) => {
                    aws.clock.sleep(Duration::from_secs(seconds)).await;
                    let live = SecurityGroup::list(aws, &Select::Ids(vec![id.to_owned()])).await?;
                    let Some(live) = live.into_iter().next() else { return Err(error) };
                    old = match side {
                        Side::Ingress => live.spec.ingress,
                        Side::Egress => live.spec.egress,
                    };
                }
                answer => return answer,
            }
        }
        step(aws, id, side, &old, new).await
    }

    async fn step(aws: &Aws, id: &str, side: Side, old: &[Rule], new: &[Rule]) -> Result<()> {
        let plain = |rules: &[Rule]| {
            let mut rules = rules.to_vec();
            rules.iter_mut().for_each(Rule::normalise);
            rules
        };
        let (old, new) = (plain(old), plain(new));
        let has = |rules: &[Rule], wanted: &Rule| rules.iter().any(|rule| rule.key() == wanted.key());
        let added = new.iter().filter(|rule| !has(&old, rule)).collect::<Vec<_>>();
        let gone = old.iter().filter(|rule| !has(&new, rule)).collect::<Vec<_>>();
        let described = new.iter().filter(|rule| has(&old, rule) && !old.contains(rule)).collect::<Vec<_>>();
        // New rules first, so that nobody who keeps a way in or out loses it for a moment.
        authorize(aws, id, side, &added).await?;
        revoke(aws, id, side, &gone).await?;
        describe_rules(aws, id, side, &described).await
    }

    async fn authorize(aws: &Aws, id: &str, side: Side, rules: &[&Rule]) -> Result<()> {
        if rules.is_empty() {
            return Ok(());
        }
        let permissions = Some(permissions(id, rules));
        match side {
            Side::Ingress => {
                let call = aws.ec2.authorize_security_group_ingress().group_id(id).set_ip_permissions(permissions);
                call.send().await.during("ec2.AuthorizeSecurityGroupIngress").map(|_| ())
            }
            Side::Egress => {
                let call = aws.ec2.authorize_security_group_egress().group_id(id).set_ip_permissions(permissions);
                call.send().await.during("ec2.AuthorizeSecurityGroupEgress").map(|_| ())
            }
        }
    }

    async fn revoke(aws: &Aws, id: &str, side: Side, rules: &[&Rule]) -> Result<()> {
        if rules.is_empty() {
            return Ok(());
        }
        let permissions = Some(permissions(id, rules));
        match side {
            Side::Ingress => {
                let call = aws.ec2.revoke_security_group_ingress().group_id(id).set_ip_permissions(permissions);
                call.send().await.during("ec2.RevokeSecurityGroupIngress").map(|_| ())
            }
            Side::Egress => {
                let call = aws.ec2.revoke_security_group_egress().group_id(id).set_ip_permissions(permissions);
                call.send().await.during("ec2.RevokeSecurityGroupEgress").map(|_| ())
            }
        }
    }

    async fn describe_rules(aws: &Aws, id: &str, side: Side, rules: &[&Rule]) -> Result<()> {
        if rules.is_empty() {
            return Ok(());
        }
        let permissions = Some(permissions(id, rules));
        match side {
            Side::Ingress => {
                let call = aws.ec2.update_security_group_rule_descriptions_ingress().group_id(id).set_ip_permissions(permissions);
                call.send().await.during("ec2.UpdateSecurityGroupRuleDescriptionsIngress").map(|_| ())
            }
            Side::Egress => {
                let call = aws.ec2.update_security_group_rule_descriptions_egress().group_id(id).set_ip_permissions(permissions);
                call.send().await.during("ec2.UpdateSecurityGroupRuleDescriptionsEgress").map(|_| ())
            }
        }
    }
}
