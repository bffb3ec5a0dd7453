//! The checks that ECS makes of a service.

use super::fargate::PLATFORMS;
use super::{cluster, invalid};
use crate::services::members::{flag, items, last_part, number, pick, set, text, texts};
use crate::world::{Call, Fault};
use serde_json::{Value, json};

type Checked = Result<(), Fault>;

/// Returns the placement of the tasks: `launchType` or `capacityProviderStrategy`, from the input or the cluster.
pub fn launch(call: &Call<'_>, cluster: &str, definition: &Value, input: &Value) -> Result<Value, Fault> {
    let mut choice = pick(input, &["launchType", "capacityProviderStrategy"]);
    if choice.get("launchType").is_some() && !items(&choice, "capacityProviderStrategy").is_empty() {
        return Err(invalid("Specifying both a launch type and capacity provider strategy is not supported. Remove one and try again."));
    }
    let row = call.get("ecs.cluster", cluster).cloned().unwrap_or_default();
    if items(&choice, "capacityProviderStrategy").is_empty() && choice.get("launchType").is_none() {
        choice = match items(&row, "defaultCapacityProviderStrategy") {
            [] => json!({"launchType": "EC2"}),
            strategy => json!({"capacityProviderStrategy": strategy}),
        };
    }
    let strategy: Vec<Value> = items(&choice, "capacityProviderStrategy")
        .iter()
        .map(|item| {
            let mut item = item.clone();
            let name = last_part(text(&item, "capacityProvider")).to_owned();
            set(&mut item, "capacityProvider", name.into());
            for (member, default) in [("weight", 0), ("base", 0)] {
                if item.get(member).is_none() {
                    set(&mut item, member, default.into());
                }
            }
            item
        })
        .collect();
    if !strategy.is_empty() {
        cluster::check_strategy(&strategy, &texts(&row, "capacityProviders"))?;
        choice = json!({"capacityProviderStrategy": strategy});
    }
    let on_fargate =
        text(&choice, "launchType") == "FARGATE" || strategy.iter().any(|item| text(item, "capacityProvider").starts_with("FARGATE"));
    let kind = if on_fargate { "FARGATE" } else { text(&choice, "launchType") };
    let able = |kind: &str| texts(definition, "compatibilities").iter().any(|one| one == kind);
    let asked = texts(definition, "requiresCompatibilities");
    if !kind.is_empty()
        && (!able(kind) || (on_fargate && !asked.is_empty() && !asked.iter().any(|one| one == kind)))
        && kind != "MANAGED_INSTANCES"
    {
        return Err(invalid(format!("Task definition does not support launch_type {kind}.")));
    }
    let version = text(input, "platformVersion");
    if !version.is_empty() && !PLATFORMS.contains(&version) {
        return Err(Fault::new("PlatformUnknownException", "The specified platform does not exist."));
    }
    if !version.is_empty() && !on_fargate {
        return Err(invalid("The platform version must be null when specifying an EC2 launch type."));
    }
    Ok(choice)
}

/// Subnets and groups that exist and belong together, where the task definition needs them.
pub fn network(call: &Call<'_>, definition: &Value, given: Option<&Value>) -> Checked {
    let given = given.and_then(|network| network.get("awsvpcConfiguration"));
    match (text(definition, "networkMode") == "awsvpc", given) {
        (true, None) => return Err(invalid("Network Configuration must be provided when networkMode 'awsvpc' is specified.")),
        (false, Some(_)) => return Err(invalid("Network Configuration is not valid for the given networkMode of this task definition.")),
        (false, None) => return Ok(()),
        (true, Some(_)) => {}
    }
    let Some(given) = given else { return Ok(()) };
    let (subnets, groups) = (texts(given, "subnets"), texts(given, "securityGroups"));
    if subnets.is_empty() {
        return Err(invalid("subnets can not be empty."));
    }
    if subnets.len() > 16 || groups.len() > 5 {
        return Err(invalid("At most 16 subnets and 5 security groups can be specified."));
    }
    let vpc_of = |table: &str, id: &str| call.get(table, id).map(|row| text(row, "VpcId").to_owned());
    let mut vpc: Option<String> = None;
    for subnet in &subnets {
        let own = vpc_of("ec2.subnet", subnet).ok_or_else(|| invalid(format!("Error retrieving subnet information for [{subnet}]: The subnet ID '{subnet}' does not exist (ErrorCode: InvalidSubnetID.NotFound)")))?;
        if vpc.as_ref().is_some_and(|vpc| *vpc != own) {
            return Err(invalid("The specified subnets must be in the same VPC."));
        }
        vpc = Some(own);
    }
    for group in &groups {
        let own = vpc_of("ec2.security_group", group).ok_or_else(|| invalid(format!("Error retrieving security group information for [{group}]: The security group '{group}' does not exist (ErrorCode: InvalidGroup.NotFound)")))?;
        if vpc.as_ref() != Some(&own) {
            return Err(invalid(format!("The security group '{group}' and the specified subnets are not in the same VPC.")));
        }
    }
    Ok(())
}

/// Target groups that exist, belong to a load balancer, and fit the containers.
pub fn load_balancers(call: &Call<'_>, definition: &Value, balancers: &[Value]) -> Checked {
    for balancer in balancers {
        let arn = text(balancer, "targetGroupArn");
        if arn.is_empty() {
            if text(balancer, "loadBalancerName").is_empty() {
                return Err(invalid("Either targetGroupArn or loadBalancerName must be specified for a load balancer."));
            }
            continue;
        }
        let group = target_group(call, arn)?;
        if !associated(call, arn) {
            return Err(invalid(format!("The target group with targetGroupArn {arn} does not have an associated load balancer.")));
        }
        let kind = text(group, "TargetType");
        if text(definition, "networkMode") == "awsvpc" && !kind.is_empty() && kind != "ip" {
            return Err(invalid(format!(
                "The provided target group {arn} has target type {kind}, which is incompatible with the awsvpc network mode specified in the task definition."
            )));
        }
        let (name, port) = (text(balancer, "containerName"), number(balancer, "containerPort"));
        let Some(container) = items(definition, "containerDefinitions").iter().find(|one| text(one, "name") == name) else {
            return Err(invalid(format!("The container {name} does not exist in the task definition.")));
        };
        if !items(container, "portMappings").iter().any(|mapping| number(mapping, "containerPort") == port) {
            return Err(invalid(format!("The container {name} did not have a container port {} defined.", port.unwrap_or(0))));
        }
        if let Some(advanced) = balancer.get("advancedConfiguration") {
            advanced_configuration(call, advanced)?;
        }
    }
    Ok(())
}

fn target_group<'c>(call: &'c Call<'_>, arn: &str) -> Result<&'c Value, Fault> {
    let found = call.all("elbv2.target_group").into_iter().map(|(_, row)| row).find(|row| text(row, "TargetGroupArn") == arn);
    found.ok_or_else(|| invalid(format!("The target group with targetGroupArn {arn} does not exist.")))
}

fn advanced_configuration(call: &Call<'_>, advanced: &Value) -> Checked {
    for (member, needed) in [("alternateTargetGroupArn", true), ("productionListenerRule", true), ("roleArn", true)] {
        if needed && text(advanced, member).is_empty() {
            return Err(invalid(format!("{member} is required in advancedConfiguration.")));
        }
    }
    target_group(call, text(advanced, "alternateTargetGroupArn"))?;
    // <https://docs.aws.amazon.com/AmazonECS/latest/developerguide/troubleshooting-blue-green.html>
    let (production, test) = (text(advanced, "productionListenerRule"), text(advanced, "testListenerRule"));
    for (member, arn) in [("productionListenerRule", production), ("testListenerRule", test)] {
        let wrong = arn.contains(":listener/app/") || arn.contains(":listener-rule/net/");
        if wrong {
            return Err(invalid(format!("{member} has an invalid ARN format. Must be RuleArn for ALB or ListenerArn for NLB. Got: {arn}")));
        }
    }
    if production == test {
        return Err(invalid(format!("The following rules cannot be used as both production and test listener rules: {production}")));
    }
    for member in ["productionListenerRule", "testListenerRule"] {
        let arn = text(advanced, member);
        let known =
            ["elbv2.rule", "elbv2.listener"].iter().any(|table| call.all(table).iter().any(|(id, row)| *id == arn || mentions(row, arn)));
        if !arn.is_empty() && !known {
            return Err(invalid(format!("The listener rule {arn} does not exist.")));
        }
    }
    Ok(())
}

/// True when some listener or rule forwards to the target group.
fn associated(call: &Call<'_>, arn: &str) -> bool {
    ["elbv2.listener", "elbv2.rule"].iter().any(|table| call.all(table).iter().any(|(_, row)| mentions(row, arn)))
}

fn mentions(value: &Value, text: &str) -> bool {
    match value {
        Value::String(own) => own == text,
        Value::Array(list) => list.iter().any(|item| mentions(item, text)),
        Value::Object(members) => members.values().any(|item| mentions(item, text)),
        _ => false,
    }
}

/// The deployment configuration with ECS's defaults; `old` is what the service has.
pub fn deployment_configuration(old: Option<&Value>, given: Option<&Value>, scheduling: &str) -> Result<Value, Fault> {
    let daemon = scheduling == "DAEMON";
    let mut whole = old.cloned().unwrap_or_else(|| {
        json!({
            "maximumPercent": if daemon { 100 } else { 200 }, "minimumHealthyPercent": if daemon { 0 } else { 100 }, "strategy": "ROLLING", "bakeTimeInMinutes": 0,
            "deploymentCircuitBreaker": {"enable": false, "rollback": false},
        })
    });
    for (member, value) in given.and_then(Value::as_object).into_iter().flatten() {
        set(&mut whole, member, value.clone());
    }
    let (most, least) = (number(&whole, "maximumPercent").unwrap_or(200), number(&whole, "minimumHealthyPercent").unwrap_or(100));
    if most < 100 || least < 0 || (daemon && most > 100 && least > 100) {
        return Err(invalid("maximumPercent must be at least 100 and minimumHealthyPercent at least 0."));
    }
    if least > 100 || most <= least {
        return Err(invalid(
            "The specified maximumPercent must be greater than minimumHealthyPercent, which is at most 100: otherwise deployments are blocked.",
        ));
    }
    if number(&whole, "bakeTimeInMinutes").is_some_and(|minutes| !(0..=1440).contains(&minutes)) {
        return Err(invalid("bakeTimeInMinutes must be between 0 and 1440."));
    }
    let strategy = text(&whole, "strategy").to_owned();
    for (kind, member, defaults) in [
        ("CANARY", "canaryConfiguration", json!({"canaryPercent": 5.0, "canaryBakeTimeInMinutes": 10})),
        ("LINEAR", "linearConfiguration", json!({"stepPercent": 10.0, "stepBakeTimeInMinutes": 6})),
    ] {
        if strategy == kind {
            let mut filled = defaults;
            for (name, value) in whole.get(member).and_then(Value::as_object).into_iter().flatten() {
                set(&mut filled, name, value.clone());
            }
            let percent = filled.get("canaryPercent").or(filled.get("stepPercent")).and_then(Value::as_f64).unwrap_or(0.0);
            let least = if kind == "CANARY" { 0.1 } else { 3.0 };
            if !(least..=100.0).contains(&percent) {
                return Err(invalid(format!("The percent of {member} must be between {least} and 100.0.")));
            }
            set(&mut whole, member, filled);
        } else if given.is_some_and(|given| given.get(member).is_some()) {
            return Err(invalid(format!("{member} can only be specified with the {kind} deployment strategy.")));
        } else if let Some(members) = whole.as_object_mut() {
            members.remove(member);
        }
    }
    if strategy == "ROLLING" && given.is_some_and(|given| !items(given, "lifecycleHooks").is_empty()) {
        let text = "lifecycleHooks of a ROLLING deployment are not in the sandbox; docs/sandbox.md lists what is";
        return Err(Fault::new("NotInSandbox", text).status(501));
    }
    let hooks = items(&whole, "lifecycleHooks").iter().map(hook).collect::<Result<Vec<Value>, Fault>>()?;
    if whole.get("lifecycleHooks").is_some() {
        set(&mut whole, "lifecycleHooks", hooks.into());
    }
    Ok(whole)
}

/// A hook as it is answered: with its type, and with a time limit where it pauses.
fn hook(given: &Value) -> Result<Value, Fault> {
    let mut hook = given.clone();
    let pauses = text(given, "targetType") == "PAUSE";
    let stages = texts(given, "lifecycleStages");
    if stages.is_empty() {
        return Err(invalid("A lifecycle hook needs at least one lifecycle stage."));
    }
    if pauses {
        if given.get("hookTargetArn").is_some() || given.get("roleArn").is_some() || given.get("hookDetails").is_some() {
            return Err(invalid("A lifecycle hook with target type PAUSE takes no hookTargetArn, roleArn or hookDetails."));
        }
        if let Some(stage) = stages.iter().find(|stage| ["TEST_TRAFFIC_SHIFT", "PRODUCTION_TRAFFIC_SHIFT"].contains(&stage.as_str())) {
            return Err(invalid(format!("A lifecycle hook with target type PAUSE is not supported at {stage}.")));
        }
        let mut limit = json!({"timeoutInMinutes": 1440, "action": "ROLLBACK"});
        for (name, value) in given.get("timeoutConfiguration").and_then(Value::as_object).into_iter().flatten() {
            set(&mut limit, name, value.clone());
        }
        set(&mut hook, "timeoutConfiguration", limit);
    } else {
        if text(given, "hookTargetArn").is_empty() || text(given, "roleArn").is_empty() {
            return Err(invalid("A lifecycle hook that calls a Lambda function needs hookTargetArn and roleArn."));
        }
        set(&mut hook, "targetType", "AWS_LAMBDA".into());
    }
    Ok(hook)
}

/// Rules that hold between the parts of a service.
pub fn whole(service: &Value, definition: &Value) -> Checked {
    let balanced = !items(service, "loadBalancers").is_empty();
    let strategy = service.get("deploymentConfiguration").map_or("", |configuration| text(configuration, "strategy"));
    // A task is started in the new zone before one stops in the old.
    // <https://docs.aws.amazon.com/AmazonECS/latest/developerguide/service-rebalancing.html>
    let most = service.get("deploymentConfiguration").and_then(|configuration| number(configuration, "maximumPercent"));
    if text(service, "availabilityZoneRebalancing") == "ENABLED" && most.is_some_and(|most| most <= 100) {
        return Err(invalid("Availability Zone rebalancing is not supported for services with a maximumPercent of 100 or less."));
    }
    if number(service, "healthCheckGracePeriodSeconds").is_some_and(|seconds| seconds > 0) && !balanced {
        return Err(invalid("Health check grace period is only valid for services configured to use load balancers"));
    }
    if flag(service, "enableExecuteCommand") && definition.get("taskRoleArn").is_none() && definition.get("taskDefinitionArn").is_some() {
        return Err(invalid(
            "The service couldn't be created because a valid taskRoleArn is not being used. Specify a valid task role in your task definition and try again.",
        ));
    }
    if ["BLUE_GREEN", "LINEAR", "CANARY"].contains(&strategy) {
        if items(service, "loadBalancers").iter().any(|balancer| balancer.get("advancedConfiguration").is_none()) {
            return Err(invalid(format!(
                "advancedConfiguration field is required for all loadBalancers when using a {strategy} deployment strategy."
            )));
        }
        if service.get("deploymentController").map_or("ECS", |controller| text(controller, "type")) != "ECS" {
            return Err(invalid(format!("The {strategy} deployment strategy needs the ECS deployment controller.")));
        }
        // <https://docs.aws.amazon.com/AmazonECS/latest/developerguide/canary-deployment-implementation.html>
        let connected = service.get("_serviceConnect").is_some() || service.get("_lattice").is_some();
        if strategy != "BLUE_GREEN" && !balanced && !connected {
            return Err(invalid(format!("The {strategy} deployment strategy needs a load balancer or Service Connect.")));
        }
        if text(service, "schedulingStrategy") == "DAEMON" {
            return Err(invalid(format!("The {strategy} deployment strategy is not supported for the DAEMON scheduling strategy.")));
        }
    }
    Ok(())
}
