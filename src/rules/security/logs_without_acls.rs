//! S3B204: CloudFront is to log into a bucket without ACLs.

use crate::core::code::{Category, Code, Example};
use crate::core::graph::Finding;
use crate::core::reference::{Piece, pieces};
use crate::core::rule::{Look, Rule};
use crate::core::view::View;
use crate::kinds::cloudfront::distribution::Distribution;
use crate::kinds::s3::bucket::{Bucket, ObjectOwnership};

pub const RULE: Rule = Rule {
    code: Code {
        id: "S3B204",
        category: Category::Request,
        about: "A distribution logs into a bucket that has no ACLs.",
        why: "Standard logs are written with an ACL: CreateDistribution refuses a bucket whose objects are all its owner's, \"does not enable ACL access\".",
        page: "https://docs.aws.amazon.com/AmazonCloudFront/latest/DeveloperGuide/standard-logs-reference.html",
        example: Example::Stack {
            wrong: &[r#"
        [resource.logs]
        kind = "s3.bucket"
        [resource.cdn]
        kind = "cloudfront.distribution"
        origins = [{ id = "app", domain_name = "app.example.com", custom = {} }]
        default_cache_behavior = { target_origin_id = "app" }
        logging = { bucket = "${resource.logs.regional_domain_name}" }
    "#],
            right: &[r#"
        [resource.logs]
        kind = "s3.bucket"
        object_ownership = "BucketOwnerPreferred"
        [resource.cdn]
        kind = "cloudfront.distribution"
        origins = [{ id = "app", domain_name = "app.example.com", custom = {} }]
        default_cache_behavior = { target_origin_id = "app" }
        logging = { bucket = "${resource.logs.regional_domain_name}" }
    "#],
        },
        ..Code::NEW
    },
    look: Look::Resources(find),
};

fn find(view: &View<'_>) -> Vec<Finding> {
    let found = view.all::<Distribution>().filter_map(|(seen, spec)| {
        let text = &spec.logging.as_ref()?.bucket;
        let named = pieces(text).into_iter().find_map(|piece| match piece {
            Piece::Reference(reference) => view.get::<Bucket>(&reference.address),
            Piece::Text(_) => None,
        });
        // A live one is known by its domain, which begins with its name.
        let (bucket, logs) = named.or_else(|| view.target::<Bucket>(text)).or_else(|| view.target::<Bucket>(text.split('.').next()?))?;
        let finding = || seen.finding("logging.bucket", format!("`{}` has no ACLs", bucket.address));
        let help = "set object_ownership = \"BucketOwnerPreferred\" there";
        (logs.object_ownership == ObjectOwnership::BucketOwnerEnforced).then(|| finding().help(help))
    });
    found.collect()
}
