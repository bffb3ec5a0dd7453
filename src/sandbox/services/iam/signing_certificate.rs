//! Signing certificates of users, at most two each.
//! <https://docs.aws.amazon.com/IAM/latest/APIReference/API_UploadSigningCertificate.html>

use super::user;
use crate::services::members::{set, text};
use crate::world::{Call, Fault};
use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use serde_json::{Value, json};

type Answer = Result<Value, Fault>;

/// By id.
const CERTIFICATES: &str = "iam.signing_certificate";
const MOST: usize = 2;

pub fn upload(call: &mut Call<'_>) -> Answer {
    let (user, body) = (user::wanted_name(call)?, call.text("CertificateBody").to_owned());
    if !is_certificate(&body) {
        return Err(Fault::new("MalformedCertificate", "Certificate is malformed or otherwise unsupported"));
    }
    if call.all(CERTIFICATES).iter().any(|(_, row)| text(row, "CertificateBody") == body) {
        return Err(Fault::new("DuplicateCertificate", "The specified certificate is already associated with a user.").status(409));
    }
    if of(call, &user).len() >= MOST {
        return Err(Fault::new("LimitExceeded", format!("Cannot exceed quota for CertificatesPerUser: {MOST}")).status(409));
    }
    let (id, now) = (call.hex(32).to_uppercase(), call.now().floor());
    let row = json!({"UserName": user, "CertificateId": id, "CertificateBody": body, "Status": "Active", "UploadDate": now});
    call.put(CERTIFICATES, &id, row.clone());
    Ok(json!({"Certificate": row}))
}

pub fn update(call: &mut Call<'_>) -> Answer {
    let (id, status) = (wanted(call)?, call.text("Status").to_owned());
    if let Some(row) = call.get_mut(CERTIFICATES, &id) {
        set(row, "Status", status.into());
    }
    Ok(json!({}))
}

pub fn delete(call: &mut Call<'_>) -> Answer {
    let id = wanted(call)?;
    call.remove(CERTIFICATES, &id);
    Ok(json!({}))
}

pub fn list(call: &mut Call<'_>) -> Answer {
    let user = user::wanted_name(call)?;
    Ok(json!({"Certificates": of(call, &user), "IsTruncated": false}))
}

/// The certificates of a user.
pub fn of(call: &Call<'_>, user: &str) -> Vec<Value> {
    call.all(CERTIFICATES).into_iter().map(|(_, row)| row.clone()).filter(|row| text(row, "UserName") == user).collect()
}

/// Gives a user's certificates to its new name.
pub fn rename_user(call: &mut Call<'_>, old: &str, new: &str) {
    for certificate in of(call, old) {
        if let Some(row) = call.get_mut(CERTIFICATES, text(&certificate, "CertificateId")) {
            set(row, "UserName", new.into());
        }
    }
}

/// The id of the call's certificate, which has to be one of its user.
fn wanted(call: &Call<'_>) -> Result<String, Fault> {
    let (user, id) = (user::wanted_name(call)?, call.text("CertificateId"));
    let own = call.get(CERTIFICATES, id).is_some_and(|row| text(row, "UserName") == user);
    own.then(|| id.to_owned())
        .ok_or_else(|| Fault::new("NoSuchEntity", format!("The Certificate with id {id} cannot be found.")).status(404))
}

/// True for PEM around what has the outline of X.509: a sequence of two sequences and a string of bits.
fn is_certificate(pem: &str) -> bool {
    let inner = pem.trim().strip_prefix("-----BEGIN CERTIFICATE-----").and_then(|rest| rest.strip_suffix("-----END CERTIFICATE-----"));
    let Some(inner) = inner else { return false };
    let encoded: String = inner.split_whitespace().collect();
    let Ok(der) = STANDARD.decode(encoded) else { return false };
    let parts = element(&der).filter(|(tag, _, rest)| *tag == 0x30 && rest.is_empty()).map(|(_, content, _)| content);
    let mut rest = parts.unwrap_or_default();
    let mut tags = Vec::new();
    while let Some((tag, _, after)) = element(rest) {
        tags.push(tag);
        rest = after;
    }
    rest.is_empty() && tags == [0x30, 0x30, 0x03]
}

/// The tag, the content, and what follows, of the first element of DER.
fn element(der: &[u8]) -> Option<(u8, &[u8], &[u8])> {
    let (tag, rest) = der.split_first()?;
    let (first, rest) = rest.split_first()?;
    let (length, rest) = match usize::from(*first) {
        short @ ..0x80 => (short, rest),
        long => {
            let (digits, rest) = rest.split_at_checked(long & 0x7f)?;
            let length = digits.iter().try_fold(0_usize, |sum, digit| sum.checked_mul(256)?.checked_add(usize::from(*digit)))?;
            (length, rest)
        }
    };
    let (content, after) = rest.split_at_checked(length)?;
    Some((*tag, content, after))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::world::World;

    fn call(world: &mut World, operation: &str, input: Value) -> Result<Value, String> {
        let mut call = Call::new(world, &input, "iam", operation, "us-east-1");
        let answer = super::super::handler(operation).unwrap()(&mut call).map_err(|fault| fault.code);
        answer.map(|answer| crate::services::testing::fitting("iam", operation, answer))
    }

    /// The outline of a certificate around one byte.
    fn pem(byte: u8) -> String {
        let der = [0x30, 0x0b, 0x30, 0x03, 0x02, 0x01, byte, 0x30, 0x00, 0x03, 0x02, 0x00, 0x00];
        format!("-----BEGIN CERTIFICATE-----\n{}\n-----END CERTIFICATE-----\n", STANDARD.encode(der))
    }

    #[test]
    fn a_user_has_two_certificates_at_most() {
        let world = &mut World::new("123456789012", 1, 0);
        call(world, "CreateUser", json!({"UserName": "u"})).unwrap();
        let upload = |byte: u8| json!({"UserName": "u", "CertificateBody": pem(byte)});
        let id = call(world, "UploadSigningCertificate", upload(1)).unwrap()["Certificate"]["CertificateId"].clone();
        assert_eq!(call(world, "UploadSigningCertificate", upload(1)), Err("DuplicateCertificate".into()));
        call(world, "UploadSigningCertificate", upload(2)).unwrap();
        assert_eq!(call(world, "UploadSigningCertificate", upload(3)), Err("LimitExceeded".into()));
        call(world, "UpdateSigningCertificate", json!({"UserName": "u", "CertificateId": id, "Status": "Inactive"})).unwrap();
        let listed = call(world, "ListSigningCertificates", json!({"UserName": "u"})).unwrap()["Certificates"].clone();
        assert!(listed.as_array().unwrap().iter().any(|one| one["CertificateId"] == id && one["Status"] == "Inactive"));
        assert_eq!(call(world, "DeleteUser", json!({"UserName": "u"})), Err("DeleteConflict".into()));
        for one in listed.as_array().unwrap() {
            call(world, "DeleteSigningCertificate", json!({"UserName": "u", "CertificateId": one["CertificateId"]})).unwrap();
        }
        call(world, "DeleteUser", json!({"UserName": "u"})).unwrap();
        assert_eq!(call(world, "ListSigningCertificates", json!({"UserName": "u"})), Err("NoSuchEntity".into()));
    }

    #[test]
    fn what_is_no_certificate_is_refused() {
        assert!(is_certificate(&pem(0)));
        let whole = pem(0);
        for wrong in ["notacert", &whole.replace("MAsw", "MAww"), &whole.replace("MAsw", "MA!w"), &whole.replace("END", "BEGIN")] {
            assert!(!is_certificate(wrong), "{wrong}");
        }
    }
}
