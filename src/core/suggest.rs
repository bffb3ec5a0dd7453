//! Spelling suggestions: the known name that somebody meant.

use strsim::damerau_levenshtein;

/// The names that are looked through for the one that was meant. The cost of a mistake does not grow with the file.
pub const MOST: usize = 500;

/// The names of a likely length whose distance is measured.
const MEASURED: usize = 100;

/// Returns the closest of some names, if any is close enough to be meant: a slip of the fingers, or words too many, as in
/// `instance_class` for `class`.
pub fn nearest<'a>(name: &str, names: impl Iterator<Item = &'a str>) -> Option<&'a str> {
    let letters = name.chars().count();
    let limit = (letters / 3).max(1);
    let words = format!("_{name}_");
    let names = names.take(MOST).collect::<Vec<_>>();
    // No slip makes up for a greater difference in length, and to measure what is long is dear.
    let alike = names.iter().filter(|other| other.chars().count().abs_diff(letters) <= limit);
    // The one that has more of the letters is meant, where two are as far away: `taks` is `tasks` rather than `tags`.
    let distances = alike.take(MEASURED).map(|other| (damerau_levenshtein(name, other), strange(name, other), *other));
    let slip = distances.filter(|(distance, _, _)| *distance <= limit).min().map(|(_, _, other)| other);
    slip.or_else(|| names.into_iter().filter(|other| words.contains(&format!("_{other}_"))).max_by_key(|other| other.len()))
}

/// Returns so many of some names, those first that share most words with a name, and then the longest beginning.
pub fn alike<'a>(name: &str, names: impl Iterator<Item = &'a str>, count: usize) -> Vec<&'a str> {
    let words = name.split('_').take(MEASURED).collect::<Vec<_>>();
    let common = |other: &str| {
        let shared = other.split('_').filter(|word| words.contains(word)).count();
        let beginning = name.chars().zip(other.chars()).take_while(|(one, other)| one == other).count();
        (shared, beginning)
    };
    let mut names = names.take(MOST).collect::<Vec<_>>();
    names.sort_by_cached_key(|other| std::cmp::Reverse(common(other)));
    names.truncate(count);
    names
}

/// Returns how many letters of a name another one does not have.
fn strange(name: &str, other: &str) -> usize {
    let mut left = other.chars().collect::<Vec<_>>();
    let mut known = |letter: char| left.iter().position(|one| *one == letter).map(|at| left.swap_remove(at)).is_some();
    name.chars().filter(|letter| !known(*letter)).count()
}

/// Returns names as a list of a message: all of a few, or the first of many and how many more there are.
pub fn some_of<S: AsRef<str>>(names: impl IntoIterator<Item = S>) -> String {
    const FEW: usize = 20;
    let mut names = names.into_iter();
    let mut text = String::new();
    for (at, name) in names.by_ref().take(FEW).enumerate() {
        text += if at > 0 { ", " } else { "" };
        text += name.as_ref();
    }
    match names.take(MOST).count() {
        0 => text,
        MOST => format!("{text} and many more"),
        more => format!("{text} and {more} more"),
    }
}

#[cfg(test)]
mod tests {
    use super::{alike, nearest, some_of};

    #[test]
    fn what_is_meant_may_be_a_slip_or_have_words_too_many() {
        let names = ["class", "kms_key", "multi_az", "name", "storage", "max_storage"];
        let near = |name: &str| nearest(name, names.into_iter());
        assert_eq!(near("storag"), Some("storage"));
        assert_eq!(near("instance_class"), Some("class"));
        assert_eq!(nearest("taks", ["tags", "tasks"].into_iter()), Some("tasks"));
        assert_eq!(nearest("tgas", ["tags", "tasks"].into_iter()), Some("tags"));
        assert_eq!(near("kms_key_id"), Some("kms_key"));
        assert_eq!(near("max_storage_gb"), Some("max_storage"), "of two the one that says more");
        assert_eq!((near("az"), near("subclass"), near("colour"), near("")), (None, None, None, None));
    }

    #[test]
    fn names_with_the_same_words_come_first() {
        let names = ["api_calls", "log_gb", "nat_gb", "nat_sent_gb", "stored_gb"];
        assert_eq!(alike("nat_received_gb", names.into_iter(), 3), ["nat_gb", "nat_sent_gb", "log_gb"]);
        assert_eq!(alike("apis", names.into_iter(), 1), ["api_calls"]);
    }

    #[test]
    fn of_many_names_some_are_listed() {
        assert_eq!(some_of(["a", "b"]), "a, b");
        let many = (0..100).map(|at| at.to_string()).collect::<Vec<_>>();
        assert_eq!(some_of(&many), (0..20).map(|at| at.to_string()).collect::<Vec<_>>().join(", ") + " and 80 more");
    }
}
