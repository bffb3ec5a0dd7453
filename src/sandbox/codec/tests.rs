//! Round trips: what each protocol's wire text decodes to, and what answers look like on it.

use super::*;
use crate::model;
use serde_json::json;

struct Wired {
    service: &'static str,
    method: &'static str,
    uri: &'static str,
    headers: &'static [(&'static str, &'static str)],
    body: Vec<u8>,
}

impl Wired {
    fn form(service: &'static str, body: &str) -> Self {
        Wired { service, method: "POST", uri: "/", headers: &[], body: body.into() }
    }
    fn json(service: &'static str, headers: &'static [(&'static str, &'static str)], body: Value) -> Self {
        Wired { service, method: "POST", uri: "/", headers, body: body.to_string().into() }
    }
    fn rest(service: &'static str, method: &'static str, uri: &'static str, body: &str) -> Self {
        Wired { service, method, uri, headers: &[], body: body.into() }
    }
    fn request(&self) -> HttpRequest {
        let mut request = Request::builder().method(self.method).uri(self.uri);
        for (name, value) in self.headers {
            request = request.header(*name, *value);
        }
        request.body(Bytes::from(self.body.clone())).unwrap()
    }
    fn target(&self) -> Target {
        let request = self.request();
        route::find(model::model(self.service).unwrap(), &request, request.uri().path(), &self.body).unwrap()
    }
    fn input(&self) -> Result<Value, Fault> {
        decode(&self.target(), &self.request(), &self.body, "token")
    }
    fn answer(&self, output: Value) -> HttpResponse {
        encode(&self.target(), &output, "id-1").unwrap()
    }
    fn refusal(&self) -> (String, String) {
        let fault = self.input().unwrap_err();
        (fault.code, fault.message)
    }
}

fn text(response: &HttpResponse) -> String {
    String::from_utf8(response.body().to_vec()).unwrap()
}

#[test]
fn ec2_lists_are_flat_and_capitalised() {
    let vpc = Wired::form(
        "ec2",
        "Action=CreateVpc&Version=2016-11-15&CidrBlock=10.0.0.0%2F16&TagSpecification.1.ResourceType=vpc\
         &TagSpecification.1.Tag.1.Key=a+b&TagSpecification.1.Tag.1.Value=c&TagSpecification.1.Tag.2.Key=d&TagSpecification.1.Tag.2.Value=",
    );
    let want = json!({"CidrBlock": "10.0.0.0/16", "TagSpecifications": [{"ResourceType": "vpc", "Tags": [{"Key": "a b", "Value": "c"}, {"Key": "d", "Value": ""}]}]});
    assert_eq!(vpc.input().unwrap(), want);
    let answer =
        text(&vpc.answer(json!({"Vpc": {"VpcId": "vpc-1", "IsDefault": false, "_secret": 1, "Tags": [{"Key": "<", "Value": "&"}]}})));
    assert!(answer.contains("<requestId>id-1</requestId><vpc>"), "{answer}");
    assert!(answer.contains("<tagSet><item><key>&lt;</key><value>&amp;</value></item></tagSet>"), "{answer}");
    assert!(!answer.contains("secret"), "{answer}");
}

#[test]
fn query_lists_take_their_item_name_or_member() {
    for item in ["Tag", "member"] {
        let body = format!(
            "Action=CreateDBSubnetGroup&DBSubnetGroupName=n&DBSubnetGroupDescription=d&SubnetIds.SubnetIdentifier.1=s&Tags.{item}.1.Key=k"
        );
        let input = Wired::form("rds", &body).input().unwrap();
        assert_eq!(input["Tags"], json!([{"Key": "k"}]), "{item}");
        assert_eq!(input["SubnetIds"], json!(["s"]));
    }
    let attributes =
        "Action=CreateTopic&Name=t&Attributes.entry.1.key=DisplayName&Attributes.entry.1.value=x&Tags.member.1.Key=a&Tags.member.1.Value=b";
    assert_eq!(Wired::form("sns", attributes).input().unwrap()["Attributes"], json!({"DisplayName": "x"}));
    let get = Wired::form("sns", "Action=GetTopicAttributes&TopicArn=arn");
    let answer = text(&get.answer(json!({"Attributes": {"DisplayName": "x"}})));
    assert!(
        answer.contains("<GetTopicAttributesResult><Attributes><entry><key>DisplayName</key><value>x</value></entry></Attributes>"),
        "{answer}"
    );
    assert!(answer.contains("<ResponseMetadata><RequestId>id-1</RequestId></ResponseMetadata>"), "{answer}");
}

#[test]
fn rest_xml_binds_path_query_headers_and_payload() {
    let lifecycle = Wired::rest(
        "s3",
        "PUT",
        "/bucket?lifecycle&x-id=PutBucketLifecycleConfiguration",
        r#"<LifecycleConfiguration xmlns="http://s3.amazonaws.com/doc/2006-03-01/"><Rule><ID>a</ID><Status>Enabled</Status>
           <Filter><Prefix>x&amp;y</Prefix></Filter><Expiration><Days>3</Days></Expiration></Rule><Rule><Status>Disabled</Status></Rule></LifecycleConfiguration>"#,
    );
    let rules = json!([{"ID": "a", "Status": "Enabled", "Filter": {"Prefix": "x&y"}, "Expiration": {"Days": 3}}, {"Status": "Disabled"}]);
    assert_eq!(lifecycle.input().unwrap(), json!({"Bucket": "bucket", "LifecycleConfiguration": {"Rules": rules}}));
    let object =
        Wired { headers: &[("x-amz-meta-a", "1"), ("content-type", "text/plain")], ..Wired::rest("s3", "PUT", "/bucket/a%20b/c", "hi") };
    let want = json!({"Bucket": "bucket", "Key": "a b/c", "Body": "aGk=", "ContentType": "text/plain", "Metadata": {"a": "1"}});
    assert_eq!(object.input().unwrap(), want);
    let copy = Wired { headers: &[("x-amz-copy-source", "b%2Fa%20key")], ..Wired::rest("s3", "PUT", "/bucket/k", "") };
    assert_eq!(copy.input().unwrap()["CopySource"], "b%2Fa%20key", "a slash may be encoded, too");
    let get = Wired::rest("s3", "GET", "/bucket/k", "");
    let answer = get.answer(json!({"Body": "aGk=", "ETag": "\"e\"", "LastModified": 1_763_694_000, "Metadata": {"a": "1"}}));
    assert_eq!(text(&answer), "hi");
    for (header, want) in [("etag", "\"e\""), ("last-modified", "Fri, 21 Nov 2025 03:00:00 GMT"), ("x-amz-meta-a", "1")] {
        assert_eq!(answer.headers()[header], want);
    }
    let location = Wired::rest("s3", "GET", "/bucket?location", "").answer(json!({"LocationConstraint": "eu-west-1"}));
    assert!(text(&location).contains(">eu-west-1</LocationConstraint>"));
    let tags = Wired::rest(
        "cloudfront",
        "POST",
        "/2020-05-31/tagging?Operation=Tag&Resource=arn%3Ax",
        "<Tags><Items><Tag><Key>k</Key></Tag></Items></Tags>",
    );
    assert_eq!(tags.target().operation.name, "TagResource");
    assert_eq!(tags.input().unwrap_err().code, "InvalidArgument", "arn:x is no ARN by the model's pattern");
}

#[test]
fn rest_json_binds_the_path_and_keeps_the_rest() {
    let update = Wired::rest(
        "opensearch",
        "POST",
        "/2021-01-01/opensearch/domain/dom1/config",
        r#"{"EBSOptions":{"EBSEnabled":true,"VolumeSize":30}}"#,
    );
    assert_eq!(update.input().unwrap(), json!({"DomainName": "dom1", "EBSOptions": {"EBSEnabled": true, "VolumeSize": 30}}));
    let group = Wired::rest("scheduler", "POST", "/schedule-groups/g", "{}");
    assert_eq!(group.input().unwrap(), json!({"Name": "g", "ClientToken": "token"}), "the token is filled in");
}

#[test]
fn json_checks_types_and_members() {
    const CREATE: &[(&str, &str)] = &[("x-amz-target", "AmazonEC2ContainerServiceV20141113.CreateCluster")];
    let cluster = |body: Value| Wired::json("ecs", CREATE, body);
    assert_eq!(cluster(json!({"clusterName": "c", "tags": null})).input().unwrap(), json!({"clusterName": "c"}));
    assert_eq!(
        cluster(json!({"clusterName": 1})).refusal(),
        ("SerializationException".into(), "parameter clusterName is not a string".into())
    );
    assert_eq!(cluster(json!({"name": "c"})).refusal().0, "InvalidParameterException");
    let broken = Wired { body: b"{".to_vec(), ..cluster(json!({})) };
    assert_eq!(broken.refusal().0, "SerializationException");
    assert_eq!(text(&cluster(json!({})).answer(json!({"cluster": {"clusterName": "c"}}))), r#"{"cluster":{"clusterName":"c"}}"#);
}

#[test]
fn cbor_carries_tagged_times() {
    const ROUTE: &str = "/service/GraniteServiceVersion20100801/operation/PutMetricData";
    let datum = json!({"Namespace": "n", "MetricData": [{"MetricName": "m", "Value": 5.0}]});
    let mut body = Vec::new();
    ciborium::into_writer(&datum, &mut body).unwrap();
    let put = Wired { service: "cloudwatch", method: "POST", uri: ROUTE, headers: &[("smithy-protocol", "rpc-v2-cbor")], body };
    assert_eq!(put.input().unwrap(), json!({"Namespace": "n", "MetricData": [{"MetricName": "m", "Value": 5.0}]}));
    let dashboards = Wired { uri: "/service/GraniteServiceVersion20100801/operation/ListDashboards", body: Vec::new(), ..put };
    let answer = dashboards.answer(json!({"DashboardEntries": [{"DashboardName": "d", "LastModified": 10.5, "Size": 3}]}));
    let decoded: ciborium::Value = ciborium::from_reader(&answer.body()[..]).unwrap();
    assert!(format!("{decoded:?}").contains("Tag(1, Float(10.5))"), "{decoded:?}");
    assert_eq!(answer.headers()["smithy-protocol"], "rpc-v2-cbor");
}

#[test]
fn each_service_words_its_refusals() {
    for (request, code, message) in [
        (Wired::form("ec2", "Action=CreateSubnet"), "MissingParameter", "The request must contain the parameter vpcId"),
        (Wired::form("ec2", "Action=CreateVpc&Banana=1"), "UnknownParameter", "The parameter banana is not recognized"),
        (Wired::form("ec2", "Action=DescribeVpcs&MaxResults=2"), "InvalidParameterValue", "Value (2) for parameter maxResults is invalid"),
        (Wired::form("ec2", "Action=DescribeVpcs&MaxResults=x"), "InvalidParameterValue", "parameter maxResults is not an integer"),
        (
            Wired::form("iam", "Action=GetRole&RoleName=a%20b"),
            "ValidationError",
            "1 validation error detected: Value 'a b' at 'roleName' failed to satisfy constraint: Member must satisfy regular expression pattern: [\\w+=,.@-]+",
        ),
        (
            Wired::form("iam", "Action=GetRole"),
            "ValidationError",
            "Value null at 'roleName' failed to satisfy constraint: Member must not be null",
        ),
        (Wired::form("rds", "Action=DeleteDBInstance"), "MissingParameter", "The request must contain the parameter dBInstanceIdentifier"),
        (
            Wired::rest("s3", "PUT", "/b?versioning", "<VersioningConfiguration><Status>On</Status></VersioningConfiguration>"),
            "MalformedXML",
            "",
        ),
        (Wired::rest("s3", "PUT", "/b?versioning", "<Versioning/>"), "MalformedXML", "not <VersioningConfiguration>"),
        (Wired::rest("s3", "PUT", "/b?versioning", "<Versioning"), "MalformedXML", ""),
    ] {
        let refusal = request.refusal();
        assert_eq!(refusal.0, code, "{}", refusal.1);
        assert!(refusal.1.contains(message), "{}", refusal.1);
    }
}

#[test]
fn faults_take_their_code_and_status_from_the_model() {
    let encode = |request: &Wired, fault: Fault| faults::encode(&request.target(), &fault, "id-1");
    let describe = Wired::form("rds", "Action=DescribeDBInstances");
    let answer = encode(&describe, Fault::new("DBInstanceNotFoundFault", "gone"));
    assert_eq!(answer.status(), 404);
    assert!(text(&answer).contains("<Error><Type>Sender</Type><Code>DBInstanceNotFound</Code><Message>gone</Message></Error>"));
    let head = encode(&Wired::rest("s3", "HEAD", "/b", ""), Fault::new("NoSuchBucket", "gone"));
    assert_eq!((head.status().as_u16(), head.body().len()), (404, 0));
    let target = &[("x-amz-target", "TrentService.DescribeKey")];
    let key = encode(&Wired::json("kms", target, json!({})), Fault::new("NotFoundException", "gone"));
    assert_eq!((key.status().as_u16(), text(&key)), (400, r#"{"__type":"NotFoundException","message":"gone"}"#.into()));
}

#[test]
fn an_answer_that_does_not_fit_is_told_apart() {
    let describe = Wired::form("ec2", "Action=DescribeVpcs");
    for (output, want) in [
        (json!({"Vpcs": [{"VpcID": "v"}]}), "`vpcs.1.member.vpcID`: the model has no such member"),
        (json!({"Vpcs": [{"IsDefault": "no"}]}), "is no Boolean"),
        (json!({"Vpcs": [{"State": "done"}]}), "`done` is none of pending, available"),
        (json!({"Vpcs": {}}), "is no List"),
    ] {
        let error = encode(&describe.target(), &output, "").unwrap_err();
        assert!(error.contains(want), "{error}");
    }
}

#[test]
fn what_is_not_there_is_not_guessed() {
    for (service, method, uri) in [
        ("s3", "GET", "/bucket?analytics"),
        ("s3", "PUT", "/bucket?inventory"),
        ("s3", "GET", "/bucket/key?torrent"),
        ("route53", "GET", "/2013-04-01/nothing"),
    ] {
        let request = Wired::rest(service, method, uri, "").request();
        let fault = route::find(model::model(service).unwrap(), &request, request.uri().path(), b"").unwrap_err();
        assert_eq!((fault.code.as_str(), fault.status), ("NotInSandbox", 501), "{uri}");
    }
}

#[test]
fn hostile_bodies_are_refused_quietly() {
    let deep = "<a>".repeat(100_000);
    assert_eq!(Wired::rest("s3", "PUT", "/b?versioning", &deep).refusal().0, "MalformedXML");
    let nested = format!("Action=CreateVpc&{}=1", "A.".repeat(10_000));
    assert_eq!(Wired::form("ec2", &nested).refusal().0, "UnknownParameter");
    let entity = r#"<!DOCTYPE a [<!ENTITY b "c">]><VersioningConfiguration><Status>&b;</Status></VersioningConfiguration>"#;
    assert_eq!(Wired::rest("s3", "PUT", "/b?versioning", entity).refusal().0, "MalformedXML");
    let json = "[".repeat(100_000);
    let target: &[(&str, &str)] = &[("x-amz-target", "TrentService.DescribeKey")];
    assert_eq!(Wired { body: json.into(), ..Wired::json("kms", target, json!({})) }.refusal().0, "SerializationException");
}
