//! ListSecrets and its filters.

use super::{SECRETS, secret};
use crate::world::{Call, Fault};
use serde_json::{Value, json};

pub fn list(call: &mut Call<'_>) -> Result<Value, Fault> {
    let planned = call.input["IncludePlannedDeletion"] == true;
    let names: Vec<String> = call.all(SECRETS).into_iter().map(|(name, _)| name.clone()).collect();
    let mut secrets: Vec<Value> = names.iter().map(|name| secret::view(call, name, "SecretVersionsToStages")).collect();
    secrets.retain(|secret| planned || secret["DeletedDate"].is_null());
    for filter in call.input["Filters"].as_array().into_iter().flatten() {
        let key = filter["Key"].as_str().unwrap_or_default();
        let values: Vec<&str> = filter["Values"].as_array().into_iter().flatten().filter_map(Value::as_str).collect();
        secrets.retain(|secret| values.iter().any(|value| matches(secret, key, value)));
    }
    let by = match call.text("SortBy") {
        "name" => "Name",
        "last-changed-date" => "LastChangedDate",
        "last-accessed-date" => "LastAccessedDate",
        _ => "CreatedDate",
    };
    let number = |secret: &Value| secret[by].as_f64().unwrap_or(0.0);
    secrets.sort_by(|a, b| number(a).total_cmp(&number(b)).then_with(|| a["Name"].as_str().cmp(&b["Name"].as_str())));
    if call.text("SortOrder") == "desc" {
        secrets.reverse();
    }
    Ok(json!({"SecretList": secrets}))
}

/// A value is a prefix; one that begins with `!` excludes.
fn matches(secret: &Value, key: &str, value: &str) -> bool {
    if let Some(value) = value.strip_prefix('!') {
        return !matches(secret, key, value);
    }
    let text = |member: &str| secret[member].as_str().unwrap_or_default();
    let tags = |part: &str| secret["Tags"].as_array().into_iter().flatten().filter_map(move |tag| tag[part].as_str()).collect::<Vec<_>>();
    // Each word of the value has to begin a word of the text.
    let loose = |own: &str| {
        let own = own.to_lowercase();
        value.to_lowercase().split_whitespace().all(|word| own.split_whitespace().any(|own| own.starts_with(word)))
    };
    match key {
        "name" => text("Name").starts_with(value),
        "description" => loose(text("Description")),
        "owning-service" => loose(text("OwningService")),
        "primary-region" => text("PrimaryRegion").starts_with(value),
        "tag-key" => tags("Key").iter().any(|own| own.starts_with(value)),
        "tag-value" => tags("Value").iter().any(|own| own.starts_with(value)),
        // Every word of the value has to begin a word of any of them; signs alone are no word.
        _ => {
            let texts = [vec![text("Name"), text("Description"), text("OwningService")], tags("Key"), tags("Value")].concat();
            let (own, asked): (Vec<String>, _) = (texts.into_iter().flat_map(words).collect(), words(value));
            !asked.is_empty() && asked.iter().all(|word| own.iter().any(|own| own.starts_with(word)))
        }
    }
}

/// The words of a text in small letters, cut where letters and digits meet or a sign stands, and before a capital that small letters follow.
/// <https://docs.aws.amazon.com/secretsmanager/latest/userguide/manage_search-secret.html>
fn words(text: &str) -> Vec<String> {
    let signs: Vec<char> = text.chars().collect();
    let mut words = vec![String::new()];
    for (at, sign) in signs.iter().enumerate() {
        let before = at.checked_sub(1).map_or(' ', |at| signs[at]);
        let opens = sign.is_uppercase() && (before.is_lowercase() || signs.get(at + 1).is_some_and(|next| next.is_lowercase()));
        if opens || !sign.is_alphanumeric() || sign.is_numeric() != before.is_numeric() {
            words.push(String::new());
        }
        if let Some(word) = words.last_mut().filter(|_| sign.is_alphanumeric()) {
            word.extend(sign.to_lowercase());
        }
    }
    words.retain(|word| !word.is_empty());
    words
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn a_search_of_everything_goes_by_words() {
        assert_eq!(words("credsDatabase#892"), ["creds", "database", "892"]);
        assert_eq!(words("uat/COMPANYthings_7"), ["uat", "compan", "ythings", "7"]);
        let secret = json!({"Name": "prod/AppBeta", "Description": "for the Web", "Tags": [{"Key": "team", "Value": "blue"}]});
        for (asked, found) in [("Beta", true), ("app web", true), ("BLUE", true), ("eta", false), ("beta green", false), ("+", false)] {
            assert_eq!(matches(&secret, "all", asked), found, "{asked}");
        }
    }
}
