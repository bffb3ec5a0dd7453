//! Buckets. Several usage types stand for products at different prices, told apart by the operation.

use super::{Product, Row, Wanted, one, row};

const STORAGE: &[Row] = &[
    ("TimedStorage-SIA-ByteHrs", "s3.standard_ia.storage", "GB-month"),
    ("TimedStorage-ZIA-ByteHrs", "s3.onezone_ia.storage", "GB-month"),
    ("TimedStorage-INT-FA-ByteHrs", "s3.intelligent_tiering.frequent.storage", "GB-month"),
    ("TimedStorage-INT-IA-ByteHrs", "s3.intelligent_tiering.infrequent.storage", "GB-month"),
    ("TimedStorage-INT-AIA-ByteHrs", "s3.intelligent_tiering.archive_instant.storage", "GB-month"),
    ("TimedStorage-INT-AA-ByteHrs", "s3.intelligent_tiering.archive.storage", "GB-month"),
    ("TimedStorage-INT-DAA-ByteHrs", "s3.intelligent_tiering.deep_archive.storage", "GB-month"),
    ("TimedStorage-GIR-ByteHrs", "s3.glacier_ir.storage", "GB-month"),
    ("TimedStorage-GlacierByteHrs", "s3.glacier_flexible.storage", "GB-month"),
    ("TimedStorage-XZ-ByteHrs", "s3.express_onezone.storage", "GB-month"),
];

/// Products of no operation in particular.
const PLAIN: &[Row] = &[
    ("Requests-Tier1", "s3.standard.requests_tier1", "1k requests"),
    ("Requests-Tier2", "s3.standard.requests_tier2", "1k requests"),
    ("Requests-SIA-Tier1", "s3.standard_ia.requests_tier1", "1k requests"),
    ("Requests-SIA-Tier2", "s3.standard_ia.requests_tier2", "1k requests"),
    ("Requests-ZIA-Tier1", "s3.onezone_ia.requests_tier1", "1k requests"),
    ("Requests-ZIA-Tier2", "s3.onezone_ia.requests_tier2", "1k requests"),
    ("Requests-INT-Tier1", "s3.intelligent_tiering.requests_tier1", "1k requests"),
    ("Requests-INT-Tier2", "s3.intelligent_tiering.requests_tier2", "1k requests"),
    ("Requests-GIR-Tier1", "s3.glacier_ir.requests_tier1", "1k requests"),
    ("Requests-GIR-Tier2", "s3.glacier_ir.requests_tier2", "1k requests"),
    ("Requests-GLACIER-Tier2", "s3.glacier_flexible.requests_tier2", "1k requests"),
    ("Requests-GDA-Tier2", "s3.glacier_deep.requests_tier2", "1k requests"),
    ("Requests-Tier6", "s3.glacier_flexible.retrieval_expedited_requests", "1k requests"),
    ("Retrieval-SIA", "s3.standard_ia.retrieval_gb", "GB"),
    ("Retrieval-ZIA", "s3.onezone_ia.retrieval_gb", "GB"),
    ("Retrieval-GIR", "s3.glacier_ir.retrieval_gb", "GB"),
    ("Expedited-Retrieval-Bytes", "s3.glacier_flexible.retrieval_expedited_gb", "GB"),
    ("Select-Scanned-Bytes", "s3.standard.select_scanned_gb", "GB"),
    ("Select-Returned-Bytes", "s3.standard.select_returned_gb", "GB"),
    ("Select-Scanned-SIA-Bytes", "s3.standard_ia.select_scanned_gb", "GB"),
    ("Select-Returned-SIA-Bytes", "s3.standard_ia.select_returned_gb", "GB"),
    ("Select-Scanned-ZIA-Bytes", "s3.onezone_ia.select_scanned_gb", "GB"),
    ("Select-Returned-ZIA-Bytes", "s3.onezone_ia.select_returned_gb", "GB"),
    ("Select-Scanned-INT-Bytes", "s3.intelligent_tiering.select_scanned_gb", "GB"),
    ("Select-Returned-INT-Bytes", "s3.intelligent_tiering.select_returned_gb", "GB"),
];

pub(super) fn keys(product: &Product, region: &str) -> Vec<Wanted> {
    let usage = product.usage(region);
    let (key, unit) = match (usage, product.operation.as_str()) {
        ("TimedStorage-ByteHrs", _) if product.volume_type == "Standard" => ("standard.storage", "GB-month"),
        ("Monitoring-Automation-INT", _) => ("intelligent_tiering.monitoring", "1k objects"),
        ("Requests-GLACIER-Tier1", "PutObject") => ("glacier_flexible.requests_tier1", "1k requests"),
        ("Requests-Tier3", "S3-GlacierTransition") => ("glacier_flexible.lifecycle_transition", "1k requests"),
        ("Requests-Tier3", "S3-GDATransition") => ("glacier_deep.lifecycle_transition", "1k requests"),
        ("Requests-Tier3", "RestoreObject") => ("glacier_flexible.retrieval_standard_requests", "1k requests"),
        ("Requests-Tier4", "S3-SIATransition") => ("standard_ia.lifecycle_transition", "1k requests"),
        ("Requests-Tier4", "S3-ZIATransition") => ("onezone_ia.lifecycle_transition", "1k requests"),
        ("Requests-Tier4", "S3-INTTransition") => ("intelligent_tiering.lifecycle_transition", "1k requests"),
        ("Requests-Tier4", "S3-GIRTransition") => ("glacier_ir.lifecycle_transition", "1k requests"),
        ("Standard-Retrieval-Bytes", "RestoreObject") => ("glacier_flexible.retrieval_standard_gb", "GB"),
        (_, "") => return row(STORAGE, usage).into_iter().chain(row(PLAIN, usage)).collect(),
        // The overhead of a class is billed as storage of another, under an operation of its own.
        _ => return Vec::new(),
    };
    one(format!("s3.{key}"), unit)
}

/// The coldest class is an offer of its own.
pub(super) fn deep_archive(product: &Product, region: &str) -> Vec<Wanted> {
    row(DEEP_ARCHIVE, product.usage(region))
}

const DEEP_ARCHIVE: &[Row] = &[
    ("TimedStorage-GDA-ByteHrs", "s3.glacier_deep.storage", "GB-month"),
    ("Requests-GDA-Tier1", "s3.glacier_deep.requests_tier1", "1k requests"),
    ("Requests-GDA-Tier3", "s3.glacier_deep.retrieval_standard_requests", "1k requests"),
    ("Requests-GDA-Tier5", "s3.glacier_deep.retrieval_bulk_requests", "1k requests"),
    ("Standard-Retrieval-Bytes", "s3.glacier_deep.retrieval_standard_gb", "GB"),
    ("Bulk-Retrieval-Bytes", "s3.glacier_deep.retrieval_bulk_gb", "GB"),
];

/// Queries of what is archived, which AWS no longer sells to new customers.
pub(super) fn glacier(product: &Product, region: &str) -> Vec<Wanted> {
    row(SELECT, product.usage(region))
}

const SELECT: &[Row] = &[
    ("Std-Select-Scanned-Bytes", "s3.glacier_flexible.select_scanned_standard_gb", "GB"),
    ("Std-Select-Returned-Bytes", "s3.glacier_flexible.select_returned_standard_gb", "GB"),
    ("Exp-Select-Scanned-Bytes", "s3.glacier_flexible.select_scanned_expedited_gb", "GB"),
    ("Exp-Select-Returned-Bytes", "s3.glacier_flexible.select_returned_expedited_gb", "GB"),
    ("Bulk-Select-Scanned-Bytes", "s3.glacier_flexible.select_scanned_bulk_gb", "GB"),
    ("Bulk-Select-Returned-Bytes", "s3.glacier_flexible.select_returned_bulk_gb", "GB"),
];
