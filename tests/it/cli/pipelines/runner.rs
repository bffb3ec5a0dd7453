//! A runner: it does the steps of a job one after the other, as those of GitHub and GitLab do.

use crate::cli::Desk;
use serde_json::Value;
use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use tempfile::TempDir;

pub struct Runner<'a> {
    desk: &'a Desk,
    pipeline: &'a Value,
    environment: BTreeMap<String, String>,
    /// The values of expressions.
    vars: BTreeMap<String, String>,
    home: TempDir,
    /// The program that stands in the place of the one that is installed.
    program: Option<String>,
}

/// The end of a job.
pub struct Ran {
    pub said: String,
    failed: Vec<String>,
}

impl Ran {
    #[track_caller]
    pub fn ends_well(&self) {
        assert!(self.ended_well(), "{:?} failed:\n{}", self.failed, self.said);
    }
    pub fn ended_well(&self) -> bool {
        self.failed.is_empty()
    }
    /// True when this step was the first that failed.
    pub fn failed(&self, step: &str) -> bool {
        self.failed.first().is_some_and(|name| name == step)
    }
}

impl<'a> Runner<'a> {
    pub fn new(desk: &'a Desk, pipeline: &'a Value, environment: Vec<(&'static str, String)>) -> Self {
        let environment = environment.into_iter().map(|(name, value)| (name.to_owned(), value)).collect();
        Runner { desk, pipeline, environment, vars: BTreeMap::new(), home: tempfile::tempdir().unwrap(), program: None }
    }

    pub fn set(&mut self, name: &str, value: &str) {
        self.environment.insert(name.into(), value.into());
    }

    pub fn var(&mut self, name: &str, value: &str) {
        self.vars.insert(name.into(), value.into());
    }

    pub fn program(&mut self, script: &str) {
        self.program = Some(script.into());
    }

    fn store(&self, artifact: &str) -> PathBuf {
        self.home.path().join("artifacts").join(artifact)
    }

    pub fn artifact(&self, name: &str, file: &str) -> String {
        let path = self.store(name).join(file);
        fs::read_to_string(&path).unwrap_or_else(|error| panic!("{}: {error}", path.display()))
    }

    /// The only file of an artefact whose name ends so.
    pub fn artifact_where(&self, name: &str, end: &str) -> String {
        let found = files(&self.store(name)).into_iter().filter(|file| file.to_string_lossy().ends_with(end)).collect::<Vec<_>>();
        let [one] = found.as_slice() else { panic!("{found:?}") };
        fs::read_to_string(one).unwrap()
    }

    /// Does a job of a workflow of GitHub.
    pub fn job(&mut self, name: &str) -> Ran {
        let job = &self.pipeline["jobs"][name];
        let work = tempfile::tempdir().unwrap();
        let temp = tempfile::tempdir().unwrap();
        let (mut ran, mut path) = (Ran { said: String::new(), failed: Vec::new() }, vec!["/usr/bin".to_owned(), "/bin".into()]);
        if let Some(script) = &self.program {
            put_program(&temp.path().join("own"), script);
            path.insert(0, temp.path().join("own").display().to_string());
        }
        for step in job["steps"].as_array().unwrap_or_else(|| panic!("there is no job {name}")) {
            let title = step["name"].as_str().or(step["uses"].as_str()).unwrap().to_owned();
            let condition = step["if"].as_str().unwrap_or("${{ success() }}");
            let runs = match condition.trim_start_matches("${{").trim_end_matches("}}").trim() {
                "success()" => ran.failed.is_empty(),
                "!cancelled()" | "always()" => true,
                "failure() || cancelled()" => !ran.failed.is_empty(),
                other => panic!("what does `{other}` say?"),
            };
            if !runs || (title == "Install trueup" && self.program.is_some()) {
                continue;
            }
            if let Some(uses) = step["uses"].as_str() {
                self.action(uses, &step["with"], work.path(), temp.path());
                continue;
            }
            let mut variables = self.environment.clone();
            for table in [&self.pipeline["env"], &job["env"], &step["env"]] {
                let table = table.as_object().into_iter().flatten();
                variables.extend(table.map(|(name, value)| (name.clone(), self.filled(value.as_str().unwrap()))));
            }
            for (name, file) in [("GITHUB_PATH", "path"), ("GITHUB_STEP_SUMMARY", "summary")] {
                variables.insert(name.into(), temp.path().join(file).display().to_string());
            }
            variables.insert("RUNNER_TEMP".into(), temp.path().display().to_string());
            variables.insert("PATH".into(), path.join(":"));
            variables.insert("HOME".into(), temp.path().display().to_string());
            if !shell(step["run"].as_str().unwrap(), work.path(), &variables, &mut ran.said) {
                ran.failed.push(title);
            }
            let added = fs::read_to_string(temp.path().join("path")).unwrap_or_default();
            path.splice(0..0, added.lines().rev().map(str::to_owned).filter(|line| !path.contains(line)).collect::<Vec<_>>());
        }
        ran
    }

    /// Does a job of a part of GitLab: its script, in a checkout that keeps artefacts from job to job.
    pub fn script(&mut self, name: &str) -> Ran {
        let job = &self.pipeline[name];
        let work = self.home.path().join("project");
        fs::create_dir_all(&work).unwrap();
        copy(&self.desk.path("."), &work);
        let program = self.home.path().join("own");
        put_program(&program, &format!("#!/bin/sh\nexec {} \"$@\"\n", env!("CARGO_BIN_EXE_trueup")));
        let mut variables = self.environment.clone();
        variables.insert("PATH".into(), format!("{}:/usr/bin:/bin", program.display()));
        variables.insert("HOME".into(), self.home.path().display().to_string());
        let mut ran = Ran { said: String::new(), failed: Vec::new() };
        let lines = job["script"].as_array().unwrap_or_else(|| panic!("there is no job {name}"));
        let lines = lines.iter().map(|line| line.as_str().unwrap()).collect::<Vec<_>>().join("\n");
        if !shell(&lines, &work, &variables, &mut ran.said) {
            ran.failed.push("script".into());
        }
        ran
    }

    /// An expression is one of those that the runner was told.
    fn filled(&self, text: &str) -> String {
        let Some(name) = text.strip_prefix("${{").and_then(|rest| rest.strip_suffix("}}")) else { return text.to_owned() };
        self.vars.get(name.trim()).cloned().unwrap_or_default()
    }

    fn action(&self, uses: &str, with: &Value, work: &Path, temp: &Path) {
        let text = |name: &str| with[name].as_str().map(|text| text.replace("${{ runner.temp }}", &temp.display().to_string()));
        match uses.split('@').next().unwrap() {
            "actions/checkout" => copy(&self.desk.path("."), work),
            "actions/upload-artifact" => {
                let store = self.store(&text("name").unwrap());
                let _ = fs::remove_dir_all(&store);
                fs::create_dir_all(&store).unwrap();
                for path in text("path").unwrap().lines() {
                    match path.split_once("/**/*") {
                        Some((folder, end)) => {
                            let found = files(&work.join(folder)).into_iter().filter(|file| file.to_string_lossy().ends_with(end));
                            for (at, file) in found.enumerate() {
                                fs::copy(file, store.join(format!("{at}{end}"))).unwrap();
                            }
                        }
                        None if work.join(path).exists() => drop(fs::copy(work.join(path), store.join(path)).unwrap()),
                        None => {}
                    }
                }
            }
            "actions/download-artifact" => {
                let to = work.join(text("path").unwrap_or_default());
                match (text("name"), text("pattern")) {
                    (Some(name), _) => copy(&self.store(&name), &to),
                    (None, Some(pattern)) => {
                        let start = pattern.trim_end_matches('*');
                        for entry in fs::read_dir(self.home.path().join("artifacts")).unwrap() {
                            let name = entry.unwrap().file_name().to_string_lossy().into_owned();
                            if name.starts_with(start) {
                                copy(&self.store(&name), &to.join(&name));
                            }
                        }
                    }
                    (None, None) => panic!("which artefact?"),
                }
            }
            other => panic!("who is {other}?"),
        }
    }
}

/// Runs a script as `shell: bash` does. True when it ends well.
fn shell(script: &str, work: &Path, variables: &BTreeMap<String, String>, said: &mut String) -> bool {
    let mut command = Command::new("bash");
    command.args(["--noprofile", "--norc", "-eo", "pipefail", "-c", script]).current_dir(work).env_clear().stdin(Stdio::null());
    let ran = command.env("AWS_EC2_METADATA_DISABLED", "true").envs(variables).output().unwrap();
    *said += &format!("$ {script}\n{}{}", String::from_utf8_lossy(&ran.stdout), String::from_utf8_lossy(&ran.stderr));
    ran.status.success()
}

fn put_program(folder: &Path, script: &str) {
    use std::os::unix::fs::PermissionsExt;
    fs::create_dir_all(folder).unwrap();
    let path = folder.join("trueup");
    fs::write(&path, script).unwrap();
    fs::set_permissions(&path, fs::Permissions::from_mode(0o755)).unwrap();
}

fn copy(from: &Path, to: &Path) {
    fs::create_dir_all(to).unwrap();
    for entry in fs::read_dir(from).unwrap() {
        let entry = entry.unwrap();
        let (from, to) = (entry.path(), to.join(entry.file_name()));
        match entry.file_type().unwrap().is_dir() {
            // What a server or the embedded AWS keeps there is no part of a repository; the latter is worked on where it is.
            true if entry.file_name() == "served" => {}
            true if entry.file_name() == ".trueup" => std::os::unix::fs::symlink(&from, &to).unwrap_or_default(),
            true => copy(&from, &to),
            false => drop(fs::copy(&from, &to).unwrap()),
        }
    }
}

fn files(folder: &Path) -> Vec<PathBuf> {
    let (mut found, mut open) = (Vec::new(), vec![folder.to_owned()]);
    while let Some(next) = open.pop() {
        for entry in fs::read_dir(&next).into_iter().flatten() {
            let path = entry.unwrap().path();
            if path.is_dir() { open.push(path) } else { found.push(path) }
        }
    }
    found.sort();
    found
}
