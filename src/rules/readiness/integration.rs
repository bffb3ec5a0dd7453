//! RDY8: whether the parts of a stack work together.

use super::delivery::of_container;
use super::of_rules;
use crate::core::address::Address;
use crate::core::code::{Code, Example};
use crate::core::kind::Kind;
use crate::core::reach::Verdict;
use crate::core::readiness::area::Area;
use crate::core::readiness::check::{Answer, Asked, Check, Look, Subject, code};
use crate::core::view::Origin;
use crate::kinds::ecs::service::Service;
use crate::kinds::ecs::task_definition::{Spec as Task, TaskDefinition};
use crate::kinds::elasticache::replication_group::ReplicationGroup;
use crate::kinds::opensearch::domain::OpensearchDomain;
use crate::kinds::rds::instance::DbInstance;
use crate::kinds::secretsmanager::secret::Secret;
use crate::rules::reach::{Pairs, Why};
use std::collections::BTreeSet;

pub const NAMED: Check = Check {
    code: of_rules(
        "RDY801",
        Area::Integration,
        "A service cannot reach a store, a topic or a host that its environment names.",
        "Each call waits until it times out, and what rests on it does not work.",
    ),
    area: Area::Integration,
    weight: 3,
    question: "Does every service reach what its environment names?",
    remedy: "open the way; `trueup reach` shows what blocks it",
    blocks: true,
    look: Look::Rules { kinds: &[Service::NAME], codes: &["REACH203", "REACH205", "REACH207"] },
    doubt: Some(|subject| doubt(subject, true)),
    ..Check::NEW
};

pub const STARTS: Check = Check {
    code: of_rules(
        "RDY802",
        Area::Integration,
        "Requests do not reach tasks, or tasks do not reach what they are started with, or may not read it.",
        "The service does not come up, or nobody gets to it.",
    ),
    area: Area::Integration,
    weight: 3,
    question: "Do requests reach every service, and do its tasks get what they start with?",
    remedy: "open the way; `trueup reach` shows what blocks it",
    blocks: true,
    look: Look::Rules {
        kinds: &[Service::NAME, "elbv2.load_balancer"],
        codes: &["REACH201", "REACH202", "REACH204", "IAM201", "IAM202", "IAM203"],
    },
    doubt: Some(|subject| doubt(subject, false)),
    ..Check::NEW
};

/// The pairs of which nobody can tell if they can talk, of those that are about what tasks are given or not.
fn doubt(subject: &Subject<'_>, given: bool) -> Vec<(Address, String)> {
    let pairs = subject.view.derived(Pairs::of);
    let of_it = pairs.0.iter().filter(|pair| matches!(pair.why, Why::Named | Why::Later) == given);
    let unknown = of_it.filter_map(|pair| match &pair.talk.verdict {
        Verdict::Unknown(_, why) => {
            Some((pair.user.clone(), format!("{} to {} on {}: {why}", pair.talk.from, pair.talk.to, pair.talk.port)))
        }
        Verdict::Open(_) | Verdict::Shut(..) => None,
    });
    unknown.collect()
}

pub const NOT_ITSELF: Check = Check {
    code: Code {
        id: "RDY803",
        about: "A service looks for another one at its own host, or its address is left empty.",
        why: "A task has a host of its own: what ran beside it on a laptop is not there, and limits, sessions or queues silently do not work.",
        page: "https://docs.aws.amazon.com/AmazonECS/latest/developerguide/fargate-task-networking.html",
        example: Example::Readiness {
            wrong: "[network]\n[service.web]\nimage = \"nginx:1.29\"\nport = 80\nenvironment = { REDIS_URL = \"redis://localhost:6379\" }",
            right: "[network]\n[cache.main]\n[service.web]\nimage = \"nginx:1.29\"\nport = 80\nenvironment = { REDIS_URL = \"${cache.main.url}\", SELF_URL = \"http://localhost:80/\" }",
        },
        ..code(Area::Integration)
    },
    area: Area::Integration,
    weight: 3,
    question: "Does every service look for others where they are?",
    remedy: "name what it is to reach: REDIS_URL = \"${cache.main.url}\", DATABASE_HOST = \"${database.main.host}\"",
    blocks: true,
    look: Look::Stack(not_itself),
    same: &["REACH208"],
    ..Check::NEW
};

fn not_itself(subject: &Subject<'_>) -> Asked {
    let mut asked = Asked::default();
    for (seen, task) in subject.view.all::<TaskDefinition>() {
        let variables = task.containers.iter().flat_map(|container| &container.environment);
        for (name, value) in variables.filter(|(name, _)| is_address(name)) {
            let answer = match host(value) {
                None if value.trim().is_empty() && is_of_store(name) => Answer::bad(format!("`{name}` is empty")),
                Some((host, port)) if is_itself(&host) && !listens(task, port) => {
                    Answer::bad(format!("`{name}` names {host}, and nothing in the task listens there"))
                }
                _ => Answer::Good,
            };
            asked.node(seen, of_container(task, &format!("environment.{name}")), answer);
        }
    }
    asked
}

/// True for the name of a variable that says where another service is.
fn is_address(name: &str) -> bool {
    let words = name.split(['_', '-', '.']).map(str::to_ascii_uppercase).collect::<Vec<_>>();
    let has = |list: &[&str]| words.iter().any(|word| list.contains(&word.as_str()));
    // The address that it listens at, or that others come from, is its own to say.
    let own = ["BIND", "LISTEN", "ORIGIN", "ORIGINS", "CORS", "ALLOWED", "CALLBACK", "REDIRECT", "PROXY", "NO"];
    words
        .last()
        .is_some_and(|last| ["URL", "URI", "HOST", "HOSTNAME", "ENDPOINT", "ADDR", "ADDRESS", "DSN", "SERVER"].contains(&last.as_str()))
        && words.len() > 1
        && !has(&own)
}

/// True for the name of a variable that says where a store or a queue is: others may be left empty to do without something.
fn is_of_store(name: &str) -> bool {
    let stores =
        ["DATABASE", "DB", "POSTGRES", "PG", "MYSQL", "REDIS", "VALKEY", "CACHE", "SEARCH", "OPENSEARCH", "QUEUE", "BROKER", "AMQP"];
    name.split(['_', '-', '.']).any(|word| stores.contains(&word.to_ascii_uppercase().as_str()))
}

/// Returns the host and the port that a value names.
fn host(value: &str) -> Option<(String, Option<u16>)> {
    let rest = value.split_once("://").map_or(value, |(_, rest)| rest);
    let authority = rest.split(['/', '?', '#']).next().unwrap_or_default();
    let place = authority.rsplit_once('@').map_or(authority, |(_, place)| place);
    let (host, port) = match place.strip_prefix('[').and_then(|rest| rest.split_once(']')) {
        Some((host, rest)) => (host, rest.strip_prefix(':')),
        None => place.split_once(':').map_or((place, None), |(host, port)| (host, Some(port))),
    };
    (!host.is_empty()).then(|| (host.to_ascii_lowercase(), port.and_then(|port| port.parse().ok())))
}

fn is_itself(host: &str) -> bool {
    host == "localhost"
        || host == "::1"
        || host.strip_prefix("127.").is_some_and(|rest| rest.bytes().all(|b| b == b'.' || b.is_ascii_digit()))
}

/// True where a container of the task listens on the port, or may: several containers need not say what they listen on among themselves.
fn listens(task: &Task, port: Option<u16>) -> bool {
    let said = task.containers.iter().flat_map(|container| &container.port_mappings).any(|mapping| Some(mapping.container_port) == port);
    said || task.containers.len() > 1
}

pub const STORES_USED: Check = Check {
    code: Code {
        id: "RDY804",
        about: "No service names a database, a cache or a search domain of the stack.",
        why: "It is paid for, and what it was meant for works without it, or does not work.",
        page: "",
        example: Example::Readiness {
            wrong: "[network]\n[cache.main]\n[service.web]\nimage = \"nginx:1.29\"",
            right: "[network]\n[cache.main]\n[service.web]\nimage = \"nginx:1.29\"\nenvironment = { REDIS_URL = \"${cache.main.url}\" }",
        },
        ..code(Area::Integration)
    },
    area: Area::Integration,
    weight: 2,
    question: "Is every store used by a service?",
    remedy: "name it in the environment of the service that is to use it, or take it out",
    look: Look::Stack(stores_used),
    ..Check::NEW
};

fn stores_used(subject: &Subject<'_>) -> Asked {
    let view = subject.view;
    let mut asked = Asked::default();
    // Without a service, others use it.
    if view.all::<Service>().next().is_none() {
        return asked;
    }
    let used = used(subject);
    let stores =
        view.resources().filter(|seen| [DbInstance::NAME, ReplicationGroup::NAME, OpensearchDomain::NAME].contains(&seen.kind.name));
    for seen in stores {
        asked.node(seen, "", Answer::of(used.contains(seen.address), || "no service names it".into()));
    }
    asked
}

/// Returns whatever the task definitions of the stack refer to, and what the rules of rollouts name.
fn used<'a>(subject: &Subject<'a>) -> BTreeSet<&'a Address> {
    let tasks = subject.view.of_kind(TaskDefinition::NAME);
    let nodes = tasks.filter_map(|seen| if let Origin::Wanted(node) = seen.from { Some(node) } else { None });
    nodes.flat_map(|node| node.links().iter().map(|(_, link)| &link.address)).collect()
}

pub const SECRETS_USED: Check = Check {
    code: Code {
        id: "RDY805",
        about: "Nothing reads a secret of the stack.",
        why: "Either it is a leftover that is paid for, or a service goes without what it was made for.",
        page: "",
        example: Example::Readiness {
            wrong: "[network]\n[secrets.key]\n[service.web]\nimage = \"nginx:1.29\"",
            right: "[network]\n[secrets.key]\n[service.web]\nimage = \"nginx:1.29\"\nenvironment = { KEY = { secret = \"key\" } }",
        },
        ..code(Area::Integration)
    },
    area: Area::Integration,
    weight: 1,
    question: "Is every secret read by something?",
    remedy: "inject it where it is needed: KEY = { secret = \"NAME\" }; or take it out",
    look: Look::Stack(secrets_used),
    ..Check::NEW
};

fn secrets_used(subject: &Subject<'_>) -> Asked {
    let view = subject.view;
    let mut asked = Asked::default();
    if view.all::<Service>().next().is_none() {
        return asked;
    }
    let wanted = || view.resources().filter_map(|seen| if let Origin::Wanted(node) = seen.from { Some(node) } else { None });
    let linked =
        wanted().flat_map(|node| node.links().iter().filter(|(_, link)| link.address != node.address).map(|(_, link)| &link.address));
    let linked = linked.collect::<BTreeSet<_>>();
    // The tokens of smoke checks and of notifications are read by whoever rolls out.
    let of_rollouts = wanted().filter_map(|node| serde_json::to_string(node.rollout.as_deref()?).ok()).collect::<String>();
    for (seen, _) in view.all::<Secret>() {
        let name = seen.address.as_str().strip_prefix("secrets.").and_then(|rest| rest.strip_suffix(".secret")).unwrap_or_default();
        let rolled = !name.is_empty() && of_rollouts.contains(&format!("\"{name}\""));
        asked.node(seen, "", Answer::of(linked.contains(seen.address) || rolled, || "nothing reads it".into()));
    }
    asked
}
