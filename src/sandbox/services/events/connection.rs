//! Connections to HTTP endpoints. What authorizes one is kept in a secret that EventBridge owns.
//! <https://docs.aws.amazon.com/eventbridge/latest/userguide/eb-target-connection.html>

use super::{CONNECTIONS, check_key};
use crate::services::members::{flag, items, joined, pick, set, text, uuid};
use crate::services::secretsmanager;
use crate::world::{Call, Fault, merge};
use serde_json::{Map, Value, json};

type Answer = Result<Value, Fault>;

/// Deleting takes a moment.
const DELETING: f64 = 2.0;

/// The member that holds what each type is authorized with, and that member's parts with the names they have in the secret.
/// Where the part is secret, no answer shows it.
struct Kind {
    name: &'static str,
    member: &'static str,
    parts: &'static [(&'static str, &'static str, bool)],
}

const KINDS: [Kind; 3] = [
    Kind {
        name: "API_KEY",
        member: "ApiKeyAuthParameters",
        parts: &[("ApiKeyName", "api_key_name", false), ("ApiKeyValue", "api_key_value", true)],
    },
    Kind { name: "BASIC", member: "BasicAuthParameters", parts: &[("Username", "username", false), ("Password", "password", true)] },
    Kind {
        name: "OAUTH_CLIENT_CREDENTIALS",
        member: "OAuthParameters",
        parts: &[("ClientID", "client_id", false), ("ClientSecret", "client_secret", true)],
    },
];

fn invalid(message: impl Into<String>) -> Fault {
    Fault::new("ValidationException", message)
}

fn wanted(call: &Call<'_>) -> Result<(String, Value), Fault> {
    let name = call.text("Name");
    let row = call.get(CONNECTIONS, name).cloned();
    let row = row.ok_or_else(|| Fault::new("ResourceNotFoundException", format!("Connection '{name}' does not exist.")))?;
    Ok((name.to_owned(), row))
}

/// The kind of a connection, once its parameters hold what that kind needs.
fn kind(row: &Value) -> Result<&'static Kind, Fault> {
    let (name, parameters) = (text(row, "AuthorizationType"), &row["_parameters"]);
    let kind = KINDS.iter().find(|kind| kind.name == name).ok_or_else(|| invalid(format!("{name} is no authorization type.")))?;
    let given: Vec<&str> = KINDS.iter().map(|kind| kind.member).filter(|member| !parameters[*member].is_null()).collect();
    if given != [kind.member] {
        return Err(invalid(format!("Parameter(s) {} must be specified for AuthorizationType {name}, and no other.", kind.member)));
    }
    if !parameters["ConnectivityParameters"].is_null() {
        let message = "ConnectivityParameters of a connection are not in the sandbox; docs/sandbox.md lists what is";
        return Err(Fault::new("NotInSandbox", message).status(501));
    }
    Ok(kind)
}

/// The parts of what authorizes: those of OAuth stand one level deeper.
fn holder<'v>(kind: &Kind, parameters: &'v Value) -> &'v Value {
    let own = &parameters[kind.member];
    own.get("ClientParameters").unwrap_or(own)
}

/// The value of the secret.
fn secret(kind: &Kind, parameters: &Value) -> Value {
    let own = holder(kind, parameters);
    let mut value: Map<String, Value> = kind.parts.iter().map(|(part, name, _)| ((*name).to_owned(), own[*part].clone())).collect();
    if kind.member == "OAuthParameters" {
        value.insert("authorization_endpoint".into(), parameters[kind.member]["AuthorizationEndpoint"].clone());
        value.insert("http_method".into(), parameters[kind.member]["HttpMethod"].clone());
        value.extend(
            http_parameters(&parameters[kind.member]["OAuthHttpParameters"]).map(|http| ("oauth_http_parameters".to_owned(), http)),
        );
    }
    value.extend(http_parameters(&parameters["InvocationHttpParameters"]).map(|http| ("invocation_http_parameters".to_owned(), http)));
    Value::Object(value)
}

fn http_parameters(given: &Value) -> Option<Value> {
    let lists = [
        ("HeaderParameters", "header_parameters"),
        ("QueryStringParameters", "query_string_parameters"),
        ("BodyParameters", "body_parameters"),
    ];
    let one = |item: &Value| json!({"key": item["Key"], "value": item["Value"], "is_value_secret": flag(item, "IsValueSecret")});
    let held = lists.into_iter().filter(|(member, _)| given[*member].is_array());
    let held: Map<String, Value> = held.map(|(member, name)| (name.to_owned(), items(given, member).iter().map(one).collect())).collect();
    (!held.is_empty()).then_some(Value::Object(held))
}

/// The parameters without what is secret.
fn shown(kind: &Kind, parameters: &Value) -> Value {
    let mut shown = pick(parameters, &[kind.member, "InvocationHttpParameters"]);
    let own = &mut shown[kind.member];
    let own = if own.get("ClientParameters").is_some() { &mut own["ClientParameters"] } else { own };
    for (part, ..) in kind.parts.iter().filter(|(.., hidden)| *hidden) {
        own.as_object_mut().map(|own| own.remove(*part));
    }
    for place in ["/InvocationHttpParameters", "/OAuthParameters/OAuthHttpParameters"] {
        let lists = shown.pointer_mut(place).and_then(Value::as_object_mut).into_iter().flat_map(Map::values_mut);
        for item in lists.filter_map(Value::as_array_mut).flatten().filter(|item| flag(item, "IsValueSecret")) {
            item.as_object_mut().map(|item| item.remove("Value"));
        }
    }
    shown
}

const TOLD: [&str; 5] = ["ConnectionArn", "ConnectionState", "CreationTime", "LastModifiedTime", "LastAuthorizedTime"];

pub fn create(call: &mut Call<'_>) -> Answer {
    let name = call.text("Name").to_owned();
    if call.get(CONNECTIONS, &name).is_some() {
        return Err(Fault::new("ResourceAlreadyExistsException", format!("Connection {name} already exists.")));
    }
    check_key(call)?;
    let (id, now) = (uuid(call), call.now());
    let arn = call.arn("events", &format!("connection/{name}/{id}"));
    let own = json!({
        "Name": name, "ConnectionArn": arn, "_arn": arn, "ConnectionState": "AUTHORIZED", "CreationTime": now, "LastModifiedTime": now, "LastAuthorizedTime": now,
        "_parameters": call.input["AuthParameters"],
    });
    let mut row = joined(own, pick(call.input, &["AuthorizationType", "Description", "KmsKeyIdentifier"]));
    let value = secret(kind(&row)?, &row["_parameters"]);
    let secret_name = format!("events!connection/{name}/{}", uuid(call));
    let secret_arn = secretsmanager::keep_owned(
        call,
        "events",
        &secret_name,
        &value,
        pick(&json!({"KmsKeyId": row["KmsKeyIdentifier"]}), &["KmsKeyId"]),
    );
    set(&mut row, "SecretArn", secret_arn.into());
    call.put(CONNECTIONS, &name, row.clone());
    Ok(pick(&row, &TOLD[..4]))
}

pub fn update(call: &mut Call<'_>) -> Answer {
    let (name, mut row) = wanted(call)?;
    check_key(call)?;
    let now = call.now();
    let given = pick(call.input, &["AuthorizationType", "Description", "KmsKeyIdentifier"]);
    if given.get("AuthorizationType").is_some_and(|kind| *kind != row["AuthorizationType"]) {
        row["_parameters"] = json!({});
    }
    let mut row = joined(row, given);
    merge(&mut row["_parameters"], call.input.get("AuthParameters").unwrap_or(&json!({})));
    let value = secret(kind(&row)?, &row["_parameters"]);
    secretsmanager::update_owned(call, text(&row, "SecretArn"), &value);
    for time in ["LastModifiedTime", "LastAuthorizedTime"] {
        set(&mut row, time, now.into());
    }
    call.put(CONNECTIONS, &name, row.clone());
    Ok(pick(&row, &TOLD))
}

pub fn describe(call: &mut Call<'_>) -> Answer {
    let (_, row) = wanted(call)?;
    let parameters = shown(kind(&row)?, &row["_parameters"]);
    Ok(joined(row, json!({"AuthParameters": parameters})))
}

pub fn delete(call: &mut Call<'_>) -> Answer {
    let (name, mut row) = wanted(call)?;
    set(&mut row, "ConnectionState", "DELETING".into());
    secretsmanager::delete_managed_later(call, text(&row, "SecretArn"), DELETING);
    call.put(CONNECTIONS, &name, row.clone());
    call.remove_later(CONNECTIONS, &name, DELETING);
    Ok(pick(&row, &TOLD))
}

pub fn list(call: &mut Call<'_>) -> Answer {
    let (prefix, state) = (call.text("NamePrefix"), call.text("ConnectionState"));
    let fits = |row: &&Value| text(row, "Name").starts_with(prefix) && (state.is_empty() || text(row, "ConnectionState") == state);
    let rows = call.all(CONNECTIONS).into_iter().map(|(_, row)| row).filter(fits);
    let told = |row: &Value| joined(pick(row, &TOLD), pick(row, &["Name", "AuthorizationType"]));
    Ok(json!({"Connections": rows.map(told).collect::<Vec<_>>()}))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::world::World;

    fn call(world: &mut World, service: &str, operation: &str, input: Value) -> Answer {
        let handler = crate::services::handler(service, operation).unwrap();
        handler(&mut Call::new(world, &input, service, operation, "us-east-1"))
            .map(|answer| crate::services::testing::fitting(service, operation, answer))
    }

    #[test]
    fn what_authorizes_a_connection_is_in_its_secret_alone() {
        let mut world = World::new("123456789012", 1, 0);
        let headers = json!({"HeaderParameters": [{"Key": "a", "Value": "open"}, {"Key": "b", "Value": "hidden", "IsValueSecret": true}]});
        let basic = json!({"BasicAuthParameters": {"Username": "u", "Password": "p1"}, "InvocationHttpParameters": headers});
        let wrong = json!({"Name": "c", "AuthorizationType": "API_KEY", "AuthParameters": basic});
        assert_eq!(call(&mut world, "events", "CreateConnection", wrong).unwrap_err().code, "ValidationException");
        let input = json!({"Name": "c", "AuthorizationType": "BASIC", "AuthParameters": basic});
        call(&mut world, "events", "CreateConnection", input.clone()).unwrap();
        assert_eq!(call(&mut world, "events", "CreateConnection", input).unwrap_err().code, "ResourceAlreadyExistsException");
        let described = call(&mut world, "events", "DescribeConnection", json!({"Name": "c"})).unwrap();
        let shown = described["AuthParameters"].to_string();
        assert!(shown.contains("open") && !shown.contains("p1") && !shown.contains("hidden"), "{shown}");
        let secret = described["SecretArn"].clone();
        let value = |world: &mut World| {
            let value = call(world, "secretsmanager", "GetSecretValue", json!({"SecretId": secret})).unwrap();
            serde_json::from_str::<Value>(text(&value, "SecretString")).unwrap()
        };
        assert_eq!((&value(&mut world)["username"], &value(&mut world)["password"]), (&json!("u"), &json!("p1")));
        call(&mut world, "events", "UpdateConnection", json!({"Name": "c", "AuthParameters": {"BasicAuthParameters": {"Password": "p2"}}}))
            .unwrap();
        assert_eq!((&value(&mut world)["username"], &value(&mut world)["password"]), (&json!("u"), &json!("p2")));
        let deleted = call(&mut world, "events", "DeleteConnection", json!({"Name": "c"})).unwrap();
        assert_eq!(deleted["ConnectionState"], "DELETING");
        world.advance_to(3_000);
        assert_eq!(call(&mut world, "events", "ListConnections", json!({})).unwrap()["Connections"], json!([]));
        let gone = call(&mut world, "secretsmanager", "DescribeSecret", json!({"SecretId": secret})).unwrap_err();
        assert_eq!(gone.code, "ResourceNotFoundException");
        assert!(world.tags.is_empty());
    }
}
