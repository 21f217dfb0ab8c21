//! The canonical form as a tree of places: which fields there are, in the order in which they are told. Its reader refuses
//! others, and mapping files fill these.

/// What stands in a place of the canonical form.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Shape {
    /// One value.
    Value(Want),
    /// One value or several: the identifiers of one kind.
    Values,
    /// These fields. Without those that it needs there is nothing.
    Object(&'static [Field]),
    /// Fields of any name, each with a value; `clears`: nothing may be said of one on purpose.
    Free { clears: bool },
    /// Several of these.
    List(&'static [Field]),
    /// What a mapping says elsewhere than in its tree.
    Apart,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Field {
    pub(crate) name: &'static str,
    pub(crate) shape: Shape,
    pub(crate) is_needed: bool,
}

/// What a value is read as where nothing is said.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Want {
    Text,
    /// Whatever it is.
    Any,
    /// A word of ours: written without `{is: ...}`.
    Word,
    Time,
    /// A whole number, or a time as milliseconds.
    Version,
    Decimal,
    Day,
}

const fn field(name: &'static str, shape: Shape) -> Field {
    Field { name, shape, is_needed: false }
}

const fn needed(name: &'static str, shape: Shape) -> Field {
    Field { name, shape, is_needed: true }
}

const TEXT: Shape = Shape::Value(Want::Text);

pub(crate) const IDENTIFIERS: &[Field] = &[
    field("contact", Shape::Values),
    field("crm_id", Shape::Values),
    field("email", Shape::Values),
    field("card", Shape::Values),
    field("phone", Shape::Values),
    field("badge", Shape::Values),
    field("cookie", Shape::Values),
];

pub(crate) const ACCOUNT: &[Field] = &[
    field("ids", Shape::Values),
    field("corporate_number", TEXT),
    field("domain", TEXT),
    field("name", TEXT),
    field("unit", TEXT),
    field("phone", TEXT),
];

pub(crate) const OPPORTUNITY: &[Field] = &[
    needed("id", TEXT),
    field("type", TEXT),
    field("stage", TEXT),
    field("amount", Shape::Value(Want::Decimal)),
    field("currency", TEXT),
    field("products", Shape::Values),
    field("close_on", Shape::Value(Want::Day)),
    field("contacts", Shape::List(OPPORTUNITY_CONTACT)),
];

pub(crate) const PERSON: &[Field] = &[
    field("family_name", TEXT),
    field("given_name", TEXT),
    field("family_kana", TEXT),
    field("given_kana", TEXT),
    field("name", TEXT),
    field("company", TEXT),
    field("department", TEXT),
    field("title", TEXT),
    field("phones", Shape::List(PHONE)),
    field("language", TEXT),
];

pub(crate) const CONSENT: &[Field] = &[
    needed("purpose", Shape::Value(Want::Word)),
    field("channel", Shape::Value(Want::Word)),
    needed("state", Shape::Value(Want::Word)),
    field("basis", Shape::Value(Want::Word)),
    field("at", Shape::Value(Want::Time)),
    field("evidence", TEXT),
];

pub(crate) const OPPORTUNITY_CONTACT: &[Field] = &[needed("crm_id", TEXT), field("role", TEXT)];

pub(crate) const PHONE: &[Field] = &[needed("kind", Shape::Value(Want::Word)), needed("number", TEXT)];

pub(crate) const ORIGIN: &[Field] =
    &[field("source", TEXT), field("medium", TEXT), field("term", TEXT), field("partner", TEXT)];

pub(crate) const ACTOR: &[Field] = &[field("id", TEXT), field("role", TEXT)];

pub(crate) const ATTRIBUTES: &[Field] = &[field("contact", CHANGES), field("account", CHANGES)];

const FREE: Shape = Shape::Free { clears: false };
const CHANGES: Shape = Shape::Free { clears: true };

/// The whole touchpoint.
pub(crate) const TOUCHPOINT: &[Field] = &[
    field("source", Shape::Apart),
    field("id", Shape::Apart),
    field("version", Shape::Value(Want::Version)),
    field("void", Shape::Apart),
    field("occurred_at", Shape::Value(Want::Time)),
    field("channel", Shape::Apart),
    field("kind", Shape::Apart),
    field("direction", Shape::Value(Want::Word)),
    field("identifiers", Shape::Object(IDENTIFIERS)),
    field("account", Shape::Object(ACCOUNT)),
    field("opportunity", Shape::Object(OPPORTUNITY)),
    field("campaign", TEXT),
    field("content", TEXT),
    field("action", TEXT),
    field("origin", Shape::Object(ORIGIN)),
    field("actor", Shape::Object(ACTOR)),
    field("disposition", TEXT),
    field("reason", TEXT),
    field("until", Shape::Value(Want::Day)),
    field("answers", FREE),
    field("properties", FREE),
    field("attributes", Shape::Object(ATTRIBUTES)),
    field("person", Shape::Object(PERSON)),
    field("consent", Shape::List(CONSENT)),
];
