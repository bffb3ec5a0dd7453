//! The sandbox as the HTTP client of the SDK: no port and no TLS, but all of the SDK's own work.

use super::codec::HttpResponse;
use super::instance::Sandbox;
use aws_smithy_runtime_api::client::http::{HttpClient, HttpConnector, HttpConnectorFuture, HttpConnectorSettings, SharedHttpConnector};
use aws_smithy_runtime_api::client::orchestrator;
use aws_smithy_runtime_api::client::result::ConnectorError;
use aws_smithy_runtime_api::client::runtime_components::RuntimeComponents;
use aws_smithy_types::body::SdkBody;
use aws_smithy_types::byte_stream::ByteStream;
use std::fmt;
use std::time::Duration;

/// Gives this to `aws_config`'s `http_client`.
impl HttpClient for Sandbox {
    fn http_connector(&self, settings: &HttpConnectorSettings, _: &RuntimeComponents) -> SharedHttpConnector {
        SharedHttpConnector::new(Connector { sandbox: self.clone(), read_timeout: settings.read_timeout() })
    }
}

impl fmt::Debug for Sandbox {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Sandbox")
    }
}

#[derive(Debug)]
struct Connector {
    sandbox: Sandbox,
    read_timeout: Option<Duration>,
}

impl HttpConnector for Connector {
    fn call(&self, request: orchestrator::HttpRequest) -> HttpConnectorFuture {
        let (sandbox, read_timeout) = (self.sandbox.clone(), self.read_timeout);
        HttpConnectorFuture::new(async move {
            let call = call(sandbox, request);
            match read_timeout {
                Some(limit) => tokio::time::timeout(limit, call).await.map_err(|elapsed| ConnectorError::timeout(elapsed.into()))?,
                None => call.await,
            }
        })
    }
}

async fn call(sandbox: Sandbox, request: orchestrator::HttpRequest) -> Result<orchestrator::HttpResponse, ConnectorError> {
    let (parts, body) = request.try_into_http1x().map_err(|error| ConnectorError::user(error.into()))?.into_parts();
    let body = ByteStream::new(body).collect().await.map_err(|error| ConnectorError::io(error.into()))?.into_bytes();
    let response: HttpResponse =
        sandbox.call(&hyper::Request::from_parts(parts, body)).await.map_err(|dropped| ConnectorError::io(dropped.into()))?;
    orchestrator::HttpResponse::try_from(response.map(SdkBody::from)).map_err(|error| ConnectorError::other(error.into(), None))
}
