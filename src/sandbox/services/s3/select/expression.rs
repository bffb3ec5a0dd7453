//! Expressions of the SQL of S3 Select, read by descent.

use super::datum::Datum;
use crate::world::Fault;
use serde_json::Number;

#[derive(Debug, Clone, PartialEq)]
pub enum Step {
    Member {
        name: String,
        quoted: bool,
    },
    Index(usize),
    /// Every item of a list.
    Each,
}

#[derive(Debug, Clone, PartialEq)]
pub enum Expression {
    Literal(Datum),
    Path(Vec<Step>),
    Not(Box<Expression>),
    Negative(Box<Expression>),
    /// By its sign or keyword: `+`, `=`, `AND`, `LIKE`, …
    Binary(&'static str, Box<Expression>, Box<Expression>),
    In(Box<Expression>, Vec<Expression>),
    Between(Box<Expression>, Box<Expression>, Box<Expression>),
    /// True for MISSING, false for NULL.
    Is(Box<Expression>, bool),
    Cast(Box<Expression>, String),
    Call(&'static str, Vec<Expression>),
    /// A function over all records; without an argument it is `COUNT(*)`.
    Aggregate(&'static str, Option<Box<Expression>>),
}

const AGGREGATES: [&str; 5] = ["COUNT", "SUM", "AVG", "MIN", "MAX"];
const FUNCTIONS: [&str; 8] = ["UPPER", "LOWER", "CHAR_LENGTH", "CHARACTER_LENGTH", "TRIM", "SUBSTRING", "COALESCE", "NULLIF"];
/// Words that cannot be an alias or begin a path.
const RESERVED: [&str; 20] = [
    "SELECT", "FROM", "WHERE", "LIMIT", "AS", "AND", "OR", "NOT", "IN", "BETWEEN", "LIKE", "ESCAPE", "IS", "NULL", "MISSING", "TRUE",
    "FALSE", "FOR", "CAST", "BY",
];

#[derive(Debug, Clone, PartialEq)]
enum Token {
    Word(String),
    Quoted(String),
    Text(String),
    Number(Number),
    Sign(&'static str),
}

const SIGNS: [&str; 19] = ["<>", "!=", "<=", ">=", "||", "=", "<", ">", "(", ")", "[", "]", ",", ".", "*", "+", "-", "/", "%"];

fn tokens(text: &str) -> Result<Vec<Token>, Fault> {
    let (mut tokens, mut rest) = (Vec::new(), text.trim());
    while let Some(first) = rest.chars().next() {
        if first.is_whitespace() {
            rest = rest.trim_start();
        } else if first == '\'' || first == '"' {
            let (content, after) = enclosed(rest, first)?;
            tokens.push(if first == '"' { Token::Quoted(content) } else { Token::Text(content) });
            rest = after;
        } else if first.is_ascii_digit() {
            let end = rest.find(|sign: char| !sign.is_ascii_digit() && sign != '.').unwrap_or(rest.len());
            let number =
                rest[..end].parse().map_err(|_| Fault::new("LexerInvalidLiteral", "The SQL expression contains an invalid literal."))?;
            tokens.push(Token::Number(number));
            rest = &rest[end..];
        } else if first.is_alphabetic() || first == '_' {
            let end = rest.find(|sign: char| !sign.is_alphanumeric() && sign != '_').unwrap_or(rest.len());
            tokens.push(Token::Word(rest[..end].to_owned()));
            rest = &rest[end..];
        } else if let Some(sign) = SIGNS.iter().find(|sign| rest.starts_with(**sign)) {
            tokens.push(Token::Sign(sign));
            rest = &rest[sign.len()..];
        } else {
            return Err(Fault::new("LexerInvalidChar", "The SQL expression contains an invalid character."));
        }
    }
    Ok(tokens)
}

/// The text in quotes, and what follows; a quote inside is doubled.
fn enclosed(text: &str, quote: char) -> Result<(String, &str), Fault> {
    let (mut content, mut rest) = (String::new(), &text[1..]);
    loop {
        let end = rest.find(quote).ok_or_else(|| Fault::new("LexerInvalidLiteral", "The SQL expression contains an invalid literal."))?;
        content.push_str(&rest[..end]);
        rest = &rest[end + 1..];
        match rest.strip_prefix(quote) {
            Some(after) => {
                content.push(quote);
                rest = after;
            }
            None => return Ok((content, rest)),
        }
    }
}

pub struct Reader {
    tokens: Vec<Token>,
    at: usize,
    depth: usize,
}

/// The most levels of an expression.
const DEEPEST: usize = 100;

type Parsed = Result<Expression, Fault>;

impl Reader {
    pub fn new(text: &str) -> Result<Reader, Fault> {
        Ok(Reader { tokens: tokens(text)?, at: 0, depth: 0 })
    }

    pub fn is_done(&self) -> bool {
        self.at == self.tokens.len()
    }

    pub fn unexpected(&self) -> Fault {
        Fault::new("ParseUnexpectedToken", "The SQL expression contains an unexpected token.")
    }

    pub fn keyword(&mut self, keyword: &str) -> bool {
        let found = matches!(self.tokens.get(self.at), Some(Token::Word(word)) if word.eq_ignore_ascii_case(keyword));
        self.at += usize::from(found);
        found
    }

    pub fn expect(&mut self, keyword: &str) -> Result<(), Fault> {
        self.keyword(keyword).then_some(()).ok_or_else(|| self.unexpected())
    }

    pub fn sign(&mut self, sign: &str) -> bool {
        let found = matches!(self.tokens.get(self.at), Some(Token::Sign(own)) if *own == sign);
        self.at += usize::from(found);
        found
    }

    fn expect_sign(&mut self, sign: &str) -> Result<(), Fault> {
        self.sign(sign).then_some(()).ok_or_else(|| self.unexpected())
    }

    pub fn whole(&mut self) -> Result<usize, Fault> {
        let Some(Token::Number(number)) = self.tokens.get(self.at) else { return Err(self.unexpected()) };
        let whole = number.as_u64().and_then(|number| usize::try_from(number).ok());
        self.at += 1;
        whole.ok_or_else(|| self.unexpected())
    }

    /// A name that may stand here, with whether it is in quotes.
    fn name(&mut self) -> Option<(String, bool)> {
        let found = match self.tokens.get(self.at)? {
            Token::Word(word) if !RESERVED.iter().any(|reserved| word.eq_ignore_ascii_case(reserved)) => (word.clone(), false),
            Token::Quoted(name) => (name.clone(), true),
            _ => return None,
        };
        self.at += 1;
        Some(found)
    }

    pub fn alias(&mut self) -> Option<String> {
        self.name().map(|(name, _)| name)
    }

    /// `.name`, `[3]` and `[*]`, as many as there are.
    pub fn steps(&mut self) -> Result<Vec<Step>, Fault> {
        let mut steps = Vec::new();
        loop {
            if self.sign(".") {
                let (name, quoted) = self.name().ok_or_else(|| self.unexpected())?;
                steps.push(Step::Member { name, quoted });
            } else if self.sign("[") {
                steps.push(if self.sign("*") { Step::Each } else { Step::Index(self.whole()?) });
                self.expect_sign("]")?;
            } else {
                return Ok(steps);
            }
        }
    }

    pub fn expression(&mut self) -> Parsed {
        self.depth += 1;
        if self.depth > DEEPEST {
            return Err(Fault::new(
                "ExpressionTooLong",
                "The SQL expression is too long: The maximum byte-length for the SQL expression is 256 KB.",
            ));
        }
        let mut left = self.conjunction()?;
        while self.keyword("OR") {
            left = Expression::Binary("OR", left.into(), self.conjunction()?.into());
        }
        self.depth -= 1;
        Ok(left)
    }

    fn conjunction(&mut self) -> Parsed {
        let mut left = self.negation()?;
        while self.keyword("AND") {
            left = Expression::Binary("AND", left.into(), self.negation()?.into());
        }
        Ok(left)
    }

    fn negation(&mut self) -> Parsed {
        let mut negative = false;
        while self.keyword("NOT") {
            negative = !negative;
        }
        let inner = self.comparison()?;
        Ok(if negative { Expression::Not(inner.into()) } else { inner })
    }

    fn comparison(&mut self) -> Parsed {
        let left = self.sum()?;
        for (sign, meant) in [("=", "="), ("<>", "<>"), ("!=", "<>"), ("<=", "<="), (">=", ">="), ("<", "<"), (">", ">")] {
            if self.sign(sign) {
                return Ok(Expression::Binary(meant, left.into(), self.sum()?.into()));
            }
        }
        if self.keyword("IS") {
            let negative = self.keyword("NOT");
            let missing = self.keyword("MISSING");
            if !missing {
                self.expect("NULL")?;
            }
            let is = Expression::Is(left.into(), missing);
            return Ok(if negative { Expression::Not(is.into()) } else { is });
        }
        let negative = self.keyword("NOT");
        let found = if self.keyword("IN") {
            self.expect_sign("(")?;
            Expression::In(left.into(), self.arguments()?)
        } else if self.keyword("BETWEEN") {
            let least = self.sum()?;
            self.expect("AND")?;
            Expression::Between(left.into(), least.into(), self.sum()?.into())
        } else if self.keyword("LIKE") {
            Expression::Binary("LIKE", left.into(), self.sum()?.into())
        } else if negative {
            return Err(self.unexpected());
        } else {
            return Ok(left);
        };
        Ok(if negative { Expression::Not(found.into()) } else { found })
    }

    fn sum(&mut self) -> Parsed {
        let mut left = self.product()?;
        'more: loop {
            for sign in ["+", "-", "||"] {
                if self.sign(sign) {
                    left = Expression::Binary(sign, left.into(), self.product()?.into());
                    continue 'more;
                }
            }
            return Ok(left);
        }
    }

    fn product(&mut self) -> Parsed {
        let mut left = self.unit()?;
        'more: loop {
            for sign in ["*", "/", "%"] {
                if self.sign(sign) {
                    left = Expression::Binary(sign, left.into(), self.unit()?.into());
                    continue 'more;
                }
            }
            return Ok(left);
        }
    }

    fn unit(&mut self) -> Parsed {
        let mut negative = false;
        while self.sign("-") {
            negative = !negative;
        }
        let inner = self.value()?;
        Ok(if negative { Expression::Negative(inner.into()) } else { inner })
    }

    fn value(&mut self) -> Parsed {
        if self.sign("(") {
            let inner = self.expression()?;
            return self.expect_sign(")").map(|()| inner);
        }
        for (keyword, value) in
            [("NULL", Datum::Null), ("MISSING", Datum::Missing), ("TRUE", Datum::Bool(true)), ("FALSE", Datum::Bool(false))]
        {
            if self.keyword(keyword) {
                return Ok(Expression::Literal(value));
            }
        }
        if self.keyword("CAST") {
            self.expect_sign("(")?;
            let inner = self.expression()?;
            self.expect("AS")?;
            let (kind, _) = self.name().ok_or_else(|| self.unexpected())?;
            return self.expect_sign(")").map(|()| Expression::Cast(inner.into(), kind.to_uppercase()));
        }
        let literal = match self.tokens.get(self.at) {
            Some(Token::Text(text)) => Some(Datum::Text(text.clone())),
            Some(Token::Number(number)) => Some(Datum::Number(number.clone())),
            _ => None,
        };
        if let Some(value) = literal {
            self.at += 1;
            return Ok(Expression::Literal(value));
        }
        let (name, quoted) = self.name().ok_or_else(|| self.unexpected())?;
        if !quoted && self.sign("(") {
            return self.call(&name.to_uppercase());
        }
        let mut path = vec![Step::Member { name, quoted }];
        path.extend(self.steps()?);
        Ok(Expression::Path(path))
    }

    fn call(&mut self, name: &str) -> Parsed {
        if let Some(aggregate) = AGGREGATES.iter().find(|own| **own == name) {
            if self.sign("*") {
                self.expect_sign(")")?;
                return (name == "COUNT").then_some(Expression::Aggregate("COUNT", None)).ok_or_else(|| self.unexpected());
            }
            let argument = self.expression()?;
            return self.expect_sign(")").map(|()| Expression::Aggregate(aggregate, Some(argument.into())));
        }
        let unsupported = || Fault::new("UnsupportedFunction", "Encountered an unsupported SQL function.");
        let function = FUNCTIONS.iter().find(|own| **own == name).ok_or_else(unsupported)?;
        Ok(Expression::Call(function, self.arguments()?))
    }

    /// Expressions up to the bracket; `FROM` and `FOR` part those of SUBSTRING as commas do.
    fn arguments(&mut self) -> Result<Vec<Expression>, Fault> {
        let mut arguments = vec![self.expression()?];
        while self.sign(",") || self.keyword("FROM") || self.keyword("FOR") {
            arguments.push(self.expression()?);
        }
        self.expect_sign(")").map(|()| arguments)
    }
}
