//! One set of clients over one HTTP client, for one account and region.

use super::identity_token::Job;
use super::{Calls, Class, During, Error, Result, Shared, Stopped, Tagged, Together, Tracer, profile};
use crate::core::identity::Scope;
use aws_config::{BehaviorVersion, ConfigLoader, Region, SdkConfig, retry::RetryConfig, timeout::TimeoutConfig};
use aws_sdk_s3::types::CreateBucketConfiguration;
use aws_smithy_http_client::tls::{Provider, rustls_provider::CryptoMode};
use aws_smithy_runtime_api::client::http::SharedHttpClient;
use aws_types::service_config::ServiceConfigKey;
use std::time::Duration;

/// Everything a driver needs to talk to AWS.
pub struct Aws {
    pub scope: Scope,
    pub clock: Clock,
    pub tagged: Tagged,
    /// All load balancers of the region.
    pub balancers: Shared<Vec<aws_sdk_elasticloadbalancingv2::types::LoadBalancer>>,
    /// The names of all ECS clusters of the region.
    pub clusters: Shared<Vec<String>>,
    /// Changes of a run that AWS takes together.
    pub together: Together,
    /// Tasks that had stopped before.
    pub stopped: Stopped,
    pub calls: Calls,
    /// S3 is at an endpoint of somebody else, which may not know all that AWS does.
    pub emulated: bool,
    /// AWS is played within this process: nobody outside is told of what happens there.
    pub embedded: bool,
    pub autoscaling: aws_sdk_applicationautoscaling::Client,
    pub cloudfront: aws_sdk_cloudfront::Client,
    pub cloudtrail: aws_sdk_cloudtrail::Client,
    pub cloudwatch: aws_sdk_cloudwatch::Client,
    pub cost_explorer: aws_sdk_costexplorer::Client,
    pub ec2: aws_sdk_ec2::Client,
    /// A client that never retries, for creates without name and client token: a blind repeat would make a second resource.
    /// The engine looks for what the lost call may have made before it repeats it.
    pub ec2_once: aws_sdk_ec2::Client,
    pub ecr: aws_sdk_ecr::Client,
    pub ecs: aws_sdk_ecs::Client,
    pub ecs_once: aws_sdk_ecs::Client,
    pub elasticache: aws_sdk_elasticache::Client,
    pub elbv2: aws_sdk_elasticloadbalancingv2::Client,
    pub iam: aws_sdk_iam::Client,
    pub logs: aws_sdk_cloudwatchlogs::Client,
    pub opensearch: aws_sdk_opensearch::Client,
    pub rds: aws_sdk_rds::Client,
    pub s3: aws_sdk_s3::Client,
    pub secretsmanager: aws_sdk_secretsmanager::Client,
    pub servicequotas: aws_sdk_servicequotas::Client,
    pub sns: aws_sdk_sns::Client,
    pub tagging: aws_sdk_resourcegroupstagging::Client,
}

/// The most times that a call is sent which is throttled or goes unanswered, unless `AWS_MAX_ATTEMPTS` says otherwise.
const ATTEMPTS: u32 = 6;

/// The speed at which waiting passes: 1 is real time. The embedded AWS runs faster, and so do the waits for it.
#[derive(Debug, Clone, Copy)]
pub struct Clock {
    pub speed: f64,
}

impl Clock {
    pub const REAL: Clock = Clock { speed: 1.0 };

    /// Waits for so much of AWS's time.
    pub async fn sleep(&self, time: Duration) {
        tokio::time::sleep(time.div_f64(self.speed.max(f64::MIN_POSITIVE))).await;
    }
}

/// The identity that calls AWS.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Caller {
    pub account: String,
    pub arn: String,
}

/// Credentials and endpoint found, region known: all there is before the account is.
pub struct Connection {
    config: SdkConfig,
    clock: Clock,
    calls: Calls,
    tell: Option<fn(&str)>,
    embedded: bool,
}

impl Connection {
    /// Tells of an address that does not answer the first question, while it is asked again: that takes many seconds.
    pub fn telling(self, tell: fn(&str)) -> Self {
        Connection { tell: Some(tell), ..self }
    }

    /// Waits so many times as fast as AWS would have it, where AWS is played on this very machine: `trueup sandbox serve`.
    pub fn paced(mut self, speed: Option<f64>) -> Self {
        let is_here = self.config.endpoint_url().and_then(|url| url.split_once("://")).is_some_and(|(_, rest)| {
            let host = rest.split(['/', ':']).next().unwrap_or_default();
            host == "localhost" || host.starts_with("127.") || rest.starts_with("[::1]")
        });
        let Some(speed) = speed.filter(|_| is_here) else { return self };
        self.clock = Clock { speed };
        if let Some(retry) = self.config.retry_config() {
            let retry = paused(retry.clone(), self.clock);
            self.config = self.config.into_builder().retry_config(retry).build();
        }
        self
    }

    /// Traces all calls, and the work that they are part of.
    pub fn traced(mut self, tracer: Tracer) -> Self {
        self.calls.tracer = tracer;
        self
    }

    /// Connects by the SDK's usual places: environment, profile, SSO, process, container and instance metadata, by the token of a job,
    /// and `AWS_ENDPOINT_URL`. `region` and `profile` win over those if given. The error is a profile that does not exist.
    pub async fn from_environment(region: Option<&str>, profile: Option<&str>) -> Result<Self> {
        let http = aws_smithy_http_client::Builder::new().tls_provider(Provider::Rustls(CryptoMode::Ring)).build_https();
        let mut loader = aws_config::defaults(BehaviorVersion::latest()).http_client(http.clone());
        profile::must_exist(profile).await?;
        if let Some(profile) = profile {
            // As in the AWS CLI, a profile that is asked for by name wins over keys in the environment.
            loader = loader.credentials_provider(profile::credentials(profile, region, http));
        } else if let Some(job) = Job::of_environment(|name| std::env::var(name).ok())? {
            loader = loader.credentials_provider(job.credentials(region, http).await);
        }
        let attempts = std::env::var("AWS_MAX_ATTEMPTS").ok().and_then(|text| text.parse().ok()).filter(|attempts| *attempts > 0);
        Ok(Self::finish(loader, region, profile, Clock::REAL, attempts.unwrap_or(ATTEMPTS)).await)
    }

    /// Connects over a given HTTP client, with fixed credentials that nobody checks: the embedded AWS.
    pub async fn over(http: SharedHttpClient, region: &str, clock: Clock) -> Self {
        let credentials = aws_credential_types::Credentials::new("AKIATRUEUPSANDBOX000", "sandbox", None, None, "sandbox");
        let over = Self::load(
            aws_config::defaults(BehaviorVersion::latest()).http_client(http).credentials_provider(credentials).empty_test_environment(),
            Some(region),
            None,
            clock,
        );
        Connection { embedded: true, ..over.await }
    }

    /// Connects by a loader that brings its own HTTP client, and whatever else it does not look up: an endpoint, credentials.
    pub async fn load(loader: ConfigLoader, region: Option<&str>, profile: Option<&str>, clock: Clock) -> Self {
        Self::finish(loader, region, profile, clock, ATTEMPTS).await
    }

    async fn finish(mut loader: ConfigLoader, region: Option<&str>, profile: Option<&str>, clock: Clock, attempts: u32) -> Self {
        if let Some(region) = region {
            loader = loader.region(Region::new(region.to_owned()));
        }
        if let Some(profile) = profile {
            loader = loader.profile_name(profile);
        }
        let timeouts = TimeoutConfig::builder().connect_timeout(Duration::from_secs(5)).read_timeout(Duration::from_secs(60)).build();
        let retry = paused(RetryConfig::adaptive().with_max_attempts(attempts), clock);
        let config = loader.retry_config(retry).timeout_config(timeouts).load().await;
        Connection { config, clock, calls: Calls::default(), tell: None, embedded: false }
    }

    /// The account that the credentials belong to.
    pub async fn account(&self) -> Result<String> {
        Ok(self.caller().await?.account)
    }

    /// Asks AWS whose credentials these are.
    pub async fn caller(&self) -> Result<Caller> {
        const OPERATION: &str = "sts.GetCallerIdentity";
        let config = aws_sdk_sts::config::Builder::from(&self.config).interceptor(self.calls.of("sts").telling(self.tell)).build();
        let answer = aws_sdk_sts::Client::from_conf(config).get_caller_identity().send().await.during(OPERATION)?;
        let account = answer.account.ok_or_else(|| Error::missing(OPERATION, "Account"))?;
        Ok(Caller { account, arn: answer.arn.unwrap_or_default() })
    }

    /// A client for a bucket in whichever region it is, which S3 says also to those who ask elsewhere. The embedded AWS has only buckets
    /// that somebody made there, so it is made.
    /// <https://docs.aws.amazon.com/AmazonS3/latest/API/API_HeadBucket.html>
    pub async fn bucket(&self, bucket: &str) -> Result<aws_sdk_s3::Client> {
        let (config, here) = (&self.config, self.config.region().map(ToString::to_string));
        let client = self.s3(config);
        let Err(refused) = client.head_bucket().bucket(bucket).send().await else { return Ok(client) };
        let region = refused.raw_response().and_then(|answer| answer.headers().get("x-amz-bucket-region")).map(str::to_owned);
        if let Some(region) = region.filter(|region| Some(region) != here.as_ref()) {
            return Ok(self.s3(&config.to_builder().region(Region::new(region)).build()));
        }
        match Err::<(), _>(refused).during("s3.HeadBucket") {
            Err(error) if self.embedded && error.is(&["NotFound", "NoSuchBucket"]) => {
                let place = here.filter(|region| region != "us-east-1").map(|region| region.as_str().into());
                let place = place.map(|place| CreateBucketConfiguration::builder().location_constraint(place).build());
                client.create_bucket().bucket(bucket).set_create_bucket_configuration(place).send().await.during("s3.CreateBucket")?;
                Ok(client)
            }
            // Whoever may use it need not be allowed to ask for it.
            Err(Error { class: Class::Denied, .. }) => Ok(client),
            Err(error) => Err(error),
            Ok(()) => Ok(client),
        }
    }

    fn s3(&self, config: &SdkConfig) -> aws_sdk_s3::Client {
        let emulated = is_emulated(config);
        // S3 speaks path style to endpoints that are not AWS's own, which have no bucket host names.
        aws_sdk_s3::Client::from_conf(
            aws_sdk_s3::config::Builder::from(config).force_path_style(emulated).interceptor(self.calls.of("s3")).build(),
        )
    }

    /// Clients for one stack and environment.
    pub fn clients(&self, scope: Scope) -> Aws {
        let config = &self.config;
        // Without retries, and without waiting for a region's metadata twice: the same HTTP client and credentials.
        let once = &config.to_builder().retry_config(RetryConfig::disabled()).build();
        // Every service's client is its own type with the same shape.
        macro_rules! client {
            ($sdk:ident, $config:expr, $name:literal) => {
                $sdk::Client::from_conf($sdk::config::Builder::from($config).interceptor(self.calls.of($name)).build())
            };
        }
        Aws {
            scope,
            clock: self.clock,
            tagged: Tagged::default(),
            balancers: Shared::default(),
            clusters: Shared::default(),
            together: Together::default(),
            stopped: Stopped::default(),
            calls: self.calls.clone(),
            emulated: is_emulated(config),
            embedded: self.embedded,
            autoscaling: client!(aws_sdk_applicationautoscaling, config, "autoscaling"),
            cloudfront: client!(aws_sdk_cloudfront, config, "cloudfront"),
            cloudtrail: client!(aws_sdk_cloudtrail, config, "cloudtrail"),
            cloudwatch: client!(aws_sdk_cloudwatch, config, "cloudwatch"),
            cost_explorer: client!(aws_sdk_costexplorer, config, "ce"),
            ec2: client!(aws_sdk_ec2, config, "ec2"),
            ec2_once: client!(aws_sdk_ec2, once, "ec2"),
            ecr: client!(aws_sdk_ecr, config, "ecr"),
            ecs: client!(aws_sdk_ecs, config, "ecs"),
            ecs_once: client!(aws_sdk_ecs, once, "ecs"),
            elasticache: client!(aws_sdk_elasticache, config, "elasticache"),
            elbv2: client!(aws_sdk_elasticloadbalancingv2, config, "elbv2"),
            iam: client!(aws_sdk_iam, config, "iam"),
            logs: client!(aws_sdk_cloudwatchlogs, config, "logs"),
            opensearch: client!(aws_sdk_opensearch, config, "opensearch"),
            rds: client!(aws_sdk_rds, config, "rds"),
            s3: self.s3(config),
            secretsmanager: client!(aws_sdk_secretsmanager, config, "secretsmanager"),
            servicequotas: client!(aws_sdk_servicequotas, config, "servicequotas"),
            sns: client!(aws_sdk_sns, config, "sns"),
            tagging: client!(aws_sdk_resourcegroupstagging, config, "tagging"),
        }
    }
}

/// The pauses of a faster AWS are shorter, too.
fn paused(retry: RetryConfig, clock: Clock) -> RetryConfig {
    let pause = |seconds| Duration::from_secs(seconds).div_f64(clock.speed.max(1.0));
    retry.with_initial_backoff(pause(1)).with_max_backoff(pause(20))
}

/// True where S3 is at an endpoint of somebody else.
fn is_emulated(config: &SdkConfig) -> bool {
    config.endpoint_url().is_some() || endpoint_of(config, "S3").is_some()
}

/// The endpoint that is set for one service, by `AWS_ENDPOINT_URL_<SERVICE>` or a profile's `[services]` section.
fn endpoint_of(config: &SdkConfig, service: &str) -> Option<String> {
    let key = ServiceConfigKey::builder().service_id(service).profile("endpoint_url").env("AWS_ENDPOINT_URL").build().ok()?;
    config.service_config()?.load_config(key)
}
