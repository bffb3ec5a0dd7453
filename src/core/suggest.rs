//! Spelling suggestions: the known name that somebody meant.

use strsim::damerau_levenshtein;

/// Returns the closest of some names, if any is close enough to be meant: a slip of the fingers, or words too many, as in
/// `instance_class` for `class`.
pub fn nearest<'a>(name: &str, names: impl Iterator<Item = &'a str>) -> Option<&'a str> {
    let limit = (name.chars().count() / 3).max(1);
    let holds = |one: &str, other: &str| format!("_{one}_").contains(&format!("_{other}_"));
    let names = names.collect::<Vec<_>>();
    let distances = names.iter().map(|other| (damerau_levenshtein(name, other), *other));
    let slip = distances.filter(|(distance, _)| *distance <= limit).min().map(|(_, other)| other);
    slip.or_else(|| names.into_iter().filter(|other| holds(name, other)).max_by_key(|other| other.len()))
}

#[cfg(test)]
mod tests {
    use super::nearest;

    #[test]
    fn what_is_meant_may_be_a_slip_or_have_words_too_many() {
        let names = ["class", "kms_key", "multi_az", "name", "storage", "max_storage"];
        let near = |name: &str| nearest(name, names.into_iter());
        assert_eq!(near("storag"), Some("storage"));
        assert_eq!(near("instance_class"), Some("class"));
        assert_eq!(near("kms_key_id"), Some("kms_key"));
        assert_eq!(near("max_storage_gb"), Some("max_storage"), "of two the one that says more");
        assert_eq!((near("az"), near("subclass"), near("colour"), near("")), (None, None, None, None));
    }
}
