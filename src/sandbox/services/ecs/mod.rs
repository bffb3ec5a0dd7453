//! ECS: clusters, task definitions, services and their deployments, tasks.

mod account_setting;
mod capacity_provider;
mod cluster;
mod deployment;
pub mod fargate;
mod service;
mod service_checks;
mod tag;
mod task;
mod task_definition;
mod task_definition_checks;
mod task_failure;
mod task_network;
mod task_script;
mod task_set;
mod task_state;
#[cfg(test)]
mod tests;
pub mod traffic;

pub use deployment::{is_failure, is_moved_by, play, set_rollouts};
pub use task_definition::renumber;

use super::{Handler, iam};
use crate::world::Call;

pub fn handler(operation: &str) -> Option<Handler> {
    let handler: Handler = match operation {
        "CreateCluster" => cluster::create,
        "DeleteCluster" => cluster::delete,
        "DescribeClusters" => cluster::describe,
        "ListClusters" => cluster::list,
        "UpdateCluster" => cluster::update,
        "UpdateClusterSettings" => cluster::update_settings,
        "PutClusterCapacityProviders" => cluster::put_capacity_providers,
        "CreateCapacityProvider" => capacity_provider::create,
        "UpdateCapacityProvider" => capacity_provider::update,
        "DeleteCapacityProvider" => capacity_provider::delete,
        "DescribeCapacityProviders" => capacity_provider::describe,
        "RegisterTaskDefinition" => task_definition::register,
        "DeregisterTaskDefinition" => task_definition::deregister,
        "DeleteTaskDefinitions" => task_definition::delete,
        "DescribeTaskDefinition" => task_definition::describe,
        "ListTaskDefinitions" => task_definition::list,
        "ListTaskDefinitionFamilies" => task_definition::list_families,
        "CreateService" => service::create,
        "UpdateService" => service::update,
        "DeleteService" => service::delete,
        "DescribeServices" => service::describe,
        "ListServices" => service::list,
        "ListServiceDeployments" => deployment::list,
        "DescribeServiceDeployments" => deployment::describe,
        "DescribeServiceRevisions" => deployment::describe_revisions,
        "StopServiceDeployment" => deployment::stop,
        "ContinueServiceDeployment" => deployment::go_on,
        "CreateTaskSet" => task_set::create,
        "UpdateTaskSet" => task_set::update,
        "DeleteTaskSet" => task_set::delete,
        "DescribeTaskSets" => task_set::describe,
        "UpdateServicePrimaryTaskSet" => task_set::make_primary,
        "RunTask" => task::run,
        "StopTask" => task::stop,
        "DescribeTasks" => task::describe,
        "ListTasks" => task::list,
        "ExecuteCommand" => task::execute_command,
        "PutAccountSetting" => account_setting::put,
        "PutAccountSettingDefault" => account_setting::put_default,
        "DeleteAccountSetting" => account_setting::delete,
        "ListAccountSettings" => account_setting::list,
        "TagResource" => tag::tag,
        "UntagResource" => tag::untag,
        "ListTagsForResource" => tag::list,
        _ => return None,
    };
    Some(handler)
}

/// The most common refusal of this service.
fn invalid(message: impl Into<String>) -> super::super::world::Fault {
    super::super::world::Fault::new("InvalidParameterException", message)
}

/// The first use of a new account makes the service-linked role, and is refused because it is not there yet.
/// <https://docs.aws.amazon.com/AmazonECS/latest/developerguide/using-service-linked-roles.html>
fn check_linked_role(call: &mut Call<'_>) -> Result<(), super::super::world::Fault> {
    const SERVICE: &str = "ecs.amazonaws.com";
    if iam::has_service_linked(call, SERVICE) {
        return Ok(());
    }
    iam::ensure_service_linked(call, SERVICE)?;
    Err(invalid("Unable to assume the service linked role. Please verify that the ECS service linked role exists.").lasting())
}

/// The other one: what the caller asked for cannot be done.
fn refused(message: impl Into<String>) -> super::super::world::Fault {
    super::super::world::Fault::new("ClientException", message)
}
