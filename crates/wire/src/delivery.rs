//! Records of the inbox that come from the router: a version byte, then postcard. Only our own services read them.

use touchpoint::Delivery;

/// The form as of now. Another one gets another number, and this one stays readable until no topic holds it.
const VERSION: u8 = 1;

/// The bytes are no delivery that this version can read.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum DeliveryUnreadable {
    #[error("a delivery is empty")]
    Empty,
    #[error("a delivery has version {0}, this software reads version {VERSION}; a newer one wrote it: upgrade first")]
    Version(u8),
    #[error("a delivery does not read: {0}")]
    Malformed(#[from] postcard::Error),
    #[error("a delivery has {0} bytes after its end")]
    Longer(usize),
}

/// Appends a delivery.
///
/// # Errors
/// Never in memory; postcard's signature allows it.
pub fn write_delivery(delivery: &Delivery, out: &mut Vec<u8>) -> Result<(), postcard::Error> {
    out.push(VERSION);
    postcard::to_io(delivery, out).map(|_| ())
}

/// # Errors
/// When the bytes are no delivery of a known version.
pub fn read_delivery(bytes: &[u8]) -> Result<Delivery, DeliveryUnreadable> {
    match bytes.split_first() {
        None => Err(DeliveryUnreadable::Empty),
        Some((&VERSION, rest)) => match postcard::take_from_bytes(rest)? {
            (delivery, []) => Ok(delivery),
            (_, longer) => Err(DeliveryUnreadable::Longer(longer.len())),
        },
        Some((&version, _)) => Err(DeliveryUnreadable::Version(version)),
    }
}
