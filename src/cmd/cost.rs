//! `trueup cost`.

mod actual;

use super::catalog;
use super::currency::CurrencyArgs;
use super::exit::{Exit, Failure};
use super::options::{Pricing, today};
use super::stack::{StackArgs, shown};
use crate::core::advice::Advised;
use crate::core::bill::{Cost, VERSION};
use crate::core::budget::Verdict;
use crate::core::settings::is_tag_key;
use crate::core::source::Source;
use crate::ops;
use crate::ops::cost::{Basis, Priced};
use crate::ops::holes::{Holes, Stated, remedy};
use crate::ops::revision::Versioned;
use crate::ops::stack;
use crate::report;
use crate::report::cost::{self, Advising, Currency, Side, Together, View};
use serde_json::{Value, json};
use std::borrow::Cow;
use std::collections::BTreeSet;
use std::path::{Path, PathBuf};

const AFTER: &str = "\
Examples:
  trueup cost                                        low, likely and high, by module and by service
  trueup cost --env production --detail              every line: quantity × price, tier, date, source
  trueup cost --env production --compare staging     side by side
  trueup cost --compare @main --markdown             beside the file of a branch
  trueup cost --all-envs                             all environments in one table
  trueup cost --by-tag team                          by the values of a tag as well
  trueup cost --what-if database.main.multi_az=true  beside what it costs as it is
  trueup cost --advise                               cheaper choices, and what they cost otherwise
  trueup cost --plan plan.json                       what a saved plan adds
  trueup cost --live                                 what is running now
  trueup cost --env production --actual              beside AWS's bill of the last month
  trueup cost --usage-from 30d > usage.toml          [usage] as CloudWatch knows it, for --usage
  trueup cost --currency EUR --rate 0.92

List prices, on demand, before tax, for a month of 730 hours. They come with the program: neither an \
account nor a network is needed, but for --live, --actual and --usage-from. Without --env each environment \
is priced.

--actual asks Cost Explorer twice, at $0.01 a request, for what carries the tag `trueup:stack`: the account \
that pays must have activated it as a cost allocation tag. --usage-from costs $0.01 for a thousand metrics.

Exit codes: 3 if a line has no price (--allow-unpriced: 0), or over [stack.budget] (--accept-cost).";

#[derive(Debug, clap::Args)]
#[command(after_help = AFTER)]
pub struct Args {
    #[command(flatten)]
    stack: StackArgs,
    /// Show the cost beside that of another environment, of another FILE, or of FILE@REVISION or @REVISION in git, which it is the difference to
    #[arg(long, value_name = "ENV|FILE", conflicts_with_all = ["what_if", "plan", "live"])]
    compare: Option<String>,
    /// Show the cost beside what it would be with this value of the file; repeatable
    #[arg(long, value_name = "PATH=VALUE", conflicts_with_all = ["plan", "live"])]
    what_if: Vec<String>,
    /// Show cheaper choices: what each saves, what it costs otherwise, and the --what-if that shows it
    #[arg(long, conflicts_with_all = ["compare", "what_if", "plan", "live", "all_envs", "by_tag", "detail", "csv", "html"])]
    advise: bool,
    /// Show the cost of a plan that `trueup plan --out` saved
    #[arg(long, value_name = "PLAN", value_hint = clap::ValueHint::FilePath, conflicts_with_all = ["live", "set", "usage", "prices", "day"])]
    plan: Option<PathBuf>,
    /// Price all environments of the file together: one table, and one free tier
    #[arg(long, conflicts_with_all = ["compare", "what_if", "plan", "live", "env"])]
    all_envs: bool,
    /// Sum up by the values of this tag as well
    #[arg(long, value_name = "KEY", value_parser = tag_key, conflicts_with_all = ["compare", "what_if", "plan", "all_envs", "csv", "html"])]
    by_tag: Option<String>,
    /// Price the resources that are live now, instead of those of the file
    #[arg(long)]
    live: bool,
    /// Show the likely cost beside AWS's bill, by service: of the last whole month, of one (2026-10), or of days (30d)
    #[arg(long, value_name = "PERIOD", num_args = 0..=1, require_equals = true, default_missing_value = actual::LAST_MONTH, conflicts_with_all = ["compare", "what_if", "plan", "live", "advise", "all_envs", "by_tag", "detail", "csv", "html"])]
    actual: Option<String>,
    /// Print [usage] tables of what CloudWatch knows of the last days, such as 30d
    #[arg(long, value_name = "DAYS", value_parser = actual::days, conflicts_with_all = ["actual", "compare", "what_if", "plan", "live", "advise", "all_envs", "by_tag", "detail", "csv", "html", "markdown", "usage"])]
    usage_from: Option<u32>,
    /// Show every line: quantity × price, tier, source of the price, assumptions
    #[arg(long)]
    detail: bool,
    #[command(flatten)]
    form: Form,
    /// Exit 0 although a line has no price
    #[arg(long)]
    allow_unpriced: bool,
    #[command(flatten)]
    pricing: Pricing,
    /// Use the prices in this file
    #[arg(long, value_name = "FILE", help_heading = "Cost")]
    prices: Option<PathBuf>,
    /// The day to price for: some prices begin on one [default: today]
    #[arg(long, value_name = "DATE", value_parser = day, help_heading = "Cost")]
    day: Option<String>,
    #[command(flatten)]
    currency: CurrencyArgs,
    #[cfg(feature = "aws")]
    #[command(flatten)]
    aws: super::connect::AwsArgs,
}

/// The form that it is printed in; a table, if nothing is said.
#[derive(Debug, Clone, Copy, clap::Args)]
#[group(multiple = false)]
struct Form {
    /// Print JSON, for machines
    #[arg(long)]
    json: bool,
    /// Print a row for each line, for spreadsheets
    #[arg(long)]
    csv: bool,
    /// Print Markdown, for a comment on a pull request
    #[arg(long)]
    markdown: bool,
    /// Print a page with bars by service and by module, for a browser
    #[arg(long, conflicts_with = "plan")]
    html: bool,
}

pub fn run(args: &Args) -> Result<Exit, Failure> {
    let today = args.day.clone().unwrap_or_else(today);
    let currency = args.currency.choose(&today)?;
    if let Some(file) = &args.plan {
        return saved(args, file, currency);
    }
    let catalog = match &args.prices {
        Some(file) => Cow::Owned(ops::catalog::read(file)?),
        None => Cow::Borrowed(catalog::current()),
    };
    let basis = Basis { catalog: &catalog, today: &today, accepted: args.pricing.accept_cost };
    let desk = Desk { args, basis, currency };
    let source = args.stack.source(args.form.json)?;
    if let Some(period) = &args.actual {
        return actual::actual(&desk, source, period);
    }
    if let Some(days) = args.usage_from {
        return actual::usage_from(&desk, source, days);
    }
    match (&args.compare, args.what_if.as_slice()) {
        (Some(other), _) => compare(&desk, &source, other),
        (None, []) if args.advise => advise(&desk, &source),
        (None, []) if args.live => live(&desk, source),
        (None, []) if args.all_envs => together(&desk, &source),
        (None, []) => each(&desk, &source),
        (None, edits) => what_if(&desk, &source, edits),
    }
}

/// The choices that all costs of one run share.
struct Desk<'a> {
    args: &'a Args,
    basis: Basis<'a>,
    currency: Option<Currency>,
}

/// A cost and how it is shown.
struct Shown<'a> {
    cost: Cost,
    view: View,
    /// The stack that it is the cost of.
    stated: Stated<'a>,
    /// Warnings about `[usage]`, as they are printed.
    remarks: String,
}

impl Shown<'_> {
    /// Returns the number of its lines without a price, in a month and in the year to come.
    fn unpriced(&self) -> (usize, usize) {
        let month = self.cost.total().unpriced();
        (month, self.view.year.as_ref().map_or(month, |year| year.total.unpriced()))
    }
}

impl<'a> Desk<'a> {
    /// Prices the environment that is chosen, with more values set.
    fn one(&self, source: &Source, choice: stack::Choice<'_>) -> Result<Shown<'a>, Failure> {
        ops::cost::one(source, choice, self.basis).map(|priced| self.shown(priced)).map_err(shown(self.args.form.json))
    }

    fn choice(&self) -> stack::Choice<'_> {
        self.args.stack.choice(self.args.pricing.usage.as_deref())
    }

    fn shown(&self, priced: Priced) -> Shown<'a> {
        let Priced { owner, cost, year, verdict, remarks } = priced;
        let currency = self.currency.clone();
        let remarks = if remarks.diagnostics.is_empty() { String::new() } else { remarks.render(report::colour()) };
        let view = View {
            title: owner,
            width: report::text_width(),
            room: report::table_width(),
            detail: self.args.detail,
            currency,
            budget: verdict,
            by_tag: self.args.by_tag.clone(),
            year: Some(year),
        };
        let Args { stack: StackArgs { file, choice }, pricing, .. } = self.args;
        let stated = Stated { file: file.display().to_string(), set: &choice.set, what_if: &[], usage: pricing.usage.as_deref() };
        Shown { cost, view, stated, remarks }
    }

    /// Returns the command that prices one environment as it is priced here.
    fn command(&self, advised: &Advised) -> Vec<String> {
        let Args { stack: StackArgs { file, choice }, pricing, prices, day, .. } = self.args;
        let path = |path: &PathBuf| path.display().to_string();
        let file = (file != Path::new(stack::DEFAULT_FILE)).then(|| path(file));
        let options = advised.env.iter().map(|env| ("--env", env.clone()));
        let options = options.chain(choice.set.iter().map(|set| ("--set", set.clone())));
        let options = options.chain(pricing.usage.iter().map(|file| ("--usage", path(file))));
        let options = options.chain(prices.iter().map(|file| ("--prices", path(file)))).chain(day.iter().map(|day| ("--day", day.clone())));
        let options = options.flat_map(|(option, value)| [option.to_owned(), value]);
        ["trueup".to_owned(), "cost".to_owned()].into_iter().chain(file).chain(options).collect()
    }

    /// Answers the exit code, with what stands in the way said.
    fn end(&self, all: &[&Shown<'_>]) -> Result<Exit, Failure> {
        let over = all.iter().find(|one| one.view.budget.as_ref().is_some_and(Verdict::refuses));
        self.end_of(over.or(all.first()).copied(), all)
    }

    /// Does the same where the budget of one of several costs counts.
    fn end_of<'b>(&self, judged: impl Into<Option<&'b Shown<'b>>>, all: &[&Shown<'_>]) -> Result<Exit, Failure> {
        let remarks = all.iter().map(|one| one.remarks.as_str()).filter(|text| !text.is_empty() && !self.args.form.json);
        remarks.collect::<BTreeSet<_>>().into_iter().for_each(report::talk);
        let over = judged.into().and_then(|one| Some((one.view.title.as_str(), one.view.budget.as_ref()?)));
        let over = over.filter(|(_, verdict)| verdict.refuses());
        // A refresh would not change a catalogue that is named.
        let sides = all.iter().map(|one| (one.stated.clone(), Holes::of([&one.cost]).in_year(&one.cost.region, one.view.year.as_ref())));
        let remedy = remedy(&sides.collect::<Vec<_>>()).filter(|_| self.args.prices.is_none());
        let (month, year) = all.iter().map(|one| one.unpriced()).fold((0, 0), |sum, one| (sum.0 + one.0, sum.1 + one.1));
        end(over, month, year, self.args.allow_unpriced, remedy)
    }
}

/// Shows each environment that the file has, or the one that is asked for.
fn each(desk: &Desk<'_>, source: &Source) -> Result<Exit, Failure> {
    let form = desk.args.form;
    let costs = ops::cost::each(source, desk.choice(), desk.basis).map_err(shown(form.json))?;
    let costs = costs.into_iter().map(|priced| desk.shown(priced)).collect::<Vec<_>>();
    match form {
        Form { json: true, .. } => report::json(&environments(costs.iter().map(|one| cost::json(&one.cost, &one.view)).collect())),
        Form { csv: true, .. } => report::data(&csv(&costs.iter().collect::<Vec<_>>())),
        Form { html: true, .. } => report::data(&page(&costs.iter().collect::<Vec<_>>())),
        Form { markdown: true, .. } => report::data(&joined(&costs, cost::markdown)),
        Form { .. } => report::data(&joined(&costs, cost::render)),
    }
    desk.end(&costs.iter().collect::<Vec<_>>())
}

/// Shows all environments in one table.
fn together(desk: &Desk<'_>, source: &Source) -> Result<Exit, Failure> {
    let form = desk.args.form;
    let costs = ops::cost::together(source, desk.choice(), desk.basis).map_err(shown(form.json))?;
    if costs.is_empty() {
        return Err(Failure::new(format!("{} has no environments", desk.args.stack.file.display())).hint("leave --all-envs out"));
    }
    let costs = costs.into_iter().map(|priced| desk.shown(priced)).collect::<Vec<_>>();
    let sides = costs.iter().map(|one| (&one.cost, &one.view)).collect::<Vec<_>>();
    let (all, view) = (Together(&sides), sides[0].1);
    match form {
        Form { json: true, .. } => report::json(&all.json()),
        Form { csv: true, .. } => report::data(&cost::csv(&sides)),
        Form { html: true, .. } => report::data(&all.html(view)),
        Form { markdown: true, .. } => report::data(&all.markdown(view)),
        Form { .. } => report::data(&all.text(view)),
    }
    desk.end(&costs.iter().collect::<Vec<_>>())
}

/// Returns one document of what was found for each environment: a single one stands by itself.
fn environments(mut all: Vec<Value>) -> Value {
    match all.len() {
        1 => all.remove(0),
        _ => json!({ "version": VERSION, "environments": all }),
    }
}

fn compare(desk: &Desk<'_>, source: &Source, other: &str) -> Result<Exit, Failure> {
    if let Some(file) = Versioned::parse(other, &desk.args.stack.file) {
        return since(desk, source, &file);
    }
    let own = desk.one(source, desk.choice())?;
    let base = desk.one(source, stack::Choice { env: Some(other), ..desk.choice() })?;
    let place = |one: &Shown| format!("{} in {}", one.view.title, one.cost.region);
    let heading = format!("{}, beside {}", place(&own), place(&base));
    // Both are of one stack, which the heading names.
    let env = |one: &Shown| one.view.title.split_once('/').map_or(one.view.title.as_str(), |(_, env)| env).to_owned();
    let names = [env(&base), env(&own)];
    based(desk, &heading, names, [&base, &own])
}

/// Shows what another file, or this one at another revision, costs, and this one beside it.
fn since(desk: &Desk<'_>, source: &Source, file: &Versioned) -> Result<Exit, Failure> {
    let before = file.source().map_err(shown(desk.args.form.json))?;
    let mut one = desk.one(&before, desk.choice())?;
    one.view.title += &format!(", {file}");
    one.stated.file = file.to_string();
    let other = desk.one(source, desk.choice())?;
    let names = [file.to_string(), desk.args.stack.file.display().to_string()];
    let heading = format!("{} in {}, beside {}", other.view.title, other.cost.region, names[0]);
    based(desk, &heading, names, [&one, &other])
}

/// Shows the cost of this stack and before it that of what it is compared with: the difference is what the latter would become.
fn based(desk: &Desk<'_>, heading: &str, names: [String; 2], [base, own]: [&Shown<'_>; 2]) -> Result<Exit, Failure> {
    let [before, after] = names;
    let names = [format!("before: {before}"), format!("after: {after}")];
    beside(desk, heading, [&names[0], &names[1]], [base, own], own)
}

fn what_if<'a>(desk: &Desk<'a>, source: &Source, edits: &'a [String]) -> Result<Exit, Failure> {
    let one = desk.one(source, desk.choice())?;
    let mut other = desk.one(source, stack::Choice { edits, ..desk.choice() })?;
    let kept = ops::cost::left_alone(source, stack::Choice { edits, ..desk.choice() }).map_err(shown(desk.args.form.json))?;
    if !kept.is_empty() && !desk.args.form.json {
        let kept = kept.iter().map(|address| format!("`{address}`")).collect::<Vec<_>>().join(", ");
        let message = format!("nothing live changes by all of it: an apply leaves what is there of {kept}, and AWS bills what is there");
        report::warn(&message, "it counts for what is made new; take the key out of `ignore` to change what is live");
    }
    let heading = format!("{} in {}, what if {}", one.view.title, one.cost.region, edits.join(" and "));
    other.view.title += &format!(", what if {}", edits.join(" and "));
    other.stated.what_if = edits;
    beside(desk, &heading, ["as it is", "what if"], [&one, &other], &other)
}

/// Shows what would be cheaper, for each environment that the file has, or the one that is asked for.
fn advise(desk: &Desk<'_>, source: &Source) -> Result<Exit, Failure> {
    let form = desk.args.form;
    let found = ops::advise::each(source, desk.choice(), desk.basis).map_err(shown(form.json))?;
    let found = found.into_iter().map(|(priced, advised)| (desk.shown(priced), desk.command(&advised), advised)).collect::<Vec<_>>();
    let all = found.iter().map(|(shown, command, advised)| Advising { cost: &shown.cost, view: &shown.view, advised, command });
    match form {
        Form { json: true, .. } => report::json(&environments(all.map(cost::advise_json).collect())),
        Form { markdown: true, .. } => report::data(&all.map(cost::advise_markdown).collect::<Vec<_>>().join("\n")),
        Form { .. } => report::data(&all.map(cost::advise).collect::<Vec<_>>().join("\n")),
    }
    desk.end(&found.iter().map(|(shown, ..)| shown).collect::<Vec<_>>())
}

/// Shows two costs side by side. The budget of one of them decides, `judged`: the other stands there to compare.
fn beside(desk: &Desk<'_>, heading: &str, names: [&str; 2], [one, other]: [&Shown<'_>; 2], judged: &Shown<'_>) -> Result<Exit, Failure> {
    let sides = (side(names[0], one), side(names[1], other));
    match desk.args.form {
        Form { json: true, .. } => report::json(&cost::compare_json(sides.0, sides.1)),
        Form { csv: true, .. } => report::data(&csv(&[one, other])),
        Form { html: true, .. } => report::data(&cost::compare_html(heading, sides.0, sides.1)),
        Form { markdown: true, .. } => report::data(&cost::compare_markdown(heading, sides.0, sides.1)),
        Form { .. } => report::data(&cost::compare(heading, sides.0, sides.1)),
    }
    desk.end_of(judged, &[one, other])
}

fn side<'a>(name: &'a str, priced: &'a Shown<'_>) -> Side<'a> {
    Side { name, cost: &priced.cost, view: &priced.view }
}

fn csv(costs: &[&Shown<'_>]) -> String {
    cost::csv(&costs.iter().map(|one| (&one.cost, &one.view)).collect::<Vec<_>>())
}

fn page(costs: &[&Shown<'_>]) -> String {
    cost::html(&costs.iter().map(|one| (&one.cost, &one.view)).collect::<Vec<_>>())
}

fn joined(costs: &[Shown<'_>], render: impl Fn(&Cost, &View) -> String) -> String {
    costs.iter().map(|one| render(&one.cost, &one.view)).collect::<Vec<_>>().join("\n")
}

#[cfg(feature = "aws")]
fn live(desk: &Desk<'_>, source: Source) -> Result<Exit, Failure> {
    use super::connect::{watched, with};
    use super::options::Options;

    let Args { form, aws, .. } = desk.args;
    let loaded = stack::parse(source, desk.choice()).map_err(shown(form.json))?;
    // Progress is talk, and goes to stderr; only the snapshot is data here.
    let options = Options::plain(!matches!(form, Form { json: false, csv: false, markdown: false, html: false }));
    let snapshot = with(aws, (&loaded).into(), &options, async |session| {
        watched(session, options.json, async |events| session.read(&loaded.graph, true, events).await).await
    })?;
    let mut priced = desk.shown(ops::cost::running(&loaded, &snapshot, desk.basis));
    match form {
        Form { json: true, .. } => {
            let mut value = cost::json(&priced.cost, &priced.view);
            value["live"] = true.into();
            value["unread"] = json!(snapshot.unread);
            report::json(&value);
        }
        Form { csv: true, .. } => report::data(&csv(&[&priced])),
        Form { html: true, .. } => report::data(&page(&[&priced])),
        Form { markdown, .. } => {
            priced.view.title += " as it runs";
            let render = if *markdown { cost::markdown } else { cost::render };
            report::data(&render(&priced.cost, &priced.view));
        }
    }
    if !snapshot.unread.is_empty() {
        snapshot.unread.iter().for_each(|unread| report::error(&format!("failed to read {}: {}", unread.kind, unread.reason), None));
        return Err(Failure::new("resources that could not be read are not in the figures"));
    }
    desk.end(&[&priced])
}

#[cfg(not(feature = "aws"))]
fn live(_: &Desk<'_>, _: Source) -> Result<Exit, Failure> {
    Err(Failure::usage("this trueup was built without feature `aws`").hint("without --live, the file is priced"))
}

/// Shows the cost that a saved plan holds: these are the figures that were approved.
fn saved(args: &Args, file: &Path, currency: Option<Currency>) -> Result<Exit, Failure> {
    let plan = ops::saved::read(file)?;
    let Some(plan_cost) = &plan.cost else {
        return Err(Failure::new(format!("{} was saved without a cost", file.display())).hint("plan again"));
    };
    let (title, width, room) = (plan.scope.owner(), report::text_width(), report::table_width());
    let view = View { title, width, room, detail: args.detail, currency, budget: None, by_tag: None, year: None };
    match args.form {
        Form { json: true, .. } => report::json(&cost::plan_json(&plan, plan_cost, &view)),
        Form { csv: true, .. } => report::data(&cost::plan_csv(plan_cost)),
        Form { markdown: true, .. } => report::data(&cost::plan_markdown(&plan, plan_cost, &view)),
        Form { .. } => report::data(&cost::planned(&plan, plan_cost, &view)),
    }
    let verdict = plan_cost.budget.clone().map(|verdict| verdict.accept(args.pricing.accept_cost));
    let title = plan.scope.owner();
    end(
        verdict.as_ref().filter(|verdict| verdict.refuses()).map(|verdict| (title.as_str(), verdict)),
        plan_cost.after.unpriced(),
        plan_cost.year().after.unpriced(),
        args.allow_unpriced,
        None,
    )
}

/// Answers the exit code, by the lines without a price in a month and in the year to come.
fn end(over: Option<(&str, &Verdict)>, unpriced: usize, in_a_year: usize, allowed: bool, remedy: Option<String>) -> Result<Exit, Failure> {
    let refused = |message: String, hint: String| Err(Failure { exit: Exit::Refused, message, hint: Some(hint) });
    if let Some((title, verdict)) = over {
        let (reasons, figure) = (report::reason::excess(verdict.reasons()), verdict.used().to_accept());
        return match verdict {
            Verdict::Unjudged { .. } => {
                let accept = report::reason::accept_unknown(figure, verdict.reasons());
                let hint = remedy.map_or(accept.clone(), |remedy| format!("{remedy}; or {accept}"));
                refused(format!("the budget of {title} cannot be judged: {reasons}"), hint)
            }
            _ => refused(
                format!("{title} is over the budget: {reasons}"),
                format!("if it is meant: {}; the limit stands in [stack.budget]", report::reason::accept(figure, verdict.reasons())),
            ),
        };
    }
    let hint = remedy.map_or(KNOWN.to_owned(), |remedy| format!("{remedy}; {KNOWN}"));
    let begins = in_a_year.saturating_sub(unpriced);
    match (unpriced, allowed) {
        (0, false) if begins > 0 => {
            let (lines, have) =
                if begins == 1 { ("1 line that begins".to_owned(), "has") } else { (format!("{begins} lines that begin"), "have") };
            refused(format!("{lines} in the course of the year {have} no price, so the year costs more than the figures say"), hint)
        }
        (0, _) | (_, true) => Ok(Exit::Done),
        (1, _) => refused("1 line has no price, so it costs more than the figures say".into(), hint),
        (many, _) => refused(format!("{many} lines have no price, so it costs more than the figures say"), hint),
    }
}

const KNOWN: &str = "--allow-unpriced exits 0 all the same";

/// A key that no tag can have is a slip of the pen, not a tag that nothing carries.
fn tag_key(text: &str) -> Result<String, String> {
    if is_tag_key(text) { Ok(text.to_owned()) } else { Err("a tag's key has 1 to 128 letters, digits, spaces and _ . : / = + - @".into()) }
}

fn day(text: &str) -> Result<String, String> {
    let date = text.parse::<jiff::civil::Date>().map_err(|_| "write a day as 2026-11-21".to_owned())?;
    Ok(date.to_string())
}
