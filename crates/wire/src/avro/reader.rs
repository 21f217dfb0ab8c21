use crate::unreadable::Unreadable;
use touchpoint::{Decimal, limits};

/// What a reader accepts at most.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Limits {
    /// Bytes of the whole datum.
    pub(crate) datum_bytes: usize,
    /// Bytes of one text, byte string or decimal.
    pub(crate) text_bytes: usize,
    /// Entries of one array or map.
    pub(crate) entries: usize,
}

impl Limits {
    /// For touchpoints.
    pub(crate) const TOUCHPOINT: Self = Self {
        datum_bytes: limits::TOUCHPOINT_BYTES_MAX,
        text_bytes: limits::TEXT_BYTES_MAX,
        entries: limits::ENTRIES_MAX,
    };
    /// For what we publish: one contact may carry more than one touchpoint brought.
    pub(crate) const OUTPUT: Self = Self {
        datum_bytes: limits::RAW_RECORD_BYTES_MAX,
        text_bytes: 4 * limits::TEXT_BYTES_MAX,
        entries: 16 * limits::ENTRIES_MAX,
    };
    /// For records of other systems, before they are mapped.
    pub(crate) const RAW: Self = Self {
        datum_bytes: limits::RAW_RECORD_BYTES_MAX,
        text_bytes: limits::RAW_RECORD_BYTES_MAX,
        entries: limits::RAW_ELEMENTS_MAX,
    };
}

/// Reads Avro binary from a slice. Never reads past its end, never allocates by a length that it was told.
#[derive(Clone)]
pub(crate) struct Reader<'a> {
    rest: &'a [u8],
    limits: Limits,
}

const ENDED: Unreadable = Unreadable::malformed("ended before the schema did");

impl<'a> Reader<'a> {
    pub(crate) const fn new(bytes: &'a [u8], limits: Limits) -> Self {
        Self { rest: bytes, limits }
    }

    /// Reads a whole datum and refuses bytes that follow it.
    pub(crate) fn whole<T>(
        bytes: &'a [u8],
        limits: Limits,
        read: impl FnOnce(&mut Self) -> Result<T, Unreadable>,
    ) -> Result<T, Unreadable> {
        if bytes.len() > limits.datum_bytes {
            return Err(Unreadable::too_large("is longer than a record may be"));
        }
        let mut reader = Self::new(bytes, limits);
        let value = read(&mut reader)?;
        if reader.rest.is_empty() {
            Ok(value)
        } else {
            Err(Unreadable::malformed("has bytes after its end: another schema wrote it"))
        }
    }

    pub(crate) fn bytes_exactly(&mut self, length: usize) -> Result<&'a [u8], Unreadable> {
        let (taken, rest) = self.rest.split_at_checked(length).ok_or(ENDED)?;
        self.rest = rest;
        Ok(taken)
    }

    fn byte(&mut self) -> Result<u8, Unreadable> {
        let (&first, rest) = self.rest.split_first().ok_or(ENDED)?;
        self.rest = rest;
        Ok(first)
    }

    pub(crate) fn long(&mut self) -> Result<i64, Unreadable> {
        let mut value: u64 = 0;
        for shift in (0..64).step_by(7) {
            let byte = self.byte()?;
            let bits = u64::from(byte & 0x7F);
            // The tenth byte has room for one bit.
            if shift == 63 && bits > 1 {
                break;
            }
            value |= bits << shift;
            if byte & 0x80 == 0 {
                return Ok((value >> 1).cast_signed() ^ -(value & 1).cast_signed());
            }
        }
        Err(Unreadable::malformed("is a number of more than 64 bits"))
    }

    pub(crate) fn int(&mut self) -> Result<i32, Unreadable> {
        i32::try_from(self.long()?).map_err(|_| Unreadable::malformed("is a number of more than 32 bits"))
    }

    pub(crate) fn boolean(&mut self) -> Result<bool, Unreadable> {
        match self.byte()? {
            0 => Ok(false),
            1 => Ok(true),
            _ => Err(Unreadable::malformed("is no boolean")),
        }
    }

    /// The number of a union's branch, or of an enum's symbol.
    pub(crate) fn branch(&mut self) -> Result<usize, Unreadable> {
        usize::try_from(self.long()?).map_err(|_| Unreadable::malformed("has no such branch"))
    }

    pub(crate) fn bytes(&mut self) -> Result<&'a [u8], Unreadable> {
        let length = usize::try_from(self.long()?).map_err(|_| Unreadable::malformed("has a negative length"))?;
        if length > self.limits.text_bytes {
            return Err(Unreadable::too_large("is longer than a text may be"));
        }
        self.bytes_exactly(length)
    }

    pub(crate) fn text(&mut self) -> Result<&'a str, Unreadable> {
        std::str::from_utf8(self.bytes()?).map_err(|_| Unreadable::malformed("is no UTF-8"))
    }

    /// A decimal of scale 6 in two's complement, of any length that 64 bits can hold.
    pub(crate) fn decimal(&mut self) -> Result<Decimal, Unreadable> {
        const TOO_LARGE: Unreadable = Unreadable::malformed("is a number beyond 9.2 trillion");
        let bytes = self.bytes()?;
        let fill = match bytes.first() {
            Some(&first) if first & 0x80 != 0 => 0xFF_u8,
            Some(_) => 0,
            None => return Err(Unreadable::malformed("is a number without digits")),
        };
        let cut = bytes.len().saturating_sub(8);
        let (lead, tail) = bytes.split_at(cut);
        let mut value = [fill; 8];
        value[8 - tail.len()..].copy_from_slice(tail);
        let sign_kept = (value[0] ^ fill) & 0x80 == 0;
        if lead.iter().any(|&byte| byte != fill) || !sign_kept {
            return Err(TOO_LARGE);
        }
        Ok(Decimal::from_micros(i64::from_be_bytes(value)))
    }

    /// The number of entries in the next block of an array or map, 0 at its end; `total` counts over its blocks.
    fn block(&mut self, total: &mut usize) -> Result<usize, Unreadable> {
        let count = self.long()?;
        if count < 0 {
            // The block's size in bytes follows, for readers that skip it.
            self.long()?;
        }
        let count = usize::try_from(count.unsigned_abs()).unwrap_or(usize::MAX);
        *total = total.saturating_add(count);
        if *total > self.limits.entries {
            return Err(Unreadable::too_large("has more entries than it may"));
        }
        Ok(count)
    }

    /// Calls `each` once per entry of an array or map, over all its blocks.
    pub(crate) fn entries(
        &mut self,
        mut each: impl FnMut(&mut Self) -> Result<(), Unreadable>,
    ) -> Result<(), Unreadable> {
        let mut total = 0;
        loop {
            match self.block(&mut total)? {
                0 => return Ok(()),
                count => (0..count).try_for_each(|_| each(self))?,
            }
        }
    }

    /// The entries of an array or map, in one allocation when it is one block.
    pub(crate) fn list<T>(
        &mut self,
        mut each: impl FnMut(&mut Self) -> Result<T, Unreadable>,
    ) -> Result<Vec<T>, Unreadable> {
        let (mut list, mut total) = (Vec::new(), 0);
        loop {
            let count = self.block(&mut total)?;
            if count == 0 {
                return Ok(list);
            }
            // An entry of our schemas has at least one byte: a count beyond what is left is a lie.
            list.reserve_exact(count.min(self.rest.len()));
            for _ in 0..count {
                list.push(each(self)?);
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::avro::Writer;
    use crate::shape::Sink;
    use proptest::prelude::*;

    fn read<'a, T>(
        bytes: &'a [u8],
        read: impl FnOnce(&mut Reader<'a>) -> Result<T, Unreadable>,
    ) -> Result<T, Unreadable> {
        Reader::whole(bytes, Limits::TOUCHPOINT, read)
    }

    #[test]
    fn numbers_at_the_edges_are_read_and_longer_ones_refused() {
        for value in [0, -1, 1, 63, -64, 64, i64::MAX, i64::MIN, i64::from(i32::MAX)] {
            let mut out = Vec::new();
            Writer::new(&mut out).long(value);
            assert_eq!(read(&out, Reader::long), Ok(value));
        }
        assert!(read(&[0xFF; 10], Reader::long).is_err(), "no end within ten bytes");
        assert!(read(&[0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0x02], Reader::long).is_err(), "65 bits");
        assert!(read(&[0x80], Reader::long).is_err(), "ended inside");
        assert!(read(&[0x00, 0x00], Reader::long).is_err(), "something follows");
    }

    #[test]
    fn decimals_of_other_lengths_are_the_same_number() {
        for (bytes, micros) in [
            (&[0x01][..], 1),
            (&[0xFF], -1),
            (&[0x00, 0x80], 128),
            (&[0x80], -128),
            (&[0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 5], 5),
            (&[0x7F, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF], i64::MAX),
            (&[0x80, 0, 0, 0, 0, 0, 0, 0], i64::MIN),
        ] {
            let mut datum = vec![(bytes.len() as u8) << 1];
            datum.extend_from_slice(bytes);
            assert_eq!(read(&datum, Reader::decimal).map(Decimal::as_micros), Ok(micros), "{bytes:?}");
        }
        for bytes in
            [&[][..], &[0, 0x80, 0, 0, 0, 0, 0, 0, 0], &[1, 0, 0, 0, 0, 0, 0, 0, 0], &[0xFF, 0x7F, 0, 0, 0, 0, 0, 0, 0]]
        {
            let mut datum = vec![(bytes.len() as u8) << 1];
            datum.extend_from_slice(bytes);
            assert!(read(&datum, Reader::decimal).is_err(), "{bytes:?}");
        }
    }

    #[test]
    fn a_hostile_count_allocates_nothing_and_is_refused() {
        let mut out = Vec::new();
        Writer::new(&mut out).long(i64::MAX);
        let refused = read(&out, |reader| reader.entries(|_| Ok(()))).unwrap_err();
        assert!(refused.too_large);
        let refused = read(&out, |reader| reader.text().map(|_| ())).unwrap_err();
        assert!(refused.too_large);
    }

    #[test]
    fn blocks_with_sizes_and_several_blocks_are_one_list() {
        // Two blocks: [1, 2] with its size in bytes, [3] without.
        let mut items = Vec::new();
        let bytes = [0x03, 0x04, 0x02, 0x04, 0x02, 0x06, 0x00];
        read(&bytes, |reader| {
            reader.entries(|reader| {
                items.push(reader.long()?);
                Ok(())
            })
        })
        .unwrap();
        assert_eq!(items, [1, 2, 3]);
    }

    proptest! {
        #[test]
        fn every_number_is_read_back(value: i64) {
            let mut out = Vec::new();
            let mut writer = Writer::new(&mut out);
            writer.long(value);
            writer.decimal(Decimal::from_micros(value));
            let both = read(&out, |reader| Ok((reader.long()?, reader.decimal()?)));
            prop_assert_eq!(both, Ok((value, Decimal::from_micros(value))));
        }
    }
}
