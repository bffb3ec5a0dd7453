//! The measures of a bucket, and how what is said of several storage classes together is shared by them.

use super::bucket::StorageClass;
use crate::core::money::Decimal;
use crate::core::usage::{Idle, Measure};
use crate::kinds::kms;
use crate::pricing::tariffs::s3::{self, Class};
use crate::pricing::{Charge, Facts, Given, doubt_parts};
use std::collections::BTreeSet;

/// The remedy where an amount is of a class that nothing is in.
const MOVE: &str = "override `lifecycle_rules` of the bucket with one that does";

const STANDARD_IA: Idle = Idle { why: "no lifecycle rule moves objects to STANDARD_IA", help: "set `infrequent_days` of the storage" };
const ONEZONE_IA: Idle = Idle { why: "no lifecycle rule moves objects to ONEZONE_IA", help: MOVE };
const INTELLIGENT_TIERING: Idle = Idle { why: "no lifecycle rule moves objects to INTELLIGENT_TIERING", help: MOVE };
const GLACIER_IR: Idle = Idle { why: "no lifecycle rule moves objects to GLACIER_IR", help: MOVE };
const GLACIER: Idle = Idle { why: "no lifecycle rule moves objects to GLACIER", help: MOVE };
const DEEP_ARCHIVE: Idle = Idle { why: "no lifecycle rule moves objects to DEEP_ARCHIVE", help: MOVE };

/// Makes a measure of what lies in a class, of which nothing comes where no rule moves anything there.
const fn of(class: Idle, name: &'static str, unit: &'static str, doc: &'static str) -> Measure {
    Measure::derived(name, unit, doc).idle(class.why, class.help)
}

pub(super) const USAGE: &[Measure] = &[
    Measure::new("stored_gb", "GB", [0, 1, 50], "Objects in the class for everyday use, old versions included."),
    Measure::new("object_writes", "requests", [0, 1_000, 100_000], "PUT, COPY, POST and LIST requests."),
    Measure::new("object_reads", "requests", [0, 10_000, 1_000_000], "GET and all other requests."),
    of(STANDARD_IA, "standard_ia_gb", "GB", "Objects that a lifecycle rule has moved to STANDARD_IA; none if nothing is said."),
    of(ONEZONE_IA, "onezone_ia_gb", "GB", "Objects that a lifecycle rule has moved to ONEZONE_IA; none if nothing is said."),
    of(INTELLIGENT_TIERING, "intelligent_tiering_gb",
        "GB",
        "Objects that a lifecycle rule has moved to INTELLIGENT_TIERING, in its tier for what is read often; none if nothing is said."),
    of(INTELLIGENT_TIERING, "intelligent_tiering_infrequent_gb",
        "GB",
        "Objects in INTELLIGENT_TIERING, in its tier for what is read seldom; none if nothing is said."),
    of(INTELLIGENT_TIERING, "intelligent_tiering_archive_instant_gb",
        "GB",
        "Objects in INTELLIGENT_TIERING, in its tier for what is hardly ever read; none if nothing is said."),
    of(INTELLIGENT_TIERING, "intelligent_tiering_archive_gb", "GB", "Objects in INTELLIGENT_TIERING, in its archive; none if nothing is said."),
    of(INTELLIGENT_TIERING, "intelligent_tiering_deep_archive_gb",
        "GB",
        "Objects in INTELLIGENT_TIERING, in its deep archive; none if nothing is said."),
    of(INTELLIGENT_TIERING, "intelligent_tiering_objects",
        "objects",
        "Objects of 128 KB and more in INTELLIGENT_TIERING; if nothing is said, a thousand for each GB."),
    of(GLACIER_IR, "glacier_ir_gb", "GB", "Objects that a lifecycle rule has moved to GLACIER_IR; none if nothing is said."),
    of(GLACIER, "glacier_flexible_gb", "GB", "Objects that a lifecycle rule has moved to GLACIER; none if nothing is said."),
    of(DEEP_ARCHIVE, "glacier_deep_gb", "GB", "Objects that a lifecycle rule has moved to DEEP_ARCHIVE; none if nothing is said."),
    of(STANDARD_IA, "standard_ia_writes", "requests", "PUT, COPY, POST and LIST requests for STANDARD_IA; none if nothing is said."),
    of(ONEZONE_IA, "onezone_ia_writes", "requests", "PUT, COPY, POST and LIST requests for ONEZONE_IA; none if nothing is said."),
    of(INTELLIGENT_TIERING, "intelligent_tiering_writes",
        "requests",
        "PUT, COPY, POST and LIST requests for INTELLIGENT_TIERING; none if nothing is said."),
    of(GLACIER_IR, "glacier_ir_writes", "requests", "PUT, COPY, POST and LIST requests for GLACIER_IR; none if nothing is said."),
    of(GLACIER, "glacier_flexible_writes", "requests", "PUT, COPY, POST and LIST requests for GLACIER; none if nothing is said."),
    of(DEEP_ARCHIVE, "glacier_deep_writes", "requests", "PUT, COPY, POST and LIST requests for DEEP_ARCHIVE; none if nothing is said."),
    of(STANDARD_IA, "standard_ia_reads", "requests", "GET and all other requests for STANDARD_IA; none if nothing is said."),
    of(ONEZONE_IA, "onezone_ia_reads", "requests", "GET and all other requests for ONEZONE_IA; none if nothing is said."),
    of(INTELLIGENT_TIERING, "intelligent_tiering_reads",
        "requests",
        "GET and all other requests for INTELLIGENT_TIERING; none if nothing is said."),
    of(GLACIER_IR, "glacier_ir_reads", "requests", "GET and all other requests for GLACIER_IR; none if nothing is said."),
    of(GLACIER, "glacier_flexible_reads", "requests", "GET and all other requests for GLACIER; none if nothing is said."),
    of(DEEP_ARCHIVE, "glacier_deep_reads", "requests", "GET and all other requests for DEEP_ARCHIVE; none if nothing is said."),
    Measure::derived(
        "moved_objects",
        "objects",
        "Objects that lifecycle rules move to another class; none if nothing is said. Shared evenly by those that nothing is said of.",
    ).idle("no lifecycle rule moves objects to a class that has no amount of its own", MOVE),
    of(STANDARD_IA, "standard_ia_moved_objects", "objects", "The part of `moved_objects` that goes to STANDARD_IA."),
    of(ONEZONE_IA, "onezone_ia_moved_objects", "objects", "The part of `moved_objects` that goes to ONEZONE_IA."),
    of(INTELLIGENT_TIERING, "intelligent_tiering_moved_objects", "objects", "The part of `moved_objects` that goes to INTELLIGENT_TIERING."),
    of(GLACIER_IR, "glacier_ir_moved_objects", "objects", "The part of `moved_objects` that goes to GLACIER_IR."),
    of(GLACIER, "glacier_flexible_moved_objects", "objects", "The part of `moved_objects` that goes to GLACIER."),
    of(DEEP_ARCHIVE, "glacier_deep_moved_objects", "objects", "The part of `moved_objects` that goes to DEEP_ARCHIVE."),
    Measure::derived(
        "retrieved_gb",
        "GB",
        "Data that is read of classes for infrequent access; none if nothing is said. Shared by those that nothing is said of, as their data.",
    ).idle("no lifecycle rule moves objects to a class that bills reading and has no amount of its own", MOVE),
    of(STANDARD_IA, "standard_ia_retrieved_gb", "GB", "The part of `retrieved_gb` that is read of STANDARD_IA."),
    of(ONEZONE_IA, "onezone_ia_retrieved_gb", "GB", "The part of `retrieved_gb` that is read of ONEZONE_IA."),
    of(GLACIER_IR, "glacier_ir_retrieved_gb", "GB", "The part of `retrieved_gb` that is read of GLACIER_IR."),
    of(GLACIER, "glacier_flexible_retrieved_gb", "GB", "The part of `retrieved_gb` that is read of GLACIER."),
    of(DEEP_ARCHIVE, "glacier_deep_retrieved_gb", "GB", "The part of `retrieved_gb` that is read of DEEP_ARCHIVE."),
    of(GLACIER, "glacier_flexible_restored_objects",
        "objects",
        "Objects of GLACIER that are restored in hours; none if nothing is said."),
    of(DEEP_ARCHIVE, "glacier_deep_restored_objects",
        "objects",
        "Objects of DEEP_ARCHIVE that are restored in hours; none if nothing is said."),
    of(GLACIER, "glacier_flexible_expedited_objects",
        "objects",
        "Objects of GLACIER that are restored in minutes; none if nothing is said."),
    of(GLACIER, "glacier_flexible_expedited_gb",
        "GB",
        "Data of objects of GLACIER that are restored in minutes; none if nothing is said."),
    of(DEEP_ARCHIVE, "glacier_deep_bulk_objects",
        "objects",
        "Objects of DEEP_ARCHIVE that are restored in bulk, in two days; none if nothing is said."),
    of(DEEP_ARCHIVE, "glacier_deep_bulk_gb", "GB", "Data of objects of DEEP_ARCHIVE that are restored in bulk; none if nothing is said."),
    Measure::derived(
        "bucket_sent_gb",
        "GB",
        "Data that buckets send to the internet by themselves, not through CloudFront; none if nothing is said.",
    ),
    Measure::derived("bucket_other_region_gb", "GB", "Data that buckets send to other regions; none if nothing is said."),
    kms::REQUESTS,
];

/// Returns what the classes are billed for that lifecycle rules move objects to.
pub(super) fn classes(classes: &BTreeSet<StorageClass>, facts: &Facts<'_>) -> Vec<Charge> {
    let classes = classes.iter().map(|class| class.tariff()).collect::<Vec<_>>();
    let said = |class: Class, part: &str| facts.said(&format!("{}_{part}", class.name()));
    let mut charges = Vec::new();
    for class in classes.iter().copied() {
        charges.extend(said(class, "gb").map(|gb| s3::storage(class, gb)));
        charges.extend(said(class, "writes").map(|requests| s3::writes(class, requests)));
        charges.extend(said(class, "reads").map(|requests| s3::reads(class, requests)));
        match class {
            Class::IntelligentTiering => charges.extend(tiers(facts)),
            Class::GlacierFlexible => {
                charges.extend(s3::restores(class, "standard", said(class, "restored_objects"), None));
                charges.extend(s3::restores(class, "expedited", said(class, "expedited_objects"), said(class, "expedited_gb")));
            }
            Class::GlacierDeep => {
                charges.extend(s3::restores(class, "standard", said(class, "restored_objects"), None));
                charges.extend(s3::restores(class, "bulk", said(class, "bulk_objects"), said(class, "bulk_gb")));
            }
            Class::Standard | Class::StandardIa | Class::OnezoneIa | Class::GlacierInstant => {}
        }
    }
    let evenly = |_: Class| Decimal::ONE;
    charges.extend(shared(&classes, "moved_objects", &evenly, facts).into_iter().map(|(class, objects)| s3::transitions(class, objects)));
    // Reading is free in Intelligent-Tiering, whatever tier an object lies in: https://aws.amazon.com/s3/pricing/
    let read = classes.into_iter().filter(|class| *class != Class::IntelligentTiering).collect::<Vec<_>>();
    let stored = |class: Class| said(class, "gb").map_or(Decimal::ZERO, |gb| gb.amount.likely);
    charges.extend(shared(&read, "retrieved_gb", &stored, facts).into_iter().map(|(class, gb)| s3::retrieval(class, gb)));
    charges
}

/// Returns what Intelligent-Tiering is billed for beside what lies in its first tier.
fn tiers(facts: &Facts<'_>) -> Vec<Charge> {
    let tier = |tier: &str| Some((tier.to_owned(), facts.said(&format!("intelligent_tiering_{tier}_gb"))?));
    let cold = ["infrequent", "archive_instant", "archive", "deep_archive"].into_iter().filter_map(tier).collect::<Vec<_>>();
    let stored = facts.said("intelligent_tiering_gb").into_iter().chain(cold.iter().map(|(_, gb)| gb.clone()));
    let stored = stored.reduce(|one, other| one.join(other, |one, other| one + other));
    let objects = facts.said("intelligent_tiering_objects");
    let objects = objects.or(stored.map(|gb| gb.becomes("a thousand objects for each GB", |gb| gb * Decimal::ONE_THOUSAND)));
    cold.into_iter().map(|(tier, gb)| s3::cold_tier(&tier, gb)).chain(objects.map(s3::monitoring)).collect()
}

/// Returns the amounts of a measure for each class: as much as is said of it by itself, and of what is said of all together the rest,
/// shared by weight among those that nothing is said of, or among all where something is said of each.
fn shared(classes: &[Class], measure: &str, weight: &dyn Fn(Class) -> Decimal, facts: &Facts<'_>) -> Vec<(Class, Given)> {
    let own = |class: &Class| Some((*class, facts.said(&format!("{}_{measure}", class.name()))?));
    let mut said = classes.iter().filter_map(own).collect::<Vec<_>>();
    let Some(all) = facts.said(measure) else { return said };
    doubt_parts(said.iter_mut().map(|(_, part)| part), &all);
    let left = said.iter().fold(all, |left, (_, part)| left.join(part.clone(), |left, part| (left - part).max(Decimal::ZERO)));
    let left = Given { amount: left.amount.rising(), ..left };
    let of = |class: Class| said.iter().find(|(other, _)| *other == class).map(|(_, part)| part.clone());
    let unsaid = classes.iter().copied().filter(|class| of(*class).is_none()).collect::<Vec<_>>();
    let takers = if unsaid.is_empty() { classes } else { &unsaid };
    let nothing = takers.iter().all(|class| weight(*class).is_zero());
    let weight = |class: Class| if nothing { Decimal::ONE } else { weight(class) };
    let weights = takers.iter().map(|class| weight(*class)).sum::<Decimal>();
    let share = |class: Class| {
        let share = match takers {
            [_] => left.clone(),
            several => left.clone().becomes(&format!("shared by {} classes", several.len()), |all| all * weight(class) / weights),
        };
        takers.contains(&class).then_some(share)
    };
    let part = |class: Class| match (of(class), share(class)) {
        (Some(own), Some(share)) => Some(own.join(share, |own, share| own + share)),
        (own, share) => own.or(share),
    };
    classes.iter().filter_map(|class| Some((*class, part(*class)?))).collect()
}
