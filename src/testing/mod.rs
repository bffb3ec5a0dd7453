//! What tests stand on: the Python that wire tests run.

pub mod python;
