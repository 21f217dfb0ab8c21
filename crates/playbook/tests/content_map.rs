//! The content map: what its words become, and the gaps that are told.

mod common;

use common::{small_model, small_with};
use playbook::model::{Asset, Condition, Expects, IssueIx, Issues, StageIx};
use playbook::{Level, MistakeKind, limits, load, render};
use touchpoint::Text;

const DAY: i64 = 86_400_000;

/// A piece of content of which this is said.
fn content(words: &str) -> Asset {
    let model = small_model(&format!(
        "content: {{handbook: {{title: Handbook, type: white_paper, {words}}}}}\n\
         behaviours: {{look: {{label: Look, when: {{page: pricing}}}}}}\n\
         readings: {{keen: {{label: Keen, when: {{did: look}}}}}}\n"
    ));
    model.assets[0].clone()
}

fn expects(words: &str) -> Expects {
    let said = content(&format!(
        "stages: early, channels: web, hypothesis: {{label: {{ja: 効く, en: It helps}}, expects: {{{words}, within: 30d}}}}"
    ));
    let hypothesis = said.hypothesis.expect("a hypothesis");
    assert_eq!((hypothesis.label.ja.as_str(), hypothesis.within), ("効く", 30 * DAY));
    hypothesis.expects
}

/// The messages of the gaps, in the order of the files and lines.
fn gaps(sections: &str) -> Vec<String> {
    let (_, found) = load(&small_with(sections)).unwrap_or_else(|mistakes| panic!("{}", render(&mistakes)));
    assert!(found.iter().all(|found| found.kind == MistakeKind::Gap), "{}", render(&found));
    found.into_iter().map(|found| found.message).collect()
}

#[test]
fn an_asset_says_for_whom_it_is_and_where_it_can_be_given() {
    let plain = content("issue: downtime");
    assert_eq!(plain.issues, Issues::These(vec![IssueIx(0)]));
    assert!(plain.stages.is_empty() && plain.channels.is_empty() && plain.tags.is_empty() && plain.when.is_none());
    assert_eq!(content("solution: planning").issues, Issues::General);
    assert_eq!(content("issue: all").issues, Issues::All);
    let said = content(
        "stages: [late, early, late], channels: [email, inside_sales, web], language: [ja, en], tags: [roi, cost], \
         when: {not: {known: true}}",
    );
    assert_eq!(said.stages, [StageIx(0), StageIx(1)], "in the order of the life cycle, each once");
    assert_eq!(said.channels, ["email", "inside_sales", "web"], "in their own order");
    assert_eq!((said.languages, said.tags), (vec![text("ja"), text("en")], vec![text("roi"), text("cost")]));
    assert_eq!(said.when, Some(Condition::Not(Box::new(Condition::Known))));
}

fn text(text: &str) -> Text {
    Text::new(text)
}

#[test]
fn content_is_given_by_own_channels_too() {
    let model = small_model(
        "vocabulary: {channels: {fax: [sent]}}\n\
         content: {handbook: {title: H, type: letter, stages: early, channels: [fax, success]}}\n",
    );
    assert_eq!(model.assets[0].channels, ["fax", "success"]);
}

#[test]
fn a_hypothesis_is_measured_by_one_thing() {
    let scores = |scores: &[u16]| scores.iter().map(|ix| playbook::model::ScoreIx(*ix)).collect::<Vec<_>>();
    let look = playbook::model::BehaviourIx(0);
    assert_eq!(expects("stage: late"), Expects::Stage(StageIx(1)));
    assert_eq!(expects("score: behaviour, at_least: 9"), Expects::Score(scores(&[0]), 9_000));
    assert_eq!(expects("any_score: interest, at_least: 9"), Expects::Score(scores(&[1, 2]), 9_000));
    assert_eq!(expects("reading: keen"), Expects::Reading(playbook::model::ReadingIx(0)));
    assert_eq!(expects("answer: issue"), Expects::Answer(text("issue")));
    assert_eq!(expects("did: look"), Expects::Did { behaviour: look, days: 1 });
    assert_eq!(expects("did: look, days: 3"), Expects::Did { behaviour: look, days: 3 });
    assert_eq!(expects("did_not: look"), Expects::DidNot(look));
}

/// What a condition of content counts is kept, and what only a hypothesis names is no idle behaviour.
#[test]
fn behaviours_are_used_by_content_too() {
    let model = small_model(
        "content: {handbook: {title: H, type: letter, when: {did: look, times: 9}}}\n\
         behaviours: {look: {label: Look, when: {page: pricing}}}\n",
    );
    assert_eq!(model.behaviours[0].times_kept, 9);
    let by_hypothesis = "content: {handbook: {title: H, type: letter, stages: [early, late, box], channels: web, \
                         hypothesis: {label: It helps, expects: {did: look, within: 9d}}}}\n\
                         behaviours: {look: {label: Look, when: {page: pricing}}}\n";
    assert_eq!(gaps(by_hypothesis), [""; 0]);
}

#[test]
fn without_a_map_there_is_no_gap() {
    assert_eq!(gaps("content: {handbook: {title: Handbook, type: white_paper, issue: downtime}}\n"), [""; 0]);
}

/// Three issues, of which `content` says what there is; each piece has a hypothesis.
fn map(content: &[&str]) -> Vec<String> {
    let told = "channels: web, hypothesis: {label: It helps, expects: {answer: issue, within: 9d}}";
    let content: String =
        content.iter().enumerate().map(|(n, words)| format!("  c{n}: {{title: C, {words}, {told}}}\n")).collect();
    gaps(&format!(
        "issues: {{downtime: {{label: Downtime}}, skills: {{label: Skills}}, paper: {{label: Paper}}}}\ncontent:\n{content}"
    ))
}

#[test]
fn what_one_issue_has_at_a_stage_the_others_should_have() {
    let everywhere = "type: letter, stages: [early, late, box]";
    assert_eq!(map(&[everywhere]), [""; 0], "what is about no issue promises nothing");
    assert_eq!(
        map(&[everywhere, "type: case, stages: late, issue: downtime"]),
        ["`skills` has no case at the stage `late`", "`paper` has no case at the stage `late`"]
    );
    let cases =
        ["type: case, stages: late, issue: [downtime, paper]", "type: case, stages: [early, late], issue: skills"];
    assert_eq!(
        map(&[everywhere, cases[0], cases[1]]),
        ["`downtime` has no case at the stage `early`", "`paper` has no case at the stage `early`"]
    );
    assert_eq!(map(&[everywhere, cases[0], cases[1], "type: case, stages: early, issue: all"]), [""; 0]);
    assert_eq!(
        map(&[everywhere, cases[0], "type: seminar, stages: late, issue: downtime"]),
        ["`skills` has no case and no seminar at the stage `late`", "`paper` has no seminar at the stage `late`"]
    );
}

#[test]
fn what_is_for_some_people_only_promises_and_fills_nothing() {
    let everywhere = "type: letter, stages: [early, late, box]";
    let some = "type: case, stages: late, issue: downtime, when: {known: true}";
    assert_eq!(map(&[everywhere, some]), [""; 0]);
    let case = "type: case, stages: late, issue: [skills, paper]";
    assert_eq!(map(&[everywhere, some, case]), ["`downtime` has no case at the stage `late`"]);
}

#[test]
fn a_stage_without_content_is_a_gap_unless_it_is_out_of_every_funnel() {
    assert_eq!(
        map(&["type: letter, stages: early"]),
        ["there is no content for the stage `late`", "there is no content for the stage `box`"]
    );
    let out = "life_cycles: {a: {label: A, stages: {early: {label: E, phase: p, owner: o}, \
               gone: {label: G, phase: p, owner: o, out: true, entries: [{by: profile, when: {known: true}}]}}}}\n\
               reasons: {}\n\
               content: {c: {title: C, type: letter, stages: early, channels: web, \
               hypothesis: {label: It helps, expects: {answer: issue, within: 9d}}}}\n";
    assert_eq!(gaps(out), [""; 0]);
}

#[test]
fn what_the_map_does_not_say_of_an_asset_is_told_once_for_all() {
    let mut content = String::from("content:\n");
    for n in 0..9 {
        content += &format!("  c{n}: {{title: C, type: letter, stages: [early, late, box], channels: web}}\n");
    }
    content +=
        "  nowhere: {title: C, type: letter, stages: early}\n  nobody: {title: C, type: letter, channels: web}\n";
    assert_eq!(
        gaps(&content),
        [
            "without a hypothesis: `c0`, `c1`, `c2`, `c3`, `c4`, `c5` and 4 more",
            "never proposed, since one of `stages` and `channels` is not said: `nowhere`, `nobody`",
        ]
    );
}

#[test]
fn the_first_gaps_of_many_are_told_and_no_more() {
    let issues: Vec<String> = (0..1_000).map(|n| format!("i{n}: {{label: I}}")).collect();
    let found = gaps(&format!(
        "issues: {{{}}}\ncontent: {{c: {{title: C, type: case, stages: [early, late, box], issue: i0, channels: web}}}}\n",
        issues.join(", ")
    ));
    assert_eq!(found.len(), limits::GAPS_MAX + 1);
    assert!(found.iter().any(|gap| gap.contains("more gaps than these 30 are not shown")), "{found:?}");
}

#[test]
fn gaps_are_told_of_a_sound_playbook_only() {
    let content = "content: {c: {title: C, type: case, stages: early, channels: web}}\n";
    assert!(!gaps(content).is_empty());
    let mistaken = load(&small_with(&format!("{content}groups: {{browse: {{cap: many, per: month}}}}\n")));
    let mistakes = mistaken.expect_err("a cap in words");
    assert!(mistakes.iter().all(|mistake| mistake.kind.level() == Level::Mistake), "{}", render(&mistakes));
}
