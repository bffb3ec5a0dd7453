//! The embedded AWS as the HTTP client of the SDK: each protocol, the checksums, and what goes wrong on the way.

use aws_config::{BehaviorVersion, Region, SdkConfig};
use aws_credential_types::Credentials;
use aws_credential_types::provider::SharedCredentialsProvider;
use aws_sdk_sts::config::{AsyncSleep, SharedAsyncSleep};
use aws_smithy_types::byte_stream::ByteStream;
use aws_smithy_types::error::metadata::ProvideErrorMetadata;
use aws_smithy_types::retry::RetryConfig;
use std::time::Duration;
use trueup::sandbox::{Options, Sandbox, Speed};

fn sandbox(faults: &[&str]) -> (Sandbox, SdkConfig) {
    let faults = faults.iter().map(|fault| fault.parse().unwrap()).collect();
    let sandbox = Sandbox::open(Options { speed: Speed::Instant, faults, ..Options::default() }).unwrap();
    let credentials = Credentials::new("AKIDEXAMPLE", "secret", None, None, "test");
    let config = SdkConfig::builder()
        .behavior_version(BehaviorVersion::latest())
        .region(Region::new("eu-west-1"))
        .credentials_provider(SharedCredentialsProvider::new(credentials))
        .http_client(sandbox.clone())
        .sleep_impl(SharedAsyncSleep::new(Sleep))
        .retry_config(RetryConfig::standard().with_initial_backoff(Duration::from_millis(1)))
        .build();
    (sandbox, config)
}

#[derive(Debug)]
struct Sleep;

impl AsyncSleep for Sleep {
    fn sleep(&self, duration: Duration) -> aws_sdk_sts::config::Sleep {
        aws_sdk_sts::config::Sleep::new(tokio::time::sleep(duration))
    }
}

#[tokio::test]
async fn every_protocol_reaches_the_sandbox() {
    let (sandbox, config) = sandbox(&[]);
    let identity = aws_sdk_sts::Client::new(&config).get_caller_identity().send().await.unwrap();
    assert_eq!(identity.account(), Some("123456789012"));
    let ec2 = aws_sdk_ec2::Client::new(&config);
    let vpc = ec2.create_vpc().cidr_block("10.0.0.0/16").send().await.unwrap().vpc.unwrap();
    let vpcs = ec2.describe_vpcs().vpc_ids(vpc.vpc_id().unwrap()).send().await.unwrap();
    assert_eq!(vpcs.vpcs()[0].cidr_block(), Some("10.0.0.0/16"));
    let cloudwatch = aws_sdk_cloudwatch::Client::new(&config);
    cloudwatch.put_dashboard().dashboard_name("d").dashboard_body("{\"widgets\":[]}").send().await.unwrap();
    assert!(cloudwatch.list_dashboards().send().await.unwrap().dashboard_entries()[0].last_modified().is_some());
    let missing = cloudwatch.get_dashboard().dashboard_name("x").send().await.unwrap_err().into_service_error();
    assert!(missing.is_dashboard_not_found_error(), "{missing:?}");
    let secrets = aws_sdk_secretsmanager::Client::new(&config);
    let secret = secrets.create_secret().name("s").secret_string("{}").send().await.unwrap();
    assert!(secret.arn().unwrap().starts_with("arn:aws:secretsmanager:eu-west-1:123456789012:secret:s-"));
    let gone = secrets.describe_secret().secret_id("x").send().await.unwrap_err().into_service_error();
    assert!(gone.is_resource_not_found_exception(), "{gone:?}");
    assert_eq!(sandbox.mismatches(), [""; 0]);
    assert_eq!(sandbox.call_counts()["ec2.CreateVpc"], 1);
}

#[tokio::test]
async fn objects_pass_through_with_the_sdks_checksums() {
    let (sandbox, config) = sandbox(&[]);
    let s3 = aws_sdk_s3::Client::new(&config);
    let home = aws_sdk_s3::types::CreateBucketConfiguration::builder().location_constraint("eu-west-1".into()).build();
    s3.create_bucket().bucket("a.bucket").create_bucket_configuration(home).send().await.unwrap();
    s3.put_object().bucket("a.bucket").key("a b/c").body(ByteStream::from_static(b"hello")).send().await.unwrap();
    let object = s3.get_object().bucket("a.bucket").key("a b/c").send().await.unwrap();
    assert_eq!(&object.body.collect().await.unwrap().into_bytes()[..], b"hello");
    assert_eq!(s3.list_buckets().send().await.unwrap().buckets()[0].name(), Some("a.bucket"));
    assert_eq!(s3.list_objects_v2().bucket("a.bucket").send().await.unwrap().contents()[0].key(), Some("a b/c"));
    let location = s3.get_bucket_location().bucket("a.bucket").send().await.unwrap();
    assert_eq!(location.location_constraint().unwrap().as_str(), "eu-west-1");
    s3.get_bucket_versioning().bucket("a.bucket").send().await.unwrap();
    let missing = s3.get_bucket_policy().bucket("a.bucket").send().await.unwrap_err();
    assert_eq!(missing.code(), Some("NoSuchBucketPolicy"));
    assert!(s3.head_bucket().bucket("no.bucket").send().await.unwrap_err().into_service_error().is_not_found());
    assert_eq!(sandbox.mismatches(), [""; 0]);
}

#[tokio::test]
async fn the_sdk_tries_again_where_it_should() {
    let (sandbox, config) = sandbox(&["throttle:ec2.DescribeVpcs:1", "drop:ec2.DescribeSubnets:1", "error-after:ec2.CreateVpc:1"]);
    let ec2 = aws_sdk_ec2::Client::new(&config);
    ec2.describe_vpcs().send().await.unwrap();
    ec2.describe_subnets().send().await.unwrap();
    ec2.create_vpc().cidr_block("10.0.0.0/16").send().await.unwrap();
    let counts = sandbox.call_counts();
    assert_eq!([counts["ec2.DescribeVpcs"], counts["ec2.DescribeSubnets"], counts["ec2.CreateVpc"]], [2, 2, 2]);
    assert_eq!(
        ec2.describe_vpcs().send().await.unwrap().vpcs().iter().filter(|vpc| vpc.is_default() == Some(false)).count(),
        2,
        "both took effect"
    );
}

#[tokio::test]
async fn denied_and_absent_calls_are_not_tried_again() {
    let (sandbox, config) = sandbox(&["deny:ec2.DescribeVpcs"]);
    let denied = aws_sdk_ec2::Client::new(&config).describe_vpcs().send().await.unwrap_err();
    assert_eq!(denied.code(), Some("UnauthorizedOperation"));
    assert!(denied.message().unwrap().contains("ec2:DescribeVpcs"));
    let absent = aws_sdk_s3::Client::new(&config).get_bucket_metrics_configuration().bucket("b").id("all").send().await.unwrap_err();
    assert_eq!(absent.code(), Some("NotInSandbox"));
    assert_eq!(sandbox.call_counts().values().sum::<u64>(), 1);
}
