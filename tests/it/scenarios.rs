//! Scenario files: what a person does, and what comes of it.
