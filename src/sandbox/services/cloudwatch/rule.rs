//! The rules of composite alarms: `ALARM("a") AND NOT (OK(b) OR FALSE)`.
//! <https://docs.aws.amazon.com/AmazonCloudWatch/latest/APIReference/API_PutCompositeAlarm.html>

/// A rule, read.
#[derive(Debug, PartialEq)]
pub enum Rule {
    Fixed(bool),
    /// True while the alarm of this name is in this state.
    State(String, &'static str),
    Not(Box<Rule>),
    And(Box<Rule>, Box<Rule>),
    Or(Box<Rule>, Box<Rule>),
}

const STATES: [&str; 3] = ["ALARM", "OK", "INSUFFICIENT_DATA"];
/// The most levels of brackets and negations.
const DEEPEST: usize = 100;

impl Rule {
    /// `None` where the text is no rule.
    pub fn parse(text: &str) -> Option<Rule> {
        let mut reader = Reader { rest: text.trim(), depth: 0 };
        let rule = reader.any()?;
        reader.rest.is_empty().then_some(rule)
    }

    /// The alarms that the rule names.
    pub fn names(&self) -> Vec<String> {
        match self {
            Rule::Fixed(_) => Vec::new(),
            Rule::State(name, _) => vec![name.clone()],
            Rule::Not(inner) => inner.names(),
            Rule::And(a, b) | Rule::Or(a, b) => [a.names(), b.names()].concat(),
        }
    }

    /// The value of the rule, where `state` tells the state of an alarm.
    pub fn holds(&self, state: &dyn Fn(&str) -> String) -> bool {
        match self {
            Rule::Fixed(value) => *value,
            Rule::State(name, wanted) => state(name) == *wanted,
            Rule::Not(inner) => !inner.holds(state),
            Rule::And(a, b) => a.holds(state) && b.holds(state),
            Rule::Or(a, b) => a.holds(state) || b.holds(state),
        }
    }
}

struct Reader<'t> {
    rest: &'t str,
    depth: usize,
}

impl Reader<'_> {
    fn take(&mut self, text: &str) -> bool {
        let after = self.rest.strip_prefix(text);
        // A word ends where no letter follows.
        let whole =
            |after: &&str| !text.ends_with(char::is_alphabetic) || !after.starts_with(|next: char| next.is_alphanumeric() || next == '_');
        match after.filter(whole) {
            Some(after) => {
                self.rest = after.trim_start();
                true
            }
            None => false,
        }
    }

    fn any(&mut self) -> Option<Rule> {
        let mut left = self.all()?;
        while self.take("OR") {
            left = Rule::Or(left.into(), self.all()?.into());
        }
        Some(left)
    }

    fn all(&mut self) -> Option<Rule> {
        let mut left = self.one()?;
        while self.take("AND") {
            left = Rule::And(left.into(), self.one()?.into());
        }
        Some(left)
    }

    fn one(&mut self) -> Option<Rule> {
        self.depth += 1;
        if self.depth > DEEPEST {
            return None;
        }
        let found = if self.take("NOT") {
            Rule::Not(self.one()?.into())
        } else if self.take("(") {
            let inner = self.any()?;
            self.take(")").then_some(inner)?
        } else if self.take("TRUE") {
            Rule::Fixed(true)
        } else if self.take("FALSE") {
            Rule::Fixed(false)
        } else {
            let state = STATES.into_iter().find(|state| self.take(state))?;
            Rule::State(self.take("(").then(|| self.name())??, state)
        };
        self.depth -= 1;
        Some(found)
    }

    /// A name or an ARN, in quotes or without, and the bracket behind it.
    fn name(&mut self) -> Option<String> {
        let quote = self.rest.chars().next().filter(|sign| ['"', '\''].contains(sign));
        let (name, rest) = match quote {
            Some(quote) => self.rest[1..].split_once(quote)?,
            None => self.rest.split_at(self.rest.find(')')?),
        };
        self.rest = rest.trim_start();
        let name = name.trim();
        let name = name.rsplit_once(":alarm:").map_or(name, |(_, name)| name);
        (self.take(")") && !name.is_empty()).then(|| name.to_owned())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn rules_are_read_as_they_bind() {
        let holds = |text: &str| Rule::parse(text).unwrap().holds(&|name| if name == "bad" { "ALARM".into() } else { "OK".into() });
        for (text, want) in [
            ("ALARM(bad)", true),
            ("ALARM(\"good\") OR OK('good')", true),
            ("TRUE OR TRUE AND FALSE", true),
            ("(TRUE OR TRUE) AND FALSE", false),
            ("NOT ALARM(good) AND NOT(INSUFFICIENT_DATA(bad))", true),
            ("ALARM(arn:aws:cloudwatch:us-east-1:1:alarm:bad)", true),
        ] {
            assert_eq!(holds(text), want, "{text}");
        }
        assert_eq!(Rule::parse("ALARM(a) AND OK(\"b c\")").unwrap().names(), ["a", "b c"]);
        for text in ["", "ALARM", "ALARM()", "ALARM(a", "ALARM(a) OK(b)", "NOTALARM(a)", "AND", "(TRUE"] {
            assert_eq!(Rule::parse(text), None, "{text}");
        }
        assert_eq!(Rule::parse(&"(".repeat(100_000)), None);
    }
}
