//! Listeners: one a port, with a default rule that carries its default actions.

use super::kind::{LISTENER, LOAD_BALANCER, RULE, path};
use super::{action, certificate, invalid, rule, ssl_policy, tag};
use crate::services::ecs::traffic;
use crate::services::members::{items, text};
use crate::world::{Call, Fault};
use serde_json::{Value, json};

const DEFAULT_POLICY: &str = "ELBSecurityPolicy-2016-08";

pub fn create(call: &mut Call<'_>) -> Result<Value, Fault> {
    let balancer_arn = call.text("LoadBalancerArn").to_owned();
    let balancer = LOAD_BALANCER.find(call, &balancer_arn)?.clone();
    let mut row = json!({"LoadBalancerArn": balancer_arn, "_attributes": {}, "_certificates": []});
    for (member, what) in [("Port", "A listener port"), ("Protocol", "A listener protocol")] {
        row[member] = call.input.get(member).cloned().ok_or_else(|| invalid(format!("{what} must be specified")))?;
    }
    apply(call, &balancer, &mut row)?;
    let tags = tag::given(call)?;
    if let Some((_, present)) = on_port(call, &balancer_arn, &row["Port"], None) {
        let same =
            ["Protocol", "DefaultActions", "Certificates", "SslPolicy"].iter().all(|member| present.get(*member) == row.get(*member));
        if same {
            return Ok(json!({"Listeners": [present]}));
        }
        return Err(taken(&balancer_arn));
    }
    let arn = LISTENER.new_arn(call, path(&balancer_arn));
    row["ListenerArn"] = json!(arn);
    LISTENER.insert(call, &arn, row.clone(), tags);
    rule::create_default(call, &arn);
    Ok(json!({"Listeners": [row]}))
}

pub fn delete(call: &mut Call<'_>) -> Result<Value, Fault> {
    let arn = call.text("ListenerArn").to_owned();
    LISTENER.find(call, &arn)?;
    remove(call, &arn);
    Ok(json!({}))
}

pub fn describe(call: &mut Call<'_>) -> Result<Value, Fault> {
    let (arns, balancer) = (call.texts("ListenerArns"), call.text("LoadBalancerArn").to_owned());
    if arns.is_empty() == balancer.is_empty() {
        return Err(invalid("You must specify either listener ARNs or a load balancer ARN"));
    }
    let mut rows = Vec::new();
    for arn in &arns {
        rows.push(LISTENER.find(call, arn)?.clone());
    }
    if !balancer.is_empty() {
        LOAD_BALANCER.find(call, &balancer)?;
        rows.extend(
            call.all(LISTENER.table).into_iter().filter(|(_, row)| text(row, "LoadBalancerArn") == balancer).map(|(_, row)| row.clone()),
        );
    }
    Ok(json!({"Listeners": rows}))
}

pub fn modify(call: &mut Call<'_>) -> Result<Value, Fault> {
    let arn = call.text("ListenerArn").to_owned();
    let mut row = LISTENER.find(call, &arn)?.clone();
    let balancer_arn = text(&row, "LoadBalancerArn").to_owned();
    let balancer = LOAD_BALANCER.find(call, &balancer_arn)?.clone();
    for member in ["Port", "Protocol"] {
        if let Some(value) = call.input.get(member) {
            row[member] = value.clone();
        }
    }
    if on_port(call, &balancer_arn, &row["Port"], Some(&arn)).is_some() {
        return Err(taken(&balancer_arn));
    }
    apply(call, &balancer, &mut row)?;
    call.put(LISTENER.table, &arn, row.clone());
    traffic::note_all(call);
    Ok(json!({"Listeners": [row]}))
}

/// Removes a listener with its rules.
pub fn remove(call: &mut Call<'_>, arn: &str) {
    let rules: Vec<String> =
        call.all(RULE.table).into_iter().filter(|(_, row)| text(row, "_listener") == arn).map(|(rule, _)| rule.clone()).collect();
    for rule in rules {
        call.remove(RULE.table, &rule);
    }
    call.remove(LISTENER.table, arn);
}

/// Takes over what a request says about actions and TLS, checked; port and protocol are in the row already.
fn apply(call: &Call<'_>, balancer: &Value, row: &mut Value) -> Result<(), Fault> {
    let protocol = text(row, "Protocol").to_owned();
    let allowed: &[&str] = match text(balancer, "Type") {
        "application" => &["HTTP", "HTTPS"],
        "network" => &["TCP", "TLS", "UDP", "TCP_UDP", "QUIC", "TCP_QUIC"],
        _ => &["GENEVE"],
    };
    if !allowed.contains(&protocol.as_str()) {
        return Err(invalid(format!("Listener protocol '{protocol}' must be one of '{}'", allowed.join(", "))));
    }
    if call.input.get("DefaultActions").is_some() {
        row["DefaultActions"] = action::normalise(call, balancer, items(call.input, "DefaultActions"))?.into();
    }
    action::check_versions(call, &protocol, items(row, "DefaultActions"))?;
    let needs_tls = items(row, "DefaultActions").iter().any(|action| text(action, "Type").starts_with("authenticate-"));
    if needs_tls && protocol != "HTTPS" {
        return Err(Fault::new("InvalidLoadBalancerAction", "Authentication actions need an HTTPS listener"));
    }
    if !matches!(protocol.as_str(), "HTTPS" | "TLS") {
        for (member, what) in [("SslPolicy", "An SSL policy"), ("Certificates", "Certificates")] {
            if call.input.get(member).is_some() {
                return Err(invalid(format!("{what} cannot be specified for {protocol} listeners")));
            }
        }
        if let Value::Object(members) = row {
            for member in ["SslPolicy", "Certificates", "MutualAuthentication", "AlpnPolicy"] {
                members.remove(member);
            }
            members.insert("_certificates".into(), json!([]));
        }
        return Ok(());
    }
    if call.input.get("Certificates").is_some() {
        row["Certificates"] = json!([{"CertificateArn": certificate::default(call)?}]);
    }
    if items(row, "Certificates").is_empty() {
        return Err(invalid(format!("A certificate must be specified for {protocol} listeners")));
    }
    let policy = call.input.get("SslPolicy").and_then(Value::as_str);
    if let Some(policy) = policy {
        ssl_policy::check(policy)?;
        row["SslPolicy"] = json!(policy);
    } else if row.get("SslPolicy").is_none() {
        row["SslPolicy"] = json!(DEFAULT_POLICY);
    }
    if protocol == "HTTPS" {
        let asked = call.input.get("MutualAuthentication").or(row.get("MutualAuthentication")).cloned();
        row["MutualAuthentication"] = asked.unwrap_or(json!({"Mode": "off"}));
    } else if let Some(policy) = call.input.get("AlpnPolicy") {
        row["AlpnPolicy"] = policy.clone();
    }
    Ok(())
}

/// The listener of a load balancer on this port, other than `except`.
fn on_port(call: &Call<'_>, balancer: &str, port: &Value, except: Option<&str>) -> Option<(String, Value)> {
    let same = |arn: &str, row: &Value| text(row, "LoadBalancerArn") == balancer && row["Port"] == *port && except != Some(arn);
    call.all(LISTENER.table).into_iter().find(|(arn, row)| same(arn, row)).map(|(arn, row)| (arn.clone(), row.clone()))
}

fn taken(balancer: &str) -> Fault {
    Fault::new("DuplicateListener", format!("A listener already exists on this port for this load balancer '{balancer}'"))
}

#[cfg(test)]
mod tests {
    use super::super::testing::stage;
    use crate::services::ec2::testing::{call, fault};
    use serde_json::json;

    #[test]
    fn forwards_are_answered_in_full() {
        let mut stage = stage();
        let world = &mut stage.world;
        let make = |port: u16, actions| json!({"LoadBalancerArn": stage.load_balancer, "Protocol": "HTTP", "Port": port, "DefaultActions": actions});
        let plain = make(80, json!([{"Type": "forward", "TargetGroupArn": stage.one}]));
        let one = call(world, "CreateListener", plain.clone())["Listeners"][0].clone();
        let forward =
            json!({"TargetGroups": [{"TargetGroupArn": stage.one, "Weight": 1}], "TargetGroupStickinessConfig": {"Enabled": false}});
        assert_eq!(one["DefaultActions"], json!([{"Type": "forward", "TargetGroupArn": stage.one, "ForwardConfig": forward}]));
        assert_eq!(call(world, "CreateListener", plain)["Listeners"][0]["ListenerArn"], one["ListenerArn"]);
        let pair = json!([{"TargetGroupArn": stage.one, "Weight": 100}, {"TargetGroupArn": stage.two, "Weight": 0}]);
        let weighted = json!([{"Type": "forward", "ForwardConfig": {"TargetGroups": pair}}]);
        assert_eq!(fault(world, "CreateListener", make(80, weighted.clone())), "DuplicateListener");
        let two = call(world, "CreateListener", make(81, weighted))["Listeners"][0].clone();
        assert_eq!(
            (two["DefaultActions"][0].get("TargetGroupArn"), &two["DefaultActions"][0]["ForwardConfig"]["TargetGroups"]),
            (None, &pair)
        );
        assert_eq!(fault(world, "ModifyListener", json!({"ListenerArn": two["ListenerArn"], "Port": 80})), "DuplicateListener");
        assert_eq!(fault(world, "DeleteTargetGroup", json!({"TargetGroupArn": stage.two})), "ResourceInUse");
        let groups = call(world, "DescribeTargetGroups", json!({"TargetGroupArns": [stage.two]}));
        assert_eq!(groups["TargetGroups"][0]["LoadBalancerArns"], json!([stage.load_balancer]));
        call(world, "DeleteListener", json!({"ListenerArn": two["ListenerArn"]}));
        assert_eq!(fault(world, "DeleteListener", json!({"ListenerArn": two["ListenerArn"]})), "ListenerNotFound");
        call(world, "DeleteTargetGroup", json!({"TargetGroupArn": stage.two}));
    }

    #[test]
    fn what_aws_refuses() {
        let mut stage = stage();
        let world = &mut stage.world;
        let https = json!({"Protocol": "HTTPS", "Port": 443});
        let redirect = json!([{"Type": "redirect", "RedirectConfig": {"StatusCode": "HTTP_301"}}]);
        let forward = json!([{"Type": "forward", "TargetGroupArn": stage.one}]);
        let unknown = json!([{"Type": "forward", "TargetGroupArn": stage.one.replace("one", "none")}]);
        for (what, actions, code) in [
            (json!({"Protocol": "TCP", "Port": 80}), &forward, "ValidationError"),
            (json!({"Protocol": "HTTP"}), &forward, "ValidationError"),
            (https.clone(), &forward, "ValidationError"),
            (json!({"Protocol": "HTTP", "Port": 80, "SslPolicy": "x"}), &forward, "ValidationError"),
            (json!({"Protocol": "HTTP", "Port": 80}), &redirect, "InvalidLoadBalancerAction"),
            (json!({"Protocol": "HTTP", "Port": 80}), &unknown, "TargetGroupNotFound"),
        ] {
            let mut input = what;
            input["LoadBalancerArn"] = json!(stage.load_balancer);
            input["DefaultActions"] = actions.clone();
            assert_eq!(fault(world, "CreateListener", input.clone()), code, "{input}");
        }
    }
}
