//! Another currency than the dollar: its rate, from the command line or a file of rates.

use super::exit::Failure;
use crate::core::money::{Decimal, from_float, number};
use crate::core::suggest::nearest;
use crate::files;
use crate::report::cost::Currency;
use serde::Deserialize;
use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

#[derive(Debug, Clone, clap::Args)]
pub struct CurrencyArgs {
    /// Show amounts in another currency, such as EUR; JSON stays in US dollars and names the rate
    #[arg(long, value_name = "CODE", value_parser = code, conflicts_with = "csv", help_heading = "Currency")]
    currency: Option<String>,
    /// The amount of it that a US dollar is worth
    #[arg(long, value_name = "RATE", value_parser = rate, requires = "currency", help_heading = "Currency")]
    rate: Option<Decimal>,
    /// A TOML file of rates: `date = "2026-11-20"`, and in [rates] lines like `EUR = 0.92`
    #[arg(long, value_name = "FILE", requires = "currency", conflicts_with = "rate", help_heading = "Currency")]
    rates: Option<PathBuf>,
}

impl CurrencyArgs {
    /// Returns the currency that amounts are shown in; None is the dollar.
    pub fn choose(&self, today: &str) -> Result<Option<Currency>, Failure> {
        let Some(code) = self.currency.clone() else { return Ok(None) };
        match (&self.rate, &self.rates) {
            (Some(_), _) | (_, Some(_)) if code == "USD" => {
                Err(Failure::usage("a US dollar is one US dollar").hint("leave --rate and --rates out, or name another currency"))
            }
            (Some(rate), _) => Ok(Some(Currency { code, rate: *rate, date: format!("given on {today}") })),
            (None, Some(file)) => from_file(code, file).map(Some),
            (None, None) if code == "USD" => Ok(None),
            (None, None) => Err(Failure::usage(format!("there is no rate for {code}"))
                .hint(format!("say how much of it a dollar is with `--rate 0.92`, or name a file with `--rates FILE`: date = \"2026-11-20\", [rates] {code} = 0.92"))),
        }
    }
}

/// A file of rates, as it is written.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Rates {
    /// The day they are of.
    date: toml::Value,
    rates: BTreeMap<String, toml::Value>,
}

fn from_file(code: String, file: &Path) -> Result<Currency, Failure> {
    let text = files::read_text(file, 1 << 20).map_err(|error| Failure::file("read", file, &error))?;
    let form = "it holds `date = \"2026-11-20\"`, and in [rates] lines like `EUR = 0.92`";
    let Rates { date, rates } = toml::from_str(&text)
        .map_err(|error| Failure::new(format!("{} is no file of rates: {}", file.display(), error.message())).hint(form))?;
    let Some(value) = rates.get(&code) else {
        let known = rates.keys().cloned().collect::<Vec<_>>().join(", ");
        let near = nearest(&code, rates.keys().map(String::as_str)).map_or(String::new(), |near| format!("did you mean {near}? "));
        return Err(Failure::usage(format!("{} has no rate for {code}", file.display())).hint(format!("{near}it has {known}")));
    };
    let exact = match value {
        toml::Value::Integer(whole) => Some(Decimal::from(*whole)),
        toml::Value::Float(fraction) => from_float(*fraction),
        toml::Value::String(text) => number(text),
        _ => None,
    };
    let exact =
        exact.filter(usable).ok_or_else(|| Failure::new(format!("{}: {code} = {value} is no rate", file.display())).hint(UNUSABLE))?;
    let date = match date {
        toml::Value::String(text) => text,
        other => other.to_string(),
    };
    Ok(Currency { code, rate: exact, date: format!("{date}, {}", file.display()) })
}

const UNUSABLE: &str = "a rate says how much of the currency a dollar is: more than 0, and less than a million";

fn usable(rate: &Decimal) -> bool {
    *rate > Decimal::ZERO && *rate < Decimal::from(1_000_000)
}

fn rate(text: &str) -> Result<Decimal, String> {
    number(text).filter(usable).ok_or_else(|| UNUSABLE.to_owned())
}

fn code(text: &str) -> Result<String, String> {
    let code = text.to_ascii_uppercase();
    let sound = code.len() == 3 && code.bytes().all(|byte| byte.is_ascii_uppercase());
    if sound { Ok(code) } else { Err("a currency has three letters, such as EUR".into()) }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn codes_and_rates_are_checked() {
        assert_eq!(code("eur"), Ok("EUR".into()));
        assert!(["", "EURO", "€", "E R"].iter().all(|text| code(text).is_err()));
        assert_eq!(rate("0.92"), Ok(number("0.92").unwrap()));
        assert!(["0", "-1", "1e9", "NaN", "x"].iter().all(|text| rate(text).is_err()));
    }
}
