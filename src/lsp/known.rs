//! The values of keys that the schema only calls text or numbers: regions, classes, versions, names of other tables.

use super::facts::Ahead;
use super::form::{Said, own};
use super::names::{Mention, is_named, names};
use crate::core::money::Money;
use crate::core::settings::REGIONS;
use crate::kinds::classes::{self, Of};
use crate::kinds::ecs::task_definition::{CPUS, memories};
use crate::kinds::elasticache::replication_group;
use crate::kinds::logs::log_group::RETENTIONS;
use crate::kinds::opensearch::offer;
use crate::kinds::rds::instance::Engine;
use crate::kinds::rds::{parameters, versions};
use crate::modules::network::ENDPOINTS;
use crate::modules::{CATALOG, MODULES};
use crate::pricing::HOURS;
use crate::pricing::catalog::Catalog;

/// One value, and what there is to say of it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Known {
    pub text: String,
    pub detail: String,
    /// True for text, which stands in quotes.
    pub quoted: bool,
}

/// All that values are looked up in.
pub struct Sources<'a> {
    pub said: &'a Said<'a>,
    pub mentions: &'a [Mention],
    pub facts: &'a Ahead<'a>,
    pub catalog: &'a Catalog,
    pub region: Option<&'a str>,
}

/// Returns the values that a key at a path may well have.
pub fn values(path: &[String], sources: &Sources<'_>) -> Vec<Known> {
    let prefix = &path[..path.len() - own(path).len()];
    let keys = own(path).iter().map(String::as_str).collect::<Vec<_>>();
    // The overlay's own word comes before that of the file.
    let beside = |table: &[&str], key: &str| {
        let place =
            |prefix: &[String]| prefix.iter().cloned().chain(table.iter().chain([&key]).map(|part| (*part).to_owned())).collect::<Vec<_>>();
        (sources.said)(&place(prefix)).or_else(|| (sources.said)(&place(&[])))
    };
    match keys.as_slice() {
        ["stack", "region"] => texts(REGIONS.iter().map(|region| (*region).to_owned())),
        ["network", "endpoints", _] => texts(ENDPOINTS.iter().map(|name| (*name).to_owned())),
        ["database", name, key] => {
            let table = ["database", *name];
            let engine = engine(beside(&table, "engine").as_deref());
            match *key {
                "class" => {
                    let zones = if beside(&table, "multi_az").as_deref() == Some("true") { "multi_az" } else { "single_az" };
                    priced(classes::all(Of::Rds), &format!("rds.instance.{}.{zones}.", engine.tariff()), sources)
                }
                "version" => texts(versions::current(engine)),
                _ => Vec::new(),
            }
        }
        ["database", name, "logs", _] => {
            texts(engine(beside(&["database", name], "engine").as_deref()).log_types().iter().map(|name| (*name).to_owned()))
        }
        ["cache", name, "class"] => {
            let engine = beside(&["cache", name], "engine").unwrap_or_else(|| "redis".into());
            priced(classes::all(Of::Elasticache), &format!("elasticache.node.{engine}."), sources)
        }
        ["cache", name, "version"] => {
            let valkey = beside(&["cache", name], "engine").as_deref() == Some("valkey");
            let engine = if valkey { replication_group::Engine::Valkey } else { replication_group::Engine::Redis };
            texts(engine.versions().iter().map(|version| (*version).to_owned()))
        }
        ["cache", _, "password"] => texts(names(sources.mentions, "secrets").into_iter().map(str::to_owned)),
        ["search", _, "class"] => priced(offer::instance_types(), "opensearch.instance.", sources),
        ["search", _, "version"] => texts(offer::CURRENT.iter().map(|version| (*version).to_owned())),
        ["service", _, "cpu"] => numbers(CPUS),
        ["service", name, "memory"] => {
            let cpu = beside(&["service", name], "cpu").and_then(|cpu| cpu.replace('_', "").parse().ok()).unwrap_or(256);
            numbers(memories(cpu))
        }
        ["service", _, "log_days"] => numbers(RETENTIONS.iter().copied()),
        ["service", name, "needs", _] => {
            let own = format!("service.{name}");
            texts(labels(sources.mentions).filter(|label| *label != own && !label.starts_with("secrets.")))
        }
        ["service", _, .., "secret"] => texts(names(sources.mentions, "secrets").into_iter().map(str::to_owned)),
        ["moved", _, "to"] | ["accept", _, "address"] => texts(labels(sources.mentions).chain(addresses(sources.facts))),
        ["adopt", _, "address"] => texts(addresses(sources.facts)),
        ["accept", _, "rule"] => warnings(),
        ["checks", ..] => {
            let mut families = CATALOG.all_codes().map(|code| code.family().to_owned()).collect::<Vec<_>>();
            families.sort_unstable();
            families.dedup();
            let all = std::iter::once("warnings".to_owned()).chain(families);
            texts(all).into_iter().chain(warnings()).collect()
        }
        _ => of_kind(&keys, sources),
    }
}

/// Returns the values of fields of kinds: of `[resource]` and of `[override]`.
fn of_kind(keys: &[&str], sources: &Sources<'_>) -> Vec<Known> {
    let (kind, field) = match keys {
        ["resource", name, field] => ((sources.said)(&["resource".into(), (*name).to_owned(), "kind".into()]).unwrap_or_default(), *field),
        ["override", address, field] => {
            let kind = (sources.facts)().and_then(|facts| Some(facts.node(address)?.kind.name));
            (kind.unwrap_or_default().to_owned(), *field)
        }
        _ => return Vec::new(),
    };
    match (kind.as_str(), field) {
        ("rds.instance", "instance_class") => priced(classes::all(Of::Rds), "rds.instance.postgresql.single_az.", sources),
        ("elasticache.replication_group", "cache_node_type") => priced(classes::all(Of::Elasticache), "elasticache.node.redis.", sources),
        ("opensearch.domain", "instance_type") => priced(offer::instance_types(), "opensearch.instance.", sources),
        ("logs.log_group", "retention_in_days") => numbers(RETENTIONS.iter().copied()),
        ("ecs.task_definition", "cpu") => numbers(CPUS),
        _ => Vec::new(),
    }
}

/// Returns the keys of tables that take any, as far as they mean something in the file.
pub fn keys(path: &[String], sources: &Sources<'_>) -> Vec<Known> {
    let keys = own(path).iter().map(String::as_str).collect::<Vec<_>>();
    let said = |table: &[&str], key: &str| (sources.said)(&table.iter().chain([&key]).map(|part| (*part).to_owned()).collect::<Vec<_>>());
    match keys.as_slice() {
        ["service", _, "storage"] => texts(names(sources.mentions, "storage").into_iter().map(str::to_owned)),
        ["service", _, "rollout", "guard", "database"] => texts(names(sources.mentions, "database").into_iter().map(str::to_owned)),
        ["database", name, "parameters"] => {
            let engine = engine(said(&["database", name], "engine").as_deref());
            texts(parameters::all(engine.name()).map(str::to_owned))
        }
        ["override"] => texts(addresses(sources.facts)),
        ["usage"] => texts(labels(sources.mentions).chain(MODULES.iter().filter(|row| !row.named).map(|row| row.section.to_owned()))),
        [section] if is_named(section) => texts(names(sources.mentions, section).into_iter().map(str::to_owned)),
        _ => Vec::new(),
    }
}

/// Returns `database.main` and the like, for every table that has a name.
pub fn labels(mentions: &[Mention]) -> impl Iterator<Item = String> {
    let sections = MODULES.iter().filter(|row| row.named).map(|row| row.section).chain(["resource"]);
    sections.flat_map(move |section| names(mentions, section).into_iter().map(move |name| format!("{section}.{name}")))
}

fn addresses(facts: &Ahead<'_>) -> impl Iterator<Item = String> {
    let nodes = facts().map(|facts| facts.nodes().into_iter().map(|node| node.address.to_string()).collect::<Vec<_>>());
    nodes.into_iter().flatten()
}

fn engine(name: Option<&str>) -> Engine {
    match name {
        Some("mysql") => Engine::Mysql,
        Some("mariadb") => Engine::Mariadb,
        _ => Engine::Postgres,
    }
}

fn texts(all: impl Iterator<Item = String>) -> Vec<Known> {
    all.map(|text| Known { text, detail: String::new(), quoted: true }).collect()
}

fn numbers(all: impl IntoIterator<Item = u32>) -> Vec<Known> {
    all.into_iter().map(|number| Known { text: number.to_string(), detail: String::new(), quoted: false }).collect()
}

fn warnings() -> Vec<Known> {
    let codes = CATALOG.all_codes().filter(|code| code.level == crate::core::code::Level::Warning);
    codes.map(|code| Known { text: code.id.to_owned(), detail: code.about.to_owned(), quoted: true }).collect()
}

/// Adds to each class its list price of a month in the file's region, where the catalogue has one.
fn priced(all: impl Iterator<Item = String>, stem: &str, sources: &Sources<'_>) -> Vec<Known> {
    let detail = |class: &str| month(&format!("{stem}{class}"), sources).map_or_else(String::new, |money| format!("{money} a month"));
    all.map(|text| Known { detail: detail(&text), text, quoted: true }).collect()
}

fn month(key: &str, sources: &Sources<'_>) -> Option<Money> {
    let price = sources.catalog.price(sources.region?, key)?;
    Some(Money::new(price.first().dollars().checked_mul(HOURS)?))
}
