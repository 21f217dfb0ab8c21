//! Outcomes as lines of JSON: what `sources try` prints and the golden corpus expects.

use crate::canonical::to_json;
use serde_json::{Value, json};
use touchpoint::Outcome;

/// `{"touchpoint":...}`, `{"dropped":reason}` or `{"rejected":{code,field,message}}`.
pub fn outcome_to_json(outcome: &Outcome) -> Value {
    match outcome {
        Outcome::Touchpoint(touchpoint) => json!({ "touchpoint": to_json(touchpoint) }),
        Outcome::Dropped(reason) => json!({ "dropped": reason.0 }),
        Outcome::Rejected(rejection) => json!({ "rejected": {
            "code": rejection.code.code(),
            "field": rejection.field.as_str(),
            "message": rejection.message,
        }}),
    }
}
