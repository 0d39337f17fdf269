//! One line of a request, and what the lines of a head say about the length of its body.

use super::Fault;

/// As much of a line's beginning as any judgement needs: the two fields that matter are shorter, and a chunk-size line
/// that is longer is refused.
const KEPT: usize = 128;

/// The version at the end of a request line.
const VERSION: usize = b"HTTP/1.1".len();

/// A chunk's size has at most so many hexadecimal digits, a length in a head so many decimal ones: both fit into 64 bits.
const DIGITS: (usize, usize) = (15, 19);

/// A line as it comes in, without its end: the first bytes, the last ones, and how many there were.
#[derive(Clone, Copy, Debug)]
pub(super) struct Line {
    first: [u8; KEPT],
    last: [u8; VERSION],
    length: usize,
}

impl Default for Line {
    fn default() -> Self {
        Line { first: [0; KEPT], last: [0; VERSION], length: 0 }
    }
}

impl Line {
    pub(super) fn push(&mut self, text: &[u8]) {
        if let Some(room) = self.first.get_mut(self.length..) {
            let many = room.len().min(text.len());
            if let (Some(room), Some(text)) = (room.get_mut(..many), text.get(..many)) {
                room.copy_from_slice(text);
            }
        }
        match text.last_chunk() {
            Some(last) => self.last = *last,
            None => {
                self.last.rotate_left(text.len());
                self.last.iter_mut().rev().zip(text.iter().rev()).for_each(|(to, from)| *to = *from);
            }
        }
        self.length = self.length.saturating_add(text.len());
    }

    /// For the next line; what was kept is overwritten.
    pub(super) fn clear(&mut self) {
        self.last = [0; VERSION];
        self.length = 0;
    }

    pub(super) fn is_empty(&self) -> bool {
        self.length == 0
    }

    fn is_whole(&self) -> bool {
        self.length <= KEPT
    }

    fn kept(&self) -> &[u8] {
        self.first.get(..self.length).unwrap_or(&self.first)
    }

    /// RFC 9112 2.3.
    fn version(&self) -> Result<Version, Fault> {
        match &self.last {
            b"HTTP/1.1" => Ok(Version::Http11),
            b"HTTP/1.0" => Ok(Version::Http10),
            _ => Err(Fault::Version),
        }
    }

    /// RFC 9112 5: what stands before the colon, and what is kept of what follows it.
    fn field(&self) -> Result<(&[u8], &[u8]), Fault> {
        let kept = self.kept();
        if kept.first().is_some_and(|byte| is_blank(*byte)) {
            return Err(Fault::Folded);
        }
        let Some(colon) = kept.iter().position(|byte| *byte == b':') else {
            // A name that long is none of the two that matter; the parser judges it.
            return if self.is_whole() { Err(Fault::FieldName) } else { Ok((kept, &[])) };
        };
        let (name, value) = kept.split_at(colon);
        if name.is_empty() || name.iter().any(|byte| is_blank(*byte)) {
            return Err(Fault::FieldName);
        }
        Ok((name, value.get(1..).unwrap_or_default()))
    }

    /// A trailer is read like a field and means nothing.
    pub(super) fn field_name(&self) -> Result<(), Fault> {
        self.field().map(drop)
    }

    /// RFC 9112 7.1 and 7.1.1: a size, and after it nothing or extensions, which are not ours to understand.
    pub(super) fn chunk_size(&self) -> Result<u64, Fault> {
        let kept = self.kept();
        let digits = kept.iter().take_while(|byte| byte.is_ascii_hexdigit()).count();
        let (digits, extensions) = kept.split_at(digits);
        let begun = extensions.trim_ascii_start().first().is_none_or(|byte| *byte == b';');
        let blank_alone = !extensions.is_empty() && extensions.trim_ascii_start().is_empty();
        let plain = extensions.iter().all(|byte| is_blank(*byte) || byte.is_ascii_graphic());
        if !self.is_whole() || !begun || blank_alone || !plain || digits.len() > DIGITS.0 {
            return Err(Fault::ChunkSize);
        }
        number(digits, 16).ok_or(Fault::ChunkSize)
    }
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Version {
    Http10,
    Http11,
}

/// How long a body is.
pub(super) enum Ending {
    /// By Content-Length, or nothing.
    Content(u64),
    Chunked,
}

/// RFC 9112 6: what a head has said so far.
#[derive(Debug)]
pub(super) struct Length {
    version: Version,
    content: Option<u64>,
    chunked: bool,
}

impl Default for Length {
    fn default() -> Self {
        Length { version: Version::Http11, content: None, chunked: false }
    }
}

impl Length {
    /// A head begins with this request line.
    pub(super) fn after(request_line: &Line) -> Result<Length, Fault> {
        Ok(Length { version: request_line.version()?, ..Length::default() })
    }

    pub(super) fn field(&mut self, line: &Line) -> Result<(), Fault> {
        let (name, value) = line.field()?;
        let value = trim(value);
        if name.eq_ignore_ascii_case(b"content-length") {
            // Cut off, it could be another number.
            let sound = line.is_whole() && value.len() <= DIGITS.1;
            let length = number(value, 10).filter(|_| sound).ok_or(Fault::ContentLength)?;
            if self.content.replace(length).is_some() {
                return Err(Fault::TwoContentLengths);
            }
        } else if name.eq_ignore_ascii_case(b"transfer-encoding") {
            let chunked = line.is_whole() && value.eq_ignore_ascii_case(b"chunked");
            if !chunked || std::mem::replace(&mut self.chunked, true) {
                return Err(Fault::TransferEncoding);
            }
        }
        Ok(())
    }

    /// The head is complete.
    pub(super) fn ending(&self) -> Result<Ending, Fault> {
        match (self.chunked, self.content) {
            (true, Some(_)) => Err(Fault::BothLengths),
            (true, None) if self.version == Version::Http10 => Err(Fault::TransferEncodingOn10),
            (true, None) => Ok(Ending::Chunked),
            (false, content) => Ok(Ending::Content(content.unwrap_or(0))),
        }
    }
}

/// Digits alone, at least one, or nothing. Unlike `str::parse`, which takes a sign.
fn number(digits: &[u8], radix: u32) -> Option<u64> {
    let digit = |byte: &u8| char::from(*byte).to_digit(radix).map(u64::from);
    let (first, rest) = digits.split_first()?;
    rest.iter().try_fold(digit(first)?, |number, byte| {
        number.checked_mul(u64::from(radix))?.checked_add(digit(byte)?)
    })
}

fn trim(mut value: &[u8]) -> &[u8] {
    while let [first, rest @ ..] = value
        && is_blank(*first)
    {
        value = rest;
    }
    while let [rest @ .., last] = value
        && is_blank(*last)
    {
        value = rest;
    }
    value
}

const fn is_blank(byte: u8) -> bool {
    matches!(byte, b' ' | b'\t')
}
