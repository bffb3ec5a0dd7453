//! The sandbox on a loopback port, for the AWS CLI, boto3, Terraform and every other client.

use super::codec;
use super::fault::duration;
use super::instance::Sandbox;
use super::world::Fault;
use super::{
    head::{Head, Heard},
    origin, unwrap,
};
use bytes::{Bytes, BytesMut};
use http_body_util::{BodyExt, Full};
use hyper::body::Incoming;
use hyper::server::conn::http1;
use hyper::service::service_fn;
use hyper::{Method, Request, Response};
use hyper_util::rt::{TokioIo, TokioTimer};
use std::future::Future;
use std::net::{Ipv4Addr, SocketAddr};
use std::time::Duration;
use tokio::net::TcpListener;
use tokio::runtime::Handle;
use tokio::task::JoinSet;
use tokio::time::timeout;

/// The time that a client may take.
#[derive(Debug, Clone, Copy)]
struct Patience {
    /// For the head of a request: from the connection for the first one, from its first byte for each that follows.
    head: Duration,
    /// The longest pause within a body.
    pause: Duration,
    /// Between two requests of a connection. It is longer than clients keep theirs: none is to be closed under a request.
    idle: Duration,
}

const PATIENCE: Patience = Patience { head: Duration::from_secs(20), pause: Duration::from_secs(20), idle: Duration::from_secs(100) };

/// A body beyond this is decoded beside the threads that serve everybody.
const LARGE: usize = 256 * 1024;

/// A bound port. Bind first, so that its number is known before anything is served.
pub struct Server {
    listener: TcpListener,
    sandbox: Sandbox,
    patience: Patience,
}

impl Server {
    /// Port 0 takes any free port.
    pub async fn bind(sandbox: Sandbox, port: u16) -> std::io::Result<Self> {
        Ok(Server { listener: TcpListener::bind((Ipv4Addr::LOCALHOST, port)).await?, sandbox, patience: PATIENCE })
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
            let (sandbox, patience, mut closed) = (self.sandbox.clone(), self.patience, closed.clone());
            open.spawn(async move {
                let head = Head::begun();
                let service = service_fn(|request| {
                    head.is_whole();
                    let answer = answer(sandbox.clone(), request, patience.pause);
                    async {
                        let answer = answer.await;
                        head.is_awaited();
                        answer
                    }
                });
                let connection = http1::Builder::new()
                    .timer(TokioTimer::new())
                    .header_read_timeout(patience.idle)
                    .serve_connection(TokioIo::new(Heard { stream, head: head.clone() }), service);
                let mut connection = std::pin::pin!(connection);
                tokio::select! {
                    // A client that hangs up is its own business.
                    _ = &mut connection => return,
                    // There is no request yet that an answer could be to.
                    () = head.overdue(patience.head) => return,
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

async fn answer(sandbox: Sandbox, request: Request<Incoming>, pause: Duration) -> Result<Response<Full<Bytes>>, std::io::Error> {
    let (parts, body) = request.into_parts();
    let refused = |fault: &Fault| {
        let response = sandbox.refuse(&Request::from_parts(parts.clone(), Bytes::new()), fault);
        Ok(response.map(Full::new))
    };
    if let Err(fault) = origin::check(&parts.uri, &parts.headers) {
        return refused(&fault);
    }
    let body = match whole(body, pause).await {
        Ok(body) => body,
        Err(fault) => return refused(&fault),
    };
    if parts.uri.path() == ADVANCE {
        return Ok(advance(&sandbox, &parts.method, &body).map(Full::new));
    }
    let request = Request::from_parts(parts, body);
    // An error here makes hyper close the connection without a reply, which is just what a dropped one looks like.
    let response = if request.body().len() > LARGE {
        let runtime = Handle::current();
        tokio::task::spawn_blocking(move || runtime.block_on(sandbox.call(&request))).await.map_err(std::io::Error::other)?
    } else {
        sandbox.call(&request).await
    };
    Ok(response.map_err(std::io::Error::other)?.map(Full::new))
}

/// A path that no AWS client asks for: no bucket's name has an underscore.
const ADVANCE: &str = "/_sandbox/advance";

/// Lets sandbox time pass at once, as much as the body says (`90s`, `30m`, `2h`), and answers the time that it then is.
fn advance(sandbox: &Sandbox, method: &Method, body: &Bytes) -> Response<Bytes> {
    let plain = |status: u16, text: String| codec::respond(status, "text/plain", text);
    if method != Method::POST {
        return plain(405, format!("{ADVANCE} takes POST, with a time such as 30m as the body\n"));
    }
    let Some(time) = std::str::from_utf8(body).ok().and_then(|text| duration(text.trim())).filter(|time| *time <= LONGEST) else {
        return plain(400, "write a time of at most 90 days, such as 90s, 30m or 2h\n".into());
    };
    match sandbox.advance(time) {
        Ok(()) => {
            plain(200, format!("{}\n", jiff::Timestamp::from_millisecond(sandbox.now()).map(|now| now.to_string()).unwrap_or_default()))
        }
        Err(error) => plain(500, format!("{error}\n")),
    }
}

/// The most sandbox time that may be let pass at once.
const LONGEST: Duration = Duration::from_secs(90 * 86_400);

/// All of a body. One that is too large is read to its end but not kept, since a client that still sends would miss the answer.
async fn whole(mut body: Incoming, pause: Duration) -> Result<Bytes, Fault> {
    let (mut kept, mut size) = (BytesMut::new(), 0_usize);
    loop {
        let frame = match timeout(pause, body.frame()).await {
            Ok(frame) => frame,
            Err(_) => {
                let text = "Your socket connection to the server was not read from or written to within the timeout period.";
                return Err(Fault::new("RequestTimeout", text));
            }
        };
        match frame {
            None if size > unwrap::MAX_BODY => return Err(unwrap::too_large()),
            None => return Ok(kept.freeze()),
            Some(Err(_)) => return Err(Fault::new("IncompleteBody", "the connection ended within the body")),
            Some(Ok(frame)) => {
                let Ok(data) = frame.into_data() else { continue };
                size += data.len();
                if size <= unwrap::MAX_BODY {
                    kept.extend_from_slice(&data);
                } else {
                    kept = BytesMut::new();
                }
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::Options;
    use std::io::{Read, Write};
    use std::net::TcpStream;
    use tokio::runtime::Runtime;

    const AUTHORIZATION: &str = "authorization: AWS4-HMAC-SHA256 Credential=A/20261121/us-east-1/ec2/aws4_request, Signature=0\r\n";

    /// Serves a sandbox and connects to it. `patience` is for head and body, in milliseconds.
    fn serve(patience: [u64; 2]) -> (TcpStream, Sandbox, Runtime) {
        let sandbox = Sandbox::open(Options::default()).unwrap();
        let runtime = Runtime::new().unwrap();
        let [head, pause] = patience.map(Duration::from_millis);
        let mut server = runtime.block_on(Server::bind(sandbox.clone(), 0)).unwrap();
        server.patience = Patience { head, pause, idle: Duration::from_secs(60) };
        let address = server.address().unwrap();
        runtime.spawn(server.run(std::future::pending()));
        (TcpStream::connect(address).unwrap(), sandbox, runtime)
    }

    /// Returns all that the server says, until it closes, to bytes that a client sends.
    fn says(patience: [u64; 2], sent: &[&[u8]]) -> (String, Sandbox) {
        let (mut client, sandbox, _runtime) = serve(patience);
        for part in sent {
            client.write_all(part).unwrap();
        }
        let mut said = Vec::new();
        client.read_to_end(&mut said).unwrap();
        (String::from_utf8(said).unwrap(), sandbox)
    }

    fn head(host: &str, more: &str) -> String {
        format!("POST / HTTP/1.1\r\nhost: {host}\r\n{AUTHORIZATION}connection: close\r\n{more}\r\n")
    }

    const LONG: [u64; 2] = [60_000, 60_000];
    const CREATE: &str = "Action=CreateVpc&CidrBlock=10.0.0.0%2F16";

    #[test]
    fn a_page_under_a_name_of_its_own_gets_nothing_done() {
        let length = format!("content-length: {}\r\n", CREATE.len());
        let (said, sandbox) = says(LONG, &[head("evil.example:5001", &length).as_bytes(), CREATE.as_bytes()]);
        assert!(said.starts_with("HTTP/1.1 403") && said.contains("Host is `evil.example:5001`"), "{said}");
        assert!(sandbox.call_counts().is_empty());
        let (said, sandbox) = says(LONG, &[head("127.0.0.1:5001", &length).as_bytes(), CREATE.as_bytes()]);
        assert!(said.starts_with("HTTP/1.1 200") && said.contains("<vpcId>"), "{said}");
        assert_eq!(sandbox.call_counts()["ec2.CreateVpc"], 1);
    }

    #[test]
    fn time_passes_where_somebody_asks_for_it() {
        let ask = |method: &str, body: &str| {
            let length = body.len();
            format!("{method} /_sandbox/advance HTTP/1.1\r\nhost: localhost\r\nconnection: close\r\ncontent-length: {length}\r\n\r\n{body}")
        };
        let (said, sandbox) = says(LONG, &[ask("POST", "48h").as_bytes()]);
        let ahead = sandbox.now() - jiff::Timestamp::now().as_millisecond();
        assert!(said.starts_with("HTTP/1.1 200") && ahead >= 48 * 3_600_000 - 60_000, "{said} {ahead}");
        for (method, body, status) in [("POST", "soon", "400"), ("POST", "9999h", "400"), ("GET", "", "405")] {
            assert!(says(LONG, &[ask(method, body).as_bytes()]).0.starts_with(&format!("HTTP/1.1 {status}")), "{method} {body}");
        }
    }

    #[test]
    fn a_body_that_is_too_large_is_answered() {
        let size = unwrap::MAX_BODY + 1;
        let (said, sandbox) = says(LONG, &[head("localhost", &format!("content-length: {size}\r\n")).as_bytes(), &vec![b'a'; size]]);
        assert!(said.starts_with("HTTP/1.1 413") && said.contains("EntityTooLarge"), "{said}");
        assert!(sandbox.call_counts().is_empty());
    }

    #[test]
    fn nobody_waits_for_a_client_that_sends_nothing() {
        for sent in [&b""[..], b"PO", b"POST / HTTP/1.1\r\nhost: localh"] {
            assert_eq!(says([1, 60_000], &[sent]).0, "");
        }
        let (said, _) = says([60_000, 1], &[head("localhost", "content-length: 100\r\n").as_bytes(), b"Action"]);
        assert!(said.starts_with("HTTP/1.1 400") && said.contains("RequestTimeout"), "{said}");
    }

    #[test]
    fn a_second_request_has_a_time_of_its_own() {
        let length = CREATE.len();
        let asked = format!("POST / HTTP/1.1\r\nhost: localhost\r\n{AUTHORIZATION}content-length: {length}\r\n\r\n{CREATE}");
        let (mut client, sandbox, _runtime) = serve([1_000, 60_000]);
        client.write_all(asked.as_bytes()).unwrap();
        let mut said = vec![0; 16];
        client.read_exact(&mut said).unwrap();
        assert_eq!(said, b"HTTP/1.1 200 OK\r");
        client.write_all(b"POST / HT").unwrap();
        client.read_to_end(&mut said).unwrap();
        assert!(said.ends_with(b"</CreateVpcResponse>"), "{}", String::from_utf8_lossy(&said));
        assert_eq!(sandbox.call_counts()["ec2.CreateVpc"], 1);
    }
}
