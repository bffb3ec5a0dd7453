//! REF: references between resources.

pub mod other_kind;
