//! An HTTP/1 stream on which the parser sees nothing that could be read in two ways.

use std::io;
use std::pin::Pin;
use std::task::{Context, Poll, ready};

use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};

use super::framing::{Bad, Framing, Place};

pub(crate) struct Strict<S> {
    stream: S,
    framing: Framing,
    refused: Option<Refused>,
}

/// What the parser reads from where the fault is; nothing of what the client has sent.
enum Refused {
    /// The rest of [`NO_HEAD`].
    Head(&'static [u8]),
    /// A failing read: the body breaks off, the handler answers, and the connection is over.
    Body(Bad),
}

/// The answers to earlier requests of the connection are still on their way, so the refusal has to stand in line behind
/// them. NUL is wrong anywhere in a head, and the parser answers 400 and closes; the rest makes it look now.
const NO_HEAD: &[u8] = b"\0\r\n\r\n";

impl<S> Strict<S> {
    pub(crate) fn new(stream: S) -> Self {
        Strict { stream, framing: Framing::new(), refused: None }
    }
}

impl Refused {
    fn read(&mut self, buf: &mut ReadBuf<'_>) -> io::Result<()> {
        match self {
            Refused::Head(left) => {
                let (now, later) = left.split_at(left.len().min(buf.remaining()));
                buf.put_slice(now);
                *left = later;
                Ok(())
            }
            Refused::Body(bad) => Err(io::Error::new(io::ErrorKind::InvalidData, bad.fault)),
        }
    }
}

impl<S: AsyncRead + Unpin> AsyncRead for Strict<S> {
    fn poll_read(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        buf: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<()>> {
        let this = &mut *self;
        if let Some(refused) = &mut this.refused {
            return Poll::Ready(refused.read(buf));
        }
        let before = buf.filled().len();
        ready!(Pin::new(&mut this.stream).poll_read(cx, buf))?;
        let Err(bad) = this.framing.take(buf.filled().get(before..).unwrap_or_default()) else {
            return Poll::Ready(Ok(()));
        };
        tracing::debug!(fault = %bad.fault, "request refused");
        buf.set_filled(before + bad.at);
        let refused = this.refused.insert(match bad.place {
            Place::Head => Refused::Head(NO_HEAD),
            Place::Body => Refused::Body(bad),
        });
        match bad.place {
            // What was good of the body comes first.
            Place::Body if bad.at > 0 => Poll::Ready(Ok(())),
            Place::Head | Place::Body => Poll::Ready(refused.read(buf)),
        }
    }
}

impl<S: AsyncWrite + Unpin> AsyncWrite for Strict<S> {
    fn poll_write(mut self: Pin<&mut Self>, cx: &mut Context<'_>, buf: &[u8]) -> Poll<io::Result<usize>> {
        Pin::new(&mut self.stream).poll_write(cx, buf)
    }

    fn poll_write_vectored(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        bufs: &[io::IoSlice<'_>],
    ) -> Poll<io::Result<usize>> {
        Pin::new(&mut self.stream).poll_write_vectored(cx, bufs)
    }

    fn is_write_vectored(&self) -> bool {
        self.stream.is_write_vectored()
    }

    fn poll_flush(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.stream).poll_flush(cx)
    }

    fn poll_shutdown(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.stream).poll_shutdown(cx)
    }
}
