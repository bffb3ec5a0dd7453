//! Load balancers: two minutes to `active`, a DNS name, and interfaces in their subnets.

use super::kind::{LISTENER, LOAD_BALANCER, RULE};
use super::network::{self, Network};
use super::{action, attribute, check_name, hosted_zone, invalid, tag};
use crate::services::ec2::kind::NETWORK_INTERFACE;
use crate::services::ec2::unmodelled;
use crate::services::iam;
use crate::services::members::{items, text, texts};
use crate::world::{Call, Fault};
use serde_json::{Value, json};
use std::collections::BTreeSet;

/// Seconds from `provisioning` to `active`, and from the deletion until the last interface is gone.
const PROVISIONING: f64 = 120.0;
const LINGERING: f64 = 15.0;

/// Nothing here reserves capacity.
pub fn describe_capacity(call: &mut Call<'_>) -> Result<Value, Fault> {
    LOAD_BALANCER.find(call, call.text("LoadBalancerArn"))?;
    Ok(json!({"CapacityReservationState": []}))
}

pub fn create(call: &mut Call<'_>) -> Result<Value, Fault> {
    unmodelled::refuse(call, &["CustomerOwnedIpv4Pool", "EnablePrefixForIpv6SourceNat", "IpamPools"])?;
    iam::ensure_service_linked(call, "elasticloadbalancing.amazonaws.com")?;
    let name = call.text("Name").to_owned();
    check_name("The load balancer", &name)?;
    if name.starts_with("internal-") {
        return Err(invalid(format!("The load balancer name '{name}' cannot begin with 'internal-'")));
    }
    let or =
        |member: &str, default: &'static str| if call.text(member).is_empty() { default.to_owned() } else { call.text(member).to_owned() };
    let (kind, scheme, ip_type) = (or("Type", "application"), or("Scheme", "internet-facing"), or("IpAddressType", "ipv4"));
    let network = network::chosen(call, &kind, &scheme)?;
    let tags = tag::given(call)?;
    if let Some((arn, row)) = by_name(call, &name) {
        let same = row["Type"] == json!(kind)
            && row["Scheme"] == json!(scheme)
            && row["IpAddressType"] == json!(ip_type)
            && network.subnet_ids() == sorted(items(&row, "AvailabilityZones").iter().map(|zone| text(zone, "SubnetId").to_owned()))
            && sorted(network.groups.iter().cloned()) == sorted(texts(&row, "SecurityGroups"));
        if same {
            return Ok(json!({"LoadBalancers": [call.get(LOAD_BALANCER.table, &arn)]}));
        }
        let message = format!("A load balancer with the same name '{name}' exists, but with different settings");
        return Err(Fault::new("DuplicateLoadBalancerName", message));
    }

    let application = kind == "application";
    let path = match kind.as_str() {
        "application" => "app",
        "network" => "net",
        _ => "gwy",
    };
    let arn = LOAD_BALANCER.new_arn(call, &format!("{path}/{name}"));
    let mut row = json!({
        "LoadBalancerArn": arn,
        "LoadBalancerName": name,
        "DNSName": dns_name(call, &name, &kind, &scheme, &arn),
        "CanonicalHostedZoneId": hosted_zone::of(call.region, &kind),
        "CreatedTime": call.now(),
        "Scheme": scheme,
        "VpcId": network.vpc,
        "State": {"Code": "provisioning"},
        "Type": kind,
        "AvailabilityZones": [],
        "IpAddressType": ip_type,
        "_attributes": {},
        "_interfaces": [],
    });
    if application || !network.groups.is_empty() {
        row["SecurityGroups"] = json!(network.groups);
    }
    if scheme == "internal" {
        row["_attributes"][attribute::DENY_IGW] = json!("true");
    }
    network::occupy(call, &mut row, &network)?;
    LOAD_BALANCER.insert(call, &arn, row.clone(), tags);
    call.later(LOAD_BALANCER.table, &arn, PROVISIONING, json!({"State": {"Code": "active"}}));
    Ok(json!({"LoadBalancers": [row]}))
}

/// Deleting what is not there is no error.
pub fn delete(call: &mut Call<'_>) -> Result<Value, Fault> {
    let arn = call.text("LoadBalancerArn").to_owned();
    LOAD_BALANCER.check(&arn)?;
    let Some(row) = call.get(LOAD_BALANCER.table, &arn).cloned() else { return Ok(json!({})) };
    if attribute::value(&row, &LOAD_BALANCER, "deletion_protection.enabled") == "true" {
        let message = format!("Load balancer '{arn}' cannot be deleted because deletion protection is enabled");
        return Err(Fault::new("OperationNotPermitted", message));
    }
    let listeners: Vec<String> =
        call.all(LISTENER.table).into_iter().filter(|(_, row)| text(row, "LoadBalancerArn") == arn).map(|(arn, _)| arn.clone()).collect();
    for listener in listeners {
        super::listener::remove(call, &listener);
    }
    for interface in texts(&row, "_interfaces") {
        call.remove_later(NETWORK_INTERFACE.table, &interface, LINGERING);
    }
    network::release_addresses(call, &row, LINGERING);
    call.remove(LOAD_BALANCER.table, &arn);
    Ok(json!({}))
}

pub fn describe(call: &mut Call<'_>) -> Result<Value, Fault> {
    let (arns, names) = (call.texts("LoadBalancerArns"), call.texts("Names"));
    if !arns.is_empty() && !names.is_empty() {
        return Err(invalid("Load balancer names and load balancer ARNs cannot be specified at the same time"));
    }
    let mut rows = Vec::new();
    for arn in &arns {
        rows.push(LOAD_BALANCER.find(call, arn)?.clone());
    }
    for name in &names {
        let (_, row) =
            by_name(call, name).ok_or_else(|| Fault::new("LoadBalancerNotFound", format!("Load balancers '[{name}]' not found")))?;
        rows.push(row);
    }
    if arns.is_empty() && names.is_empty() {
        rows.extend(call.all(LOAD_BALANCER.table).into_iter().map(|(_, row)| row.clone()));
    }
    Ok(json!({"LoadBalancers": rows}))
}

/// The load balancers whose listeners or rules send traffic to the target group.
pub fn that_use(call: &Call<'_>, target_group: &str) -> Vec<String> {
    let of_listeners = call.all(LISTENER.table).into_iter().map(|(_, row)| (Some(row), "DefaultActions", row));
    let of_rules = call.all(RULE.table).into_iter().map(|(_, row)| (call.get(LISTENER.table, text(row, "_listener")), "Actions", row));
    let found: BTreeSet<String> = of_listeners
        .chain(of_rules)
        .filter(|(_, actions, row)| items(row, actions).iter().any(|action| action::leads_to(action, target_group)))
        .filter_map(|(listener, ..)| Some(text(listener?, "LoadBalancerArn").to_owned()))
        .collect();
    found.into_iter().collect()
}

fn by_name(call: &Call<'_>, name: &str) -> Option<(String, Value)> {
    call.all(LOAD_BALANCER.table)
        .into_iter()
        .find(|(_, row)| text(row, "LoadBalancerName") == name)
        .map(|(arn, row)| (arn.clone(), row.clone()))
}

fn dns_name(call: &mut Call<'_>, name: &str, kind: &str, scheme: &str, arn: &str) -> String {
    if kind != "application" {
        let id = arn.rsplit('/').next().unwrap_or("");
        return format!("{name}-{id}.elb.{}.amazonaws.com", call.region);
    }
    let number = u32::from_str_radix(&call.hex(8), 16).unwrap_or(0);
    let prefix = if scheme == "internal" { "internal-" } else { "" };
    format!("{prefix}{name}-{number}.{}.elb.amazonaws.com", call.region)
}

fn sorted(ids: impl IntoIterator<Item = String>) -> Vec<String> {
    let mut ids: Vec<String> = ids.into_iter().collect();
    ids.sort();
    ids
}

impl Network {
    fn subnet_ids(&self) -> Vec<String> {
        sorted(self.places.iter().map(|place| place.subnet.clone()))
    }
}

#[cfg(test)]
mod tests {
    use crate::services::ec2::testing::{call, fault, internet_gateway, pass, security_group, subnet, vpc, world};
    use serde_json::json;

    #[test]
    fn provisioned_then_active_then_gone_with_all_it_had() {
        let mut world = world();
        let vpc = vpc(&mut world);
        let (one, two) = (subnet(&mut world, &vpc, 1, 'a'), subnet(&mut world, &vpc, 2, 'b'));
        let group = security_group(&mut world, &vpc, "lb");
        let input = json!({"Name": "web", "Subnets": [one, two], "SecurityGroups": [group]});
        assert_eq!(fault(&mut world, "CreateLoadBalancer", input.clone()), "InvalidSubnet");
        let gateway = internet_gateway(&mut world, &vpc);
        let made = call(&mut world, "CreateLoadBalancer", input.clone())["LoadBalancers"][0].clone();
        assert_eq!((&made["State"]["Code"], &made["CanonicalHostedZoneId"]), (&json!("provisioning"), &json!("Z35SXDOTRQ7X7K")));
        assert_eq!(call(&mut world, "CreateLoadBalancer", input.clone())["LoadBalancers"][0]["LoadBalancerArn"], made["LoadBalancerArn"]);
        let mut other = input;
        other["Scheme"] = json!("internal");
        assert_eq!(fault(&mut world, "CreateLoadBalancer", other), "DuplicateLoadBalancerName");
        pass(&mut world, 121);
        assert_eq!(call(&mut world, "DescribeLoadBalancers", json!({"Names": ["web"]}))["LoadBalancers"][0]["State"]["Code"], "active");
        assert_eq!(fault(&mut world, "DeleteSecurityGroup", json!({"GroupId": group})), "DependencyViolation");
        assert_eq!(fault(&mut world, "DetachInternetGateway", json!({"InternetGatewayId": gateway, "VpcId": vpc})), "DependencyViolation");

        let arn = &made["LoadBalancerArn"];
        let protect = |value: &str| json!({"LoadBalancerArn": arn, "Attributes": [{"Key": "deletion_protection.enabled", "Value": value}]});
        call(&mut world, "ModifyLoadBalancerAttributes", protect("true"));
        assert_eq!(fault(&mut world, "DeleteLoadBalancer", json!({"LoadBalancerArn": arn})), "OperationNotPermitted");
        call(&mut world, "ModifyLoadBalancerAttributes", protect("false"));
        call(&mut world, "DeleteLoadBalancer", json!({"LoadBalancerArn": arn}));
        call(&mut world, "DeleteLoadBalancer", json!({"LoadBalancerArn": arn}));
        assert_eq!(fault(&mut world, "DescribeLoadBalancers", json!({"LoadBalancerArns": [arn]})), "LoadBalancerNotFound");
        assert_eq!(fault(&mut world, "DeleteSecurityGroup", json!({"GroupId": group})), "DependencyViolation");
        pass(&mut world, 16);
        call(&mut world, "DeleteSecurityGroup", json!({"GroupId": group}));
        call(&mut world, "DeleteSubnet", json!({"SubnetId": one}));
    }

    #[test]
    fn what_aws_refuses() {
        let mut world = world();
        let vpc = vpc(&mut world);
        internet_gateway(&mut world, &vpc);
        let (one, two, same) = (subnet(&mut world, &vpc, 1, 'a'), subnet(&mut world, &vpc, 2, 'b'), subnet(&mut world, &vpc, 3, 'a'));
        for (name, subnets, groups, code) in [
            ("a-name-that-is-far-too-long-for-it", vec![&one, &two], vec![], "ValidationError"),
            ("under_score", vec![&one, &two], vec![], "ValidationError"),
            ("-web", vec![&one, &two], vec![], "ValidationError"),
            ("internal-web", vec![&one, &two], vec![], "ValidationError"),
            ("web", vec![&one], vec![], "ValidationError"),
            ("web", vec![&one, &same], vec![], "InvalidConfigurationRequest"),
            ("web", vec![&one, &two], vec!["sg-0123456789abcdef0"], "InvalidConfigurationRequest"),
        ] {
            let input = json!({"Name": name, "Subnets": subnets, "SecurityGroups": groups});
            assert_eq!(fault(&mut world, "CreateLoadBalancer", input), code, "{name}");
        }
        let unknown = json!({"Name": "web", "Subnets": ["subnet-0123456789abcdef0", two]});
        assert_eq!(fault(&mut world, "CreateLoadBalancer", unknown), "SubnetNotFound");
        assert_eq!(fault(&mut world, "DeleteLoadBalancer", json!({"LoadBalancerArn": "banana"})), "ValidationError");
    }
}
