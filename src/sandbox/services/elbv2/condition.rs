//! Conditions of rules, in the form in which AWS answers them.

use super::invalid;
use crate::services::members::{items, text, texts};
use crate::world::Fault;
use serde_json::{Value, json};

/// Each field with the member of its own form, and whether plain `Values` may stand for it.
const FIELDS: [(&str, &str, bool); 6] = [
    ("host-header", "HostHeaderConfig", true),
    ("path-pattern", "PathPatternConfig", true),
    ("http-header", "HttpHeaderConfig", false),
    ("http-request-method", "HttpRequestMethodConfig", false),
    ("query-string", "QueryStringConfig", false),
    ("source-ip", "SourceIpConfig", false),
];
/// AWS's quota for all conditions of a rule together.
const VALUES: usize = 5;
const LENGTH: usize = 128;

/// The conditions of a request, checked. Hosts and paths stand in both of their forms.
pub fn normalise(conditions: &[Value]) -> Result<Vec<Value>, Fault> {
    if conditions.is_empty() {
        return Err(invalid("A condition must be specified"));
    }
    let mut complete: Vec<Value> = Vec::new();
    let mut count = 0;
    for condition in conditions {
        let name = text(condition, "Field");
        let Some((field, member, plain)) = FIELDS.into_iter().find(|(field, ..)| *field == name) else {
            let known: Vec<&str> = FIELDS.iter().map(|(field, ..)| *field).collect();
            return Err(invalid(format!("Condition field '{name}' must be one of '[{}]'", known.join(", "))));
        };
        let once = !matches!(field, "http-header" | "query-string");
        if once && complete.iter().any(|earlier| text(earlier, "Field") == field) {
            return Err(invalid(format!("A rule can only have one '{field}' condition")));
        }
        count += values(condition, field, member, plain)?;
        let mut condition = condition.clone();
        if plain {
            let values = own_values(&condition, member);
            condition["Values"] = json!(values);
            if condition.get(member).is_none() {
                condition[member] = json!({"Values": values});
            }
        }
        complete.push(condition);
    }
    if count > VALUES {
        return Err(invalid(format!("Rules cannot have more than '{VALUES}' condition values")));
    }
    Ok(complete)
}

fn own_values(condition: &Value, member: &str) -> Vec<String> {
    let plain = texts(condition, "Values");
    if plain.is_empty() { texts(&condition[member], "Values") } else { plain }
}

/// Returns the number of values of a condition, each of them checked.
fn values(condition: &Value, field: &str, member: &str, plain: bool) -> Result<usize, Fault> {
    let config = &condition[member];
    if plain && !texts(condition, "Values").is_empty() && !config.is_null() {
        return Err(invalid(format!("You cannot provide both Values and '{member}' for a condition of type '{field}'")));
    }
    if !plain && config.is_null() {
        return Err(invalid(format!("A '{member}' must be specified with '{field}'")));
    }
    let found: Vec<String> = if field == "query-string" {
        items(config, "Values").iter().map(|pair| text(pair, "Value").to_owned()).collect()
    } else {
        let mut found = if plain { own_values(condition, member) } else { texts(config, "Values") };
        found.extend(texts(config, "RegexValues"));
        found
    };
    if found.is_empty() || found.iter().any(String::is_empty) {
        return Err(invalid("A condition value must be specified"));
    }
    if field == "http-header" && text(config, "HttpHeaderName").is_empty() {
        return Err(invalid("An 'HttpHeaderName' must be specified in 'HttpHeaderConfig'"));
    }
    if field == "http-header" {
        check_header(text(config, "HttpHeaderName"))?;
    }
    if let Some(long) = found.iter().find(|value| value.chars().count() > LENGTH) {
        return Err(invalid(format!("Condition value '{long}' cannot be longer than '{LENGTH}' characters")));
    }
    let written = texts(config, "RegexValues").len();
    for value in &found[..found.len() - written] {
        check_value(field, value)?;
    }
    Ok(found.len())
}

/// <https://docs.aws.amazon.com/elasticloadbalancing/latest/APIReference/API_HttpHeaderConditionConfig.html>
fn check_header(name: &str) -> Result<(), Fault> {
    // Those of a token: <https://www.rfc-editor.org/rfc/rfc7230#section-3.2.6>
    let token = name.chars().all(|sign| sign.is_ascii_alphanumeric() || "!#$%&'*+-.^_`|~".contains(sign));
    match () {
        () if name.len() > 40 || !token => {
            Err(invalid(format!("The HttpHeaderName '{name}' must be a valid header name of at most '40' characters")))
        }
        () if name.eq_ignore_ascii_case("host") => {
            Err(invalid("You cannot use 'http-header' for the host header. Use 'host-header' instead"))
        }
        () => Ok(()),
    }
}

/// The signs that the values of a field may have.
/// <https://docs.aws.amazon.com/elasticloadbalancing/latest/APIReference/API_RuleCondition.html>
fn check_value(field: &str, value: &str) -> Result<(), Fault> {
    let all = |signs: &str| value.chars().all(|sign| sign.is_ascii_alphanumeric() || signs.contains(sign));
    let (fits, rule) = match field {
        "source-ip" => (value.parse::<ipnet::IpNet>().is_ok(), "must be a CIDR block"),
        // <https://docs.aws.amazon.com/elasticloadbalancing/latest/APIReference/API_HostHeaderConditionConfig.html>
        "host-header" => (all("-.*?_") && value.contains('.'), "must be a host name with at least one '.'"),
        "path-pattern" => (all("_-.$/~\"'@:+&*?"), "contains a character that is not valid"),
        // <https://docs.aws.amazon.com/elasticloadbalancing/latest/APIReference/API_HttpRequestMethodConditionConfig.html>
        "http-request-method" => {
            let method = value.len() <= 40 && value.chars().all(|sign| sign.is_ascii_uppercase() || "-_".contains(sign));
            (method, "must be a method of A-Z, hyphens and underscores")
        }
        "http-header" => (value.is_ascii(), "contains a character that is not valid"),
        _ => (true, ""),
    };
    if fits { Ok(()) } else { Err(invalid(format!("Condition value '{value}' {rule}"))) }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn hosts_and_paths_stand_in_both_forms() {
        let both = json!({"Field": "path-pattern", "Values": ["/a"], "PathPatternConfig": {"Values": ["/a"]}});
        assert_eq!(normalise(&[json!({"Field": "path-pattern", "Values": ["/a"]})]), Ok(vec![both.clone()]));
        assert_eq!(normalise(&[json!({"Field": "path-pattern", "PathPatternConfig": {"Values": ["/a"]}})]), Ok(vec![both]));
    }

    #[test]
    fn what_aws_refuses() {
        for condition in [
            json!({"Field": "weather", "Values": ["rain"]}),
            json!({"Field": "path-pattern", "Values": []}),
            json!({"Field": "path-pattern", "Values": ["1", "2", "3", "4", "5", "6"]}),
            json!({"Field": "http-header", "Values": ["x"]}),
            json!({"Field": "http-header", "HttpHeaderConfig": {"Values": ["x"]}}),
            json!({"Field": "source-ip", "SourceIpConfig": {"Values": ["banana"]}}),
            json!({"Field": "http-header", "HttpHeaderConfig": {"HttpHeaderName": "X Tenant", "Values": ["x"]}}),
            json!({"Field": "http-header", "HttpHeaderConfig": {"HttpHeaderName": "Host", "Values": ["x"]}}),
            json!({"Field": "http-header", "HttpHeaderConfig": {"HttpHeaderName": "X-Tenant", "Values": ["käse"]}}),
            json!({"Field": "path-pattern", "Values": ["/käse/*"]}),
            json!({"Field": "host-header", "Values": ["www"]}),
            json!({"Field": "host-header", "Values": ["https://example.com"]}),
            json!({"Field": "http-request-method", "HttpRequestMethodConfig": {"Values": ["get"]}}),
        ] {
            assert_eq!(
                normalise(std::slice::from_ref(&condition)).map_err(|fault| fault.code),
                Err("ValidationError".into()),
                "{condition}"
            );
        }
    }
}
