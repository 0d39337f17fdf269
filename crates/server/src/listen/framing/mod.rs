//! Where each request of an HTTP/1 connection begins and ends, judged by its bytes alone: what two readers could cut
//! differently is refused, before the parser (which mends and normalises) has seen it.
//!
//! Only line ends, the request line's version, and the two fields that give a body its length are looked at; all else
//! is the parser's. Since every ambiguous length is refused, following the bodies is exact, and so the next head on a
//! kept connection is found where the parser finds it. Bodies are skipped by counting, not by looking.

mod line;

use line::{Ending, Length, Line};

/// What was wrong, and where.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Bad {
    /// How many of the bytes that were just taken are still good.
    pub at: usize,
    /// Whether the parser is waiting for more of a head, or of a body.
    pub place: Place,
    /// The rule.
    pub fault: Fault,
}

/// The part of a request that a fault is in.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Place {
    /// Request line and fields.
    Head,
    /// Chunk sizes, the ends of chunks, and trailers.
    Body,
}

/// Why a request is refused. The section numbers are those of RFC 9112.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Fault {
    /// 2.2: a recipient may take it for a line end; others do not.
    #[error("a line ends with a bare LF")]
    BareLf,
    /// 2.2.
    #[error("a CR without LF")]
    BareCr,
    /// 2.2: one may come after the body of a sloppy client, not a stream of them.
    #[error("more than {MAX_EMPTY_LINES} empty lines before a request")]
    EmptyLines,
    /// 2.3: we speak 1.1, and understand 1.0.
    #[error("a request line that does not end in HTTP/1.1 or HTTP/1.0")]
    Version,
    /// 5.2.
    #[error("a folded field line")]
    Folded,
    /// 5.1: no blank before the colon; and no line without one.
    #[error("a field line without a plain name and a colon")]
    FieldName,
    /// 6.2: digits only, so no sign, no list, and nothing that does not fit.
    #[error("a Content-Length that is not one number")]
    ContentLength,
    /// 6.3: even equal ones were not written by one author.
    #[error("more than one Content-Length")]
    TwoContentLengths,
    /// 6.1: `chunked` and nothing else, once.
    #[error("a Transfer-Encoding that is not exactly `chunked`")]
    TransferEncoding,
    /// 6.1: the mark of request smuggling.
    #[error("Content-Length and Transfer-Encoding together")]
    BothLengths,
    /// 6.1: an HTTP/1.0 sender cannot know it.
    #[error("Transfer-Encoding on HTTP/1.0")]
    TransferEncodingOn10,
    /// 7.1.
    #[error("a chunk-size line that is not a size and short, printable extensions")]
    ChunkSize,
    /// 7.1: the data of a chunk is as long as it says.
    #[error("a chunk that does not end where its size says")]
    ChunkEnd,
}

/// Before one request. The parser takes any number.
const MAX_EMPTY_LINES: u8 = 4;

/// Follows the bytes of one connection.
#[derive(Debug)]
pub struct Framing {
    state: State,
    /// What has come of the line that is under way.
    line: Line,
    /// What the head that is under way has said about its body.
    length: Length,
    empty_lines: u8,
    heads: u64,
}

#[derive(Clone, Copy, Debug)]
enum State {
    /// In a line.
    Line(Part),
    /// After the CR that ends a line.
    LineEnd(Part),
    /// So many bytes of a body by Content-Length.
    Content(u64),
    /// So many bytes of a chunk's data.
    Chunk(u64),
    Failed(Place, Fault),
}

/// What a line is.
#[derive(Clone, Copy, Debug)]
enum Part {
    Request,
    Field,
    ChunkSize,
    /// Nothing stands between a chunk's data and its CRLF.
    ChunkEnd,
    Trailer,
}

impl Framing {
    /// At the start of a connection.
    pub fn new() -> Framing {
        Framing {
            state: State::Line(Part::Request),
            line: Line::default(),
            length: Length::default(),
            empty_lines: 0,
            heads: 0,
        }
    }

    /// How many heads were complete and good.
    pub fn heads(&self) -> u64 {
        self.heads
    }

    /// Takes what the connection has brought next. After a refusal, all is refused.
    pub fn take(&mut self, bytes: &[u8]) -> Result<(), Bad> {
        let mut rest = bytes;
        loop {
            let at = bytes.len() - rest.len();
            match self.state {
                State::Line(part) => {
                    let end = memchr::memchr2(b'\r', b'\n', rest);
                    let (text, after) = rest.split_at(end.unwrap_or(rest.len()));
                    self.line.push(text);
                    let Some((mark, after)) = after.split_first() else { return Ok(()) };
                    if *mark == b'\n' {
                        return Err(self.fail(at + text.len(), part, Fault::BareLf));
                    }
                    rest = after;
                    self.state = State::LineEnd(part);
                }
                State::LineEnd(part) => {
                    let Some((mark, after)) = rest.split_first() else { return Ok(()) };
                    if *mark != b'\n' {
                        return Err(self.fail(at, part, Fault::BareCr));
                    }
                    self.state = match self.end_of_line(part) {
                        Ok(next) => next,
                        Err(fault) => return Err(self.fail(at, part, fault)),
                    };
                    self.line.clear();
                    rest = after;
                }
                State::Content(left) => {
                    let (left, after) = skip(left, rest);
                    self.state = if left == 0 { State::Line(Part::Request) } else { State::Content(left) };
                    rest = after;
                }
                State::Chunk(left) => {
                    let (left, after) = skip(left, rest);
                    self.state = if left == 0 { State::Line(Part::ChunkEnd) } else { State::Chunk(left) };
                    rest = after;
                }
                State::Failed(place, fault) => return Err(Bad { at: 0, place, fault }),
            }
            if rest.is_empty() {
                return Ok(());
            }
        }
    }

    /// A line is complete: what comes next.
    fn end_of_line(&mut self, part: Part) -> Result<State, Fault> {
        let empty = self.line.is_empty();
        Ok(State::Line(match part {
            Part::Request if empty => {
                self.empty_lines += 1;
                if self.empty_lines > MAX_EMPTY_LINES {
                    return Err(Fault::EmptyLines);
                }
                Part::Request
            }
            Part::Request => {
                self.empty_lines = 0;
                self.length = Length::after(&self.line)?;
                Part::Field
            }
            Part::Field if empty => return self.end_of_head(),
            Part::Field => {
                self.length.field(&self.line)?;
                Part::Field
            }
            Part::ChunkSize => match self.line.chunk_size()? {
                0 => Part::Trailer,
                size => return Ok(State::Chunk(size)),
            },
            Part::ChunkEnd if empty => Part::ChunkSize,
            Part::ChunkEnd => return Err(Fault::ChunkEnd),
            Part::Trailer if empty => Part::Request,
            Part::Trailer => {
                self.line.field_name()?;
                Part::Trailer
            }
        }))
    }

    fn end_of_head(&mut self) -> Result<State, Fault> {
        let ending = self.length.ending()?;
        self.heads += 1;
        Ok(match ending {
            Ending::Content(0) => State::Line(Part::Request),
            Ending::Content(length) => State::Content(length),
            Ending::Chunked => State::Line(Part::ChunkSize),
        })
    }

    fn fail(&mut self, at: usize, part: Part, fault: Fault) -> Bad {
        let place = match part {
            Part::Request | Part::Field => Place::Head,
            Part::ChunkSize | Part::ChunkEnd | Part::Trailer => Place::Body,
        };
        self.state = State::Failed(place, fault);
        Bad { at, place, fault }
    }
}

impl Default for Framing {
    fn default() -> Self {
        Self::new()
    }
}

/// `left` bytes are of no interest.
fn skip(left: u64, rest: &[u8]) -> (u64, &[u8]) {
    match usize::try_from(left).ok().and_then(|left| rest.get(left..)) {
        Some(after) => (0, after),
        None => (left - rest.len() as u64, &[]),
    }
}

#[cfg(test)]
pub(in crate::listen) mod tests;
