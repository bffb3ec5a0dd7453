//! `trueup show`.

use super::connect::{AwsArgs, watched, with};
use super::exit::{Exit, Failure};
use super::options::Options;
use super::stack::StackArgs;
use crate::core::approval::judge::demands;
use crate::core::output;
use crate::core::snapshot::Unread;
use crate::kinds;
use crate::ops::stack::Loaded;
use crate::ops::{approval, saved};
use crate::report;
use crate::report::plan::View;
use crate::report::plan_html::Paper;
use serde_json::json;

const AFTER: &str = "\
Examples:
  trueup show                                  what is live, by address
  trueup show --links                          with the console's address of each
  trueup show --outputs                        hosts, URLs, names and ARNs, by module
  trueup show --outputs --json | jq -r '.outputs.\"service.api\".url'
  trueup show --snapshot > now.json            a reading to plan against without credentials
  trueup show plan.json                        a plan that `trueup plan --out` saved, without credentials";

#[derive(Debug, clap::Args)]
#[command(after_help = AFTER)]
pub struct Args {
    #[command(flatten)]
    stack: StackArgs,
    /// Print the outputs of the modules: hosts, URLs, names, ARNs
    #[arg(long, conflicts_with_all = ["snapshot", "links"])]
    outputs: bool,
    /// Print the whole reading as JSON, for `trueup plan --snapshot`
    #[arg(long)]
    snapshot: bool,
    /// Show the AWS console's address of each
    #[arg(long)]
    links: bool,
    /// Print a saved plan as Markdown, for a comment on a pull request
    #[arg(long, conflicts_with_all = ["json", "outputs", "snapshot", "links"])]
    markdown: bool,
    /// Print a saved plan as a page that stands alone
    #[arg(long, conflicts_with_all = ["json", "outputs", "snapshot", "links", "markdown"])]
    html: bool,
    /// Print JSON
    #[arg(long)]
    json: bool,
    /// Print the number of API calls
    #[arg(long, short)]
    verbose: bool,
    #[command(flatten)]
    aws: AwsArgs,
}

pub fn run(args: &Args) -> Result<Exit, Failure> {
    if saved::is_plan(&args.stack.file) {
        return plan(args);
    }
    if args.markdown || args.html {
        let form = if args.html { "--html" } else { "--markdown" };
        return Err(Failure::usage(format!("{form} shows a saved plan")).hint(format!("trueup show PLAN {form}, or trueup plan {form}")));
    }
    let Loaded { stack, graph } = args.stack.load(args.json)?;
    let options = Options { verbose: args.verbose, ..Options::plain(args.json || args.snapshot) };
    let snapshot = with(&args.aws, (&stack).into(), &options, async |session| {
        watched(session, options.json, async |events| session.read(&graph, !args.outputs, events).await).await
    })?;
    let find = |name: &str| kinds::find(name).map(|entry| &entry.row);
    match args {
        Args { outputs: true, json, .. } => {
            let outputs = output::live(&graph, &snapshot);
            if *json {
                report::json(&json!({ "version": output::VERSION, "outputs": outputs }));
            } else if outputs.is_empty() {
                report::talk("nothing of this stack answers yet; `trueup apply` makes it");
            } else {
                report::data(&report::outputs::render(&outputs, |_, _| true));
            }
            for Unread { kind, reason, hint } in &snapshot.unread {
                report::error(&format!("failed to read {kind}: {reason}"), hint.as_deref());
            }
        }
        Args { snapshot: true, .. } => report::json(&snapshot),
        Args { json: true, .. } => report::json(&report::show::to_json(&snapshot, &find)),
        Args { links, .. } => report::data(&report::show::render(&snapshot, &find, *links, report::table_width())),
    }
    Ok(if snapshot.unread.is_empty() { Exit::Done } else { Exit::Failed })
}

/// Shows a saved plan as it was when it was made; nothing is asked of AWS.
fn plan(args: &Args) -> Result<Exit, Failure> {
    if args.outputs || args.snapshot || args.links {
        return Err(Failure::usage("a saved plan has no outputs, reading or links to show").hint("name the stack file instead"));
    }
    let plan = saved::read(&args.stack.file)?;
    let needs = demands(&plan, None, approval::holds_data);
    let paper = Paper { plan: &plan, digest: Some(plan.digest()), demands: &needs };
    match args {
        Args { json: true, .. } => report::raw(saved::public(&plan).text().as_bytes()),
        Args { markdown: true, .. } => report::data(&report::plan_markdown::markdown(paper)),
        Args { html: true, .. } => report::data(&report::plan_html::html(paper)),
        Args { verbose, .. } => {
            report::data(&report::plan::render(&plan, View { width: report::width(), whole: *verbose }));
            if !needs.is_empty() {
                report::talk(&report::approval::needs(&needs));
            }
            report::talk(&format!("planned at {}; `trueup apply --plan` runs it", report::moment(&plan.created)));
        }
    }
    Ok(Exit::Done)
}
