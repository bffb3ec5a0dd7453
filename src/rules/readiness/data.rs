//! RDY2: the data.

use super::of_rules;
use crate::core::code::{Code, Example};
use crate::core::kind::Kind;
use crate::core::readiness::area::Area;
use crate::core::readiness::check::{Answer, Asked, Check, Look, Subject, code};
use crate::core::view::Origin;
use crate::kinds::rds::instance::DbInstance;
use crate::kinds::s3::bucket::{Bucket, Spec as BucketSpec};

pub const BACKUPS: Check = Check {
    code: of_rules("RDY201", Area::Data, "A database keeps no backups.", "A mistake, ours or a user's, cannot be taken back."),
    area: Area::Data,
    weight: 5,
    question: "Does every database keep backups?",
    remedy: "keep backups for seven days at least",
    blocks: true,
    look: Look::Rules { kinds: &[DbInstance::NAME], codes: &["OPS201"] },
    ..Check::NEW
};

/// Days in which somebody notices a mistake of last weekend.
const WEEK: i32 = 7;

pub const KEPT_A_WEEK: Check = Check {
    code: Code {
        id: "RDY202",
        about: "Backups of a database are kept for less than a week.",
        why: "A mistake of a Friday that is found on the next Monday week cannot be taken back any more.",
        page: "https://docs.aws.amazon.com/AmazonRDS/latest/UserGuide/USER_WorkingWithAutomatedBackups.BackupRetention.html",
        example: Example::Readiness {
            wrong: "[network]\n[database.main]\nbackup_days = 1",
            right: "[network]\n[database.main]\nbackup_days = 7",
        },
        ..code(Area::Data)
    },
    area: Area::Data,
    weight: 3,
    question: "Are backups kept for a week at least?",
    remedy: "keep them for seven days at least: backup_days = 7",
    look: Look::Stack(kept_a_week),
    ..Check::NEW
};

fn kept_a_week(subject: &Subject<'_>) -> Asked {
    let mut asked = Asked::default();
    // One that keeps none is another question's.
    for (seen, spec) in subject.view.all::<DbInstance>().filter(|(_, spec)| spec.backup_retention_period > 0) {
        let says = || match spec.backup_retention_period {
            1 => "its backups are kept for a day".to_owned(),
            days => format!("its backups are kept for {days} days"),
        };
        asked.node(seen, "backup_retention_period", Answer::of(spec.backup_retention_period >= WEEK, says));
    }
    asked
}

pub const PROTECTED: Check = Check {
    code: Code {
        id: "RDY203",
        about: "Something that holds data is not protected from being deleted.",
        why: "One wrong line of a file, or one click in the console, loses what it holds.",
        page: "https://docs.aws.amazon.com/AmazonRDS/latest/UserGuide/USER_DeleteInstance.html",
        example: Example::Readiness { wrong: "[network]\n[database.main]\nprotect = false", right: "[network]\n[database.main]" },
        ..code(Area::Data)
    },
    area: Area::Data,
    weight: 3,
    question: "Is everything that holds data protected from being deleted?",
    remedy: "take `protect = false` out",
    same: &["DATA205"],
    look: Look::Stack(protected),
    ..Check::NEW
};

/// Kinds whose content cannot be made anew from somewhere else.
const HOLDING: &[&str] = &["rds.instance", "s3.bucket", "secretsmanager.secret", "opensearch.domain"];

fn protected(subject: &Subject<'_>) -> Asked {
    let view = subject.view;
    let mut asked = Asked::default();
    let scratch = view.all::<Bucket>().filter(|(_, spec)| is_scratch(spec)).map(|(seen, _)| seen.address).collect::<Vec<_>>();
    for seen in view.resources().filter(|seen| HOLDING.contains(&seen.kind.name) && !scratch.contains(&seen.address)) {
        let Origin::Wanted(node) = seen.from else { continue };
        let open_at_aws = view.get::<DbInstance>(seen.address).is_some_and(|(_, spec)| !spec.deletion_protection);
        let answer = match (node.protect || node.retain, open_at_aws) {
            (true, false) => Answer::Good,
            (false, _) => Answer::bad("nothing keeps it from being deleted, and what it holds with it"),
            (true, true) => Answer::bad("AWS's own deletion protection is off").help("write deletion_protection = true"),
        };
        asked.node(seen, "", answer);
    }
    asked
}

/// True for a bucket all of whose objects are removed by themselves: what is in it is not meant to stay.
fn is_scratch(spec: &BucketSpec) -> bool {
    let whole = |rule: &&crate::kinds::s3::bucket::LifecycleRule| rule.enabled && rule.prefix.is_empty() && rule.tags.is_empty();
    spec.lifecycle_rules.iter().filter(whole).any(|rule| rule.expiration_days.is_some_and(|days| days > 0))
}

pub const FINAL_SNAPSHOT: Check = Check {
    code: Code {
        id: "RDY204",
        about: "A database goes without a final snapshot when it is deleted.",
        why: "Its backups go with it, so that a deletion that was a mistake is the end of the data.",
        page: "https://docs.aws.amazon.com/AmazonRDS/latest/UserGuide/USER_DeleteInstance.html",
        example: Example::Readiness {
            wrong: "[network]\n[database.main]\nskip_final_snapshot = true",
            right: "[network]\n[database.main]",
        },
        ..code(Area::Data)
    },
    area: Area::Data,
    weight: 2,
    question: "Does every database leave a last snapshot when it goes?",
    remedy: "take `skip_final_snapshot = true` out",
    look: Look::Stack(final_snapshot),
    ..Check::NEW
};

fn final_snapshot(subject: &Subject<'_>) -> Asked {
    let mut asked = Asked::default();
    for (seen, spec) in subject.view.all::<DbInstance>() {
        asked.node(seen, "skip_final_snapshot", Answer::of(!spec.skip_final_snapshot, || "it goes without a last snapshot".into()));
    }
    asked
}

pub const ROOM_TO_GROW: Check = Check {
    code: Code {
        id: "RDY205",
        about: "The storage of a database does not grow by itself.",
        why: "A database whose storage is full takes no more writes until somebody makes room.",
        page: "https://docs.aws.amazon.com/AmazonRDS/latest/UserGuide/USER_PIOPS.Autoscaling.html",
        example: Example::Readiness {
            wrong: "[network]\n[database.main]\nstorage = 20",
            right: "[network]\n[database.main]\nstorage = 20\nmax_storage = 100",
        },
        ..code(Area::Data)
    },
    area: Area::Data,
    weight: 2,
    question: "Can the storage of every database grow by itself?",
    remedy: "say how far AWS may let it grow: max_storage = 100",
    look: Look::Stack(room_to_grow),
    ..Check::NEW
};

fn room_to_grow(subject: &Subject<'_>) -> Asked {
    let mut asked = Asked::default();
    for (seen, spec) in subject.view.all::<DbInstance>() {
        let grows = spec.max_allocated_storage.is_some_and(|most| most > spec.allocated_storage);
        let says = || format!("its storage stays at {} GiB", spec.allocated_storage);
        asked.node(seen, "max_allocated_storage", Answer::of(grows, says));
    }
    asked
}

pub const VERSIONED: Check = Check {
    code: Code {
        id: "RDY206",
        about: "A bucket whose objects are to stay keeps no old versions.",
        why: "An object that is overwritten or deleted by mistake is gone: S3 has no backups of its own.",
        page: "https://docs.aws.amazon.com/AmazonS3/latest/userguide/Versioning.html",
        example: Example::Readiness {
            wrong: "[storage.files]\n[storage.uploads]\nexpire_days = 7",
            right: "[storage.files]\nversioning = true\n[storage.uploads]\nexpire_days = 7",
        },
        ..code(Area::Data)
    },
    area: Area::Data,
    weight: 2,
    question: "Do buckets keep old versions of what is to stay?",
    remedy: "versioning = true; old versions are removed after `old_versions_days`",
    look: Look::Stack(versioned),
    ..Check::NEW
};

fn versioned(subject: &Subject<'_>) -> Asked {
    let mut asked = Asked::default();
    for (seen, spec) in subject.view.all::<Bucket>().filter(|(_, spec)| !is_scratch(spec)) {
        asked.node(seen, "versioning", Answer::of(spec.versioning, || "what is overwritten or deleted in it is gone".into()));
    }
    asked
}

pub const ENGINES: Check = Check {
    code: of_rules(
        "RDY207",
        Area::Data,
        "A rule finds something wrong with engines, versions, parameters or what becomes of the data.",
        "A version without support gets no more fixes, and a parameter that does not fit is refused or does nothing.",
    ),
    area: Area::Data,
    weight: 3,
    question: "Are engines, versions and parameters supported, and do they fit?",
    remedy: "mend what the rules find",
    look: Look::Rest { kinds: &["rds.instance", "elasticache.replication_group", "opensearch.domain", "s3.bucket"] },
    ..Check::NEW
};
