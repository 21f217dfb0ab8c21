//! Logical types as text.

use super::Unit;
use crate::unreadable::Unreadable;
use base64::Engine as _;
use jiff::civil;

pub(super) fn base64(bytes: &[u8]) -> String {
    base64::engine::general_purpose::STANDARD.encode(bytes)
}

/// Digits of a decimal's scale: real ones have 2 or 9; more would only make text long.
const SCALE_MAX: usize = 64;

/// Two's complement, most significant byte first, as digits with `scale` of them behind the point.
pub(super) fn decimal(bytes: &[u8], scale: usize) -> Result<String, Unreadable> {
    if scale > SCALE_MAX {
        return Err(Unreadable::too_large("is a decimal of more than 64 decimals"));
    }
    let fill = match bytes.first() {
        Some(first) if first & 0x80 != 0 => 0xFF_u8,
        Some(_) => 0,
        None => return Err(Unreadable::malformed("is a decimal without digits")),
    };
    let (lead, tail) = bytes.split_at(bytes.len().saturating_sub(16));
    let mut value = [fill; 16];
    value[16 - tail.len()..].copy_from_slice(tail);
    if lead.iter().any(|&byte| byte != fill) || (value[0] ^ fill) & 0x80 != 0 {
        return Err(Unreadable::too_large("is a decimal of more than 128 bits"));
    }
    let value = i128::from_be_bytes(value);
    let sign = if value < 0 { "-" } else { "" };
    let digits = format!("{:0>width$}", value.unsigned_abs(), width = scale + 1);
    let (whole, fraction) = digits.split_at(digits.len() - scale);
    let fraction = fraction.trim_end_matches('0');
    Ok(if fraction.is_empty() { format!("{sign}{whole}") } else { format!("{sign}{whole}.{fraction}") })
}

pub(super) fn uuid(bytes: &[u8]) -> Result<String, Unreadable> {
    let bytes: [u8; 16] = bytes.try_into().map_err(|_| Unreadable::malformed("is no UUID of 16 bytes"))?;
    let hex = format!("{:032x}", u128::from_be_bytes(bytes));
    Ok([&hex[..8], &hex[8..12], &hex[12..16], &hex[16..20], &hex[20..]].join("-"))
}

const FAR: Unreadable = Unreadable::malformed("is a time beyond the years -9999 to 9999");

pub(super) fn date(days: i32) -> Result<String, Unreadable> {
    let span = jiff::Span::new().try_days(days).map_err(|_| FAR)?;
    civil::date(1970, 1, 1).checked_add(span).map(|date| date.to_string()).map_err(|_| FAR)
}

impl Unit {
    const fn nanos(self) -> i128 {
        match self {
            Self::Millis => 1_000_000,
            Self::Micros => 1_000,
            Self::Nanos => 1,
        }
    }

    const fn decimals(self) -> usize {
        match self {
            Self::Millis => 3,
            Self::Micros => 6,
            Self::Nanos => 9,
        }
    }
}

fn moment(value: i64, unit: Unit) -> Result<jiff::Timestamp, Unreadable> {
    jiff::Timestamp::from_nanosecond(i128::from(value) * unit.nanos()).map_err(|_| FAR)
}

pub(super) fn timestamp(value: i64, unit: Unit) -> Result<String, Unreadable> {
    Ok(format!("{:.*}", unit.decimals(), moment(value, unit)?))
}

pub(super) fn local_timestamp(value: i64, unit: Unit) -> Result<String, Unreadable> {
    let local = jiff::tz::TimeZone::UTC.to_datetime(moment(value, unit)?);
    Ok(format!("{local:.*}", unit.decimals()))
}

pub(super) fn time(value: i64, unit: Unit) -> Result<String, Unreadable> {
    const DAY_NANOS: i128 = 86_400_000_000_000;
    const NO_TIME: Unreadable = Unreadable::malformed("is no time of a day");
    let nanos = i128::from(value) * unit.nanos();
    if !(0..DAY_NANOS).contains(&nanos) {
        return Err(NO_TIME);
    }
    let span = jiff::Span::new().try_nanoseconds(i64::try_from(nanos).map_err(|_| NO_TIME)?).map_err(|_| NO_TIME)?;
    let time = civil::Time::midnight().checked_add(span).map_err(|_| NO_TIME)?;
    Ok(format!("{time:.*}", unit.decimals()))
}

/// Three unsigned little-endian numbers: months, days, milliseconds.
pub(super) fn duration(bytes: [u8; 12]) -> String {
    let part = |at: usize| u32::from_le_bytes([bytes[at], bytes[at + 1], bytes[at + 2], bytes[at + 3]]);
    let millis = part(8);
    format!("P{}M{}DT{}.{:03}S", part(0), part(4), millis / 1000, millis % 1000)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn decimals_keep_their_scale_and_lose_only_zeros_at_the_end() {
        for (bytes, scale, shown) in [
            (&[0x01, 0x18][..], 2, "2.8"),
            (&[0x05], 2, "0.05"),
            (&[0xFB], 2, "-0.05"),
            (&[0x00], 2, "0"),
            (&[0x64], 2, "1"),
            (&[0x7F; 16], 0, "169473963133173273960190490760135540607"),
            (&[0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 7], 1, "0.7"),
        ] {
            assert_eq!(decimal(bytes, scale).as_deref(), Ok(shown));
        }
        assert!(decimal(&[], 2).is_err());
        assert!(decimal(&[1; 17], 2).unwrap_err().too_large);
        assert!(decimal(&[1], 65).unwrap_err().too_large);
    }

    #[test]
    fn times_are_iso_text() {
        assert_eq!(timestamp(1_792_000_000_123, Unit::Millis).as_deref(), Ok("2026-10-14T17:46:40.123Z"));
        assert_eq!(timestamp(-1, Unit::Micros).as_deref(), Ok("1969-12-31T23:59:59.999999Z"));
        assert_eq!(local_timestamp(1, Unit::Nanos).as_deref(), Ok("1970-01-01T00:00:00.000000001"));
        assert_eq!(time(36_240_000, Unit::Millis).as_deref(), Ok("10:04:00.000"));
        assert_eq!(date(-1).as_deref(), Ok("1969-12-31"));
        assert_eq!(duration([1, 0, 0, 0, 2, 0, 0, 0, 0xBC, 0x0B, 0, 0]), "P1M2DT3.004S");
        assert_eq!(
            uuid(&[0x12, 0x3e, 0x45, 0x67, 0xe8, 0x9b, 0x12, 0xd3, 0xa4, 0x56, 0x42, 0x66, 0x14, 0x17, 0x40, 0])
                .as_deref(),
            Ok("123e4567-e89b-12d3-a456-426614174000")
        );
        for far in [timestamp(i64::MAX, Unit::Millis), local_timestamp(i64::MIN, Unit::Millis), date(i32::MAX)] {
            assert!(far.is_err());
        }
        for no_time in [time(-1, Unit::Millis), time(86_400_000, Unit::Millis), time(i64::MAX, Unit::Micros)] {
            assert!(no_time.is_err());
        }
    }
}
