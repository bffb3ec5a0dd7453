//! IAM's simulator, asked whether the caller may pass the roles of a version.

use crate::aws::{Aws, During, Result};
use crate::core::arn::last_part;
use crate::core::reference::is_symbolic;
use crate::core::rollout::preflight::facts::Denied;
use aws_sdk_iam::types::{ContextEntry, ContextKeyTypeEnum, EvaluationResult, PolicyEvaluationDecisionType};
use futures::future::join_all;
use std::collections::{BTreeMap, BTreeSet};

/// Answers which of these roles, each with the service that is to assume it, the caller may not pass: by name and service. Where
/// nobody may simulate, or the simulator lacks what a condition asks for, nothing is said.
/// <https://docs.aws.amazon.com/IAM/latest/APIReference/API_SimulatePrincipalPolicy.html>
pub(super) async fn denied(aws: &Aws, caller: &str, roles: Vec<(String, &'static str)>) -> BTreeMap<(String, String), Denied> {
    let mut by_service = BTreeMap::<_, BTreeSet<String>>::new();
    for (arn, service) in roles.into_iter().filter(|(arn, _)| !is_symbolic(arn)) {
        by_service.entry(service).or_default().insert(arn);
    }
    let Some(principal) = (if by_service.is_empty() { None } else { principal(aws, caller).await }) else { return BTreeMap::new() };
    let to = principal.rsplit_once(':').map_or(&*principal, |(_, name)| name).to_owned();
    let asked = by_service.into_iter().map(async |(service, arns)| {
        let results = simulate(aws, &principal, service, arns).await.unwrap_or_default();
        let denied = results.into_iter().filter_map(|result| {
            let explicit = is_denied(&result)?;
            Some(((last_part(result.eval_resource_name()?).to_owned(), service.to_owned()), Denied { to: to.clone(), explicit }))
        });
        denied.collect::<Vec<_>>()
    });
    join_all(asked).await.into_iter().flatten().collect()
}

/// Returns the user or role whose policies decide; nothing for root, who may do everything, and for whom the simulator does not know.
/// The ARN of a session leaves the path of its role out.
/// <https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_identifiers.html#identifiers-arns>
async fn principal(aws: &Aws, caller: &str) -> Option<String> {
    let (service, name) = (caller.split(':').nth(2)?, caller.split(':').nth(5)?);
    match (service, name.split_once('/')?) {
        ("iam", ("user", _)) => Some(caller.to_owned()),
        ("sts", ("assumed-role", session)) => {
            let role = session.split('/').next()?;
            let answer = aws.iam.get_role().role_name(role).send().await.during("iam.GetRole").ok()?;
            Some(answer.role?.arn)
        }
        _ => None,
    }
}

async fn simulate(aws: &Aws, principal: &str, service: &str, roles: BTreeSet<String>) -> Result<Vec<EvaluationResult>> {
    let passed = ContextEntry::builder().context_key_name("iam:PassedToService").context_key_type(ContextKeyTypeEnum::String);
    let call = aws.iam.simulate_principal_policy().policy_source_arn(principal).action_names("iam:PassRole");
    let call = call.set_resource_arns(Some(roles.into_iter().collect())).context_entries(passed.context_key_values(service).build());
    Ok(call.send().await.during("iam.SimulatePrincipalPolicy")?.evaluation_results.unwrap_or_default())
}

/// True where a statement denies it, false where none allows it. Without the values of all conditions a result is not to be trusted.
/// <https://docs.aws.amazon.com/IAM/latest/APIReference/API_EvaluationResult.html>
fn is_denied(result: &EvaluationResult) -> Option<bool> {
    match result.eval_decision() {
        _ if !result.missing_context_values().is_empty() => None,
        PolicyEvaluationDecisionType::ExplicitDeny => Some(true),
        PolicyEvaluationDecisionType::ImplicitDeny => Some(false),
        _ => None,
    }
}
