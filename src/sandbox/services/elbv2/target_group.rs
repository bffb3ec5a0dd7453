//! Target groups, and which load balancers use them.

use super::kind::TARGET_GROUP;
use super::{check_name, health_check, invalid, load_balancer, tag, target};
use crate::services::ec2::kind::VPC;
use crate::services::members::{pick, text};
use crate::world::{Call, Fault};
use serde_json::{Value, json};

pub fn create(call: &mut Call<'_>) -> Result<Value, Fault> {
    let name = call.text("Name").to_owned();
    check_name("Target group", &name)?;
    let mut row = draft(call)?;
    health_check::of_new(&mut row, call.input)?;
    let tags = tag::given(call)?;
    if let Some((arn, present)) = by_name(call, &name) {
        let same = row.as_object().is_some_and(|row| row.iter().all(|(member, value)| present.get(member) == Some(value)));
        if same {
            return Ok(json!({"TargetGroups": [shown(call, &arn, present)]}));
        }
        let message = format!("A target group with the same name '{name}' exists, but with different settings");
        return Err(Fault::new("DuplicateTargetGroupName", message));
    }
    let arn = TARGET_GROUP.new_arn(call, &name);
    row["TargetGroupArn"] = json!(arn);
    row["_attributes"] = json!({});
    if text(&row, "TargetType") == "ip" && matches!(text(&row, "Protocol"), "TCP" | "TLS") {
        row["_attributes"]["preserve_client_ip.enabled"] = json!("false");
    }
    TARGET_GROUP.insert(call, &arn, row.clone(), tags);
    Ok(json!({"TargetGroups": [shown(call, &arn, row)]}))
}

/// Deleting what is not there is no error.
pub fn delete(call: &mut Call<'_>) -> Result<Value, Fault> {
    let arn = call.text("TargetGroupArn").to_owned();
    TARGET_GROUP.check(&arn)?;
    if call.get(TARGET_GROUP.table, &arn).is_none() {
        return Ok(json!({}));
    }
    if !load_balancer::that_use(call, &arn).is_empty() {
        return Err(Fault::new("ResourceInUse", format!("Target group '{arn}' is currently in use by a listener or a rule")));
    }
    target::remove_all(call, &arn);
    call.remove(TARGET_GROUP.table, &arn);
    Ok(json!({}))
}

pub fn describe(call: &mut Call<'_>) -> Result<Value, Fault> {
    let (arns, names, user) = (call.texts("TargetGroupArns"), call.texts("Names"), call.text("LoadBalancerArn").to_owned());
    if [!arns.is_empty(), !names.is_empty(), !user.is_empty()].into_iter().filter(|given| *given).count() > 1 {
        return Err(invalid("Target group names, target group ARNs, and a load balancer ARN cannot be specified at the same time"));
    }
    let mut rows: Vec<(String, Value)> = Vec::new();
    for arn in &arns {
        rows.push((arn.clone(), TARGET_GROUP.find(call, arn)?.clone()));
    }
    for name in &names {
        rows.push(by_name(call, name).ok_or_else(|| Fault::new("TargetGroupNotFound", "One or more target groups not found"))?);
    }
    if arns.is_empty() && names.is_empty() {
        rows.extend(call.all(TARGET_GROUP.table).into_iter().map(|(arn, row)| (arn.clone(), row.clone())));
    }
    if !user.is_empty() {
        super::kind::LOAD_BALANCER.find(call, &user)?;
        rows.retain(|(arn, _)| load_balancer::that_use(call, arn).contains(&user));
    }
    Ok(json!({"TargetGroups": rows.into_iter().map(|(arn, row)| shown(call, &arn, row)).collect::<Vec<_>>()}))
}

pub fn modify(call: &mut Call<'_>) -> Result<Value, Fault> {
    let arn = call.text("TargetGroupArn").to_owned();
    let mut row = TARGET_GROUP.find(call, &arn)?.clone();
    health_check::apply(&mut row, call.input)?;
    call.put(TARGET_GROUP.table, &arn, row.clone());
    Ok(json!({"TargetGroups": [shown(call, &arn, row)]}))
}

/// Everything that a request says about the group itself, checked; its health check comes after.
fn draft(call: &Call<'_>) -> Result<Value, Fault> {
    let target_type = if call.text("TargetType").is_empty() { "instance" } else { call.text("TargetType") };
    let mut row = json!({"TargetGroupName": call.text("Name"), "TargetType": target_type, "IpAddressType": "ipv4"});
    if let Some(kind) = call.input.get("IpAddressType") {
        row["IpAddressType"] = kind.clone();
    }
    if target_type == "lambda" {
        if let Some(member) = ["Port", "Protocol", "VpcId"].iter().find(|member| call.input.get(**member).is_some()) {
            return Err(invalid(format!("{member} cannot be specified for target groups with target type 'lambda'")));
        }
        return Ok(row);
    }
    for (member, what) in [("Protocol", "A protocol"), ("Port", "A port"), ("VpcId", "A VPC ID")] {
        if call.input.get(member).is_none() {
            return Err(invalid(format!("{what} must be specified")));
        }
    }
    let (vpc, protocol) = (call.text("VpcId"), call.text("Protocol"));
    if call.get(VPC.table, vpc).is_none() {
        return Err(invalid(format!("The VPC ID '{vpc}' is not found")));
    }
    if protocol == "GENEVE" && call.input["Port"] != 6081 {
        return Err(invalid("The port must be 6081 for target groups with the GENEVE protocol"));
    }
    let Value::Object(given) = pick(call.input, &["Protocol", "Port", "VpcId", "TargetControlPort"]) else { return Ok(row) };
    if let Value::Object(members) = &mut row {
        members.extend(given);
    }
    let version = call.text("ProtocolVersion");
    if matches!(protocol, "HTTP" | "HTTPS") {
        if !matches!(version, "" | "HTTP1" | "HTTP2" | "GRPC") {
            return Err(invalid(format!("Protocol version '{version}' must be one of [HTTP1, HTTP2, GRPC]")));
        }
        row["ProtocolVersion"] = json!(if version.is_empty() { "HTTP1" } else { version });
    } else if !version.is_empty() {
        return Err(invalid(format!("You cannot specify a protocol version for target groups with the {protocol} protocol")));
    }
    Ok(row)
}

fn by_name(call: &Call<'_>, name: &str) -> Option<(String, Value)> {
    let found = call.all(TARGET_GROUP.table).into_iter().find(|(_, row)| text(row, "TargetGroupName") == name);
    found.map(|(arn, row)| (arn.clone(), row.clone()))
}

fn shown(call: &Call<'_>, arn: &str, mut row: Value) -> Value {
    row["LoadBalancerArns"] = json!(load_balancer::that_use(call, arn));
    row
}

#[cfg(test)]
mod tests {
    use crate::services::ec2::testing::{call, fault, vpc, world};
    use serde_json::json;

    #[test]
    fn defaults_by_protocol() {
        let mut world = world();
        let vpc = vpc(&mut world);
        let input = json!({"Name": "web", "Protocol": "HTTP", "Port": 8080, "VpcId": vpc, "TargetType": "ip"});
        let web = call(&mut world, "CreateTargetGroup", input.clone())["TargetGroups"][0].clone();
        assert_eq!(
            (&web["HealthCheckPath"], &web["Matcher"]["HttpCode"], &web["HealthCheckTimeoutSeconds"]),
            (&json!("/"), &json!("200"), &json!(5))
        );
        assert_eq!((&web["ProtocolVersion"], &web["HealthCheckPort"]), (&json!("HTTP1"), &json!("traffic-port")));
        assert_eq!(call(&mut world, "CreateTargetGroup", input.clone())["TargetGroups"][0]["TargetGroupArn"], web["TargetGroupArn"]);
        let mut other = input;
        other["HealthCheckPath"] = json!("/health");
        assert_eq!(fault(&mut world, "CreateTargetGroup", other), "DuplicateTargetGroupName");
        let tcp = json!({"Name": "tcp", "Protocol": "TCP", "Port": 5432, "VpcId": vpc});
        let tcp = call(&mut world, "CreateTargetGroup", tcp)["TargetGroups"][0].clone();
        assert_eq!((&tcp["HealthCheckProtocol"], &tcp["HealthCheckTimeoutSeconds"], tcp.get("Matcher")), (&json!("TCP"), &json!(10), None));
        let changed = json!({"TargetGroupArn": web["TargetGroupArn"], "HealthCheckPath": "/hz"});
        assert_eq!(call(&mut world, "ModifyTargetGroup", changed)["TargetGroups"][0]["HealthCheckPath"], "/hz");
        call(&mut world, "DeleteTargetGroup", json!({"TargetGroupArn": web["TargetGroupArn"]}));
        assert_eq!(fault(&mut world, "DescribeTargetGroups", json!({"TargetGroupArns": [web["TargetGroupArn"]]})), "TargetGroupNotFound");
        call(&mut world, "DeleteTargetGroup", json!({"TargetGroupArn": web["TargetGroupArn"]}));
    }

    #[test]
    fn each_protocol_waits_as_long_as_it_may() {
        let mut world = world();
        let vpc = vpc(&mut world);
        let geneve = |name: &str, port: i64| json!({"Name": name, "Protocol": "GENEVE", "Port": port, "VpcId": vpc});
        assert_eq!(fault(&mut world, "CreateTargetGroup", geneve("wrong", 80)), "ValidationError");
        let made = call(&mut world, "CreateTargetGroup", geneve("gateway", 6081))["TargetGroups"][0].clone();
        assert_eq!((&made["HealthCheckIntervalSeconds"], &made["HealthCheckTimeoutSeconds"]), (&json!(10), &json!(5)));
        let at_the_interval = |name: &str, protocol: &str, timeout: i64| {
            let times = json!({"HealthCheckIntervalSeconds": 10, "HealthCheckTimeoutSeconds": timeout});
            let mut input = json!({"Name": name, "Protocol": protocol, "Port": 443, "VpcId": vpc});
            crate::world::merge(&mut input, &times);
            input
        };
        call(&mut world, "CreateTargetGroup", at_the_interval("tcp", "TCP", 10));
        assert_eq!(fault(&mut world, "CreateTargetGroup", at_the_interval("late", "TCP", 11)), "ValidationError");
        assert_eq!(fault(&mut world, "CreateTargetGroup", at_the_interval("web", "HTTP", 10)), "ValidationError");
    }

    #[test]
    fn what_aws_refuses() {
        let mut world = world();
        let vpc = vpc(&mut world);
        let web = json!({"Name": "web", "Protocol": "HTTP", "Port": 80, "VpcId": vpc});
        for (member, value, code) in [
            ("Name", json!("web-"), "ValidationError"),
            ("VpcId", json!("vpc-0123456789abcdef0"), "ValidationError"),
            ("HealthCheckProtocol", json!("TCP"), "ValidationError"),
            ("HealthCheckTimeoutSeconds", json!(30), "ValidationError"),
            ("HealthCheckPath", json!("health"), "ValidationError"),
            ("HealthCheckPort", json!("http"), "ValidationError"),
            ("Matcher", json!({"HttpCode": "200-600"}), "ValidationError"),
            ("ProtocolVersion", json!("HTTP9"), "ValidationError"),
        ] {
            let mut input = web.clone();
            input[member] = value;
            assert_eq!(fault(&mut world, "CreateTargetGroup", input), code, "{member}");
        }
        assert_eq!(fault(&mut world, "CreateTargetGroup", json!({"Name": "web", "Protocol": "HTTP", "Port": 80})), "ValidationError");
    }
}
