//! The words in which each service refuses an input that its front door does not take.

use super::path::{Problem, Rule};
use super::{Target, Wire};
use crate::world::Fault;

pub fn fault(target: &Target, problems: &[Problem]) -> Fault {
    let Some(first) = problems.first() else { return Fault::new("InternalFailure", "refused without a reason").status(500) };
    let codes = codes(target.model.name, target.wire);
    match first {
        Problem::Malformed(text) => Fault::new(codes.malformed, text.clone()),
        Problem::Type { path, expected } => Fault::new(codes.malformed, format!("parameter {path} is not {expected}")),
        Problem::Unknown { path } if target.wire == Wire::Ec2 => {
            Fault::new(codes.unknown, format!("The parameter {path} is not recognized"))
        }
        Problem::Unknown { path } => Fault::new(codes.unknown, format!("{path} is not a parameter of {}", target.operation.name)),
        Problem::Missing { path } if codes.plain => Fault::new(codes.missing, format!("The request must contain the parameter {path}")),
        Problem::Constraint { path, value, rule } if codes.plain => Fault::new(codes.invalid, plain(path, value.as_deref(), rule)),
        Problem::Missing { .. } => Fault::new(codes.missing, listed(problems)),
        Problem::Constraint { .. } => Fault::new(codes.invalid, listed(problems)),
    }
}

struct Codes {
    malformed: &'static str,
    unknown: &'static str,
    missing: &'static str,
    invalid: &'static str,
    /// One plain sentence instead of the list of validation errors.
    plain: bool,
}

fn codes(service: &str, wire: Wire) -> Codes {
    let same = |code| Codes { malformed: code, unknown: code, missing: code, invalid: code, plain: false };
    let json = |code| Codes { malformed: "SerializationException", ..same(code) };
    match (service, wire) {
        ("ec2", _) => Codes {
            malformed: "InvalidParameterValue",
            unknown: "UnknownParameter",
            missing: "MissingParameter",
            invalid: "InvalidParameterValue",
            plain: true,
        },
        ("rds" | "elasticache", _) => Codes {
            malformed: "MalformedInput",
            unknown: "ValidationError",
            missing: "MissingParameter",
            invalid: "InvalidParameterValue",
            plain: true,
        },
        ("cloudwatch", _) => Codes { missing: "MissingParameter", ..same("ValidationError") },
        ("sns", _) => Codes { malformed: "MalformedInput", ..same("InvalidParameter") },
        ("s3", _) => Codes { missing: "MalformedXML", invalid: "MalformedXML", plain: true, ..same("MalformedXML") },
        ("cloudfront", _) => Codes { malformed: "MalformedInput", plain: true, ..same("InvalidArgument") },
        ("route53", _) => Codes { malformed: "InvalidInput", ..same("InvalidInput") },
        ("ecs" | "ecr" | "logs" | "resourcegroupstaggingapi" | "pricing", _) => json("InvalidParameterException"),
        (_, Wire::Query | Wire::Ec2 | Wire::RestXml) => Codes { malformed: "MalformedInput", ..same("ValidationError") },
        (_, Wire::Json | Wire::RestJson | Wire::Cbor) => json("ValidationException"),
    }
}

fn plain(path: &str, value: Option<&str>, rule: &Rule) -> String {
    format!("Value ({}) for parameter {path} is invalid. {rule}", value.unwrap_or("***"))
}

/// `2 validation errors detected: Value 'x' at 'name' failed to satisfy constraint: …; …`
fn listed(problems: &[Problem]) -> String {
    let mut texts = Vec::new();
    for problem in problems {
        texts.push(match problem {
            Problem::Missing { path } => format!("Value null at '{path}' failed to satisfy constraint: Member must not be null"),
            Problem::Constraint { path, value: Some(value), rule } => {
                format!("Value '{value}' at '{path}' failed to satisfy constraint: {rule}")
            }
            Problem::Constraint { path, value: None, rule } => format!("Value at '{path}' failed to satisfy constraint: {rule}"),
            Problem::Malformed(text) => text.clone(),
            Problem::Unknown { path } => format!("unknown member '{path}'"),
            Problem::Type { path, expected } => format!("'{path}' is not {expected}"),
        });
    }
    format!("{} validation error{} detected: {}", texts.len(), if texts.len() == 1 { "" } else { "s" }, texts.join("; "))
}
