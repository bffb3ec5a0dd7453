//! `trueup prices refresh`.

use super::super::catalog;
use super::super::exit::{Exit, Failure};
use super::super::interrupt::interrupted;
use super::super::options::today;
use super::super::runtime;
use super::super::stack::shown;
use crate::engine::events::Events;
use crate::ops;
use crate::ops::cost::Basis;
use crate::ops::holes::Holes;
use crate::ops::refresh::{Refreshed, Wish, refresh};
use crate::ops::revision::Versioned;
use crate::pricing::catalog::Catalog;
use crate::pricing::fetch::{AWS, Fetched, Harvest};
use crate::pricing::list::{self, Service};
use crate::report::progress::{Progress, Style};
use crate::report::{self, prices as show};
use serde_json::{Value, json};
use std::collections::BTreeSet;
use std::path::{Path, PathBuf};
use std::time::Instant;

const AFTER: &str = "\
Examples:
  trueup prices refresh                        all services, in the regions that there are prices of
  trueup prices refresh --region eu-north-1    of one region, also of one that has no prices yet
  trueup prices refresh --service AmazonRDS --service AmazonElastiCache
  trueup prices refresh --for stack.toml      what the lines of this stack that have no price need, and no more
  trueup prices refresh --for stack.toml --what-if database.main.multi_az=true
  trueup prices refresh --from https://mirror.example.com/pricing

AWS publishes its price list for everybody, one file for each service and region; no account and no \
credentials are needed. Most files are small; that of AmazonEC2 has about half a gigabyte in each \
region. Files are written to the cache directory, read piece by piece, and deleted. A download that \
breaks off goes on where it was in the next run, and a file that has not changed is not fetched again. \
Prices that the list does not have stay as they were, with their own date and source.

Exit codes: 3 if prices look like mistakes (--accept-jumps), or worked cases lose their price; then \
nothing is replaced.";

#[derive(Debug, clap::Args)]
#[command(after_help = AFTER)]
pub struct Args {
    /// Fetch what the lines of this stack file, or of FILE@REVISION in git, need that have no price, in all of its environments
    #[arg(long = "for", value_name = "FILE", value_hint = clap::ValueHint::FilePath, conflicts_with_all = ["region", "service"])]
    stack: Option<PathBuf>,
    /// The environment of the stack file: its alone
    #[arg(long, value_name = "NAME", requires = "stack")]
    env: Option<String>,
    /// Set a value of the stack file, such as stack.region=eu-north-1; repeatable
    #[arg(long, value_name = "PATH=VALUE", requires = "stack")]
    set: Vec<String>,
    /// Ask for the stack as it would be with this value, like `trueup cost --what-if`; repeatable
    #[arg(long, value_name = "PATH=VALUE", requires = "stack")]
    what_if: Vec<String>,
    /// A file with [usage] tables, laid over those of the stack
    #[arg(long, value_name = "FILE", requires = "stack", value_hint = clap::ValueHint::FilePath)]
    usage: Option<PathBuf>,
    /// Fetch prices of this region only; repeatable
    #[arg(long, value_name = "REGION", value_parser = region)]
    region: Vec<String>,
    /// Fetch prices of this service only, by AWS's code of it, such as AmazonRDS; repeatable
    #[arg(long, value_name = "CODE")]
    service: Vec<String>,
    /// The URL of the price list, if not AWS's own: a mirror
    #[arg(long, value_name = "URL", default_value = AWS, value_parser = address, value_hint = clap::ValueHint::Url)]
    from: String,
    /// Take prices that look like mistakes: over three times what they were, under a third, or nothing
    #[arg(long)]
    accept_jumps: bool,
    /// Print progress and result as JSON lines
    #[arg(long)]
    json: bool,
}

pub fn run(args: &Args) -> Result<Exit, Failure> {
    let began = Instant::now();
    // A catalogue that cannot be used is warned of first.
    catalog::current();
    let Args { stack, region, service, from, accept_jumps, json, .. } = args;
    let today = today();
    let (services, regions, missing) = match stack {
        None => (services(service)?, region.clone(), BTreeSet::new()),
        Some(file) => {
            let holes = lacking(args, file, catalog::current(), &today)?;
            let services = holes.services();
            if services.is_empty() {
                unfetched(args, file, &holes);
                return Ok(Exit::Done);
            }
            let missing = holes.keys().map(|(region, key)| (region.to_owned(), key.to_owned())).collect();
            (services, holes.regions(), missing)
        }
    };
    let wish = Wish { from: from.clone(), services, missing, regions, accept_jumps: *accept_jumps, today };
    match watched(&wish, *json)? {
        Ok(done) => {
            let left = stack.as_ref().map(|file| lacking(args, file, &done.catalog, &wish.today)).transpose()?;
            print(args, &done, &wish.today, began, left.as_ref());
            Ok(Exit::Done)
        }
        Err(error) => {
            if let ops::Error::Jumps(jumps) = &error {
                let jumps = jumps.iter().collect::<Vec<_>>();
                match json {
                    true => report::json(&json!({ "event": "refused", "version": show::VERSION, "jumps": jumps })),
                    false => report::talk(&show::jumps(&jumps, report::text_width())),
                }
            }
            Err(error.into())
        }
    }
}

/// Answers what a stack file has no price for.
fn lacking(args: &Args, file: &Path, catalog: &Catalog, today: &str) -> Result<Holes, Failure> {
    let there = file.exists().then(|| Versioned { file: file.to_owned(), revision: None });
    let named = there.or_else(|| Versioned::parse(&file.display().to_string(), Path::new(ops::stack::DEFAULT_FILE)));
    let source = named.map_or_else(|| ops::stack::source(file), |named| named.source()).map_err(shown(args.json))?;
    let Args { env, set, what_if, usage, .. } = args;
    let choice = ops::stack::Choice { env: env.as_deref(), set, edits: what_if, usage: usage.as_deref() };
    let costs = ops::cost::each(&source, choice, Basis { catalog, today, accepted: None }).map_err(shown(args.json))?;
    Ok(Holes::of(costs.iter().map(|priced| &priced.cost)))
}

/// Says why nothing was fetched for a stack.
fn unfetched(args: &Args, file: &Path, holes: &Holes) {
    if args.json {
        report::json(&show::lacking_json(holes.keys()));
    } else {
        report::data(&show::unfetched(&report::path(file), holes.keys()));
    }
}

/// Refreshes while somebody looks on, who may interrupt it.
fn watched(wish: &Wish, json: bool) -> Result<Result<Refreshed, ops::Error>, Failure> {
    let runtime = runtime::many()?;
    let progress = Progress::new(Style::choose(json), 1.0);
    let events = Events::new(|event| progress.show(event));
    let done = runtime.block_on(async {
        tokio::select! {
            done = refresh(wish, &events) => Ok(done),
            () = interrupted() => Err(Failure {
                exit: Exit::Interrupted,
                message: "interrupted; the prices are as they were".into(),
                hint: Some("run it again: what has arrived is kept, and it goes on from there".into()),
            }),
        }
    });
    progress.end();
    // A file that is being read is let go of, not waited for.
    runtime.shutdown_background();
    done
}

/// Those that are named, or all.
fn services(codes: &[String]) -> Result<Vec<&'static Service>, Failure> {
    if codes.is_empty() {
        return Ok(list::SERVICES.iter().collect());
    }
    let mut chosen = Vec::<&'static Service>::new();
    for code in codes {
        let found = list::find(code);
        if found.is_empty() {
            let all = list::SERVICES.iter().map(|service| service.offer).collect::<Vec<_>>();
            return Err(Failure::usage(format!("there are no prices of a service `{code}`")).hint(format!("there are {}", all.join(", "))));
        }
        chosen.extend(found);
    }
    chosen.sort_by_key(|service| service.offer);
    chosen.dedup_by_key(|service| service.offer);
    Ok(chosen)
}

fn print(args: &Args, done: &Refreshed, generated: &str, began: Instant, left: Option<&Holes>) {
    let Refreshed { harvest: Harvest { files, absent, .. }, merged, catalog: _, file, moved } = done;
    let doubts = files.iter().flat_map(|file| file.record.doubts.iter().map(|doubt| format!("{}: {doubt}", file.record.file)));
    // AWS may have named its products otherwise.
    let empty = files.iter().filter(|file| file.prices == 0).map(|file| format!("{} has no price that is known here", file.record.file));
    let (doubts, absent) = (doubts.collect::<Vec<_>>(), absent.iter().cloned().chain(empty).collect::<Vec<_>>());
    let fetched = files.iter().filter(|file| !file.unchanged).map(|file| file.record.bytes).sum();
    let refresh = show::Refresh {
        merged,
        generated,
        file: &file.display().to_string(),
        files: &files.iter().map(entry).collect::<Vec<_>>(),
        unchanged: files.iter().filter(|file| file.unchanged).count(),
        bytes: fetched,
        seconds: began.elapsed().as_secs_f64(),
        doubts: &doubts,
        absent: &absent,
        moved,
    };
    if args.json {
        let mut value = show::refreshed_json(&refresh);
        if let Some(holes) = left {
            value["unpriced"] = show::lacking_json(holes.keys())["unpriced"].take();
        }
        report::json(&value);
    } else {
        report::data(&show::refreshed(&refresh, report::text_width()));
        if let (Some(holes), Some(stack)) = (left, &args.stack) {
            report::data(&show::filled(&report::path(stack), holes.keys()));
        }
    }
}

fn entry(fetched: &Fetched) -> Value {
    let Fetched { record, prices, unchanged } = fetched;
    let (url, bytes, sha256, published) = (&record.url, record.bytes, &record.sha256, &record.published);
    json!({
        "file": record.file, "url": url, "bytes": bytes, "sha256": sha256, "published": published, "prices": prices, "unchanged": unchanged,
    })
}

fn region(text: &str) -> Result<String, String> {
    let plain = text.contains('-') && text.bytes().all(|byte| byte.is_ascii_lowercase() || byte.is_ascii_digit() || byte == b'-');
    if plain { Ok(text.to_owned()) } else { Err("write it as eu-north-1".into()) }
}

fn address(text: &str) -> Result<String, String> {
    let host = text.strip_prefix("https://").or_else(|| text.strip_prefix("http://")).unwrap_or_default();
    if host.is_empty() || host.starts_with('/') {
        Err("write it as https://mirror.example.com/pricing".into())
    } else {
        Ok(text.to_owned())
    }
}
