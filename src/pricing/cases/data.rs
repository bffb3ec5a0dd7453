//! Databases, caches, search, tables.

use super::Resource;
use super::words::given;
use crate::core::money::Decimal;
use crate::pricing::tariffs;
use crate::pricing::tariffs::opensearch::{Domain, Volume};
use crate::pricing::tariffs::rds::Instance;
use crate::pricing::{Charge, HOURS};

pub(super) fn database(resource: &Resource<'_>) -> Vec<Charge> {
    let Resource { attributes, usage, day, .. } = resource;
    let engine = attributes.text("engine").unwrap_or("mysql").to_lowercase();
    let engine = if engine == "postgres" { "postgresql" } else { engine.as_str() };
    let class = attributes.text("instance_class").unwrap_or_default();
    let (iops, multi_az) = (attributes.number("iops"), attributes.flag("multi_az"));
    // Without a type, asking for IOPS asks for a type that has them.
    let storage = match attributes.text("storage_type") {
        Some("standard") => "magnetic",
        Some(other) => other,
        None if iops.is_some_and(|iops| !iops.is_zero()) => "io1",
        None => "gp2",
    };
    let mut charges = tariffs::rds::instance(&Instance {
        engine,
        class,
        multi_az,
        storage,
        gb: attributes.number("allocated_storage").unwrap_or_else(|| Decimal::from(20)),
        grows_to: None,
        iops,
        throughput: attributes.number("storage_throughput"),
    });
    charges.push(tariffs::rds::backups(usage.given("additional_backup_storage_gb")));
    if storage == "magnetic" {
        charges.push(tariffs::rds::magnetic_requests(usage.given("monthly_standard_io_requests")));
    }
    attributes.idle(&["engine_version", "performance_insights_retention_period"]);
    if attributes.flag("performance_insights_enabled") {
        if attributes.number("performance_insights_retention_period").is_some_and(|days| days > Decimal::from(7)) {
            charges.extend(tariffs::rds::long_insights(class));
        }
        charges.push(tariffs::rds::insights_requests(usage.given("monthly_additional_performance_insights_requests")));
    }
    if attributes.flag("manage_master_user_password") {
        charges.push(tariffs::secrets::secret("secret of the master user"));
    }
    // Terraform's default takes part in it.
    if attributes.text("engine_lifecycle_support") != Some("open-source-rds-extended-support-disabled") {
        let version = attributes.text("engine_version").unwrap_or_default();
        charges.extend(tariffs::rds::extended_support(engine, version, class, multi_az, day));
    }
    if tariffs::rds::credits(class, given(Decimal::ZERO, "")).is_some() {
        charges.extend(tariffs::rds::credits(class, usage.given("monthly_cpu_credit_hrs")));
    }
    charges
}

pub(super) fn cache_cluster(resource: &Resource<'_>) -> Vec<Charge> {
    let Resource { attributes, .. } = resource;
    // Its nodes are those of its group.
    if attributes.text("replication_group_id").is_some() {
        attributes.idle(&["engine", "node_type", "num_cache_nodes", "snapshot_retention_limit"]);
        return Vec::new();
    }
    let engine = attributes.text("engine").unwrap_or("redis").to_lowercase();
    cache(resource, &engine, attributes.whole("num_cache_nodes").unwrap_or(1))
}

pub(super) fn replication_group(resource: &Resource<'_>) -> Vec<Charge> {
    let Resource { attributes, .. } = resource;
    let first = |paths: &[&str]| paths.iter().filter_map(|path| attributes.whole(path)).next();
    let shards = first(&["num_node_groups", "cluster_mode.num_node_groups"]);
    let replicas = first(&["replicas_per_node_group", "cluster_mode.replicas_per_node_group"]);
    let nodes = match (shards, replicas) {
        (None, None) => first(&["num_cache_clusters", "number_cache_clusters"]).unwrap_or(1),
        (shards, replicas) => shards.unwrap_or(1).saturating_mul(replicas.unwrap_or(0).saturating_add(1)),
    };
    let engine = attributes.text("engine").unwrap_or("redis").to_lowercase();
    cache(resource, &engine, nodes)
}

fn cache(resource: &Resource<'_>, engine: &str, nodes: u32) -> Vec<Charge> {
    let Resource { attributes, usage, .. } = resource;
    let mut charges = vec![tariffs::elasticache::nodes(engine, attributes.text("node_type").unwrap_or_default(), nodes)];
    let kept = attributes.whole("snapshot_retention_limit").unwrap_or(0);
    if kept > 1 && engine != "memcached" {
        charges.push(tariffs::elasticache::snapshots(usage.given("snapshot_storage_size_gb"), kept));
    }
    charges
}

pub(super) fn domain(resource: &Resource<'_>) -> Vec<Charge> {
    let Resource { attributes, disputed, .. } = resource;
    // Terraform has these in a block of their own.
    let place = |name: &str| if attributes.has("cluster_config") { format!("cluster_config.{name}") } else { name.to_owned() };
    let node = |name: &str| attributes.text(&place(name)).map(|node| node.replace(".elasticsearch", ".search"));
    let count = |name: &str, other: u32| attributes.whole(&place(name)).unwrap_or(other);
    let data = node("instance_type").unwrap_or_else(|| "m4.large.search".into());
    let masters = attributes
        .flag(&place("dedicated_master_enabled"))
        .then(|| node("dedicated_master_type").unwrap_or_else(|| "m4.large.search".into()));
    let warm = node("warm_type").filter(|_| attributes.flag(&place("warm_enabled")));
    let nodes = count("instance_count", 1);
    for word in ["dedicated_master_type", "dedicated_master_count", "warm_type", "warm_count"] {
        attributes.idle(&[place(word).as_str()]);
    }
    let volume_type = attributes.text("ebs_options.volume_type").unwrap_or("gp2");
    let volume = attributes.flag("ebs_options.ebs_enabled").then(|| Volume {
        volume_type,
        // A volume belongs to each data node. Where a source counts it once for the whole domain, the case says that this is disputed.
        count: if *disputed { 1 } else { nodes },
        gb: attributes.number("ebs_options.volume_size").unwrap_or_else(|| Decimal::from(8)),
        iops: attributes.number("ebs_options.iops"),
        throughput: attributes.number("ebs_options.throughput"),
    });
    tariffs::opensearch::domain(&Domain {
        data: (&data, nodes),
        masters: masters.as_deref().map(|master| (master, count("dedicated_master_count", 3))),
        warm: warm.as_deref().map(|warm| (warm, count("warm_count", 0))),
        volume,
    })
}

pub(super) fn table(resource: &Resource<'_>) -> Vec<Charge> {
    let Resource { attributes, usage, .. } = resource;
    let million = |what: &str, key: &str, unit, path: &str| Charge::usage(what, key, unit, usage.given(path).per(1_000_000));
    attributes.idle(&["write_capacity", "read_capacity"]);
    let mut charges = if attributes.choice("billing_mode", &["PAY_PER_REQUEST", "PROVISIONED"]) == Some("PAY_PER_REQUEST") {
        vec![
            million("writes", "dynamodb.ondemand.write", "1M WRU", "monthly_write_request_units"),
            million("reads", "dynamodb.ondemand.read", "1M RRU", "monthly_read_request_units"),
        ]
    } else {
        let hours = |path: &str| HOURS * attributes.number(path).unwrap_or_default();
        vec![
            Charge::fixed("write capacity", "dynamodb.provisioned.wcu_hour", "WCU-hour", hours("write_capacity")),
            Charge::fixed("read capacity", "dynamodb.provisioned.rcu_hour", "RCU-hour", hours("read_capacity")),
        ]
    };
    let gb = |what: &str, key: &str, unit, path: &str| Charge::usage(what, key, unit, usage.given(path));
    charges.extend([
        gb("storage", "dynamodb.storage", "GB-month", "storage_gb"),
        gb("continuous backups", "dynamodb.pitr", "GB-month", "pitr_backup_storage_gb"),
        gb("backups", "dynamodb.backup", "GB-month", "on_demand_backup_storage_gb"),
        gb("restored data", "dynamodb.restore", "GB", "monthly_data_restored_gb"),
        million("reads of the stream", "dynamodb.streams.read", "1M requests", "monthly_streams_read_request_units"),
    ]);
    charges.retain(|charge| charge.quantity != given(Decimal::ZERO, "").amount);
    charges
}
