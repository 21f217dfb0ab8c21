//! The nouns that stand on topics as Avro or JSON, each with its schema.

use crate::avro::{Limits, Reader, Writer};
use crate::json::JsonWriter;
use crate::schema::OurSchema;
use crate::shape::Shape;
use crate::unreadable::Unreadable;
use serde_json::Value as Json;
use touchpoint::output::{
    AccountState, Action, ContactState, Handoff, Review, ScoreChange, SegmentChange, StageTransition,
};
use touchpoint::{Touchpoint, limits};

/// A noun with a published schema.
pub trait Published: Sized {
    const SCHEMA: OurSchema;

    /// Appends the Avro datum, without framing.
    fn write_avro(&self, out: &mut Vec<u8>);

    /// Reads a datum that was written with exactly [`Self::SCHEMA`].
    ///
    /// # Errors
    /// When the bytes are no such datum, or break a limit.
    fn read_avro(datum: &[u8]) -> Result<Self, Unreadable>;

    /// Appends JSON text with the names of the schema.
    fn write_json(&self, out: &mut Vec<u8>);

    /// Reads the tree of JSON text that [`Self::write_json`] wrote, or that another version of the schema became.
    /// Absent fields have the schema's defaults, unknown ones are passed over.
    ///
    /// # Errors
    /// When a field has another form, or breaks a limit.
    fn from_json(json: &Json) -> Result<Self, Unreadable>;
}

macro_rules! published {
    ($noun:ty, $schema:expr, $limits:expr, $check:expr) => {
        impl Published for $noun {
            const SCHEMA: OurSchema = $schema;

            fn write_avro(&self, out: &mut Vec<u8>) {
                self.write(&mut Writer::new(out));
            }

            fn read_avro(datum: &[u8]) -> Result<Self, Unreadable> {
                Reader::whole(datum, $limits, |reader| {
                    let noun: Self = Shape::read(reader)?;
                    $check(&noun)?;
                    Ok(noun)
                })
            }

            fn write_json(&self, out: &mut Vec<u8>) {
                self.write(&mut JsonWriter::new(out));
            }

            fn from_json(json: &Json) -> Result<Self, Unreadable> {
                let noun: Self = Shape::from_json(json)?;
                // A detour that is rarely gone, so that every limit stands in one place: the reader.
                let mut datum = Vec::new();
                noun.write_avro(&mut datum);
                Self::read_avro(&datum)
            }
        }
    };
}

published!(Touchpoint, OurSchema::Touchpoint, Limits::TOUCHPOINT, within_limits);
published!(StageTransition, OurSchema::StageTransition, Limits::OUTPUT, unlimited);
published!(ScoreChange, OurSchema::ScoreChange, Limits::OUTPUT, unlimited);
published!(SegmentChange, OurSchema::SegmentChange, Limits::OUTPUT, unlimited);
published!(Action, OurSchema::Action, Limits::OUTPUT, unlimited);
published!(Handoff, OurSchema::Handoff, Limits::OUTPUT, unlimited);
published!(ContactState, OurSchema::Contact, Limits::OUTPUT, unlimited);
published!(AccountState, OurSchema::Account, Limits::OUTPUT, unlimited);
published!(Review, OurSchema::Review, Limits::OUTPUT, unlimited);

/// What we publish ourselves is bounded by the reader alone.
const fn unlimited<T>(_: &T) -> Result<(), Unreadable> {
    Ok(())
}

/// The limits of single fields, which the reader does not know.
fn within_limits(touchpoint: &Touchpoint) -> Result<(), Unreadable> {
    let too_long = |field: &'static str, text: &str, most: usize| {
        if text.len() > most { Err(Unreadable::too_large("is longer than it may be").within(field)) } else { Ok(()) }
    };
    too_long("source", &touchpoint.input.source, limits::NAME_BYTES_MAX)?;
    too_long("id", &touchpoint.input.id, limits::INPUT_ID_BYTES_MAX)?;
    too_long("channel", &touchpoint.channel, limits::NAME_BYTES_MAX)?;
    too_long("kind", &touchpoint.kind, limits::NAME_BYTES_MAX)?;
    if touchpoint.identifiers.len() > limits::IDENTIFIERS_MAX {
        return Err(Unreadable::too_large("has more entries than it may").within("identifiers"));
    }
    for identifier in &touchpoint.identifiers {
        too_long("identifiers", &identifier.value, limits::IDENTIFIER_BYTES_MAX)?;
    }
    Ok(())
}
