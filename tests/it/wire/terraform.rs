//! Terraform against `sandbox serve`: it makes everything, finds no difference afterwards, and takes everything away.
//!
//! Nothing is downloaded. `TRUEUP_TERRAFORM_PLUGINS` names a mirror as `terraform providers mirror` makes one, and without it the
//! places are searched that Terraform searches itself. Where Terraform or its provider is missing, a line says so.

use crate::cli::Desk;
use crate::cli::served::Served;
use std::collections::BTreeMap;
use std::io::Write;
use std::path::{Path, PathBuf};
use std::process::Command;
use trueup::testing::python::SKIP;

/// Names the mirror. Whoever sets it wants these tests to run: what is missing then fails them.
const PLUGINS: &str = "TRUEUP_TERRAFORM_PLUGINS";
/// The provider that the configurations are written for, by its path in a mirror.
const PROVIDER: &str = "registry.terraform.io/hashicorp/aws";
const VERSION: &str = "5.100.0";

#[test]
fn the_flagship_of_terraform_lives_on_the_sandbox() {
    lives("flagship", 95);
}

#[test]
fn what_tools_read_beside_a_stack_lives_on_the_sandbox() {
    lives("neighbours", 69);
}

/// The whole life of a configuration of `tests/wire/terraform`.
fn lives(name: &str, resources: usize) {
    let Some(mirror) = mirror().unwrap_or_else(|why| skip(name, &why)) else { return };
    let home = Desk::new();
    let served = Served::start_at(&home, "1000");
    let terraform = Terraform::init(&home, &served, name, &mirror);

    let said = terraform.run(0, &["apply", "-auto-approve"]);
    assert!(said.contains(&format!("Apply complete! Resources: {resources} added, 0 changed, 0 destroyed.")), "{said}");
    // 0 says that there is nothing to change.
    terraform.run(0, &["plan", "-detailed-exitcode"]);
    // Once Terraform knows what one resource did to another, nothing changes by itself.
    terraform.run(0, &["apply", "-auto-approve", "-refresh-only"]);
    let said = terraform.run(0, &["plan", "-refresh-only"]);
    assert!(said.contains("No changes. Your infrastructure still matches the configuration."), "{said}");
    let said = terraform.run(0, &["destroy", "-auto-approve"]);
    assert!(said.contains(&format!("Destroy complete! Resources: {resources} destroyed.")), "{said}");

    let log = home.read("served/requests.jsonl");
    let calls: Vec<serde_json::Value> = log.lines().map(|line| serde_json::from_str(line).unwrap()).collect();
    let unanswered: Vec<String> = calls.iter().filter(|call| call["status"].as_u64() >= Some(500)).map(ToString::to_string).collect();
    assert_eq!(unanswered, [""; 0]);
}

/// The folder with the provider, `None` if it is not to be used, or why there is none.
fn mirror() -> Result<Option<PathBuf>, String> {
    if std::env::var_os(SKIP).is_some_and(|value| value != "0") {
        return Ok(None);
    }
    let version = Command::new("terraform").arg("version").output();
    if !version.is_ok_and(|output| output.status.success()) {
        return Err("terraform is not installed".into());
    }
    let has_provider = |mirror: &PathBuf| {
        let folder = mirror.join(PROVIDER);
        let packed = std::fs::read_dir(&folder).into_iter().flatten().flatten();
        let of_version = |name: &str| name.starts_with(&format!("terraform-provider-aws_{VERSION}_"));
        folder.join(VERSION).is_dir() || packed.into_iter().any(|entry| entry.file_name().to_str().is_some_and(of_version))
    };
    let named = std::env::var_os(PLUGINS).map(PathBuf::from);
    let home = std::env::var_os("HOME").map(|home| Path::new(&home).join(".terraform.d/plugins"));
    let usual = ["/usr/local/share/terraform/plugins", "/usr/share/terraform/plugins"].map(PathBuf::from);
    let places = named.map_or_else(|| home.into_iter().chain(usual).collect(), |named| vec![named]);
    let found = places.into_iter().find(has_provider);
    found
        .map(Some)
        .ok_or_else(|| format!("no place has version {VERSION} of the provider hashicorp/aws; {PLUGINS} names a mirror that has"))
}

/// Says why a test does not run, past the capture of the test's output; fails it if it was asked for.
fn skip(name: &str, why: &str) -> Option<PathBuf> {
    assert!(std::env::var_os(PLUGINS).is_none(), "{PLUGINS} is set, but {why}");
    let _ = writeln!(std::io::stderr().lock(), "\nnot run: the Terraform configuration `{name}`, since {why}");
    None
}

/// Terraform in a folder of its own, with nothing of the tester's environment.
struct Terraform {
    folder: PathBuf,
    vars: BTreeMap<&'static str, String>,
}

impl Terraform {
    fn init(home: &Desk, served: &Served, name: &str, mirror: &Path) -> Self {
        let sources = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/wire/terraform").join(name);
        for entry in std::fs::read_dir(sources).unwrap() {
            let path = entry.unwrap().path();
            let file = path.file_name().unwrap().to_str().unwrap();
            home.write(&format!("terraform/{file}"), std::fs::read(&path).unwrap());
        }
        home.write("terraformrc", format!("provider_installation {{\n  filesystem_mirror {{\n    path = {mirror:?}\n  }}\n}}\n"));
        let text = |path: PathBuf| path.display().to_string();
        let vars = BTreeMap::from([
            ("AWS_ACCESS_KEY_ID", "sandbox".to_owned()),
            ("AWS_SECRET_ACCESS_KEY", "sandbox".to_owned()),
            ("AWS_EC2_METADATA_DISABLED", "true".to_owned()),
            ("AWS_ENDPOINT_URL", served.address.clone()),
            ("CHECKPOINT_DISABLE", "1".to_owned()),
            ("HOME", text(home.path(""))),
            ("PATH", std::env::var("PATH").unwrap_or_default()),
            ("TF_CLI_CONFIG_FILE", text(home.path("terraformrc"))),
        ]);
        let terraform = Terraform { folder: home.path("terraform"), vars };
        terraform.run(0, &["init"]);
        terraform
    }

    fn run(&self, code: i32, args: &[&str]) -> String {
        let mut command = Command::new("terraform");
        command.args(args).args(["-no-color", "-input=false"]).current_dir(&self.folder).env_clear().envs(&self.vars);
        if args[0] != "init" {
            // Most of the time is Terraform waiting; ten at a time, as it does by itself, would wait for one another.
            command.arg("-parallelism=30");
        }
        let output = command.output().unwrap();
        let said = String::from_utf8_lossy(&[output.stdout, output.stderr].concat()).into_owned();
        assert_eq!(output.status.code(), Some(code), "terraform {}:\n{said}", args.join(" "));
        said
    }
}
