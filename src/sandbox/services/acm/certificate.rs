//! Certificates.

use super::validation;
use crate::services::members::{items, joined, pick, present, set, text, texts, uuid};
use crate::world::{Call, Fault, tag_list, tags_from};
use serde_json::{Value, json};

type Answer = Result<Value, Fault>;

const TABLE: &str = "acm.certificate";

fn wanted(call: &Call<'_>) -> Result<String, Fault> {
    let arn = call.text("CertificateArn");
    if arn.splitn(6, ':').count() < 6 || !arn.contains(":acm:") || !arn.contains(":certificate/") {
        return Err(Fault::new("InvalidArnException", format!("{arn} is not a valid certificate ARN.")));
    }
    let missing = || Fault::new("ResourceNotFoundException", format!("Could not find certificate {arn}."));
    call.get(TABLE, arn).map(|_| arn.to_owned()).ok_or_else(missing)
}

pub fn request(call: &mut Call<'_>) -> Answer {
    let domain = call.text("DomainName").to_lowercase();
    let mut names = vec![domain.clone()];
    for name in call.texts("SubjectAlternativeNames") {
        let name = name.to_lowercase();
        if !names.contains(&name) {
            names.push(name);
        }
    }
    if names.len() > 10 {
        return Err(Fault::new(
            "LimitExceededException",
            format!("Error: you have reached your limit of 10 domain names in a certificate; {} were asked for.", names.len()),
        ));
    }
    if let Some(bad) = names.iter().find(|name| !name.contains('.') || name.split('.').any(str::is_empty)) {
        return Err(Fault::new("InvalidParameterException", format!("The domain name {bad} is not a fully qualified domain name.")));
    }
    let token = call.text("IdempotencyToken").to_owned();
    let repeat = |row: &Value| {
        !token.is_empty()
            && text(row, "_token") == token
            && text(row, "DomainName") == domain
            && texts(row, "SubjectAlternativeNames") == names
    };
    let hour_ago = call.now() - 3600.0;
    let earlier = call
        .all(TABLE)
        .into_iter()
        .map(|(_, row)| row)
        .find(|row| repeat(row) && row["CreatedAt"].as_f64().is_some_and(|at| at >= hour_ago));
    if let Some(earlier) = earlier {
        return Ok(json!({"CertificateArn": earlier["CertificateArn"]}));
    }
    let method = if call.text("ValidationMethod").is_empty() { "EMAIL" } else { call.text("ValidationMethod") }.to_owned();
    let asked = items(call.input, "DomainValidationOptions").to_vec();
    for option in &asked {
        let (name, parent) = (text(option, "DomainName"), text(option, "ValidationDomain"));
        if !names.iter().any(|known| known == name) || !(name == parent || name.ends_with(&format!(".{parent}"))) {
            return Err(Fault::new(
                "InvalidDomainValidationOptionsException",
                format!("The validation domain {parent} does not fit the domain {name}."),
            ));
        }
    }
    let options: Vec<Value> = names.iter().map(|name| validation::option(call, name, &method, &asked)).collect();
    let arn = {
        let id = uuid(call);
        call.arn("acm", &format!("certificate/{id}"))
    };
    let row = json!({
        "CertificateArn": arn, "_arn": arn, "_token": token, "DomainName": domain, "SubjectAlternativeNames": names, "DomainValidationOptions": options, "Subject": format!("CN={domain}"),
        "Issuer": "Amazon", "CreatedAt": call.now(), "Status": "PENDING_VALIDATION", "Type": "AMAZON_ISSUED", "RenewalEligibility": "INELIGIBLE",
        "KeyAlgorithm": call.input.get("KeyAlgorithm").cloned().unwrap_or(json!("RSA_2048")), "SignatureAlgorithm": "SHA256WITHRSA", "KeyUsages": [], "ExtendedKeyUsages": [], "InUseBy": [],
        "Options": joined(json!({"CertificateTransparencyLoggingPreference": "ENABLED", "Export": "DISABLED"}), call.input.get("Options").cloned().unwrap_or(json!({}))),
        "ManagedBy": call.input.get("ManagedBy"),
    });
    call.put(TABLE, &arn, present(row));
    // Nobody proved the names within three days.
    call.later(TABLE, &arn, 72.0 * 3600.0, json!({"Status": "VALIDATION_TIMED_OUT"}));
    let tags = tags_from(call.input.get("Tags"));
    if !tags.is_empty() {
        call.set_tags(&arn, tags);
    }
    Ok(json!({"CertificateArn": arn}))
}

/// Returns the ARNs of the resources that serve the certificate.
fn users(call: &Call<'_>, arn: &str) -> Vec<String> {
    let mut users: Vec<String> = call
        .referrers(TABLE, arn)
        .into_iter()
        .filter_map(|(table, id)| {
            let row = call.get(&table, &id)?;
            match table.as_str() {
                "elbv2.listener" | "elbv2.listener_certificate" => {
                    Some(text(row, "LoadBalancerArn").to_owned()).filter(|arn| !arn.is_empty())
                }
                "cloudfront.distribution" => Some(text(row, "_arn").to_owned()),
                "opensearch.domain" => Some(text(row, "_arn").to_owned()),
                _ => None,
            }
        })
        .collect();
    users.sort();
    users.dedup();
    users
}

fn detail(call: &mut Call<'_>, arn: &str) -> Value {
    validation::settle(call, arn);
    let mut row = call.get(TABLE, arn).cloned().unwrap_or_default();
    let users = users(call, arn);
    set(&mut row, "RenewalEligibility", if users.is_empty() { "INELIGIBLE" } else { "ELIGIBLE" }.into());
    set(&mut row, "InUseBy", users.into());
    row
}

pub fn describe(call: &mut Call<'_>) -> Answer {
    let arn = wanted(call)?;
    Ok(json!({"Certificate": detail(call, &arn)}))
}

pub fn list(call: &mut Call<'_>) -> Answer {
    let statuses = call.texts("CertificateStatuses");
    // Without a filter the list leaves out all but these keys, which surprises people on AWS as well.
    let mut keys = call.input.get("Includes").map(|includes| texts(includes, "keyTypes")).unwrap_or_default();
    if keys.is_empty() {
        keys = vec!["RSA_1024".into(), "RSA_2048".into()];
    }
    let arns: Vec<String> = call.all(TABLE).into_iter().map(|(arn, _)| arn.clone()).collect();
    let mut rows: Vec<Value> = arns.iter().map(|arn| detail(call, arn)).collect();
    rows.retain(|row| {
        (statuses.is_empty() || statuses.iter().any(|status| status == text(row, "Status")))
            && keys.iter().any(|key| key == text(row, "KeyAlgorithm"))
    });
    rows.sort_by(|a, b| a["CreatedAt"].as_f64().unwrap_or(0.0).total_cmp(&b["CreatedAt"].as_f64().unwrap_or(0.0)));
    if call.text("SortOrder") == "DESCENDING" {
        rows.reverse();
    }
    let summary = |row: &Value| {
        let summary = pick(
            row,
            &[
                "CertificateArn",
                "DomainName",
                "Status",
                "Type",
                "KeyAlgorithm",
                "CreatedAt",
                "IssuedAt",
                "NotBefore",
                "NotAfter",
                "RenewalEligibility",
                "ManagedBy",
            ],
        );
        let own = json!({
            "SubjectAlternativeNameSummaries": row["SubjectAlternativeNames"], "HasAdditionalSubjectAlternativeNames": false, "InUse": !items(row, "InUseBy").is_empty(),
            "ExportOption": row["Options"]["Export"], "KeyUsages": items(row, "KeyUsages").iter().map(|usage| usage["Name"].clone()).collect::<Vec<_>>(),
            "ExtendedKeyUsages": items(row, "ExtendedKeyUsages").iter().map(|usage| usage["Name"].clone()).collect::<Vec<_>>(),
        });
        joined(summary, own)
    };
    Ok(json!({"CertificateSummaryList": rows.iter().map(summary).collect::<Vec<_>>()}))
}

pub fn delete(call: &mut Call<'_>) -> Answer {
    let arn = wanted(call)?;
    if !users(call, &arn).is_empty() {
        return Err(Fault::new("ResourceInUseException", format!("Certificate {arn} in account {} is in use.", call.world.account)));
    }
    call.remove(TABLE, &arn);
    Ok(json!({}))
}

pub fn tag(call: &mut Call<'_>) -> Answer {
    let (arn, tags) = (wanted(call)?, tags_from(call.input.get("Tags")));
    let mut after = call.tags(&arn);
    after.extend(tags.clone());
    if after.len() > 50 {
        return Err(Fault::new("TooManyTagsException", "A certificate has at most 50 tags."));
    }
    call.set_tags(&arn, tags);
    Ok(json!({}))
}

/// Removes a tag by its key; with a value given, only if it is that.
pub fn untag(call: &mut Call<'_>) -> Answer {
    let arn = wanted(call)?;
    let current = call.tags(&arn);
    let given = items(call.input, "Tags");
    let gone =
        given.iter().filter(|tag| tag.get("Value").is_none_or(|value| current.get(text(tag, "Key")).map(String::as_str) == value.as_str()));
    let keys: Vec<String> = gone.map(|tag| text(tag, "Key").to_owned()).collect();
    call.unset_tags(&arn, &keys);
    Ok(json!({}))
}

pub fn list_tags(call: &mut Call<'_>) -> Answer {
    Ok(json!({"Tags": tag_list(&call.tags(&wanted(call)?))}))
}
