//! `trueup prices`: what the catalogue says, how old it is, whether it holds, and a newer one.

#[cfg(feature = "aws")]
mod refresh;

use super::catalog;
use super::exit::{Exit, Failure};
use super::options::today;
use crate::files;
use crate::ops;
use crate::pricing::cases;
use crate::pricing::catalog::age::{age, by_service};
use crate::pricing::catalog::{Catalog, GLOBAL, Price};
use crate::report::{self, prices as show};
use std::borrow::Cow;
use std::collections::BTreeSet;
use std::path::{Path, PathBuf};

const AFTER: &str = "\
Examples:
  trueup prices list --region us-east-1 rds.instance.postgresql
  trueup prices show elb.alb.hour
  trueup prices age                          how old they are, by service
  trueup prices verify                       worked cases beside what they come to
  trueup prices refresh --region us-east-1   from AWS's public price list

Prices come with the program. A refreshed catalogue wins over them; it lies in the directory that \
TRUEUP_CACHE_DIR names, else in trueup/ in $XDG_CACHE_HOME or ~/.cache.";

#[derive(Debug, clap::Args)]
#[command(after_help = AFTER)]
pub struct Args {
    #[command(subcommand)]
    command: Command,
}

#[derive(Debug, clap::Subcommand)]
enum Command {
    /// Fetch AWS's public price list; no account is needed
    #[cfg(feature = "aws")]
    Refresh(refresh::Args),
    /// Say all that is known of one price
    Show(Show),
    /// List prices
    List(List),
    /// Price worked cases, and compare with what they should come to
    Verify(Verify),
    /// Say how old the prices are, and how well attested
    Age(Age),
}

/// The catalogue that is looked at.
#[derive(Debug, clap::Args)]
struct Choice {
    /// Look into this file instead of the prices in use
    #[arg(long, value_name = "FILE", value_hint = clap::ValueHint::FilePath, conflicts_with = "embedded")]
    prices: Option<PathBuf>,
    /// Look at the prices that come with the program, refreshed ones aside
    #[arg(long)]
    embedded: bool,
    /// Print JSON
    #[arg(long)]
    json: bool,
}

const SHOW: &str = "\
Examples:
  trueup prices show elb.alb.hour
  trueup prices show rds.instance.postgresql.single_az.db.t4g.micro --region eu-central-1 --json";

#[derive(Debug, clap::Args)]
#[command(after_help = SHOW)]
struct Show {
    /// The key, as `trueup cost --detail` and `trueup prices list` have it
    key: String,
    /// Take prices of this region only; `global` for what costs the same everywhere
    #[arg(long, value_name = "REGION")]
    region: Option<String>,
    #[command(flatten)]
    choice: Choice,
}

const LIST: &str = "\
Examples:
  trueup prices list --service AmazonRDS --region us-east-1
  trueup prices list ec2.instance.t4g
  trueup prices list --json | jq -r '.prices[] | select(.mark == \"conflict\") | .key'";

#[derive(Debug, clap::Args)]
#[command(after_help = LIST)]
struct List {
    /// List only keys that begin with this
    #[arg(default_value = "", hide_default_value = true)]
    prefix: String,
    /// List prices of this service only, by AWS's code of it, such as AmazonRDS
    #[arg(long, value_name = "CODE")]
    service: Option<String>,
    /// Take prices of this region only; `global` for what costs the same everywhere
    #[arg(long, value_name = "REGION")]
    region: Option<String>,
    #[command(flatten)]
    choice: Choice,
}

const VERIFY: &str = "\
Examples:
  trueup prices verify
  trueup prices verify cases.json            cases of your own, of the form of prices/cases.json

Exit codes: 1 if a case is not as expected.";

#[derive(Debug, clap::Args)]
#[command(after_help = VERIFY)]
struct Verify {
    /// Cases to price, instead of those that come with the program
    #[arg(value_hint = clap::ValueHint::FilePath)]
    file: Option<PathBuf>,
    #[command(flatten)]
    choice: Choice,
}

const AGE: &str = "\
Examples:
  trueup prices age
  trueup prices age --json | jq .all.over_a_year";

#[derive(Debug, clap::Args)]
#[command(after_help = AGE)]
struct Age {
    #[command(flatten)]
    choice: Choice,
}

pub fn run(args: &Args) -> Result<Exit, Failure> {
    match &args.command {
        #[cfg(feature = "aws")]
        Command::Refresh(args) => refresh::run(args),
        Command::Show(args) => one(args),
        Command::List(args) => list(args),
        Command::Verify(args) => verify(args),
        Command::Age(args) => ages(args),
    }
}

impl Choice {
    fn catalog(&self) -> Result<Cow<'static, Catalog>, Failure> {
        match &self.prices {
            Some(file) => Ok(Cow::Owned(ops::catalog::read(file)?)),
            None if self.embedded => Ok(Cow::Borrowed(Catalog::embedded())),
            None => Ok(Cow::Borrowed(catalog::current())),
        }
    }
    /// Returns its file, unless it came with the program.
    fn file(&self) -> Option<PathBuf> {
        let refreshed = || catalog::refreshed().and_then(|_| ops::catalog::place()).filter(|_| !self.embedded);
        self.prices.clone().or_else(refreshed)
    }
}

fn one(args: &Show) -> Result<Exit, Failure> {
    let Show { key, region, choice } = args;
    let catalog = choice.catalog()?;
    let everywhere = catalog.prices().filter(|price| price.key == *key).collect::<Vec<_>>();
    let prices = match region {
        None => everywhere.clone(),
        Some(region) => catalog.price(region, key).into_iter().collect(),
    };
    if prices.is_empty() {
        return Err(missing(key, region.as_deref().unwrap_or_default(), &everywhere, &catalog));
    }
    if choice.json {
        report::json(&show::json(&prices, &catalog));
    } else {
        report::data(&show::show(&prices, &catalog, &today(), report::text_width()));
    }
    Ok(Exit::Done)
}

fn missing(key: &str, region: &str, everywhere: &[Price], catalog: &Catalog) -> Failure {
    if everywhere.is_empty() {
        let near = catalog.nearest(key).iter().map(|near| format!("`{near}`")).collect::<Vec<_>>();
        let hint = format!("the nearest keys are {}; `trueup prices list` has all", near.join(", "));
        return Failure::new(format!("there is no price of `{key}`")).hint(hint);
    }
    let regions = everywhere.iter().map(|price| price.region.as_str()).collect::<Vec<_>>();
    Failure::new(format!("there is no price of `{key}` in {region}"))
        .hint(format!("it has one in {}; `trueup prices refresh --region` adds a region", regions.join(", ")))
}

fn list(args: &List) -> Result<Exit, Failure> {
    let List { prefix, service, region, choice } = args;
    let catalog = choice.catalog()?;
    refuse_unknown(&catalog, service.as_deref(), region.as_deref())?;
    let wanted = |price: &Price| {
        price.key.starts_with(prefix)
            && service.as_ref().is_none_or(|service| price.service.eq_ignore_ascii_case(service))
            && region.as_ref().is_none_or(|region| holds(&catalog, price, region))
    };
    let mut prices = catalog.prices().filter(wanted).collect::<Vec<_>>();
    prices.sort_by(|one, other| (&one.region, &one.key).cmp(&(&other.region, &other.key)));
    if choice.json {
        report::json(&show::json(&prices, &catalog));
    } else {
        report::data(&show::list(&prices, &catalog, report::table_width()));
    }
    Ok(Exit::Done)
}

/// True for a price that is paid in a region: its own, or one for all regions.
fn holds(catalog: &Catalog, price: &Price, region: &str) -> bool {
    price.region == *region || (price.region == GLOBAL && catalog.find(region, &price.key).is_none())
}

/// A service or region that has no prices at all is a slip of the pen, not an empty list.
fn refuse_unknown(catalog: &Catalog, service: Option<&str>, region: Option<&str>) -> Result<(), Failure> {
    let regions = catalog.regions();
    if let Some(region) = region.filter(|region| *region != GLOBAL && !regions.contains(region)) {
        let hint = format!("there are some of {}, and {GLOBAL}; `trueup prices refresh --region` adds a region", regions.join(", "));
        return Err(Failure::new(format!("there are no prices of the region `{region}`")).hint(hint));
    }
    let services = catalog.prices().map(|price| price.service).collect::<BTreeSet<_>>();
    match service.filter(|service| !services.iter().any(|known| known.eq_ignore_ascii_case(service))) {
        Some(service) => {
            let known = services.into_iter().collect::<Vec<_>>().join(", ");
            Err(Failure::new(format!("there are no prices of a service `{service}`")).hint(format!("there are some of {known}")))
        }
        None => Ok(()),
    }
}

fn verify(args: &Verify) -> Result<Exit, Failure> {
    let catalog = args.choice.catalog()?;
    let cases = match &args.file {
        Some(file) => cases::read(&read(file)?).map_err(|error| Failure::new(format!("failed to read {}: {error}", file.display())))?,
        None => cases::shipped().map_err(|error| Failure::new(format!("failed to read the cases: {error}")))?,
    };
    let checked = cases::verify(&cases, &catalog, &today());
    if args.choice.json {
        report::json(&show::verified_json(&checked, &catalog));
    } else {
        report::data(&show::verified(&checked, &catalog, report::table_width()));
    }
    Ok(if checked.iter().all(|checked| checked.ok) { Exit::Done } else { Exit::Failed })
}

fn ages(args: &Age) -> Result<Exit, Failure> {
    let catalog = args.choice.catalog()?;
    let prices = catalog.prices().collect::<Vec<_>>();
    let today = today();
    let all = age(&prices, &today).ok_or_else(|| Failure::new("the catalogue has no prices"))?;
    let services = by_service(&prices, &today);
    let file = args.choice.file().map(|file| file.display().to_string());
    if args.choice.json {
        report::json(&show::age_json(&all, &services, &catalog, file.as_deref()));
    } else {
        report::data(&show::age(&all, &services, &catalog, file.as_deref(), report::table_width()));
    }
    Ok(Exit::Done)
}

fn read(file: &Path) -> Result<String, Failure> {
    files::read_text(file, 512 << 20).map_err(|error| Failure::file("read", file, &error))
}
