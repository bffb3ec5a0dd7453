//! Service Quotas: AWS's default values, which are also what this account has where nobody has said otherwise (`World::quotas`).

use super::Handler;
use crate::world::{Call, Fault};
use serde_json::{Value, json};

type Answer = Result<Value, Fault>;

pub fn handler(operation: &str) -> Option<Handler> {
    let handler: Handler = match operation {
        "GetServiceQuota" => get,
        "GetAWSDefaultServiceQuota" => get_default,
        "ListServiceQuotas" => list,
        "ListAWSDefaultServiceQuotas" => list_default,
        _ => return None,
    };
    Some(handler)
}

/// Service, quota code, name, default value, whether it can be raised.
type Quota = (&'static str, &'static str, &'static str, f64, bool);

#[rustfmt::skip]
const QUOTAS: &[Quota] = &[
    ("acm", "L-F141DD1D", "ACM certificates", 2500.0, true),
    ("acm", "L-FB94F0B0", "Domain names per ACM certificate", 10.0, true),
    ("cloudfront", "L-24B04930", "Web distributions per AWS account", 500.0, true),
    ("ec2", "L-0263D0A3", "EC2-VPC Elastic IPs", 5.0, true),
    ("ec2", "L-1216C47A", "Running On-Demand Standard (A, C, D, H, I, M, R, T, Z) instances", 5.0, true),
    ("ecr", "L-CFEB8E8D", "Registered repositories", 100_000.0, true),
    ("ecr", "L-03A36CE1", "Images per repository", 20_000.0, true),
    ("ecs", "L-21C621EB", "Clusters per account", 10_000.0, true),
    ("ecs", "L-9EF96962", "Services per cluster", 5000.0, true),
    ("elasticache", "L-DFE45DF3", "Nodes per Region", 300.0, true),
    ("elasticloadbalancing", "L-53DA6B97", "Application Load Balancers per Region", 50.0, true),
    ("elasticloadbalancing", "L-69A177A2", "Network Load Balancers per Region", 50.0, true),
    ("elasticloadbalancing", "L-B22855CB", "Target Groups per Region", 3000.0, true),
    ("elasticloadbalancing", "L-B6DF7632", "Listeners per Application Load Balancer", 50.0, true),
    ("elasticloadbalancing", "L-7E6692B2", "Targets per Application Load Balancer", 1000.0, true),
    ("es", "L-076D529E", "Domains per Region", 500.0, true),
    ("es", "L-6408ABDE", "Instances per domain", 80.0, true),
    ("fargate", "L-3032A538", "Fargate On-Demand vCPU resource count", 6.0, true),
    ("fargate", "L-36FBB829", "Fargate Spot vCPU resource count", 6.0, true),
    ("iam", "L-FE177D64", "Roles per account", 1000.0, true),
    ("iam", "L-0DA4ABF3", "Managed policies per role", 10.0, true),
    ("iam", "L-858F3967", "OpenId connect providers per account", 100.0, true),
    ("kms", "L-C2F1777E", "Customer Master Keys (CMKs)", 100_000.0, true),
    ("kms", "L-2601EE20", "Aliases per CMK", 50.0, true),
    ("logs", "L-D2832119", "Log groups", 1_000_000.0, true),
    ("rds", "L-7B6409FD", "DB instances", 40.0, true),
    ("rds", "L-48C6BF61", "DB subnet groups", 50.0, true),
    ("rds", "L-DE55804A", "Parameter groups", 50.0, true),
    ("rds", "L-7ADDB58A", "Total storage for all DB instances", 100_000.0, true),
    ("route53", "L-4EA4796A", "Domain count limit", 500.0, true),
    ("route53", "L-E209CC9F", "Records per hosted zone", 10_000.0, true),
    ("s3", "L-DC2B2D3D", "General purpose buckets", 10_000.0, true),
    ("secretsmanager", "L-2F66C23C", "Secrets per Region", 500_000.0, false),
    ("sns", "L-61103206", "Topics per Account", 100_000.0, true),
    ("vpc", "L-F678F1CE", "VPCs per Region", 5.0, true),
    ("vpc", "L-407747CB", "Subnets per VPC", 200.0, true),
    ("vpc", "L-589F43AA", "Route tables per VPC", 200.0, true),
    ("vpc", "L-93826ACB", "Routes per route table", 500.0, true),
    ("vpc", "L-A4707A72", "Internet gateways per Region", 5.0, true),
    ("vpc", "L-FE5A380F", "NAT gateways per Availability Zone", 5.0, true),
    ("vpc", "L-E79EC296", "VPC security groups per Region", 2500.0, true),
    ("vpc", "L-0EA8095F", "Inbound or outbound rules per security group", 60.0, true),
    ("vpc", "L-2AFB9258", "Security groups per network interface", 5.0, true),
    ("vpc", "L-DF5E4CA3", "Network interfaces per Region", 5000.0, true),
    ("vpc", "L-1B52E74A", "Gateway VPC endpoints per Region", 20.0, true),
    ("vpc", "L-29B6F2EB", "Interface VPC endpoints per VPC", 50.0, true),
];

const SERVICES: [(&str, &str); 18] = [
    ("acm", "AWS Certificate Manager (ACM)"),
    ("cloudfront", "Amazon CloudFront"),
    ("ec2", "Amazon Elastic Compute Cloud (Amazon EC2)"),
    ("ecr", "Amazon Elastic Container Registry (Amazon ECR)"),
    ("ecs", "Amazon Elastic Container Service (Amazon ECS)"),
    ("elasticache", "Amazon ElastiCache"),
    ("elasticloadbalancing", "Elastic Load Balancing (ELB)"),
    ("es", "Amazon OpenSearch Service"),
    ("fargate", "AWS Fargate"),
    ("iam", "AWS Identity and Access Management (IAM)"),
    ("kms", "AWS Key Management Service (AWS KMS)"),
    ("logs", "Amazon CloudWatch Logs"),
    ("rds", "Amazon Relational Database Service (Amazon RDS)"),
    ("route53", "Amazon Route 53"),
    ("s3", "Amazon Simple Storage Service (Amazon S3)"),
    ("secretsmanager", "AWS Secrets Manager"),
    ("sns", "Amazon Simple Notification Service (Amazon SNS)"),
    ("vpc", "Amazon Virtual Private Cloud (Amazon VPC)"),
];

const GLOBAL: [&str; 4] = ["cloudfront", "iam", "route53", "s3"];

fn shown(call: &Call<'_>, quota: &Quota, applied: bool) -> Value {
    let (service, code, name, default, adjustable) = *quota;
    let value = if applied { call.world.quotas.get(code).copied().unwrap_or(default) } else { default };
    let account = if applied { call.world.account.as_str() } else { "" };
    let title = SERVICES.iter().find(|(known, _)| *known == service).map_or(service, |(_, title)| title);
    json!({
        "ServiceCode": service, "ServiceName": title, "QuotaCode": code, "QuotaName": name, "Value": value, "Unit": "None", "Adjustable": adjustable,
        "QuotaArn": format!("arn:aws:servicequotas:{}:{account}:{service}/{code}", call.region), "GlobalQuota": GLOBAL.contains(&service), "QuotaAppliedAtLevel": "ACCOUNT",
    })
}

/// The value that a quota of this account has.
pub fn applied(call: &Call<'_>, service: &str, code: &str) -> Option<f64> {
    let quota = QUOTAS.iter().find(|(known, own, ..)| *known == service && *own == code)?;
    Some(call.world.quotas.get(code).copied().unwrap_or(quota.3))
}

fn one(call: &Call<'_>, applied: bool) -> Answer {
    let (service, code) = (call.text("ServiceCode"), call.text("QuotaCode"));
    let quota = QUOTAS.iter().find(|(known, own, ..)| *known == service && *own == code);
    let missing = || {
        Fault::new(
            "NoSuchResourceException",
            format!("The request failed because the specified service quota does not exist: {service} {code}."),
        )
    };
    Ok(json!({"Quota": shown(call, quota.ok_or_else(missing)?, applied)}))
}

fn all(call: &Call<'_>, applied: bool) -> Answer {
    let (service, code) = (call.text("ServiceCode"), call.text("QuotaCode"));
    if !SERVICES.iter().any(|(known, _)| *known == service) {
        return Err(Fault::new(
            "NoSuchResourceException",
            format!("The request failed because the specified service does not exist: {service}."),
        ));
    }
    let quotas = QUOTAS.iter().filter(|(known, own, ..)| *known == service && (code.is_empty() || *own == code));
    Ok(json!({"Quotas": quotas.map(|quota| shown(call, quota, applied)).collect::<Vec<_>>()}))
}

fn get(call: &mut Call<'_>) -> Answer {
    one(call, true)
}

fn get_default(call: &mut Call<'_>) -> Answer {
    one(call, false)
}

fn list(call: &mut Call<'_>) -> Answer {
    all(call, true)
}

fn list_default(call: &mut Call<'_>) -> Answer {
    all(call, false)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::world::World;

    #[test]
    fn quotas_are_found_by_code_and_every_service_has_a_name() {
        let mut world = World::new("123456789012", 1, 0);
        let mut ask = |operation: &str, input: Value| {
            handler(operation).unwrap()(&mut Call::new(&mut world, &input, "service-quotas", operation, "us-east-1"))
                .map(|answer| crate::services::testing::fitting("service-quotas", operation, answer))
        };
        assert_eq!(ask("GetServiceQuota", json!({"ServiceCode": "fargate", "QuotaCode": "L-3032A538"})).unwrap()["Quota"]["Value"], 6.0);
        assert_eq!(ask("GetServiceQuota", json!({"ServiceCode": "vpc", "QuotaCode": "L-0"})).unwrap_err().code, "NoSuchResourceException");
        assert!(QUOTAS.iter().all(|(service, ..)| SERVICES.iter().any(|(known, _)| known == service)));
        assert!(ask("ListAWSDefaultServiceQuotas", json!({"ServiceCode": "vpc"})).unwrap()["Quotas"].as_array().unwrap().len() > 5);
    }
    #[test]
    fn services_tell_the_quotas_of_the_account_and_what_is_in_use() {
        let mut world = World::new("123456789012", 1, 0);
        for (code, most) in [("L-0263D0A3", 9.0), ("L-53DA6B97", 60.0), ("L-7B6409FD", 41.0), ("L-FE177D64", 1200.0)] {
            world.quotas.insert(code.into(), most);
        }
        let mut ask = |service: &str, operation: &str, input: Value| {
            let answer =
                crate::services::handler(service, operation).unwrap()(&mut Call::new(&mut world, &input, service, operation, "us-east-1"));
            crate::services::testing::fitting(service, operation, answer.unwrap())
        };
        let document = r#"{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Principal":{"Service":"ecs.amazonaws.com"},"Action":"sts:AssumeRole"}]}"#;
        ask("iam", "CreateRole", json!({"RoleName": "web", "AssumeRolePolicyDocument": document}));
        let roles = ask("iam", "GetAccountSummary", json!({}))["SummaryMap"].clone();
        assert_eq!((&roles["Roles"], &roles["RolesQuota"]), (&json!(1), &json!(1200)));
        let addresses = ask("ec2", "DescribeAccountAttributes", json!({"AttributeNames": ["vpc-max-elastic-ips"]}));
        assert_eq!(addresses["AccountAttributes"][0]["AttributeValues"][0]["AttributeValue"], "9");
        let limits = ask("elbv2", "DescribeAccountLimits", json!({}))["Limits"].clone();
        assert_eq!(limits[0], json!({"Name": "application-load-balancers", "Max": "60"}));
        let databases = ask("rds", "DescribeAccountAttributes", json!({}))["AccountQuotas"].clone();
        assert_eq!(databases[0], json!({"AccountQuotaName": "DBInstances", "Max": 41, "Used": 0}));
        assert!(databases.as_array().unwrap().contains(&json!({"AccountQuotaName": "DBSubnetGroups", "Max": 50, "Used": 0})));
    }
}
