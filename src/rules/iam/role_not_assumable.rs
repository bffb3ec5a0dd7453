//! IAM201: a role does not trust the service that is to take it.

use super::grants::{is_like, members, statements};
use crate::core::code::{Category, Code, Example};
use crate::core::graph::Finding;
use crate::core::iam_document::{self, Place};
use crate::core::rule::{Look, Rule};
use crate::core::view::View;
use crate::kinds::ecs::service::Service;
use crate::kinds::ecs::task_definition::TaskDefinition;
use crate::kinds::iam::role::Role;
use crate::kinds::rds::instance::DbInstance;
use serde_json::Value;
use std::collections::BTreeSet;

pub const RULE: Rule = Rule {
    code: Code {
        id: "IAM201",
        category: Category::Security,
        about: "A role's trust policy does not name the service that is to take the role.",
        why: "ECS takes the roles of a task as `ecs-tasks.amazonaws.com`, and the one that moves traffic as `ecs.amazonaws.com`; RDS takes the one that it monitors with as `monitoring.rds.amazonaws.com`. A role that trusts another service is refused when the first task starts, or the database is made.",
        page: "https://docs.aws.amazon.com/AmazonECS/latest/developerguide/task_execution_IAM_role.html",
        example: Example::Stack {
            wrong: &[r#"
        [network]
        [service.web]
        image = "nginx:1.29"
        port = 80
        [override."service.web.task-role".assume_role_policy]
        Version = "2012-10-17"
        Statement = [{ Effect = "Allow", Principal = { Service = "ec2.amazonaws.com" }, Action = "sts:AssumeRole" }]
    "#],
            right: &["[network]\n[service.web]\nimage = \"nginx:1.29\"\nport = 80"],
        },
        ..Code::NEW
    },
    look: Look::Resources(find),
};

fn find(view: &View<'_>) -> Vec<Finding> {
    let of_tasks = view.all::<TaskDefinition>().flat_map(|(_, spec)| {
        let roles = [&spec.execution_role_arn, &spec.task_role_arn].into_iter().flatten();
        roles.map(|arn| (arn.as_str(), "ecs-tasks.amazonaws.com"))
    });
    let of_services = view.all::<Service>().flat_map(|(_, spec)| {
        let advanced = spec.load_balancers.iter().filter_map(|balancer| balancer.advanced_configuration.as_ref());
        advanced.map(|advanced| (advanced.role_arn.as_str(), "ecs.amazonaws.com"))
    });
    // https://docs.aws.amazon.com/AmazonRDS/latest/UserGuide/USER_Monitoring.OS.Enabling.html
    let of_databases =
        view.all::<DbInstance>().filter_map(|(_, spec)| Some((spec.monitoring_role_arn.as_deref()?, "monitoring.rds.amazonaws.com")));
    let taken = of_tasks.chain(of_services).chain(of_databases).collect::<BTreeSet<_>>();
    let wrong = taken.into_iter().filter_map(|(arn, service)| {
        let (seen, role) = view.target::<Role>(arn)?;
        // A text that is no policy at all is refused, and mended first.
        if !iam_document::problems("assume_role_policy", &role.assume_role_policy, Place::Trust).is_empty() {
            return None;
        }
        let trusts = statements(&role.assume_role_policy).any(|statement| trusts(statement, service));
        (!trusts).then(|| {
            let finding = seen.finding("assume_role_policy.Statement", format!("`{service}` takes this role, and it does not trust it"));
            let named = statements(&role.assume_role_policy).any(|statement| statement["Effect"] == "Allow" && names(statement, service));
            finding.help(match named {
                true => "write the action as Action = \"sts:AssumeRole\"".to_owned(),
                false => format!("name it in the trust policy: Principal = {{ Service = \"{service}\" }}"),
            })
        })
    });
    wrong.collect()
}

fn trusts(statement: &Value, service: &str) -> bool {
    let acts = members(&statement["Action"]).filter_map(Value::as_str).any(|action| is_like(action, "sts:AssumeRole"));
    statement["Effect"] == "Allow" && acts && names(statement, service)
}

fn names(statement: &Value, service: &str) -> bool {
    let principal = &statement["Principal"];
    let mut named = members(principal).chain(members(&principal["Service"])).filter_map(Value::as_str);
    named.any(|name| name == "*" || name == service)
}
