//! The text of a scenario: what it is about, then sections.

use std::fmt;

#[derive(Debug, Clone)]
pub struct Script {
    about: String,
    pub sections: Vec<Section>,
}

#[derive(Debug, Clone)]
pub struct Section {
    /// `plan --allow-delete database.main.instance`
    pub doing: String,
    /// Without blank lines around it.
    pub text: String,
}

impl Script {
    pub fn parse(text: &str) -> Self {
        let mut about = String::new();
        let mut sections = Vec::<Section>::new();
        for line in text.lines() {
            match (line.strip_prefix("== "), sections.last_mut()) {
                (Some(doing), _) => sections.push(Section { doing: doing.trim().to_owned(), text: String::new() }),
                (None, Some(section)) => section.text += &format!("{}\n", line.trim_end()),
                (None, None) => about += &format!("{}\n", line.trim_end()),
            }
        }
        for section in &mut sections {
            section.text = section.text.trim_matches('\n').to_owned();
        }
        Script { about: about.trim().to_owned(), sections }
    }
}

impl Section {
    /// The words after `== `: what is done, and how.
    pub fn words(&self) -> Vec<&str> {
        self.doing.split_whitespace().collect()
    }
}

impl fmt::Display for Script {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Script { about, sections } = self;
        writeln!(f, "{about}")?;
        for Section { doing, text } in sections {
            writeln!(f, "\n== {doing}")?;
            if !text.is_empty() {
                writeln!(f, "{text}")?;
            }
        }
        Ok(())
    }
}
