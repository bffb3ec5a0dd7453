//! The sort of environment that a stack is, as far as its names say so.

use crate::core::identity::Scope;

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Environment {
    Production,
    /// One that nobody but its makers uses.
    Trial,
}

/// Returns the sort of environment by the name of the environment, or else by a word of the stack's name.
pub fn environment(scope: &Scope) -> Option<Environment> {
    by_word(&scope.env).or_else(|| scope.stack.split('-').find_map(by_word))
}

fn by_word(word: &str) -> Option<Environment> {
    match word {
        "prod" | "prd" | "production" | "live" => Some(Environment::Production),
        "dev" | "development" | "test" | "testing" | "qa" | "stage" | "staging" | "preview" | "sandbox" | "trial" => {
            Some(Environment::Trial)
        }
        _ => None,
    }
}
