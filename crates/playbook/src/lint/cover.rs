//! Does one test, pattern or condition hold whenever another does? "Yes" is certain; "no" means "not seen".

use crate::model::{Condition, Count, Did, Pattern, Test};
use touchpoint::{Text, Value};

/// Every value that fulfils `narrow` fulfils `wide`.
pub(super) fn test_covers(wide: &Test, narrow: &Test) -> bool {
    match (wide, narrow) {
        (wide, narrow) if wide == narrow => true,
        (Test::Present, Test::Absent) => false,
        (Test::Present, _) => true,
        (wide, Test::OneOf(values)) => values.iter().all(|value| wide.holds(Some(value))),
        (Test::Between(low, high), Test::Between(narrow_low, narrow_high)) => {
            low.is_none_or(|low| narrow_low.is_some_and(|narrow| narrow >= low))
                && high.is_none_or(|high| narrow_high.is_some_and(|narrow| narrow <= high))
        }
        (Test::NoneOf(few), Test::NoneOf(many)) => few.iter().all(|value| many.contains(value)),
        (Test::Prefix(short), Test::Prefix(long)) => long.starts_with(short.as_str()),
        (Test::Contains(short), Test::Contains(long) | Test::Prefix(long)) => long.contains(short.as_str()),
        _ => false,
    }
}

/// Every touchpoint that matches `narrow` matches `wide`.
pub(super) fn pattern_covers(wide: &Pattern, narrow: &Pattern) -> bool {
    fn words<T: PartialEq>(wide: &[T], narrow: &[T]) -> bool {
        wide.is_empty() || (!narrow.is_empty() && narrow.iter().all(|word| wide.contains(word)))
    }
    let tests = |wide: &[(Text, Test)], narrow: &[(Text, Test)]| {
        wide.iter()
            .all(|(name, test)| narrow.iter().any(|(other, tighter)| name == other && test_covers(test, tighter)))
    };
    words(&wide.channels, &narrow.channels)
        && words(&wide.kinds, &narrow.kinds)
        && wide.direction.is_none_or(|direction| narrow.direction == Some(direction))
        && words(&wide.pages, &narrow.pages)
        && wide.pages_not.iter().all(|class| {
            narrow.pages_not.contains(class) || (!narrow.pages.is_empty() && !narrow.pages.contains(class))
        })
        && words(&wide.asset_types, &narrow.asset_types)
        && words(&wide.tags, &narrow.tags)
        && words(&wide.contents, &narrow.contents)
        && words(&wide.campaigns, &narrow.campaigns)
        && words(&wide.dispositions, &narrow.dispositions)
        && words(&wide.reasons, &narrow.reasons)
        && tests(&wide.answers, &narrow.answers)
        && tests(&wide.properties, &narrow.properties)
}

/// Whenever `narrow` holds, `wide` does.
pub(super) fn condition_covers(wide: &Condition, narrow: &Condition) -> bool {
    match (wide, narrow) {
        (wide, narrow) if wide == narrow => true,
        (Condition::All(parts), narrow) => parts.iter().all(|part| condition_covers(part, narrow)),
        (wide, Condition::Any(parts)) => parts.iter().all(|part| condition_covers(wide, part)),
        (wide, Condition::All(parts)) => parts.iter().any(|part| condition_covers(wide, part)),
        (Condition::Any(parts), narrow) => parts.iter().any(|part| condition_covers(part, narrow)),
        (Condition::ScoreAtLeast(a, low), Condition::ScoreAtLeast(b, high)) => a == b && low <= high,
        (Condition::ScoreBelow(a, high), Condition::ScoreBelow(b, low)) => a == b && low <= high,
        (Condition::AnyScoreAtLeast(scores, low), Condition::ScoreAtLeast(score, high)) => {
            scores.contains(score) && low <= high
        }
        (Condition::AnyScoreAtLeast(many, low), Condition::AnyScoreAtLeast(few, high)) => {
            few.iter().all(|score| many.contains(score)) && low <= high
        }
        (Condition::Did(few), Condition::Did(many)) | (Condition::DidNot(many), Condition::DidNot(few)) => {
            did_covers(few, many)
        }
        (Condition::Segment(many), Condition::Segment(few)) => few.iter().all(|segment| many.contains(segment)),
        (Condition::Tier(many), Condition::Tier(few)) => few.iter().all(|tier| many.contains(tier)),
        (
            Condition::Stage { life_cycle: a, stages: many, stood_for: short },
            Condition::Stage { life_cycle: b, stages: few, stood_for: long },
        ) => {
            let as_long = short.is_none_or(|short| long.is_some_and(|long| short.is_at_most(long)));
            a == b && few.iter().all(|stage| many.contains(stage)) && as_long
        }
        (Condition::Fit(many), Condition::Fit(few)) => few.iter().all(|grade| many.contains(grade)),
        (Condition::Attribute(of, name, wide), Condition::Attribute(other_of, other, narrow)) => {
            of == other_of && name == other && test_covers(wide, narrow)
        }
        (Condition::Answer(name, wide), Condition::Answer(other, narrow))
        | (Condition::AnsweredSince(name, wide), Condition::AnsweredSince(other, narrow)) => {
            name == other && test_covers(wide, narrow)
        }
        // Nothing since then may be something before.
        (Condition::Answer(name, wide), Condition::AnsweredSince(other, narrow)) => {
            name == other && *narrow != Test::Absent && test_covers(wide, narrow)
        }
        (Condition::Touchpoint(many), Condition::Touchpoint(few)) => {
            few.iter().all(|narrow| many.iter().any(|wide| pattern_covers(wide, narrow)))
        }
        (Condition::Feedback { kinds: many, reasons: wide }, Condition::Feedback { kinds: few, reasons: narrow }) => {
            few.iter().all(|kind| many.contains(kind))
                && (wide.is_empty() || (!narrow.is_empty() && narrow.iter().all(|reason| wide.contains(reason))))
        }
        (Condition::Quiet(short), Condition::Quiet(long))
        | (Condition::SinceMark(short), Condition::SinceMark(long)) => short <= long,
        (Condition::HoldPassed { after: short }, Condition::HoldPassed { after: long }) => short.is_at_most(*long),
        _ => false,
    }
}

/// Can the two never hold together? Looks at the parts that must all hold.
pub(super) fn contradiction(parts: &[Condition]) -> Option<(&Condition, &Condition)> {
    let pairs = parts.iter().enumerate().flat_map(|(at, a)| parts[at + 1..].iter().map(move |b| (a, b)));
    pairs.into_iter().find(|(a, b)| excludes(a, b) || excludes(b, a))
}

fn excludes(a: &Condition, b: &Condition) -> bool {
    match (a, b) {
        (Condition::ScoreAtLeast(a, least), Condition::ScoreBelow(b, below)) => a == b && least >= below,
        (Condition::Fit(a), Condition::Fit(b)) => !a.iter().any(|grade| b.contains(grade)),
        (Condition::Attribute(of, name, a), Condition::Attribute(other_of, other, b)) => {
            of == other_of && name == other && tests_exclude(a, b)
        }
        (Condition::Answer(name, a), Condition::Answer(other, b)) => name == other && tests_exclude(a, b),
        (Condition::Not(inner), other) => condition_covers(inner, other),
        (Condition::DidNot(few), Condition::Did(many)) => did_covers(few, many),
        (Condition::Reading(a), Condition::Reading(b)) => a != b,
        (Condition::Tier(a), Condition::Tier(b)) => !a.iter().any(|tier| b.contains(tier)),
        (Condition::Stage { life_cycle: a, stages, .. }, Condition::Stage { life_cycle: b, stages: others, .. }) => {
            a == b && !stages.iter().any(|stage| others.contains(stage))
        }
        _ => false,
    }
}

/// Whoever did `many` did `few`.
fn did_covers(few: &Did, many: &Did) -> bool {
    let enough = match (few.at_least, many.at_least) {
        (Count::Times(few), Count::Times(many) | Count::Days(many)) | (Count::Days(few), Count::Days(many)) => {
            few <= many
        }
        (Count::Days(few), Count::Times(_)) => few <= 1,
    };
    let as_long = few.within.is_none_or(|few| many.within.is_some_and(|many| many <= few));
    let as_late = !few.since_stage || many.since_stage;
    few.behaviour == many.behaviour && enough && as_long && as_late
}

fn tests_exclude(a: &Test, b: &Test) -> bool {
    let none = |values: &[Value], test: &Test| !values.iter().any(|value| test.holds(Some(value)));
    match (a, b) {
        (Test::Absent, other) | (other, Test::Absent) => *other != Test::Absent,
        (Test::OneOf(values), other) | (other, Test::OneOf(values)) => none(values, other),
        (Test::Between(low, high), Test::Between(other_low, other_high)) => {
            let apart = |low: &Option<touchpoint::Decimal>, high: &Option<touchpoint::Decimal>| {
                low.zip(*high).is_some_and(|(low, high)| low > high)
            };
            apart(low, other_high) || apart(other_low, high)
        }
        _ => false,
    }
}
