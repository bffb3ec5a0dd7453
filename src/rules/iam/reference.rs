//! The names that IAM knows: of actions, by service, and of AWS's managed policies.

const ACTIONS: &str = include_str!("actions.txt");
const MANAGED: &str = include_str!("managed.txt");

/// Reads names that are written as how much of the one before they begin with, and the rest.
fn unfold(line: &'static str) -> impl Iterator<Item = String> {
    let mut before = String::new();
    line.split(' ').filter_map(move |word| {
        let (shared, rest) = word.split_at_checked(1)?;
        let shared = usize::try_from(char::from(*shared.as_bytes().first()?).to_digit(36)?).ok()?;
        before.truncate(shared);
        before += rest;
        Some(before.clone())
    })
}

fn lines(text: &'static str) -> impl Iterator<Item = &'static str> {
    text.lines().filter(|line| !line.starts_with('#'))
}

/// Returns the actions of a service; none for one that is not in the table.
pub fn actions(service: &str) -> Option<impl Iterator<Item = String>> {
    let line = lines(ACTIONS).find_map(|line| line.split_once(' ').filter(|(name, _)| name.eq_ignore_ascii_case(service)))?.1;
    Some(unfold(line))
}

/// True for a prefix that a service of AWS has.
pub fn is_service(prefix: &str) -> bool {
    let all = lines(ACTIONS).find_map(|line| line.strip_prefix("* ")).unwrap_or_default();
    all.split(' ').any(|known| known.eq_ignore_ascii_case(prefix))
}

/// Returns the service that was most likely meant by a prefix that no service has.
pub fn service_meant_by(prefix: &str) -> Option<&'static str> {
    let all = || lines(ACTIONS).find_map(|line| line.strip_prefix("* ")).unwrap_or_default().split(' ');
    if all().any(|known| known.eq_ignore_ascii_case(prefix)) {
        return None;
    }
    let prefix = prefix.to_ascii_lowercase();
    let near = all().map(|known| (strsim::damerau_levenshtein(known, &prefix), known)).filter(|(slips, _)| *slips <= 2);
    near.min().map(|(_, known)| known).filter(|_| prefix.len() > 3)
}

/// The standing of the name of a managed policy.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Managed {
    /// It is one, or may be a new one.
    Known,
    /// It is none, and this one was meant.
    Meant(String),
}

/// Looks up an AWS-managed policy by its path and name: `service-role/AmazonECSTaskExecutionRolePolicy`.
pub fn managed(path: &str) -> Managed {
    let name = path.rsplit('/').next().unwrap_or_default();
    let mut all = Vec::new();
    let mut before = String::new();
    for word in lines(MANAGED).flat_map(|line| line.split(' ')) {
        let Some(shared) = word.chars().next().and_then(|shared| shared.to_digit(36)) else { continue };
        before.truncate(usize::try_from(shared).unwrap_or_default());
        before += &word[1..];
        if before == path {
            return Managed::Known;
        }
        all.push(before.clone());
    }
    let own = |known: &str| known.rsplit('/').next().unwrap_or_default().to_owned();
    if let Some(moved) = all.iter().find(|known| own(known) == name) {
        return Managed::Meant(moved.clone());
    }
    let near = all.iter().map(|known| (strsim::damerau_levenshtein(&own(known), name), known)).filter(|(slips, _)| *slips <= 2).min();
    near.map_or(Managed::Known, |(_, near)| Managed::Meant(near.clone()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_tables_are_read() {
        let s3 = actions("S3").unwrap().collect::<Vec<_>>();
        assert!(s3.contains(&"GetObject".into()) && s3.contains(&"ListBucket".into()) && !s3.contains(&"GetObjects".into()));
        let logs = actions("logs").unwrap().collect::<Vec<_>>();
        assert!(logs.contains(&"PutLogEvents".into()), "{logs:?}");
        assert!(actions("quantum").is_none());
        assert!(is_service("sqs") && is_service("S3") && !is_service("s4"));
        assert_eq!((service_meant_by("secretmanager"), service_meant_by("s3")), (Some("secretsmanager"), None));
        assert_eq!(managed("service-role/AmazonECSTaskExecutionRolePolicy"), Managed::Known);
        let meant = Managed::Meant("service-role/AmazonECSTaskExecutionRolePolicy".into());
        assert_eq!(managed("AmazonECSTaskExecutionRolePolicy"), meant);
        assert_eq!(managed("service-role/AmazonECSTaskExecutonRolePolicy"), meant);
        assert_eq!(managed("ReadOnlyAccess"), Managed::Known);
        assert_eq!(managed("SomethingThatAwsMakesNextYear"), Managed::Known);
    }
}
