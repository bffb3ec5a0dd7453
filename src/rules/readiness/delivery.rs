//! RDY7: delivery.

use super::of_rules;
use crate::core::code::{Code, Example};
use crate::core::readiness::area::Area;
use crate::core::readiness::check::{Answer, Asked, Check, Look, Subject, code};
use crate::core::reference::{Piece, pieces};
use crate::core::rollout::policy::{Policy, Shift};
use crate::core::view::{Origin, Seen, View};
use crate::kinds::ecr::repository::{Mutability, Repository};
use crate::kinds::ecs::deployment::Strategy;
use crate::kinds::ecs::service::Service;
use crate::kinds::ecs::task_definition::{Spec as Task, TaskDefinition};

pub const GOES_BACK: Check = Check {
    code: Code {
        id: "RDY701",
        about: "A service keeps a new version whose tasks do not come up.",
        why: "ECS goes on starting tasks that fail until somebody notices, and the old version is gone by then.",
        page: "https://docs.aws.amazon.com/AmazonECS/latest/developerguide/deployment-circuit-breaker.html",
        example: Example::Readiness {
            wrong: "[network]\n[service.web]\nimage = \"nginx:1.29\"\n[override.\"service.web.service\"]\ndeployment = { circuit_breaker = { enable = false, rollback = false } }",
            right: "[network]\n[service.web]\nimage = \"nginx:1.29\"",
        },
        ..code(Area::Delivery)
    },
    area: Area::Delivery,
    weight: 3,
    question: "Does a version that does not come up go back by itself?",
    remedy: "take the override of `deployment` out, or write circuit_breaker = { enable = true, rollback = true }",
    look: Look::Stack(goes_back),
    ..Check::NEW
};

fn goes_back(subject: &Subject<'_>) -> Asked {
    let mut asked = Asked::default();
    for (seen, spec) in subject.view.all::<Service>() {
        let breaker = spec.deployment.circuit_breaker;
        let gated = policy(seen).is_some_and(Policy::is_gated);
        let answer =
            Answer::of(gated || breaker.enable && breaker.rollback, || "nothing takes back a version that does not come up".into());
        asked.node(seen, "deployment", answer);
    }
    asked
}

/// Returns the rules of a service's rollout, where it has some.
fn policy<'v>(seen: &'v Seen<'_>) -> Option<&'v Policy> {
    match seen.from {
        Origin::Wanted(node) => node.rollout.as_deref(),
        Origin::Live(_) => None,
    }
}

pub const BESIDE: Check = Check {
    code: Code {
        id: "RDY702",
        about: "A service behind a load balancer replaces its tasks one by one.",
        why: "Both versions answer users while nobody can tell them apart, and going back takes as long as going there.",
        page: "https://docs.aws.amazon.com/AmazonECS/latest/developerguide/deployment-type-blue-green.html",
        example: Example::Readiness {
            wrong: "[network]\n[service.web]\nimage = \"nginx:1.29\"\nport = 80\ndeployment = \"rolling\"",
            right: "[network]\n[service.web]\nimage = \"nginx:1.29\"\nport = 80",
        },
        ..code(Area::Delivery)
    },
    area: Area::Delivery,
    weight: 2,
    question: "Does the old version stay until the new one has shown itself?",
    remedy: "take `deployment = \"rolling\"` out, or write [service.NAME.rollout]",
    look: Look::Stack(beside),
    ..Check::NEW
};

fn beside(subject: &Subject<'_>) -> Asked {
    let mut asked = Asked::default();
    for (seen, spec) in subject.view.all::<Service>().filter(|(_, spec)| !spec.load_balancers.is_empty()) {
        let rolling = spec.deployment.strategy == Strategy::Rolling || policy(seen).is_some_and(|policy| policy.shift == Shift::Rolling);
        asked.node(seen, "deployment", Answer::of(!rolling, || "its tasks are replaced one by one".into()));
    }
    asked
}

pub const SMOKE: Check = Check {
    code: Code {
        id: "RDY703",
        about: "No request is made to a new version before users make theirs.",
        why: "A version that starts and answers its health check may still fail at everything else, and users find out.",
        page: "",
        example: Example::Readiness {
            wrong: "[network]\n[service.web]\nimage = \"nginx:1.29\"\nport = 80",
            right: "[network]\n[service.web]\nimage = \"nginx:1.29\"\nport = 80\n[[service.web.rollout.smoke]]\npath = \"/\"",
        },
        ..code(Area::Delivery)
    },
    area: Area::Delivery,
    weight: 2,
    question: "Is a new version tried before users get it?",
    remedy: "write [[service.NAME.rollout.smoke]] with the requests that have to be answered well",
    look: Look::Stack(smoke),
    ..Check::NEW
};

fn smoke(subject: &Subject<'_>) -> Asked {
    let mut asked = Asked::default();
    for (seen, _) in subject.view.all::<Service>().filter(|(_, spec)| !spec.load_balancers.is_empty()) {
        let tried = policy(seen).is_some_and(|policy| !policy.smoke.is_empty());
        asked.node(seen, "", Answer::of(tried, || "users are the first to send requests to a new version".into()));
    }
    asked
}

pub const PINNED: Check = Check {
    code: Code {
        id: "RDY704",
        about: "A service runs an image by a name that may mean another image tomorrow.",
        why: "Tasks that are started later run something else than those that were tried, and going back brings back nothing.",
        page: "https://docs.aws.amazon.com/AmazonECS/latest/developerguide/deployment-type-ecs.html#deployment-container-image-stability",
        example: Example::Readiness {
            wrong: "[network]\n[service.web]\nimage = \"nginx:1.29\"",
            right: "[network]\n[service.web]\nimage = \"nginx@sha256:0000000000000000000000000000000000000000000000000000000000000000\"",
        },
        ..code(Area::Delivery)
    },
    area: Area::Delivery,
    weight: 2,
    question: "Is every image named so that it stays the same?",
    remedy: "name it by its digest, REPOSITORY@sha256:…; a pipeline sets it: --set service.NAME.image=…",
    look: Look::Stack(pinned),
    ..Check::NEW
};

fn pinned(subject: &Subject<'_>) -> Asked {
    let view = subject.view;
    let mut asked = Asked::default();
    for (seen, task) in view.all::<TaskDefinition>() {
        for container in &task.containers {
            let image = container.image.as_str();
            let answer = match tag(image) {
                None => Answer::Good,
                Some("latest") => Answer::bad(format!("the tag `latest` of `{}` is another image after each push", container.name)),
                Some(_) if is_fixed(view, image) => Answer::Good,
                Some(tag) => Answer::bad(format!("the tag `{tag}` of `{}` can be given to another image", container.name)),
            };
            asked.node(seen, of_container(task, "image"), answer);
        }
    }
    asked
}

/// Returns a field of a task's container. Several stand in another order than in the file.
pub fn of_container(task: &Task, field: &str) -> String {
    if task.containers.len() == 1 { format!("containers.0.{field}") } else { "containers".into() }
}

/// Returns the tag that an image is named by; none where it is named by its digest.
fn tag(image: &str) -> Option<&str> {
    if image.contains("@sha256:") {
        return None;
    }
    let name = image.rsplit('/').next().unwrap_or(image);
    // A reference holds no colon that is one of a tag: `${service.web.repository.uri}:1.4`.
    let behind = name.rsplit_once('}').map_or(name, |(_, behind)| behind);
    Some(behind.rsplit_once(':').map_or("latest", |(_, tag)| tag))
}

/// True for an image of a repository of the stack's own in which a tag stays what it is.
fn is_fixed(view: &View<'_>, image: &str) -> bool {
    let own = pieces(image).into_iter().find_map(|piece| if let Piece::Reference(link) = piece { Some(link.address) } else { None });
    let repository = own.and_then(|address| view.get::<Repository>(&address));
    repository.is_some_and(|(_, spec)| spec.image_tag_mutability == Mutability::Immutable)
}

pub const TAGS_STAY: Check = Check {
    code: Code {
        id: "RDY705",
        about: "A repository lets a tag be given to another image.",
        why: "Nobody can tell later which image a version was.",
        page: "https://docs.aws.amazon.com/AmazonECR/latest/userguide/image-tag-mutability.html",
        example: Example::Readiness {
            wrong: "[resource.images]\nkind = \"ecr.repository\"\nimage_tag_mutability = \"MUTABLE\"",
            right: "[resource.images]\nkind = \"ecr.repository\"\nimage_tag_mutability = \"IMMUTABLE\"",
        },
        ..code(Area::Delivery)
    },
    area: Area::Delivery,
    weight: 1,
    question: "Do tags of the stack's own repositories stay with their images?",
    remedy: "image_tag_mutability = \"IMMUTABLE\"; it takes images with names of their own, such as the commit",
    look: Look::Stack(tags_stay),
    ..Check::NEW
};

fn tags_stay(subject: &Subject<'_>) -> Asked {
    let mut asked = Asked::default();
    for (seen, spec) in subject.view.all::<Repository>() {
        let fixed = matches!(spec.image_tag_mutability, Mutability::Immutable | Mutability::ImmutableWithExclusion);
        asked.node(seen, "image_tag_mutability", Answer::of(fixed, || "its tags can be moved to other images".into()));
    }
    asked
}

pub const TOLD: Check = Check {
    code: Code {
        id: "RDY706",
        about: "Nobody is told when a rollout of a service waits or goes back.",
        why: "A version that went back at night is found out the next morning, and a gate that waits for somebody closes.",
        page: "",
        example: Example::Readiness {
            wrong: "[network]\n[service.web]\nimage = \"nginx:1.29\"\nport = 80",
            right: "[network]\n[service.web]\nimage = \"nginx:1.29\"\nport = 80\n[service.web.rollout.notify]\nslack = { env = \"SLACK_WEBHOOK\" }",
        },
        ..code(Area::Delivery)
    },
    area: Area::Delivery,
    weight: 1,
    question: "Is somebody told when a rollout waits or goes back?",
    remedy: "write [service.NAME.rollout.notify]: slack = { env = \"SLACK_WEBHOOK\" }, a webhook, or sns = \"${monitoring.topic.arn}\"",
    look: Look::Stack(told),
    ..Check::NEW
};

fn told(subject: &Subject<'_>) -> Asked {
    let mut asked = Asked::default();
    for (seen, _) in subject.view.all::<Service>() {
        let told = policy(seen).is_some_and(|policy| policy.notify.is_some());
        asked.node(seen, "", Answer::of(told, || "nobody is told of its rollouts".into()));
    }
    asked
}

pub const ACCOUNT: Check = Check {
    code: Code {
        id: "RDY707",
        about: "The file does not say which account it is for.",
        why: "With the wrong profile, all of it is made a second time somewhere else.",
        page: "",
        example: Example::Readiness {
            wrong: "[network]",
            right: "[stack]\nname = \"shop\"\nregion = \"us-east-1\"\naccount = \"123456789012\"\n[network]",
        },
        ..code(Area::Delivery)
    },
    area: Area::Delivery,
    weight: 1,
    question: "Is it refused in every account but the right one?",
    remedy: "write `account` in [stack], or in the overlay of the environment",
    look: Look::Stack(account),
    ..Check::NEW
};

fn account(subject: &Subject<'_>) -> Asked {
    let mut asked = Asked::default();
    asked.stack(&["stack"], Answer::of(subject.stack.settings.account.is_some(), || "any account will do".into()));
    asked
}

pub const REST: Check = Check {
    code: of_rules(
        "RDY708",
        Area::Delivery,
        "A rule finds something that keeps a version from being delivered, or that AWS may refuse.",
        "The next deployment fails, or does not begin.",
    ),
    area: Area::Delivery,
    weight: 1,
    question: "Do the rules of delivery find nothing?",
    remedy: "mend what the rules find",
    look: Look::Rest { kinds: &["ecs.service"] },
    ..Check::NEW
};
