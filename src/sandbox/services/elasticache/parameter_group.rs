//! Cache parameter groups and the parameters in them.

use super::{GROUPS, PARAMETER_GROUPS, bad_value, catalog, identifier, tag};
use crate::world::{Call, Fault};
use serde_json::{Map, Value, json};

const PARAMETERS: &str = include_str!("parameters.txt");
const MOST_AT_ONCE: usize = 20;

struct Parameter {
    name: &'static str,
    change: &'static str,
    kind: &'static str,
    default: &'static str,
    allowed: &'static str,
}

pub fn create(call: &mut Call<'_>) -> Result<Value, Fault> {
    let name = identifier("CacheParameterGroupName", call.text("CacheParameterGroupName"), 255)?;
    let family = call.text("CacheParameterGroupFamily").to_lowercase();
    if !catalog::VERSIONS.iter().any(|version| version.family == family) {
        return Err(bad_value(format!("CacheParameterGroupFamily {family} is not a valid parameter group family.")));
    }
    if call.get(PARAMETER_GROUPS, &name).is_some() {
        return Err(Fault::new("CacheParameterGroupAlreadyExists", format!("Cache parameter group {name} already exists.")));
    }
    let (tags, description) = (tag::given(call)?, call.text("Description").to_owned());
    let row = row(call, &name, &family, &description, json!({}));
    let arn = call.arn("elasticache", &format!("parametergroup:{name}"));
    call.put(PARAMETER_GROUPS, &name, row);
    if !tags.is_empty() {
        call.set_tags(&arn, tags);
    }
    Ok(json!({"CacheParameterGroup": call.get(PARAMETER_GROUPS, &name)}))
}

pub fn describe(call: &mut Call<'_>) -> Result<Value, Fault> {
    let groups = match call.text("CacheParameterGroupName") {
        "" => {
            let mut groups: Vec<Value> = defaults().map(|(name, family)| default_row(call, &name, family)).collect();
            groups.extend(call.all(PARAMETER_GROUPS).into_iter().map(|(_, row)| row.clone()));
            groups.sort_by_key(|group| group["CacheParameterGroupName"].as_str().map(String::from));
            groups
        }
        name => vec![find(call, name)?],
    };
    Ok(json!({"CacheParameterGroups": groups}))
}

pub fn modify(call: &mut Call<'_>) -> Result<Value, Fault> {
    let name = own(call)?;
    let given = given(call)?;
    if given.is_empty() {
        return Err(bad_value("The parameter ParameterNameValues must be provided and must not be blank."));
    }
    let mut changes = Vec::new();
    for each in given {
        let value = each["ParameterValue"].as_str().unwrap_or_default();
        let known = changeable(each)?;
        known.check(value)?;
        changes.push((known.name, value));
    }
    if let Some(set) = call.get_mut(PARAMETER_GROUPS, &name).and_then(|row| row["_parameters"].as_object_mut()) {
        set.extend(changes.into_iter().map(|(parameter, value)| (parameter.to_owned(), json!(value))));
    }
    Ok(json!({"CacheParameterGroupName": name}))
}

pub fn reset(call: &mut Call<'_>) -> Result<Value, Fault> {
    let name = own(call)?;
    let given = given(call)?;
    let all = given.is_empty() || call.input["ResetAllParameters"] == true;
    let mut names = Vec::new();
    for each in given {
        names.push(changeable(each)?.name);
    }
    if let Some(set) = call.get_mut(PARAMETER_GROUPS, &name).and_then(|row| row["_parameters"].as_object_mut()) {
        set.retain(|parameter, _| !all && !names.contains(&parameter.as_str()));
    }
    Ok(json!({"CacheParameterGroupName": name}))
}

pub fn delete(call: &mut Call<'_>) -> Result<Value, Fault> {
    let name = own(call)?;
    if call.all(GROUPS).into_iter().any(|(_, row)| row["_parameter_group"] == name.as_str()) {
        let message =
            format!("One or more cache clusters are still members of this parameter group {name}, so the group cannot be deleted.");
        return Err(Fault::new("InvalidCacheParameterGroupState", message));
    }
    call.remove(PARAMETER_GROUPS, &name);
    Ok(json!({}))
}

pub fn parameters(call: &mut Call<'_>) -> Result<Value, Fault> {
    let group = find(call, call.text("CacheParameterGroupName"))?;
    let (empty, source) = (Map::new(), call.text("Source"));
    let set = group["_parameters"].as_object().unwrap_or(&empty);
    let parameters: Vec<Value> =
        all().map(|known| known.view(set.get(known.name))).filter(|view| source.is_empty() || view["Source"] == source).collect();
    Ok(json!({"Parameters": parameters, "CacheNodeTypeSpecificParameters": []}))
}

/// The group of this name, the defaults included.
pub fn find(call: &Call<'_>, name: &str) -> Result<Value, Fault> {
    let name = name.to_lowercase();
    if let Some(found) = call.get(PARAMETER_GROUPS, &name) {
        return Ok(found.clone());
    }
    let default = defaults().find(|(own, _)| *own == name).map(|(_, family)| default_row(call, &name, family));
    default.ok_or_else(|| Fault::new("CacheParameterGroupNotFound", format!("CacheParameterGroup {name} not found.")).status(404))
}

/// True when the group makes a cluster-mode replication group.
pub fn is_cluster(group: &Value) -> bool {
    group["_parameters"]["cluster-enabled"] == "yes"
}

fn defaults() -> impl Iterator<Item = (String, &'static str)> {
    let mut families: Vec<&str> = catalog::VERSIONS.iter().map(|version| version.family).collect();
    families.dedup();
    families.into_iter().flat_map(|family| [(format!("default.{family}"), family), (format!("default.{family}.cluster.on"), family)])
}

fn default_row(call: &Call<'_>, name: &str, family: &str) -> Value {
    let (mode, set) =
        if name.ends_with(".cluster.on") { (" with cluster mode on", json!({"cluster-enabled": "yes"})) } else { ("", json!({})) };
    row(call, name, family, &format!("Default parameter group for {family}{mode}"), set)
}

fn row(call: &Call<'_>, name: &str, family: &str, description: &str, set: Value) -> Value {
    let arn = call.arn("elasticache", &format!("parametergroup:{name}"));
    json!({
        "CacheParameterGroupName": name, "CacheParameterGroupFamily": family, "Description": description, "IsGlobal": false, "ARN": arn,
        "_arn": arn, "_parameters": set,
    })
}

/// The name of the group in the input, if it may be changed.
fn own(call: &Call<'_>) -> Result<String, Fault> {
    let name = call.text("CacheParameterGroupName").to_lowercase();
    find(call, &name)?;
    match name.starts_with("default.") {
        true => {
            Err(Fault::new("InvalidCacheParameterGroupState", format!("The parameter group {name} is a default and cannot be changed.")))
        }
        false => Ok(name),
    }
}

fn given<'v>(call: &Call<'v>) -> Result<&'v [Value], Fault> {
    let given = call.input["ParameterNameValues"].as_array().map(Vec::as_slice).unwrap_or_default();
    match given.len() > MOST_AT_ONCE {
        true => Err(bad_value(format!("No more than {MOST_AT_ONCE} parameters may be given in one request; there are {}.", given.len()))),
        false => Ok(given),
    }
}

fn changeable(given: &Value) -> Result<Parameter, Fault> {
    let name = given["ParameterName"].as_str().unwrap_or_default();
    let known = all().find(|known| known.name == name).ok_or_else(|| bad_value(format!("Could not find parameter with name: {name}")))?;
    match known.change {
        "f" => Err(bad_value(format!("The parameter {name} cannot be modified."))),
        _ => Ok(known),
    }
}

fn all() -> impl Iterator<Item = Parameter> {
    PARAMETERS.lines().filter(|line| !line.starts_with('#')).filter_map(|line| {
        let mut columns = line.split(' ');
        let mut next = || columns.next().map(|column| if column == "-" { "" } else { column });
        Some(Parameter { name: next()?, change: next()?, kind: next()?, default: next()?, allowed: next()? })
    })
}

impl Parameter {
    fn check(&self, value: &str) -> Result<(), Fault> {
        let number = || value.parse::<i64>().ok();
        let fits = self.allowed.is_empty()
            || match self.kind {
                "integer" => number().is_some_and(|number| self.allowed.split(',').any(|range| within(range, number))),
                _ if self.name == "notify-keyspace-events" => value.chars().all(|c| self.allowed.contains(c)),
                _ => self.allowed.split(',').any(|allowed| allowed == value),
            };
        match fits {
            true => Ok(()),
            false => Err(bad_value(format!("Value: {value} is outside of range: {} for parameter: {}", self.allowed, self.name))),
        }
    }

    fn view(&self, set: Option<&Value>) -> Value {
        let change = if self.change == "r" { "requires-reboot" } else { "immediate" };
        let mut view = json!({
            "ParameterName": self.name, "DataType": self.kind, "IsModifiable": self.change != "f", "ChangeType": change,
            "ParameterValue": set.cloned().unwrap_or_else(|| json!(self.default)), "Source": if set.is_some() { "user" } else { "system" },
        });
        if !self.allowed.is_empty() {
            view["AllowedValues"] = json!(self.allowed);
        }
        view
    }
}

/// `20-` is from 20 upwards, `0` that one value.
fn within(range: &str, number: i64) -> bool {
    match range.get(1..).and_then(|rest| rest.find('-')).map(|at| range.split_at(at + 1)) {
        Some((least, most)) => {
            least.parse().is_ok_and(|least: i64| number >= least)
                && (most == "-" || most[1..].parse().is_ok_and(|most: i64| number <= most))
        }
        None => range.parse() == Ok(number),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_line_parses_and_accepts_its_default() {
        assert_eq!(all().count(), PARAMETERS.lines().count() - 1);
        for parameter in all() {
            assert!(parameter.default.is_empty() || parameter.check(parameter.default).is_ok(), "{}", parameter.name);
        }
        let check = |name: &str, value| all().find(|known| known.name == name).unwrap().check(value).is_ok();
        assert!(check("timeout", "0") && check("timeout", "20") && !check("timeout", "19"));
        assert!(check("notify-keyspace-events", "KEA") && !check("maxmemory-policy", "sometimes"));
    }
}
