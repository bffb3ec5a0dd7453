//! The registry of codes, looked up by whoever has met one.

use crate::core::code::Code;
use crate::core::suggest::nearest;
use crate::kinds;
use crate::modules::CATALOG;
use crate::rules::{RULES, readiness};

/// A code, with what its place in the registry says of it.
#[derive(Debug, Clone, Copy)]
pub struct Entry {
    pub code: Code,
    /// The kind whose spec it is about.
    pub kind: Option<&'static str>,
    /// True for a rule and a check of readiness: others read no resources, so nobody can say where they are meant.
    pub is_rule: bool,
}

/// Returns every code, sorted; those of one family alone, if one is named.
pub fn list(family: Option<&str>) -> Result<Vec<Entry>, String> {
    let mut all = CATALOG.all_codes().collect::<Vec<_>>();
    all.sort_by_key(|code| (code.family(), code.id));
    let Some(wanted) = family else { return Ok(all.into_iter().map(entry).collect()) };
    let of_family = all.iter().filter(|code| code.family().eq_ignore_ascii_case(wanted)).copied().map(entry).collect::<Vec<_>>();
    if !of_family.is_empty() {
        return Ok(of_family);
    }
    let mut families = all.iter().map(Code::family).collect::<Vec<_>>();
    families.dedup();
    let near = nearest(&wanted.to_ascii_uppercase(), families.iter().copied());
    Err(near.map_or_else(|| format!("there are {}", families.join(", ")), |near| format!("did you mean `{near}`?")))
}

/// Returns the entry of a code, in whatever case it is written, or what was likely meant.
pub fn find(id: &str) -> Result<Entry, String> {
    let id = id.trim().to_ascii_uppercase();
    let all = || CATALOG.all_codes();
    if let Some(code) = all().find(|code| code.id == id) {
        return Ok(entry(code));
    }
    let family = id.trim_end_matches(|letter: char| letter.is_ascii_digit());
    let mut known = all().filter(|code| code.family() == family).map(|code| code.id).collect::<Vec<_>>();
    if !known.is_empty() {
        known.sort_unstable();
        return Err(format!("{family} has {}", known.join(", ")));
    }
    // One letter is wrong, or two have changed places: the number is right.
    let number = &id[family.len()..];
    let of_number = all().map(|code| code.id).filter(|id| !number.is_empty() && id.ends_with(number)).collect::<Vec<_>>();
    Err(match nearest(&id, of_number.into_iter()) {
        Some(near) => format!("did you mean `{near}`?"),
        None => "`trueup rules` lists them all".to_owned(),
    })
}

fn entry(code: Code) -> Entry {
    let of_kind = |entry: &&kinds::Entry| (entry.row.codes)().iter().any(|own| own.id == code.id);
    let kind = kinds::KINDS.iter().find(of_kind).map(|entry| entry.row.name);
    let by_rule = || RULES.iter().map(|rule| rule.code).chain(readiness::CHECKS.iter().map(|check| check.code));
    Entry { code, kind, is_rule: by_rule().any(|own| own.id == code.id) }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_code_is_found_in_any_case_and_near_ones_are_named() {
        let found = find(" sec202").unwrap();
        assert!((found.code.id, found.kind, found.is_rule) == ("SEC202", None, true));
        assert_eq!(find("ASG002").unwrap().kind, Some("autoscaling.target"));
        assert_eq!(find("sce202").unwrap_err(), "did you mean `SEC202`?");
        assert!(find("ovr999").unwrap_err().starts_with("OVR has OVR001, OVR002, "));
        assert_eq!(find("\u{1b}[31mü").unwrap_err(), "`trueup rules` lists them all");
        assert_eq!(find("").unwrap_err(), "`trueup rules` lists them all");
    }

    #[test]
    fn a_family_lists_its_own_and_all_are_listed_once() {
        assert!(list(Some("sec")).unwrap().iter().all(|entry| entry.code.family() == "SEC"));
        assert_eq!(list(Some("SECC")).unwrap_err(), "did you mean `SEC`?");
        assert!(list(Some("nothing")).unwrap_err().starts_with("there are APPR, ASG, "));
        assert_eq!(list(None).unwrap().len(), CATALOG.all_codes().count());
    }
}
