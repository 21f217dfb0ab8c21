//! Records: fields in the order of the schema, some of which are another noun's fields in its place.

use super::{Shape, Sink};
use crate::avro::Reader;
use crate::unreadable::Unreadable;
use serde_json::{Map, Value as Json};

/// A list of fields, as a record of its own or as part of a larger one.
pub(crate) trait Fields: Sized {
    fn write_fields<S: Sink>(&self, sink: &mut S);
    fn read_fields(reader: &mut Reader<'_>) -> Result<Self, Unreadable>;
    fn fields_from_json(object: &Map<String, Json>) -> Result<Self, Unreadable>;
}

pub(crate) fn read_field<T: Shape>(reader: &mut Reader<'_>, name: &'static str) -> Result<T, Unreadable> {
    T::read(reader).map_err(|e| e.within(name))
}

pub(crate) fn field_from_json<T: Shape>(object: &Map<String, Json>, name: &'static str) -> Result<T, Unreadable> {
    match object.get(name) {
        Some(json) => T::from_json(json),
        None => T::absent().ok_or(Unreadable::malformed("is missing")),
    }
    .map_err(|e| e.within(name))
}

pub(crate) fn write_record<T: Fields, S: Sink>(record: &T, sink: &mut S) {
    sink.begin_record();
    record.write_fields(sink);
    sink.end_record();
}

pub(crate) fn record_from_json<T: Fields>(json: &Json) -> Result<T, Unreadable> {
    match json {
        Json::Object(object) => T::fields_from_json(object),
        _ => Err(Unreadable::malformed("is no record")),
    }
}

/// Says which fields a struct has on the wire, in order: `name`, `name as "other"`, or `..name` for a struct whose
/// fields stand in the record itself.
macro_rules! record {
    ($noun:ty { $( $(..$flat:ident)? $($name:ident $(as $other:literal)?)? ),+ }) => {
        impl $crate::shape::Fields for $noun {
            fn write_fields<S: $crate::shape::Sink>(&self, sink: &mut S) {
                $(
                    $( $crate::shape::Fields::write_fields(&self.$flat, sink); )?
                    $(
                        sink.field($crate::shape::record!(@name $name $($other)?));
                        $crate::shape::Shape::write(&self.$name, sink);
                    )?
                )+
            }

            fn read_fields(
                reader: &mut $crate::avro::Reader<'_>,
            ) -> Result<Self, $crate::unreadable::Unreadable> {
                // Struct expressions evaluate their fields in the order written: the order of the schema.
                Ok(Self { $(
                    $( $flat: $crate::shape::Fields::read_fields(reader)?, )?
                    $( $name: $crate::shape::read_field(reader, $crate::shape::record!(@name $name $($other)?))?, )?
                )+ })
            }

            fn fields_from_json(
                object: &serde_json::Map<String, serde_json::Value>,
            ) -> Result<Self, $crate::unreadable::Unreadable> {
                Ok(Self { $(
                    $( $flat: $crate::shape::Fields::fields_from_json(object)?, )?
                    $( $name: $crate::shape::field_from_json(object, $crate::shape::record!(@name $name $($other)?))?, )?
                )+ })
            }
        }

        $crate::shape::record!(@shape $noun);
    };
    (@shape $noun:ty) => {
        impl $crate::shape::Shape for $noun {
            fn write<S: $crate::shape::Sink>(&self, sink: &mut S) {
                $crate::shape::write_record(self, sink);
            }

            fn read(reader: &mut $crate::avro::Reader<'_>) -> Result<Self, $crate::unreadable::Unreadable> {
                $crate::shape::Fields::read_fields(reader)
            }

            fn from_json(json: &serde_json::Value) -> Result<Self, $crate::unreadable::Unreadable> {
                $crate::shape::record_from_json(json)
            }
        }
    };
    (@name $name:ident) => { stringify!($name) };
    (@name $name:ident $other:literal) => { $other };
}
pub(crate) use record;
