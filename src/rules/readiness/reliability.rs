//! RDY4: reliability.

use super::of_rules;
use crate::core::code::{Code, Example};
use crate::core::readiness::area::Area;
use crate::core::readiness::check::{Answer, Asked, Check, Look, Subject, code};
use crate::core::view::{Seen, View};
use crate::kinds::autoscaling::scalable_target::{ScalableTarget, Spec as Scaling};
use crate::kinds::ecs::cluster::Cluster;
use crate::kinds::ecs::service::{Service, Spec};
use crate::kinds::ecs::task_definition::TaskDefinition;
use crate::kinds::elasticache::replication_group::ReplicationGroup;
use crate::kinds::elbv2::load_balancer::LoadBalancer;
use crate::kinds::opensearch::domain::OpensearchDomain;
use crate::kinds::rds::instance::DbInstance;

pub const STORES_TWICE: Check = Check {
    code: Code {
        id: "RDY401",
        about: "A database, a cache or a search domain has nothing that takes over when its zone fails.",
        why: "It is gone until somebody restores it or the zone comes back, and maintenance stops it as well.",
        page: "https://docs.aws.amazon.com/AmazonRDS/latest/UserGuide/Concepts.MultiAZSingleStandby.html",
        example: Example::Readiness {
            wrong: "[network]\n[database.main]\n[cache.main]\nnodes = 2",
            right: "[network]\n[database.main]\nmulti_az = true\n[cache.main]\nnodes = 2",
        },
        ..code(Area::Reliability)
    },
    area: Area::Reliability,
    weight: 4,
    question: "Does every database, cache and search domain outlive its zone?",
    remedy: "multi_az = true for a database, nodes = 2 for a cache or a search domain; or accept it where a restore is fast enough",
    same: &["DATA206"],
    look: Look::Stack(stores_twice),
    ..Check::NEW
};

fn stores_twice(subject: &Subject<'_>) -> Asked {
    let mut asked = Asked::default();
    for (seen, spec) in subject.view.all::<DbInstance>() {
        asked.node(seen, "multi_az", Answer::of(spec.multi_az, || "it has no standby in another zone".into()).help("multi_az = true"));
    }
    for (seen, spec) in subject.view.all::<ReplicationGroup>() {
        let twice = spec.num_cache_clusters > 1 && spec.automatic_failover_enabled && spec.multi_az_enabled;
        let answer = Answer::of(twice, || "no other node takes over in another zone".into());
        asked.node(seen, "num_cache_clusters", answer.help("nodes = 2"));
    }
    for (seen, spec) in subject.view.all::<OpensearchDomain>() {
        let answer = Answer::of(spec.instance_count > 1 && spec.availability_zone_count > 1, || "all of it is in one zone".into());
        asked.node(seen, "instance_count", answer.help("nodes = 2"));
    }
    asked
}

pub const TASKS_TWICE: Check = Check {
    code: Code {
        id: "RDY402",
        about: "A service runs in one task.",
        why: "When it stops, or its zone or host does, nobody is served until another one has come up.",
        page: "https://docs.aws.amazon.com/AmazonECS/latest/developerguide/service-rebalancing.html",
        example: Example::Readiness {
            wrong: "[network]\n[service.web]\nimage = \"nginx:1.29\"\ntasks = 1",
            right: "[network]\n[service.web]\nimage = \"nginx:1.29\"\ntasks = 2",
        },
        ..code(Area::Reliability)
    },
    area: Area::Reliability,
    weight: 4,
    question: "Does every service run in two tasks at least?",
    remedy: "tasks = 2, or scale = { min = 2, … }",
    look: Look::Stack(tasks_twice),
    ..Check::NEW
};

fn tasks_twice(subject: &Subject<'_>) -> Asked {
    let view = subject.view;
    let mut asked = Asked::default();
    for (seen, spec) in view.all::<Service>() {
        let least = scaling(view, seen).map(|(_, scaling)| scaling.min_capacity).or(spec.desired_count).or(spec.initial_count).unwrap_or(1);
        let says = || if least == 0 { "it may run in no task at all".to_owned() } else { "it runs in one task".to_owned() };
        asked.node(seen, "desired_count", Answer::of(least > 1, says));
    }
    asked
}

/// The numbers of tasks that a service may have, if something scales it.
pub fn scaling<'v, 'a>(view: &'v View<'a>, service: &Seen<'_>) -> Option<(&'v Seen<'a>, &'v Scaling)> {
    let resource = service.output("resource_id")?;
    view.all::<ScalableTarget>().find(|(_, spec)| spec.resource_id == resource)
}

pub const SCALES: Check = Check {
    code: Code {
        id: "RDY403",
        about: "A service behind a load balancer keeps to one number of tasks.",
        why: "Under more load than was thought of it becomes slow for everybody, until somebody is awake.",
        page: "https://docs.aws.amazon.com/AmazonECS/latest/developerguide/service-auto-scaling.html",
        example: Example::Readiness {
            wrong: "[network]\n[service.web]\nimage = \"nginx:1.29\"\nport = 80\ntasks = 2",
            right: "[network]\n[service.web]\nimage = \"nginx:1.29\"\nport = 80\nscale = { min = 2, max = 6 }",
        },
        ..code(Area::Reliability)
    },
    area: Area::Reliability,
    weight: 3,
    question: "Does every service that answers requests grow with them?",
    remedy: "scale = { min = 2, max = 6 }",
    look: Look::Stack(scales),
    ..Check::NEW
};

fn scales(subject: &Subject<'_>) -> Asked {
    let view = subject.view;
    let mut asked = Asked::default();
    for (seen, _) in view.all::<Service>().filter(|(_, spec)| !spec.load_balancers.is_empty()) {
        let grows =
            scaling(view, seen).is_some_and(|(_, scaling)| scaling.max_capacity > scaling.min_capacity && !scaling.policies.is_empty());
        asked.node(seen, "", Answer::of(grows, || "nothing gives it more tasks when there is more to do".into()));
    }
    asked
}

pub const HEALTH: Check = Check {
    code: Code {
        id: "RDY404",
        about: "A service has neither a load balancer nor a health check that tells if its tasks are well.",
        why: "A task that hangs goes on running and does nothing; ECS replaces only what has ended.",
        page: "https://docs.aws.amazon.com/AmazonECS/latest/developerguide/healthcheck.html",
        example: Example::Readiness {
            wrong: "[network]\n[service.worker]\nimage = \"nginx:1.29\"",
            right: "[network]\n[service.worker]\nimage = \"nginx:1.29\"\nhealth = { command = [\"CMD-SHELL\", \"test -e /tmp/alive\"] }",
        },
        ..code(Area::Reliability)
    },
    area: Area::Reliability,
    weight: 3,
    question: "Does somebody notice a task that hangs?",
    remedy: "health.command = [\"CMD-SHELL\", \"…\"], a command in the container that fails when it is not well",
    look: Look::Stack(health),
    ..Check::NEW
};

fn health(subject: &Subject<'_>) -> Asked {
    let view = subject.view;
    let mut asked = Asked::default();
    for (seen, spec) in view.all::<Service>() {
        let task = view.target::<TaskDefinition>(&spec.task_definition_arn);
        let answer = match task {
            _ if !spec.load_balancers.is_empty() => Answer::Good,
            None => Answer::Unknown("its task definition is not of this stack".into()),
            Some((_, task)) => {
                let checked = task.containers.iter().any(|one| one.essential && one.health_check.is_some());
                Answer::of(checked, || "nothing notices that its tasks hang".into())
            }
        };
        asked.node(seen, "", answer);
    }
    asked
}

pub const NOT_ALL_SPOT: Check = Check {
    code: Code {
        id: "RDY405",
        about: "A service behind a load balancer runs on Fargate Spot alone.",
        why: "AWS may take all of its tasks back with two minutes' notice, and have none to give.",
        page: "https://docs.aws.amazon.com/AmazonECS/latest/developerguide/fargate-capacity-providers.html",
        example: Example::Readiness {
            wrong: "[network]\n[service.web]\nimage = \"nginx:1.29\"\nport = 80\nspot = true",
            right: "[network]\n[service.web]\nimage = \"nginx:1.29\"\nport = 80",
        },
        ..code(Area::Reliability)
    },
    area: Area::Reliability,
    weight: 2,
    question: "Does every service that answers requests have tasks that AWS does not take back?",
    remedy: "take `spot = true` out, or keep a base of tasks on FARGATE",
    look: Look::Stack(not_all_spot),
    ..Check::NEW
};

fn not_all_spot(subject: &Subject<'_>) -> Asked {
    let view = subject.view;
    let mut asked = Asked::default();
    for (seen, spec) in view.all::<Service>().filter(|(_, spec)| !spec.load_balancers.is_empty()) {
        asked.node(
            seen,
            "capacity_provider_strategy",
            Answer::of(!is_all_spot(view, spec), || "all of its tasks are on spare capacity".into()),
        );
    }
    asked
}

fn is_all_spot(view: &View<'_>, spec: &Spec) -> bool {
    let own = spec.capacity_provider_strategy.as_slice();
    let of_cluster = || view.target::<Cluster>(&spec.cluster).map(|(_, cluster)| cluster.default_capacity_provider_strategy.as_slice());
    let strategy = if own.is_empty() { of_cluster().unwrap_or_default() } else { own };
    let used = strategy.iter().filter(|one| one.weight > 0 || one.base > 0).collect::<Vec<_>>();
    !used.is_empty() && used.iter().all(|one| one.capacity_provider == "FARGATE_SPOT")
}

pub const BALANCERS_KEPT: Check = Check {
    code: Code {
        id: "RDY406",
        about: "A load balancer can be deleted by anybody who may delete load balancers.",
        why: "A new one has another name, so that whatever leads to it has to be changed before anybody is served again.",
        page: "https://docs.aws.amazon.com/elasticloadbalancing/latest/application/edit-load-balancer-attributes.html",
        example: Example::Readiness {
            wrong: "[network]\n[service.web]\nimage = \"nginx:1.29\"\nport = 80",
            right: "[network]\n[service.web]\nimage = \"nginx:1.29\"\nport = 80\nprotect = true",
        },
        ..code(Area::Reliability)
    },
    area: Area::Reliability,
    weight: 1,
    question: "Are load balancers protected from being deleted?",
    remedy: "protect = true in the service",
    look: Look::Stack(balancers_kept),
    ..Check::NEW
};

fn balancers_kept(subject: &Subject<'_>) -> Asked {
    let mut asked = Asked::default();
    for (seen, spec) in subject.view.all::<LoadBalancer>() {
        asked.node(seen, "deletion_protection", Answer::of(spec.deletion_protection, || "AWS's deletion protection is off".into()));
    }
    asked
}

pub const REST: Check = Check {
    code: of_rules(
        "RDY407",
        Area::Reliability,
        "A rule finds something else wrong with reliability: grace periods, scaling, standbys.",
        "It shows when something fails, and then it is late.",
    ),
    area: Area::Reliability,
    weight: 3,
    question: "Do the rules of reliability find nothing?",
    remedy: "mend what the rules find",
    look: Look::Rest { kinds: &["ecs.service", "rds.instance", "opensearch.domain", "elasticache.replication_group"] },
    ..Check::NEW
};
