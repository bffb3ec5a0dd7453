//! Approvals: a plan that needs them runs with them, once, and with nothing less. Held against the real ssh-keygen.

use super::{Desk, Ran, SMALL};
use ssh_key::private::{EcdsaKeypair, Ed25519Keypair, KeypairData};
use ssh_key::public::{KeyData, SkEcdsaSha2NistP256, SkEd25519};
use ssh_key::{EcdsaCurve, HashAlg, LineEnding, PrivateKey, PublicKey};
use std::fs;
use std::path::Path;
use std::process::{Command, Output, Stdio};
use trueup::core::approval::armor::{self, Approval};
use trueup::core::approval::statement::{NAMESPACE, Statement};
use trueup::core::plan::{Plan, Verb};
use trueup::core::sealed::{Sealed, seal};

/// Set to leave out what needs ssh-keygen and ssh-agent.
const SKIP: &str = "TRUEUP_SKIP_SSH_TESTS";

const ANNA: &str = "anna@example.com";
const BERT: &str = "bert@example.com";

/// A key that is made from a number.
fn key(seed: u8) -> PrivateKey {
    PrivateKey::new(KeypairData::from(Ed25519Keypair::from_seed(&[seed; 32])), "").unwrap()
}

fn public(key: &PrivateKey) -> String {
    key.public_key().to_openssh().unwrap()
}

/// A desk whose stack has a rule, whose signers are Anna (1), Bert (2) and Carl (3), with their keys in files.
fn desk(rule: &str) -> Desk {
    let desk = Desk::with(&format!("{SMALL}\n[stack.approval]\nsigners = \"allowed_signers\"\n{rule}\n"));
    let mut signers = String::from("# who may approve\n");
    for (name, seed) in [("anna", 1), ("bert", 2), ("carl", 3), ("mallory", 9)] {
        desk.write(name, key(seed).to_openssh(LineEnding::LF).unwrap().as_bytes());
        desk.write(&format!("{name}.pub"), public(&key(seed)));
        if seed < 9 {
            signers += &format!("{name}@example.com namespaces=\"git,trueup-plan@*\" {}\n", public(&key(seed)));
        }
    }
    desk.write("allowed_signers", signers);
    desk
}

fn plan(desk: &Desk) {
    desk.sandbox(&["plan", "--author", "carl@example.com", "--out", "plan.json"]).exits(0);
}

fn approve(desk: &Desk, name: &str) -> Ran {
    desk.run(&["approve", "plan.json", "--key", name, "--yes"])
}

fn apply(desk: &Desk, more: &[&str]) -> Ran {
    desk.sandbox(&[&["apply", "--plan", "plan.json"], more].concat())
}

/// The approval that somebody signs with the key of a number, changed before that.
fn signed(desk: &Desk, seed: u8, change: impl FnOnce(&mut Statement)) -> String {
    let text = desk.run(&["approve", "plan.json", "--as", ANNA, "--statement"]).exits(0).out;
    let mut statement = Statement::read(&text).unwrap();
    change(&mut statement);
    armor::sign(&statement, &key(seed)).unwrap()
}

#[track_caller]
fn refused(desk: &Desk, file: &str, code: &str, words: &str) {
    let ran = apply(desk, &["--approval", file]).exits(3);
    assert!(ran.err.contains(&format!("[{code}] {file}")) && ran.err.contains(words) && ran.err.contains("hint:"), "{}", ran.err);
    assert!(desk.sandbox(&["show", "--json"]).exits(0).json()["resources"].as_array().unwrap().is_empty(), "{code}");
}

#[test]
fn a_plan_that_needs_approval_runs_with_it_once_and_not_without() {
    let desk = desk("count = 2");
    plan(&desk);
    // Nothing to do needs nobody.
    desk.sandbox(&["destroy", "--yes"]).exits(0);
    let fresh = desk.sandbox(&["apply", "--yes"]).exits(3);
    let commands = "trueup plan --out plan.json\n  trueup approve plan.json --key KEY\n  trueup apply --plan plan.json --approval FILE";
    assert!(fresh.err.contains("[APPR001] it needs 2 approvals") && fresh.err.contains(commands), "{}", fresh.err);
    let none = apply(&desk, &[]).exits(3);
    assert!(none.err.contains("[APPR001] it needs 2 approvals, and has none, since every change does"), "{}", none.err);
    let ran = approve(&desk, "anna").exits(0);
    assert!(ran.out.contains("2 to create") && ran.err.contains("it needs 2 approvals"), "{}", ran.all());
    let one = apply(&desk, &[]).exits(3);
    assert!(one.err.contains("[APPR001] it needs 2 approvals, and has 1") && one.err.contains("of anna@example.com counts"), "{}", one.err);
    let check = desk.run(&["approve", "plan.json", "--check", "--json"]).exits(3).json();
    assert_eq!((&check["approved"], &check["standing"]["demands"][0]["has"]), (&false.into(), &1.into()), "{check}");
    approve(&desk, "bert").exits(0);
    let check = desk.run(&["approve", "plan.json", "--check"]).exits(0);
    assert!(check.out.contains("has them") && check.out.contains("by bert@example.com"), "{}", check.out);
    assert!(apply(&desk, &[]).exits(0).err.contains("2 created"));
    // The plan, and each approval, are good for one apply: also where the journal is lost.
    assert!(apply(&desk, &[]).exits(3).err.contains("it was applied already"));
    fs::remove_dir_all(desk.path(".trueup/small/default/journal")).unwrap();
    fs::remove_dir_all(desk.path(".trueup/sandbox")).unwrap();
    let again = apply(&desk, &[]).exits(3);
    assert!(again.err.contains("[APPR014]") && again.err.contains("was used before"), "{}", again.err);
}

#[test]
fn approvals_in_files_count_as_those_in_the_store() {
    let desk = desk("count = 2");
    plan(&desk);
    let outside = ["--work-dir", "elsewhere"];
    desk.run(&[&["approve", "plan.json", "--key", "anna", "--yes"], &outside[..]].concat()).exits(0);
    let json =
        desk.run(&[&["approve", "plan.json", "--key", "bert", "--yes", "--json", "--expires", "90m", "--out", "b"], &outside[..]].concat());
    let approval = json.exits(0).json()["approval"].clone();
    assert_eq!((&approval["principal"], &approval["file"]), (&BERT.into(), &"b".into()), "{approval}");
    let own = "plan.json.anna@example.com.approval";
    assert!(Approval::read(desk.read(own).as_bytes()).is_ok() && apply(&desk, &[]).exits(3).err.contains("has none"));
    // The same one twice is one.
    apply(&desk, &["--approval", own, "--approval", own]).exits(3);
    assert!(apply(&desk, &["--approval", own, "--approval", "b"]).exits(0).err.contains("2 created"));
}

/// Whoever approves writes into the bucket that the plan names, where they may; whoever applies finds it there.
#[test]
fn approvals_in_a_bucket_count_for_every_machine() {
    const BUCKET: &str = "s3://the-store/team";
    let desk = desk("count = 2");
    let stack = desk.read("stack.toml").replacen("region", &format!("store = \"{BUCKET}\"\nregion"), 1);
    desk.write("stack.toml", stack);
    plan(&desk);
    let ran = desk.sandbox(&["approve", "plan.json", "--key", "anna", "--yes", "--json"]).exits(0);
    let kept = ran.json()["approval"]["kept"].clone();
    assert!(kept.as_str().is_some_and(|kept| kept.starts_with(&format!("{BUCKET}/small/default/approvals/"))), "{}", ran.all());
    let check = desk.sandbox(&["approve", "plan.json", "--check", "--json"]).exits(3).json();
    assert_eq!(check["standing"]["demands"][0]["has"], 1, "{check}");
    // It is signed all the same where the bucket may not be written to.
    let shut = desk.sandbox(&["approve", "plan.json", "--key", "bert", "--yes", "--out", "b", "--fault", "deny:s3.PutObject"]).exits(0);
    assert!(shut.err.contains("it was not put into the store") && shut.err.contains("--approval b"), "{}", shut.err);
    assert!(apply(&desk, &[]).exits(3).err.contains("it needs 2 approvals, and has 1"));
    assert!(apply(&desk, &["--approval", "b"]).exits(0).err.contains("2 created"));
    let used = desk.sandbox(&["approve", "plan.json", "--check", "--approval", "b"]).exits(3);
    assert!(used.out.contains("APPR014") && used.out.contains("was used before"), "{}", used.all());
    assert!(!desk.path(".trueup/small").exists());
    // Unknown is not nothing: what the bucket holds is not guessed.
    let unread = desk.sandbox(&["approve", "plan.json", "--check", "--approval", "b", "--fault", "deny:s3.ListObjectsV2"]).exits(1);
    assert!(unread.err.contains("s3:ListBucket"), "{}", unread.all());
}

#[test]
fn what_is_not_an_approval_of_this_plan_by_somebody_who_is_asked_is_refused_by_its_name() {
    let desk = desk("by = [\"anna@example.com\", \"bert@example.com\"]");
    plan(&desk);
    let past = || "2020-01-01T00:00:00Z".parse().unwrap();
    let future = || "2099-01-01T00:00:00Z".parse().unwrap();
    let good = signed(&desk, 1, |_| {});
    let commit = {
        let statement = good.split("-----BEGIN").next().unwrap();
        let git = key(1).sign("git", HashAlg::Sha512, statement.as_bytes()).unwrap().to_pem(LineEnding::LF).unwrap();
        format!("{statement}{git}")
    };
    let elsewhere = |env: &str| signed(&desk, 1, |anna| anna.scope.env = env.to_owned());
    for (file, text, code, words) in [
        ("unsigned", good.split("-----BEGIN").next().unwrap().to_owned(), "APPR003", "nobody has signed it yet"),
        ("text", "yes".to_owned(), "APPR003", "is no approval"),
        ("other-plan", signed(&desk, 1, |anna| anna.plan = "ab".repeat(32)), "APPR004", "is of another plan"),
        ("staging", elsewhere("staging"), "APPR005", "is for `small/staging in"),
        ("altered", good.replacen("expires 20", "expires 21", 1), "APPR006", "was altered"),
        ("commit", commit, "APPR006", "is signed as `git`"),
        ("stranger", signed(&desk, 9, |_| {}), "APPR009", "nobody's in the file of signers"),
        ("as-bert", signed(&desk, 1, |anna| anna.principal = BERT.into()), "APPR010", "which is the key of `anna@example.com`"),
        ("expired", signed(&desk, 1, |anna| anna.expires = past()), "APPR012", "expired at 2020"),
        ("old", signed(&desk, 1, |anna| (anna.made, anna.expires) = (past(), future())), "APPR012", "expired at 2020-01-01T04:00:00Z"),
        ("early", signed(&desk, 1, |anna| (anna.made, anna.expires) = (future(), future())), "APPR013", "which is still to come"),
        ("carl", signed(&desk, 3, |anna| anna.principal = "carl@example.com".into()), "APPR015", "not asked for"),
    ] {
        desk.write(file, text);
        refused(&desk, file, code, words);
    }
    // All of it is said at once.
    let files = ["altered", "stranger", "expired"].map(|file| ["--approval", file]).concat();
    let ran = apply(&desk, &files).exits(3);
    assert!(["[APPR006] altered", "[APPR009] stranger", "[APPR012] expired"].iter().all(|line| ran.err.contains(line)), "{}", ran.err);
    desk.write("good", good);
    apply(&desk, &[&files[..], &["--approval", "good"]].concat()).exits(0);
}

#[test]
fn two_approvals_are_of_two_people_and_none_of_them_of_the_author() {
    let desk = desk("count = 2");
    plan(&desk);
    approve(&desk, "anna").exits(0);
    approve(&desk, "carl").exits(0);
    let ran = apply(&desk, &[]).exits(3);
    assert!(ran.err.contains("[APPR016]") && ran.err.contains("of the author of the plan, `carl@example.com`"), "{}", ran.err);
    approve(&desk, "anna").exits(0);
    let ran = apply(&desk, &[]).exits(3);
    assert!(ran.err.contains("[APPR017]") && ran.err.contains("has approved already, as anna@example.com"), "{}", ran.err);
    // A second name for a key makes no second person.
    desk.write("allowed_signers", format!("{}anna@home.org {}\n", desk.read("allowed_signers"), public(&key(1))));
    desk.run(&["approve", "plan.json", "--key", "anna", "--as", "anna@home.org", "--yes"]).exits(0);
    assert!(apply(&desk, &[]).exits(3).err.contains("and has 1"));
    approve(&desk, "bert").exits(0);
    apply(&desk, &[]).exits(0);
}

/// Somebody who writes plans, and their digests, and makes keys.
#[test]
fn whose_approval_counts_is_never_the_word_of_the_plan() {
    let desk = desk("count = 1");
    plan(&desk);
    let made = Plan::clone(&Sealed::read(desk.read("plan.json")).unwrap());
    // The rule is left out, or made weak.
    let mut weak = made.clone();
    weak.approval.as_mut().unwrap().rule.needs = Vec::new();
    for plan in [Plan { approval: None, ..made.clone() }, weak] {
        desk.write("plan.json", seal(plan).text());
        assert!(apply(&desk, &[]).exits(3).err.contains("[APPR001] it needs 1 approval"));
        assert!(apply(&desk, &["stack.toml"]).exits(3).err.contains("[APPR001]"));
    }
    // Another stack's name, or another environment's, would have another rule.
    let mut renamed = made.clone();
    renamed.scope.stack = "other".into();
    desk.write("plan.json", seal(Plan { approval: None, ..renamed }).text());
    assert!(apply(&desk, &[]).exits(3).err.contains("it is of stack `other/default"));
    // Without a stack file nobody says whose approval counts, least of all whoever made the plan.
    desk.write("plan.json", seal(made).text());
    approve(&desk, "anna").exits(0);
    let stack = desk.read("stack.toml");
    fs::remove_file(desk.path("stack.toml")).unwrap();
    let ran = apply(&desk, &[]).exits(3);
    assert!(ran.err.contains("[APPR002]") && ran.err.contains("--signers"), "{}", ran.err);
    desk.write("theirs", format!("{ANNA} {}", public(&key(9))));
    let other = apply(&desk, &["--signers", "theirs"]).exits(3);
    assert!(other.err.contains("[APPR009]"), "{}", other.err);
    // A file that cannot be read as one is not passed over.
    desk.write("stack.toml", "[stack");
    apply(&desk, &[]).exits(1);
    desk.write("stack.toml", stack);
    desk.write("allowed_signers", format!("{ANNA} verify-required {}", public(&key(1))));
    let ran = apply(&desk, &[]).exits(1);
    assert!(ran.err.contains("line 1: its option `verify-required` is not known"), "{}", ran.err);
    desk.write("allowed_signers", format!("{ANNA} valid-before=\"20200101Z\" {}", public(&key(1))));
    assert!(apply(&desk, &[]).exits(3).err.contains("[APPR011]"));
    desk.write("ours", format!("{ANNA} {}", public(&key(1))));
    apply(&desk, &["--signers", "ours"]).exits(0);
}

#[test]
fn signers_that_are_named_are_asked_whatever_nobody_else_says() {
    let desk = desk("");
    desk.write("stack.toml", SMALL);
    plan(&desk);
    assert!(!desk.read("plan.json").contains("approval"));
    let ran = apply(&desk, &["--signers", "allowed_signers"]).exits(3);
    assert!(ran.err.contains("[APPR001] it needs 1 approval"), "{}", ran.err);
    desk.run(&["approve", "plan.json", "--key", "anna", "--signers", "allowed_signers", "--yes"]).exits(0);
    apply(&desk, &["--signers", "allowed_signers"]).exits(0);
}

#[test]
fn a_plan_is_approved_with_every_byte_of_it() {
    let desk = desk("");
    plan(&desk);
    approve(&desk, "anna").exits(0);
    let text = desk.read("plan.json");
    // Whoever alters it can make its digest, too.
    let other = super::plans::resealed(&text.replacen("News", "Fake", 1));
    assert_ne!(other, text);
    desk.write("plan.json", &other);
    let own = "plan.json.anna@example.com.approval";
    refused(&desk, own, "APPR004", "is of another plan");
    desk.write("plan.json", text.replacen("News", "Fake", 1));
    assert!(apply(&desk, &["--approval", own]).exits(3).err.contains("it was cut off or edited"));
    desk.write("plan.json", text);
    apply(&desk, &["--approval", own]).exits(0);
}

/// Whoever makes a plan by hand makes its digest, too, and would have it approved for what it shows.
#[test]
fn a_plan_that_shows_something_else_than_it_sends_is_not_signed() {
    let desk = desk("");
    plan(&desk);
    let made = Plan::clone(&Sealed::read(desk.read("plan.json")).unwrap());
    let at = made.changes.iter().position(|change| change.kind == "sns.topic").unwrap();
    let mut sends = made.clone();
    sends.changes[at].wanted["kms_key_id"] = "alias/mallory".into();
    let mut deletes = made.clone();
    let step = deletes.steps.iter().position(|step| step.change == at).unwrap();
    deletes.steps[step].verb = Verb::Delete;
    for (plan, what) in [(sends, "of `resource.news` `kms_key_id`"), (deletes, "of `resource.news` that it is deleted")] {
        desk.write("plan.json", seal(plan).text());
        let ran = approve(&desk, "anna").exits(3);
        assert!(ran.err.contains("[APPR018] it does not show all that it does") && ran.err.contains(what), "{}", ran.err);
        desk.run(&["approve", "plan.json", "--as", ANNA, "--statement"]).exits(3);
    }
    desk.write("plan.json", seal(made).text());
    approve(&desk, "anna").exits(0);
}

#[test]
fn environments_have_rules_of_their_own_and_plans_need_what_the_rule_names() {
    let desk = desk("needs = [\"deletes\"]");
    let stack = desk.read("stack.toml");
    desk.write(
        "stack.toml",
        format!("{stack}[env.dev.stack.approval]\nneeds = []\n[env.prod.stack.approval]\nneeds = [\"anything\"]\n[env.stage]\n"),
    );
    let sandbox = |args: &[&str]| desk.sandbox(args);
    sandbox(&["apply", "--env", "dev", "--yes"]).exits(0);
    assert!(sandbox(&["apply", "--env", "prod", "--yes"]).exits(3).err.contains("trueup plan --env prod --out plan.json"));
    // It creates, and deletes nothing.
    sandbox(&["apply", "--env", "stage", "--yes"]).exits(0);
    let ran = sandbox(&["destroy", "--env", "stage", "--yes"]).exits(3);
    assert!(
        ran.err.contains("since it deletes `storage.files.bucket`, `resource.news`")
            && ran.err.contains("trueup destroy --env stage --out"),
        "{}",
        ran.err
    );
    let saved = sandbox(&["destroy", "--env", "stage", "--out", "plan.json"]).exits(0);
    assert!(saved.err.contains("approve it with `trueup approve plan.json --key KEY` (1 needed)"), "{}", saved.err);
    apply(&desk, &[]).exits(3);
    approve(&desk, "bert").exits(0);
    assert!(apply(&desk, &[]).exits(0).err.contains("deleted"));
    sandbox(&["destroy", "--env", "dev", "--yes"]).exits(0);
}

#[test]
fn nothing_is_signed_that_would_not_count_or_that_nobody_has_read() {
    let desk = desk("");
    plan(&desk);
    let approve = |args: &[&str]| desk.run(&[&["approve", "plan.json"], args].concat());
    assert!(approve(&["--key", "anna"]).exits(64).err.contains("there is nobody to ask"));
    assert!(approve(&[]).exits(64).err.contains("--key"));
    let stranger = approve(&["--key", "mallory", "--yes"]).exits(1);
    assert!(stranger.err.contains("the file of signers names nobody for SHA256:"), "{}", stranger.err);
    let other = approve(&["--key", "bert", "--as", ANNA, "--yes"]).exits(1);
    assert!(other.err.contains("the approval would not count") && other.err.contains("is the key of `bert@example.com`"), "{}", other.err);
    for bad in ["*", "anna bert", "anna,bert"] {
        approve(&["--as", bad, "--statement"]).exits(1);
    }
    desk.write("not-a-key", "-----BEGIN OPENSSH PRIVATE KEY-----\nPLANTED\n-----END OPENSSH PRIVATE KEY-----\n");
    let ran = approve(&["--key", "not-a-key", "--yes"]).exits(1);
    assert!(ran.err.contains("holds no private key") && !ran.all().contains("PLANTED"), "{}", ran.err);
    let closed = key(1).encrypt(&mut ssh_key::rand_core::OsRng, "PLANTED").unwrap();
    desk.write("closed", closed.to_openssh(LineEnding::LF).unwrap().as_bytes());
    let ran = approve(&["--key", "closed", "--yes"]).exits(1);
    assert!(ran.err.contains("the key wants a passphrase") && ran.err.contains("ssh-add"), "{}", ran.err);
    let agent = approve(&["--key", "anna.pub", "--yes"]).exits(1);
    assert!(agent.err.contains("no agent is known") && agent.err.contains("ssh-add"), "{}", agent.err);
    assert!(!desk.path("plan.json.anna@example.com.approval").exists());
    // No private key stands in anything that is written or printed.
    let ran = approve(&["--key", "anna", "--yes", "--json"]).exits(0);
    let secret = desk.read("anna").lines().nth(3).unwrap().to_owned();
    assert!(!ran.all().contains(&secret) && !desk.read("plan.json.anna@example.com.approval").contains(&secret));
}

/// Runs a program of OpenSSH in the desk; none where these tests are left out.
fn ssh(desk: &Desk, program: &str, args: &[&str], input: &str) -> Option<Output> {
    if std::env::var_os(SKIP).is_some_and(|value| value != "0") {
        return None;
    }
    let file = desk.path("input");
    fs::write(&file, input).unwrap();
    let mut command = Command::new(program);
    command.args(args).current_dir(desk.path("")).stdin(fs::File::open(file).unwrap());
    Some(
        command
            .output()
            .unwrap_or_else(|error| panic!("{program} cannot be run ({error}): install openssh-client; {SKIP}=1 leaves these tests out")),
    )
}

/// The two halves of the file of an approval.
fn halves(text: &str) -> (&str, &str) {
    text.split_at(text.find("-----BEGIN").unwrap())
}

/// True when ssh-keygen takes an approval for the principal, by the same file of signers; none where it is left out.
fn keygen_takes(desk: &Desk, text: &str, principal: &str) -> Option<bool> {
    let (statement, signature) = halves(text);
    desk.write("signature", signature);
    let args = ["-Y", "verify", "-f", "allowed_signers", "-I", principal, "-n", NAMESPACE, "-s", "signature"];
    Some(ssh(desk, "ssh-keygen", &args, statement)?.status.success())
}

#[cfg(unix)]
fn close(desk: &Desk, files: &[&str]) {
    use std::os::unix::fs::PermissionsExt;
    // ssh-keygen refuses a key that others can read.
    for file in files {
        fs::set_permissions(desk.path(file), fs::Permissions::from_mode(0o600)).unwrap();
    }
}

#[cfg(unix)]
#[test]
fn ssh_keygen_takes_what_we_sign_and_we_take_what_it_signs() {
    let desk = desk("");
    plan(&desk);
    close(&desk, &["anna", "bert"]);
    approve(&desk, "anna").exits(0);
    let ours = desk.read("plan.json.anna@example.com.approval");
    let Some(taken) = keygen_takes(&desk, &ours, ANNA) else { return };
    assert!(taken && keygen_takes(&desk, &ours, BERT) == Some(false));
    assert_eq!(keygen_takes(&desk, &ours.replacen("expires 20", "expires 21", 1), ANNA), Some(false));
    // The other way, with a key of each sort that ssh-keygen makes and we verify.
    ssh(&desk, "ssh-keygen", &["-q", "-t", "ecdsa", "-b", "256", "-N", "", "-f", "dora"], "").unwrap();
    let signers = format!("{}\"dora@example.com\" {}", desk.read("allowed_signers"), desk.read("dora.pub"));
    desk.write("allowed_signers", signers);
    for (name, principal) in [("bert", BERT), ("dora", "dora@example.com")] {
        let statement = desk.run(&["approve", "plan.json", "--as", principal, "--statement"]).exits(0).out;
        let signed = ssh(&desk, "ssh-keygen", &["-Y", "sign", "-n", NAMESPACE, "-f", name], &statement).unwrap();
        let text = format!("{statement}{}", String::from_utf8(signed.stdout).unwrap());
        desk.write(name, &text);
        desk.run(&["approve", "plan.json", "--check", "--approval", name]).exits(0);
        assert_eq!(keygen_takes(&desk, &text, principal), Some(true));
    }
    // RSA is not taken unverified.
    ssh(&desk, "ssh-keygen", &["-q", "-t", "rsa", "-b", "2048", "-N", "", "-f", "emil"], "").unwrap();
    let signers = format!("{}\nemil@example.com {}", desk.read("allowed_signers"), desk.read("emil.pub"));
    desk.write("allowed_signers", signers);
    let statement = desk.run(&["approve", "plan.json", "--as", "emil@example.com", "--statement"]).exits(0).out;
    let signed = ssh(&desk, "ssh-keygen", &["-Y", "sign", "-n", NAMESPACE, "-f", "emil"], &statement).unwrap();
    desk.write("rsa", format!("{statement}{}", String::from_utf8(signed.stdout).unwrap()));
    fs::remove_dir_all(desk.path(".trueup/small")).unwrap();
    refused(&desk, "rsa", "APPR007", "ssh-rsa, which is not verified here");
    let ran = desk.run(&["approve", "plan.json", "--key", "emil", "--yes"]).exits(1);
    assert!(ran.err.contains("a sort that is not verified here"), "{}", ran.err);
    apply(&desk, &["--approval", "bert"]).exits(0);
}

#[cfg(unix)]
#[test]
fn an_agent_signs_with_a_key_that_it_has() {
    let desk = desk("");
    plan(&desk);
    let closed = key(1).encrypt(&mut ssh_key::rand_core::OsRng, "PLANTED").unwrap();
    desk.write("closed", closed.to_openssh(LineEnding::LF).unwrap().as_bytes());
    close(&desk, &["anna", "bert"]);
    if ssh(&desk, "ssh-keygen", &["-l", "-f", "anna"], "").is_none() {
        return;
    }
    let socket = desk.path("agent");
    // It lives as long as its standard input is open: as the shell of a command.
    let script = "echo ready; read end";
    let mut command = Command::new("ssh-agent");
    command.args(["-a", &socket.display().to_string(), "sh", "-c", script]);
    let mut agent = command.stdin(Stdio::piped()).stdout(Stdio::piped()).spawn().unwrap();
    std::io::Read::read_exact(agent.stdout.as_mut().unwrap(), &mut [0; 6]).unwrap();
    let added = Command::new("ssh-add").arg(desk.path("anna")).env("SSH_AUTH_SOCK", &socket).stderr(Stdio::null()).status().unwrap();
    assert!(added.success());
    let desk = desk.var("SSH_AUTH_SOCK", socket.display().to_string());
    // By its public half; and a closed one, whose passphrase then nobody has to type.
    for named in ["anna.pub", "closed"] {
        approve(&desk, named).exits(0);
        assert_eq!(keygen_takes(&desk, &desk.read("plan.json.anna@example.com.approval"), ANNA), Some(true));
    }
    let ran = approve(&desk, "bert.pub").exits(1);
    assert!(ran.err.contains("the agent does not have SHA256:"), "{}", ran.err);
    apply(&desk, &[]).exits(0);
    drop(agent.stdin.take());
    agent.wait().unwrap();
    assert!(approve(&desk, "anna.pub").exits(1).err.contains("cannot be asked"));
}

/// Both sorts of security keys, made in software: what signs within, what others see, and what its signatures are called.
fn tokens() -> [(PrivateKey, KeyData, &'static str); 2] {
    let edwards = key(7);
    let seen = KeyData::SkEd25519(SkEd25519::new(*edwards.public_key().key_data().ed25519().unwrap(), "ssh:"));
    let pair = EcdsaKeypair::random(&mut ssh_key::rand_core::OsRng, EcdsaCurve::NistP256).unwrap();
    let EcdsaKeypair::NistP256 { public, .. } = &pair else { unreachable!("this curve was asked for") };
    let nist = KeyData::SkEcdsaSha2NistP256(SkEcdsaSha2NistP256::new(*public, "ssh:"));
    let within = PrivateKey::new(KeypairData::from(pair), "").unwrap();
    [(edwards, seen, "sk-ssh-ed25519@openssh.com"), (within, nist, "sk-ecdsa-sha2-nistp256@openssh.com")]
}

/// An agent that has one security key. It answers one connection.
#[cfg(unix)]
fn security_agent(socket: &Path, flags: u8, (key, own, sort): (PrivateKey, KeyData, &'static str)) -> std::thread::JoinHandle<()> {
    use armor::{encoded, part, put};
    use signature::Signer;
    use std::io::{Read, Write};
    use std::os::unix::net::UnixListener;

    let listener = UnixListener::bind(socket).unwrap();
    let serve = move || {
        for stream in listener.incoming().take(1) {
            let mut stream = stream.unwrap();
            let mut length = [0; 4];
            while stream.read_exact(&mut length).is_ok() {
                let mut message = vec![0; u32::from_be_bytes(length) as usize];
                stream.read_exact(&mut message).unwrap();
                let mut answer = Vec::new();
                match message[0] {
                    11 => {
                        answer.extend([12, 0, 0, 0, 1]);
                        put(&mut answer, &encoded(&own).unwrap());
                        put(&mut answer, b"a token");
                    }
                    13 => {
                        let mut rest = &message[1..];
                        assert_eq!(part(&mut rest).unwrap(), encoded(&own).unwrap());
                        let bytes = part(&mut rest).unwrap();
                        let digest = |bytes: &[u8]| <sha2::Sha256 as sha2::Digest>::digest(bytes).to_vec();
                        let trailer = [&[flags][..], &42_u32.to_be_bytes()].concat();
                        let signed = key.try_sign(&[digest(b"ssh:"), trailer.clone(), digest(bytes)].concat()).unwrap();
                        let mut blob = Vec::new();
                        put(&mut blob, sort.as_bytes());
                        put(&mut blob, signed.as_bytes());
                        blob.extend(trailer);
                        answer.push(14);
                        put(&mut answer, &blob);
                    }
                    _ => answer.push(5),
                }
                let mut framed = Vec::new();
                put(&mut framed, &answer);
                stream.write_all(&framed).unwrap();
            }
        }
    };
    std::thread::spawn(serve)
}

#[cfg(unix)]
#[test]
fn a_security_key_signs_by_its_agent_when_it_is_touched() {
    for (key, public, sort) in tokens() {
        let desk = desk("");
        plan(&desk);
        for (flags, code) in [(0, 1), (1, 0)] {
            let socket = desk.path(&format!("agent-{flags}"));
            let agent = security_agent(&socket, flags, (key.clone(), public.clone(), sort));
            let line = PublicKey::from(public.clone()).to_openssh().unwrap();
            desk.write("token.pub", &line);
            desk.write("allowed_signers", format!("{ANNA} {line}\n"));
            let mut command = desk.command(&["approve", "plan.json", "--key", "token.pub", "--yes"]);
            let ran = desk.tidy(command.env("SSH_AUTH_SOCK", &socket).output().unwrap()).exits(code);
            assert!(ran.err.contains("touch the security key"), "{sort}: {}", ran.err);
            assert_eq!(ran.err.contains("signed without being touched"), code == 1, "{sort}: {}", ran.err);
            agent.join().unwrap();
        }
        let text = desk.read("plan.json.anna@example.com.approval");
        assert!(keygen_takes(&desk, &text, ANNA).unwrap_or(true), "{sort}");
        apply(&desk, &[]).exits(0);
    }
}
