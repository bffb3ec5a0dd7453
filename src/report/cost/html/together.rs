//! All environments on one page: what they cost together, side by side, and each by itself below.

use super::super::{TERMS, Together, View, by_cost};
use super::section::{amounts, ranges, section};
use super::{bars, escape, figures, header, note, page};
use crate::core::bill::Cost;

impl Together<'_> {
    /// Returns them as a page.
    pub fn html(&self, view: &View) -> String {
        let total = self.total();
        let title = format!("{} in all environments", self.title());
        let mut text = format!("<section>\n{}", header(&title, &[&format!("{} · {TERMS}", self.regions()), &self.basis(view)]));
        text += &figures(&amounts(&total, self.year(), view));
        if !total.free.likely.cents().is_zero() {
            text += &note("The account has AWS's free tier once, so the environments share it here.");
        }
        text += &bars::services(&[("", self.sum(Cost::by_service))], view);
        text += "<h2>By environment</h2>\n";
        text += &ranges("environment", self.environments().into_iter(), view);
        text += &self.side_by_side(view);
        text += "</section>\n";
        page(&title, &(text + &self.0.iter().map(|(cost, view)| section(cost, view)).collect::<String>()))
    }

    /// The likely month of each module in each environment.
    fn side_by_side(&self, view: &View) -> String {
        let heads = self.names().chain(["together"]).map(|name| format!("<th>{}", escape(name))).collect::<String>();
        let mut text =
            format!("<h2>By module</h2>\n<div class=\"scroll\"><table class=\"amounts\">\n<thead><tr><th>module{heads}</tr></thead>\n");
        let each = self.0.iter().map(|(cost, _)| cost.by_module()).collect::<Vec<_>>();
        for (name, sum) in by_cost(self.modules()) {
            let cells =
                each.iter().map(|modules| modules.iter().find(|(module, _)| module.0 == name).map(|(_, total)| *total)).chain([Some(sum)]);
            let cells = cells.map(|total| total.map(|total| view.of(&total, total.list.likely)).unwrap_or_default());
            let cells = cells.map(|amount| format!("<td>{}", escape(&amount))).collect::<String>();
            text += &format!("<tr><th scope=\"row\">{}{cells}</tr>\n", escape(name));
        }
        let sums = self.environments().into_iter().map(|(_, total)| total).chain([self.total()]);
        let sums = sums.map(|total| format!("<td>{}", escape(&view.of(&total, total.list.likely)))).collect::<String>();
        text + &format!("<tr class=\"sum\"><th scope=\"row\">a month{sums}</tr>\n</table></div>\n")
    }
}
