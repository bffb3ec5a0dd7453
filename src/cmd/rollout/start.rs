//! `trueup rollout start`: one service gets another version, and nothing else changes.

use crate::cmd::apply::{Consent, Manner, Reach, plan_and_run};
use crate::cmd::connect::{AwsArgs, with};
use crate::cmd::exit::{Exit, Failure};
use crate::cmd::options::{Options, Pricing};
use crate::cmd::rollout_report::Reports;
use crate::cmd::stack::{StackArgs, shown};
use crate::modules::service::Service;
use crate::ops::catalog;
use crate::ops::plan::Wish;
use crate::ops::rollout::{self, find, short};
use crate::ops::stack;
use crate::report;
use crate::report::watch::screen;

const AFTER: &str = "\
Examples:
  trueup rollout start --env production --image web=123456789012.dkr.ecr.eu-central-1.amazonaws.com/web:1.4.2
  trueup rollout start --env production --service web --detach

A tag of an ECR repository is resolved to the digest that it names now. The plan is that of `trueup apply` with this \
image, and is refused where the file asks for anything beyond this service. Write the image into the file as well: the \
next apply goes by what stands there. On a terminal the rollout is drawn once it has begun, as by `rollout watch`.";

#[derive(Debug, clap::Args)]
#[command(after_help = AFTER)]
pub struct Args {
    /// The service and its image: `web=repository@sha256:…`, or with a tag; left out, what the file says
    #[arg(long, value_name = "[SERVICE=]IMAGE")]
    image: Option<String>,
    /// The service: `api` for [service.api]; a stack with one needs no name
    #[arg(long, short, value_name = "NAME")]
    service: Option<String>,
    #[command(flatten)]
    stack: StackArgs,
    /// Leave once it has begun: ECS goes back at the first gate if nobody comes
    #[arg(long)]
    detach: bool,
    /// Print lines on a terminal, too
    #[arg(long)]
    plain: bool,
    #[command(flatten)]
    options: Options,
    #[command(flatten)]
    pricing: Pricing,
    #[command(flatten)]
    consent: Consent,
    #[command(flatten)]
    reach: Reach,
    #[command(flatten)]
    reports: Reports,
    #[command(flatten)]
    aws: AwsArgs,
}

pub fn run(args: &Args) -> Result<Exit, Failure> {
    let Args { options, pricing, reach, reports, .. } = args;
    reports.check()?;
    let json = options.json;
    let (named, image) =
        match args.image.as_deref().map(|text| text.split_once('=').map_or((None, text), |(name, image)| (Some(name), image))) {
            Some((Some(name), _)) if args.service.as_deref().is_some_and(|service| service != name) => {
                let both = format!("--image names `{name}`, and --service another one");
                return Err(Failure::usage(both).hint("name one service"));
            }
            Some((name, image)) => (name.or(args.service.as_deref()), Some(image)),
            None => (args.service.as_deref(), None),
        };
    let loaded = args.stack.load(json)?;
    let service = short(find(&loaded, named)?).to_owned();
    let own_repository = loaded.stack.parts.named(&format!("service.{service}")).and_then(|part| {
        let service = crate::core::kind::from_value::<Service>(&part.value).ok()?;
        Some(service.has_repository())
    });
    with(&args.aws.sparing(args.consent.rehearse), (&loaded).into(), options, async |session| {
        let mut set = args.stack.choice.set.clone();
        if let Some(image) = image {
            let exact = rollout::exact(session, image).await?;
            if exact != image && !json {
                report::talk(&format!("{image} is {exact}"));
            }
            set.push(format!("service.{service}.image={exact}"));
            // Its own repository stays, whatever image it is told to run.
            set.extend(own_repository.filter(|own| *own).map(|own| format!("service.{service}.repository={own}")));
        }
        let choice = stack::Choice { env: args.stack.choice.env.as_deref(), set: &set, edits: &[], usage: pricing.usage.as_deref() };
        let loaded = stack::load(&args.stack.file, choice).map_err(shown(json))?;
        let wish = Wish { policy: options.policy(false)?, accepted: pricing.accept_cost, catalog: catalog::current() };
        let node = find(&loaded, Some(&service))?;
        let draws = !(args.detach || args.plain || json) && screen::is_wanted();
        let manner =
            Manner { reports, via: &reach.smoke_via, only: Some(node), detach: args.detach, draws, twin: args.consent.twin(&args.aws) };
        plan_and_run(session, &loaded, &wish, options, &args.consent, manner).await
    })
}
