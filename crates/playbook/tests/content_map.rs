//! The content map: what its words become, and the gaps that are told.

mod common;

use common::{default_files, default_model, small_model, small_with};
use playbook::model::{Asset, Condition, Expects, IssueIx, Issues, Model, StageIx};
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
    let out = "life_cycles: {a: {label: A, stages: {early: {label: E, phase: p, owner: marketing}, \
               gone: {label: G, phase: p, owner: marketing, out: true, entries: [{by: profile, when: {known: true}}]}}}}\n\
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

// ---- The default playbook

#[test]
fn the_default_map_shows_its_gaps() {
    let (_, found) = load(&default_files()).unwrap_or_else(|mistakes| panic!("{}", render(&mistakes)));
    let gaps: Vec<&str> = found.iter().map(|gap| gap.message.as_str()).collect();
    assert_eq!(
        gaps,
        [
            "`late_delivery` has no article at the stage `early`",
            "`paper_work` has no white_paper at the stage `late`",
            "`paper_work` has no seminar at the stage `nurturing`",
            "`unplanned_downtime` has no white_paper at the stage `late`",
            "`skill_transfer` has no article at the stage `early`",
            "`skill_transfer` has no case and no seminar at the stage `nurturing`",
            "`skill_transfer` has no case at the stage `mql`",
            "there is no content for the stage `advocate`",
            "there is no content for the stage `recycle`",
        ]
    );
    assert!(found.iter().all(|found| found.kind.level() == Level::Advice));
}

/// Stages, issues, solution, channels and measure of every asset, as the reference has them.
#[test]
fn the_default_map_is_that_of_the_reference() {
    let model = default_model();
    let proposed = model.assets.iter().filter(|asset| !asset.stages.is_empty());
    let rows: Vec<String> = proposed.map(|asset| row(&model, asset)).collect();
    assert_eq!(
        rows,
        [
            "hello: letter | early late nurturing | - | - | email | not mail_refused 30d | some",
            "services: page | early late | - | - | web email | interest.planning interest.maintenance 10 30d",
            "art-stop: article | early | unplanned_downtime | maintenance | web social | late 60d",
            "art-plan: article | early | paper_work | planning | web ad | late 60d",
            "wp-skill: white_paper | late | skill_transfer | maintenance | web email | nurturing 60d",
            "wp-otd: white_paper | late | late_delivery | planning | web email | nurturing 60d",
            "check: survey | late nurturing | all | - | email inside_sales | issue? 14d | some",
            "sem-maint: seminar | nurturing | unplanned_downtime | maintenance | event | mql 90d",
            "sem-plan: seminar | nurturing | late_delivery | planning | event | mql 90d",
            "case-mid: case | nurturing mql | late_delivery paper_work unplanned_downtime | - | web email | comparing 30d",
            "case-top: case | nurturing | all | - | sales | meeting_held 60d | some",
            "price: page | nurturing mql | - | - | web | inquiry_page 30d",
            "compare-m: sheet | mql sal | - | maintenance | email inside_sales | sql 60d",
            "compare-p: sheet | mql sal | - | planning | email inside_sales | sql 60d",
            "spec-m: spec | sql opportunity | - | maintenance | web sales | deal_moved 60d",
            "spec-p: spec | sql opportunity | - | planning | web sales | deal_moved 60d",
            "ringi: template | opportunity | - | - | sales | deal_moved 30d",
            "onboard-m: guide | customer | - | maintenance | email app | product_used x4 30d",
            "onboard-p: guide | customer | - | planning | email app | product_used x4 30d",
            "next: case | customer | all | - | email success | behaviour 40 90d | some",
            "voice: letter | customer | - | - | success | advocate 180d | some",
        ]
    );
    let top = model.assets.iter().find(|asset| asset.name == "case-top").expect("case-top");
    let Some(Condition::Tier(tiers)) = &top.when else { panic!("for a tier: {:?}", top.when) };
    let tiers: Vec<&str> = tiers.iter().map(|ix| model.tiers[usize::from(ix.0)].name.as_str()).collect();
    assert_eq!(tiers, ["top"]);
}

fn row(model: &Model, asset: &Asset) -> String {
    let stage = |ix: &StageIx| model.life_cycles[0].stages[usize::from(ix.0)].name.to_string();
    let behaviour = |ix: &playbook::model::BehaviourIx| model.behaviours[usize::from(ix.0)].name.to_string();
    let hypothesis = asset.hypothesis.as_ref().expect("each has one");
    let issues = match &asset.issues {
        Issues::General => "-".to_owned(),
        Issues::All => "all".to_owned(),
        Issues::These(these) => joined(these.iter().map(|ix| model.issues[usize::from(ix.0)].0.to_string())),
    };
    let measure = match &hypothesis.expects {
        Expects::Stage(ix) => stage(ix),
        Expects::Score(scores, least) => {
            let names = scores.iter().map(|ix| model.scores[usize::from(ix.0)].name.to_string());
            format!("{} {}", joined(names), least / 1_000)
        }
        Expects::Reading(ix) => model.readings[usize::from(ix.0)].name.to_string(),
        Expects::Answer(question) => format!("{question}?"),
        Expects::Did { behaviour: ix, days: 1 } => behaviour(ix),
        Expects::Did { behaviour: ix, days } => format!("{} x{days}", behaviour(ix)),
        Expects::DidNot(ix) => format!("not {}", behaviour(ix)),
    };
    let solution = asset.solution.map_or("-", |ix| model.solutions[usize::from(ix.0)].name.as_str());
    let some = if asset.when.is_some() { " | some" } else { "" };
    format!(
        "{}: {} | {} | {issues} | {solution} | {} | {measure} {}d{some}",
        asset.name,
        asset.kind,
        joined(asset.stages.iter().map(stage)),
        joined(asset.channels.iter().map(Text::to_string)),
        hypothesis.within / DAY,
    )
}

fn joined(names: impl Iterator<Item = String>) -> String {
    names.collect::<Vec<_>>().join(" ")
}
