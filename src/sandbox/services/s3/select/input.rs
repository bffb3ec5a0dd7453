//! Reading objects: unpacking, and the documents or lines in them.

use super::absent;
use super::datum::Datum;
use crate::services::members::text;
use crate::world::Fault;
use serde_json::Value;
use std::io::Read;

/// The content, unpacked as the request says.
pub fn unpack(asked: &Value, stored: &[u8]) -> Result<Vec<u8>, Fault> {
    let kind = text(asked, "CompressionType");
    let mut content = Vec::new();
    let read = match kind {
        "" | "NONE" => return Ok(stored.to_vec()),
        "GZIP" => flate2::read::MultiGzDecoder::new(stored).read_to_end(&mut content),
        _ => bzip2::read::MultiBzDecoder::new(stored).read_to_end(&mut content),
    };
    let refused = |_| {
        let text = format!("{kind} is not applicable to the queried object. Please correct the request and try again.");
        Fault::new("InvalidCompressionFormat", text)
    };
    read.map(|_| content).map_err(refused)
}

pub fn documents(asked: &Value, content: &[u8]) -> Result<Vec<Datum>, Fault> {
    match (asked.get("CSV"), asked.get("JSON"), asked.get("Parquet")) {
        (Some(csv), None, None) => lines(csv, content),
        (None, Some(_), None) => json(content),
        (None, None, Some(_)) => Err(absent("Parquet")),
        _ => Err(Fault::new("InvalidDataSource", "Invalid data source type. Only CSV, JSON, and Parquet are supported.")),
    }
}

/// Documents one after another: lines are no more than that.
fn json(content: &[u8]) -> Result<Vec<Datum>, Fault> {
    let documents = serde_json::Deserializer::from_slice(content).into_iter();
    documents
        .collect::<Result<_, _>>()
        .map_err(|_| Fault::new("JSONParsingError", "Encountered an error parsing the JSON file. Check the file and try again."))
}

fn lines(asked: &Value, content: &[u8]) -> Result<Vec<Datum>, Fault> {
    let mut reader = csv::ReaderBuilder::new();
    reader.has_headers(false).flexible(true);
    let quote = sign(asked, "QuoteCharacter")?.unwrap_or(b'"');
    reader.delimiter(sign(asked, "FieldDelimiter")?.unwrap_or(b',')).quote(quote);
    reader.comment(sign(asked, "Comments")?);
    match text(asked, "RecordDelimiter") {
        "" | "\n" | "\r\n" => {}
        _ => {
            reader.terminator(csv::Terminator::Any(sign(asked, "RecordDelimiter")?.unwrap_or(b'\n')));
        }
    }
    if let Some(escape) = sign(asked, "QuoteEscapeCharacter")?.filter(|escape| *escape != quote) {
        reader.escape(Some(escape)).double_quote(false);
    }
    let records: Result<Vec<csv::StringRecord>, _> = reader.from_reader(content).into_records().collect();
    let mut records = records
        .map_err(|_| Fault::new("CSVParsingError", "Encountered an error parsing the CSV file. Check the file and try again."))?
        .into_iter();
    let names = match text(asked, "FileHeaderInfo") {
        "USE" => records.next(),
        "IGNORE" => records.next().and(None),
        _ => None,
    };
    let name = |at: usize| {
        let own = names.as_ref().and_then(|names| names.get(at));
        own.map_or_else(|| format!("_{}", at + 1), String::from)
    };
    let record = |record: csv::StringRecord| {
        Datum::Record(record.iter().enumerate().map(|(at, field)| (name(at), Datum::Text(field.to_owned()))).collect())
    };
    Ok(records.map(record).collect())
}

/// A setting that is one sign; S3 knows longer ones.
fn sign(asked: &Value, member: &str) -> Result<Option<u8>, Fault> {
    match text(asked, member).as_bytes() {
        [] => Ok(None),
        [sign] => Ok(Some(*sign)),
        _ => Err(absent(&format!("a {member} of several signs"))),
    }
}
