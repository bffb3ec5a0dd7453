//! Reading members of a stored resource: absent reads as empty.

use serde_json::Value;

/// A string member, `""` if absent.
pub fn text<'v>(row: &'v Value, member: &str) -> &'v str {
    row.get(member).and_then(Value::as_str).unwrap_or("")
}

/// A list member, empty if absent.
pub fn items<'v>(row: &'v Value, member: &str) -> &'v [Value] {
    row.get(member).and_then(Value::as_array).map_or(&[], Vec::as_slice)
}

/// The strings of a list member.
pub fn texts<'v>(row: &'v Value, member: &str) -> Vec<&'v str> {
    items(row, member).iter().filter_map(Value::as_str).collect()
}

/// A boolean member, false if absent.
pub fn flag(row: &Value, member: &str) -> bool {
    row.get(member).and_then(Value::as_bool).unwrap_or(false)
}
