//! Public keys, with which signed URLs are checked.
//! <https://docs.aws.amazon.com/cloudfront/latest/APIReference/API_PublicKeyConfig.html>

use super::{bad_argument, check_match, fresh_id};
use crate::services::members::{pick, text};
use crate::world::{Call, Fault};
use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use serde_json::{Value, json};

type Answer = Result<Value, Fault>;

/// By id. Private member: `_etag`.
const KEYS: &str = "cloudfront.public_key";

pub fn create(call: &mut Call<'_>) -> Answer {
    let config = config(call)?;
    let same = |member: &str| call.all(KEYS).into_iter().find(|(_, row)| row["PublicKeyConfig"][member] == config[member]);
    if same("CallerReference").is_some() {
        return Err(taken("The caller reference that you are using to create a public key is associated with another public key."));
    }
    if same("Name").is_some() {
        return Err(taken("A public key with the same name already exists."));
    }
    let (id, etag, now) = (format!("K{}", call.hex(13).to_uppercase()), fresh_id(call), call.now());
    call.put(KEYS, &id, json!({"Id": id, "CreatedTime": now, "PublicKeyConfig": config, "_etag": etag}));
    call.get(KEYS, &id).map(made).ok_or_else(missing)
}

fn taken(message: &str) -> Fault {
    Fault::new("PublicKeyAlreadyExists", message).status(409)
}

fn missing() -> Fault {
    Fault::new("NoSuchPublicKey", "The specified public key does not exist.").status(404)
}

fn find<'c>(call: &'c Call<'_>) -> Result<&'c Value, Fault> {
    call.get(KEYS, call.text("Id")).ok_or_else(missing)
}

fn shown(row: &Value) -> Value {
    json!({"PublicKey": pick(row, &["Id", "CreatedTime", "PublicKeyConfig"]), "ETag": row["_etag"]})
}

fn made(row: &Value) -> Value {
    let mut answer = shown(row);
    answer["Location"] = json!(format!("https://cloudfront.amazonaws.com/2020-05-31/public-key/{}", text(row, "Id")));
    answer
}

pub fn get(call: &mut Call<'_>) -> Answer {
    find(call).map(shown)
}

pub fn get_config(call: &mut Call<'_>) -> Answer {
    find(call).map(|row| json!({"PublicKeyConfig": row["PublicKeyConfig"], "ETag": row["_etag"]}))
}

/// Nothing but the comment may change.
pub fn update(call: &mut Call<'_>) -> Answer {
    let (id, row, mut config) = (call.text("Id").to_owned(), find(call)?.clone(), config(call)?);
    check_match(call, &row)?;
    let (comment, mut own) = (config["Comment"].take(), row["PublicKeyConfig"].clone());
    own["Comment"].take();
    if own != config {
        let message = "You can't change the value of a public key, its name or its caller reference.";
        return Err(Fault::new("CannotChangeImmutablePublicKeyFields", message));
    }
    config["Comment"] = comment;
    let mut row = row;
    row["PublicKeyConfig"] = config;
    row["_etag"] = json!(fresh_id(call));
    call.put(KEYS, &id, row);
    find(call).map(shown)
}

pub fn delete(call: &mut Call<'_>) -> Answer {
    let (id, row) = (call.text("Id").to_owned(), find(call)?);
    check_match(call, row)?;
    call.remove(KEYS, &id);
    Ok(json!({}))
}

pub fn list(call: &mut Call<'_>) -> Answer {
    let summary = |(id, row): (&String, &Value)| {
        let mut summary = pick(&row["PublicKeyConfig"], &["Name", "EncodedKey", "Comment"]);
        summary["Id"] = json!(id);
        summary["CreatedTime"] = row["CreatedTime"].clone();
        summary
    };
    let keys: Vec<Value> = call.all(KEYS).into_iter().map(summary).collect();
    let mut list = json!({"MaxItems": 100, "Quantity": keys.len()});
    if !keys.is_empty() {
        list["Items"] = json!(keys);
    }
    Ok(json!({"PublicKeyList": list}))
}

/// The configuration in the input: an RSA or ECDSA key in PEM.
fn config(call: &Call<'_>) -> Answer {
    let mut config = call.input["PublicKeyConfig"].clone();
    if config["Comment"].is_null() {
        config["Comment"] = json!("");
    }
    let key = text(&config, "EncodedKey").trim();
    let inner = key.strip_prefix("-----BEGIN PUBLIC KEY-----").and_then(|rest| rest.strip_suffix("-----END PUBLIC KEY-----"));
    let encoded: String = inner.unwrap_or_default().split_whitespace().collect();
    match STANDARD.decode(&encoded).is_ok_and(|der| der.first() == Some(&0x30)) {
        true => Ok(config),
        false => Err(bad_argument("Your request contains empty/invalid/out of limits RSA Encoded Key")),
    }
}
