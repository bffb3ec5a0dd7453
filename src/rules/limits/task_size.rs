//! LIM206: a task definition is too large.

use crate::core::code::{Category, Code, Example};
use crate::core::graph::Finding;
use crate::core::rule::{Look, Rule};
use crate::core::view::View;
use crate::kinds::ecs::container::Container;
use crate::kinds::ecs::task_definition::TaskDefinition;

pub const RULE: Rule = Rule {
    code: Code {
        id: "LIM206",
        category: Category::Request,
        about: "A task definition is larger than 64 KiB.",
        why: "RegisterTaskDefinition refuses it. Mostly environment variables make it so large: a file in a bucket has no such bound.",
        page: "https://docs.aws.amazon.com/AmazonECS/latest/developerguide/service-quotas.html",
        example: Example::Test("a_task_definition_has_64_kib"),
        ..Code::NEW
    },
    look: Look::Resources(find),
};

/// The most bytes of a task definition, as JSON; it cannot be raised.
const LARGEST: usize = 64 * 1024;

fn find(view: &View<'_>) -> Vec<Finding> {
    let found = view.all::<TaskDefinition>().filter_map(|(seen, spec)| {
        let each = spec.containers.iter().map(bytes).collect::<Vec<_>>();
        let largest = each.iter().enumerate().max_by_key(|(_, bytes)| **bytes).map_or(0, |(at, _)| at);
        let all = each.iter().sum::<usize>();
        let message = || format!("environments and commands of {} KiB do not fit into a task definition", all.div_ceil(1024));
        let finding = || seen.finding(format!("containers.{largest}.environment"), message());
        (all > LARGEST).then(|| finding().help("64 KiB is the most: keep the rest in a bucket or a parameter"))
    });
    found.collect()
}

// The texts of a container, which is less than its whole definition.
fn bytes(container: &Container) -> usize {
    let pairs = container.environment.iter().chain(&container.secrets).map(|(name, value)| name.len() + value.len());
    let words = container.command.iter().chain(&container.entry_point).map(String::len);
    pairs.chain(words).sum()
}
