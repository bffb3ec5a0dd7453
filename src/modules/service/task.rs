//! The task definition of a service.

use super::{Architecture, Service, Setting};
use crate::core::module::{Made, Nodes};
use crate::kinds::ecs::container::{Container, HealthCheck, LogConfiguration, LogDriver, PortMapping, Protocol};
use crate::kinds::ecs::task_definition;
use std::collections::BTreeMap;

impl Service {
    pub(super) fn expand_task(&self, nodes: &mut Nodes<'_>) -> Made {
        let site = nodes.site;
        let spec = task_definition::Spec {
            name: None,
            cpu: self.cpu,
            memory: self.memory,
            execution_role_arn: Some(site.out("execution-role", "arn")),
            task_role_arn: Some(site.out("task-role", "arn")),
            cpu_architecture: match self.architecture {
                Architecture::X86 => task_definition::Architecture::X86,
                Architecture::Arm64 => task_definition::Architecture::Arm,
            },
            operating_system_family: task_definition::OperatingSystem::Linux,
            ephemeral_storage: self.ephemeral_storage,
            volumes: Vec::new(),
            containers: vec![self.container(nodes)],
            tags: self.tags.clone(),
        };
        nodes.add::<task_definition::TaskDefinition>("task-definition", spec)
    }

    fn container(&self, nodes: &Nodes<'_>) -> Container {
        let site = nodes.site;
        let image = self.image.clone().unwrap_or_else(|| format!("{}:latest", site.out("repository", "uri")));
        let (mut environment, mut secrets) = (BTreeMap::new(), BTreeMap::new());
        for (name, setting) in &self.environment {
            match setting {
                Setting::Text(text) => drop(environment.insert(name.clone(), text.clone())),
                Setting::Number(number) => drop(environment.insert(name.clone(), number.to_string())),
                Setting::Flag(flag) => drop(environment.insert(name.clone(), flag.to_string())),
                Setting::Secret(secret) => drop(secrets.insert(name.clone(), secret.value_from())),
            }
        }
        let port = |container_port| PortMapping { container_port, protocol: Protocol::Tcp, name: None };
        Container {
            entry_point: self.entry_point.clone(),
            command: self.command.clone(),
            user: self.user.clone(),
            environment,
            secrets,
            port_mappings: self.port.map(port).into_iter().collect(),
            log_configuration: Some(LogConfiguration {
                log_driver: LogDriver::Awslogs,
                options: BTreeMap::from([
                    ("awslogs-group".into(), site.out("log-group", "name")),
                    ("awslogs-region".into(), site.settings.region.clone()),
                    // The group is the service's own, so its name says nothing here; one that moved would be deployed for it.
                    ("awslogs-stream-prefix".into(), "ecs".to_owned()),
                ]),
                secret_options: BTreeMap::new(),
            }),
            health_check: (!self.health.command.is_empty()).then(|| HealthCheck {
                command: self.health.command.clone(),
                interval: self.health.interval,
                timeout: self.health.timeout,
                retries: self.health.unhealthy,
                start_period: self.health.grace.min(300),
            }),
            readonly_root_filesystem: self.readonly,
            init_process_enabled: true,
            stop_timeout: Some(self.stop_timeout),
            ..Container::new(CONTAINER, image)
        }
    }
}

/// The name of a service's one container.
pub(super) const CONTAINER: &str = "app";
