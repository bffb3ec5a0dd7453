//! The checks that ECS makes of a task definition.

use super::fargate::{self, cpu_units, memory_mib};
use super::refused;
use super::task_definition::is_role;
use crate::services::members::{items, number, text, texts};
use crate::world::Fault;
use serde_json::Value;
use std::collections::BTreeSet;

type Checked = Result<(), Fault>;

/// The most bytes of a task definition, and the most containers in one.
/// <https://docs.aws.amazon.com/AmazonECS/latest/developerguide/service-quotas.html>
const LARGEST: usize = 64 * 1024;
const CONTAINERS: usize = 10;

pub fn check(input: &Value) -> Checked {
    // The words: <https://github.com/awsdocs/amazon-ecs-developer-guide/pull/149>
    let length = input.to_string().len();
    if length > LARGEST {
        return Err(refused(format!("Actual length: '{length}'. Max allowed length is '{LARGEST}' bytes.")));
    }
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
    if containers.len() > CONTAINERS {
        return Err(refused(format!("A task definition can have at most {CONTAINERS} containers.")));
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
    check_routers(containers)?;
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
    let command = texts(health, "command");
    if command.is_empty() {
        return Err(refused(format!("Invalid setting for container '{name}'. Health check command should not be empty.")));
    }
    // <https://docs.aws.amazon.com/AmazonECS/latest/APIReference/API_HealthCheck.html>
    if !["CMD", "CMD-SHELL"].contains(&command[0].as_str()) || command.len() < 2 {
        return Err(refused(format!("Invalid setting for container '{name}'. Health check command must start with CMD or CMD-SHELL.")));
    }
    for (member, least, most) in [("interval", 5, 300), ("timeout", 2, 60), ("retries", 1, 10), ("startPeriod", 0, 300)] {
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
            // <https://docs.aws.amazon.com/AmazonECS/latest/APIReference/API_ContainerDependency.html>
            let condition = text(dependency, "condition");
            if ["COMPLETE", "SUCCESS"].contains(&condition) && target.get("essential").and_then(Value::as_bool) != Some(false) {
                return Err(refused(format!(
                    "Container '{}' has a {condition} dependency on '{}', which is essential.",
                    text(container, "name"),
                    text(target, "name")
                )));
            }
            if condition == "HEALTHY" && target.get("healthCheck").is_none() {
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
    let mut volumes = BTreeSet::new();
    for volume in items(input, "volumes") {
        check_volume(volume)?;
        if !volumes.insert(text(volume, "name")) {
            return Err(refused(format!("Volume names must be unique: {} is used more than once.", text(volume, "name"))));
        }
    }
    for mount in containers.iter().flat_map(|container| items(container, "mountPoints")) {
        let source = text(mount, "sourceVolume");
        if !volumes.contains(source) {
            return Err(refused(format!("Unknown volume '{source}'.")));
        }
    }
    Ok(())
}

fn check_volume(volume: &Value) -> Checked {
    let name = text(volume, "name");
    if name.is_empty() {
        return Err(refused("Volume.name should not be null or empty."));
    }
    // <https://docs.aws.amazon.com/AmazonECS/latest/APIReference/API_Volume.html>
    if name.len() > 255 || !name.chars().all(|sign| sign.is_ascii_alphanumeric() || "-_".contains(sign)) {
        return Err(refused("Volume.name contains invalid characters."));
    }
    // <https://docs.aws.amazon.com/AmazonECS/latest/APIReference/API_EFSVolumeConfiguration.html>
    let files = volume.get("efsVolumeConfiguration");
    let directory = files.map_or("", |files| text(files, "rootDirectory"));
    let point = files.and_then(|files| files.pointer("/authorizationConfig/accessPointId")).and_then(Value::as_str).unwrap_or("");
    match !point.is_empty() && !["", "/"].contains(&directory) {
        true => Err(refused("The root directory must be omitted or set to / when an EFS access point is specified.")),
        false => Ok(()),
    }
}

/// Logs through FireLens need a container that routes them.
/// <https://docs.aws.amazon.com/AmazonECS/latest/developerguide/firelens-taskdef.html>
fn check_routers(containers: &[Value]) -> Checked {
    let routed = |container: &Value| container.pointer("/logConfiguration/logDriver").and_then(Value::as_str) == Some("awsfirelens");
    let routers = containers.iter().any(|container| container.get("firelensConfiguration").is_some());
    match containers.iter().any(routed) && !routers {
        true => Err(refused("The log driver awsfirelens requires a container with a firelensConfiguration in the task definition.")),
        false => Ok(()),
    }
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
    let architecture = input.get("runtimePlatform").map_or("", |platform| text(platform, "cpuArchitecture"));
    let system = input.get("runtimePlatform").map_or("", |platform| text(platform, "operatingSystemFamily"));
    // Windows runs from one vCPU on, and the two largest sizes are for Linux.
    // <https://docs.aws.amazon.com/AmazonECS/latest/developerguide/fargate-tasks-services.html#fargate-tasks-size>
    let possible = !system.starts_with("WINDOWS") || (1024..=4096).contains(&cpu);
    if !fargate::exists(cpu, memory) || !possible {
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
        // <https://docs.aws.amazon.com/AmazonECS/latest/APIReference/API_ContainerDefinition.html>
        for member in ["startTimeout", "stopTimeout"] {
            if number(container, member).is_some_and(|seconds| !(2..=120).contains(&seconds)) {
                return Err(refused(format!("Fargate supports a {member} of 2 to 120 seconds.")));
            }
        }
        if let Some(limit) = items(container, "ulimits").iter().find(|limit| text(limit, "name") != "nofile") {
            return Err(refused(format!("Fargate does not support the ulimit {}. The supported one is nofile.", text(limit, "name"))));
        }
    }
    let storage = input.get("ephemeralStorage").and_then(|storage| number(storage, "sizeInGiB"));
    if storage.is_some_and(|size| !(21..=200).contains(&size)) {
        return Err(refused("Invalid setting for ephemeralStorage: the size must be between 21 GiB and 200 GiB."));
    }
    if architecture == "ARM64" && system.starts_with("WINDOWS") {
        return Err(refused("The ARM64 architecture is only supported with the LINUX operating system family."));
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::world::merge;
    use serde_json::json;

    fn register(more: Value) -> Result<(), String> {
        let mut input = json!({
            "family": "web", "networkMode": "awsvpc", "requiresCompatibilities": ["FARGATE"], "cpu": "1024", "memory": "2048",
            "containerDefinitions": [{"name": "web", "image": "nginx"}],
        });
        merge(&mut input, &more);
        check(&input).map_err(|fault| fault.message)
    }

    fn with(more: Value) -> Value {
        let mut container = json!({"name": "web", "image": "nginx"});
        merge(&mut container, &more);
        container
    }

    fn container(more: Value) -> Result<(), String> {
        register(json!({"containerDefinitions": [with(more)]}))
    }

    #[test]
    fn a_definition_has_64_kib_and_ten_containers() {
        let text = |length: usize| json!({"environment": [{"name": "A", "value": "x".repeat(length)}]});
        assert_eq!(container(text(65_000)), Ok(()));
        assert!(container(text(65_536)).is_err_and(|said| said.ends_with("Max allowed length is '65536' bytes.")));
        let many = |count: usize| (0..count).map(|at| with(json!({"name": format!("c{at}")}))).collect::<Value>();
        assert_eq!(register(json!({"containerDefinitions": many(10)})), Ok(()));
        assert!(register(json!({"containerDefinitions": many(11)})).is_err());
    }

    #[test]
    fn containers_that_ecs_refuses() {
        for right in [
            json!({"healthCheck": {"command": ["CMD-SHELL", "true"], "timeout": 60}}),
            json!({"startTimeout": 2, "stopTimeout": 120}),
            json!({"ulimits": [{"name": "nofile", "softLimit": 1, "hardLimit": 2}]}),
        ] {
            assert_eq!(container(right.clone()), Ok(()), "{right}");
        }
        for wrong in [
            json!({"healthCheck": {"command": ["curl", "localhost"]}}),
            json!({"healthCheck": {"command": ["CMD-SHELL"]}}),
            json!({"healthCheck": {"command": ["CMD", "true"], "timeout": 61}}),
            json!({"startTimeout": 1}),
            json!({"startTimeout": 121}),
            json!({"stopTimeout": 1}),
            json!({"ulimits": [{"name": "nproc", "softLimit": 1, "hardLimit": 2}]}),
            json!({"logConfiguration": {"logDriver": "awsfirelens"}}),
        ] {
            assert!(container(wrong.clone()).is_err(), "{wrong}");
        }
        let pair = |essential: bool| {
            let waits = with(json!({"dependsOn": [{"containerName": "once", "condition": "SUCCESS"}]}));
            register(json!({"containerDefinitions": [waits, with(json!({"name": "once", "essential": essential}))]}))
        };
        assert_eq!((pair(false), pair(true).is_err()), (Ok(()), true));
    }

    #[test]
    fn volumes_and_platforms_that_ecs_refuses() {
        let efs = |directory: &str| {
            let files = json!({"fileSystemId": "fs-1", "rootDirectory": directory, "authorizationConfig": {"accessPointId": "fsap-1"}});
            json!([{"name": "files", "efsVolumeConfiguration": files}])
        };
        assert_eq!(register(json!({"volumes": efs("/")})), Ok(()));
        for wrong in [efs("/data"), json!([{"name": "my files"}]), json!([{"name": "files"}, {"name": "files"}])] {
            assert!(register(json!({"volumes": wrong})).is_err(), "{wrong}");
        }
        let windows = json!({"operatingSystemFamily": "WINDOWS_SERVER_2022_CORE", "cpuArchitecture": "X86_64"});
        assert_eq!(register(json!({"runtimePlatform": windows})), Ok(()));
        assert!(
            register(json!({"runtimePlatform": windows, "cpu": "512"})).is_err_and(|said| said.starts_with("No Fargate configuration"))
        );
    }
}
