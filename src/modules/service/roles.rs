//! The three roles of a service, each with what it needs and no more.

use super::{Access, SecretSetting, Service, Setting};
use crate::core::module::Nodes;
use crate::core::reference::{Piece, is_symbolic, pieces};
use crate::kinds::iam::role;
use crate::modules::policy::{allow, document, trust};
use crate::modules::secrets::Secrets;
use crate::modules::storage::Storage;
use serde_json::Value;
use std::collections::{BTreeMap, BTreeSet};

const PULL: &[&str] = &["ecr:BatchCheckLayerAvailability", "ecr:BatchGetImage", "ecr:GetDownloadUrlForLayer"];

impl Service {
    pub(super) fn expand_roles(&self, nodes: &mut Nodes<'_>) {
        let name = nodes.site.name().to_owned();
        let execution = spec(
            format!("Starts the tasks of the service {name}: image, secrets, log lines"),
            "ecs-tasks.amazonaws.com",
            self.execution_statements(nodes),
        );
        nodes.add::<role::Role>("execution-role", execution);
        let task = spec(format!("What the tasks of the service {name} may do"), "ecs-tasks.amazonaws.com", self.task_statements(nodes));
        nodes.add::<role::Role>("task-role", task);
        if self.port.is_some() {
            let traffic = spec(format!("Shifts the traffic of the service {name}"), "ecs.amazonaws.com", self.traffic_statements(nodes));
            nodes.add::<role::Role>("infrastructure-role", traffic);
        }
    }

    fn execution_statements(&self, nodes: &Nodes<'_>) -> Vec<Value> {
        let mut statements = Vec::new();
        let mut repositories = Vec::new();
        if self.has_repository() {
            repositories.push(nodes.site.out("repository", "arn"));
        }
        repositories.extend(self.image.as_deref().and_then(repository_of));
        if !repositories.is_empty() {
            // This one call knows no resource.
            statements.push(allow("SignIn", &["ecr:GetAuthorizationToken"], &["*".into()]));
            statements.push(allow("Pull", PULL, &repositories));
        }
        let logs = format!("{}:*", nodes.site.out("log-group", "arn"));
        statements.push(allow("Log", &["logs:CreateLogStream", "logs:PutLogEvents"], &[logs]));
        let secrets = self.environment.values().filter_map(|setting| match setting {
            Setting::Secret(secret) => Some(secret.arn()),
            Setting::Text(_) | Setting::Number(_) | Setting::Flag(_) => None,
        });
        let secrets = secrets.collect::<BTreeSet<_>>().into_iter().collect::<Vec<_>>();
        if !secrets.is_empty() {
            statements.push(allow("Secrets", &["secretsmanager:GetSecretValue"], &secrets));
        }
        let named = self.environment.values().filter_map(|setting| match setting {
            Setting::Secret(SecretSetting { secret, .. }) => nodes.site.get::<Secrets>(secret)?.kms_key,
            Setting::Text(_) | Setting::Number(_) | Setting::Flag(_) => None,
        });
        statements.extend(keys("SecretKeys", &["kms:Decrypt"], named));
        statements
    }

    fn task_statements(&self, nodes: &Nodes<'_>) -> Vec<Value> {
        let mut statements = Vec::new();
        for (at, (name, access)) in self.storage.iter().enumerate() {
            let bucket = format!("${{storage.{name}.bucket.arn}}");
            let (read, write) = (*access != Access::Write, *access != Access::Read);
            let mut objects = Vec::new();
            if read {
                objects.push("s3:GetObject");
                statements.push(allow(&format!("List{at}"), &["s3:ListBucket"], std::slice::from_ref(&bucket)));
            }
            if write {
                objects.extend(["s3:AbortMultipartUpload", "s3:DeleteObject", "s3:PutObject"]);
            }
            statements.push(allow(&format!("Objects{at}"), &objects, &[format!("{bucket}/*")]));
        }
        let used = self.storage.keys().filter_map(|name| nodes.site.get::<Storage>(name)?.kms_key);
        statements.extend(keys("StorageKeys", &["kms:Decrypt", "kms:GenerateDataKey"], used));
        if self.execute_command {
            let actions = ["CreateControlChannel", "CreateDataChannel", "OpenControlChannel", "OpenDataChannel"];
            let actions = actions.map(|action| format!("ssmmessages:{action}"));
            statements.push(allow("Shell", &actions.each_ref().map(String::as_str), &["*".into()]));
        }
        statements.extend(self.statements.iter().cloned());
        statements
    }

    // Allows what AmazonECSInfrastructureRolePolicyForLoadBalancers does, but on this service's own resources only.
    fn traffic_statements(&self, nodes: &Nodes<'_>) -> Vec<Value> {
        let describe = ["DescribeListeners", "DescribeRules", "DescribeTargetGroups", "DescribeTargetHealth"];
        let describe = describe.map(|action| format!("elasticloadbalancing:{action}"));
        let arns = |names: &[&str]| names.iter().map(|name| nodes.site.out(name, "arn")).collect::<Vec<_>>();
        vec![
            allow("Describe", &describe.each_ref().map(String::as_str), &["*".into()]),
            allow(
                "Targets",
                &["elasticloadbalancing:DeregisterTargets", "elasticloadbalancing:RegisterTargets"],
                &arns(&["target-group.blue", "target-group.green"]),
            ),
            allow("Traffic", &["elasticloadbalancing:ModifyRule"], &arns(&["rule.production", "rule.test"])),
        ]
    }
}

impl SecretSetting {
    /// The ARN of the secret as a whole.
    pub(super) fn arn(&self) -> String {
        if is_symbolic(&self.secret) || self.secret.starts_with("arn:") {
            self.secret.clone()
        } else {
            format!("${{secrets.{}.secret.arn}}", self.secret)
        }
    }
    /// Returns the ARN, and behind it the key of a JSON secret, as ECS takes them.
    pub(super) fn value_from(&self) -> String {
        match &self.key {
            Some(key) => format!("{}:{key}::", self.arn()),
            None => self.arn(),
        }
    }
}

fn spec(description: String, service: &str, statements: Vec<Value>) -> role::Spec {
    let policy = (!statements.is_empty()).then(|| ("own".to_owned(), document(statements)));
    role::Spec {
        name: None,
        description,
        assume_role_policy: trust(service),
        inline_policies: policy.into_iter().collect::<BTreeMap<_, _>>(),
        managed_policy_arns: Vec::new(),
        max_session_duration: 3600,
        tags: BTreeMap::new(),
    }
}

// A statement about KMS keys, if there are any: AWS's own keys need none.
fn keys(sid: &str, actions: &[&str], named: impl Iterator<Item = String>) -> Option<Value> {
    let arns = named.collect::<BTreeSet<_>>().into_iter().collect::<Vec<_>>();
    (!arns.is_empty()).then(|| allow(sid, actions, &arns))
}

// The repository of an image that lies in ECR: 123456789012.dkr.ecr.us-east-1.amazonaws.com/team/api@sha256:…, or the one of another
// service or resource: ${service.api.repository}:v1.
fn repository_of(image: &str) -> Option<String> {
    if let Some(Piece::Reference(reference)) = pieces(image).first() {
        return match (reference.address.module(), reference.output.as_str()) {
            (_, "uri") => Some(format!("${{{}.arn}}", reference.address)),
            ("service", "repository") => Some(format!("${{{}.repository.arn}}", reference.address)),
            _ => None,
        };
    }
    let (host, path) = image.split_once('/')?;
    let (account, rest) = host.split_once(".dkr.ecr.")?;
    let region = rest.split('.').next()?;
    let name = path.split('@').next()?.split(':').next()?;
    let partition = if region.starts_with("cn-") {
        "aws-cn"
    } else if region.starts_with("us-gov-") {
        "aws-us-gov"
    } else {
        "aws"
    };
    Some(format!("arn:{partition}:ecr:{region}:{account}:repository/{name}"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn images_in_ecr_have_a_repository_to_allow() {
        let arn = "arn:aws:ecr:us-east-1:123456789012:repository/team/api";
        for image in ["team/api", "team/api:1.2", "team/api@sha256:ab", "team/api:1@sha256:ab"] {
            assert_eq!(repository_of(&format!("123456789012.dkr.ecr.us-east-1.amazonaws.com/{image}")).as_deref(), Some(arn));
        }
        for (image, arn) in [
            ("${service.api.repository}:v1", "${service.api.repository.arn}"),
            ("${resource.images.uri}@sha256:ab", "${resource.images.arn}"),
        ] {
            assert_eq!(repository_of(image).as_deref(), Some(arn));
        }
        assert_eq!(repository_of("${service.api.url}"), None);
        assert_eq!(repository_of("nginx:1.29"), None);
        assert_eq!(repository_of("ghcr.io/a/b"), None);
    }
}
