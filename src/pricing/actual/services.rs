//! The names that Cost Explorer has for services.

/// Cost Explorer's names, and the codes of the catalogue. AWS lists them nowhere; they are those of its answers.
const NAMES: &[(&str, &str)] = &[
    ("AWS Data Transfer", TRANSFER),
    ("AWS Key Management Service", "awskms"),
    ("AWS Secrets Manager", "AWSSecretsManager"),
    ("Amazon CloudFront", "AmazonCloudFront"),
    ("Amazon EC2 Container Registry (ECR)", "AmazonECR"),
    ("Amazon ElastiCache", "AmazonElastiCache"),
    ("Amazon Elastic Compute Cloud - Compute", "AmazonEC2"),
    ("Amazon Elastic Container Registry", "AmazonECR"),
    ("Amazon Elastic Container Service", "AmazonECS"),
    ("Amazon Elastic Load Balancing", "AWSELB"),
    ("Amazon Elasticsearch Service", "AmazonES"),
    ("Amazon Glacier", "AmazonS3"),
    ("Amazon OpenSearch Service", "AmazonES"),
    ("Amazon Relational Database Service", "AmazonRDS"),
    ("Amazon Simple Notification Service", "AmazonSNS"),
    ("Amazon Simple Storage Service", "AmazonS3"),
    ("Amazon Virtual Private Cloud", "AmazonVPC"),
    ("AmazonCloudWatch", "AmazonCloudWatch"),
    ("EC2 - Other", "AmazonEC2"),
    ("Elastic Load Balancing", "AWSELB"),
];

const TRANSFER: &str = "AWSDataTransfer";

/// Returns the code under which an estimate has a usage type of a service; None for a service that no estimate has.
///
/// Cost Explorer has data transfer within the service that sends it, NAT gateways within `EC2 - Other`; an estimate has data
/// transfer by itself. That of CloudFront is CloudFront's own.
/// <https://docs.aws.amazon.com/cur/latest/userguide/cur-data-transfers-charges.html>
pub(super) fn code(service: &str, usage_type: &str) -> Option<&'static str> {
    let code = NAMES.iter().find(|(name, _)| *name == service).map(|(_, code)| *code)?;
    let transfer = ["DataTransfer-", "-AWS-Out-Bytes", "-AWS-In-Bytes"].iter().any(|part| usage_type.contains(part));
    Some(if transfer && code != "AmazonCloudFront" { TRANSFER } else { code })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::pricing::catalog::Catalog;

    #[test]
    fn data_transfer_is_told_from_what_sends_it() {
        for (service, usage, want) in [
            ("EC2 - Other", "NatGateway-Bytes", Some("AmazonEC2")),
            ("EC2 - Other", "USE2-DataTransfer-Regional-Bytes", Some("AWSDataTransfer")),
            ("Amazon Elastic Load Balancing", "EUC1-DataTransfer-Out-Bytes", Some("AWSDataTransfer")),
            ("Amazon Simple Storage Service", "USE1-USW2-AWS-Out-Bytes", Some("AWSDataTransfer")),
            ("Amazon CloudFront", "EU-DataTransfer-Out-Bytes", Some("AmazonCloudFront")),
            ("Amazon Elastic Container Service", "USE2-Fargate-GB-Hours", Some("AmazonECS")),
            ("Amazon Bedrock", "x-DataTransfer-y", None),
        ] {
            assert_eq!(code(service, usage), want, "{service} {usage}");
        }
    }

    #[test]
    fn every_code_is_one_of_the_catalogue() {
        let known = Catalog::embedded();
        for (name, code) in NAMES {
            let keys = crate::pricing::list::find(code);
            assert!(!keys.is_empty(), "{name}: {code} is no code of {}", known.origin);
        }
    }
}
