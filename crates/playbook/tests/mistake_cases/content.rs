//! Content that is wrong in one way each.

use super::{Case, case};
use playbook::MistakeKind::{self, Gap, Missing, NeverHolds, TooLarge, UnknownName, WrongForm};

pub(crate) fn cases() -> Vec<Case> {
    vec![
        content(UnknownName, "a stage of content", "stages: [early, lat], channels: web"),
        content(UnknownName, "a channel of content", "stages: early, channels: [web, mail]"),
        content(UnknownName, "a channel that is a record", "stages: early, channels: crm"),
        content(UnknownName, "people who hand nothing over", "stages: early, channels: inside_sale"),
        content(UnknownName, "a language", "language: [ja, jp]"),
        content(WrongForm, "a tag that is no name", "tags: [roi, 投資対効果]"),
        content(WrongForm, "every issue and one besides", "issue: [all, downtime]"),
        content(UnknownName, "one of several issues", "issue: [downtime, down_time]"),
        content(WrongForm, "content for one touchpoint", "when: {touchpoint: {channel: web}}"),
        content(WrongForm, "content for those whose return is due", "when: {return_due: true}"),
        content(WrongForm, "content since a stage", "when: {answer: {budget: planned}, since: stage}"),
        content(NeverHolds, "content for nobody", "when: {all: [{known: true}, {known: false}]}"),
        burst(Missing, "a burst of anything", "of: {properties: {url: x}}, distinct: url, at_least: 3, within: 2s"),
        burst(
            NeverHolds,
            "a burst of one",
            "of: {channel: email, kind: click}, distinct: url, at_least: 1, within: 2s",
        ),
        burst(
            TooLarge,
            "a burst of a day",
            "of: {channel: email, kind: click}, distinct: url, at_least: 3, within: 1d",
        ),
        case(WrongForm, "an issue by the name of all", "issues: {downtime: {label: Downtime}, all: {label: All}}\n"),
        case(UnknownName, "content of a campaign", "campaigns: {expo: {label: Expo, content: handbok}}\n"),
        case(WrongForm, "content by the name of none", "content: {none: {title: Handbook, type: white_paper}}\n"),
        case(
            UnknownName,
            "a tag in a pattern",
            "content: {handbook: {title: H, type: white_paper, tags: [roi, cost]}}\nrules: {R1: {label: P, when: {kind: download, tag: rio}, points: 1, group: browse}}\n",
        ),
        case(
            NeverHolds,
            "a tag of another type",
            "content: {handbook: {title: H, type: white_paper, tags: roi}, cases: {title: C, type: case}}\nrules: {R1: {label: P, when: {content_type: case, tag: roi}, points: 1, group: browse}}\n",
        ),
        hypothesis(WrongForm, "a hypothesis of two things", "stage: late, answer: issue, within: 14d"),
        hypothesis(WrongForm, "a hypothesis of nothing", "within: 14d"),
        hypothesis(Missing, "a hypothesis without a term", "stage: late"),
        hypothesis(NeverHolds, "a hypothesis within no time", "stage: late, within: 0d"),
        hypothesis(UnknownName, "a stage that is expected", "stage: lates, within: 14d"),
        hypothesis(NeverHolds, "a stage that is expected of those who stand there", "stage: early, within: 14d"),
        hypothesis(UnknownName, "a score that is expected", "score: behavior, at_least: 9, within: 14d"),
        hypothesis(Missing, "an expected score without threshold", "score: behaviour, within: 14d"),
        hypothesis(NeverHolds, "an expected score above its range", "any_score: interest, at_least: 201, within: 14d"),
        hypothesis(UnknownName, "an answer that is expected to an unknown question", "answer: isue, within: 14d"),
        hypothesis(UnknownName, "a reading that is expected", "reading: comparing, within: 14d"),
        hypothesis(UnknownName, "a behaviour that is expected", "did: pricing, within: 14d"),
        hypothesis(UnknownName, "a behaviour that is expected not to be", "did_not: pricing, within: 14d"),
        hypothesis(WrongForm, "a threshold of an expected stage", "stage: late, at_least: 9, within: 14d"),
        hypothesis(WrongForm, "days of an expected stage", "stage: late, days: 3, within: 14d"),
        with_look(NeverHolds, "expected days that do not fit", "did: look, days: 9, within: 7d"),
        with_look(WrongForm, "no expected day", "did: look, days: 0, within: 7d"),
        case(
            Gap,
            "gaps of the map",
            "issues: {downtime: {label: Downtime}, skills: {label: Skills}}\n\
             content:\n  \
             a: {title: A, type: case, stages: late, issue: downtime, channels: web}\n  \
             b: {title: B, type: article, stages: late, issue: downtime, channels: web}\n  \
             c: {title: C, type: letter, stages: late}\n",
        ),
    ]
}

/// A piece of content of which this is said, too.
fn content(kind: MistakeKind, what: &'static str, words: &str) -> Case {
    case(kind, what, format!("content: {{handbook: {{title: Handbook, type: white_paper, {words}}}}}\n"))
}

/// A piece of content for the first stage of which this is expected.
fn hypothesis(kind: MistakeKind, what: &'static str, expects: &str) -> Case {
    let words = format!("stages: early, channels: web, hypothesis: {{label: It helps, expects: {{{expects}}}}}");
    content(kind, what, &words)
}

/// The same, with a behaviour.
fn with_look(kind: MistakeKind, what: &'static str, expects: &str) -> Case {
    let case = hypothesis(kind, what, expects);
    Case { sections: format!("{}behaviours: {{look: {{label: L, when: {{page: pricing}}}}}}\n", case.sections), ..case }
}

fn burst(kind: MistakeKind, what: &'static str, said: &str) -> Case {
    case(kind, what, format!("touchpoints: {{bursts: [{{{said}}}]}}\n"))
}
