//! ECS201: a load balancer's traffic goes to a container or a port that the task does not have.

use crate::core::code::{Category, Code, Example};
use crate::core::graph::Finding;
use crate::core::rule::{Look, Rule};
use crate::core::suggest::some_of;
use crate::core::view::View;
use crate::kinds::ecs::container::Container;
use crate::kinds::ecs::service::{LoadBalancer, Service};
use crate::kinds::ecs::task_definition::TaskDefinition;

pub const RULE: Rule = Rule {
    code: Code {
        id: "ECS201",
        category: Category::Request,
        about: "A service sends a load balancer's traffic to a container, or to a port of it, that its task definition does not have.",
        why: "CreateService and UpdateService refuse it: the container does not exist in the task definition, or does not have the port.",
        page: "https://docs.aws.amazon.com/AmazonECS/latest/APIReference/API_LoadBalancer.html",
        example: Example::Stack {
            wrong: &[
                r#"
        [network]
        [service.web]
        image = "nginx:1.29"
        port = 80
        deployment = "rolling"
        [override."service.web.service"]
        load_balancers = [{ target_group_arn = "${service.web.target-group.blue.arn}", container_name = "web", container_port = 80 }]
    "#,
                r#"
        [network]
        [service.web]
        image = "nginx:1.29"
        port = 80
        deployment = "rolling"
        [override."service.web.service"]
        load_balancers = [{ target_group_arn = "${service.web.target-group.blue.arn}", container_name = "app", container_port = 8080 }]
    "#,
            ],
            right: &["[network]\n[service.web]\nimage = \"nginx:1.29\"\nport = 80\ndeployment = \"rolling\""],
        },
        ..Code::NEW
    },
    look: Look::Resources(find),
};

fn find(view: &View<'_>) -> Vec<Finding> {
    let services = view.all::<Service>().flat_map(|(seen, spec)| {
        let task = view.target::<TaskDefinition>(&spec.task_definition_arn);
        let wrong = spec.load_balancers.iter().filter_map(move |balancer| problem(balancer, &task?.1.containers));
        wrong.map(|(message, help)| seen.finding("load_balancers", message).help(help))
    });
    services.collect()
}

fn problem(balancer: &LoadBalancer, containers: &[Container]) -> Option<(String, String)> {
    let LoadBalancer { container_name: name, container_port: port, .. } = balancer;
    let Some(container) = containers.iter().find(|container| container.name == *name) else {
        let names = containers.iter().map(|container| container.name.as_str()).collect::<Vec<_>>();
        return Some((format!("the task has no container `{name}`"), format!("it has {}", some_of(&names))));
    };
    if container.port_mappings.iter().any(|mapping| mapping.container_port == *port) {
        return None;
    }
    let ports = container.port_mappings.iter().map(|mapping| mapping.container_port.to_string()).collect::<Vec<_>>();
    let help = if ports.is_empty() {
        format!("give it port_mappings = [{{ container_port = {port} }}]")
    } else {
        format!("it has {}", ports.join(", "))
    };
    Some((format!("the container `{name}` does not have port {port}"), help))
}
