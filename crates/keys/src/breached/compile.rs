//! From a list of passwords, or of their SHA-1 as the collections of breaches have them, to the compact form.

use super::bits::BitWriter;
use super::{HEADER, MAGIC, MOST_BLOCK, MOST_BLOCK_BITS, Shape, first_bits, sha1};
use std::io::{self, BufRead, Seek, SeekFrom, Write};

/// How the list is to be.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Options {
    /// Of 2 to this power good passwords one is taken for a known one.
    pub bits: u8,
    /// Leaves out what was seen less often, where the list says how often.
    pub at_least: u64,
}

impl Default for Options {
    fn default() -> Self {
        Self { bits: 16, at_least: 1 }
    }
}

/// What came of it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Compiled {
    /// Passwords.
    pub count: u64,
    /// Bytes written.
    pub bytes: u64,
    /// The list was sorted, and took no memory.
    pub sorted: bool,
}

/// Why it could not be made.
#[derive(Debug, thiserror::Error)]
pub enum CompileError {
    /// Reading or writing failed.
    #[error(transparent)]
    Io(#[from] io::Error),
    /// The list began with hashes.
    #[error("line {0} is no SHA-1, as the first line is")]
    NoHash(u64),
    /// Nothing to know.
    #[error("there is no password in it")]
    Empty,
    /// More than is sensible.
    #[error("bits must be from 4 to 32")]
    Bits,
    /// Many alike: no list of real passwords.
    #[error("the list is too uneven")]
    Uneven,
}

/// Reads what `open` opens, twice: to count, and to write. `progress` hears the bytes read so far, of both rounds together.
/// A list that is sorted by SHA-1 takes no memory, another one 8 bytes for each password.
pub fn compile<R: BufRead>(
    mut open: impl FnMut() -> io::Result<R>,
    out: &mut (impl Write + Seek),
    options: Options,
    mut progress: impl FnMut(u64),
) -> Result<Compiled, CompileError> {
    if !(4..=32).contains(&options.bits) {
        return Err(CompileError::Bits);
    }
    let (mut count, mut last, mut sorted, mut bytes) = (0_u64, 0_u64, true, 0_u64);
    each(open()?, options, &mut bytes, &mut progress, |hash| {
        (sorted, last, count) = (sorted && hash >= last, hash, count + 1);
        Ok(())
    })?;
    if count == 0 {
        return Err(CompileError::Empty);
    }
    let mut writer = ListWriter::begin(out, shape(count, options.bits))?;
    if sorted {
        each(open()?, options, &mut bytes, &mut progress, |hash| writer.put(hash))?;
    } else {
        let mut all = Vec::with_capacity(usize::try_from(count).unwrap_or(0));
        each(open()?, options, &mut bytes, &mut progress, |hash| {
            all.push(hash);
            Ok(())
        })?;
        all.sort_unstable();
        for hash in all {
            writer.put(hash)?;
        }
    }
    let (count, bytes) = writer.end()?;
    Ok(Compiled { count, bytes, sorted })
}

/// As many bits as tell them apart, and those asked for; blocks of about 256.
fn shape(count: u64, bits: u8) -> Shape {
    let log = |n: u64| u8::try_from(64 - n.saturating_sub(1).leading_zeros()).unwrap_or(64);
    let kept = log(count).saturating_add(bits).min(64);
    let block = log(count.div_ceil(256)).min(MOST_BLOCK_BITS);
    // A gap is on average 2^kept / count; its low bits, but for about half of one, are best written as they are.
    let average = (1_u128 << kept) / u128::from(count.max(1));
    let rice = u8::try_from(127 - (average * 7 / 10).max(1).leading_zeros()).unwrap_or(0);
    Shape { kept, block, rice }
}

/// Every password's first bits, in the order of the list.
fn each<R: BufRead>(
    mut from: R,
    options: Options,
    bytes: &mut u64,
    progress: &mut impl FnMut(u64),
    mut take: impl FnMut(u64) -> Result<(), CompileError>,
) -> Result<(), CompileError> {
    let (mut line, mut number, mut hashes) = (Vec::new(), 0_u64, None);
    loop {
        line.clear();
        let read = from.read_until(b'\n', &mut line)?;
        if read == 0 {
            return Ok(());
        }
        number += 1;
        *bytes += u64::try_from(read).unwrap_or(0);
        if number.is_multiple_of(65_536) {
            progress(*bytes);
        }
        let text = line.strip_suffix(b"\n").unwrap_or(&line);
        let text = text.strip_suffix(b"\r").unwrap_or(text);
        if text.is_empty() {
            continue;
        }
        let hash = hash_of(text);
        match (hash, *hashes.get_or_insert(hash.is_some())) {
            (Some((hash, seen)), true) if seen >= options.at_least => take(hash)?,
            (Some(_), true) => {}
            (None, true) => return Err(CompileError::NoHash(number)),
            (_, false) => take(first_bits(&sha1(text)))?,
        }
    }
}

/// Forty hexadecimal digits and, behind a colon, how often it was seen.
fn hash_of(line: &[u8]) -> Option<(u64, u64)> {
    let text = std::str::from_utf8(line).ok()?;
    let (hash, seen) = text.split_once(':').map_or((text, Ok(1)), |(hash, seen)| (hash, seen.trim().parse()));
    if hash.len() != 40 || !hash.bytes().all(|b| b.is_ascii_hexdigit()) {
        return None;
    }
    Some((u64::from_str_radix(hash.get(..16)?, 16).ok()?, seen.ok()?))
}

struct ListWriter<'a, W: Write + Seek> {
    out: io::BufWriter<&'a mut W>,
    shape: Shape,
    starts: Vec<u64>,
    bits: BitWriter,
    in_block: u32,
    next: u64,
    last: Option<(u64, u64)>,
    count: u64,
    at: u64,
}

impl<'a, W: Write + Seek> ListWriter<'a, W> {
    fn begin(out: &'a mut W, shape: Shape) -> Result<Self, CompileError> {
        out.seek(SeekFrom::Start(shape.body()))?;
        let out = io::BufWriter::with_capacity(1 << 16, out);
        let (bits, starts) = (BitWriter::default(), vec![0]);
        Ok(Self { out, shape, starts, bits, in_block: 0, next: 0, last: None, count: 0, at: 0 })
    }

    /// In ascending order.
    fn put(&mut self, hash: u64) -> Result<(), CompileError> {
        let place @ (block, value) = self.shape.place(hash);
        if self.last == Some(place) {
            return Ok(());
        }
        self.last = Some(place);
        while u64::try_from(self.starts.len()).unwrap_or(u64::MAX) <= block {
            self.close()?;
        }
        self.bits.rice(value.saturating_sub(self.next), self.shape.rice);
        (self.next, self.in_block, self.count) = (value + 1, self.in_block + 1, self.count + 1);
        Ok(())
    }

    fn close(&mut self) -> Result<(), CompileError> {
        if self.in_block > 0 {
            let coded = self.bits.take();
            let length = u64::try_from(coded.len()).unwrap_or(u64::MAX).saturating_add(4);
            if length > MOST_BLOCK {
                return Err(CompileError::Uneven);
            }
            self.out.write_all(&self.in_block.to_le_bytes())?;
            self.out.write_all(&coded)?;
            self.at += length;
        }
        (self.in_block, self.next) = (0, 0);
        self.starts.push(self.at);
        Ok(())
    }

    fn end(mut self) -> Result<(u64, u64), CompileError> {
        while u64::try_from(self.starts.len()).unwrap_or(u64::MAX) <= self.shape.blocks() {
            self.close()?;
        }
        self.out.seek(SeekFrom::Start(0))?;
        self.out.write_all(MAGIC)?;
        let Shape { kept, block, rice } = self.shape;
        self.out.write_all(&[kept, block, rice, 0, 0, 0, 0, 0])?;
        self.out.write_all(&self.count.to_le_bytes())?;
        for start in &self.starts {
            self.out.write_all(&start.to_le_bytes())?;
        }
        self.out.flush()?;
        debug_assert_eq!(HEADER + 8 * (self.shape.blocks() + 1), self.shape.body());
        Ok((self.count, self.shape.body() + self.at))
    }
}
