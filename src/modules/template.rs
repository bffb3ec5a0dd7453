//! The files that `trueup init` writes: a first stack that works as it is.

use crate::core::problem::Problem;
use crate::core::settings::{Settings, check_name};
use crate::core::suggest::nearest;

/// A stack to start from.
#[derive(Debug, Clone, Copy)]
pub struct Template {
    pub name: &'static str,
    /// One short sentence.
    pub about: &'static str,
    text: &'static str,
}

pub static TEMPLATES: &[Template] = &[
    Template {
        name: "web-service",
        about: "A container behind a load balancer, with a database, alarms, staging and production.",
        text: include_str!("../../templates/web-service.toml"),
    },
    Template {
        name: "worker",
        about: "Containers without a load balancer that take work from a cache.",
        text: include_str!("../../templates/worker.toml"),
    },
    Template {
        name: "static-site",
        about: "A bucket behind a CDN, for a web site without a server.",
        text: include_str!("../../templates/static-site.toml"),
    },
];

/// The file in which the first line of a stack tells editors to look for its schema.
pub const SCHEMA_FILE: &str = "trueup.schema.json";

/// The files of a new stack, by name: the stack itself and the schema for editors.
pub fn files(template: &str, name: &str, region: &str) -> Result<Vec<(&'static str, String)>, Problem> {
    let names = || TEMPLATES.iter().map(|template| template.name);
    let Some(found) = TEMPLATES.iter().find(|one| one.name == template) else {
        let problem = Problem::new("template", format!("there is no template `{template}`"));
        let list = names().collect::<Vec<_>>().join(", ");
        return Err(
            problem.help(nearest(template, names()).map_or_else(|| format!("there is {list}"), |near| format!("did you mean `{near}`?")))
        );
    };
    if let Some(problem) = check_name("name", name, 40) {
        return Err(problem);
    }
    let settings = Settings { name: name.to_owned(), region: region.to_owned(), ..Settings::default() };
    if let Some(problem) = settings.check().into_iter().next() {
        return Err(problem);
    }
    let text = found.text.replace("name = \"hello\"", &format!("name = \"{name}\"")).replace("\"us-east-1\"", &format!("\"{region}\""));
    let schema = serde_json::to_string_pretty(&super::schema()).unwrap_or_default() + "\n";
    Ok(vec![("stack.toml", text), (SCHEMA_FILE, schema)])
}
