//! CFD203: a page for what is not found, where the bucket says that it may not be seen.

use super::distribution_shut_out::is_for_cloudfront;
use crate::core::code::{Category, Code, Example, Level};
use crate::core::graph::Finding;
use crate::core::rule::{Look, Rule};
use crate::core::view::View;
use crate::kinds::cloudfront::distribution::Distribution;
use crate::kinds::s3::bucket::Bucket;
use crate::rules::iam::grants::{allows, statements};

pub const RULE: Rule = Rule {
    code: Code {
        id: "CFD203",
        level: Level::Warning,
        category: Category::Reliability,
        about: "A distribution has a page for 404 and none for 403, and its bucket answers 403 for what is not there.",
        why: "S3 tells only those who may list a bucket that an object is not there, and CloudFront may not: viewers see S3's own AccessDenied, and the routes of a single-page application lead nowhere.",
        page: "https://docs.aws.amazon.com/AmazonS3/latest/API/API_GetObject.html",
        example: Example::Stack {
            wrong: &[r#"
        [storage.files]
        cdn = {}
        [override."storage.files.distribution"]
        custom_error_responses = [{ error_code = 404, response_code = 200, response_page_path = "/index.html" }]
    "#],
            right: &[r#"
        [storage.files]
        cdn = {}
        [override."storage.files.distribution"]
        custom_error_responses = [
            { error_code = 403, response_code = 200, response_page_path = "/index.html" },
            { error_code = 404, response_code = 200, response_page_path = "/index.html" },
        ]
    "#],
        },
    },
    look: Look::Resources(find),
};

fn find(view: &View<'_>) -> Vec<Finding> {
    let mut found = Vec::new();
    for (seen, spec) in view.all::<Distribution>() {
        let errors = &spec.custom_error_responses;
        let page = errors.iter().position(|error| error.error_code == 404 && error.response_page_path.is_some());
        let Some(at) = page.filter(|_| errors.iter().all(|error| error.error_code != 403)) else { continue };
        // The paths of other behaviours may be those of a server that answers 404.
        let first = spec.origins.iter().find(|origin| origin.id == spec.default_cache_behavior.target_origin_id);
        let signed = first.filter(|origin| origin.origin_access_control_id.is_some());
        let Some((bucket, of)) = signed.and_then(|origin| view.target::<Bucket>(&origin.domain_name)) else { continue };
        let arn = bucket.output("arn").unwrap_or_default();
        let lists = of.policy.iter().flat_map(statements).any(|one| is_for_cloudfront(one) && allows(one, "s3:ListBucket", &arn));
        if !lists {
            let message = format!("`{}` answers 403 for what is not there, since CloudFront may not list it", bucket.address);
            let finding = seen.finding(format!("custom_error_responses.{at}"), message);
            found.push(finding.help("give 403 the same page, or allow s3:ListBucket on the bucket to cloudfront.amazonaws.com"));
        }
    }
    found
}
