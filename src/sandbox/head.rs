//! The time that the head of a request has taken so far: hyper counts it together with the pause before the request.

use std::io;
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll};
use std::time::Duration;
use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};
use tokio::sync::watch;
use tokio::time::Instant;

/// The moment in which the head of a connection's next request began; none between two requests, and while one is answered.
#[derive(Clone)]
pub struct Head(Arc<watch::Sender<State>>);

#[derive(Clone, Copy, PartialEq, Eq)]
enum State {
    /// A head is under way.
    Begun(Instant),
    /// The next byte begins one.
    Awaited,
    /// It has all arrived, and whatever comes is its body.
    Whole,
}

impl Head {
    /// A client connects because it has something to ask.
    pub fn begun() -> Self {
        Head(Arc::new(watch::Sender::new(State::Begun(Instant::now()))))
    }
    pub fn is_whole(&self) {
        self.0.send_replace(State::Whole);
    }
    pub fn is_awaited(&self) {
        self.0.send_replace(State::Awaited);
    }
    fn byte(&self) {
        self.0.send_if_modified(|state| {
            let begins = *state == State::Awaited;
            if begins {
                *state = State::Begun(Instant::now());
            }
            begins
        });
    }
    /// Ends once a head has been under way for so long.
    pub async fn overdue(&self, patience: Duration) {
        let mut states = self.0.subscribe();
        loop {
            let state = *states.borrow_and_update();
            let over = async {
                match state {
                    State::Begun(at) => tokio::time::sleep_until(at + patience).await,
                    State::Awaited | State::Whole => std::future::pending().await,
                }
            };
            tokio::select! {
                () = over => return,
                changed = states.changed() => if changed.is_err() { return },
            }
        }
    }
}

/// A connection that says when bytes arrive.
pub struct Heard<S> {
    pub stream: S,
    pub head: Head,
}

impl<S: AsyncRead + Unpin> AsyncRead for Heard<S> {
    fn poll_read(mut self: Pin<&mut Self>, context: &mut Context<'_>, buffer: &mut ReadBuf<'_>) -> Poll<io::Result<()>> {
        let before = buffer.filled().len();
        let polled = Pin::new(&mut self.stream).poll_read(context, buffer);
        if buffer.filled().len() > before {
            self.head.byte();
        }
        polled
    }
}

impl<S: AsyncWrite + Unpin> AsyncWrite for Heard<S> {
    fn poll_write(mut self: Pin<&mut Self>, context: &mut Context<'_>, bytes: &[u8]) -> Poll<io::Result<usize>> {
        Pin::new(&mut self.stream).poll_write(context, bytes)
    }
    fn poll_flush(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.stream).poll_flush(context)
    }
    fn poll_shutdown(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.stream).poll_shutdown(context)
    }
    fn poll_write_vectored(mut self: Pin<&mut Self>, context: &mut Context<'_>, parts: &[io::IoSlice<'_>]) -> Poll<io::Result<usize>> {
        Pin::new(&mut self.stream).poll_write_vectored(context, parts)
    }
    fn is_write_vectored(&self) -> bool {
        self.stream.is_write_vectored()
    }
}
