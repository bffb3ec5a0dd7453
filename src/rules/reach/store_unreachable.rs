//! REACH203: tasks cannot reach a database, a cache, a search domain or a load balancer that their environment names.

use super::{Pairs, Why, finding, remedy};
use crate::core::code::{Category, Code, Example, Level};
use crate::core::graph::Finding;
use crate::core::rule::{Look, Rule};
use crate::core::view::View;

pub const RULE: Rule = Rule {
    code: Code {
        id: "REACH203",
        level: Level::Warning,
        category: Category::Network,
        about: "The tasks of a service cannot reach a database, a cache, a search domain or a load balancer that their environment names.",
        why: "Each call waits until it times out. It is the commonest fault of a new stack, and the logs only say that a connection failed.",
        page: "https://docs.aws.amazon.com/AmazonRDS/latest/UserGuide/USER_VPC.Scenarios.html",
        example: Example::Stack {
            wrong: &[
                r#"
        [network]
        [database.main]
        [service.web]
        image = "nginx:1.29"
        port = 80
        environment = { DB_HOST = "${database.main.host}" }
        [override."database.main.security-group"]
        ingress = [{ from_port = 3306, to_port = 3306, security_group_id = "${service.web.security-group.id}" }]
    "#,
                r#"
        [network]
        [cache.main]
        [service.web]
        image = "nginx:1.29"
        port = 80
        environment = { REDIS_URL = "rediss://${cache.main.host}:6379/0" }
        [override."cache.main.security-group"]
        ingress = []
    "#,
            ],
            right: &[r#"
        [network]
        [database.main]
        [service.web]
        image = "nginx:1.29"
        port = 80
        environment = { DB_HOST = "${database.main.host}" }
    "#],
        },
    },
    look: Look::Resources(find),
};

fn find(view: &View<'_>) -> Vec<Finding> {
    let pairs = view.derived(Pairs::of);
    let named = pairs.0.iter().filter(|pair| pair.why == Why::Named);
    let found = named.filter_map(|pair| {
        let block = pair.talk.verdict.block()?;
        let (user, used) = (&pair.user, pair.used.as_ref()?);
        let message = format!("`{user}` cannot reach `{used}` on {}: {}", pair.talk.port, block.words);
        Some(finding(view, pair, block, message)?.help(remedy(pair, block)))
    });
    found.collect()
}
