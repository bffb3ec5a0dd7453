//! The profile of `~/.aws/config` that a person names.

use super::{Class, Error, Result};
use crate::core::suggest::nearest;
use aws_config::Region;
use aws_config::profile::ProfileFileCredentialsProvider;
use aws_config::provider_config::ProviderConfig;
use aws_smithy_runtime_api::client::http::SharedHttpClient;
use aws_types::os_shim_internal::{Env, Fs};

/// The SDK goes on to other credentials where a profile is missing; whoever names one means that one.
/// `named` on the command line, or else by `AWS_PROFILE`, which keys in the environment make moot.
pub async fn must_exist(named: Option<&str>) -> Result<()> {
    let env = Env::real();
    let found = aws_config::profile::load(&Fs::real(), &env, &Default::default(), named.map(|name| name.to_owned().into())).await;
    let found = found.map_err(|error| unusable("InvalidProfile", format!("the AWS profiles cannot be read: {}", causes(&error))))?;
    let wanted = found.selected_profile();
    let moot = named.is_none() && (wanted == "default" || env.get("AWS_ACCESS_KEY_ID").is_ok());
    if moot || found.get_profile(wanted).is_some() {
        return Ok(());
    }
    let mut others = found.profiles().collect::<Vec<_>>();
    others.sort_unstable();
    let rest = match nearest(wanted, others.iter().copied()) {
        Some(near) => format!("did you mean `{near}`?"),
        None if others.is_empty() => "there is none at all".into(),
        None => format!("there are {}", others.iter().map(|name| format!("`{name}`")).collect::<Vec<_>>().join(", ")),
    };
    Err(unusable("NoSuchProfile", format!("there is no profile `{wanted}` in ~/.aws/config or ~/.aws/credentials; {rest}")))
}

/// The credentials of one profile and of nothing else: keys, roles, SSO, or a process.
pub fn credentials(name: &str, region: Option<&str>, http: SharedHttpClient) -> ProfileFileCredentialsProvider {
    let region = region.map(|region| Region::new(region.to_owned()));
    let config = ProviderConfig::default().with_http_client(http).with_region(region);
    ProfileFileCredentialsProvider::builder().configure(&config).profile_name(name).build()
}

fn unusable(code: &str, message: String) -> Error {
    Error { class: Class::Credentials, ..Error::new("credentials", code, message) }
}

fn causes(error: &dyn std::error::Error) -> String {
    let mut texts = vec![error.to_string()];
    let mut next = error.source();
    while let Some(cause) = next {
        texts.push(cause.to_string());
        next = cause.source();
    }
    texts.join(": ")
}
