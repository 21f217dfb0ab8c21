//! Conditions: one word each, names resolved, thresholds inside the score's range.

use super::behaviours::did;
use super::calendars::has_calendar;
use super::names::Names;
use super::patterns::{answers, patterns};
use super::standing;
pub(crate) use super::standing::date;
use crate::language::{ConditionText, Hours, TestText};
use crate::limits;
use crate::model::{AttributeOf, Condition, Did, Score, ScoreIx, Segment, Tier};
use crate::units::{Points, Word};
use crate::vocabulary::FEEDBACK;
use notation::mistake::{MistakeKind, Notes, Span};
use notation::reading::{At, Named};
use touchpoint::Text;

/// What a condition is compiled against.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Known<'a> {
    pub(crate) names: &'a Names,
    pub(crate) scores: &'a [Score],
    /// Those compiled so far.
    pub(crate) segments: &'a [Segment],
    pub(crate) tiers: &'a [Tier],
    /// Of the calendar that business time is counted by.
    pub(crate) hours: Option<Hours>,
    pub(crate) asks: Asks,
}

/// Who asks, and so which words make sense.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Asks {
    /// What opens or ends a stage of this life cycle.
    Stage(u16),
    /// What brings back from the recycle box.
    Return,
    /// While it holds, somebody is in this life cycle.
    LifeCycle(u16),
    /// Holds for a time: words about the touchpoint at hand or the stage have no place.
    Reading,
    /// A rule, of the touchpoint at hand.
    Rule,
    /// A rule that gives points for a reading, which begins by time, too.
    Reward,
    /// For whom a piece of content is: looked at at any time.
    Content,
    /// Who comes into a programme, or when all are silent.
    Programme,
    /// Who leaves a programme.
    Leaving,
    /// A step of a programme.
    Step,
    /// Who is handed over, and to whom.
    Handoff,
    /// Who is in this segment.
    Segment(u16),
    /// A company's tier.
    Tier,
    /// What opens or ends a stage of this life cycle of accounts, or says who is in it.
    Account(u16),
}

impl Known<'_> {
    pub(crate) fn asking(self, asks: Asks) -> Self {
        Self { asks, ..self }
    }
}

impl Asks {
    /// Why a word means nothing here.
    fn refuses(self, head: &str) -> Option<&'static str> {
        let one_touchpoint = matches!(head, "touchpoint" | "feedback" | "own_touchpoint");
        match self {
            Self::Account(_)
                if !matches!(
                    head,
                    "all" | "any" | "not" | "account" | "members" | "score" | "stage" | "tier" | "date" | "feedback"
                ) =>
            {
                Some("this is asked of a company; count its contacts by a segment: `{members: 2, in_segment: ...}`")
            }
            Self::Account(_) => None,
            _ if head == "members" => Some("contacts have no members; the word is for life cycles of accounts"),
            Self::Tier if !matches!(head, "all" | "any" | "not" | "account") => {
                Some("a tier is the company's, and rests on attributes of the account")
            }
            Self::Reading
            | Self::Segment(_)
            | Self::LifeCycle(_)
            | Self::Programme
            | Self::Leaving
            | Self::Step
            | Self::Handoff
                if one_touchpoint =>
            {
                Some("this holds for a time, and the word is about one touchpoint; count a behaviour with `did`")
            }
            Self::Reward if one_touchpoint => {
                Some("the points are for a reading, which also begins without a touchpoint")
            }
            Self::Content if one_touchpoint => Some(
                "content is for people at any time, and this is about one touchpoint; count a behaviour with `did`",
            ),
            Self::Content if matches!(head, "hold_passed_by" | "return_due") => {
                Some("at which stage somebody stands is said by `stages`")
            }
            Self::Handoff if head == "handoff" => Some("a hand-off rests on no other"),
            Self::Handoff | Self::Programme | Self::Leaving | Self::Step
                if !matches!(head, "hold_passed_by" | "return_due") =>
            {
                None
            }
            Self::Stage(_) if matches!(head, "came_by" | "came_from") => None,
            _ if matches!(head, "came_by" | "came_from") => Some("the word is for stages, programmes and hand-offs"),
            _ if head == "handed_over_by_tier" => Some("the word is for programmes and hand-offs"),
            Self::Reading if head == "handoff" => Some("a reading rests on what is done"),
            Self::Reading if head == "reading" => Some("a reading rests on no other"),
            Self::Reading if matches!(head, "stage" | "segment" | "tier") => {
                Some("a reading rests on what is done; stages and segments rest on readings")
            }
            Self::Return if head == "return_due" => Some("a return does not wait for itself"),
            Self::Stage(_) | Self::Return => None,
            _ if matches!(head, "hold_passed_by" | "return_due") => Some("this is about a stage"),
            _ => None,
        }
    }
}

/// `None`: noted.
pub(crate) fn condition(text: &ConditionText, known: Known<'_>, notes: &mut Notes) -> Option<Condition> {
    let head = head(text, notes)?;
    companions(text, head, notes)?;
    if let Some(why) = known.asks.refuses(head) {
        notes.add(MistakeKind::WrongForm, text.span, format!("`{head}` means nothing here: {why}"));
        return None;
    }
    let names = known.names;
    Some(match head {
        "all" => Condition::All(parts(text.all.as_deref()?, text.span, known, notes)?),
        "any" => Condition::Any(parts(text.any.as_deref()?, text.span, known, notes)?),
        "not" => negated(condition(text.not.as_deref()?, known, notes)?),
        "score" if matches!(known.asks, Asks::Account(_)) => standing::account_score(text, known, notes)?,
        "score" => {
            let score = names.scores.find(text.score.as_ref()?, notes)?;
            match (&text.at_least, &text.below) {
                (Some(least), _) => Condition::ScoreAtLeast(score, threshold(least, &[score], true, known, notes)?),
                (None, below) => {
                    Condition::ScoreBelow(score, threshold(below.as_ref()?, &[score], false, known, notes)?)
                }
            }
        }
        "any_score" => {
            let scores = names.families.find(text.any_score.as_ref()?, notes)?;
            let least = threshold(text.at_least.as_ref()?, &scores, true, known, notes)?;
            Condition::AnyScoreAtLeast(scores, least)
        }
        "did" => {
            let since_stage = since_stage(text, known.asks, notes)?;
            Condition::Did(Did { since_stage, ..did(text, names, notes)? })
        }
        "reading" => Condition::Reading(names.readings.find(text.reading.as_ref()?, notes)?),
        "close" => standing::close(text, known, notes)?,
        "segment" => standing::segments(&text.segment, known, notes)?,
        "tier" => {
            let tiers: Vec<Option<_>> = text.tier.0.iter().map(|tier| names.tiers.find(tier, notes)).collect();
            Condition::Tier(tiers.into_iter().collect::<Option<_>>()?)
        }
        "members" => {
            let (at_least, segment) = standing::counted(text, text.members.as_ref()?, known, notes)?;
            Condition::Members { at_least, segment }
        }
        "colleagues" => {
            let (at_least, segment) = standing::counted(text, text.colleagues.as_ref()?, known, notes)?;
            Condition::Colleagues { at_least, segment }
        }
        "account_stage" => standing::account_stages(&text.account_stage, known, notes)?,
        "stage" => standing::stages(text, known, notes)?,
        "came_by" => standing::came_by(text, known, notes)?,
        "came_from" => standing::came_from(text, known, notes)?,
        "date" => standing::near(text, names, notes)?,
        "consent" => standing::consent(text, names, notes)?,
        "reachable" => standing::reachable(text.reachable.as_ref()?, notes)?,
        "fit" => {
            let grades = text.fit.0.iter().map(|grade| names.grades.find(grade, notes).map(|_| grade.value.0.clone()));
            // All are looked up before the first unknown one ends it.
            let grades: Vec<Option<Text>> = grades.collect();
            Condition::Fit(grades.into_iter().collect::<Option<_>>()?)
        }
        "known" => affirmed(Condition::Known, text.known?.0),
        "contact" => attributes(&text.contact, AttributeOf::Contact, names, notes)?,
        "account" => attributes(&text.account, AttributeOf::Account, names, notes)?,
        "answer" => {
            let tests = answers(&text.answer, names, notes).into_iter();
            match since_stage(text, known.asks, notes)? {
                false => all_of(tests.map(|(question, test)| Condition::Answer(question, test)).collect()),
                true => all_of(tests.map(|(question, test)| Condition::AnsweredSince(question, test)).collect()),
            }
        }
        "touchpoint" => Condition::Touchpoint(patterns(&text.touchpoint.0, names, notes)),
        "feedback" => {
            for kind in &text.feedback.0 {
                if !FEEDBACK.contains(&kind.value.0.as_str()) {
                    notes
                        .add(MistakeKind::UnknownName, kind.span, format!("there is no feedback `{}`", kind.value.0))
                        .help(notation::nearest::suggestion(&kind.value.0, FEEDBACK.iter().copied()));
                }
            }
            let reasons = names.reasons.known(&text.reasons, notes);
            Condition::Feedback { kinds: text.feedback.0.iter().map(|kind| kind.value.0.clone()).collect(), reasons }
        }
        "quiet_for" => Condition::Quiet(text.quiet_for?.0),
        "since_last_word" => Condition::SinceMark(text.since_last_word?.0),
        "hold_passed_by" => {
            let after = text.hold_passed_by.as_ref()?;
            Condition::HoldPassed { after: has_calendar(after.value.0, after.span, names, notes) }
        }
        "handoff" => standing::handoff(text, known, notes)?,
        "handed_over_by_tier" => affirmed(super::handoffs::by_tier(known.tiers), text.handed_over_by_tier?.0),
        "return_due" => affirmed(Condition::ReturnDue, text.return_due?.0),
        _ => affirmed(Condition::OwnTouchpoint, text.own_touchpoint?.0),
    })
}

/// Whether only what came since the stage was entered counts. `None`: noted.
fn since_stage(text: &ConditionText, asks: Asks, notes: &mut Notes) -> Option<bool> {
    let Some(since) = &text.since else { return Some(false) };
    let (word, counts) = match since.value.0.as_str() {
        "stage" => ("stage", matches!(asks, Asks::Stage(_) | Asks::Return)),
        "step" => ("step", asks == Asks::Step),
        "programme" => ("programme", asks == Asks::Leaving),
        other => {
            let message = format!("nothing counts since `{other}`");
            notes
                .add(MistakeKind::UnknownName, since.span, message)
                .help("write `since: stage`, in a programme `since: step` or `since: programme`, or leave it out");
            return None;
        }
    };
    if !counts {
        let message = format!("`since: {word}` means nothing here: nobody asks for a {word}");
        notes.add(MistakeKind::WrongForm, since.span, message);
        return None;
    }
    Some(true)
}

/// The one word that says what the condition is about.
fn head(text: &ConditionText, notes: &mut Notes) -> Option<&'static str> {
    let heads = [
        ("all", text.all.is_some()),
        ("any", text.any.is_some()),
        ("not", text.not.is_some()),
        ("score", text.score.is_some()),
        ("any_score", text.any_score.is_some()),
        ("did", text.did.is_some()),
        ("reading", text.reading.is_some()),
        ("close", text.close.is_some()),
        ("segment", !text.segment.is_empty()),
        ("tier", !text.tier.is_empty()),
        ("stage", !text.stage.is_empty()),
        ("came_by", !text.came_by.is_empty()),
        ("came_from", !text.came_from.is_empty()),
        ("members", text.members.is_some()),
        ("colleagues", text.colleagues.is_some()),
        ("account_stage", !text.account_stage.is_empty()),
        ("date", text.date.is_some()),
        ("fit", !text.fit.is_empty()),
        ("known", text.known.is_some()),
        ("contact", !text.contact.is_empty()),
        ("account", !text.account.is_empty()),
        ("answer", !text.answer.is_empty()),
        ("consent", !text.consent.is_empty()),
        ("reachable", text.reachable.is_some()),
        ("touchpoint", !text.touchpoint.is_empty()),
        ("feedback", !text.feedback.is_empty()),
        ("quiet_for", text.quiet_for.is_some()),
        ("since_last_word", text.since_last_word.is_some()),
        ("hold_passed_by", text.hold_passed_by.is_some()),
        ("handoff", text.handoff.is_some()),
        ("handed_over_by_tier", text.handed_over_by_tier.is_some()),
        ("return_due", text.return_due.is_some()),
        ("own_touchpoint", text.own_touchpoint.is_some()),
    ];
    let said: Vec<&'static str> = heads.iter().filter(|(_, said)| *said).map(|(word, _)| *word).collect();
    match said.as_slice() {
        [one] => Some(one),
        [] => {
            let words: Vec<&str> = heads.iter().map(|(word, _)| *word).collect();
            let help = format!("say one of: {}", words.join(", "));
            notes.add(MistakeKind::Empty, text.span, "this condition asks for nothing").help(help);
            None
        }
        several => {
            let message = format!("a condition has one word, this one has {}: {}", several.len(), several.join(", "));
            notes.add(MistakeKind::WrongForm, text.span, message).help("put them into `all: [...]` or `any: [...]`");
            None
        }
    }
}

/// Words that only go with another one.
fn companions(text: &ConditionText, head: &str, notes: &mut Notes) -> Option<()> {
    let mut wrong = |message: &str| {
        notes.add(MistakeKind::WrongForm, text.span, message);
    };
    let bounds = usize::from(text.at_least.is_some()) + usize::from(text.below.is_some());
    let counted = text.times.is_some() || text.days.is_some() || text.within.is_some();
    let spans = [text.within_next.is_some(), text.within_last.is_some(), text.past_by.is_some()];
    let spans = spans.iter().filter(|said| **said).count();
    match head {
        "date" if spans != 1 => wrong("`date` needs one of `within_next`, `within_last` and `past_by`"),
        _ if spans > 0 && head != "date" => wrong("`within_next`, `within_last` and `past_by` go with `date`"),
        _ if text.in_segment.is_some() && !matches!(head, "members" | "colleagues") => {
            wrong("`in_segment` goes with `members` and `colleagues`");
        }
        _ if text.stood_for.is_some() && !matches!(head, "stage" | "handoff") => {
            wrong("`for` goes with `stage` and `handoff: breached`");
        }
        _ if text.channel.is_some() && head != "consent" => wrong("`channel` goes with `consent`"),
        _ if text.apart.is_some() && head != "close" => wrong("`apart` goes with `close`"),
        _ if counted && head != "did" => wrong("`times`, `days` and `within` go with `did`"),
        _ if text.since.is_some() && !matches!(head, "did" | "answer") => wrong("`since` goes with `did` and `answer`"),
        "score" if bounds != 1 => wrong("`score` needs either `at_least` or `below`"),
        "any_score" if text.at_least.is_none() || bounds != 1 => wrong("`any_score` needs `at_least`"),
        "close" if text.at_least.is_none() || bounds != 1 || text.apart.is_none() => {
            wrong("`close` needs `at_least` and `apart`")
        }
        "score" | "any_score" | "close" => return Some(()),
        _ if bounds > 0 => wrong("`at_least` and `below` go with `score`"),
        "feedback" => return Some(()),
        _ if !text.reasons.is_empty() => wrong("`reasons` goes with `feedback`"),
        _ => return Some(()),
    }
    None
}

fn parts(texts: &[ConditionText], span: Span, known: Known<'_>, notes: &mut Notes) -> Option<Vec<Condition>> {
    if texts.is_empty() {
        notes.add(MistakeKind::Empty, span, "there is no condition in this list");
        return None;
    }
    if texts.len() > limits::PARTS_MAX {
        let message = format!("{} conditions in one list; at most {}", texts.len(), limits::PARTS_MAX);
        notes.add(MistakeKind::TooLarge, span, message);
        return None;
    }
    // All are compiled before the first wrong one ends it.
    let parts: Vec<Option<Condition>> = texts.iter().map(|text| condition(text, known, notes)).collect();
    parts.into_iter().collect()
}

pub(crate) fn threshold(
    at: &At<Points>,
    of: &[ScoreIx],
    least: bool,
    known: Known<'_>,
    notes: &mut Notes,
) -> Option<i64> {
    let milli = at.value.0;
    // A score that could not be read has no range.
    let mut ranges = of.iter().filter_map(|score| known.scores.get(usize::from(score.0)));
    let impossible = ranges.find(|score| if least { milli > score.ceiling } else { milli <= score.floor });
    let Some(score) = impossible else { return Some(milli) };
    let message = match least {
        true => format!("`{}` never reaches {}", score.name, crate::compile::points(milli)),
        false => format!("`{}` is never below {}", score.name, crate::compile::points(milli)),
    };
    let (floor, ceiling) = (crate::compile::points(score.floor), crate::compile::points(score.ceiling));
    notes.add(MistakeKind::NeverHolds, at.span, message).help(format!("its value is from {floor} to {ceiling}"));
    None
}

fn attributes(texts: &Named<TestText>, of: AttributeOf, names: &Names, notes: &mut Notes) -> Option<Condition> {
    let table = match of {
        AttributeOf::Contact => &names.contact_attributes,
        AttributeOf::Account => &names.account_attributes,
    };
    let mut tests = Vec::new();
    for (name, text) in texts.iter() {
        let word = At { value: Word(Text::new(&name.value)), span: name.span };
        if table.find(&word, notes).is_some() {
            tests.push(Condition::Attribute(of, word.value.0, text.test.clone()));
        }
    }
    (!tests.is_empty()).then(|| all_of(tests))
}

pub(super) fn all_of(mut conditions: Vec<Condition>) -> Condition {
    match conditions.len() {
        1 => conditions.remove(0),
        _ => Condition::All(conditions),
    }
}

/// The opposite. What was not done is asked in its own way: see [`Condition::DidNot`].
fn negated(condition: Condition) -> Condition {
    let mut counts = false;
    condition.for_each_leaf(&mut |leaf| counts |= matches!(leaf, Condition::Did(_) | Condition::DidNot(_)));
    if !counts {
        return Condition::Not(Box::new(condition));
    }
    match condition {
        Condition::Did(did) => Condition::DidNot(did),
        Condition::DidNot(did) => Condition::Did(did),
        Condition::Not(inner) => *inner,
        Condition::All(parts) => Condition::Any(parts.into_iter().map(negated).collect()),
        Condition::Any(parts) => Condition::All(parts.into_iter().map(negated).collect()),
        other => Condition::Not(Box::new(other)),
    }
}

fn affirmed(condition: Condition, yes: bool) -> Condition {
    if yes { condition } else { Condition::Not(Box::new(condition)) }
}
