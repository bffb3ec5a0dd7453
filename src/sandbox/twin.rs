//! A twin of an account: what was made in the sandbox goes by the names that it has there.
//!
//! Whoever makes the resources of an account here again gets ids, ARNs and endpoints of the sandbox's own. Once they are renamed, wherever
//! they stand, the same calls mean the same here as there.

use super::services::ec2::network_interface::{self, Wanted};
use super::services::ecs;
use super::world::{Call, Fault, World};
use serde_json::{Value, json};
use sha2::{Digest, Sha256};
use std::collections::{BTreeMap, HashSet};

/// The table of parts of host names.
const LABELS: &str = "global/twin.label";

impl World {
    /// Gives all that goes by the first name of a pair the second, wherever it stands: in keys, rows, tags and changes to come, and within
    /// longer texts. A name is a whole word there: `web:1` does not stand in `web:12`.
    pub fn rename(&mut self, names: &[(String, String)]) {
        let names = Names::new(names);
        if names.pairs.is_empty() {
            return;
        }
        for rows in self.tables.values_mut() {
            rename_keys(rows, &names);
            rows.values_mut().for_each(|row| names.rename(row));
        }
        rename_keys(&mut self.tags, &names);
        self.tags.values_mut().flat_map(BTreeMap::values_mut).for_each(|value| names.rename_text(value));
        rename_keys(&mut self.lagging, &names);
        for due in &mut self.due {
            names.rename_text(&mut due.id);
            due.patch.iter_mut().for_each(|patch| names.rename(patch));
        }
        ecs::renumber(self);
        self.note_labels(&names);
    }

    /// Keeps the parts of host names in which two differ: some are the account's own, and stand in no row.
    fn note_labels(&mut self, names: &Names<'_>) {
        let hosts = names.pairs.iter().filter(|(from, to)| [from, to].iter().all(|name| name.contains(".amazonaws.com")));
        for (from, to) in hosts {
            let (from, to) = (from.split('.').collect::<Vec<_>>(), to.split('.').collect::<Vec<_>>());
            let other = from.iter().zip(&to).filter(|(from, to)| from != to && from.len() == to.len());
            for (from, to) in other.filter(|_| from.len() == to.len()) {
                self.tables.entry(LABELS.into()).or_default().insert((*from).to_owned(), json!({"_label": to}));
            }
        }
    }

    /// Returns a part of the account's own host names as it is in the account that this is the twin of.
    pub fn label(&self, label: String) -> String {
        let row = self.tables.get(LABELS).and_then(|rows| rows.get(&label));
        row.and_then(|row| row["_label"].as_str()).map_or(label, str::to_owned)
    }

    /// Puts a network interface of this id into a subnet, which somebody uses whom nobody here knows. The error is that of a subnet that is not there.
    pub fn occupy(&mut self, region: &str, id: &str, subnet: &str, groups: &[String], description: &str) -> Result<(), Fault> {
        let wanted = Wanted { subnet, groups, description: description.to_owned(), interface_type: "interface", ..Wanted::default() };
        let made = network_interface::create(&mut Call::new(self, &Value::Null, "ec2", "CreateNetworkInterface", region), wanted)?;
        self.rename(&[(made, id.to_owned())]);
        Ok(())
    }
}

/// A stand-in's document says the least that IAM takes.
const NOTHING: &str = r#"{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Action":"sts:GetCallerIdentity","Resource":"*"}]}"#;

impl World {
    /// Puts something plain in the place of what others have in the account and that an ARN names, so that it can be named here: a key, a
    /// certificate, a policy or a role. False for what is there already, and for what none of these ARNs names.
    pub fn stand_in(&mut self, arn: &str) -> bool {
        let parts = arn.splitn(6, ':').collect::<Vec<_>>();
        let ["arn", "aws", service, region, account, name] = parts.as_slice() else { return false };
        if *account != self.account {
            return false;
        }
        let (noun, id) = name.split_once('/').unwrap_or_default();
        let (table, key, row) = match (*service, noun) {
            ("kms", "key") => ("kms.key", id.to_owned(), key(arn, id, account)),
            // An alias that AWS keeps for a service comes with the first use.
            ("kms", "alias") if !id.starts_with("aws/") => {
                let digits = Sha256::digest(arn).iter().map(|byte| format!("{byte:02x}")).collect::<String>();
                let id = format!("{}-{}-{}-{}-{}", &digits[..8], &digits[8..12], &digits[12..16], &digits[16..20], &digits[20..32]);
                let of = format!("arn:aws:kms:{region}:{account}:key/{id}");
                self.tables.entry(format!("{region}/kms.key")).or_default().insert(id.clone(), key(&of, &id, account));
                ("kms.alias", name.to_string(), json!({"AliasName": name, "AliasArn": arn, "TargetKeyId": id}))
            }
            ("acm", "certificate") => {
                let row = json!({
                    "CertificateArn": arn, "_arn": arn, "DomainName": "*", "SubjectAlternativeNames": ["*"], "Status": "ISSUED",
                    "Type": "AMAZON_ISSUED", "InUseBy": [],
                });
                ("acm.certificate", arn.to_owned(), row)
            }
            ("iam", "policy") => {
                let (path, name) = path_and_name(id);
                let row = json!({
                    "PolicyName": name, "PolicyId": "ANPASTANDIN0000000000", "Arn": arn, "_arn": arn, "Path": path, "DefaultVersionId": "v1",
                    "IsAttachable": true, "CreateDate": 0, "UpdateDate": 0, "_next": 2,
                    "_versions": [{"VersionId": "v1", "Document": NOTHING, "CreateDate": 0}],
                });
                ("iam.policy", arn.to_owned(), row)
            }
            ("iam", "role") if !id.starts_with("aws-service-role/") => {
                let (path, name) = path_and_name(id);
                let trust =
                    r#"{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Principal":{"AWS":"*"},"Action":"sts:AssumeRole"}]}"#;
                let row = json!({
                    "Path": path, "RoleName": name, "RoleId": "AROASTANDIN0000000000", "Arn": arn, "CreateDate": 0,
                    "AssumeRolePolicyDocument": trust, "_arn": arn, "_inline": {}, "_attached": [], "_made": 0, "MaxSessionDuration": 3600,
                });
                ("iam.role", name, row)
            }
            _ => return false,
        };
        let place = if *service == "iam" { "global" } else { region };
        let rows = self.tables.entry(format!("{place}/{table}")).or_default();
        let is_new = !rows.contains_key(&key);
        rows.entry(key).or_insert(row);
        is_new
    }
}

fn key(arn: &str, id: &str, account: &str) -> Value {
    json!({
        "KeyId": id, "Arn": arn, "_arn": arn, "AWSAccountId": account, "KeyManager": "CUSTOMER", "KeyState": "Enabled", "Enabled": true,
        "KeySpec": "SYMMETRIC_DEFAULT", "KeyUsage": "ENCRYPT_DECRYPT", "Origin": "AWS_KMS",
    })
}

/// `team/app` is the name `app` in the path `/team/`.
fn path_and_name(id: &str) -> (String, String) {
    id.rsplit_once('/').map_or_else(|| ("/".to_owned(), id.to_owned()), |(path, name)| (format!("/{path}/"), name.to_owned()))
}

fn rename_keys<V>(rows: &mut BTreeMap<String, V>, names: &Names<'_>) {
    let renamed = rows.keys().filter_map(|key| Some((key.clone(), names.renamed(key)?))).collect::<Vec<_>>();
    for (before, after) in renamed {
        if let Some(row) = rows.remove(&before) {
            rows.insert(after, row);
        }
    }
}

struct Names<'a> {
    /// The longest first: an ARN goes before the id within it.
    pairs: Vec<(&'a str, &'a str)>,
    /// A word of each first name, so that most texts are seen at a glance to hold none.
    words: HashSet<&'a str>,
}

impl<'a> Names<'a> {
    fn new(names: &'a [(String, String)]) -> Self {
        let mut pairs = names.iter().map(|(from, to)| (from.as_str(), to.as_str())).filter(|(from, to)| from != to).collect::<Vec<_>>();
        pairs.retain(|(from, _)| words(from).next().is_some());
        pairs.sort_by_key(|(from, _)| std::cmp::Reverse(from.len()));
        let telling = |(from, to): &(&'a str, &'a str)| {
            let known = words(to).collect::<HashSet<_>>();
            let own = words(from).filter(|word| !known.contains(word)).max_by_key(|word| word.len());
            own.or_else(|| words(from).max_by_key(|word| word.len()))
        };
        let words = pairs.iter().filter_map(telling).collect();
        Names { pairs, words }
    }

    fn rename(&self, value: &mut Value) {
        match value {
            Value::String(text) => self.rename_text(text),
            Value::Array(list) => list.iter_mut().for_each(|item| self.rename(item)),
            Value::Object(map) => {
                let renamed = map.keys().filter_map(|key| Some((key.clone(), self.renamed(key)?))).collect::<Vec<_>>();
                for (before, after) in renamed {
                    if let Some(item) = map.remove(&before) {
                        map.insert(after, item);
                    }
                }
                map.values_mut().for_each(|item| self.rename(item));
            }
            Value::Null | Value::Bool(_) | Value::Number(_) => {}
        }
    }

    fn rename_text(&self, text: &mut String) {
        if let Some(renamed) = self.renamed(text) {
            *text = renamed;
        }
    }

    /// Returns the text with other names in it, if it holds any of these.
    fn renamed(&self, text: &str) -> Option<String> {
        if !words(text).any(|word| self.words.contains(word)) {
            return None;
        }
        let (mut renamed, mut rest, mut before, mut any) = (String::with_capacity(text.len()), text, None, false);
        while let Some(letter) = rest.chars().next() {
            let here = |(from, _): &&(&str, &str)| {
                let whole = |inside: Option<char>, outside: Option<char>| !(inside.is_some_and(is_word) && outside.is_some_and(is_word));
                rest.strip_prefix(from)
                    .is_some_and(|after| whole(from.chars().next(), before) && whole(from.chars().next_back(), after.chars().next()))
            };
            match self.pairs.iter().find(here) {
                Some((from, to)) => {
                    any = true;
                    renamed.push_str(to);
                    (before, rest) = (from.chars().next_back(), &rest[from.len()..]);
                }
                None => {
                    renamed.push(letter);
                    (before, rest) = (Some(letter), &rest[letter.len_utf8()..]);
                }
            }
        }
        any.then_some(renamed)
    }
}

fn is_word(letter: char) -> bool {
    letter.is_alphanumeric()
}

fn words(text: &str) -> impl Iterator<Item = &str> {
    text.split(|letter| !is_word(letter)).filter(|word| !word.is_empty())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn pairs(pairs: &[(&str, &str)]) -> Vec<(String, String)> {
        pairs.iter().map(|(from, to)| ((*from).to_owned(), (*to).to_owned())).collect()
    }

    #[test]
    fn a_name_is_another_wherever_it_stands() {
        let mut world = World::new("123456789012", 0, 0);
        let arn = "arn:aws:ec2:us-east-1:123456789012:vpc/vpc-0aa";
        let rows =
            BTreeMap::from([("vpc-0aa".to_owned(), json!({"VpcId": "vpc-0aa", "_arn": arn, "vpc-0aa": ["vpc-0aab", "in vpc-0aa."]}))]);
        world.tables.insert("us-east-1/ec2.vpc".into(), rows);
        world.tags.insert(arn.into(), BTreeMap::from([("of".to_owned(), "vpc-0aa".to_owned())]));
        world.rename(&pairs(&[("vpc-0aa", "vpc-0ff")]));
        let row = &world.tables["us-east-1/ec2.vpc"]["vpc-0ff"];
        assert_eq!((&row["VpcId"], &row["_arn"]), (&json!("vpc-0ff"), &json!(arn.replace("0aa", "0ff"))));
        assert_eq!(row["vpc-0ff"], json!(["vpc-0aab", "in vpc-0ff."]));
        assert_eq!(world.tags[&arn.replace("0aa", "0ff")]["of"], "vpc-0ff");
    }

    #[test]
    fn names_may_trade_places_and_stand_within_each_other() {
        let names = pairs(&[("web:1", "web:2"), ("web:2", "web:1"), ("td/web:1", "td/web:7"), ("same", "same")]);
        let names = Names::new(&names);
        assert_eq!(names.renamed("web:1, web:2, td/web:1, web:12, xweb:1").as_deref(), Some("web:2, web:1, td/web:7, web:12, xweb:1"));
        assert_eq!(names.renamed("same"), None);
        assert_eq!(Names::new(&pairs(&[("--", "++")])).renamed("--"), None);
    }

    #[test]
    fn hosts_of_the_account_are_known_by_one_of_them() {
        let mut world = World::new("123456789012", 0, 0);
        let host = |word: &str| format!("db.{word}.us-east-1.rds.amazonaws.com");
        world.rename(&[(host("abcdefghijkl"), host("zyxwvutsrqpo"))]);
        assert_eq!((world.label("abcdefghijkl".into()), world.label("db".into())), ("zyxwvutsrqpo".into(), "db".into()));
    }

    #[test]
    fn a_stand_in_is_there_for_whoever_names_it() {
        let mut world = World::new("123456789012", 0, 0);
        let arns = [
            "arn:aws:kms:us-east-1:123456789012:key/12345678-1234-1234-1234-123456789012",
            "arn:aws:kms:us-east-1:123456789012:alias/team",
            "arn:aws:acm:us-east-1:123456789012:certificate/12345678-1234-1234-1234-123456789012",
            "arn:aws:iam::123456789012:policy/team/boundary",
            "arn:aws:iam::123456789012:role/team/deploy",
        ];
        for arn in arns {
            assert!(world.stand_in(arn) && !world.stand_in(arn), "{arn}");
        }
        for other in ["arn:aws:kms:us-east-1:999999999999:key/1", "arn:aws:kms:us-east-1:123456789012:alias/aws/rds", "arn:aws:s3:::b", "x"]
        {
            assert!(!world.stand_in(other), "{other}");
        }
        let ask = |world: &mut World, operation: &str, service: &str, input: Value| {
            let handler = crate::services::handler(service, operation).unwrap();
            handler(&mut Call::new(world, &input, service, operation, "us-east-1")).map_err(|fault| fault.code)
        };
        let role = ask(&mut world, "GetRole", "iam", json!({"RoleName": "deploy"})).unwrap();
        assert_eq!((&role["Role"]["Arn"], &role["Role"]["Path"]), (&json!(arns[4]), &json!("/team/")));
        ask(&mut world, "AttachRolePolicy", "iam", json!({"RoleName": "deploy", "PolicyArn": arns[3]})).unwrap();
        let key = ask(&mut world, "DescribeKey", "kms", json!({"KeyId": arns[1]})).unwrap();
        assert_eq!(key["KeyMetadata"]["KeyState"], "Enabled");
        let certificate = ask(&mut world, "DescribeCertificate", "acm", json!({"CertificateArn": arns[2]})).unwrap();
        assert_eq!(certificate["Certificate"]["Status"], "ISSUED");
    }

    #[test]
    fn the_next_revision_of_a_family_comes_after_the_one_that_was_renamed() {
        let mut world = World::new("123456789012", 0, 0);
        let arn = "arn:aws:ecs:us-east-1:123456789012:task-definition/web:1";
        let row = json!({"taskDefinitionArn": arn, "_arn": arn, "family": "web", "revision": 1});
        world.tables.insert("us-east-1/ecs.task_definition".into(), BTreeMap::from([("web:1".to_owned(), row)]));
        world.tables.insert("us-east-1/ecs.family".into(), BTreeMap::from([("web".to_owned(), json!({"_last": 1}))]));
        world.rename(&pairs(&[(arn, &arn.replace(":1", ":42"))]));
        assert_eq!(world.tables["us-east-1/ecs.task_definition"]["web:42"]["revision"], 42);
        assert_eq!(world.tables["us-east-1/ecs.family"]["web"]["_last"], 42);
    }
}
