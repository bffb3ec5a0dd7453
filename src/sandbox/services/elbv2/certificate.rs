//! Certificates of listeners: the default one, and others chosen by server name.

use super::invalid;
use super::kind::LISTENER;
use crate::services::members::{flag, items, text, texts};
use crate::world::{Call, Fault};
use serde_json::{Value, json};

/// AWS's quota a load balancer, without default certificates.
const LIMIT: usize = 25;

pub fn add(call: &mut Call<'_>) -> Result<Value, Fault> {
    let arn = call.text("ListenerArn").to_owned();
    let listener = secure(call, &arn)?;
    let default = listener["Certificates"][0]["CertificateArn"].clone();
    let mut all = texts(&listener, "_certificates");
    for certificate in given(call)? {
        if !all.contains(&certificate) && json!(certificate) != default {
            all.push(certificate);
        }
    }
    if all.len() > LIMIT {
        return Err(Fault::new("TooManyCertificates", format!("The maximum number of certificates is {LIMIT}")));
    }
    if let Some(row) = call.get_mut(LISTENER.table, &arn) {
        row["_certificates"] = json!(all);
    }
    let listed: Vec<Value> = all.iter().map(|certificate| json!({"CertificateArn": certificate, "IsDefault": false})).collect();
    Ok(json!({"Certificates": listed}))
}

pub fn remove(call: &mut Call<'_>) -> Result<Value, Fault> {
    let arn = call.text("ListenerArn").to_owned();
    let listener = secure(call, &arn)?;
    let gone: Vec<&str> = items(call.input, "Certificates").iter().map(|certificate| text(certificate, "CertificateArn")).collect();
    let default = text(&listener["Certificates"][0], "CertificateArn");
    if gone.contains(&default) {
        return Err(Fault::new("OperationNotPermitted", format!("Default certificate '{default}' cannot be removed")));
    }
    if let Some(all) = call.get_mut(LISTENER.table, &arn).and_then(|row| row["_certificates"].as_array_mut()) {
        all.retain(|certificate| !gone.iter().any(|gone| *certificate == json!(gone)));
    }
    Ok(json!({}))
}

pub fn describe(call: &mut Call<'_>) -> Result<Value, Fault> {
    let listener = LISTENER.find(call, call.text("ListenerArn"))?;
    let default = items(listener, "Certificates")
        .iter()
        .map(|certificate| json!({"CertificateArn": certificate["CertificateArn"], "IsDefault": true}));
    let others = items(listener, "_certificates").iter().map(|certificate| json!({"CertificateArn": certificate, "IsDefault": false}));
    Ok(json!({"Certificates": default.chain(others).collect::<Vec<_>>()}))
}

/// The one certificate that a listener's request names as its default.
pub fn default(call: &Call<'_>) -> Result<String, Fault> {
    match given(call)?.as_slice() {
        [one] => Ok(one.clone()),
        [] => Err(invalid("A certificate must be specified")),
        _ => Err(invalid("Only one certificate can be specified as the default certificate")),
    }
}

fn given(call: &Call<'_>) -> Result<Vec<String>, Fault> {
    let mut arns = Vec::new();
    for certificate in items(call.input, "Certificates") {
        if flag(certificate, "IsDefault") {
            return Err(invalid("You cannot set the IsDefault parameter for a certificate"));
        }
        let arn = text(certificate, "CertificateArn");
        usable(call, arn)?;
        arns.push(arn.to_owned());
    }
    Ok(arns)
}

/// A certificate of ACM must be there, in this region, and issued; one of IAM is taken as it is.
fn usable(call: &Call<'_>, arn: &str) -> Result<(), Fault> {
    let missing = || Fault::new("CertificateNotFound", format!("Certificate ARN '{arn}' is not valid"));
    if arn.starts_with("arn:aws:iam::") {
        return Ok(());
    }
    let known =
        call.referrers("", arn).into_iter().find(|(table, _)| table.starts_with("acm.")).and_then(|(table, id)| call.get(&table, &id));
    let row = known.or_else(|| call.get("acm.certificate", arn)).ok_or_else(missing)?;
    if matches!(text(row, "Status"), "" | "ISSUED") {
        return Ok(());
    }
    let message =
        format!("The certificate '{arn}' must have a fully-qualified domain name, a supported signature, and a supported key size");
    Err(Fault::new("UnsupportedCertificate", message))
}

fn secure(call: &Call<'_>, arn: &str) -> Result<Value, Fault> {
    let listener = LISTENER.find(call, arn)?;
    if items(listener, "Certificates").is_empty() {
        return Err(invalid("Certificates cannot be specified for listeners that are neither HTTPS nor TLS"));
    }
    Ok(listener.clone())
}

#[cfg(test)]
mod tests {
    use super::super::testing::stage;
    use crate::services::ec2::testing::{call, fault};
    use serde_json::json;

    #[test]
    fn a_default_certificate_and_others() {
        let mut stage = stage();
        let world = &mut stage.world;
        let arn = |name: &str| format!("arn:aws:acm:us-east-1:123456789012:certificate/{name}");
        for (name, status) in [("one", "ISSUED"), ("two", "ISSUED"), ("new", "PENDING_VALIDATION")] {
            let row = json!({"CertificateArn": arn(name), "Status": status});
            world.tables.entry("us-east-1/acm.certificate".into()).or_default().insert(arn(name), row);
        }
        let listener = |name: &str| {
            let actions = json!([{"Type": "forward", "TargetGroupArn": stage.one}]);
            let certificates = json!([{"CertificateArn": arn(name)}]);
            json!({"LoadBalancerArn": stage.load_balancer, "Protocol": "HTTPS", "Port": 443, "Certificates": certificates, "DefaultActions": actions})
        };
        assert_eq!(fault(world, "CreateListener", listener("none")), "CertificateNotFound");
        assert_eq!(fault(world, "CreateListener", listener("new")), "UnsupportedCertificate");
        let made = call(world, "CreateListener", listener("one"))["Listeners"][0].clone();
        assert_eq!((&made["SslPolicy"], &made["MutualAuthentication"]["Mode"]), (&json!("ELBSecurityPolicy-2016-08"), &json!("off")));
        let input = |name: &str| json!({"ListenerArn": made["ListenerArn"], "Certificates": [{"CertificateArn": arn(name)}]});
        call(world, "AddListenerCertificates", input("two"));
        let all = call(world, "DescribeListenerCertificates", json!({"ListenerArn": made["ListenerArn"]}));
        assert_eq!(all["Certificates"].as_array().unwrap().len(), 2);
        assert_eq!(fault(world, "RemoveListenerCertificates", input("one")), "OperationNotPermitted");
        call(world, "RemoveListenerCertificates", input("two"));
    }
}
