//! The fields of the canonical touchpoint, in the order of `schemas/avro/touchpoint.avsc`.

use crate::avro::Reader;
use crate::shape::{Shape, Sink, record, word};
use crate::unreadable::Unreadable;
use serde_json::Value as Json;
use touchpoint::{
    AccountRef, Actor, Consent, ConsentState, Direction, Identifier, IdentifierKind, InputId, Opportunity,
    OpportunityContact, Origin, Person, PersonPhone, Touchpoint,
};

record!(Touchpoint {
    ..input, version, void, occurred_at, channel, kind, direction, identifiers, account, opportunity, campaign, content,
    action, origin, actor, disposition, reason, until, answers, properties, attributes, person, consent,
});
record!(InputId { source, id });
record!(AccountRef { ids, corporate_number, domain, name, unit, phone });
record!(Opportunity { id, kind as "type", stage, amount, currency, products, close_on, contacts });
record!(OpportunityContact { crm_id, role });
record!(Origin { source, medium, term, partner });
record!(Actor { id, role });
record!(Person {
    family_name,
    given_name,
    family_kana,
    given_kana,
    name,
    company,
    department,
    title,
    phones,
    language,
});
record!(PersonPhone { kind, number });
record!(Consent { purpose, channel, state, basis, at, evidence });

word!(Direction, direction_name, [Direction::In, Direction::Out]);
word!(ConsentState, consent_name, [ConsentState::Granted, ConsentState::Denied]);

const fn direction_name(direction: Direction) -> &'static str {
    match direction {
        Direction::In => "in",
        Direction::Out => "out",
    }
}

const fn consent_name(state: ConsentState) -> &'static str {
    match state {
        ConsentState::Granted => "granted",
        ConsentState::Denied => "denied",
    }
}

/// A record with one list per kind, as people write it. The noun's order (strongest kind first, the source's order
/// within a kind) is the record's.
impl Shape for Vec<Identifier> {
    fn write<S: Sink>(&self, sink: &mut S) {
        sink.begin_record();
        for kind in IdentifierKind::ALL {
            let count = self.iter().filter(|identifier| identifier.kind == kind).count();
            sink.field(kind.as_str());
            sink.begin_array(count);
            for identifier in self.iter().filter(|identifier| identifier.kind == kind) {
                sink.item();
                sink.text(&identifier.value);
            }
            sink.end_array(count);
        }
        sink.end_record();
    }

    fn read(reader: &mut Reader<'_>) -> Result<Self, Unreadable> {
        let mut identifiers = Self::new();
        for kind in IdentifierKind::ALL {
            reader
                .entries(|reader| {
                    identifiers.push(Identifier::new(kind, reader.text()?));
                    Ok(())
                })
                .map_err(|e| e.within(kind.as_str()))?;
        }
        Ok(identifiers)
    }

    fn from_json(json: &Json) -> Result<Self, Unreadable> {
        const NO_TEXT: Unreadable = Unreadable::malformed("is no text");
        let Json::Object(object) = json else {
            return Err(Unreadable::malformed("is no record"));
        };
        let mut identifiers = Self::new();
        for kind in IdentifierKind::ALL {
            match object.get(kind.as_str()) {
                None | Some(Json::Null) => {}
                Some(Json::Array(values)) => {
                    for value in values {
                        let value = value.as_str().ok_or(NO_TEXT).map_err(|e| e.within(kind.as_str()))?;
                        identifiers.push(Identifier::new(kind, value));
                    }
                }
                Some(_) => return Err(Unreadable::malformed("is no list").within(kind.as_str())),
            }
        }
        Ok(identifiers)
    }

    fn absent() -> Option<Self> {
        Some(Self::new())
    }
}
