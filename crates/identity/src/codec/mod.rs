//! The bytes of rows, messages and routings: one version byte, then postcard. The same value gives the same bytes.

use crate::message::{Message, Notice, Routing};
use crate::row::Row;
use serde::Serialize;
use serde::de::DeserializeOwned;

/// The format written. A change of any type below it is a new number, and a way to read the former.
pub const FORMAT: u8 = 1;

/// Bytes cannot be written or read.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum CodecError {
    /// Written by a newer binary.
    #[error("{what}: format {found} is newer than this binary's {FORMAT}; run the newer binary")]
    Newer { what: &'static str, found: u8 },
    #[error("{what}: malformed ({reason}); it was not written by this service, or is damaged")]
    Malformed { what: &'static str, reason: postcard::Error },
}

/// What has bytes of its own.
pub trait Coded: Sized {
    /// Appends the bytes.
    ///
    /// # Errors
    /// [`CodecError::Malformed`]; no value that the router makes has no bytes.
    fn encode(&self, out: &mut Vec<u8>) -> Result<(), CodecError>;

    /// Reads what [`Self::encode`] wrote; bytes left over are malformed.
    ///
    /// # Errors
    /// [`CodecError`].
    fn decode(bytes: &[u8]) -> Result<Self, CodecError>;
}

macro_rules! coded {
    ($($type:ty = $what:literal),+ $(,)?) => {$(
        impl Coded for $type {
            fn encode(&self, out: &mut Vec<u8>) -> Result<(), CodecError> {
                write($what, self, out)
            }

            fn decode(bytes: &[u8]) -> Result<Self, CodecError> {
                read($what, bytes)
            }
        }
    )+};
}

coded!(Row = "row", Message = "message", Routing = "routing", Notice = "notice");

fn write<T: Serialize>(what: &'static str, value: &T, out: &mut Vec<u8>) -> Result<(), CodecError> {
    out.push(FORMAT);
    *out = postcard::to_extend(value, std::mem::take(out)).map_err(|reason| CodecError::Malformed { what, reason })?;
    Ok(())
}

fn read<T: DeserializeOwned>(what: &'static str, bytes: &[u8]) -> Result<T, CodecError> {
    let malformed = |reason| CodecError::Malformed { what, reason };
    match bytes.split_first() {
        Some((&FORMAT, body)) => match postcard::take_from_bytes(body).map_err(malformed)? {
            (value, []) => Ok(value),
            (_, _) => Err(malformed(postcard::Error::DeserializeBadEncoding)),
        },
        Some((&found, _)) if found > FORMAT => Err(CodecError::Newer { what, found }),
        _ => Err(malformed(postcard::Error::DeserializeUnexpectedEnd)),
    }
}

/// How many bytes a value takes in a row: what a row keeps of touchpoints is bounded by these, too, since any of them
/// may be large.
pub(crate) fn bytes_of<T: Serialize + ?Sized>(value: &T) -> usize {
    postcard::experimental::serialized_size(value).unwrap_or(usize::MAX)
}

#[cfg(test)]
mod tests;
