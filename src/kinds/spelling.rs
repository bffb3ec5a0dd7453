//! Brings values of our specs into the SDK's and back: closed choices as AWS spells them, numbers, and builders that may refuse.

use crate::aws::{Error, Result};
use aws_smithy_types::error::operation::BuildError;
use serde::Serialize;
use serde::de::DeserializeOwned;
use serde_json::Value;
use std::fmt::Display;

/// Returns a choice in AWS's spelling.
pub fn word<T: Serialize>(choice: &T) -> String {
    serde_json::to_value(choice).ok().and_then(|value| value.as_str().map(String::from)).unwrap_or_default()
}

/// Reads a choice in AWS's spelling. One that AWS has added since is an error that names it: to guess would hide a difference.
pub fn choice<T: DeserializeOwned>(operation: &'static str, word: &str) -> Result<T> {
    serde_json::from_value(Value::String(word.to_owned()))
        .map_err(|_| Error::new(operation, "UnknownValue", format!("the answer says `{word}`, which this version does not know")))
}

/// Returns a number in the type that the other side has for it. One that does not fit is an error that names it: cut to size it
/// would be another number.
pub fn number<T, U>(operation: &'static str, what: &str, number: T) -> Result<U>
where
    T: Copy + Display,
    U: TryFrom<T>,
{
    U::try_from(number).map_err(|_| Error::new(operation, "NumberOutOfRange", format!("{what} is {number}, which is out of range")))
}

/// Unwraps what a builder made. The SDK's builders refuse a value that lacks a required member.
pub fn built<T>(operation: &'static str, made: Result<T, BuildError>) -> Result<T> {
    made.map_err(|error| Error::new(operation, "InvalidRequest", error.to_string()))
}
