//! Newer prices: AWS's price list, laid over the prices in use, and kept if worked cases still hold.

use super::{Error, catalog};
use crate::core::event::Event;
use crate::engine::events::Events;
use crate::pricing::cases;
use crate::pricing::catalog::refresh::{Merged, base, merge};
use crate::pricing::catalog::{Catalog, seal, write};
use crate::pricing::fetch::{Cache, Client, Harvest, Order, Patience, fetch};
use crate::pricing::list::Service;
use std::collections::BTreeSet;
use std::path::PathBuf;

/// Files that are fetched at once: more of them do not come sooner from one server.
const PARALLEL: usize = 4;

/// The prices that somebody wants anew.
#[derive(Debug, Clone)]
pub struct Wish {
    /// The address of the price list: AWS's, or a mirror's.
    pub from: String,
    pub services: Vec<&'static Service>,
    /// The keys that are missing, each with its region. Of what reservations cost, which is most of the list, nothing else is new.
    pub missing: BTreeSet<(String, String)>,
    /// The regions; without any, those that there are prices of.
    pub regions: Vec<String>,
    /// True to take prices that look like mistakes.
    pub accept_jumps: bool,
    /// The day that the catalogue is of: `2026-11-29`.
    pub today: String,
}

/// A refresh that was done.
#[derive(Debug, Clone)]
pub struct Refreshed {
    pub harvest: Harvest,
    pub merged: Merged,
    /// The catalogue that costs are taken from now.
    pub catalog: Catalog,
    /// The catalogue's file.
    pub file: PathBuf,
    /// Worked cases that were as expected before and come to something else now, a line each.
    pub moved: Vec<String>,
}

/// Fetches prices and replaces the refreshed catalogue, whole or not at all. What has arrived when it breaks off, or is dropped, is
/// kept, and the next call goes on from there.
pub async fn refresh(wish: &Wish, events: &Events<'_>) -> Result<Refreshed, Error> {
    let nowhere = || refused("there is nowhere to keep prices", "TRUEUP_CACHE_DIR names a directory for them");
    let cache = Cache::new(catalog::dir().ok_or_else(nowhere)?);
    let _lock = cache.lock()?;
    let before = catalog::current();
    let known = base(Catalog::embedded(), catalog::refreshed().catalog.as_ref());
    let regions = if wish.regions.is_empty() { before.regions().into_iter().map(str::to_owned).collect() } else { wish.regions.clone() };
    let order = Order { from: wish.from.clone(), services: wish.services.clone(), regions, parallel: PARALLEL };
    let say = |event: Event| events.say(event);
    let mut harvest = fetch(&cache, &Client::new(Patience::default()), &order, &say).await?;
    if harvest.files.is_empty() {
        return Err(Error::Refresh { why: format!("nothing was fetched: {}", harvest.absent.join("; ")), hint: None });
    }
    let places = known.iter().map(|price| (price.region.as_str(), price.key.as_str())).collect::<BTreeSet<_>>();
    harvest.prices.retain(|price| {
        let place = (price.region.clone(), price.key.clone());
        !price.key.starts_with("reserved.")
            || places.contains(&(price.region.as_str(), price.key.as_str()))
            || wish.missing.contains(&place)
    });
    let merged = merge(known, harvest.prices.clone());
    let jumps = merged.changes.iter().filter(|change| change.jump && !wish.accept_jumps).cloned().collect::<Vec<_>>();
    if !jumps.is_empty() {
        return Err(Error::Jumps(jumps));
    }
    // Read back line by line, which a seal would spare it.
    let text = write(&wish.today, &merged.prices);
    let after = Catalog::parse(&text, "refreshed")
        .map_err(|error| refused(&format!("the fetched prices do not make a catalogue: {error}"), "nothing was replaced"))?;
    let moved = moved(before, &after, &wish.today).map_err(Error::UnusablePrices)?;
    cache.replace(&seal(&text))?;
    Ok(Refreshed { harvest, merged, catalog: after, file: cache.catalogue(), moved })
}

fn refused(why: &str, hint: &str) -> Error {
    Error::Refresh { why: why.to_owned(), hint: Some(hint.to_owned()) }
}

/// Worked cases that were as expected before, and are not any more. The error is one that has lost its price.
fn moved(before: &Catalog, after: &Catalog, today: &str) -> Result<Vec<String>, String> {
    let mut moved = Vec::new();
    for case in cases::shipped().map_err(|error| error.to_string())? {
        let price = |catalog| cases::price(&case, catalog, today).map_err(|error| format!("{}: {error}", case.name));
        let (was, is) = (price(before)?, price(after)?);
        if is.total.unpriced() > was.total.unpriced() {
            return Err(format!("the worked case `{}` has no price any more", case.name));
        }
        if was.within && !is.within {
            moved.push(format!("{}: {} is {} now", case.name, cases::expected(&case), is.total.list.likely));
        }
    }
    Ok(moved)
}
