//! How many points: a number, by answer, by property, or by cases.

use crate::units::{Points, Word};
use notation::mistake::Notes;
use notation::reading::{At, Named, Read};
use notation::section;
use notation::yaml::{Node, What};
use schemars::{JsonSchema, Schema, SchemaGenerator, json_schema};
use std::borrow::Cow;

use super::PatternText;

section! {
    /// Points by the answer to a question (a newer answer replaces the former's points) or by a property.
    struct PointsByValue {
        /// The question.
        answer: Option<At<Word>>,
        /// The property.
        property: Option<At<Word>>,
        /// Value -> points. Others give none.
        values: Named<At<Points>>,
    }
}

section! {
    /// Points for a pattern; of several cases the first that matches counts.
    struct CaseText {
        /// Which touchpoints.
        when: PatternText,
        /// How many points.
        points: At<Points>,
    }
}

#[derive(Debug)]
pub(crate) enum PointsText {
    Fixed(At<Points>),
    ByValue(PointsByValue),
    Cases(Vec<CaseText>),
}

impl Read for PointsText {
    fn read(node: &Node, notes: &mut Notes) -> Option<Self> {
        match &node.what {
            What::Scalar { .. } => At::read(node, notes).map(Self::Fixed),
            What::Map(_) => PointsByValue::read(node, notes).map(Self::ByValue),
            What::List(_) => Vec::read(node, notes).map(Self::Cases),
        }
    }
}

impl JsonSchema for PointsText {
    fn schema_name() -> Cow<'static, str> {
        "RulePoints".into()
    }

    fn json_schema(generator: &mut SchemaGenerator) -> Schema {
        let fixed = generator.subschema_for::<Points>();
        let by_value = generator.subschema_for::<PointsByValue>();
        let case = generator.subschema_for::<CaseText>();
        json_schema!({
            "description": "A number, points by answer or property, or a list of cases of which the first that matches counts.",
            "anyOf": [fixed, by_value, { "type": "array", "items": case, "minItems": 1 }]
        })
    }
}
