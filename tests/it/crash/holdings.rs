//! All that a world holds, to be compared with another.

use std::collections::BTreeMap;
use trueup::sandbox::world::World;

/// Counts, a day later, the rows of everything that somebody made; rows that AWS makes by itself, or notes down, are left out.
pub fn holdings(world: &World) -> BTreeMap<String, usize> {
    let mut world = world.clone();
    world.advance_to(world.now + 24 * 60 * 60 * 1000);
    let tables = world.tables.iter().filter(|(table, _)| !is_by_itself(table));
    let mut holdings = tables.map(|(table, rows)| (table.clone(), rows.len())).filter(|(_, count)| *count > 0).collect::<BTreeMap<_, _>>();
    // Tasks carry the tags of their service, and come and go.
    for (_, tags) in world.tags.iter().filter(|(arn, _)| !arn.contains(":task/")) {
        if let Some(node) = tags.get("trueup:node") {
            *holdings.entry(format!("tagged {node}")).or_default() += 1;
        }
    }
    holdings
}

/// Tables of what AWS makes by itself, or notes down.
const BY_ITSELF: &[&str] = &[
    "autoscaling.activity",
    "cloudtrail.event",
    "ec2.idempotency",
    "ec2.network_interface",
    "ecs.service_deployment",
    "ecs.service_revision",
    "ecs.task",
    "elbv2.target",
    "kms.alias",
    "kms.key",
];

pub fn is_by_itself(table: &str) -> bool {
    BY_ITSELF.contains(&table.split('/').nth(1).unwrap_or_default())
}
