//! The parameters of RDS's open engines: their names, and the values of some.

use crate::core::suggest::nearest;

const POSTGRES: &str = include_str!("parameters/postgres.txt");
const MYSQL: &str = include_str!("parameters/mysql.txt");

/// The values that a parameter takes, as far as they are known here.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum Values {
    Any,
    Bool,
    Whole(i128, i128),
}

/// Returns the table of a family, and that of the other engines.
fn tables(family: &str) -> Option<(&'static str, &'static str)> {
    if family.starts_with("postgres") {
        return Some((POSTGRES, MYSQL));
    }
    (family.starts_with("mysql") || family.starts_with("mariadb")).then_some((MYSQL, POSTGRES))
}

/// Returns the names of all parameters of a family that are known here.
pub fn all(family: &str) -> impl Iterator<Item = &'static str> {
    tables(family).into_iter().flat_map(|(own, _)| names(own))
}

fn names(table: &'static str) -> impl Iterator<Item = &'static str> {
    table.lines().filter(|line| !line.starts_with('#')).filter_map(|line| line.split(' ').next())
}

/// The standing of a name among the parameters of a family.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Name {
    /// It is one, or may be.
    Known,
    /// It is none, and this one was most likely meant.
    Slip(&'static str),
    /// It is a parameter of another engine.
    OfAnother,
    /// Nothing is known of it.
    Strange,
}

/// Looks a name up; hyphens are underscores in MySQL's files.
pub fn look_up(family: &str, name: &str) -> Name {
    let Some((own, others)) = tables(family) else { return Name::Known };
    let name = name.to_ascii_lowercase();
    let plain = name.replace('-', "_");
    if names(own).any(|known| known == name || known == plain && own == MYSQL) {
        return Name::Known;
    }
    // Those that begin or end alike: the search for a slip is dear.
    let head = name.get(..3).unwrap_or(&name);
    let tail = name.get(name.len().saturating_sub(4)..).unwrap_or(&name);
    let alike = names(own).filter(|known| known.starts_with(head) || known.ends_with(tail));
    let near = nearest(&name, alike.filter(|known| known.len().abs_diff(name.len()) <= 3 && is_slip(&name, known)));
    match near {
        Some(near) => Name::Slip(near),
        None if names(others).any(|known| known == name) => Name::OfAnother,
        // An extension brings settings of its own.
        None if name.contains('.') => Name::Known,
        None => Name::Strange,
    }
}

/// True where two names differ by no more than a hand slips: whole other words (`enable_sort`, `enable_hashagg`) are no slip.
fn is_slip(name: &str, known: &str) -> bool {
    strsim::damerau_levenshtein(name, known) <= if name.len() < 8 { 1 } else { 2 }
}

/// Returns the values that a parameter of a family takes.
pub fn values(family: &str, name: &str) -> Values {
    let Some((own, _)) = tables(family) else { return Values::Any };
    let found = own.lines().find_map(|line| line.strip_prefix(name)?.strip_prefix(' '));
    let range = |text: &str| {
        let (least, most) = text.split_once(' ')?;
        Some(Values::Whole(least.parse().ok()?, most.parse().ok()?))
    };
    match found {
        None => Values::Any,
        Some("bool") => Values::Bool,
        Some(text) => range(text).unwrap_or(Values::Any),
    }
}

/// Libraries that RDS for PostgreSQL loads at the start of a server, by the names that its parameter takes.
/// <https://docs.aws.amazon.com/AmazonRDS/latest/UserGuide/Appendix.PostgreSQL.CommonDBATasks.Extensions.html>, read in November 2026.
const LIBRARIES: &[&str] = &[
    "auto_explain",
    "orafce",
    "pg_bigm",
    "pg_cron",
    "pg_hint_plan",
    "pg_prewarm",
    "pg_similarity",
    "pg_stat_statements",
    "pg_tle",
    "pg_transport",
    "pgactive",
    "pgaudit",
    "pglogical",
    "plprofiler",
    "plrust",
    "rdsutils",
];

/// Returns the library that was meant by a slip of the hand. What is short, or far from all that are known may be a new one.
fn library_meant(name: &str) -> Option<&'static str> {
    if LIBRARIES.contains(&name) {
        return None;
    }
    LIBRARIES.iter().find(|known| name.len() > 6 && is_slip(name, known)).copied()
}

/// Returns what a parameter takes instead, if it does not take this value.
pub fn refusal(family: &str, name: &str, value: &str) -> Option<String> {
    let value = value.trim();
    // RDS works formulas out: `{DBInstanceClassMemory/4}`, `LEAST({DBInstanceClassMemory/9531392},5000)`.
    if value.contains(['{', '(']) {
        return None;
    }
    if name == "shared_preload_libraries" && family.starts_with("postgres") {
        let names = value.split(',').map(|name| name.trim().to_ascii_lowercase());
        return names.filter_map(|name| library_meant(&name)).next().map(|meant| format!("RDS has the library `{meant}`"));
    }
    match values(family, name) {
        Values::Any => None,
        Values::Bool => {
            let good = ["0", "1", "on", "off", "true", "false"].iter().any(|word| word.eq_ignore_ascii_case(value));
            (!good).then(|| "0 or 1".into())
        }
        Values::Whole(least, most) => match value.parse::<i128>() {
            Ok(number) if (least..=most).contains(&number) => None,
            Ok(_) => Some(format!("{least} to {most}")),
            Err(_) => Some(format!("a whole number in the parameter's own unit, {least} to {most}")),
        },
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_known_meant_or_strange() {
        for (family, name, want) in [
            ("postgres16", "max_connections", Name::Known),
            ("postgres16", "max_conections", Name::Slip("max_connections")),
            ("postgres16", "rds.force_sll", Name::Slip("rds.force_ssl")),
            ("postgres16", "plv8.start_proc", Name::Known),
            ("postgres16", "innodb_buffer_pool_size", Name::OfAnother),
            ("postgres16", "make_it_fast", Name::Strange),
            ("mysql8.4", "innodb_buffer_pool_size", Name::Known),
            ("mysql8.4", "innodb_bufer_pool_size", Name::Slip("innodb_buffer_pool_size")),
            ("mysql8.4", "gtid-mode", Name::Known),
            ("mariadb11.4", "slow_query_logs", Name::Slip("slow_query_log")),
            ("oracle-ee-19", "whatever", Name::Known),
        ] {
            assert_eq!(look_up(family, name), want, "{family} {name}");
        }
    }

    #[test]
    fn values_fit_a_range_and_formulas_are_worked_out_by_rds() {
        for (family, name, value, good) in [
            ("postgres16", "max_connections", "100", true),
            ("postgres16", "max_connections", "LEAST({DBInstanceClassMemory/9531392},5000)", true),
            ("postgres16", "max_connections", "lots", false),
            ("postgres16", "work_mem", "64MB", false),
            ("postgres16", "work_mem", "65536", true),
            ("postgres16", "work_mem", "1", false),
            ("postgres16", "autovacuum", "on", true),
            ("postgres16", "autovacuum", "2", false),
            ("postgres16", "autovacuum", "yes", false),
            ("postgres16", "random_page_cost", "1.1", true),
            ("postgres16", "shared_preload_libraries", "pg_stat_statement", false),
            ("postgres16", "shared_preload_libraries", "pgaudit, pg_corn", false),
            ("postgres16", "shared_preload_libraries", "PGAUDIT,PG_CRON,PG_STAT_STATEMENTS", true),
            ("postgres16", "shared_preload_libraries", "pg_tde,something_new", true),
            ("mysql8.4", "innodb_flush_log_at_trx_commit", "3", false),
            ("mysql8.4", "innodb_flush_log_at_trx_commit", "2", true),
        ] {
            assert_eq!(refusal(family, name, value).is_none(), good, "{name} = {value}");
        }
    }
}
