//! One request over HTTP and its answer, by way of no proxy, which would see the tokens in it.

use aws_smithy_http_client::Connector;
use aws_smithy_http_client::proxy::ProxyConfig;
use aws_smithy_http_client::tls::{Provider, rustls_provider::CryptoMode};
use aws_smithy_runtime_api::client::dns::{DnsFuture, ResolveDns, ResolveDnsError};
use aws_smithy_runtime_api::client::http::HttpConnector;
use aws_smithy_runtime_api::client::orchestrator::{HttpRequest, HttpResponse};
use aws_smithy_types::body::SdkBody;
use aws_smithy_types::byte_stream::ByteStream;
use std::error::Error;

/// Makes a client that looks names up by `resolver`, and trusts the authorities that the system does.
pub(super) fn connector(resolver: impl ResolveDns + Clone + 'static) -> Connector {
    let builder = Connector::builder().proxy_config(ProxyConfig::disabled());
    builder.tls_provider(Provider::Rustls(CryptoMode::Ring)).build_with_resolver(resolver)
}

/// Looks names up as the system does.
#[derive(Debug, Clone)]
pub(in crate::engine) struct System;

impl ResolveDns for System {
    fn resolve_dns<'a>(&'a self, name: &'a str) -> DnsFuture<'a> {
        DnsFuture::new(async move {
            let found = tokio::net::lookup_host((name, 0)).await.map_err(ResolveDnsError::new)?;
            Ok(found.map(|address| address.ip()).collect())
        })
    }
}

/// Writes a request. The error shows nothing of what cannot be written.
pub(in crate::engine) fn request<'a>(
    method: &str,
    url: &str,
    headers: impl IntoIterator<Item = (&'a str, &'a str)>,
    body: Option<String>,
) -> Result<HttpRequest, String> {
    let mut request = HttpRequest::new(body.map_or_else(SdkBody::empty, SdkBody::from));
    request.set_method(method).map_err(|_| "its method cannot be sent")?;
    request.set_uri(url).map_err(|_| "its address cannot be sent to")?;
    let always = [("user-agent", concat!("trueup/", env!("CARGO_PKG_VERSION"))), ("accept", "*/*"), ("accept-encoding", "identity")];
    for (name, value) in always.into_iter().chain(headers) {
        let sent = request.headers_mut().try_insert(name.to_owned(), value.to_owned());
        sent.map_err(|_| format!("its header `{name}` cannot be sent"))?;
    }
    Ok(request)
}

/// Sends a request, and waits for the head of its answer. Redirects are answers.
pub(in crate::engine) async fn send(http: &impl HttpConnector, request: HttpRequest) -> Result<HttpResponse, String> {
    http.call(request).await.map_err(|error| innermost(&error))
}

/// Reads a body to its end; nothing if it has more than so many bytes.
pub(in crate::engine) async fn body(response: HttpResponse, most: usize) -> Result<Option<Vec<u8>>, String> {
    let mut stream = ByteStream::new(response.into_body());
    let mut whole = Some(Vec::new());
    while let Some(bytes) = stream.next().await {
        let bytes = bytes.map_err(|error| format!("the answer broke off: {}", innermost(&error)))?;
        whole = whole.filter(|whole| whole.len() + bytes.len() <= most).map(|mut whole| {
            whole.extend_from_slice(&bytes);
            whole
        });
    }
    Ok(whole)
}

/// Returns what lies at the bottom of an error: the layers above it say only that there is one.
fn innermost(error: &(dyn Error + 'static)) -> String {
    let mut last = error;
    while let Some(next) = last.source() {
        last = next;
    }
    last.to_string()
}
