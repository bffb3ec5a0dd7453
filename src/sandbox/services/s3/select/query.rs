//! The SQL of S3 Select, read: `SELECT … FROM S3Object[*].path s WHERE … LIMIT n`.

use super::expression::{Expression, Reader, Step};
use crate::world::Fault;

pub struct Query {
    /// The expressions that are asked for, each with its alias; `None` for everything.
    pub columns: Option<Vec<(Expression, Option<String>)>>,
    /// The way from the object to the records.
    pub from: Vec<Step>,
    /// The name that the records go by in paths.
    pub alias: String,
    pub condition: Option<Expression>,
    pub limit: Option<usize>,
}

pub fn parse(text: &str) -> Result<Query, Fault> {
    let mut reader = Reader::new(text)?;
    reader.expect("SELECT")?;
    let columns = if reader.sign("*") { None } else { Some(columns(&mut reader)?) };
    reader.expect("FROM")?;
    reader.expect("S3OBJECT")?;
    let from = reader.steps()?;
    let named = reader.keyword("AS");
    let alias = reader.alias().unwrap_or_else(|| "S3Object".into());
    if named && alias == "S3Object" {
        return Err(reader.unexpected());
    }
    let condition = if reader.keyword("WHERE") { Some(reader.expression()?) } else { None };
    let limit = if reader.keyword("LIMIT") { Some(reader.whole()?) } else { None };
    if !reader.is_done() {
        return Err(reader.unexpected());
    }
    Ok(Query { columns, from, alias, condition, limit })
}

fn columns(reader: &mut Reader) -> Result<Vec<(Expression, Option<String>)>, Fault> {
    let mut columns = Vec::new();
    loop {
        let column = reader.expression()?;
        let named = reader.keyword("AS");
        let alias = reader.alias();
        if named && alias.is_none() {
            return Err(reader.unexpected());
        }
        columns.push((column, alias));
        if !reader.sign(",") {
            return Ok(columns);
        }
    }
}
