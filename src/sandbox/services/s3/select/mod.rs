//! S3 Select: a query in SQL over one object of JSON or CSV.
//! <https://docs.aws.amazon.com/AmazonS3/latest/userguide/s3-select-sql-reference.html>

mod datum;
mod evaluate;
mod expression;
mod input;
mod output;
mod query;

use super::{blob, object};
use crate::services::members::flag;
use crate::world::{Call, Fault};
use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use serde_json::{Value, json};

/// The most bytes that come in one event.
const CHUNK: usize = 1024 * 1024;

pub fn select(call: &mut Call<'_>) -> Result<Value, Fault> {
    let (version, _) = object::find(call)?;
    let stored = blob::bytes(call, version);
    let query = query::parse(call.text("Expression"))?;
    let content = input::unpack(&call.input["InputSerialization"], &stored)?;
    let documents = input::documents(&call.input["InputSerialization"], &content)?;
    let records = evaluate::run(&query, documents)?;
    let format = output::Format::asked(&call.input["OutputSerialization"])?;
    let written: Vec<u8> = records.iter().flat_map(|record| format.write(record).into_bytes()).collect();
    let details = json!({"BytesScanned": stored.len(), "BytesProcessed": content.len(), "BytesReturned": written.len()});
    let mut events: Vec<Value> = written.chunks(CHUNK).map(|chunk| json!({"Records": {"Payload": STANDARD.encode(chunk)}})).collect();
    if flag(&call.input["RequestProgress"], "Enabled") {
        events.push(json!({"Progress": {"Details": details}}));
    }
    events.push(json!({"Stats": {"Details": details}}));
    events.push(json!({"End": {}}));
    Ok(json!({"Payload": events}))
}

/// Refuses what S3 Select can do and the sandbox cannot.
fn absent(what: &str) -> Fault {
    Fault::new("NotInSandbox", format!("SelectObjectContent with {what} is not in the sandbox; docs/sandbox.md lists what is")).status(501)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::world::World;
    use std::io::Write;

    fn call(world: &mut World, operation: &str, input: Value) -> Result<Value, Fault> {
        super::super::handler(operation).unwrap()(&mut Call::new(world, &input, "s3", operation, "us-east-1"))
            .map(|answer| crate::services::testing::fitting("s3", operation, answer))
    }

    fn world(content: &[u8]) -> World {
        let mut world = World::new("123456789012", 1, 0);
        call(&mut world, "CreateBucket", json!({"Bucket": "the-bucket"})).unwrap();
        call(&mut world, "PutObject", json!({"Bucket": "the-bucket", "Key": "k", "Body": STANDARD.encode(content)})).unwrap();
        world
    }

    fn ask(world: &mut World, sql: &str, input: Value, output: Value) -> Result<(String, Value), Fault> {
        let ask = json!({
            "Bucket": "the-bucket", "Key": "k", "Expression": sql, "ExpressionType": "SQL", "InputSerialization": input, "OutputSerialization": output,
        });
        let answer = call(world, "SelectObjectContent", ask)?;
        let events = answer["Payload"].as_array().unwrap();
        let bytes: Vec<u8> = events
            .iter()
            .filter_map(|event| event["Records"]["Payload"].as_str())
            .flat_map(|text| STANDARD.decode(text).unwrap())
            .collect();
        let stats = events.iter().find_map(|event| event.get("Stats")).unwrap()["Details"].clone();
        Ok((String::from_utf8(bytes).unwrap(), stats))
    }

    const DOCUMENTS: &[u8] = br#"{"z":"one","n":1,"in":{"list":[{"v":1},{"v":2.5}]},"x":null}
{"z":"two","n":20,"in":{"list":[]}} {"z":"it's","n":-3}"#;

    #[test]
    fn json_is_asked_in_sql() {
        let mut world = world(DOCUMENTS);
        let mut check = |sql: &str, want: &str| {
            let (got, _) = ask(&mut world, sql, json!({"JSON": {"Type": "DOCUMENT"}}), json!({"JSON": {}})).unwrap();
            assert_eq!(got, want, "{sql}");
        };
        check("SELECT * FROM S3Object s LIMIT 1", "{\"z\":\"one\",\"n\":1,\"in\":{\"list\":[{\"v\":1},{\"v\":2.5}]},\"x\":null}\n");
        check("select s.z, s.n + 1 as more from s3object[*] s where s.n > 0", "{\"z\":\"one\",\"more\":2}\n{\"z\":\"two\",\"more\":21}\n");
        check("SELECT COUNT(*), SUM(s.n) AS sum, AVG(s.n), MAX(s.z) FROM S3Object s", "{\"_1\":3,\"sum\":18,\"_3\":6,\"_4\":\"two\"}\n");
        check("SELECT v FROM S3Object[*].\"in\".list[*]", "{\"v\":1}\n{\"v\":2.5}\n{}\n{}\n");
        check("SELECT s.\"in\".list[1].v FROM S3Object s WHERE s.x IS NULL AND s.x IS NOT MISSING", "{\"v\":2.5}\n");
        check("SELECT z FROM S3Object WHERE z LIKE 't%' OR z = 'it''s'", "{\"z\":\"two\"}\n{\"z\":\"it's\"}\n");
        check("SELECT s.z FROM S3Object s WHERE n BETWEEN 1 AND 20 AND NOT n IN (20, 30)", "{\"z\":\"one\"}\n");
        check("SELECT UPPER(z) u, CHAR_LENGTH(z), CAST(n AS STRING) FROM S3Object LIMIT 1", "{\"u\":\"ONE\",\"_2\":3,\"n\":\"1\"}\n");
        check(
            "SELECT SUBSTRING(z FROM 2 FOR 1) a, SUBSTRING(z, 2) b, COALESCE(s.none, 'd') c FROM S3Object s LIMIT 1",
            "{\"a\":\"n\",\"b\":\"ne\",\"c\":\"d\"}\n",
        );
        check("SELECT z || '!' t FROM S3Object WHERE -n * 2 = 6 AND n <> 4", "{\"t\":\"it's!\"}\n");
    }

    #[test]
    fn csv_is_read_and_written_as_told() {
        let mut world = world(b"name,age\n\"Ann, A\",31\nBob,4\n");
        let mut check = |sql: &str, input: Value, output: Value, want: &str| {
            let input = json!({"CSV": input});
            assert_eq!(ask(&mut world, sql, input, output).unwrap().0, want, "{sql}");
        };
        check("SELECT * FROM S3Object", json!({}), json!({"CSV": {}}), "name,age\n\"Ann, A\",31\nBob,4\n");
        let semicolons = json!({"CSV": {"FieldDelimiter": ";", "RecordDelimiter": "|", "QuoteFields": "ALWAYS"}});
        check("SELECT * FROM S3Object", json!({"FileHeaderInfo": "IGNORE"}), semicolons, "\"Ann, A\";\"31\"|\"Bob\";\"4\"|");
        let header = json!({"FileHeaderInfo": "USE"});
        check("SELECT s.Name FROM S3Object s WHERE CAST(s.age AS INT) > 5", header.clone(), json!({"CSV": {}}), "\"Ann, A\"\n");
        check("SELECT s._2 FROM S3Object s LIMIT 1", header.clone(), json!({"JSON": {"RecordDelimiter": ","}}), "{\"_2\":\"31\"},");
        check("SELECT COUNT(*) FROM S3Object", header, json!({"JSON": {}}), "{\"_1\":2}\n");
    }

    #[test]
    fn packed_objects_are_unpacked_and_counted() {
        let mut gzip = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::default());
        gzip.write_all(DOCUMENTS).unwrap();
        let gzip = gzip.finish().unwrap();
        let mut bzip = bzip2::write::BzEncoder::new(Vec::new(), bzip2::Compression::default());
        bzip.write_all(DOCUMENTS).unwrap();
        for (kind, content) in [("GZIP", gzip), ("BZIP2", bzip.finish().unwrap())] {
            let mut world = world(&content);
            let input = json!({"JSON": {"Type": "LINES"}, "CompressionType": kind});
            let (got, stats) = ask(&mut world, "SELECT COUNT(*) FROM S3Object", input, json!({"JSON": {}})).unwrap();
            assert_eq!(got, "{\"_1\":3}\n");
            assert_eq!(stats, json!({"BytesScanned": content.len(), "BytesProcessed": DOCUMENTS.len(), "BytesReturned": 9}));
            let plain = json!({"JSON": {"Type": "LINES"}});
            assert_eq!(ask(&mut world, "SELECT * FROM S3Object", plain, json!({"JSON": {}})).unwrap_err().code, "JSONParsingError");
        }
        let packed = json!({"JSON": {"Type": "LINES"}, "CompressionType": "GZIP"});
        let refused = ask(&mut world(DOCUMENTS), "SELECT * FROM S3Object", packed, json!({"JSON": {}})).unwrap_err();
        assert_eq!(refused.code, "InvalidCompressionFormat");
    }

    #[test]
    fn what_is_no_query_is_refused() {
        let mut world = world(DOCUMENTS);
        for (sql, code) in [
            ("SELECT", "ParseUnexpectedToken"),
            ("SELECT * FROM Other", "ParseUnexpectedToken"),
            ("SELECT * FROM S3Object WHERE", "ParseUnexpectedToken"),
            ("SELECT * FROM S3Object s WHERE s.n = 'x", "LexerInvalidLiteral"),
            ("SELECT MEDIAN(n) FROM S3Object", "UnsupportedFunction"),
            ("SELECT CAST(z AS INT) FROM S3Object", "CastFailed"),
            ("SELECT n, COUNT(*) FROM S3Object", "UnsupportedSqlStructure"),
        ] {
            let refused = ask(&mut world, sql, json!({"JSON": {"Type": "LINES"}}), json!({"JSON": {}})).unwrap_err();
            assert_eq!(refused.code, code, "{sql}");
        }
        let parquet = ask(&mut world, "SELECT * FROM S3Object", json!({"Parquet": {}}), json!({"JSON": {}})).unwrap_err();
        assert_eq!(parquet.code, "NotInSandbox");
    }
}
