//! Domain names as Route 53 writes, checks and orders them.

/// Lower case, with its last dot, and `*` as `\052`.
pub fn normal(name: &str) -> String {
    let lower = name.to_lowercase();
    let name = lower.trim_end_matches('.').replace('*', "\\052");
    format!("{name}.")
}

pub fn valid(name: &str) -> bool {
    let name = name.trim_end_matches('.');
    let label = |label: &str| !label.is_empty() && label.len() <= 63 && !label.contains(char::is_whitespace);
    !name.is_empty() && name.len() <= 255 && name.split('.').all(label)
}

/// The order in which names are listed: by their labels from the right.
pub fn order(name: &str) -> Vec<String> {
    name.trim_end_matches('.').rsplit('.').map(String::from).collect()
}

/// True when a name lies in the zone or is its apex.
pub fn inside(name: &str, zone: &str) -> bool {
    name == zone || name.ends_with(&format!(".{zone}"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_compared_from_the_right() {
        assert_eq!(normal("*.Example.COM"), "\\052.example.com.");
        assert!(inside("w.example.com.", "example.com.") && !inside("wexample.com.", "example.com."));
        assert!(order("a.z.com.") > order("b.a.com.") && order("com.") < order("a.com."));
        assert!(valid("example.com") && !valid("example..com") && !valid(""));
    }
}
