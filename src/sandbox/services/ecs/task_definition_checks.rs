//! The checks that ECS makes of a task definition.

use super::fargate::{self, cpu_units, memory_mib};
use super::refused;
use super::task_definition::is_role;
use crate::services::members::{items, number, text, texts};
use crate::world::Fault;
use serde_json::Value;
use std::collections::BTreeSet;

type Checked = Result<(), Fault>;

pub fn check(input: &Value) -> Checked {
    let family = text(input, "family");
    if family.is_empty() || family.len() > 255 || !family.chars().all(|sign| sign.is_ascii_alphanumeric() || "-_".contains(sign)) {
        return Err(refused("Family contains invalid characters."));
    }
    for (member, name) in [("taskRoleArn", "Task role"), ("executionRoleArn", "Execution role")] {
        if input.get(member).and_then(Value::as_str).is_some_and(|role| !role.is_empty() && !is_role(role)) {
            return Err(refused(format!("{name} is not valid: Role is not valid")));
        }
    }
    let containers = items(input, "containerDefinitions");
    if containers.is_empty() {
        return Err(refused("Container list cannot be empty."));
    }
    let mut names = BTreeSet::new();
    for container in containers {
        check_container(input, container)?;
        if !names.insert(text(container, "name")) {
            return Err(refused(format!("Container definition names must be unique: {} is used more than once.", text(container, "name"))));
        }
    }
    if containers.iter().all(|container| container.get("essential").and_then(Value::as_bool) == Some(false)) {
        return Err(refused("A task must have at least one essential container."));
    }
    check_dependencies(containers)?;
    check_volumes(input, containers)?;
    if texts(input, "requiresCompatibilities").iter().any(|one| one == "FARGATE") {
        check_fargate(input, containers)?;
    }
    Ok(())
}

fn check_container(input: &Value, container: &Value) -> Checked {
    let name = text(container, "name");
    if name.is_empty() {
        return Err(refused("Container.name should not be null or empty."));
    }
    if name.len() > 255 || !name.chars().all(|sign| sign.is_ascii_alphanumeric() || "-_".contains(sign)) {
        return Err(refused("Container.name contains invalid characters."));
    }
    let image = text(container, "image");
    if image.is_empty() {
        return Err(refused("Container.image should not be null or empty."));
    }
    if image.len() > 255 || !image.chars().all(|sign| sign.is_ascii_alphanumeric() || "-_:./#@".contains(sign)) {
        return Err(refused("Container.image contains invalid characters."));
    }
    let (memory, reservation) = (number(container, "memory"), number(container, "memoryReservation"));
    if memory.is_none() && reservation.is_none() && input.get("memory").is_none() {
        return Err(refused(format!(
            "Invalid setting for container '{name}'. At least one of 'memory' or 'memoryReservation' must be specified."
        )));
    }
    if memory.zip(reservation).is_some_and(|(memory, reservation)| reservation > memory) {
        return Err(refused(format!(
            "Invalid setting for container '{name}'. 'memory' must be greater than or equal to 'memoryReservation'."
        )));
    }
    if memory.or(reservation).is_some_and(|memory| memory < 6) {
        return Err(refused(format!("Invalid setting for container '{name}'. At least 6 MiB of memory must be specified.")));
    }
    check_health(name, container)?;
    check_ports(input, container)?;
    if text(input, "networkMode") == "awsvpc" && !items(container, "links").is_empty() {
        return Err(refused("Links are not supported when networkMode=awsvpc."));
    }
    let execution = input.get("executionRoleArn").is_some_and(|role| role != "");
    let secret = !items(container, "secrets").is_empty()
        || container.pointer("/logConfiguration/secretOptions").and_then(Value::as_array).is_some_and(|list| !list.is_empty());
    if secret && !execution {
        return Err(refused("When you are specifying container secrets, you must also specify a value for 'executionRoleArn'."));
    }
    let mut set = BTreeSet::new();
    for variable in items(container, "environment").iter().chain(items(container, "secrets")) {
        if text(variable, "name").is_empty() {
            return Err(refused("Environment variable name should not be null or empty."));
        }
        if !set.insert(text(variable, "name"))
            && items(container, "secrets").iter().any(|secret| text(secret, "name") == text(variable, "name"))
        {
            return Err(refused(format!(
                "The secret name must be unique and not shared with any new or existing environment variables set on the container, such as '{}'.",
                text(variable, "name")
            )));
        }
    }
    if container.pointer("/logConfiguration/logDriver").and_then(Value::as_str) == Some("awslogs") {
        for option in ["awslogs-group", "awslogs-region"] {
            if container.pointer(&format!("/logConfiguration/options/{option}")).and_then(Value::as_str).unwrap_or("").is_empty() {
                return Err(refused(format!("Log driver awslogs requires options: {option}")));
            }
        }
    }
    Ok(())
}

fn check_health(name: &str, container: &Value) -> Checked {
    let Some(health) = container.get("healthCheck") else { return Ok(()) };
    if items(health, "command").is_empty() {
        return Err(refused(format!("Invalid setting for container '{name}'. Health check command should not be empty.")));
    }
    for (member, least, most) in [("interval", 5, 300), ("timeout", 2, 120), ("retries", 1, 10), ("startPeriod", 0, 300)] {
        if number(health, member).is_some_and(|value| value < least || value > most) {
            return Err(refused(format!(
                "Invalid setting for container '{name}'. Health check {member} should be between {least} and {most}."
            )));
        }
    }
    Ok(())
}

fn check_ports(input: &Value, container: &Value) -> Checked {
    let mut names = BTreeSet::new();
    for mapping in items(container, "portMappings") {
        let (inside, outside) = (number(mapping, "containerPort"), number(mapping, "hostPort"));
        if inside.is_some_and(|port| !(1..=65_535).contains(&port)) || (inside.is_none() && mapping.get("containerPortRange").is_none()) {
            return Err(refused("Invalid 'containerPort' setting for container: a port between 1 and 65535 is needed."));
        }
        if text(input, "networkMode") == "awsvpc" && outside.is_some_and(|port| port != 0 && Some(port) != inside) {
            return Err(refused("When networkMode=awsvpc, the host ports and container ports in port mappings must match."));
        }
        let name = text(mapping, "name");
        if !name.is_empty() && !names.insert(name) {
            return Err(refused(format!("The port mapping name '{name}' is used more than once.")));
        }
        if mapping.get("appProtocol").is_some() && name.is_empty() {
            return Err(refused("The port mapping name is required when appProtocol is specified."));
        }
    }
    Ok(())
}

fn check_dependencies(containers: &[Value]) -> Checked {
    for container in containers {
        for dependency in items(container, "dependsOn") {
            let target = containers.iter().find(|other| text(other, "name") == text(dependency, "containerName"));
            let Some(target) = target.filter(|target| text(target, "name") != text(container, "name")) else {
                return Err(refused(format!(
                    "Container '{}' depends on '{}', which is no other container of the task.",
                    text(container, "name"),
                    text(dependency, "containerName")
                )));
            };
            if text(dependency, "condition") == "HEALTHY" && target.get("healthCheck").is_none() {
                return Err(refused(format!(
                    "Container '{}' has a HEALTHY dependency on '{}', which has no health check.",
                    text(container, "name"),
                    text(target, "name")
                )));
            }
        }
    }
    // Whoever depends on no one that is left may start; if some are left over, they wait for each other.
    let mut left: Vec<&Value> = containers.iter().collect();
    loop {
        let names: BTreeSet<&str> = left.iter().map(|container| text(container, "name")).collect();
        let before = left.len();
        left.retain(|container| items(container, "dependsOn").iter().any(|dependency| names.contains(text(dependency, "containerName"))));
        if left.is_empty() {
            return Ok(());
        }
        if left.len() == before {
            return Err(refused("Container dependencies must not form a cycle."));
        }
    }
}

fn check_volumes(input: &Value, containers: &[Value]) -> Checked {
    let volumes: BTreeSet<&str> = items(input, "volumes").iter().map(|volume| text(volume, "name")).collect();
    if volumes.contains("") {
        return Err(refused("Volume.name should not be null or empty."));
    }
    for mount in containers.iter().flat_map(|container| items(container, "mountPoints")) {
        let source = text(mount, "sourceVolume");
        if !volumes.contains(source) {
            return Err(refused(format!("Unknown volume '{source}'.")));
        }
    }
    Ok(())
}

fn check_fargate(input: &Value, containers: &[Value]) -> Checked {
    if text(input, "networkMode") != "awsvpc" {
        return Err(refused("Fargate only supports network mode ‘awsvpc’."));
    }
    let Some(cpu) = input.get("cpu").and_then(Value::as_str) else {
        return Err(refused("Fargate requires that 'cpu' be defined at the task level."));
    };
    let Some(memory) = input.get("memory").and_then(Value::as_str) else {
        return Err(refused("Fargate requires that 'memory' be defined at the task level."));
    };
    let (Some(cpu), Some(memory)) = (cpu_units(cpu), memory_mib(memory)) else {
        return Err(refused("Invalid 'cpu' or 'memory' setting for task."));
    };
    if !fargate::exists(cpu, memory) {
        return Err(refused(format!(
            "No Fargate configuration exists for given values: {cpu} CPU, {memory} memory. See the Amazon ECS documentation for the valid values."
        )));
    }
    let sum = |member: &str| containers.iter().filter_map(|container| number(container, member)).sum::<i64>();
    if sum("cpu") > cpu {
        return Err(refused("The sum of the container-level cpu values must not be greater than the task-level cpu."));
    }
    if containers.iter().any(|container| number(container, "memory").is_some_and(|own| own > memory)) || sum("memoryReservation") > memory {
        return Err(refused("Invalid setting for container: the container-level memory must not be greater than the task-level memory."));
    }
    let execution = input.get("executionRoleArn").is_some_and(|role| role != "");
    for container in containers {
        let driver = container.pointer("/logConfiguration/logDriver").and_then(Value::as_str).unwrap_or("");
        if !execution && text(container, "image").contains(".dkr.ecr.") {
            return Err(refused("Fargate requires task definition to have execution role ARN to support ECR images."));
        }
        if !execution && driver == "awslogs" {
            return Err(refused("Fargate requires task definition to have execution role ARN to support log driver awslogs."));
        }
        if !["", "awslogs", "splunk", "awsfirelens"].contains(&driver) {
            return Err(refused(format!(
                "Fargate does not support log driver {driver}. The supported log drivers are awslogs, splunk, and awsfirelens."
            )));
        }
        if driver == "awslogs" && container.pointer("/logConfiguration/options/awslogs-stream-prefix").is_none() {
            return Err(refused("Log driver awslogs requires options: awslogs-stream-prefix"));
        }
        if container.get("privileged").and_then(Value::as_bool) == Some(true) {
            return Err(refused("Fargate does not support privileged containers."));
        }
        if number(container, "stopTimeout").is_some_and(|seconds| seconds > 120) {
            return Err(refused("Fargate supports a stopTimeout of at most 120 seconds."));
        }
    }
    let storage = input.get("ephemeralStorage").and_then(|storage| number(storage, "sizeInGiB"));
    if storage.is_some_and(|size| !(21..=200).contains(&size)) {
        return Err(refused("Invalid setting for ephemeralStorage: the size must be between 21 GiB and 200 GiB."));
    }
    let architecture = input.get("runtimePlatform").map_or("", |platform| text(platform, "cpuArchitecture"));
    let system = input.get("runtimePlatform").map_or("", |platform| text(platform, "operatingSystemFamily"));
    if architecture == "ARM64" && system.starts_with("WINDOWS") {
        return Err(refused("The ARM64 architecture is only supported with the LINUX operating system family."));
    }
    Ok(())
}
