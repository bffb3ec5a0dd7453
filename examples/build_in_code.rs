//! A stack without a file: the same modules as Rust values, and its plan against an empty account.
//!
//! `cargo run --no-default-features --example build_in_code`

use std::collections::BTreeMap;
use std::process::ExitCode;
use trueup::core::planner::Policy;
use trueup::core::stack::Stack;
use trueup::kinds::sns::topic;
use trueup::modules::database::Database;
use trueup::modules::network::{Nat, Network};
use trueup::modules::service::{Scale, SecretSetting, Service, Setting};
use trueup::ops::plan::{Wish, draft, nothing};
use trueup::ops::stack::Loaded;
use trueup::pricing::catalog::Catalog;
use trueup::report;

fn main() -> ExitCode {
    let loaded = match Loaded::of(shop()) {
        Ok(loaded) => loaded,
        Err(error) => {
            report::error(&error.to_string(), error.hint().as_deref());
            return ExitCode::FAILURE;
        }
    };
    let policy = Policy { created: "2026-01-01T00:00:00Z".into(), ..Policy::default() };
    let wish = Wish { policy, accepted: None, catalog: Catalog::embedded() };
    let plan = draft(&loaded, &nothing(&loaded), &wish);
    report::data(&report::plan::render(&plan, report::plan::View { width: 100, whole: false }));
    ExitCode::SUCCESS
}

fn orders() -> topic::Spec {
    topic::Spec {
        name: None,
        display_name: "Orders".into(),
        fifo: false,
        kms_key_id: None,
        policy: None,
        subscriptions: Vec::new(),
        tags: BTreeMap::new(),
    }
}

/// A service for each region's shop, all on one database.
pub fn shop() -> Stack {
    let password = SecretSetting { secret: "${database.main.secret}".into(), key: Some("password".into()) };
    let environment = |language: &str| {
        BTreeMap::from([
            ("LANGUAGE".to_owned(), Setting::Text(language.to_owned())),
            ("DATABASE_HOST".to_owned(), Setting::Text("${database.main.host}".into())),
            ("DATABASE_PASSWORD".to_owned(), Setting::Secret(password.clone())),
        ])
    };
    let stack = Stack::new("shop", "production", "eu-central-1")
        .add(Network { nat: Nat::PerZone, ..Network::default() })
        .add_named("main", Database { multi_az: true, ..Database::default() })
        .add_resource::<topic::Topic>("orders", orders());
    ["de", "fr"].into_iter().fold(stack, |stack, language| {
        let service = Service {
            image: Some("public.ecr.aws/nginx/nginx:1.29".into()),
            port: Some(8080),
            scale: Some(Scale { min: 2, max: 4, cpu: Some(60.0), memory: None }),
            environment: environment(language),
            ..Service::default()
        };
        stack.add_named(format!("shop-{language}"), service)
    })
}
