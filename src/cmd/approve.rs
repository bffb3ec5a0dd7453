//! `trueup approve`.

use super::apply::PaperArgs;
use super::ask::ask;
use super::connect::{AwsArgs, in_store, saved_plan};
use super::exit::{Exit, Failure};
use super::options::time;
use super::stack::shown;
use crate::core::approval::armor::fingerprint;
use crate::core::approval::judge::{demands, judge};
use crate::core::approval::rule::Rule;
use crate::core::approval::statement::Statement;
use crate::core::sealed::Sealed;
use crate::files::{self, Readers};
use crate::ops;
use crate::ops::approval::{self, Key, Word};
use crate::report;
use crate::report::plan::View;
use jiff::{SignedDuration, Timestamp};
use serde_json::json;
use std::io::IsTerminal;
use std::path::{Path, PathBuf};

const AFTER: &str = "\
Examples:
  trueup approve plan.json --key ~/.ssh/id_ed25519              read it, answer, sign
  trueup approve plan.json --key ~/.ssh/id_ed25519_sk.pub       with a key of the agent, or a security key
  trueup approve plan.json --check                              what it has and what it lacks
  trueup approve plan.json --as anna@example.com --statement > anna.approval
  ssh-keygen -Y sign -n trueup-plan@v1 -f KEY < anna.approval >> anna.approval

An approval is a statement about the bytes of the plan, and an SSH signature under it: good for this plan, in this \
stack, environment and account, once, until it expires. It is written beside the plan, and into the store: the work directory, or \
the bucket that the plan names, which takes credentials of AWS. Where whoever applies has another store, hand it to them: trueup \
apply stack.toml --plan PLAN --approval FILE. docs/trust.md says what that is worth.";

#[derive(Debug, clap::Args)]
#[command(after_help = AFTER)]
pub struct Args {
    /// The plan that `trueup plan --out` saved, or the place in a bucket where `--keep` put it
    #[arg(value_name = "PLAN", value_hint = clap::ValueHint::FilePath)]
    plan: PathBuf,
    /// The private key to sign with, or the public key of one that the agent at SSH_AUTH_SOCK has
    #[arg(long, value_name = "FILE", value_hint = clap::ValueHint::FilePath, required_unless_present_any = ["check", "statement"])]
    key: Option<PathBuf>,
    /// The name to approve in, as the file of signers has it; left out, the one that it has the key under
    #[arg(long = "as", value_name = "PRINCIPAL")]
    principal: Option<String>,
    /// The time for which it is good [default: what the rule of the plan says, or 4h]
    #[arg(long, value_name = "TIME", value_parser = time)]
    expires: Option<SignedDuration>,
    /// Write the approval there [default: PLAN.NAME.approval]
    #[arg(long, value_name = "FILE", value_hint = clap::ValueHint::FilePath)]
    out: Option<PathBuf>,
    /// Say which approvals the plan has and which it lacks, and sign nothing; ends with 3 while it lacks any
    #[arg(long, conflicts_with_all = ["key", "principal", "expires", "out", "statement", "yes"])]
    check: bool,
    /// Print the statement, to be signed elsewhere, and sign nothing
    #[arg(long, requires = "principal", conflicts_with_all = ["key", "out", "yes", "json"])]
    statement: bool,
    /// Sign without asking
    #[arg(long, short)]
    yes: bool,
    /// The stack file whose rule and signers count [default: stack.toml, where it is at hand]
    #[arg(long, value_name = "FILE", value_hint = clap::ValueHint::FilePath)]
    file: Option<PathBuf>,
    #[command(flatten)]
    papers: PaperArgs,
    /// Print JSON
    #[arg(long)]
    json: bool,
    /// Show every field
    #[arg(long, short)]
    verbose: bool,
    #[command(flatten)]
    aws: AwsArgs,
}

/// The version of what is printed as JSON.
const VERSION: u32 = 1;

pub fn run(args: &Args) -> Result<Exit, Failure> {
    let plan = saved_plan(&args.aws, &args.plan)?;
    if plan.masked {
        return Err(ops::Error::barred(args.plan.display(), crate::core::bar::Bar::Masked).into());
    }
    let word = approval::word(args.file.as_deref(), args.papers.signers.as_deref(), &plan).map_err(shown(args.json))?;
    if args.check {
        return check(args, &plan, &word);
    }
    approval::shows(&plan, &args.plan)?;
    let now = Timestamp::now();
    if let (true, Some(principal)) = (args.statement, &args.principal) {
        let statement = approval::statement(&plan, principal, now, args.time(&plan, &word))?;
        report::raw(statement.to_string().as_bytes());
        return Ok(Exit::Done);
    }
    let Some(file) = &args.key else { return Err(Failure::usage("no key is named").hint("--key FILE")) };
    let socket = std::env::var_os("SSH_AUTH_SOCK").map(PathBuf::from);
    let key = approval::key(file)?.or_of_agent(socket.as_deref());
    let principal = approval::principal(args.principal.as_deref(), word.signers.as_ref(), key.public(), now)?;
    let print = fingerprint(key.public());
    let statement = approval::statement(&plan, &principal, now, args.time(&plan, &word))?;
    if !args.json {
        report::data(&report::plan::render(&plan, View { width: report::width(), whole: args.verbose }));
        report::talk(&report::approval::needs(&demands(&plan, word.rule.as_ref(), approval::holds_data)));
    }
    if !args.yes && !asked(args, &statement, &print)? {
        report::talk("nothing was signed");
        return Ok(Exit::Failed);
    }
    let key = open(key, file)?;
    if key.is_touched() {
        report::talk("touch the security key");
    }
    let text = key.sign(&statement, socket.as_deref())?;
    let out = args.out.clone().unwrap_or_else(|| beside(&args.plan, &principal));
    files::replace(&out, text.as_bytes(), Readers::Any).map_err(|error| Failure::file("write", &out, &error))?;
    let kept = in_store(&args.aws, (&*plan).into(), args.json, async |store| {
        Ok(store.keep_approval(plan.digest(), &statement.id, text.as_bytes()).await.map_err(ops::Error::from)?)
    });
    if args.json {
        let Statement { plan, principal, made, expires, id, .. } = &statement;
        let approval = json!({ "plan": plan, "principal": principal, "key": print, "made": made, "expires": expires, "id": id, "file": out, "kept": kept.as_ref().ok() });
        report::json(&json!({ "version": VERSION, "approval": approval }));
    } else {
        report::talk(&format!(
            "approved until {}: {}; `trueup approve {} --check` says what it lacks",
            report::moment(&statement.expires.to_string()),
            report::path(&out),
            report::path(&args.plan),
        ));
    }
    // It is signed, and good wherever it is handed in.
    if let Err(failure) = kept {
        let hint = format!("hand it to whoever applies: --approval {}", report::path(&out));
        report::warn(&format!("it was not put into the store: {}", failure.message), &hint);
    }
    Ok(Exit::Done)
}

impl Args {
    /// The time for which the approval is good.
    fn time(&self, plan: &Sealed, word: &Word) -> SignedDuration {
        let own = plan.approval.as_ref().map(|frozen| &frozen.rule);
        let rule = || word.rule.as_ref().or(own).and_then(Rule::valid).or(Rule::least().valid());
        self.expires.or_else(rule).unwrap_or(SignedDuration::from_hours(4))
    }
}

/// Says how the plan stands.
fn check(args: &Args, plan: &Sealed, word: &Word) -> Result<Exit, Failure> {
    let handed = args.papers.approval.iter().map(|file| approval::read(file)).collect::<Result<Vec<_>, _>>()?;
    let kept = in_store(&args.aws, (&**plan).into(), args.json, async |store| Ok(word.kept(store, plan, handed).await?))?;
    let judged = judge(plan, plan.digest().as_str(), word.bench(&kept, Timestamp::now()));
    if args.json {
        let approved = judged.is_approved();
        report::json(&json!({ "version": VERSION, "plan": plan.digest(), "scope": plan.scope, "approved": approved, "standing": judged }));
    } else {
        report::data(&report::approval::standing(&judged));
    }
    Ok(if judged.is_approved() { Exit::Done } else { Exit::Refused })
}

/// Asks whether to sign.
fn asked(args: &Args, statement: &Statement, print: &str) -> Result<bool, Failure> {
    let question = format!("{}\nType `yes` to sign this:", report::approval::signs(statement, print));
    ask(&question, "yes", args.json, "pass --yes once somebody has read the plan")
}

/// Asks for the passphrase of a closed key. It is typed unseen, and stands nowhere.
fn open(key: Key, file: &Path) -> Result<Key, Failure> {
    if !matches!(key, Key::Closed(_)) {
        return Ok(key);
    }
    if !std::io::stdin().is_terminal() {
        return Err(
            Failure::new("the key wants a passphrase, and there is no terminal to type it on").hint("add the key to an agent: ssh-add KEY")
        );
    }
    report::talk(&format!("Passphrase of {}:", report::path(file)));
    let passphrase = rpassword::read_password().map_err(|error| Failure::new(format!("failed to read the passphrase: {error}")))?;
    Ok(key.opened(&passphrase)?)
}

/// The file of an approval, by its plan and whose it is.
fn beside(plan: &Path, principal: &str) -> PathBuf {
    let plain = |letter: char| if letter.is_ascii_alphanumeric() || "._@+-".contains(letter) { letter } else { '_' };
    let mut name = plan.file_name().unwrap_or_default().to_owned();
    name.push(format!(".{}.approval", principal.chars().map(plain).collect::<String>()));
    plan.with_file_name(name)
}
