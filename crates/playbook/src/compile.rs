//! Typed sections -> model: every name becomes an index, every mistake is noted, nothing stops at the first one.

mod behaviours;
mod bursts;
mod calendars;
mod circles;
pub(crate) mod conditions;
mod content;
mod fit;
mod handoffs;
mod hypothesis;
pub(crate) mod names;
pub(crate) mod patterns;
mod programmes;
mod rules;
mod segments;
mod stages;
mod standing;
mod variants;

use crate::language::{Hours, PlaybookText};
use crate::limits;
use crate::model::{AssetIx, AttributeOf, BehaviourIx, DateOf, Index, Label, Milli, Model, RuleIx, Solution};
use crate::units::Word;
use conditions::{Asks, Known};
use names::Names;
use notation::mistake::{MistakeKind, Notes};
use notation::reading::At;
use touchpoint::{Decimal, Text};

/// Whether the model is of use, `notes` says: it is when none of them is a mistake.
pub(crate) fn compile(text: &PlaybookText, hash: &str, notes: &mut Notes) -> Model {
    check_sizes(text, notes);
    let header = &text.playbook;
    let name = At { value: header.name.value.0.to_string(), span: header.name.span };
    crate::units::check_name(&name, notes);
    let names = Names::of(text, notes);
    let solutions: Vec<Solution> = text
        .solutions
        .iter()
        .map(|(name, s)| Solution { name: Text::new(&name.value), label: s.label.0.clone() })
        .collect();
    let scores = rules::scores(text, &solutions, notes);
    let known =
        Known { names: &names, scores: &scores, segments: &[], tiers: &[], hours: hours(text), asks: Asks::Stage(0) };
    let readings = behaviours::readings(text, known, notes);
    let segments = segments::segments(text, known, notes);
    let known = Known { segments: &segments, ..known };
    let rules = rules::rules(text, known, notes);
    let assets = content::assets(text, known, notes);
    let behaviours = behaviours::behaviours(text, &names, notes);
    let tiers = segments::tiers(text, known, notes);
    let known = Known { tiers: &tiers, ..known };
    let life_cycles = stages::life_cycles(text, known, notes);
    let reasons = stages::reasons(text, known, notes);
    let programmes = programmes::programmes(text, known, notes);
    let sending = programmes::sending(text, known, notes);
    let teams = handoffs::teams(text, known, notes);
    let handing_over = handoffs::handing_over(text, known, notes);
    let handoffs = handoffs::handoffs(text, known, notes);
    let variants = variants::variants(text, known, notes);
    let (own, ignored, bursts) = match &text.touchpoints {
        Some(said) => (
            patterns::patterns(&said.own, &names, notes),
            patterns::patterns(&said.ignored, &names, notes),
            bursts::bursts(&said.bursts, &names, notes),
        ),
        None => Default::default(),
    };
    let mut model = Model {
        hash: Text::new(hash),
        name: header.name.value.0.clone(),
        label: header.label.0.clone(),
        zone: header.time_zone.0.clone(),
        calendar: header.calendar.as_ref().and_then(|name| names.calendars.find(name, notes)).map(usize::from),
        calendars: calendars::calendars(text, &names, notes),
        fiscal_year_end: header.fiscal_year_end.as_ref().and_then(|name| {
            names.account_attributes.find(name, notes)?;
            Some(DateOf::Attribute(AttributeOf::Account, name.value.0.clone()))
        }),
        groups: rules::groups(text, notes),
        index: Index::build((0..).map(RuleIx).zip(rules.iter().map(|rule| rule.when.as_slice()))),
        rules,
        behaviour_index: Index::build((0..).map(BehaviourIx).zip(behaviours.iter().map(|one| one.patterns()))),
        behaviours,
        readings,
        segments,
        tiers,
        page_classes: text.page_classes.iter().map(|class| class.value.0.clone()).collect(),
        pages: content::pages(text, &names, notes),
        asset_by_name: assets.iter().enumerate().map(|(at, asset)| (asset.name.clone(), AssetIx(at as u16))).collect(),
        assets,
        campaign_solutions: content::campaign_solutions(text, &names, notes),
        campaign_assets: content::campaign_assets(text, &names, notes),
        own,
        ignored,
        bursts,
        fit: fit::fit(text, &names, notes),
        reason_by_code: reasons.iter().enumerate().map(|(at, reason)| (reason.code.clone(), at as u16)).collect(),
        reasons,
        account_score: rules::account_score(text, &names, notes),
        solutions,
        issues: text.issues.iter().map(|(name, text)| (Text::new(&name.value), text.label.0.clone())).collect(),
        attributes: attributes(text),
        answers: answers(text, &names, notes),
        scores,
        life_cycles,
        programmes,
        sending,
        teams,
        handoffs,
        handing_over,
        variants,
    };
    behaviours::keep_what_is_counted(&mut model);
    circles::no_circles(text, &model, notes);
    model
}

/// The hours of the playbook's calendar.
fn hours(text: &PlaybookText) -> Option<Hours> {
    let name = text.playbook.calendar.as_ref()?;
    let (_, calendar) = text.calendars.iter().find(|(have, _)| have.value == name.value.0.as_str())?;
    Some(calendar.hours.value)
}

fn attributes(text: &PlaybookText) -> Vec<(AttributeOf, Text, Label)> {
    let Some(declared) = &text.attributes else { return Vec::new() };
    let contact = declared.contact.iter().map(|one| (AttributeOf::Contact, one));
    let account = declared.account.iter().map(|one| (AttributeOf::Account, one));
    contact.chain(account).map(|(of, (name, text))| (of, Text::new(&name.value), text.label.0.clone())).collect()
}

fn answers(text: &PlaybookText, names: &Names, notes: &mut Notes) -> Vec<(Text, AttributeOf, Text)> {
    let mut all = Vec::new();
    for (question, said) in text.answers.iter() {
        let word = At { value: Word(Text::new(&question.value)), span: question.span };
        names.questions.find(&word, notes);
        let (table, of, attribute) = match (&said.contact, &said.account) {
            (Some(name), None) => (&names.contact_attributes, AttributeOf::Contact, name),
            (None, Some(name)) => (&names.account_attributes, AttributeOf::Account, name),
            _ => {
                notes
                    .add(
                        MistakeKind::WrongForm,
                        question.span,
                        "an answer sets one attribute, of the contact or of the account",
                    )
                    .help("write `{account: employees}` or `{contact: rank}`");
                continue;
            }
        };
        table.find(attribute, notes);
        all.push((word.value.0, of, attribute.value.0.clone()));
    }
    all
}

/// Points for a sentence: `61.75`.
pub(crate) fn points(milli: Milli) -> String {
    Decimal::from_micros(milli.saturating_mul(1_000)).to_string()
}

/// An index has 16 bits.
fn check_sizes(text: &PlaybookText, notes: &mut Notes) {
    let sections = [
        ("solutions", text.solutions.0.len()),
        ("issues", text.issues.0.len()),
        ("campaigns", text.campaigns.0.len()),
        ("page_classes", text.page_classes.len()),
        ("pages", text.pages.0.len()),
        ("content", text.content.0.len()),
        ("groups", text.groups.0.len()),
        ("tiers", text.tiers.0.len()),
        ("teams", text.teams.0.len()),
        ("life_cycles", text.life_cycles.0.len()),
        ("reasons", text.reasons.0.len()),
    ];
    for (section, count) in sections.into_iter().filter(|(_, count)| *count > limits::ENTRIES_MAX) {
        let message = format!("`{section}` has {count} entries; at most {}", limits::ENTRIES_MAX);
        notes.add_whole(MistakeKind::TooLarge, message);
    }
}
