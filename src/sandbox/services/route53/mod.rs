//! Route 53: hosted zones and their records.

mod change;
mod name;
mod record;
mod zone;

use super::Handler;

pub fn handler(operation: &str) -> Option<Handler> {
    let handler: Handler = match operation {
        "CreateHostedZone" => zone::create,
        "GetHostedZone" => zone::get,
        "DeleteHostedZone" => zone::delete,
        "ListHostedZones" => zone::list,
        "ListHostedZonesByName" => zone::list_by_name,
        "ChangeTagsForResource" => zone::change_tags,
        "ListTagsForResource" => zone::list_tags,
        "ChangeResourceRecordSets" => change::apply,
        "GetChange" => change::get,
        "ListResourceRecordSets" => record::list,
        _ => return None,
    };
    Some(handler)
}

#[cfg(test)]
mod tests {
    use crate::world::{Call, Fault, World};
    use serde_json::{Value, json};

    fn call(world: &mut World, operation: &str, input: Value) -> Result<Value, Fault> {
        super::handler(operation).unwrap()(&mut Call::new(world, &input, "route53", operation, "us-east-1"))
            .map(|answer| crate::services::testing::fitting("route53", operation, answer))
    }

    fn world() -> (World, String) {
        let mut world = World::new("123456789012", 1, 0);
        let zone = call(&mut world, "CreateHostedZone", json!({"Name": "Example.com", "CallerReference": "1"})).unwrap();
        (world, zone["HostedZone"]["Id"].as_str().unwrap().to_owned())
    }

    fn change(world: &mut World, zone: &str, changes: Value) -> Result<Value, Fault> {
        call(world, "ChangeResourceRecordSets", json!({"HostedZoneId": zone, "ChangeBatch": {"Changes": changes}}))
    }

    fn a(action: &str, name: &str, value: &str) -> Value {
        json!({"Action": action, "ResourceRecordSet": {"Name": name, "Type": "A", "TTL": 60, "ResourceRecords": [{"Value": value}]}})
    }

    #[test]
    fn a_batch_is_all_or_nothing_and_settles() {
        let (mut world, zone) = world();
        let made = change(&mut world, &zone, json!([a("CREATE", "w.example.com", "1.2.3.4")])).unwrap()["ChangeInfo"].clone();
        assert_eq!(made["Status"], "PENDING");
        world.advance_to(60_000);
        assert_eq!(call(&mut world, "GetChange", json!({"Id": made["Id"]})).unwrap()["ChangeInfo"]["Status"], "INSYNC");
        let both = json!([a("CREATE", "x.example.com", "1.2.3.4"), a("CREATE", "w.example.com", "1.2.3.4")]);
        let fault = change(&mut world, &zone, both).unwrap_err();
        assert_eq!(fault.code, "InvalidChangeBatch");
        assert!(fault.message.contains("[name='w.example.com.', type='A'] but it already exists"), "{}", fault.message);
        let names = call(&mut world, "ListResourceRecordSets", json!({"HostedZoneId": zone})).unwrap()["ResourceRecordSets"].clone();
        let names: Vec<&str> = names.as_array().unwrap().iter().map(|record| record["Name"].as_str().unwrap()).collect();
        assert_eq!(names, ["example.com.", "example.com.", "w.example.com."]);
        for bad in [
            a("CREATE", "w.other.org", "1.2.3.4"),
            a("CREATE", "y.example.com", "nonsense"),
            a("DELETE", "w.example.com", "9.9.9.9"),
            a("DELETE", "z.example.com", "1.2.3.4"),
        ] {
            assert_eq!(change(&mut world, &zone, json!([bad.clone()])).unwrap_err().code, "InvalidChangeBatch", "{bad}");
        }
    }

    #[test]
    fn a_zone_goes_when_only_its_own_records_are_left() {
        let (mut world, zone) = world();
        assert_eq!(
            call(&mut world, "CreateHostedZone", json!({"Name": "o.org", "CallerReference": "1"})).unwrap_err().code,
            "HostedZoneAlreadyExists"
        );
        change(&mut world, &zone, json!([a("UPSERT", "*.example.com", "1.2.3.4")])).unwrap();
        let page = call(&mut world, "ListResourceRecordSets", json!({"HostedZoneId": zone, "MaxItems": "2"})).unwrap();
        assert_eq!((&page["IsTruncated"], &page["NextRecordName"]), (&json!(true), &json!("\\052.example.com.")));
        assert_eq!(call(&mut world, "DeleteHostedZone", json!({"Id": zone})).unwrap_err().code, "HostedZoneNotEmpty");
        change(&mut world, &zone, json!([a("DELETE", "*.example.com", "1.2.3.4")])).unwrap();
        call(&mut world, "DeleteHostedZone", json!({"Id": zone})).unwrap();
        assert_eq!(call(&mut world, "GetHostedZone", json!({"Id": zone})).unwrap_err().code, "NoSuchHostedZone");
        assert!(world.tables["global/route53.record"].is_empty());
    }

    #[test]
    fn a_batch_has_limits_and_does_not_contradict_itself() {
        let (mut world, zone) = world();
        let records = |action: &str, count: usize, value: &str| {
            let values: Vec<Value> = (0..count).map(|at| json!({"Value": format!("\"{value}{at}\"")})).collect();
            json!([{"Action": action, "ResourceRecordSet": {"Name": "t.example.com", "Type": "TXT", "TTL": 60, "ResourceRecords": values}}])
        };
        for (changes, said) in [
            (records("CREATE", 1001, ""), "records limit of 1000"),
            (records("UPSERT", 501, ""), "records limit of 1000"),
            (records("CREATE", 161, &"x".repeat(200)), "characters limit of 32000"),
            (json!([a("CREATE", "w.example.com", "1.2.3.4"), a("UPSERT", "W.example.com.", "1.2.3.5")]), "invalid set of changes"),
        ] {
            let fault = change(&mut world, &zone, changes).unwrap_err();
            assert!(fault.code == "InvalidChangeBatch" && fault.message.contains(said), "{}", fault.message);
        }
        change(&mut world, &zone, json!([a("CREATE", "w.example.com", "1.2.3.4")])).unwrap();
        change(&mut world, &zone, json!([a("DELETE", "w.example.com", "1.2.3.4"), a("CREATE", "w.example.com", "1.2.3.5")])).unwrap();
        change(&mut world, &zone, records("UPSERT", 500, "")).unwrap();
    }
}
