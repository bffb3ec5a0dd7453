//! The words that others use for what a key of ours says, and amounts with a unit where a plain number is wanted.

/// Words of the AWS API, the CLI, Terraform, Compose, Helm and Kubernetes, with the keys of ours that say the same. The first key
/// that a table takes is meant.
#[rustfmt::skip]
const KEYS: &[(&[&str], &[&str])] = &[
    (&["desired_count", "replicas", "replica_count", "task_count", "instance_count", "num_tasks"], &["tasks", "nodes", "desired_count"]),
    (&["num_cache_nodes", "num_cache_clusters", "num_node_groups", "node_count", "number_of_nodes"], &["nodes"]),
    (&["env", "envs", "env_vars", "environment_variables", "variables", "secrets"], &["environment"]),
    (&["node_type", "instance_type", "instance_class", "db_instance_class", "cache_node_type", "machine_type", "size", "tier"], &["class"]),
    (&["allocated_storage", "disk", "disk_size", "volume_size", "storage_gb", "size_gb"], &["storage", "ephemeral_storage"]),
    (&["max_allocated_storage"], &["max_storage"]),
    (&["engine_version"], &["version"]),
    (&["username", "master_username", "db_user"], &["user"]),
    (&["db_name", "database_name", "dbname", "database"], &["name"]),
    (&["backup_retention_period", "backup_retention", "retention_period"], &["backup_days"]),
    (&["snapshot_retention_limit"], &["snapshot_days"]),
    (&["preferred_backup_window"], &["backup_window"]),
    (&["preferred_maintenance_window"], &["maintenance_window"]),
    (&["deletion_protection", "prevent_destroy", "termination_protection", "protected"], &["protect"]),
    (&["kms_key_id", "kms_key_arn", "kms", "encryption_key"], &["kms_key"]),
    (&["transit_encryption_enabled", "transit_encryption", "ssl"], &["tls"]),
    (&["cidr_block", "ip_range", "range"], &["cidr"]),
    (&["availability_zones", "azs", "az_count", "max_azs"], &["zones"]),
    (&["nat_gateway", "nat_gateways", "enable_nat_gateway", "single_nat_gateway"], &["nat"]),
    (&["vpc", "vpc_id", "subnet_ids", "subnet", "network"], &["subnets"]),
    (&["container_port", "ports", "listen", "target_port"], &["port"]),
    (&["mem", "ram", "memory_mb", "memory_limit"], &["memory"]),
    (&["vcpu", "vcpus", "cpus", "cpu_units"], &["cpu"]),
    (&["container_image", "docker_image", "image_uri"], &["image"]),
    (&["entrypoint"], &["entry_point"]),
    (&["cmd", "args"], &["command"]),
    (&["healthcheck", "health_check", "health_check_path", "liveness_probe"], &["health"]),
    (&["autoscaling", "auto_scaling", "scaling", "min_capacity", "max_capacity"], &["scale"]),
    (&["certificate_arn", "acm_certificate_arn", "ssl_certificate", "cert"], &["certificate"]),
    (&["internal", "internet_facing", "assign_public_ip"], &["public"]),
    (&["depends_on", "links"], &["needs"]),
    (&["arch", "platform", "cpu_architecture"], &["architecture"]),
    (&["retention_in_days", "log_retention", "log_retention_days"], &["log_days"]),
    (&["recovery_window", "recovery_window_in_days"], &["recovery_days"]),
    (&["policy", "policies", "iam_policy", "permissions"], &["statements"]),
    (&["min_size", "minimum"], &["min"]),
    (&["max_size", "maximum"], &["max"]),
    (&["lifecycle_days", "expiration", "expiration_days"], &["expire_days"]),
    (&["cloudfront", "distribution"], &["cdn"]),
];

/// The same for the sections of a file.
#[rustfmt::skip]
const SECTIONS: &[(&[&str], &[&str])] = &[
    (&["vpc", "networking", "subnets"], &["network"]),
    (&["rds", "db", "databases", "postgres", "postgresql", "mysql", "mariadb", "aurora"], &["database"]),
    (&["redis", "valkey", "elasticache", "memcached"], &["cache"]),
    (&["s3", "bucket", "buckets", "object_storage"], &["storage"]),
    (&["ecs", "fargate", "app", "container", "containers", "task", "worker", "web"], &["service"]),
    (&["secret", "secretsmanager", "secrets_manager"], &["secrets"]),
    (&["opensearch", "elasticsearch"], &["search"]),
    (&["alarms", "cloudwatch", "alerts", "dashboard"], &["monitoring"]),
    (&["resources"], &["resource"]),
    (&["environments", "environment"], &["env"]),
    (&["project", "provider", "terraform", "aws"], &["stack"]),
    (&["import", "imports"], &["adopt"]),
    (&["rename", "renamed"], &["moved"]),
];

/// Returns the key of ours that is meant by another's word for it.
pub fn key<'a>(word: &str, known: impl Iterator<Item = &'a str> + Clone) -> Option<&'a str> {
    ours(KEYS, word, known)
}

/// Returns the section that is meant by another's word for it.
pub fn section<'a>(word: &str, known: impl Iterator<Item = &'a str> + Clone) -> Option<&'a str> {
    ours(SECTIONS, word, known)
}

fn ours<'a>(table: &[(&[&str], &[&str])], word: &str, known: impl Iterator<Item = &'a str> + Clone) -> Option<&'a str> {
    let plain = snake(word);
    let rows = table.iter().filter(|(words, _)| words.contains(&plain.as_str()));
    rows.flat_map(|(_, keys)| keys.iter()).find_map(|key| known.clone().find(|one| one == key))
}

// `nodeType`, `node-type` and `NodeType` are the same word as `node_type`.
pub(super) fn snake(word: &str) -> String {
    let mut plain = String::new();
    for letter in word.chars() {
        if letter.is_ascii_uppercase() && !plain.is_empty() && !plain.ends_with('_') {
            plain.push('_');
        }
        plain.push(if letter == '-' { '_' } else { letter.to_ascii_lowercase() });
    }
    plain
}

/// Returns the plain number for an amount that is written with its unit, `1GB`, in the unit that a key's description says.
pub fn amount(text: &str, description: &str) -> Option<f64> {
    let text = text.trim();
    let digits = text.find(|letter: char| !letter.is_ascii_digit() && letter != '.').unwrap_or(text.len());
    let (number, unit) = (text[..digits].parse::<f64>().ok()?, text[digits..].trim().to_ascii_lowercase());
    let found = |units: &[(&[&str], f64)]| units.iter().find(|(names, _)| names.contains(&unit.as_str())).map(|(_, size)| *size);
    let says = |word: &str| description.split(|letter: char| !letter.is_ascii_alphanumeric()).any(|one| one.eq_ignore_ascii_case(word));
    let own = |words: &[(&str, f64)]| words.iter().find(|(word, _)| says(word)).map(|(_, size)| *size);
    let plain = if let Some(size) = found(SIZES) {
        number * size / own(&[("MiB", 1.0), ("GiB", 1024.0)])?
    } else if let Some(size) = found(TIMES) {
        number * size / own(&[("seconds", 1.0), ("minutes", 60.0), ("days", 86_400.0)])?
    } else if ["vcpu", "cpu", "cpus", "vcpus"].contains(&unit.as_str()) && says("vCPU") {
        number * 1024.0
    } else {
        return None;
    };
    (plain.fract() == 0.0).then_some(plain)
}

/// Returns the plain number for a fraction of the next larger unit: of a vCPU where CPU units are wanted, of a GiB where MiB are.
pub fn fraction(number: f64, description: &str) -> Option<f64> {
    let says = |word: &str| description.split(|letter: char| !letter.is_ascii_alphanumeric()).any(|one| one == word);
    let plain = number * 1024.0;
    ((says("vCPU") || says("MiB")) && number > 0.0 && plain.fract() == 0.0).then_some(plain)
}

/// Sizes in MiB, as people write them; in memory and on disks of AWS, GB is said for GiB.
const SIZES: &[(&[&str], f64)] =
    &[(&["m", "mb", "mi", "mib"], 1.0), (&["g", "gb", "gi", "gib"], 1024.0), (&["t", "tb", "ti", "tib"], 1024.0 * 1024.0)];

const TIMES: &[(&[&str], f64)] = &[
    (&["s", "sec", "second", "seconds"], 1.0),
    (&["min", "minute", "minutes"], 60.0),
    (&["h", "hour", "hours"], 3600.0),
    (&["d", "day", "days"], 86_400.0),
    (&["w", "week", "weeks"], 604_800.0),
];

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_words_of_others_name_our_keys() {
        let service = ["tasks", "environment", "memory", "port", "subnets"];
        let of = |word: &str| key(word, service.into_iter());
        assert_eq!(
            (of("desired_count"), of("env"), of("desiredCount"), of("containerPort")),
            (Some("tasks"), Some("environment"), Some("tasks"), Some("port"))
        );
        assert_eq!((of("node_type"), of("vpc"), of("colour")), (None, Some("subnets"), None));
        assert_eq!(key("node_type", ["class", "nodes"].into_iter()), Some("class"));
        assert_eq!((section("vpc", ["network"].into_iter()), section("redis", ["cache"].into_iter())), (Some("network"), Some("cache")));
    }

    #[test]
    fn fractions_are_of_the_next_larger_unit() {
        let (cpu, memory) = ("CPU units of a task, 1024 to a vCPU.", "MiB of a task.");
        assert_eq!((fraction(0.25, cpu), fraction(0.5, memory), fraction(1.5, memory)), (Some(256.0), Some(512.0), Some(1536.0)));
        assert_eq!((fraction(0.3, cpu), fraction(-1.0, cpu), fraction(0.5, "Days that log lines are kept.")), (None, None, None));
    }

    #[test]
    fn amounts_lose_their_units() {
        let (memory, storage, days) = ("MiB of a task; more", "GiB of storage.", "Days that log lines are kept.");
        assert_eq!((amount("1GB", memory), amount("512 MiB", memory), amount("0.5gb", memory)), (Some(1024.0), Some(512.0), Some(512.0)));
        assert_eq!(
            (amount("20GB", storage), amount("1 TB", storage), amount("30d", days), amount("2 weeks", days)),
            (Some(20.0), Some(1024.0), Some(30.0), Some(14.0))
        );
        assert_eq!(amount("0.5 vCPU", "CPU units of a task, 1024 to a vCPU."), Some(512.0));
        assert_eq!((amount("1GB", days), amount("512MB", storage), amount("GB", memory), amount("ü", memory)), (None, None, None, None));
    }
}
