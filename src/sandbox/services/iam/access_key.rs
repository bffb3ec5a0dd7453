//! Access keys of users, at most two each. Requests signed with them are as good as any others.
//! <https://docs.aws.amazon.com/IAM/latest/APIReference/API_CreateAccessKey.html>

use super::user;
use crate::services::members::{pick, set, text};
use crate::world::{Call, Fault};
use serde_json::{Value, json};

type Answer = Result<Value, Fault>;

/// By id, without their secrets, which are answered once.
const KEYS: &str = "iam.access_key";
const MOST: usize = 2;

pub fn create(call: &mut Call<'_>) -> Answer {
    let user = user::wanted_name(call)?;
    if of(call, &user).len() >= MOST {
        return Err(Fault::new("LimitExceeded", format!("Cannot exceed quota for AccessKeysPerUser: {MOST}")).status(409));
    }
    let (id, secret) = (format!("AKIA{}", call.hex(16).to_uppercase()), call.hex(40));
    let row = json!({"UserName": user, "AccessKeyId": id, "Status": "Active", "CreateDate": call.now().floor()});
    call.put(KEYS, &id, row.clone());
    let mut answer = row;
    set(&mut answer, "SecretAccessKey", secret.into());
    Ok(json!({"AccessKey": answer}))
}

pub fn update(call: &mut Call<'_>) -> Answer {
    let (id, status) = (wanted(call)?, call.text("Status").to_owned());
    if let Some(row) = call.get_mut(KEYS, &id) {
        set(row, "Status", status.into());
    }
    Ok(json!({}))
}

pub fn delete(call: &mut Call<'_>) -> Answer {
    let id = wanted(call)?;
    call.remove(KEYS, &id);
    Ok(json!({}))
}

pub fn list(call: &mut Call<'_>) -> Answer {
    let user = user::wanted_name(call)?;
    Ok(json!({"AccessKeyMetadata": of(call, &user), "IsTruncated": false}))
}

/// The keys of a user.
pub fn of(call: &Call<'_>, user: &str) -> Vec<Value> {
    let rows = call.all(KEYS).into_iter().map(|(_, row)| row).filter(|row| text(row, "UserName") == user);
    rows.map(|row| pick(row, &["UserName", "AccessKeyId", "Status", "CreateDate"])).collect()
}

/// Gives a user's keys to its new name.
pub fn rename_user(call: &mut Call<'_>, old: &str, new: &str) {
    for key in of(call, old) {
        if let Some(row) = call.get_mut(KEYS, text(&key, "AccessKeyId")) {
            set(row, "UserName", new.into());
        }
    }
}

/// The id of the call's key, which has to be one of its user.
fn wanted(call: &Call<'_>) -> Result<String, Fault> {
    let (user, id) = (user::wanted_name(call)?, call.text("AccessKeyId"));
    let owned = call.get(KEYS, id).is_some_and(|row| text(row, "UserName") == user);
    let missing = || Fault::new("NoSuchEntity", format!("The Access Key with id {id} cannot be found")).status(404);
    owned.then(|| id.to_owned()).ok_or_else(missing)
}
