//! Puts the actions of listeners and rules into AWS's form, and reads them back.

use crate::kinds::elbv2::action::*;
use aws_sdk_elasticloadbalancingv2::types as sdk;
use sdk::{ActionTypeEnum, RedirectActionStatusCodeEnum};

/// Returns the weights to send with an action: those that `weights` gives, else those that are live, else all for `initial`.
pub(crate) fn split(arns: &[String], weights: Option<&[Weight]>, initial: Option<&str>, live: &[Weight]) -> Vec<Weight> {
    let of = |known: &[Weight], arn: &str| known.iter().find(|weight| weight.target_group_arn == arn).map_or(0, |weight| weight.weight);
    let known = weights.unwrap_or(live);
    if weights.is_some() || arns.iter().any(|arn| of(known, arn) > 0) {
        return arns.iter().map(|arn| Weight { target_group_arn: arn.clone(), weight: of(known, arn) }).collect();
    }
    let first = initial.or(arns.first().map(String::as_str));
    let share = |arn: &String| Weight { target_group_arn: arn.clone(), weight: if Some(arn.as_str()) == first { 100 } else { 0 } };
    arns.iter().map(share).collect()
}

/// Returns an action as the API takes it, with its traffic split as `weights` say.
pub(crate) fn sdk(action: &Action, weights: Vec<Weight>) -> Vec<sdk::Action> {
    let builder = sdk::Action::builder();
    let built = match action {
        Action::Forward { target_group_arns, stickiness_seconds: None } if target_group_arns.len() == 1 => {
            builder.r#type(ActionTypeEnum::Forward).set_target_group_arn(target_group_arns.first().cloned())
        }
        Action::Forward { stickiness_seconds, .. } => {
            let groups = weights
                .into_iter()
                .map(|weight| sdk::TargetGroupTuple::builder().target_group_arn(weight.target_group_arn).weight(weight.weight).build());
            let sticky = sdk::TargetGroupStickinessConfig::builder()
                .enabled(stickiness_seconds.is_some())
                .set_duration_seconds(*stickiness_seconds)
                .build();
            let config = sdk::ForwardActionConfig::builder()
                .set_target_groups(Some(groups.collect()))
                .target_group_stickiness_config(sticky)
                .build();
            builder.r#type(ActionTypeEnum::Forward).forward_config(config)
        }
        Action::Redirect { protocol, port, host, path, query, status_code } => {
            let status = match status_code {
                RedirectCode::HTTP_301 => RedirectActionStatusCodeEnum::Http301,
                RedirectCode::HTTP_302 => RedirectActionStatusCodeEnum::Http302,
            };
            let config = sdk::RedirectActionConfig::builder()
                .protocol(protocol)
                .port(port)
                .host(host)
                .path(path)
                .query(query)
                .status_code(status)
                .build();
            builder.r#type(ActionTypeEnum::Redirect).redirect_config(config)
        }
        Action::FixedResponse { status_code, content_type, message_body } => {
            let body = Some(message_body.clone()).filter(|body| !body.is_empty());
            let config = sdk::FixedResponseActionConfig::builder()
                .status_code(status_code.to_string())
                .content_type(content_type)
                .set_message_body(body)
                .build();
            builder.r#type(ActionTypeEnum::FixedResponse).fixed_response_config(config)
        }
        Action::Other { .. } => return Vec::new(),
    };
    vec![built.build()]
}

/// Reads an action as AWS answers it, with the weights of a forward beside it.
pub(crate) fn live(actions: &[sdk::Action]) -> (Action, Option<Vec<Weight>>) {
    let other = || Action::Other { actions: actions.iter().filter_map(|action| Some(action.r#type()?.as_str().to_owned())).collect() };
    let [only] = actions else { return (other(), None) };
    match only.r#type() {
        Some(ActionTypeEnum::Forward) => {
            let (action, weights) = forward(only);
            (action, Some(weights))
        }
        Some(ActionTypeEnum::Redirect) => {
            let config = only.redirect_config();
            let part = |text: Option<&str>, own: fn() -> String| text.map_or_else(own, String::from);
            let action = Action::Redirect {
                protocol: part(config.and_then(|config| config.protocol()), own_protocol),
                port: part(config.and_then(|config| config.port()), own_port),
                host: part(config.and_then(|config| config.host()), own_host),
                path: part(config.and_then(|config| config.path()), own_path),
                query: part(config.and_then(|config| config.query()), own_query),
                status_code: match config.and_then(|config| config.status_code()) {
                    Some(RedirectActionStatusCodeEnum::Http302) => RedirectCode::HTTP_302,
                    _ => RedirectCode::HTTP_301,
                },
            };
            (action, None)
        }
        Some(ActionTypeEnum::FixedResponse) => {
            let config = only.fixed_response_config();
            let action = Action::FixedResponse {
                status_code: config.and_then(|config| config.status_code()?.parse().ok()).unwrap_or_default(),
                content_type: config.and_then(|config| config.content_type()).map_or_else(plain_text, String::from),
                message_body: config.and_then(|config| config.message_body()).unwrap_or_default().to_owned(),
            };
            (action, None)
        }
        _ => (other(), None),
    }
}

fn forward(action: &sdk::Action) -> (Action, Vec<Weight>) {
    let config = action.forward_config();
    let sticky = config.and_then(|config| config.target_group_stickiness_config()).filter(|sticky| sticky.enabled() == Some(true));
    let mut weights = config
        .map(|config| config.target_groups())
        .unwrap_or_default()
        .iter()
        .map(|group| Weight {
            target_group_arn: group.target_group_arn().unwrap_or_default().to_owned(),
            weight: group.weight().unwrap_or(1),
        })
        .collect::<Vec<_>>();
    if let Some(arn) = action.target_group_arn().filter(|_| weights.is_empty()) {
        weights.push(Weight { target_group_arn: arn.to_owned(), weight: 1 });
    }
    let target_group_arns = weights.iter().map(|weight| weight.target_group_arn.clone()).collect();
    (Action::Forward { target_group_arns, stickiness_seconds: sticky.and_then(|sticky| sticky.duration_seconds()) }, weights)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn live_weights_stay_unless_a_spec_says_otherwise() {
        let arns = ["a".to_owned(), "b".to_owned()];
        let weights = |a, b| vec![Weight { target_group_arn: "a".into(), weight: a }, Weight { target_group_arn: "b".into(), weight: b }];
        assert_eq!(split(&arns, None, Some("b"), &[]), weights(0, 100));
        assert_eq!(split(&arns, None, Some("b"), &weights(90, 10)), weights(90, 10));
        assert_eq!(split(&arns, None, Some("b"), &weights(0, 0)), weights(0, 100));
        assert_eq!(split(&arns, None, None, &[Weight { target_group_arn: "b".into(), weight: 1 }]), weights(0, 1));
        assert_eq!(split(&arns, Some(&weights(1, 2)), Some("b"), &weights(90, 10)), weights(1, 2));
    }
}
