//! IAM: roles, users and groups with their inline and attached policies, managed policies, OpenID Connect providers.

mod access_key;
mod account;
mod authorization;
mod document;
mod entity;
mod entity_policy;
mod group;
mod instance_profile;
mod managed;
mod policy;
mod provider;
mod role;
mod signing_certificate;
mod simulate;
mod user;

pub use document::{Use, check, statements, strings};
pub use role::{ensure_service_linked, has_service_linked, is_known, is_unknown};
pub use simulate::role_may;

use super::Handler;

pub fn handler(operation: &str) -> Option<Handler> {
    let handler: Handler = match operation {
        "CreateRole" => role::create,
        "CreateServiceLinkedRole" => role::create_service_linked,
        "DeleteServiceLinkedRole" => role::delete_service_linked,
        "GetServiceLinkedRoleDeletionStatus" => role::deletion_status,
        "GetRole" => role::get,
        "UpdateRole" => role::update,
        "UpdateAssumeRolePolicy" => role::update_trust,
        "DeleteRole" => role::delete,
        "ListRoles" => role::list,
        "TagRole" => role::tag,
        "UntagRole" => role::untag,
        "ListRoleTags" => role::list_tags,
        "CreateInstanceProfile" => instance_profile::create,
        "DeleteInstanceProfile" => instance_profile::delete,
        "GetInstanceProfile" => instance_profile::get,
        "ListInstanceProfiles" => instance_profile::list,
        "ListInstanceProfilesForRole" => instance_profile::list_for_role,
        "AddRoleToInstanceProfile" => instance_profile::add_role,
        "RemoveRoleFromInstanceProfile" => instance_profile::remove_role,
        "TagInstanceProfile" => instance_profile::tag,
        "UntagInstanceProfile" => instance_profile::untag,
        "CreateUser" => user::create,
        "UpdateUser" => user::update,
        "DeleteUser" => user::delete,
        "GetUser" => user::get,
        "ListUsers" => user::list,
        "TagUser" => user::tag,
        "UntagUser" => user::untag,
        "ListUserTags" => user::list_tags,
        "ListAccountAliases" => user::list_account_aliases,
        "CreateAccessKey" => access_key::create,
        "UpdateAccessKey" => access_key::update,
        "DeleteAccessKey" => access_key::delete,
        "ListAccessKeys" => access_key::list,
        "CreateGroup" => group::create,
        "GetGroup" => group::get,
        "UpdateGroup" => group::update,
        "DeleteGroup" => group::delete,
        "ListGroups" => group::list,
        "AddUserToGroup" => group::add_user,
        "RemoveUserFromGroup" => group::remove_user,
        "ListGroupsForUser" => group::list_of_user,
        "UploadSigningCertificate" => signing_certificate::upload,
        "UpdateSigningCertificate" => signing_certificate::update,
        "DeleteSigningCertificate" => signing_certificate::delete,
        "ListSigningCertificates" => signing_certificate::list,
        "PutRolePolicy" | "PutUserPolicy" | "PutGroupPolicy" => entity_policy::put,
        "GetRolePolicy" | "GetUserPolicy" | "GetGroupPolicy" => entity_policy::get,
        "DeleteRolePolicy" | "DeleteUserPolicy" | "DeleteGroupPolicy" => entity_policy::delete,
        "ListRolePolicies" | "ListUserPolicies" | "ListGroupPolicies" => entity_policy::list,
        "AttachRolePolicy" | "AttachUserPolicy" | "AttachGroupPolicy" => entity_policy::attach,
        "DetachRolePolicy" | "DetachUserPolicy" | "DetachGroupPolicy" => entity_policy::detach,
        "ListAttachedRolePolicies" | "ListAttachedUserPolicies" | "ListAttachedGroupPolicies" => entity_policy::list_attached,
        "PutRolePermissionsBoundary" | "PutUserPermissionsBoundary" => entity::put_boundary,
        "DeleteRolePermissionsBoundary" | "DeleteUserPermissionsBoundary" => entity::delete_boundary,
        "CreatePolicy" => policy::create,
        "DeletePolicy" => policy::delete,
        "GetPolicy" => policy::get,
        "ListPolicies" => policy::list,
        "CreatePolicyVersion" => policy::create_version,
        "DeletePolicyVersion" => policy::delete_version,
        "GetPolicyVersion" => policy::get_version,
        "ListPolicyVersions" => policy::list_versions,
        "SetDefaultPolicyVersion" => policy::set_default,
        "ListEntitiesForPolicy" => policy::entities,
        "TagPolicy" => policy::tag,
        "UntagPolicy" => policy::untag,
        "ListPolicyTags" => policy::list_tags,
        "GetAccountAuthorizationDetails" => authorization::details,
        "GetAccountSummary" => account::summary,
        "SimulatePrincipalPolicy" => simulate::principal,
        "CreateOpenIDConnectProvider" => provider::create,
        "GetOpenIDConnectProvider" => provider::get,
        "DeleteOpenIDConnectProvider" => provider::delete,
        "ListOpenIDConnectProviders" => provider::list,
        _ => return None,
    };
    Some(handler)
}

#[cfg(test)]
mod tests {
    use super::super::super::world::{Call, Fault, World};
    use serde_json::{Value, json};

    pub fn call(world: &mut World, operation: &str, input: Value) -> Result<Value, Fault> {
        super::handler(operation).unwrap()(&mut Call::new(world, &input, "iam", operation, "us-east-1"))
            .map(|answer| crate::services::testing::fitting("iam", operation, answer))
    }

    fn code(answer: Result<Value, Fault>) -> String {
        answer.unwrap_err().code
    }

    const TRUST: &str = r#"{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Principal":{"Service":"ecs-tasks.amazonaws.com"},"Action":"sts:AssumeRole"}]}"#;
    const READ: &str = r#"{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Action":"s3:Get*","Resource":"arn:aws:s3:::b/*"}]}"#;

    fn world() -> World {
        let mut world = World::new("123456789012", 1, 0);
        let tags = json!([{"Key": "proj", "Value": "demo"}]);
        call(&mut world, "CreateRole", json!({"RoleName": "r1", "Path": "/iac/", "AssumeRolePolicyDocument": TRUST, "Tags": tags}))
            .unwrap();
        world
    }

    #[test]
    fn a_role_is_listed_by_path_and_tags_come_only_with_get() {
        let mut world = world();
        let role = call(&mut world, "GetRole", json!({"RoleName": "r1"})).unwrap()["Role"].clone();
        assert_eq!(role["Arn"], "arn:aws:iam::123456789012:role/iac/r1");
        assert_eq!(role["Tags"][0]["Key"], "proj");
        assert!(role["AssumeRolePolicyDocument"].as_str().unwrap().starts_with("%7B%22Version%22"));
        let listed = call(&mut world, "ListRoles", json!({"PathPrefix": "/iac/"})).unwrap();
        assert_eq!(listed["Roles"].as_array().unwrap().len(), 1);
        assert!(listed["Roles"][0].get("Tags").is_none());
        assert!(call(&mut world, "ListRoles", json!({"PathPrefix": "/other/"})).unwrap()["Roles"].as_array().unwrap().is_empty());
    }

    #[test]
    fn one_listing_shows_roles_with_all_that_belongs_to_them() {
        let mut world = world();
        let managed = "arn:aws:iam::aws:policy/service-role/AmazonECSTaskExecutionRolePolicy";
        call(&mut world, "PutRolePolicy", json!({"RoleName": "r1", "PolicyName": "p", "PolicyDocument": READ})).unwrap();
        call(&mut world, "AttachRolePolicy", json!({"RoleName": "r1", "PolicyArn": managed})).unwrap();
        let all = call(&mut world, "GetAccountAuthorizationDetails", json!({})).unwrap();
        let role = &all["RoleDetailList"][0];
        assert_eq!((&role["Tags"][0]["Key"], &role["RolePolicyList"][0]["PolicyName"]), (&json!("proj"), &json!("p")));
        assert_eq!((&role["AttachedManagedPolicies"][0]["PolicyArn"], &all["Policies"][0]["Arn"]), (&json!(managed), &json!(managed)));
        let roles = call(&mut world, "GetAccountAuthorizationDetails", json!({"Filter": ["Role"]})).unwrap();
        assert_eq!(roles["Policies"], json!([]));
    }

    #[test]
    fn a_role_goes_only_after_its_policies() {
        let mut world = world();
        call(&mut world, "PutRolePolicy", json!({"RoleName": "r1", "PolicyName": "p", "PolicyDocument": READ})).unwrap();
        assert_eq!(code(call(&mut world, "DeleteRole", json!({"RoleName": "r1"}))), "DeleteConflict");
        call(&mut world, "DeleteRolePolicy", json!({"RoleName": "r1", "PolicyName": "p"})).unwrap();
        let arn = "arn:aws:iam::aws:policy/service-role/AmazonECSTaskExecutionRolePolicy";
        call(&mut world, "AttachRolePolicy", json!({"RoleName": "r1", "PolicyArn": arn})).unwrap();
        assert_eq!(call(&mut world, "GetPolicy", json!({"PolicyArn": arn})).unwrap()["Policy"]["AttachmentCount"], 1);
        assert_eq!(code(call(&mut world, "DeleteRole", json!({"RoleName": "r1"}))), "DeleteConflict");
        call(&mut world, "DetachRolePolicy", json!({"RoleName": "r1", "PolicyArn": arn})).unwrap();
        assert_eq!(code(call(&mut world, "DetachRolePolicy", json!({"RoleName": "r1", "PolicyArn": arn}))), "NoSuchEntity");
        call(&mut world, "DeleteRole", json!({"RoleName": "r1"})).unwrap();
        assert_eq!(code(call(&mut world, "GetRole", json!({"RoleName": "r1"}))), "NoSuchEntity");
        assert!(world.tags.is_empty());
    }

    #[test]
    fn bad_documents_and_unknown_policies_are_refused() {
        let mut world = world();
        for document in
            ["not json", "{}", r#"{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Action":"GetObject","Resource":"*"}]}"#]
        {
            let put = json!({"RoleName": "r1", "PolicyName": "p", "PolicyDocument": document});
            assert_eq!(code(call(&mut world, "PutRolePolicy", put)), "MalformedPolicyDocument", "{document}");
        }
        assert_eq!(
            code(call(&mut world, "CreateRole", json!({"RoleName": "r2", "AssumeRolePolicyDocument": READ}))),
            "MalformedPolicyDocument"
        );
        assert_eq!(
            code(call(&mut world, "CreateRole", json!({"RoleName": "R1", "AssumeRolePolicyDocument": TRUST}))),
            "EntityAlreadyExists"
        );
        let twice = json!([{"Key": "Team", "Value": "a"}, {"Key": "team", "Value": "a"}]);
        assert_eq!(code(call(&mut world, "TagRole", json!({"RoleName": "r1", "Tags": twice}))), "InvalidInput");
        let unknown = json!({"RoleName": "r1", "PolicyArn": "arn:aws:iam::aws:policy/NoSuchPolicyAtAll"});
        assert_eq!(code(call(&mut world, "AttachRolePolicy", unknown)), "NoSuchEntity");
    }

    #[test]
    fn simulation_reads_the_attached_documents() {
        let mut world = world();
        call(&mut world, "PutRolePolicy", json!({"RoleName": "r1", "PolicyName": "p", "PolicyDocument": READ})).unwrap();
        let ask = json!({"PolicySourceArn": "arn:aws:iam::123456789012:role/iac/r1", "ActionNames": ["s3:GetObject", "s3:PutObject"], "ResourceArns": ["arn:aws:s3:::b/k"]});
        let answer = call(&mut world, "SimulatePrincipalPolicy", ask).unwrap();
        assert_eq!(answer["EvaluationResults"][0]["EvalDecision"], "allowed");
        assert_eq!(answer["EvaluationResults"][0]["MatchedStatements"][0]["SourcePolicyId"], "p");
        assert_eq!(answer["EvaluationResults"][1]["EvalDecision"], "implicitDeny");
    }

    #[test]
    fn a_service_linked_role_goes_by_its_own_call() {
        let mut world = world();
        let made = call(&mut world, "CreateServiceLinkedRole", json!({"AWSServiceName": "ecs.amazonaws.com"})).unwrap();
        let name = json!({"RoleName": made["Role"]["RoleName"]});
        assert_eq!(code(call(&mut world, "DeleteRole", name.clone())), "UnmodifiableEntity");
        let task = call(&mut world, "DeleteServiceLinkedRole", name.clone()).unwrap();
        assert_eq!(call(&mut world, "GetServiceLinkedRoleDeletionStatus", task).unwrap()["Status"], "SUCCEEDED");
        assert_eq!(code(call(&mut world, "GetRole", name)), "NoSuchEntity");
        let unknown = json!({"DeletionTaskId": "task/aws-service-role/ecs.amazonaws.com/none/1"});
        assert_eq!(code(call(&mut world, "GetServiceLinkedRoleDeletionStatus", unknown)), "NoSuchEntity");
        assert_eq!(code(call(&mut world, "DeleteServiceLinkedRole", json!({"RoleName": "r1"}))), "InvalidInput");
    }

    #[test]
    fn providers_are_known_by_their_host() {
        let mut world = world();
        let url = json!({"Url": "https://token.actions.githubusercontent.com", "ClientIDList": ["sts.amazonaws.com"]});
        let arn = call(&mut world, "CreateOpenIDConnectProvider", url.clone()).unwrap()["OpenIDConnectProviderArn"].clone();
        assert_eq!(arn, "arn:aws:iam::123456789012:oidc-provider/token.actions.githubusercontent.com");
        assert_eq!(code(call(&mut world, "CreateOpenIDConnectProvider", url)), "EntityAlreadyExists");
        call(&mut world, "DeleteOpenIDConnectProvider", json!({"OpenIDConnectProviderArn": arn})).unwrap();
        assert_eq!(code(call(&mut world, "GetOpenIDConnectProvider", json!({"OpenIDConnectProviderArn": arn}))), "NoSuchEntity");
    }

    #[test]
    fn policies_of_the_account_have_versions() {
        let mut world = world();
        let made = call(&mut world, "CreatePolicy", json!({"PolicyName": "read", "Path": "/iac/", "PolicyDocument": READ})).unwrap();
        let arn = made["Policy"]["Arn"].clone();
        assert_eq!(arn, "arn:aws:iam::123456789012:policy/iac/read");
        assert_eq!(code(call(&mut world, "CreatePolicy", json!({"PolicyName": "Read", "PolicyDocument": READ}))), "EntityAlreadyExists");
        call(&mut world, "AttachRolePolicy", json!({"RoleName": "r1", "PolicyArn": arn})).unwrap();
        assert_eq!(call(&mut world, "ListEntitiesForPolicy", json!({"PolicyArn": arn})).unwrap()["PolicyRoles"][0]["RoleName"], "r1");
        let ask = json!({"PolicySourceArn": "arn:aws:iam::123456789012:role/iac/r1", "ActionNames": ["s3:GetObject"], "ResourceArns": ["arn:aws:s3:::b/k"]});
        let decision = |world: &mut World| call(world, "SimulatePrincipalPolicy", ask.clone()).unwrap()["EvaluationResults"][0].clone();
        assert_eq!(decision(&mut world)["MatchedStatements"][0]["SourcePolicyType"], "user-managed");
        let deny = READ.replace("Allow", "Deny");
        call(&mut world, "CreatePolicyVersion", json!({"PolicyArn": arn, "PolicyDocument": deny, "SetAsDefault": true})).unwrap();
        assert_eq!(decision(&mut world)["EvalDecision"], "explicitDeny");
        let versions = call(&mut world, "ListPolicyVersions", json!({"PolicyArn": arn})).unwrap()["Versions"].clone();
        assert_eq!(
            (&versions[0]["VersionId"], &versions[0]["IsDefaultVersion"], &versions[1]["VersionId"]),
            (&json!("v2"), &json!(true), &json!("v1"))
        );
        assert_eq!(code(call(&mut world, "DeletePolicy", json!({"PolicyArn": arn}))), "DeleteConflict");
        call(&mut world, "DetachRolePolicy", json!({"RoleName": "r1", "PolicyArn": arn})).unwrap();
        assert_eq!(code(call(&mut world, "DeletePolicy", json!({"PolicyArn": arn}))), "DeleteConflict");
        assert_eq!(code(call(&mut world, "DeletePolicyVersion", json!({"PolicyArn": arn, "VersionId": "v2"}))), "DeleteConflict");
        call(&mut world, "DeletePolicyVersion", json!({"PolicyArn": arn, "VersionId": "v1"})).unwrap();
        assert_eq!(call(&mut world, "ListPolicies", json!({"Scope": "Local"})).unwrap()["Policies"].as_array().unwrap().len(), 1);
        call(&mut world, "DeletePolicy", json!({"PolicyArn": arn})).unwrap();
        let aws = "arn:aws:iam::aws:policy/ReadOnlyAccess";
        assert_eq!(code(call(&mut world, "DeletePolicy", json!({"PolicyArn": aws}))), "AccessDenied");
    }

    #[test]
    fn an_instance_profile_holds_a_role() {
        let mut world = world();
        let profile = json!({"InstanceProfileName": "p"});
        call(&mut world, "CreateInstanceProfile", profile.clone()).unwrap();
        let both = json!({"InstanceProfileName": "p", "RoleName": "r1"});
        call(&mut world, "AddRoleToInstanceProfile", both.clone()).unwrap();
        assert_eq!(code(call(&mut world, "AddRoleToInstanceProfile", both.clone())), "LimitExceeded");
        let role = json!({"RoleName": "r1"});
        let listed = call(&mut world, "ListInstanceProfilesForRole", role.clone()).unwrap();
        assert_eq!(listed["InstanceProfiles"][0]["Roles"][0]["RoleName"], "r1");
        assert_eq!(code(call(&mut world, "DeleteRole", role)), "DeleteConflict");
        assert_eq!(code(call(&mut world, "DeleteInstanceProfile", profile.clone())), "DeleteConflict");
        call(&mut world, "RemoveRoleFromInstanceProfile", both).unwrap();
        call(&mut world, "DeleteInstanceProfile", profile.clone()).unwrap();
        assert_eq!(code(call(&mut world, "GetInstanceProfile", profile)), "NoSuchEntity");
        assert_eq!(call(&mut world, "GetUser", json!({})).unwrap()["User"]["UserName"], "sandbox");
    }

    #[test]
    fn a_user_has_policies_groups_and_keys_and_goes_after_them() {
        let mut world = world();
        call(&mut world, "CreateUser", json!({"UserName": "robot"})).unwrap();
        call(&mut world, "CreateGroup", json!({"GroupName": "robots"})).unwrap();
        let arn = "arn:aws:iam::aws:policy/ReadOnlyAccess";
        let (user, member) = (json!({"UserName": "robot"}), json!({"UserName": "robot", "GroupName": "robots"}));
        call(&mut world, "PutUserPolicy", json!({"UserName": "robot", "PolicyName": "own", "PolicyDocument": READ})).unwrap();
        call(&mut world, "AttachGroupPolicy", json!({"GroupName": "robots", "PolicyArn": arn})).unwrap();
        call(&mut world, "AddUserToGroup", member.clone()).unwrap();
        call(&mut world, "PutUserPermissionsBoundary", json!({"UserName": "robot", "PermissionsBoundary": arn})).unwrap();
        let key = call(&mut world, "CreateAccessKey", user.clone()).unwrap()["AccessKey"].clone();
        assert!(key["SecretAccessKey"].as_str().is_some_and(|secret| secret.len() == 40));
        assert_eq!(call(&mut world, "ListAccessKeys", user.clone()).unwrap()["AccessKeyMetadata"][0]["AccessKeyId"], key["AccessKeyId"]);
        assert!(call(&mut world, "ListUserPolicies", json!({"UserName": "robot"})).unwrap()["PolicyNames"] == json!(["own"]));
        let got = call(&mut world, "GetUser", user.clone()).unwrap()["User"].clone();
        assert_eq!((&got["PermissionsBoundary"]["PermissionsBoundaryArn"], got.get("_inline")), (&json!(arn), None));
        let entities =
            call(&mut world, "ListEntitiesForPolicy", json!({"PolicyArn": arn, "PolicyUsageFilter": "PermissionsPolicy"})).unwrap();
        assert_eq!((&entities["PolicyGroups"][0]["GroupName"], &entities["PolicyUsers"]), (&json!("robots"), &json!([])));
        let ask = json!({"PolicySourceArn": "arn:aws:iam::123456789012:user/robot", "ActionNames": ["s3:GetObject", "iam:GetUser"], "ResourceArns": ["arn:aws:s3:::b/k"]});
        let results = call(&mut world, "SimulatePrincipalPolicy", ask).unwrap()["EvaluationResults"].clone();
        assert_eq!(
            (&results[0]["EvalDecision"], &results[0]["MatchedStatements"][0]["SourcePolicyType"]),
            (&json!("allowed"), &json!("user"))
        );
        let all = call(&mut world, "GetAccountAuthorizationDetails", json!({"Filter": ["User", "Group"]})).unwrap();
        assert_eq!(
            (&all["UserDetailList"][0]["GroupList"], &all["GroupDetailList"][0]["AttachedManagedPolicies"][0]["PolicyArn"]),
            (&json!(["robots"]), &json!(arn))
        );

        // Another name takes everything along.
        call(&mut world, "UpdateUser", json!({"UserName": "robot", "NewUserName": "android", "NewPath": "/a/"})).unwrap();
        assert_eq!(code(call(&mut world, "GetUser", user)), "NoSuchEntity");
        let user = json!({"UserName": "android"});
        assert_eq!(call(&mut world, "GetUser", user.clone()).unwrap()["User"]["Arn"], "arn:aws:iam::123456789012:user/a/android");
        assert_eq!(call(&mut world, "ListGroupsForUser", user.clone()).unwrap()["Groups"][0]["GroupName"], "robots");
        assert_eq!(call(&mut world, "GetGroup", json!({"GroupName": "robots"})).unwrap()["Users"][0]["UserName"], "android");

        for (operation, more) in [
            ("DeleteUserPolicy", json!({"PolicyName": "own"})),
            ("DeleteAccessKey", json!({"AccessKeyId": key["AccessKeyId"]})),
            ("RemoveUserFromGroup", json!({"GroupName": "robots"})),
            ("DeleteUserPermissionsBoundary", json!({})),
        ] {
            if operation != "DeleteUserPermissionsBoundary" {
                assert_eq!(code(call(&mut world, "DeleteUser", user.clone())), "DeleteConflict", "before {operation}");
            }
            let mut input = user.clone();
            crate::world::merge(&mut input, &more);
            call(&mut world, operation, input).unwrap();
        }
        assert_eq!(code(call(&mut world, "DeleteGroup", json!({"GroupName": "robots"}))), "DeleteConflict");
        call(&mut world, "DeleteUser", user).unwrap();
        call(&mut world, "DetachGroupPolicy", json!({"GroupName": "robots", "PolicyArn": arn})).unwrap();
        call(&mut world, "DeleteGroup", json!({"GroupName": "robots"})).unwrap();
    }
}
