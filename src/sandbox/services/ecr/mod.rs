//! ECR: repositories, their rules, and images.

mod image;
mod lifecycle;
mod repository;

use super::Handler;

pub fn handler(operation: &str) -> Option<Handler> {
    let handler: Handler = match operation {
        "CreateRepository" => repository::create,
        "DeleteRepository" => repository::delete,
        "DescribeRepositories" => repository::describe,
        "PutImageScanningConfiguration" => repository::put_scanning,
        "PutImageTagMutability" => repository::put_mutability,
        "SetRepositoryPolicy" => repository::set_policy,
        "DeleteRepositoryPolicy" => repository::delete_policy,
        "GetRepositoryPolicy" => repository::get_policy,
        "TagResource" => repository::tag,
        "UntagResource" => repository::untag,
        "ListTagsForResource" => repository::list_tags,
        "GetAuthorizationToken" => repository::authorize,
        "PutLifecyclePolicy" => lifecycle::put,
        "GetLifecyclePolicy" => lifecycle::get,
        "DeleteLifecyclePolicy" => lifecycle::delete,
        "PutImage" => image::put,
        "BatchGetImage" => image::batch_get,
        "BatchDeleteImage" => image::batch_delete,
        "DescribeImages" => image::describe,
        "ListImages" => image::list,
        _ => return None,
    };
    Some(handler)
}

#[cfg(test)]
mod tests {
    use crate::world::{Call, Fault, World};
    use serde_json::{Value, json};

    fn call(world: &mut World, operation: &str, input: Value) -> Result<Value, Fault> {
        super::handler(operation).unwrap()(&mut Call::new(world, &input, "ecr", operation, "us-east-1"))
            .map(|answer| crate::services::testing::fitting("ecr", operation, answer))
    }

    fn code(answer: Result<Value, Fault>) -> String {
        answer.unwrap_err().code
    }

    fn world() -> World {
        let mut world = World::new("123456789012", 1, 0);
        call(
            &mut world,
            "CreateRepository",
            json!({"repositoryName": "app/web", "imageTagMutability": "IMMUTABLE", "tags": [{"Key": "a", "Value": "b"}]}),
        )
        .unwrap();
        world
    }

    #[test]
    fn a_repository_with_images_is_kept() {
        let mut world = world();
        let strange = json!({"repositoryName": "app/mail", "tags": [{"Key": "purpose", "Value": "one image (two commands)"}]});
        assert_eq!(code(call(&mut world, "CreateRepository", strange)), "InvalidTagParameterException");
        let put = json!({"repositoryName": "app/web", "imageManifest": "{\"schemaVersion\":2}", "imageTag": "v1"});
        let image = call(&mut world, "PutImage", put.clone()).unwrap()["image"]["imageId"].clone();
        assert_eq!(code(call(&mut world, "PutImage", put)), "ImageAlreadyExistsException");
        let other = json!({"repositoryName": "app/web", "imageManifest": "{\"schemaVersion\":2 }", "imageTag": "v1"});
        assert_eq!(code(call(&mut world, "PutImage", other)), "ImageTagAlreadyExistsException");
        let got =
            call(&mut world, "BatchGetImage", json!({"repositoryName": "app/web", "imageIds": [{"imageTag": "v1"}, {"imageTag": "v2"}]}))
                .unwrap();
        assert_eq!(got["images"][0]["imageId"], image);
        assert_eq!(got["failures"][0]["failureCode"], "ImageNotFound");
        assert_eq!(code(call(&mut world, "DeleteRepository", json!({"repositoryName": "app/web"}))), "RepositoryNotEmptyException");
        call(&mut world, "DeleteRepository", json!({"repositoryName": "app/web", "force": true})).unwrap();
        assert_eq!(code(call(&mut world, "DescribeRepositories", json!({"repositoryNames": ["app/web"]}))), "RepositoryNotFoundException");
        assert!(world.tags.is_empty() && world.tables["us-east-1/ecr.image"].is_empty());
    }

    #[test]
    fn lifecycle_rules_are_checked() {
        let mut world = world();
        let ask = json!({"repositoryName": "app/web"});
        assert_eq!(code(call(&mut world, "GetLifecyclePolicy", ask.clone())), "LifecyclePolicyNotFoundException");
        let rule = |selection: Value| json!({"repositoryName": "app/web", "lifecyclePolicyText": json!({"rules": [{"rulePriority": 1, "selection": selection, "action": {"type": "expire"}}]}).to_string()});
        let no_prefix = rule(json!({"tagStatus": "tagged", "countType": "imageCountMoreThan", "countNumber": 5}));
        assert_eq!(code(call(&mut world, "PutLifecyclePolicy", no_prefix)), "InvalidParameterException");
        let good = rule(json!({"tagStatus": "untagged", "countType": "sinceImagePushed", "countUnit": "days", "countNumber": 14}));
        call(&mut world, "PutLifecyclePolicy", good).unwrap();
        assert!(call(&mut world, "GetLifecyclePolicy", ask).unwrap()["lifecyclePolicyText"].as_str().unwrap().contains("untagged"));
    }
}
