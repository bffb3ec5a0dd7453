//! The engine parameters that a parameter group may set.

use super::{bad_combination, bad_value};
use crate::world::Fault;
use serde_json::{Value, json};

const POSTGRES: &str = include_str!("parameters/postgres.txt");
const MYSQL: &str = include_str!("parameters/mysql.txt");

/// One line of a table. Assumed: the tables hold what is documented and commonly set, not every last parameter.
pub struct Parameter<'t> {
    pub name: &'t str,
    pub dynamic: bool,
    kind: &'t str,
    /// A range (`0-100`), a list (`on,off`), or empty.
    allowed: &'t str,
}

/// The parameters of an engine, in order of name.
pub fn all(engine: &str) -> impl Iterator<Item = Parameter<'static>> {
    let table = if engine == "postgres" { POSTGRES } else { MYSQL };
    table.lines().filter(|line| !line.starts_with('#')).filter_map(|line| {
        let mut columns = line.splitn(4, ' ');
        let (name, applied, kind, allowed) = (columns.next()?, columns.next()?, columns.next()?, columns.next()?);
        Some(Parameter { name, dynamic: applied == "d", kind, allowed: if allowed == "-" { "" } else { allowed } })
    })
}

/// The parameter of this name; extensions (`plrust.path`) bring settings of their own.
pub fn find<'t>(engine: &str, name: &'t str) -> Result<Parameter<'t>, Fault> {
    let known = all(engine).find(|parameter| parameter.name.eq_ignore_ascii_case(name));
    let extension =
        || (engine == "postgres" && name.contains('.')).then_some(Parameter { name, dynamic: true, kind: "string", allowed: "" });
    known.or_else(extension).ok_or_else(|| bad_value(format!("Could not find parameter with name: {name}")))
}

impl Parameter<'_> {
    /// Refuses a value outside of what is allowed. Formulas (`{DBInstanceClassMemory/4}`) are taken as they are.
    pub fn check_value(&self, value: &str) -> Result<(), Fault> {
        let formula = value.contains('{') || value.to_uppercase().starts_with("GREATEST(") || value.to_uppercase().starts_with("LEAST(");
        let fits = formula
            || self.allowed.is_empty()
            || match (self.kind, range(self.allowed)) {
                ("integer" | "float", Some((least, most))) => value.parse::<f64>().is_ok_and(|number| number >= least && number <= most),
                ("list", _) => {
                    value.split(',').all(|part| part.is_empty() || self.allowed.split(',').any(|allowed| allowed == part.trim()))
                }
                ("boolean", _) => matches!(value.to_lowercase().as_str(), "0" | "1" | "on" | "off" | "true" | "false"),
                _ => self.allowed.split(',').any(|allowed| allowed.eq_ignore_ascii_case(value)),
            };
        match fits {
            true => Ok(()),
            false => Err(bad_value(format!("Value: {value} is outside of range: {} for parameter: {}", self.allowed, self.name))),
        }
    }

    /// Static parameters take effect at the next reboot and nothing else may be asked for.
    pub fn check_method(&self, method: &str) -> Result<(), Fault> {
        match method {
            "" => Err(bad_value(format!("The ApplyMethod of the parameter {} must be provided.", self.name))),
            "immediate" if !self.dynamic => Err(bad_combination("cannot use immediate apply method for static parameter")),
            _ => Ok(()),
        }
    }

    /// Returns it as DescribeDBParameters answers it; `set` is `{value, method}` if a user has set it.
    pub fn view(&self, set: Option<&Value>) -> Value {
        let (apply, method) = if self.dynamic { ("dynamic", "immediate") } else { ("static", "pending-reboot") };
        let mut view = json!({
            "ParameterName": self.name, "DataType": self.kind, "ApplyType": apply, "IsModifiable": true,
            "ApplyMethod": set.map_or(json!(method), |set| set["method"].clone()), "Source": if set.is_some() { "user" } else { "engine-default" },
        });
        if !self.allowed.is_empty() {
            view["AllowedValues"] = json!(self.allowed);
        }
        if let Some(set) = set {
            view["ParameterValue"] = set["value"].clone();
        }
        view
    }
}

/// `-1-100` is from -1 to 100.
fn range(allowed: &str) -> Option<(f64, f64)> {
    let dash = allowed.get(1..)?.find('-')? + 1;
    Some((allowed[..dash].parse().ok()?, allowed[dash + 1..].parse().ok()?))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn tables_parse_and_values_are_checked() {
        assert!(all("postgres").count() > 200 && all("mysql").count() > 150);
        let lines = |text: &str| text.lines().filter(|line| !line.starts_with('#')).count();
        assert_eq!((all("postgres").count(), all("mysql").count()), (lines(POSTGRES), lines(MYSQL)));
        let check = |name, value| find("postgres", name).unwrap().check_value(value).is_ok();
        assert!(check("log_min_duration_statement", "-1") && !check("log_min_duration_statement", "-2"));
        assert!(check("log_statement", "ddl") && !check("log_statement", "dll"));
        assert!(check("shared_preload_libraries", "pg_stat_statements,pgaudit") && !check("shared_preload_libraries", "evil"));
        assert!(check("shared_buffers", "{DBInstanceClassMemory/32768}") && check("random_page_cost", "1.1"));
        assert!(find("postgres", "no_such_thing").is_err() && find("mysql", "max_connections").unwrap().dynamic);
    }
}
