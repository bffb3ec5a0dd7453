//! The sandbox on a loopback port, for the AWS CLI, boto3, Terraform and every other client.

use super::instance::Sandbox;
use bytes::Bytes;
use http_body_util::{BodyExt, Full, Limited};
use hyper::body::Incoming;
use hyper::server::conn::http1;
use hyper::service::service_fn;
use hyper::{Request, Response};
use hyper_util::rt::TokioIo;
use std::future::Future;
use std::net::{Ipv4Addr, SocketAddr};
use tokio::net::TcpListener;
use tokio::task::JoinSet;

/// More than any call of ours carries.
const MAX_BODY: usize = 64 * 1024 * 1024;

/// A bound port. Bind first, so that its number is known before anything is served.
pub struct Server {
    listener: TcpListener,
    sandbox: Sandbox,
}

impl Server {
    /// Port 0 takes any free port.
    pub async fn bind(sandbox: Sandbox, port: u16) -> std::io::Result<Self> {
        Ok(Server { listener: TcpListener::bind((Ipv4Addr::LOCALHOST, port)).await?, sandbox })
    }

    pub fn address(&self) -> std::io::Result<SocketAddr> {
        self.listener.local_addr()
    }

    /// Serves until `stop` is done, then lets running requests finish.
    pub async fn run(self, stop: impl Future<Output = ()>) -> std::io::Result<()> {
        let mut stop = std::pin::pin!(stop);
        let mut open = JoinSet::new();
        let (closing, closed) = tokio::sync::watch::channel(false);
        loop {
            let stream = tokio::select! {
                () = &mut stop => break,
                accepted = self.listener.accept() => accepted?.0,
            };
            // Small replies must not wait for one another.
            let _ = stream.set_nodelay(true);
            let (sandbox, mut closed) = (self.sandbox.clone(), closed.clone());
            open.spawn(async move {
                let service = service_fn(|request| answer(sandbox.clone(), request));
                let connection = http1::Builder::new().serve_connection(TokioIo::new(stream), service);
                let mut connection = std::pin::pin!(connection);
                tokio::select! {
                    // A client that hangs up is its own business.
                    _ = &mut connection => return,
                    _ = closed.changed() => {}
                }
                connection.as_mut().graceful_shutdown();
                let _ = connection.await;
            });
            while open.try_join_next().is_some() {}
        }
        let _ = closing.send(true);
        while open.join_next().await.is_some() {}
        Ok(())
    }
}

/// Serves a sandbox on a loopback port until `stop` is done.
pub async fn serve(sandbox: Sandbox, port: u16, stop: impl Future<Output = ()>) -> std::io::Result<()> {
    Server::bind(sandbox, port).await?.run(stop).await
}

async fn answer(sandbox: Sandbox, request: Request<Incoming>) -> Result<Response<Full<Bytes>>, std::io::Error> {
    let (parts, body) = request.into_parts();
    let body = Limited::new(body, MAX_BODY).collect().await.map_err(std::io::Error::other)?.to_bytes();
    // An error here makes hyper close the connection without a reply, which is just what a dropped one looks like.
    let response = sandbox.call(&Request::from_parts(parts, body)).await.map_err(std::io::Error::other)?;
    Ok(response.map(Full::new))
}
