//! The validation of names: a CNAME that stands in one of the account's zones proves its name within a minute.

use crate::services::members::{flag, items, joined, set, text};
use crate::world::Call;
use serde_json::{Value, json};
use sha2::{Digest, Sha256};

const TABLE: &str = "acm.certificate";
/// Seconds from the record being there to the certificate.
const ISSUED_AFTER: f64 = 60.0;
/// 198 days, which is as long as Amazon's public certificates last.
const LASTS: f64 = 198.0 * 86_400.0;

/// The validation option of a name. The same name in the same account always gets the same record.
pub fn option(call: &Call<'_>, name: &str, method: &str, asked: &[Value]) -> Value {
    let parent = asked.iter().find(|option| text(option, "DomainName") == name).map_or(name, |option| text(option, "ValidationDomain"));
    let base = name.trim_start_matches("*.");
    let option = json!({"DomainName": name, "ValidationDomain": parent.trim_start_matches("*."), "ValidationStatus": "PENDING_VALIDATION", "ValidationMethod": method});
    let own = match method {
        "DNS" => {
            let hex: String = Sha256::digest(format!("{}/{base}", call.world.account)).iter().map(|byte| format!("{byte:02x}")).collect();
            let value = format!("_{}.{}.acm-validations.aws.", &hex[32..64], &hex[20..30]);
            json!({"ResourceRecord": {"Name": format!("_{}.{base}.", &hex[..32]), "Type": "CNAME", "Value": value}})
        }
        "EMAIL" => {
            let mailboxes = ["admin", "administrator", "hostmaster", "postmaster", "webmaster"]
                .map(|user| format!("{user}@{}", parent.trim_start_matches("*.")));
            json!({"ValidationEmails": mailboxes})
        }
        _ => {
            json!({"HttpRedirect": {"RedirectFrom": format!("http://{base}/.well-known/pki-validation/"), "RedirectTo": format!("https://validation.{}.acm-validations.aws/", call.region)}})
        }
    };
    joined(option, own)
}

/// Looks whether every record is there; if so, the certificate follows in a minute.
pub fn settle(call: &mut Call<'_>, arn: &str) {
    let Some(row) = call.get(TABLE, arn) else { return };
    if text(row, "Status") != "PENDING_VALIDATION" || flag(row, "_proved") {
        return;
    }
    let proved: Vec<Value> = items(row, "DomainValidationOptions").iter().filter(|option| stands(call, option)).cloned().collect();
    let options = items(row, "DomainValidationOptions").to_vec();
    if proved.len() < options.len() || options.is_empty() {
        return;
    }
    let done: Vec<Value> = options.into_iter().map(|option| joined(option, json!({"ValidationStatus": "SUCCESS"}))).collect();
    let now = call.now() + ISSUED_AFTER;
    let serial: Vec<String> = call.hex(32).as_bytes().chunks(2).map(|pair| String::from_utf8_lossy(pair).into_owned()).collect();
    if let Some(row) = call.get_mut(TABLE, arn) {
        set(row, "_proved", true.into());
    }
    let table = format!("{}/{TABLE}", call.region);
    call.world.due.retain(|due| due.table != table || due.id != arn);
    let issued = json!({
        "Status": "ISSUED", "IssuedAt": now, "NotBefore": (now / 86_400.0).floor() * 86_400.0, "NotAfter": (now / 86_400.0).floor() * 86_400.0 + LASTS - 1.0, "Serial": serial.join(":"),
        "DomainValidationOptions": done, "KeyUsages": [{"Name": "DIGITAL_SIGNATURE"}, {"Name": "KEY_ENCIPHERMENT"}],
        "ExtendedKeyUsages": [{"Name": "TLS_WEB_SERVER_AUTHENTICATION", "OID": "1.3.6.1.5.5.7.3.1"}],
    });
    call.later(TABLE, arn, ISSUED_AFTER, issued);
}

fn stands(call: &Call<'_>, option: &Value) -> bool {
    let Some(record) = option.get("ResourceRecord") else { return false };
    let same = |a: &str, b: &str| a.trim_end_matches('.').eq_ignore_ascii_case(b.trim_end_matches('.'));
    call.all("route53.record").iter().any(|(_, row)| {
        text(row, "Type") == "CNAME"
            && same(text(row, "Name"), text(record, "Name"))
            && items(row, "ResourceRecords").iter().any(|value| same(text(value, "Value"), text(record, "Value")))
    })
}
