//! RDY3: security.

use super::of_rules;
use crate::core::code::{Code, Example};
use crate::core::readiness::area::Area;
use crate::core::readiness::check::{Answer, Asked, Check, Look, Subject, code};
use crate::kinds::cloudfront::distribution::{Distribution, ViewerProtocolPolicy};
use crate::kinds::ecr::repository::Repository;
use crate::kinds::elasticache::replication_group::ReplicationGroup;
use crate::kinds::elbv2::Protocol;
use crate::kinds::elbv2::load_balancer::{BalancerType, LoadBalancer, Scheme};
use crate::kinds::opensearch::domain::OpensearchDomain;
use crate::rules::reach::listeners;

pub const NOT_PUBLIC: Check = Check {
    code: of_rules(
        "RDY301",
        Area::Security,
        "Data, or a port for administration, is open to the whole internet.",
        "Such ports and buckets are found by scanners within hours.",
    ),
    area: Area::Security,
    weight: 4,
    question: "Is nothing open to the internet that holds data or administers?",
    remedy: "close it to everybody but those who need it",
    blocks: true,
    look: Look::Rules { kinds: &["ec2.security_group", "rds.instance", "s3.bucket"], codes: &["SEC201", "SEC202", "SEC204"] },
    ..Check::NEW
};

pub const NO_PLAIN_SECRET: Check = Check {
    code: of_rules(
        "RDY302",
        Area::Security,
        "A secret stands in an environment variable in plain text.",
        "Everybody who may read the file, the task definition or its history has it.",
    ),
    area: Area::Security,
    weight: 4,
    question: "Is every secret injected, and none written down?",
    remedy: "make a [secrets.NAME] of it and write { secret = \"NAME\" }; then change its value, since it was seen",
    blocks: true,
    look: Look::Rules { kinds: &["ecs.task_definition"], codes: &["SEC203"] },
    ..Check::NEW
};

pub const NARROW_ROLES: Check = Check {
    code: of_rules(
        "RDY303",
        Area::Security,
        "A role may do more than it needs, or is trusted to more than it should be.",
        "Whoever takes over one task then has what its role may do, and what that leads to.",
    ),
    area: Area::Security,
    weight: 3,
    question: "May every role do what it needs, and no more?",
    remedy: "name the actions and resources that are needed",
    look: Look::Rules { kinds: &["iam.role", "s3.bucket", "sns.topic"], codes: &["SEC205", "IAM206", "IAM207", "IAM208", "IAM209"] },
    ..Check::NEW
};

pub const AT_REST: Check = Check {
    code: of_rules(
        "RDY304",
        Area::Security,
        "A store keeps its data unencrypted.",
        "Most of them cannot be encrypted later without moving the data.",
    ),
    area: Area::Security,
    weight: 2,
    question: "Is data encrypted where it is stored?",
    remedy: "encrypt it from the start",
    look: Look::Rules { kinds: &["rds.instance", "elasticache.replication_group", "opensearch.domain"], codes: &["SEC206"] },
    ..Check::NEW
};

pub const TO_USERS: Check = Check {
    code: Code {
        id: "RDY305",
        about: "A load balancer of the internet has no HTTPS, or a distribution answers without it.",
        why: "Whoever is on the way reads and changes what people send, passwords and cookies included.",
        page: "https://docs.aws.amazon.com/elasticloadbalancing/latest/application/create-https-listener.html",
        example: Example::Readiness {
            wrong: "[network]\n[service.web]\nimage = \"nginx:1.29\"\nport = 80",
            right: "[network]\n[service.web]\nimage = \"nginx:1.29\"\nport = 80\ncertificate = \"arn:aws:acm:us-east-1:123456789012:certificate/12345678-1234-1234-1234-123456789012\"",
        },
        ..code(Area::Security)
    },
    area: Area::Security,
    weight: 3,
    question: "Does everything that people come to speak HTTPS?",
    remedy: "write `certificate`, the ARN of an ACM certificate: HTTP then redirects to HTTPS",
    look: Look::Stack(to_users),
    ..Check::NEW
};

fn to_users(subject: &Subject<'_>) -> Asked {
    let view = subject.view;
    let mut asked = Asked::default();
    let people = |spec: &crate::kinds::elbv2::load_balancer::Spec| {
        spec.scheme == Scheme::InternetFacing && spec.balancer_type == BalancerType::Application
    };
    for (seen, _) in view.all::<LoadBalancer>().filter(|(_, spec)| people(spec)) {
        let own = listeners(view, seen);
        let safe = own.iter().any(|(_, listener)| listener.protocol == Protocol::HTTPS);
        asked.node(seen, "", Answer::of(safe, || "people come to it over the internet, and it speaks HTTP alone".into()));
    }
    for (seen, spec) in view.all::<Distribution>() {
        let behaviours = spec.ordered_cache_behaviors.iter().map(|path| &path.behavior).chain([&spec.default_cache_behavior]);
        let open = behaviours.into_iter().any(|one| one.viewer_protocol_policy == ViewerProtocolPolicy::AllowAll);
        let answer = Answer::of(!open, || "it answers over HTTP as well".into());
        asked.node(seen, "default_cache_behavior", answer.help("viewer_protocol_policy = \"redirect-to-https\""));
    }
    asked
}

pub const TO_STORES: Check = Check {
    code: Code {
        id: "RDY306",
        about: "A cache or a search domain is spoken to without TLS.",
        why: "Sessions and documents cross the network as they are, and so do the passwords that open them.",
        page: "https://docs.aws.amazon.com/AmazonElastiCache/latest/dg/in-transit-encryption.html",
        example: Example::Readiness { wrong: "[network]\n[cache.main]\ntls = false", right: "[network]\n[cache.main]" },
        ..code(Area::Security)
    },
    area: Area::Security,
    weight: 2,
    question: "Do services speak to caches and search domains over TLS?",
    remedy: "take `tls = false` out; clients then use rediss://",
    look: Look::Stack(to_stores),
    ..Check::NEW
};

fn to_stores(subject: &Subject<'_>) -> Asked {
    let mut asked = Asked::default();
    for (seen, spec) in subject.view.all::<ReplicationGroup>() {
        let answer = Answer::of(spec.transit_encryption_enabled, || "what goes to it is not encrypted on the way".into());
        asked.node(seen, "transit_encryption_enabled", answer);
    }
    for (seen, spec) in subject.view.all::<OpensearchDomain>() {
        let answer =
            Answer::of(spec.enforce_https && spec.node_to_node_encryption, || "it speaks HTTP, or its nodes do among each other".into());
        asked.node(seen, "enforce_https", answer.help("enforce_https = true, and node_to_node_encryption = true"));
    }
    asked
}

pub const SCANNED: Check = Check {
    code: Code {
        id: "RDY307",
        about: "A repository does not look through the images that are pushed.",
        why: "Nobody hears that an image has a hole that everybody knows by now.",
        page: "https://docs.aws.amazon.com/AmazonECR/latest/userguide/image-scanning.html",
        example: Example::Readiness {
            wrong: "[network]\n[service.web]\n[override.\"service.web.repository\"]\nscan_on_push = false",
            right: "[network]\n[service.web]",
        },
        ..code(Area::Security)
    },
    area: Area::Security,
    weight: 1,
    question: "Are images looked through for known holes?",
    remedy: "scan_on_push = true",
    look: Look::Stack(scanned),
    ..Check::NEW
};

fn scanned(subject: &Subject<'_>) -> Asked {
    let mut asked = Asked::default();
    for (seen, spec) in subject.view.all::<Repository>() {
        asked.node(seen, "scan_on_push", Answer::of(spec.scan_on_push, || "images that are pushed to it are not looked through".into()));
    }
    asked
}

pub const REST: Check = Check {
    code: of_rules(
        "RDY308",
        Area::Security,
        "A rule finds something else wrong with security: TLS versions, policies, trust.",
        "Each of these is a way in, or a way that does not work.",
    ),
    area: Area::Security,
    weight: 3,
    question: "Do the other rules of security find nothing?",
    remedy: "mend what the rules find",
    look: Look::Rest { kinds: &[] },
    ..Check::NEW
};
