//! Buckets, file systems, images.

use super::Resource;
use crate::core::money::Decimal;
use crate::pricing::Charge;
use crate::pricing::tariffs;
use crate::pricing::tariffs::s3::Class;

pub(super) fn bucket(resource: &Resource<'_>) -> Vec<Charge> {
    let usage = resource.usage;
    let mut charges = Vec::new();
    for (block, class) in [
        ("standard", Class::Standard),
        ("intelligent_tiering", Class::IntelligentTiering),
        ("standard_infrequent_access", Class::StandardIa),
        ("one_zone_infrequent_access", Class::OnezoneIa),
        ("glacier_instant_retrieval", Class::GlacierInstant),
        ("glacier_flexible_retrieval", Class::GlacierFlexible),
        ("glacier_deep_archive", Class::GlacierDeep),
    ] {
        let given = |name: &str| usage.given(&format!("{block}.{name}"));
        let gb = |what: &str, part: &str, name: &str| Charge::usage(what, format!("s3.{}.{part}", class.name()), "GB", given(name));
        let kept = |what: &str, part: &str, name: &str| Charge::usage(what, format!("s3.{}.{part}", class.name()), "GB-month", given(name));
        let thousand = |what: &str, part: &str, name: &str| {
            Charge::usage(what, format!("s3.{}.{part}", class.name()), "1k requests", given(name).per(1_000))
        };
        let stored = if class == Class::IntelligentTiering { "frequent_access_storage_gb" } else { "storage_gb" };
        charges.extend([
            tariffs::s3::storage(class, given(stored)),
            tariffs::s3::writes(class, given("monthly_tier_1_requests")),
            tariffs::s3::reads(class, given("monthly_tier_2_requests")),
            tariffs::s3::transitions(class, given("monthly_lifecycle_transition_requests")),
            tariffs::s3::retrieval(class, given("monthly_data_retrieval_gb")),
            gb("data that Select reads", "select_scanned_gb", "monthly_select_data_scanned_gb"),
            gb("data that Select returns", "select_returned_gb", "monthly_select_data_returned_gb"),
        ]);
        for how in ["standard", "expedited", "bulk"] {
            charges.extend([
                thousand("retrievals", &format!("retrieval_{how}_requests"), &format!("monthly_{how}_data_retrieval_requests")),
                gb("retrieved data", &format!("retrieval_{how}_gb"), &format!("monthly_{how}_data_retrieval_gb")),
                gb("data that Select reads", &format!("select_scanned_{how}_gb"), &format!("monthly_{how}_select_data_scanned_gb")),
                gb("data that Select returns", &format!("select_returned_{how}_gb"), &format!("monthly_{how}_select_data_returned_gb")),
            ]);
        }
        if class == Class::IntelligentTiering {
            let objects = given("monitored_objects").per(1_000);
            charges.extend([
                kept("storage, read rarely", "infrequent.storage", "infrequent_access_storage_gb"),
                kept("storage, archived", "archive.storage", "archive_access_storage_gb"),
                kept("storage, archived deeply", "deep_archive.storage", "deep_archive_access_storage_gb"),
                Charge::usage("monitoring", "s3.intelligent_tiering.monitoring", "1k objects", objects),
            ]);
        }
        // An object that is deleted too early is billed as if it had stayed.
        charges.push(tariffs::s3::storage(class, given("early_delete_gb")));
    }
    charges
}

pub(super) fn file_system(resource: &Resource<'_>) -> Vec<Charge> {
    let Resource { attributes, usage, .. } = resource;
    let one_zone = attributes.text("availability_zone_name").is_some();
    let key = if one_zone { "efs.onezone.storage" } else { "efs.standard.storage" };
    let mut charges = vec![
        Charge::usage("storage", key, "GB-month", usage.given("storage_gb")),
        Charge::usage("storage, read rarely", "efs.ia.storage", "GB-month", usage.given("infrequent_access_storage_gb")),
    ];
    attributes.idle(&["provisioned_throughput_in_mibps"]);
    if attributes.choice("throughput_mode", &["bursting", "provisioned"]) == Some("provisioned") {
        // A twentieth of a MiB/s comes with each GB.
        let with_storage = usage.number("storage_gb").unwrap_or_default() / Decimal::from(20);
        let above = (attributes.number("provisioned_throughput_in_mibps").unwrap_or_default() - with_storage).max(Decimal::ZERO);
        charges.push(Charge::fixed("throughput", "efs.provisioned_throughput", "MiBps-month", above));
    }
    charges
}

pub(super) fn repository(resource: &Resource<'_>) -> Vec<Charge> {
    vec![tariffs::registry::images(resource.usage.given("storage_gb"))]
}
