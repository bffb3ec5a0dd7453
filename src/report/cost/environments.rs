//! All environments of a stack in one cost, as one account is billed for them: its tiers and its free tier are there once.

use super::json::{json, total_json};
use super::{Table, View, basis, by_cost, cell, changes, head_of, paint, remarks_on, service, table};
use crate::core::bill::{Cost, Total};
use crate::core::money::{Money, Range};
use serde_json::{Map, Value, json};
use std::collections::BTreeMap;

/// The environments of a stack, priced together.
#[derive(Debug, Clone, Copy)]
pub struct Together<'a>(pub &'a [(&'a Cost, &'a View)]);

impl Together<'_> {
    /// Returns them as text.
    pub fn text(&self, view: &View) -> String {
        let mut text = head_of(&self.title(), &self.regions(), &self.basis(view), view);
        let sums = vec![view.row("a month", self.total()), view.row("a year", self.year())];
        text += &table("environment", self.environments().into_iter().map(|(name, total)| view.row(name, total)).collect(), sums, view);
        let modules = by_cost(self.modules());
        text += &table("module", modules.into_iter().map(|(name, total)| view.row(name, total)).collect(), Vec::new(), view);
        let services = by_cost(self.sum(Cost::by_service)).into_iter().map(|(code, total)| view.row(service(code), total));
        text += &table("service", services.collect(), Vec::new(), view);
        let total = self.total();
        if !total.free.likely.cents().is_zero() {
            let off = view.said(&Total { list: total.after_free(), ..total });
            let said = format!("AWS's free tier, which the account has once, takes it down to {off}, if nothing else in it uses that up.");
            text += &(paint::wrap(&said, view.width, 0) + "\n");
        }
        for (name, (cost, own)) in self.names().zip(self.0) {
            let said = remarks_on(name, cost, own, view);
            if !said.is_empty() {
                text += &format!("\n{said}");
            }
        }
        text
    }

    /// Returns them as Markdown.
    pub fn markdown(&self, view: &View) -> String {
        let row = |name: &str, total: Total| view.row(name, total).map(|text| cell(&text));
        let rows = self.environments().into_iter().map(|(name, total)| row(name, total)).collect();
        let head = ["environment", "low", "likely", "high", "free tier"].map(str::to_owned);
        let sums = vec![row("**a month**", self.total()), row("**a year**", self.year())];
        let mut text = format!("### {}: {} a month in all environments\n\n", cell(&self.title()), view.said(&self.total()));
        text += &Table { head, rows, sums, right: &[1, 2, 3, 4] }.markdown();
        for (name, (cost, own)) in self.names().zip(self.0) {
            let changes = changes(own).lines().map(|change| format!("\n{}\n", cell(change))).collect::<String>();
            let said = changes
                + &super::markdown::committed(cost, view)
                + &super::markdown::unpriced(cost.unpriced())
                + &super::markdown::budget(own.budget.as_ref(), view);
            if !said.is_empty() {
                text += &format!("\n**{}**\n{said}", cell(name));
            }
        }
        let lines = self.0.iter().flat_map(|(cost, _)| cost.lines()).map(|(_, line)| line);
        let (generated, catalogue) = self.catalogue();
        text + &super::markdown::foot(lines, generated, catalogue, view)
    }

    /// Returns them for other programs.
    pub fn json(&self) -> Value {
        let environments = self.0.iter().map(|(cost, view)| json(cost, view)).collect::<Vec<_>>();
        let totals = |totals: BTreeMap<&str, Total>| {
            totals.into_iter().map(|(name, total)| (name.to_owned(), total_json(total))).collect::<Map<_, _>>()
        };
        json!({
            "version": crate::core::bill::VERSION,
            "environments": environments,
            "total": total_json(self.total()),
            "year": total_json(self.year()),
            "by_module": totals(self.modules()),
            "by_service": totals(self.sum(Cost::by_service)),
        })
    }

    pub(super) fn total(&self) -> Total {
        self.0.iter().map(|(cost, _)| cost.total()).sum()
    }

    /// Returns the year to come: twelve months of all, and what begins or rises in that of each.
    pub(super) fn year(&self) -> Total {
        let twelve = self.total().times(12);
        let rises = self.0.iter().filter_map(|(_, view)| view.year.as_ref()).map(|year| year.rises).sum::<Range<Money>>();
        Total { list: twelve.list + rises, ..twelve }
    }

    pub(super) fn environments(&self) -> Vec<(&str, Total)> {
        self.names().zip(self.0.iter().map(|(cost, _)| cost.total())).collect()
    }

    pub(super) fn modules(&self) -> BTreeMap<&str, Total> {
        self.sum(|cost| cost.by_module().into_iter().map(|(name, total)| (name.0, total)).collect())
    }

    pub(super) fn sum<'b>(&'b self, of: impl Fn(&'b Cost) -> BTreeMap<&'b str, Total>) -> BTreeMap<&'b str, Total> {
        let mut sums = BTreeMap::<_, Total>::new();
        for (name, total) in self.0.iter().flat_map(|(cost, _)| of(cost)) {
            let sum = sums.entry(name).or_default();
            *sum = sum.plus(total);
        }
        sums
    }

    pub(super) fn title(&self) -> String {
        let stack = self.0.first().map(|(_, view)| view.title.as_str()).unwrap_or_default();
        stack.split_once('/').map_or(stack, |(stack, _)| stack).to_owned()
    }

    pub(super) fn names(&self) -> impl Iterator<Item = &str> {
        self.0.iter().map(|(_, view)| view.title.split_once('/').map_or(view.title.as_str(), |(_, env)| env))
    }

    pub(super) fn regions(&self) -> String {
        let mut regions = self.0.iter().map(|(cost, _)| cost.region.as_str()).collect::<Vec<_>>();
        regions.sort_unstable();
        regions.dedup();
        regions.join(", ")
    }

    fn catalogue(&self) -> (&str, &str) {
        self.0.first().map(|(cost, _)| (cost.generated.as_str(), cost.catalogue.as_str())).unwrap_or_default()
    }

    pub(super) fn basis(&self, view: &View) -> String {
        let (generated, catalogue) = self.catalogue();
        basis(self.0.iter().flat_map(|(cost, _)| cost.lines()).map(|(_, line)| line), generated, catalogue, view)
    }
}
