//! HTTP/1.1 over one connection, with as little work as possible on our side.

use std::io::{Error, ErrorKind};
use std::time::Duration;

use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;

/// One kept-alive connection.
pub(crate) struct Connection {
    host: String,
    address: String,
    stream: TcpStream,
    buffer: Vec<u8>,
}

/// An answer.
pub(crate) struct Reply {
    pub(crate) status: u16,
    head: String,
    pub(crate) body: Vec<u8>,
}

impl Reply {
    /// The values of a header.
    pub(crate) fn headers<'r>(&'r self, name: &'r str) -> impl Iterator<Item = &'r str> {
        self.head
            .lines()
            .filter_map(|line| line.split_once(':'))
            .filter(move |(key, _)| key.eq_ignore_ascii_case(name))
            .map(|(_, value)| value.trim())
    }

    pub(crate) fn header<'r>(&'r self, name: &'r str) -> Option<&'r str> {
        self.headers(name).next()
    }

    pub(crate) fn text(&self) -> &str {
        std::str::from_utf8(&self.body).unwrap_or_default()
    }
}

impl Connection {
    /// `host:port`; the name `localhost` is reached at 127.0.0.1.
    pub(crate) async fn open(host: &str) -> std::io::Result<Self> {
        let address = host.replace("localhost", "127.0.0.1");
        let stream = TcpStream::connect(&address).await?;
        stream.set_nodelay(true)?;
        Ok(Self { host: host.to_owned(), address, stream, buffer: Vec::with_capacity(16 * 1024) })
    }

    pub(crate) async fn get(&mut self, path: &str, headers: &str) -> std::io::Result<Reply> {
        let request = format!("GET {path} HTTP/1.1\r\nhost: {}\r\n{headers}\r\n", self.host);
        self.send(request.as_bytes()).await
    }

    /// A form.
    pub(crate) async fn post(&mut self, path: &str, headers: &str, body: &str) -> std::io::Result<Reply> {
        let request = self.form(path, headers, body);
        self.send(request.as_bytes()).await
    }

    /// A form whose answer never arrives: hangs up after a while.
    pub(crate) async fn lose(&mut self, path: &str, body: &str, after: Duration) -> std::io::Result<()> {
        let request = self.form(path, "", body);
        self.stream.write_all(request.as_bytes()).await?;
        tokio::time::sleep(after).await;
        self.stream = TcpStream::connect(&self.address).await?;
        self.buffer.clear();
        Ok(())
    }

    fn form(&self, path: &str, headers: &str, body: &str) -> String {
        format!(
            "POST {path} HTTP/1.1\r\nhost: {}\r\ncontent-type: application/x-www-form-urlencoded\r\ncontent-length: {}\r\n{headers}\r\n{body}",
            self.host,
            body.len(),
        )
    }

    async fn send(&mut self, request: &[u8]) -> std::io::Result<Reply> {
        self.stream.write_all(request).await?;
        let reply = self.receive().await?;
        if reply.header("connection").is_some_and(|it| it.eq_ignore_ascii_case("close")) {
            self.stream = TcpStream::connect(&self.address).await?;
            self.buffer.clear();
        }
        Ok(reply)
    }

    async fn receive(&mut self) -> std::io::Result<Reply> {
        let end = loop {
            if let Some(at) = self.buffer.windows(4).position(|four| four == b"\r\n\r\n") {
                break at + 4;
            }
            self.more().await?;
        };
        let bad = |what: &str| Error::new(ErrorKind::InvalidData, what.to_owned());
        let head =
            String::from_utf8(self.buffer.drain(..end).collect()).map_err(|_| bad("the head is not text"))?;
        let status = head.get(9..12).and_then(|it| it.parse().ok()).ok_or_else(|| bad("no status"))?;
        let mut reply = Reply { status, head, body: Vec::new() };
        if matches!(status, 204 | 304) {
            return Ok(reply);
        }
        let length: usize = reply
            .header("content-length")
            .and_then(|it| it.parse().ok())
            .ok_or_else(|| bad("an answer without content-length"))?;
        while self.buffer.len() < length {
            self.more().await?;
        }
        reply.body = self.buffer.drain(..length).collect();
        Ok(reply)
    }

    async fn more(&mut self) -> std::io::Result<()> {
        match self.stream.read_buf(&mut self.buffer).await? {
            0 => Err(Error::new(ErrorKind::UnexpectedEof, "the server hung up")),
            _ => Ok(()),
        }
    }
}
