//! The environment's word on traces, by the variables that every OpenTelemetry SDK reads.
//! <https://opentelemetry.io/docs/specs/otel/configuration/sdk-environment-variables/>,
//! <https://opentelemetry.io/docs/specs/otel/protocol/exporter/>

use super::{SpanId, TraceId};
use crate::core::private::host_alone;
use std::time::Duration;

/// The collector that traces go to, and what is said of who sends them.
#[derive(Clone, PartialEq, Eq)]
pub struct Settings {
    pub endpoint: String,
    /// They may hold keys: nobody is shown them.
    pub headers: Vec<(String, String)>,
    /// The longest that one request may take.
    pub timeout: Duration,
    /// The attributes of who sends, `service.name` among them.
    pub resource: Vec<(String, String)>,
    pub parent: Option<Parent>,
}

/// The span that a run is part of, as whoever started it says.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Parent {
    pub trace: TraceId,
    pub span: SpanId,
    /// True where that span is recorded, too.
    pub sampled: bool,
    /// The notes of others, for their own use: `vendor=value`.
    pub state: String,
}

/// Reads the environment. None where no traces are wanted; the error says why those that are wanted cannot be had.
pub fn settings(var: impl Fn(&str) -> Option<String>) -> Result<Option<Settings>, String> {
    let var = |name: &str| var(name).map(|text| text.trim().to_owned()).filter(|text| !text.is_empty());
    // A variable of traces wins over that of all signals.
    let either = |end: &str| var(&format!("OTEL_EXPORTER_OTLP_TRACES_{end}")).or_else(|| var(&format!("OTEL_EXPORTER_OTLP_{end}")));
    if var("OTEL_SDK_DISABLED").is_some_and(|word| word.eq_ignore_ascii_case("true")) {
        return Ok(None);
    }
    // A name alone has no path for its signal, and one of traces is taken as it is.
    let whole = var("OTEL_EXPORTER_OTLP_TRACES_ENDPOINT");
    let base = || var("OTEL_EXPORTER_OTLP_ENDPOINT").map(|base| format!("{}/v1/traces", base.trim_end_matches('/')));
    let Some(endpoint) = whole.or_else(base) else { return Ok(None) };
    if let Some(exporters) = var("OTEL_TRACES_EXPORTER") {
        let mut exporters = exporters.split(',').map(str::trim);
        if exporters.clone().all(|exporter| exporter == "none") {
            return Ok(None);
        }
        if !exporters.any(|exporter| exporter == "otlp") {
            return Err("OTEL_TRACES_EXPORTER names none that trueup has: write `otlp` or `none`".into());
        }
    }
    match either("PROTOCOL").as_deref() {
        None | Some("http/json" | "http/protobuf") => {}
        Some(_) => return Err("trueup sends traces over HTTP alone: set OTEL_EXPORTER_OTLP_PROTOCOL to http/json".into()),
    }
    if !endpoint.starts_with("http://") && !endpoint.starts_with("https://") {
        return Err(format!("`{}` is no address of a collector: write http://HOST:4318", host_alone(&endpoint)));
    }
    let parent = var("TRACEPARENT").and_then(|text| parent(&text, var("TRACESTATE")));
    let upstream = parent.as_ref().map(|parent| parent.sampled);
    let sampled = match var("OTEL_TRACES_SAMPLER").as_deref() {
        Some("always_on") => true,
        Some("always_off") => false,
        Some("parentbased_always_off") => upstream.unwrap_or(false),
        _ => upstream.unwrap_or(true),
    };
    if !sampled {
        return Ok(None);
    }
    let headers = either("HEADERS").map(|text| pairs(&text)).unwrap_or_default();
    let timeout = either("TIMEOUT").and_then(|text| text.parse().ok()).unwrap_or(10_000);
    let mut resource = var("OTEL_RESOURCE_ATTRIBUTES").map(|text| pairs(&text)).unwrap_or_default();
    if let Some(name) = var("OTEL_SERVICE_NAME") {
        resource.retain(|(key, _)| key != "service.name");
        resource.push(("service.name".into(), name));
    } else if !resource.iter().any(|(key, _)| key == "service.name") {
        resource.push(("service.name".into(), "trueup".into()));
    }
    Ok(Some(Settings { endpoint, headers, timeout: Duration::from_millis(timeout), resource, parent }))
}

/// Reads `key1=value1,key2=value2`, each value with escapes of percent as in a URL. A list that is none says nothing at all.
/// <https://opentelemetry.io/docs/specs/otel/resource/sdk/#specifying-resource-information-via-an-environment-variable>
fn pairs(text: &str) -> Vec<(String, String)> {
    let pair = |pair: &str| {
        let (key, value) = pair.split_once('=')?;
        let key = unescaped(key.trim())?;
        (!key.is_empty()).then_some((key, unescaped(value.trim())?))
    };
    let parts = text.split(',').filter(|part| !part.trim().is_empty());
    parts.map(pair).collect::<Option<Vec<_>>>().unwrap_or_default()
}

fn unescaped(text: &str) -> Option<String> {
    let mut bytes = Vec::with_capacity(text.len());
    let mut rest = text.as_bytes();
    while let [first, after @ ..] = rest {
        rest = after;
        if *first != b'%' {
            bytes.push(*first);
            continue;
        }
        let [high, low, after @ ..] = rest else { return None };
        bytes.push(hex(&[*high, *low])?[0]);
        rest = after;
    }
    String::from_utf8(bytes).ok()
}

/// Reads the header of the W3C: `00-TRACE-SPAN-FLAGS`. Versions to come may have more behind it. One that is none is passed over.
/// <https://www.w3.org/TR/trace-context/#traceparent-header>
fn parent(text: &str, state: Option<String>) -> Option<Parent> {
    let parts = text.split('-').collect::<Vec<_>>();
    let [version, trace, span, flags, more @ ..] = parts.as_slice() else { return None };
    let lower = |text: &&str| text.bytes().all(|byte| byte.is_ascii_digit() || (b'a'..=b'f').contains(&byte));
    if ![version, trace, span, flags].into_iter().all(lower) || version.len() != 2 || *version == "ff" {
        return None;
    }
    if *version == "00" && !more.is_empty() {
        return None;
    }
    let trace = TraceId::new(hex(trace.as_bytes())?.try_into().ok()?)?;
    let span = SpanId::new(hex(span.as_bytes())?.try_into().ok()?)?;
    let [flags] = hex(flags.as_bytes())?.try_into().ok()?;
    let flags: u8 = flags;
    Some(Parent { trace, span, sampled: flags & 1 == 1, state: state.unwrap_or_default() })
}

fn hex(digits: &[u8]) -> Option<Vec<u8>> {
    let digit = |byte: &u8| char::from(*byte).to_digit(16).and_then(|digit| u8::try_from(digit).ok());
    let pair = |pair: &[u8]| Some(digit(pair.first()?)? << 4 | digit(pair.get(1)?)?);
    digits.chunks(2).map(pair).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    const PARENT: &str = "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01";

    fn of(vars: &[(&str, &str)]) -> Result<Option<Settings>, String> {
        settings(|name| vars.iter().find(|(key, _)| *key == name).map(|(_, value)| (*value).to_owned()))
    }

    #[test]
    fn traces_are_sent_where_an_endpoint_is_set_and_nothing_says_no() {
        const AT: (&str, &str) = ("OTEL_EXPORTER_OTLP_ENDPOINT", "http://localhost:4318/");
        for (vars, endpoint) in [
            (&[][..], None),
            (&[AT], Some("http://localhost:4318/v1/traces")),
            (&[AT, ("OTEL_EXPORTER_OTLP_TRACES_ENDPOINT", "https://in.example.com/x")], Some("https://in.example.com/x")),
            (&[AT, ("OTEL_SDK_DISABLED", "TRUE")], None),
            (&[AT, ("OTEL_SDK_DISABLED", "1")], Some("http://localhost:4318/v1/traces")),
            (&[AT, ("OTEL_TRACES_EXPORTER", "none")], None),
            (&[AT, ("OTEL_TRACES_EXPORTER", "console,otlp")], Some("http://localhost:4318/v1/traces")),
            (&[AT, ("OTEL_TRACES_SAMPLER", "always_off")], None),
            (&[AT, ("OTEL_TRACES_SAMPLER", "parentbased_always_off")], None),
            (&[AT, ("OTEL_TRACES_SAMPLER", "parentbased_always_off"), ("TRACEPARENT", PARENT)], Some("http://localhost:4318/v1/traces")),
            (&[AT, ("TRACEPARENT", "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-00")], None),
            (&[("OTEL_EXPORTER_OTLP_ENDPOINT", " ")], None),
        ] {
            assert_eq!(of(vars).unwrap().map(|settings| settings.endpoint).as_deref(), endpoint, "{vars:?}");
        }
        for vars in [
            &[AT, ("OTEL_EXPORTER_OTLP_PROTOCOL", "grpc")][..],
            &[AT, ("OTEL_TRACES_EXPORTER", "zipkin")],
            &[("OTEL_EXPORTER_OTLP_ENDPOINT", "localhost:4318")],
        ] {
            assert!(of(vars).is_err(), "{vars:?}");
        }
        let wrong = of(&[("OTEL_EXPORTER_OTLP_ENDPOINT", "ftp://me:s3cret@example.com")]).err().unwrap();
        assert!(!wrong.contains("s3cret"), "{wrong}");
    }

    #[test]
    fn who_sends_is_named_by_the_environment() {
        let resource = |vars: &[(&str, &str)]| {
            let settings = of(&[&[("OTEL_EXPORTER_OTLP_ENDPOINT", "http://localhost:4318")], vars].concat()).unwrap().unwrap();
            settings.resource.iter().map(|(key, value)| format!("{key}={value}")).collect::<Vec<_>>().join(" ")
        };
        assert_eq!(resource(&[]), "service.name=trueup");
        let attributes = ("OTEL_RESOURCE_ATTRIBUTES", "team=a%20b, service.name=infra");
        assert_eq!(resource(&[attributes]), "team=a b service.name=infra");
        assert_eq!(resource(&[attributes, ("OTEL_SERVICE_NAME", "ours")]), "team=a b service.name=ours");
        assert_eq!(resource(&[("OTEL_RESOURCE_ATTRIBUTES", "team=a%2,b")]), "service.name=trueup", "a list that is none says nothing");
    }

    #[test]
    fn headers_of_traces_win_over_those_of_all_signals() {
        let vars = [
            ("OTEL_EXPORTER_OTLP_ENDPOINT", "http://localhost:4318"),
            ("OTEL_EXPORTER_OTLP_HEADERS", "authorization=Bearer%20all"),
            ("OTEL_EXPORTER_OTLP_TRACES_HEADERS", "x-key=one,x-other=a=b"),
            ("OTEL_EXPORTER_OTLP_TIMEOUT", "250"),
        ];
        let settings = of(&vars).unwrap().unwrap();
        assert_eq!(settings.headers, [("x-key".into(), "one".into()), ("x-other".into(), "a=b".into())]);
        assert_eq!(settings.timeout, Duration::from_millis(250));
        let settings = of(&[vars[0], vars[1]]).unwrap().unwrap();
        assert_eq!(settings.headers, [("authorization".into(), "Bearer all".into())]);
    }

    #[test]
    fn a_parent_is_read_as_the_w3c_writes_it() {
        let read = parent(PARENT, Some("vendor=1".into())).unwrap();
        assert_eq!((read.trace.to_string().as_str(), read.span.to_string().as_str()), (&PARENT[3..35], &PARENT[36..52]));
        assert!(read.sampled && read.state == "vendor=1");
        assert!(parent(&PARENT.replacen("00", "cc", 1).replace("-01", "-01-more"), None).is_some(), "a version to come");
        for wrong in [
            "",
            "00",
            "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7",
            "00-00000000000000000000000000000000-00f067aa0ba902b7-01",
            "00-4bf92f3577b34da6a3ce929d0e0e4736-0000000000000000-01",
            "00-4BF92F3577B34DA6A3CE929D0E0E4736-00f067aa0ba902b7-01",
            "00-4bf92f3577b34da6a3ce929d0e0e473-00f067aa0ba902b7-01",
            "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01-x",
            "ff-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01",
            "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-0",
        ] {
            assert_eq!(parent(wrong, None), None, "{wrong}");
        }
    }
}
