//! Single values that every language has.

use crate::reading::Unit;
use jiff::tz::{TimeZone, TimeZoneDatabase};
use schemars::{Schema, json_schema};

/// `true` or `false`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct YesNo(pub bool);

/// A time zone by its IANA name.
#[derive(Clone, Debug)]
pub struct Zone(pub TimeZone);

crate::units!(YesNo, Zone);

impl Unit for YesNo {
    const NAME: &str = "";

    fn parse(text: &str, plain: bool) -> Result<Self, String> {
        match (text, plain) {
            ("true", true) => Ok(Self(true)),
            ("false", true) => Ok(Self(false)),
            _ => Err("expected true or false".to_owned()),
        }
    }

    fn unit_schema() -> Schema {
        json_schema!({ "type": "boolean" })
    }
}

impl Unit for Zone {
    const NAME: &str = "";

    fn parse(text: &str, _: bool) -> Result<Self, String> {
        // The bundled table, so that a replay does not depend on the machine.
        let zone = TimeZoneDatabase::bundled().get(text);
        zone.map(Self).map_err(|_| "expected a time zone by its IANA name, such as Asia/Tokyo".to_owned())
    }

    fn unit_schema() -> Schema {
        json_schema!({ "type": "string" })
    }
}
