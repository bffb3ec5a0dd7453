//! The operations that each kind's driver calls, as the laws of kinds saw them: made by `tests/it/kinds.rs`, and held to it.

/// A line each: a kind, and an operation as clients are called.
const TABLE: &str = include_str!("calls.tsv");

/// Returns the kinds and their operations, a pair each.
pub fn all() -> impl Iterator<Item = (&'static str, &'static str)> {
    TABLE.lines().filter_map(|line| line.split_once('\t'))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::kinds::KINDS;

    #[test]
    fn every_kind_is_made_read_and_deleted_by_some_call() {
        for entry in KINDS {
            let name = entry.row.name;
            let reads = all().filter(|(kind, operation)| *kind == name && crate::core::rights::is_read(operation)).count();
            let writes = all().filter(|(kind, operation)| *kind == name && !crate::core::rights::is_read(operation)).count();
            assert!(reads >= 1 && writes >= 2, "{name}: {reads} calls read and {writes} change; UPDATE_EXPECT=1 cargo test --test it kinds");
        }
        assert!(all().all(|(kind, _)| crate::kinds::find(kind).is_some()));
    }
}
