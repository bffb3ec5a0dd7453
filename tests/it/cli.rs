//! The binary, as a person or a pipeline runs it.
