//! Bits one after the other, the highest of a byte first, and Golomb-Rice code.

/// Writes bits.
#[derive(Debug, Default)]
pub(super) struct BitWriter {
    bytes: Vec<u8>,
    used: u8,
}

impl BitWriter {
    fn bit(&mut self, bit: bool) {
        if self.used == 0 {
            self.bytes.push(0);
        }
        if let (true, Some(last)) = (bit, self.bytes.last_mut()) {
            *last |= 0x80 >> self.used;
        }
        self.used = (self.used + 1) % 8;
    }

    /// The high part as so many ones and a zero, the low part as it is.
    pub(super) fn rice(&mut self, value: u64, low: u8) {
        for _ in 0..value >> low {
            self.bit(true);
        }
        self.bit(false);
        for at in (0..low).rev() {
            self.bit(value >> at & 1 == 1);
        }
    }

    pub(super) fn take(&mut self) -> Vec<u8> {
        self.used = 0;
        std::mem::take(&mut self.bytes)
    }
}

/// Reads them; `None` where there are no more.
#[derive(Debug)]
pub(super) struct BitReader<'a> {
    bytes: &'a [u8],
    at: usize,
}

impl<'a> BitReader<'a> {
    pub(super) fn new(bytes: &'a [u8]) -> Self {
        Self { bytes, at: 0 }
    }

    fn bit(&mut self) -> Option<bool> {
        let byte = self.bytes.get(self.at / 8)?;
        let bit = byte & (0x80 >> (self.at % 8)) != 0;
        self.at += 1;
        Some(bit)
    }

    /// What [`BitWriter::rice`] wrote.
    pub(super) fn rice(&mut self, low: u8) -> Option<u64> {
        let mut high = 0_u64;
        while self.bit()? {
            high += 1;
        }
        let mut value = high.checked_mul(1_u64.checked_shl(low.into())?)?;
        let mut rest = 0_u64;
        for _ in 0..low {
            rest = rest << 1 | u64::from(self.bit()?);
        }
        value = value.checked_add(rest)?;
        Some(value)
    }
}
