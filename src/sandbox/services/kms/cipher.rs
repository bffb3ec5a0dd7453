//! Encrypting under a key, and data keys. The cipher is the sandbox's own: it gives back what it was given, refuses what was not made
//! under the same key and context, and keeps nothing secret.
//! <https://docs.aws.amazon.com/kms/latest/APIReference/API_Encrypt.html>

use super::{KEYS, named};
use crate::world::{Call, Fault};
use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use serde_json::{Value, json};
use sha2::{Digest, Sha256};

const NONCE: usize = 16;
const SEAL: usize = 32;

pub fn encrypt(call: &mut Call<'_>) -> Result<Value, Fault> {
    let id = usable(call)?;
    check_algorithm(call)?;
    let plain = bytes(call.text("Plaintext"));
    let blob = sealed(call, &id, &plain);
    Ok(json!({"CiphertextBlob": STANDARD.encode(blob), "KeyId": arn(call, &id), "EncryptionAlgorithm": "SYMMETRIC_DEFAULT"}))
}

pub fn decrypt(call: &mut Call<'_>) -> Result<Value, Fault> {
    check_algorithm(call)?;
    let blob = bytes(call.text("CiphertextBlob"));
    let (id, plain) = opened(call, &blob).ok_or_else(|| Fault::new("InvalidCiphertextException", ""))?;
    if !call.text("KeyId").is_empty() && named(call, "KeyId", true)? != id {
        let text = "The key ID in the request does not identify a CMK that can perform this operation.";
        return Err(Fault::new("IncorrectKeyException", text));
    }
    check_key(call, &id)?;
    Ok(json!({"Plaintext": STANDARD.encode(plain), "KeyId": arn(call, &id), "EncryptionAlgorithm": "SYMMETRIC_DEFAULT"}))
}

pub fn data_key(call: &mut Call<'_>) -> Result<Value, Fault> {
    let id = usable(call)?;
    let length = match (call.text("KeySpec"), call.input["NumberOfBytes"].as_u64()) {
        ("AES_256", None) => 32,
        ("AES_128", None) => 16,
        ("", Some(bytes)) => usize::try_from(bytes).unwrap_or(0),
        _ => return Err(Fault::new("ValidationException", "Please specify either number of bytes or key spec.")),
    };
    let secret = call.hex(64);
    let plain: Vec<u8> = stream(&[secret.as_bytes()]).take(length).collect();
    let blob = sealed(call, &id, &plain);
    Ok(json!({"CiphertextBlob": STANDARD.encode(blob), "Plaintext": STANDARD.encode(plain), "KeyId": arn(call, &id)}))
}

fn arn(call: &Call<'_>, id: &str) -> String {
    call.arn("kms", &format!("key/{id}"))
}

fn bytes(encoded: &str) -> Vec<u8> {
    STANDARD.decode(encoded).unwrap_or_default()
}

/// The key of the call, which has to be one that encrypts, and enabled.
fn usable(call: &mut Call<'_>) -> Result<String, Fault> {
    let id = named(call, "KeyId", true)?;
    check_key(call, &id)?;
    Ok(id)
}

fn check_key(call: &Call<'_>, id: &str) -> Result<(), Fault> {
    let (key, arn) = (call.get(KEYS, id).unwrap_or(&Value::Null), arn(call, id));
    match (key["KeyState"].as_str().unwrap_or_default(), key["KeyUsage"].as_str().unwrap_or_default()) {
        ("", _) => Err(Fault::new("NotFoundException", format!("Key '{arn}' does not exist"))),
        ("Disabled", _) => Err(Fault::new("DisabledException", format!("{arn} is disabled."))),
        ("Enabled", "ENCRYPT_DECRYPT") if key["KeySpec"] == "SYMMETRIC_DEFAULT" => match call.input["DryRun"] == true {
            true => Err(Fault::new("DryRunOperationException", "The request would have succeeded, but the DryRun option is set.")),
            false => Ok(()),
        },
        ("Enabled", "ENCRYPT_DECRYPT") => {
            let text = format!("{} under an asymmetric key is not in the sandbox; docs/sandbox.md lists what is", call.operation);
            Err(Fault::new("NotInSandbox", text).status(501))
        }
        ("Enabled", usage) => {
            Err(Fault::new("InvalidKeyUsageException", format!("{arn} key usage is {usage} which is not valid for {}.", call.operation)))
        }
        (state, _) => {
            let state = if state == "PendingDeletion" { "pending deletion" } else { "pending import" };
            Err(Fault::new("KMSInvalidStateException", format!("{arn} is {state}.")))
        }
    }
}

fn check_algorithm(call: &Call<'_>) -> Result<(), Fault> {
    match call.text("EncryptionAlgorithm") {
        "" | "SYMMETRIC_DEFAULT" => Ok(()),
        other => Err(Fault::new("InvalidKeyUsageException", format!("{other} is not an algorithm of a symmetric key."))),
    }
}

/// The id of the key, a nonce, the content, and a seal over all of it and the encryption context.
fn sealed(call: &mut Call<'_>, id: &str, plain: &[u8]) -> Vec<u8> {
    let nonce = call.hex(NONCE);
    let mut blob = vec![u8::try_from(id.len()).unwrap_or(u8::MAX)];
    blob.extend(id.as_bytes());
    blob.extend(nonce.as_bytes());
    blob.extend(plain.iter().zip(stream(&[&secret(call, id), nonce.as_bytes()])).map(|(byte, mask)| byte ^ mask));
    let seal = seal(call, id, &blob);
    blob.extend(seal);
    blob
}

/// The key and the content of a blob, if it was made in this account and region with the context of the call.
fn opened(call: &Call<'_>, blob: &[u8]) -> Option<(String, Vec<u8>)> {
    let (length, rest) = blob.split_first()?;
    let id = std::str::from_utf8(rest.get(..usize::from(*length))?).ok()?.to_owned();
    let body = rest.get(usize::from(*length)..)?;
    let end = body.len().checked_sub(SEAL)?;
    let (nonce, content) = body.get(..end)?.split_at_checked(NONCE)?;
    if seal(call, &id, &blob[..blob.len() - SEAL]) != blob[blob.len() - SEAL..] {
        return None;
    }
    let plain = content.iter().zip(stream(&[&secret(call, &id), nonce])).map(|(byte, mask)| byte ^ mask).collect();
    Some((id, plain))
}

fn secret(call: &Call<'_>, id: &str) -> Vec<u8> {
    Sha256::digest(format!("{} {} {id}", call.world.seed, call.region)).to_vec()
}

/// The context is a set of pairs, so its order does not matter.
fn seal(call: &Call<'_>, id: &str, blob: &[u8]) -> Vec<u8> {
    let context = call.input.get("EncryptionContext").map(Value::to_string).unwrap_or_else(|| "{}".into());
    let parts = [secret(call, id), blob.to_vec(), context.into_bytes()];
    Sha256::digest(parts.concat()).to_vec()
}

/// Bytes without end that the parts decide.
fn stream(parts: &[&[u8]]) -> impl Iterator<Item = u8> + use<> {
    let base = parts.concat();
    (0u64..).flat_map(move |block| Sha256::digest([base.as_slice(), &block.to_be_bytes()].concat()).to_vec())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::services::testing::fitting;
    use crate::world::World;

    fn call(world: &mut World, operation: &str, input: Value) -> Result<Value, String> {
        let mut call = Call::new(world, &input, "kms", operation, "us-east-1");
        let answer = super::super::handler(operation).unwrap()(&mut call).map_err(|fault| fault.code);
        answer.map(|answer| fitting("kms", operation, answer))
    }

    #[test]
    fn what_is_encrypted_comes_back_under_its_key_and_context_alone() {
        let world = &mut World::new("123456789012", 1, 0);
        let id = call(world, "CreateKey", json!({})).unwrap()["KeyMetadata"]["KeyId"].clone();
        let other = call(world, "CreateKey", json!({})).unwrap()["KeyMetadata"]["KeyId"].clone();
        let text = STANDARD.encode("some text, longer than one block of the mask that lies over it");
        let context = json!({"app": "shop", "env": "prod"});
        let made = call(world, "Encrypt", json!({"KeyId": id, "Plaintext": text, "EncryptionContext": context})).unwrap();
        let again = call(world, "Encrypt", json!({"KeyId": id, "Plaintext": text, "EncryptionContext": context})).unwrap();
        let blob = made["CiphertextBlob"].clone();
        assert_ne!(again["CiphertextBlob"], blob);
        let mut opened = |input: Value| call(world, "Decrypt", input).map(|answer| answer["Plaintext"].clone());
        assert_eq!(opened(json!({"CiphertextBlob": blob, "EncryptionContext": context})), Ok(json!(text)));
        assert_eq!(opened(json!({"CiphertextBlob": blob, "EncryptionContext": context, "KeyId": id})), Ok(json!(text)));
        for (input, code) in [
            (json!({"CiphertextBlob": blob, "EncryptionContext": context, "KeyId": other}), "IncorrectKeyException"),
            (json!({"CiphertextBlob": blob}), "InvalidCiphertextException"),
            (json!({"CiphertextBlob": STANDARD.encode("nonsense")}), "InvalidCiphertextException"),
        ] {
            assert_eq!(opened(input), Err(code.into()));
        }
        call(world, "ScheduleKeyDeletion", json!({"KeyId": id})).unwrap();
        let refused = call(world, "Decrypt", json!({"CiphertextBlob": blob, "EncryptionContext": context}));
        assert_eq!(refused, Err("KMSInvalidStateException".into()));
    }

    #[test]
    fn a_data_key_comes_plain_and_encrypted() {
        let world = &mut World::new("123456789012", 1, 0);
        let made = call(world, "GenerateDataKey", json!({"KeyId": "alias/aws/s3", "KeySpec": "AES_256"})).unwrap();
        assert_eq!(bytes(made["Plaintext"].as_str().unwrap()).len(), 32);
        let back = call(world, "Decrypt", json!({"CiphertextBlob": made["CiphertextBlob"]})).unwrap();
        assert_eq!((&back["Plaintext"], &back["KeyId"]), (&made["Plaintext"], &made["KeyId"]));
        let both = json!({"KeyId": "alias/aws/s3", "KeySpec": "AES_256", "NumberOfBytes": 16});
        assert_eq!(call(world, "GenerateDataKey", both), Err("ValidationException".into()));
        let signing =
            call(world, "CreateKey", json!({"KeySpec": "RSA_2048", "KeyUsage": "SIGN_VERIFY"})).unwrap()["KeyMetadata"]["KeyId"].clone();
        assert_eq!(call(world, "Encrypt", json!({"KeyId": signing, "Plaintext": "YQ=="})), Err("InvalidKeyUsageException".into()));
    }
}
