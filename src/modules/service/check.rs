//! The checks of a service that no type can make.

use super::{Deployment, Health, Scale, SecretSetting, Service, Setting};
use crate::core::codes::{NO_SUCH_MODULE, NO_SUCH_SECRET_KEY, WRONG_TYPE};
use crate::core::diagnostic::Diagnostic;
use crate::core::module::{Module, Part, Site};
use crate::core::reference::is_symbolic;
use crate::core::suggest::{MOST, nearest, some_of};
use crate::modules::codes;
use crate::modules::network::Network;
use crate::modules::secrets::Secrets;
use crate::modules::storage::Storage;
use crate::modules::{check_ranges, needs_network};
use std::collections::{BTreeSet, HashMap};

impl Service {
    pub(super) fn problems(&self, site: &Site<'_>) -> Vec<Diagnostic> {
        let mut found = Vec::new();
        match site.get::<Network>("") {
            None => found.push(needs_network(site)),
            Some(network) => {
                let zones = network.letters(&site.settings.region).len();
                if self.port.is_some() && zones < 2 {
                    let one = site.wrong(
                        &codes::BALANCER_IN_ONE_ZONE,
                        "port",
                        "a load balancer needs subnets in two zones, and the network has one",
                    );
                    found.push(one.help("write zones = 2 in [network]"));
                }
            }
        }
        if site.name() == "cluster" {
            found.push(site.wrong(&codes::RESERVED_NAME, "", "a service cannot be called `cluster`: that is where all services run"));
        }
        if let Some(Scale { min, max, .. }) = &self.scale
            && (min > max || *max == 0)
        {
            let one = site.wrong(&codes::SCALES_BACKWARDS, "scale.max", format!("`scale` goes from {min} to {max} tasks"));
            found.push(one.help("`max` is at least `min`, and at least 1"));
        }
        if self.port.is_none() {
            let usual = Health::default();
            let asked = self.health.path != usual.path || self.health.status != usual.status;
            let health = if self.health.path != usual.path { "health.path" } else { "health.status" };
            for (key, given) in [("certificate", self.certificate.is_some()), ("allow", !self.allow.is_empty()), (health, asked)] {
                if given {
                    let one =
                        site.wrong(&codes::WORKER_HAS_NO_BALANCER, key, format!("`{key}` is the load balancer's, and a worker has none"));
                    found.push(one.help("give the service a `port`"));
                }
            }
            if self.deployment == Some(Deployment::BlueGreen) {
                let one = site.wrong(
                    &codes::BLUE_GREEN_WORKER,
                    "deployment",
                    "blue-green shifts a load balancer's traffic, and a worker has none",
                );
                found.push(one.help("give the service a `port`, or write deployment = \"rolling\""));
            }
        }
        let region = site.settings.region.as_str();
        // A certificate that was uploaded to IAM is of all regions.
        // https://docs.aws.amazon.com/IAM/latest/UserGuide/id_credentials_server-certs.html
        let elsewhere =
            |arn: &&String| arn.starts_with("arn:") && arn.split(':').nth(3).is_some_and(|other| !other.is_empty() && other != region);
        if let Some(arn) = self.certificate.as_ref().filter(elsewhere) {
            let message = format!("a load balancer in {region} takes no certificate of another region, such as {arn}");
            let one = site.wrong(&codes::BALANCER_CERTIFICATE_ELSEWHERE, "certificate", message);
            found.push(one.help(format!("request the certificate in {region}")));
        }
        if self.image.is_none() && self.repository == Some(false) {
            let one = site.wrong(&codes::NOTHING_TO_RUN, "", "the service has neither an `image` nor a repository of its own");
            found.push(one.help("write image = \"registry/repository@sha256:…\", or repository = true"));
        }
        found.extend(self.rollout.iter().flat_map(|rollout| rollout.problems(self, site)));
        found.extend(check_ranges(site, &self.allow));
        found.extend(self.check_uses(site));
        found
    }

    fn check_uses(&self, site: &Site<'_>) -> Vec<Diagnostic> {
        let mut found = Vec::new();
        let mut keys = HashMap::new();
        for (name, setting) in &self.environment {
            let Setting::Secret(SecretSetting { secret, key }) = setting else { continue };
            let read = || site.get::<Secrets>(secret).map(|secret| secret.keys.into_iter().collect::<BTreeSet<_>>()).unwrap_or_default();
            let known = key.as_ref().map(|key| (key, &*keys.entry(secret).or_insert_with(read)));
            if let Some((key, keys)) = known.filter(|(key, keys)| !keys.is_empty() && !keys.contains(*key)) {
                let one = site.wrong(
                    &NO_SUCH_SECRET_KEY,
                    &format!("environment.{name}.key"),
                    format!("the secret `{secret}` has no key `{key}`"),
                );
                found.push(one.help(list_of(key, &keys.iter().take(MOST).map(String::as_str).collect::<Vec<_>>())));
            }
            if !is_symbolic(secret)
                && !secret.starts_with("arn:")
                && !site.has(&format!("{}.{secret}", Secrets::SECTION))
                && !site.is_absent(Secrets::SECTION, secret)
            {
                let one = site.wrong(&NO_SUCH_MODULE, &format!("environment.{name}.secret"), format!("there is no `[secrets.{secret}]`"));
                found.push(one.help(list_of(secret, &site.names(Secrets::SECTION).take(MOST).collect::<Vec<_>>())));
            }
        }
        let stored = |name: &str| site.has(&format!("{}.{name}", Storage::SECTION)) || site.is_absent(Storage::SECTION, name);
        for name in self.storage.keys().filter(|name| !stored(name)) {
            let one = site.wrong(&NO_SUCH_MODULE, &format!("storage.{name}"), format!("there is no `[storage.{name}]`"));
            found.push(one.help(list_of(name, &site.names(Storage::SECTION).take(MOST).collect::<Vec<_>>())));
        }
        for (at, label) in self.needs.iter().enumerate() {
            let (section, name) = label.split_once('.').unwrap_or((label, ""));
            if name.is_empty() || !site.has(label) && !site.is_absent(section, name) {
                let known = site.parts.iter().filter(|part| part.row.named).take(MOST).map(Part::label).collect::<Vec<_>>();
                let one = site.wrong(&NO_SUCH_MODULE, &format!("needs.{at}"), format!("there is no `[{label}]`"));
                found.push(one.help(list_of(label, &known.iter().map(String::as_str).collect::<Vec<_>>())));
            }
        }
        for (at, statement) in self.statements.iter().enumerate() {
            if !statement.is_object() {
                let one =
                    site.wrong(&WRONG_TYPE, &format!("statements.{at}"), "a statement is a table with `Effect`, `Action` and `Resource`");
                found.push(one);
            }
        }
        found
    }
}

pub(super) fn list_of(name: &str, known: &[&str]) -> String {
    match nearest(name, known.iter().copied()) {
        Some(near) => format!("did you mean `{near}`?"),
        None if known.is_empty() => "there is none of these in the file".into(),
        None => format!("there is {}", some_of(known)),
    }
}
