//! ACM: certificates, which are issued once their names are proved.

mod certificate;
mod validation;

use super::Handler;

pub fn handler(operation: &str) -> Option<Handler> {
    let handler: Handler = match operation {
        "RequestCertificate" => certificate::request,
        "DeleteCertificate" => certificate::delete,
        "DescribeCertificate" => certificate::describe,
        "ListCertificates" => certificate::list,
        "AddTagsToCertificate" => certificate::tag,
        "RemoveTagsFromCertificate" => certificate::untag,
        "ListTagsForCertificate" => certificate::list_tags,
        _ => return None,
    };
    Some(handler)
}

#[cfg(test)]
mod tests {
    use crate::world::{Call, Fault, World};
    use serde_json::{Value, json};

    fn call(world: &mut World, operation: &str, input: Value) -> Result<Value, Fault> {
        super::handler(operation).unwrap()(&mut Call::new(world, &input, "acm", operation, "us-east-1"))
            .map(|answer| crate::services::testing::fitting("acm", operation, answer))
    }

    #[test]
    fn a_certificate_is_issued_when_its_record_stands_in_a_zone() {
        let mut world = World::new("123456789012", 1, 0);
        let ask = json!({"DomainName": "example.com", "SubjectAlternativeNames": ["*.example.com"], "ValidationMethod": "DNS", "IdempotencyToken": "t"});
        let arn = call(&mut world, "RequestCertificate", ask.clone()).unwrap()["CertificateArn"].clone();
        assert_eq!(call(&mut world, "RequestCertificate", ask).unwrap()["CertificateArn"], arn);
        let read = |world: &mut World| call(world, "DescribeCertificate", json!({"CertificateArn": arn})).unwrap()["Certificate"].clone();
        let pending = read(&mut world);
        assert_eq!(pending["Status"], "PENDING_VALIDATION");
        let record = pending["DomainValidationOptions"][0]["ResourceRecord"].clone();
        assert_eq!(record, pending["DomainValidationOptions"][1]["ResourceRecord"]);
        let row = json!({"Name": record["Name"], "Type": "CNAME", "ResourceRecords": [{"Value": record["Value"]}]});
        world.tables.entry("global/route53.record".into()).or_default().insert("r".into(), row);
        read(&mut world);
        world.advance_to(world.now + 120_000);
        let issued = read(&mut world);
        assert_eq!((&issued["Status"], &issued["DomainValidationOptions"][1]["ValidationStatus"]), (&json!("ISSUED"), &json!("SUCCESS")));
        world
            .tables
            .entry("us-east-1/elbv2.listener".into())
            .or_default()
            .insert("l".into(), json!({"LoadBalancerArn": "lb", "Certificates": [{"CertificateArn": arn}]}));
        assert_eq!(read(&mut world)["InUseBy"], json!(["lb"]));
        assert_eq!(call(&mut world, "DeleteCertificate", json!({"CertificateArn": arn})).unwrap_err().code, "ResourceInUseException");
    }
}
