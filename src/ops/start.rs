//! Starting services: the secrets that their tasks read must hold values, and their own repositories the images. ECS takes a
//! service without either, and its tasks fail one after the other.

use crate::core::address::Address;
use crate::core::plan::{Action, Plan};
use crate::core::reason::Note;
use crate::core::reference::{Piece, pieces};
use crate::core::view::View;
use crate::kinds::ecr::repository::Repository;
use crate::kinds::ecs::service::Service;
use crate::kinds::ecs::task_definition::{Spec as Task, TaskDefinition};
use crate::kinds::secretsmanager::secret::Secret;
use crate::modules::secrets::name_of;
use std::collections::{BTreeMap, BTreeSet};

/// Something that the tasks of a service read as they start.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub enum Need {
    Secret(Address),
    /// An image of a repository, by its tag or its digest (`sha256:…`).
    Image(Address, String),
}

impl Need {
    pub fn address(&self) -> &Address {
        match self {
            Need::Secret(address) | Need::Image(address, _) => address,
        }
    }

    /// Says that it is not there.
    pub fn note(self, services: BTreeSet<Address>) -> Note {
        let services = services.into_iter().collect();
        match self {
            Need::Secret(secret) => Note::EmptySecret { name: name_of(&secret).to_owned(), secret, services },
            Need::Image(repository, image) => Note::NoImage { repository, image, services },
        }
    }
}

/// Returns what the services that a plan makes or changes read from resources of the stack, each with the services that do.
pub fn needs(plan: &Plan, wanted: &View<'_>) -> BTreeMap<Need, BTreeSet<Address>> {
    let starts = |action: Action| matches!(action, Action::Create | Action::Update | Action::Replace { .. });
    let changed = plan.changes.iter().filter(|change| starts(change.action)).map(|change| &change.address).collect::<BTreeSet<_>>();
    let mut needs = BTreeMap::<Need, BTreeSet<Address>>::new();
    for (seen, service) in wanted.all::<Service>().filter(|(seen, _)| changed.contains(seen.address)) {
        let Some((_, task)) = wanted.target::<TaskDefinition>(&service.task_definition_arn) else { continue };
        for need in of_task(task, wanted) {
            needs.entry(need).or_default().insert(seen.address.clone());
        }
    }
    needs
}

/// True when the plan itself makes the resource, which then holds nothing yet.
pub fn is_made_empty(plan: &Plan, wanted: &View<'_>, need: &Need) -> bool {
    let generated = wanted.get::<Secret>(need.address()).is_some_and(|(_, secret)| secret.generate.is_some());
    is_made(plan, need) && !generated
}

/// True when the plan itself makes the resource.
pub fn is_made(plan: &Plan, need: &Need) -> bool {
    let makes = |action: Action| matches!(action, Action::Create | Action::Replace { .. });
    plan.changes.iter().any(|change| makes(change.action) && change.address == *need.address())
}

fn of_task(task: &Task, wanted: &View<'_>) -> Vec<Need> {
    let mut needs = Vec::new();
    for container in &task.containers {
        let options = container.log_configuration.iter().flat_map(|log| log.secret_options.values());
        for text in container.secrets.values().chain(options) {
            // Behind the ARN may stand the key of a secret that is JSON.
            if let Some(Piece::Reference(secret)) = pieces(text).into_iter().next()
                && wanted.get::<Secret>(&secret.address).is_some()
            {
                needs.push(Need::Secret(secret.address));
            }
        }
        let image = pieces(&container.image);
        if let Some((Piece::Reference(repository), rest)) = image.split_first()
            && wanted.get::<Repository>(&repository.address).is_some()
            && let Some(image) = image_of(rest)
        {
            needs.push(Need::Image(repository.address.clone(), image));
        }
    }
    needs
}

/// Returns what stands behind the address of a repository: a tag, or the digest, which decides where there are both.
pub(super) fn image_of(rest: &[Piece<'_>]) -> Option<String> {
    let text = match rest {
        [] => "",
        [Piece::Text(text)] => text,
        _ => return None,
    };
    let (tag, digest) = text.split_once('@').map_or((text, None), |(tag, digest)| (tag, Some(digest)));
    match (digest, tag.strip_prefix(':')) {
        (Some(digest), _) => Some(digest.to_owned()),
        (None, Some(tag)) => Some(tag.to_owned()),
        (None, None) => tag.is_empty().then(|| "latest".to_owned()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_image_is_a_tag_or_a_digest() {
        let of = |text: &str| image_of(&pieces(text));
        for (text, image) in [("", "latest"), (":1.4", "1.4"), ("@sha256:ab", "sha256:ab"), (":1.4@sha256:ab", "sha256:ab")] {
            assert_eq!(of(text).as_deref(), Some(image), "{text}");
        }
        assert_eq!(of("/another:1"), None, "this is another repository");
    }
}
