//! Passwords that are known from breaches: a list in a compact form, asked by positioned reads, so that a thousand
//! million of them take no memory. `countersign passwords compile` makes it from a list of passwords or of their SHA-1.
//!
//! The form: the first bits of each SHA-1, sorted, without doubles, in blocks by their first bits; in a block the gaps
//! between neighbours in Golomb-Rice code. With 16 bits beyond what tells as many apart (the default) a million passwords
//! take 2.3 MB at most, and one good password in 65,536 is taken for a known one.

mod bits;
pub mod compile;
pub mod range;

use self::bits::BitReader;
use aws_lc_rs::digest::{SHA1_FOR_LEGACY_USE_ONLY, digest};
use std::io;

/// First bytes of a list; the last is the version.
const MAGIC: &[u8; 8] = b"CSBREAC1";
/// Magic, three numbers of a byte, padding, how many.
const HEADER: u64 = 24;
/// No block of ours is larger.
const MOST_BLOCK: u64 = 1 << 20;
/// No list has more blocks.
const MOST_BLOCK_BITS: u8 = 26;

/// Bytes at a place. A file is one, and so is a slice.
pub trait ReadAt {
    /// Fills `into` from this offset on; too little there is an error.
    fn read_at(&self, offset: u64, into: &mut [u8]) -> io::Result<()>;
    /// All there is.
    fn size(&self) -> io::Result<u64>;
}

impl ReadAt for std::fs::File {
    fn read_at(&self, offset: u64, into: &mut [u8]) -> io::Result<()> {
        std::os::unix::fs::FileExt::read_exact_at(self, into, offset)
    }
    fn size(&self) -> io::Result<u64> {
        Ok(self.metadata()?.len())
    }
}

impl ReadAt for &[u8] {
    fn read_at(&self, offset: u64, into: &mut [u8]) -> io::Result<()> {
        let from = usize::try_from(offset).map_err(io::Error::other)?;
        let there = self.get(from..).and_then(|it| it.get(..into.len()));
        into.copy_from_slice(there.ok_or_else(|| io::Error::from(io::ErrorKind::UnexpectedEof))?);
        Ok(())
    }
    fn size(&self) -> io::Result<u64> {
        u64::try_from(self.len()).map_err(io::Error::other)
    }
}

/// Why a list cannot be used.
#[derive(Debug, thiserror::Error)]
pub enum BadList {
    /// It cannot be read.
    #[error("it cannot be read: {0}")]
    Io(#[from] io::Error),
    /// Another kind of file.
    #[error("it was not made by `countersign passwords compile`, or by a newer one")]
    OtherFile,
    /// Cut or altered.
    #[error("it is cut or damaged")]
    Damaged,
}

/// An open list.
#[derive(Debug)]
pub struct List<R> {
    from: R,
    shape: Shape,
    count: u64,
}

/// How values lie in blocks.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct Shape {
    /// Bits kept of each hash.
    kept: u8,
    /// The first of them that name the block.
    block: u8,
    /// The low bits of a gap that are written as they are.
    rice: u8,
}

impl Shape {
    fn sound(self) -> bool {
        (1..=64).contains(&self.kept)
            && self.block <= MOST_BLOCK_BITS
            && self.block < self.kept
            && self.kept - self.block < 64
            && self.rice < 64
    }
    fn blocks(self) -> u64 {
        1 << self.block
    }
    /// Block, and the value in it.
    fn place(self, hash: u64) -> (u64, u64) {
        let value = hash >> (64 - self.kept);
        let below = self.kept - self.block;
        (value >> below, value & ((1 << below) - 1))
    }
    /// Where the blocks begin.
    fn body(self) -> u64 {
        HEADER + 8 * (self.blocks() + 1)
    }
}

impl<R: ReadAt> List<R> {
    /// Looks at what a list begins with and whether all of it is there.
    pub fn open(from: R) -> Result<Self, BadList> {
        let size = from.size()?;
        let mut head = [0; 24];
        if size < HEADER {
            return Err(BadList::OtherFile);
        }
        from.read_at(0, &mut head)?;
        let (magic, rest) = head.split_at(8);
        let (&[kept, block, rice, ..], Some(count)) = (rest, rest.last_chunk::<8>()) else {
            return Err(BadList::OtherFile);
        };
        if magic != MAGIC {
            return Err(BadList::OtherFile);
        }
        let shape = Shape { kept, block, rice };
        if !shape.sound() || size < shape.body() {
            return Err(BadList::Damaged);
        }
        let list = Self { from, shape, count: u64::from_le_bytes(*count) };
        let (_, end) = list.bounds(shape.blocks() - 1)?;
        if shape.body().checked_add(end) == Some(size) { Ok(list) } else { Err(BadList::Damaged) }
    }

    /// How many passwords it knows.
    pub fn count(&self) -> u64 {
        self.count
    }

    /// Is this password on it? Two reads.
    pub fn has(&self, password: &str) -> Result<bool, BadList> {
        self.has_hash(first_bits(&sha1(password.as_bytes())))
    }

    fn has_hash(&self, hash: u64) -> Result<bool, BadList> {
        let (block, wanted) = self.shape.place(hash);
        let (start, end) = self.bounds(block)?;
        let length = end.checked_sub(start).filter(|it| *it <= MOST_BLOCK).ok_or(BadList::Damaged)?;
        if length == 0 {
            return Ok(false);
        }
        let mut bytes = vec![0; usize::try_from(length).map_err(|_| BadList::Damaged)?];
        let at = self.shape.body().checked_add(start).ok_or(BadList::Damaged)?;
        self.from.read_at(at, &mut bytes)?;
        let (count, coded) = bytes.split_first_chunk::<4>().ok_or(BadList::Damaged)?;
        let mut bits = BitReader::new(coded);
        let mut next = 0_u64;
        for _ in 0..u32::from_le_bytes(*count) {
            let gap = bits.rice(self.shape.rice).ok_or(BadList::Damaged)?;
            let value = next.checked_add(gap).ok_or(BadList::Damaged)?;
            if value >= wanted {
                return Ok(value == wanted);
            }
            next = value.checked_add(1).ok_or(BadList::Damaged)?;
        }
        Ok(false)
    }

    fn bounds(&self, block: u64) -> Result<(u64, u64), BadList> {
        let mut pair = [0; 16];
        self.from.read_at(HEADER + 8 * block, &mut pair)?;
        let (start, end) = pair.split_at(8);
        let number = |bytes: &[u8]| bytes.first_chunk::<8>().map_or(0, |it| u64::from_le_bytes(*it));
        Ok((number(start), number(end)))
    }
}

/// As the lists of breached passwords have them.
pub fn sha1(password: &[u8]) -> [u8; 20] {
    let mut out = [0; 20];
    let made = digest(&SHA1_FOR_LEGACY_USE_ONLY, password);
    out.iter_mut().zip(made.as_ref()).for_each(|(to, from)| *to = *from);
    out
}

fn first_bits(hash: &[u8; 20]) -> u64 {
    hash.first_chunk::<8>().map_or(0, |it| u64::from_be_bytes(*it))
}

#[cfg(test)]
mod tests;
