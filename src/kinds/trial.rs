//! For tests of kinds: what their checks say of the example with some fields changed.

use crate::core::kind::{Kind, Row};
use serde_json::Value;

/// Every message about the example of `K` with the fields of `patch` in place of its own.
pub fn problems<K: Kind>(patch: &Value) -> Vec<String> {
    let row = Row::of::<K>();
    let mut spec = (row.example)();
    for (field, value) in patch.as_object().unwrap() {
        spec[field] = value.clone();
    }
    (row.validate)(&spec).into_iter().map(|problem| format!("{}: {}", problem.field, problem.message)).collect()
}

/// Holds that the example is fine, that it is in normal form once normalised, and that each patch is refused with such a message,
/// or is fine where the message is empty.
pub fn holds<K: Kind>(cases: &[(Value, &str)]) {
    let row = Row::of::<K>();
    assert_eq!((row.validate)(&(row.example)()), vec![]);
    let normal = (row.normalise)(&(row.example)()).unwrap();
    assert_eq!((row.normalise)(&normal).unwrap(), normal);
    for (patch, want) in cases {
        let found = problems::<K>(patch);
        if want.is_empty() {
            assert_eq!(found, Vec::<String>::new(), "{patch}");
        } else {
            assert!(found.iter().any(|message| message.contains(want)), "{patch}: {found:?}");
        }
    }
}
