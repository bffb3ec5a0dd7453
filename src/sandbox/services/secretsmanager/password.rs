//! GetRandomPassword. Its characters come from the sandbox's seed, so they are random to nobody.

use crate::world::{Call, Fault};
use serde_json::{Value, json};

const LOWER: &str = "abcdefghijklmnopqrstuvwxyz";
const UPPER: &str = "ABCDEFGHIJKLMNOPQRSTUVWXYZ";
const DIGITS: &str = "0123456789";
const PUNCTUATION: &str = "!\"#$%&'()*+,-./:;<=>?@[\\]^_`{|}~";

pub fn random(call: &mut Call<'_>) -> Result<Value, Fault> {
    let on = |member: &str| call.input[member] == true;
    let excluded = call.text("ExcludeCharacters");
    let sets: Vec<Vec<char>> = [
        (LOWER, !on("ExcludeLowercase")),
        (UPPER, !on("ExcludeUppercase")),
        (DIGITS, !on("ExcludeNumbers")),
        (PUNCTUATION, !on("ExcludePunctuation")),
        (" ", on("IncludeSpace")),
    ]
    .into_iter()
    .filter(|(_, wanted)| *wanted)
    .map(|(set, _)| set.chars().filter(|c| !excluded.contains(*c)).collect())
    .collect();
    let length = call.input["PasswordLength"].as_u64().unwrap_or(32) as usize;
    let each = call.input["RequireEachIncludedType"] != false;
    if sets.iter().all(Vec::is_empty) || (each && sets.iter().any(Vec::is_empty)) {
        return Err(Fault::new(
            "InvalidParameterException",
            "The excluded characters leave a required type with no character to choose from.",
        ));
    }
    if each && length < sets.len() {
        let message = format!("The password length {length} is too short to hold one character of each of {} types.", sets.len());
        return Err(Fault::new("InvalidParameterException", message));
    }
    Ok(json!({"RandomPassword": draw(call, &sets, length, each)}))
}

/// A password that RDS accepts: letters, digits and punctuation without `/`, `@`, `"` and space.
pub fn generate(call: &mut Call<'_>, length: usize) -> String {
    let sets = [LOWER, UPPER, DIGITS, "!#$%&()*+,-.:;<=>?[]^_{|}~"].map(|set| set.chars().collect());
    draw(call, &sets, length, true)
}

fn draw(call: &mut Call<'_>, sets: &[Vec<char>], length: usize, each: bool) -> String {
    let pool: Vec<char> = sets.concat();
    let mut numbers = Vec::new();
    // Two numbers a character: one to choose it, one to shuffle it.
    while numbers.len() < length * 2 {
        let digits = call.hex(64);
        numbers.extend((0..8).map(|at| usize::from_str_radix(&digits[at * 8..at * 8 + 8], 16).unwrap_or_default()));
    }
    let mut drawn: Vec<(usize, char)> = (0..length)
        .map(|at| {
            let set = if each && at < sets.len() { &sets[at] } else { &pool };
            (numbers[length + at], set[numbers[at] % set.len()])
        })
        .collect();
    drawn.sort_unstable();
    drawn.into_iter().map(|(_, c)| c).collect()
}
