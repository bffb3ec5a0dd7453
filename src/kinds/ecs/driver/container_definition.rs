//! Containers as the ECS API has them, with its defaults filled in.

use crate::aws::Result;
use crate::kinds::ecs::container::{Container, HealthCheck, LogConfiguration, MountPoint, PortMapping, Protocol, Ulimit};
use crate::kinds::spelling::{built, choice, number, word};
use aws_sdk_ecs::types as ecs;
use std::collections::BTreeMap;

const REGISTER: &str = "ecs.RegisterTaskDefinition";
const DESCRIBE: &str = "ecs.DescribeTaskDefinition";

/// Makes what is sent. Lists that are empty are left out, so that a revision reads as short as it was written.
pub fn to_aws(container: &Container) -> Result<ecs::ContainerDefinition> {
    let environment = container.environment.iter().map(|(name, value)| ecs::KeyValuePair::builder().name(name).value(value).build());
    let ports = container.port_mappings.iter().map(|mapping| {
        let builder = ecs::PortMapping::builder().container_port(i32::from(mapping.container_port));
        builder.protocol(word(&mapping.protocol).as_str().into()).set_name(mapping.name.clone()).build()
    });
    let mounts = container.mount_points.iter().map(|mount| {
        let builder = ecs::MountPoint::builder().container_path(&mount.container_path).source_volume(&mount.source_volume);
        builder.read_only(mount.read_only).build()
    });
    let limits = container.ulimits.iter().map(|limit| {
        let builder = ecs::Ulimit::builder().name(limit.name.as_str().into());
        let (soft, hard) = (number(REGISTER, "soft_limit", limit.soft_limit)?, number(REGISTER, "hard_limit", limit.hard_limit)?);
        built(REGISTER, builder.soft_limit(soft).hard_limit(hard).build())
    });
    let dependencies = container.depends_on.iter().map(|(name, condition)| {
        let builder = ecs::ContainerDependency::builder().container_name(name);
        built(REGISTER, builder.condition(word(condition).as_str().into()).build())
    });
    let linux = container.init_process_enabled.then(|| ecs::LinuxParameters::builder().init_process_enabled(true).build());
    Ok(ecs::ContainerDefinition::builder()
        .name(&container.name)
        .image(&container.image)
        .cpu(number(REGISTER, "cpu", container.cpu)?)
        .set_memory(container.memory.map(|mib| number(REGISTER, "memory", mib)).transpose()?)
        .set_memory_reservation(container.memory_reservation.map(|mib| number(REGISTER, "memory_reservation", mib)).transpose()?)
        .essential(container.essential)
        .set_entry_point(some(container.entry_point.clone()))
        .set_command(some(container.command.clone()))
        .set_working_directory(container.working_directory.clone())
        .set_user(container.user.clone())
        .set_environment(some(environment.collect()))
        .set_secrets(some(secrets(&container.secrets)?))
        .set_port_mappings(some(ports.collect()))
        .set_log_configuration(container.log_configuration.as_ref().map(log).transpose()?)
        .set_health_check(container.health_check.as_ref().map(health).transpose()?)
        .set_depends_on(some(dependencies.collect::<Result<_>>()?))
        .set_mount_points(some(mounts.collect()))
        .set_ulimits(some(limits.collect::<Result<_>>()?))
        .set_readonly_root_filesystem(container.readonly_root_filesystem.then_some(true))
        .set_linux_parameters(linux)
        .set_start_timeout(container.start_timeout.map(|seconds| number(REGISTER, "start_timeout", seconds)).transpose()?)
        .set_stop_timeout(container.stop_timeout.map(|seconds| number(REGISTER, "stop_timeout", seconds)).transpose()?)
        .build())
}

pub fn from_aws(container: ecs::ContainerDefinition) -> Result<Container> {
    let environment = container.environment.unwrap_or_default().into_iter();
    Ok(Container {
        name: container.name.unwrap_or_default(),
        image: container.image.unwrap_or_default(),
        cpu: number(DESCRIBE, "cpu", container.cpu)?,
        memory: container.memory.map(|mib| number(DESCRIBE, "memory", mib)).transpose()?,
        memory_reservation: container.memory_reservation.map(|mib| number(DESCRIBE, "memoryReservation", mib)).transpose()?,
        essential: container.essential.unwrap_or(true),
        entry_point: container.entry_point.unwrap_or_default(),
        command: container.command.unwrap_or_default(),
        working_directory: container.working_directory,
        user: container.user,
        environment: environment.map(|pair| (pair.name.unwrap_or_default(), pair.value.unwrap_or_default())).collect(),
        secrets: from_secrets(container.secrets),
        port_mappings: container.port_mappings.unwrap_or_default().into_iter().map(from_port).collect::<Result<_>>()?,
        log_configuration: container.log_configuration.map(from_log).transpose()?,
        health_check: container.health_check.map(from_health).transpose()?,
        depends_on: container
            .depends_on
            .unwrap_or_default()
            .into_iter()
            .map(|one| Ok((one.container_name, choice(DESCRIBE, one.condition.as_str())?)))
            .collect::<Result<_>>()?,
        mount_points: container.mount_points.unwrap_or_default().into_iter().map(from_mount).collect(),
        ulimits: container.ulimits.unwrap_or_default().into_iter().map(from_limit).collect::<Result<_>>()?,
        readonly_root_filesystem: container.readonly_root_filesystem.unwrap_or(false),
        init_process_enabled: container.linux_parameters.and_then(|linux| linux.init_process_enabled).unwrap_or(false),
        start_timeout: container.start_timeout.map(|seconds| number(DESCRIBE, "startTimeout", seconds)).transpose()?,
        stop_timeout: container.stop_timeout.map(|seconds| number(DESCRIBE, "stopTimeout", seconds)).transpose()?,
    })
}

fn secrets(map: &BTreeMap<String, String>) -> Result<Vec<ecs::Secret>> {
    map.iter().map(|(name, from)| built(REGISTER, ecs::Secret::builder().name(name).value_from(from).build())).collect()
}

fn from_secrets(list: Option<Vec<ecs::Secret>>) -> BTreeMap<String, String> {
    list.unwrap_or_default().into_iter().map(|secret| (secret.name, secret.value_from)).collect()
}

fn log(log: &LogConfiguration) -> Result<ecs::LogConfiguration> {
    let builder = ecs::LogConfiguration::builder().log_driver(word(&log.log_driver).as_str().into());
    let options = (!log.options.is_empty()).then(|| log.options.clone().into_iter().collect());
    built(REGISTER, builder.set_options(options).set_secret_options(some(secrets(&log.secret_options)?)).build())
}

fn from_log(log: ecs::LogConfiguration) -> Result<LogConfiguration> {
    Ok(LogConfiguration {
        log_driver: choice(DESCRIBE, log.log_driver.as_str())?,
        options: log.options.unwrap_or_default().into_iter().collect(),
        secret_options: from_secrets(log.secret_options),
    })
}

fn health(check: &HealthCheck) -> Result<ecs::HealthCheck> {
    let builder = ecs::HealthCheck::builder()
        .set_command(Some(check.command.clone()))
        .interval(number(REGISTER, "interval", check.interval)?)
        .timeout(number(REGISTER, "timeout", check.timeout)?)
        .retries(number(REGISTER, "retries", check.retries)?);
    let start = number(REGISTER, "start_period", check.start_period)?;
    built(REGISTER, builder.set_start_period((start > 0).then_some(start)).build())
}

fn from_health(check: ecs::HealthCheck) -> Result<HealthCheck> {
    let read = |what: &str, value: Option<i32>, default: u32| value.map_or(Ok(default), |value| number(DESCRIBE, what, value));
    Ok(HealthCheck {
        command: check.command,
        interval: read("interval", check.interval, 30)?,
        timeout: read("timeout", check.timeout, 5)?,
        retries: read("retries", check.retries, 3)?,
        start_period: read("startPeriod", check.start_period, 0)?,
    })
}

fn from_port(mapping: ecs::PortMapping) -> Result<PortMapping> {
    Ok(PortMapping {
        container_port: mapping.container_port.and_then(|port| u16::try_from(port).ok()).unwrap_or_default(),
        protocol: mapping.protocol.map_or(Ok(Protocol::Tcp), |protocol| choice(DESCRIBE, protocol.as_str()))?,
        name: mapping.name,
    })
}

fn from_mount(mount: ecs::MountPoint) -> MountPoint {
    MountPoint {
        container_path: mount.container_path.unwrap_or_default(),
        source_volume: mount.source_volume.unwrap_or_default(),
        read_only: mount.read_only.unwrap_or(false),
    }
}

fn from_limit(limit: ecs::Ulimit) -> Result<Ulimit> {
    let (soft_limit, hard_limit) = (number(DESCRIBE, "softLimit", limit.soft_limit)?, number(DESCRIBE, "hardLimit", limit.hard_limit)?);
    Ok(Ulimit { name: limit.name.as_str().to_owned(), soft_limit, hard_limit })
}

fn some<T>(list: Vec<T>) -> Option<Vec<T>> {
    (!list.is_empty()).then_some(list)
}
