//! REACH207: a task is told a door that is not there.

use super::mentions::mentions;
use crate::core::address::Address;
use crate::core::code::{Category, Code, Example, Level};
use crate::core::graph::Finding;
use crate::core::rule::{Look, Rule};
use crate::core::view::View;
use crate::kinds::ecs::task_definition::TaskDefinition;
use crate::kinds::elasticache::replication_group::{ReplicationGroup, TransitEncryptionMode};
use crate::kinds::opensearch::domain::OpensearchDomain;
use crate::kinds::rds::instance::{DbInstance, Engine};

pub const RULE: Rule = Rule {
    code: Code {
        id: "REACH207",
        level: Level::Warning,
        category: Category::Integration,
        about: "A task is told another port or another protocol than a database, a cache or a search domain has.",
        why: "The stack lets the two talk, and the client knocks at a door that is not there: the connection is refused, or the handshake fails.",
        page: "https://docs.aws.amazon.com/AmazonElastiCache/latest/dg/in-transit-encryption.html",
        example: Example::Stack {
            wrong: &[
                r#"
        [network]
        [database.main]
        [cache.main]
        [service.api]
        image = "nginx:1.29"
        port = 80
        environment = { DATABASE_URL = "postgres://app@${database.main.host}:3306/main" }
    "#,
                r#"
        [network]
        [database.main]
        [cache.main]
        [service.api]
        image = "nginx:1.29"
        port = 80
        environment = { DB_HOST = "${database.main.host}", DB_PORT = "3306" }
    "#,
                r#"
        [network]
        [database.main]
        [cache.main]
        [service.api]
        image = "nginx:1.29"
        port = 80
        environment = { CACHE_URL = "redis://${cache.main.host}:6379" }
    "#,
                r#"
        [network]
        [search.main]
        [service.api]
        image = "nginx:1.29"
        port = 80
        environment = { SEARCH_URL = "http://${search.main.host}:9200" }
    "#,
            ],
            right: &[
                r#"
        [network]
        [database.main]
        [cache.main]
        [service.api]
        image = "nginx:1.29"
        port = 80
        environment = { DATABASE_URL = "postgres://app@${database.main.host}:5432/main", CACHE_URL = "rediss://${cache.main.host}:6379" }
    "#,
                r#"
        [network]
        [database.main]
        [cache.main]
        [service.api]
        image = "nginx:1.29"
        port = 80
        environment = { DB_HOST = "${database.main.host}", DB_PORT = "5432" }
    "#,
                r#"
        [network]
        [search.main]
        [service.api]
        image = "nginx:1.29"
        port = 80
        environment = { SEARCH_URL = "https://${search.main.host}:443", SEARCH_HOST = "${search.main.host}" }
    "#,
            ],
        },
    },
    look: Look::Resources(find),
};

/// The door of a database, a cache or a search domain.
struct Door {
    port: u16,
    /// The schemes of URLs that fit it.
    schemes: &'static [&'static str],
}

/// The schemes that clients of databases and caches know; another one is theirs alone.
const POSTGRES: &[&str] = &["postgres", "postgresql"];
const MYSQL: &[&str] = &["mysql", "mysql2", "mariadb"];
const PLAIN: &[&str] = &["redis", "valkey"];
const TLS: &[&str] = &["rediss", "valkeys"];
const BOTH: &[&str] = &["redis", "rediss", "valkey", "valkeys"];
const HTTP: &[&str] = &["http", "https"];
const HTTPS: &[&str] = &["https"];

fn find(view: &View<'_>) -> Vec<Finding> {
    let mut found = Vec::new();
    for (seen, task) in view.all::<TaskDefinition>() {
        for (at, container) in task.containers.iter().enumerate() {
            let field = |name: &str| format!("containers.{at}.environment.{name}");
            for (name, text) in &container.environment {
                for mention in mentions(view, text).iter().filter(|mention| mention.output.ends_with("host")) {
                    let Some(door) = door(view, &mention.address) else { continue };
                    let host = view.at(&mention.address).and_then(|seen| seen.output(&mention.output)).unwrap_or_default();
                    if let Some((message, help)) = misfit(&door, &mention.address, text, &host) {
                        found.push(seen.finding(field(name), message).help(help));
                    }
                    // DB_PORT beside DB_HOST.
                    let other = name.strip_suffix("HOST").filter(|_| *text == host).map(|start| format!("{start}PORT"));
                    let Some((other, port)) = other.and_then(|other| container.environment.get_key_value(&other)) else { continue };
                    if port.parse::<u16>().is_ok_and(|port| port != door.port) {
                        let message = format!("`{}` listens on {}, and not on {port}", mention.address, door.port);
                        found.push(seen.finding(field(other), message).help(format!("write {}", door.port)));
                    }
                }
            }
        }
    }
    found
}

/// Returns the door of a node that has one.
fn door(view: &View<'_>, address: &Address) -> Option<Door> {
    if let Some((_, spec)) = view.get::<DbInstance>(address) {
        let schemes = if spec.engine == Engine::Postgres { POSTGRES } else { MYSQL };
        return Some(Door { port: spec.port.unwrap_or_else(|| spec.engine.port()), schemes });
    }
    // A domain answers HTTPS on 443, and HTTP on 80 only where it does not enforce HTTPS; no other port is open.
    // https://docs.aws.amazon.com/opensearch-service/latest/developerguide/vpc.html
    if let Some((_, spec)) = view.get::<OpensearchDomain>(address) {
        return spec.enforce_https.then_some(Door { port: 443, schemes: HTTPS });
    }
    let (_, spec) = view.get::<ReplicationGroup>(address)?;
    let schemes = match (spec.transit_encryption_enabled, spec.transit_encryption_mode) {
        (false, _) => PLAIN,
        (true, Some(TransitEncryptionMode::Preferred)) => BOTH,
        (true, _) => TLS,
    };
    Some(Door { port: spec.port, schemes })
}

/// Returns what is wrong with a URL of a door, and the remedy.
fn misfit(door: &Door, address: &Address, text: &str, host: &str) -> Option<(String, String)> {
    let (before, behind) = text.split_once(host).filter(|_| !host.is_empty())?;
    let scheme = before.split_once("://").map(|(scheme, _)| scheme.rsplit(['+', ':']).next_back().unwrap_or(scheme));
    let digits = behind.strip_prefix(':');
    let port = digits.and_then(|digits| digits.get(..digits.bytes().take_while(u8::is_ascii_digit).count())?.parse::<u16>().ok());
    let known = |scheme: &&str| [POSTGRES, MYSQL, BOTH, HTTP].into_iter().flatten().any(|known| known == scheme);
    if let Some(scheme) = scheme.filter(known).filter(|scheme| !door.schemes.contains(scheme)) {
        let why = match door.schemes {
            schemes if schemes == TLS || schemes == HTTPS => "takes TLS alone",
            schemes if schemes == PLAIN => "has no TLS",
            _ => "is of another engine",
        };
        let help = match port.filter(|port| *port != door.port) {
            Some(_) => format!("write {}://, and the port {}", door.schemes[0], door.port),
            None => format!("write {}://", door.schemes[0]),
        };
        return Some((format!("`{address}` {why}, and this is `{scheme}://`"), help));
    }
    let port = port?;
    (port != door.port).then(|| (format!("`{address}` listens on {}, and not on {port}", door.port), format!("write {}", door.port)))
}
