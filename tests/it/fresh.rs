//! An account that is new: roles that other services have not heard of yet.

use crate::stand::{Stand, graph, stack};
use std::collections::BTreeSet;
use std::sync::Mutex;
use trueup::core::event::{Event, Outcome};
use trueup::engine::apply::Options;
use trueup::sandbox::{self, Sandbox, Speed};

/// Everything whose request names a role that is made in the same apply.
const STACK: &str = r#"
[stack]
name = "fresh"
region = "us-east-1"

[network]
nat = "none"
data_subnets = true

[resource.reader]
kind = "iam.role"
assume_role_policy = { Version = "2012-10-17", Statement = [{ Effect = "Allow", Principal = { Service = "ecs-tasks.amazonaws.com" }, Action = "sts:AssumeRole" }] }

[resource.trusting]
kind = "iam.role"
assume_role_policy = { Version = "2012-10-17", Statement = [{ Effect = "Allow", Principal = { AWS = "${resource.reader.arn}" }, Action = "sts:AssumeRole" }] }

[resource.files]
kind = "s3.bucket"
protect = false

[resource.files.policy]
Version = "2012-10-17"
Statement = [{ Effect = "Allow", Principal = { AWS = "${resource.reader.arn}" }, Action = "s3:GetObject", Resource = "${resource.files.arn}/*" }]

[resource.events]
kind = "sns.topic"

[resource.events.policy]
Version = "2012-10-17"
Statement = [{ Effect = "Allow", Principal = { AWS = "${resource.reader.arn}" }, Action = "sns:Publish" }]

[resource.search]
kind = "opensearch.domain"
engine_version = "OpenSearch_2.19"
instance_type = "t3.small.search"
access_policies = { Version = "2012-10-17", Statement = [{ Effect = "Allow", Principal = { AWS = "${resource.reader.arn}" }, Action = "es:ESHttp*", Resource = "*" }] }

[database.main]
monitoring_interval = 60

[service.web]
image = "public.ecr.aws/nginx/nginx:1.29"
subnets = "public"
"#;

/// They are made once all of them have been refused, so that nothing depends on how fast anything is.
const REFUSED: [&str; 5] = ["database.main.instance", "resource.events", "resource.files", "resource.search", "resource.trusting"];

#[tokio::test(flavor = "multi_thread")]
async fn a_role_that_is_seconds_old_is_waited_for() {
    let stack = stack(STACK, None, &[]);
    let graph = graph(&stack);
    let sandbox = Sandbox::open(sandbox::Options { speed: Speed::Instant, ..sandbox::Options::default() }).unwrap();
    sandbox.set_faults(vec!["new-roles:1000000s".parse().unwrap()]);
    let stand = Stand::at(sandbox.clone(), &stack, 20.0).await;
    let refused = Mutex::new(BTreeSet::new());
    let watch = |event: &Event| {
        if let Event::Retrying { address, reason, .. } = event {
            let reason = reason.to_lowercase();
            assert!(["principal", "role", "policy"].iter().any(|word| reason.contains(word)), "{address}: {reason}");
            let mut refused = refused.lock().unwrap();
            refused.insert(address.to_string());
            if refused.len() == REFUSED.len() {
                sandbox.set_faults(Vec::new());
            }
        }
    };
    let (_keep, cancel) = tokio::sync::watch::channel(false);
    let applied = stand.apply_watched(&stand.plan(&graph).await, &Options::new(16, cancel), watch).await;
    assert_eq!(applied.outcome, Outcome::Complete, "{:#?}", applied.trouble());
    assert_eq!(refused.into_inner().unwrap(), REFUSED.map(str::to_owned).into());
    stand.settled(&graph).await;
}
