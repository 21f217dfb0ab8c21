//! Who is called how: every declared name with its index, and what to say to a name that nobody declares.

use crate::language::{LifeCycleText, PlaybookText};
use crate::model::{
    AssetIx, BehaviourIx, GroupIx, PageClassIx, ReadingIx, ScoreIx, SegmentIx, SolutionIx, StageIx, TierIx,
};
use crate::units::{Word, check_name};
use crate::vocabulary::{CHANNELS, DEPARTMENTS, DISPOSITIONS, PURPOSES, QUESTIONS};
use notation::mistake::{MistakeKind, Notes, Span};
use notation::nearest::suggestion;
use notation::reading::{At, Many, Named, shortened};
use std::collections::{BTreeSet, HashMap};
use touchpoint::Text;

/// The names of one kind.
#[derive(Clone, Debug)]
pub(crate) struct Table<T> {
    /// For sentences: `score`.
    what: &'static str,
    /// Where such names are declared: `scores`.
    section: &'static str,
    order: Vec<(Text, T)>,
    place: HashMap<Text, usize>,
}

impl<T: Clone> Table<T> {
    pub(crate) fn new(what: &'static str, section: &'static str) -> Self {
        Self { what, section, order: Vec::new(), place: HashMap::new() }
    }

    /// The names of a section; `ix` makes the value from the place in it.
    fn of<E>(what: &'static str, section: &'static str, named: &Named<E>, notes: &mut Notes, ix: fn(u16) -> T) -> Self {
        let mut table = Self::new(what, section);
        for (at, (name, _)) in named.0.iter().enumerate() {
            check_name(name, notes);
            table.declare(&name.value, ix(at as u16));
        }
        table
    }

    /// Names written as a list; one that is there twice is noted.
    fn of_list(
        what: &'static str,
        section: &'static str,
        words: &[At<Word>],
        notes: &mut Notes,
        ix: fn(u16) -> T,
    ) -> Self {
        let mut table = Self::new(what, section);
        let mut spans: HashMap<Text, Span> = HashMap::new();
        for word in words {
            let name = &word.value.0;
            check_name(&At { value: name.to_string(), span: word.span }, notes);
            if let Some(first) = spans.insert(name.clone(), word.span) {
                notes.add(MistakeKind::SaidTwice, word.span, format!("`{name}` is there twice")).other(first);
            }
            table.declare(name, ix(table.order.len() as u16));
        }
        table
    }

    pub(crate) fn declare(&mut self, name: &str, value: T) {
        self.place.entry(Text::new(name)).or_insert(self.order.len());
        self.order.push((Text::new(name), value));
    }

    /// What the name stands for; an unknown one is noted.
    pub(crate) fn find(&self, word: &At<Word>, notes: &mut Notes) -> Option<T> {
        self.get(&word.value.0).or_else(|| {
            let message = format!("there is no {} `{}`", self.what, shortened(&word.value.0));
            let near = if notes.is_full() { String::new() } else { suggestion(&word.value.0, self.names()) };
            let help = format!(
                "{near}
{} are declared under `{}`",
                self.plural(),
                self.section
            );
            notes.add(MistakeKind::UnknownName, word.span, message).help(help);
            None
        })
    }

    /// Those of a list that there are, as they are called; unknown ones are noted.
    pub(crate) fn known(&self, said: &Many<At<Word>>, notes: &mut Notes) -> Vec<Text> {
        said.0.iter().filter(|word| self.find(word, notes).is_some()).map(|word| word.value.0.clone()).collect()
    }

    pub(crate) fn get(&self, name: &str) -> Option<T> {
        self.place.get(name).map(|at| self.order[*at].1.clone())
    }

    pub(crate) fn names(&self) -> impl Iterator<Item = &str> {
        self.order.iter().map(|(name, _)| name.as_str())
    }

    fn plural(&self) -> String {
        match self.what {
            "content" => "pieces of content".to_owned(),
            "score per solution" => "scores per solution".to_owned(),
            "page class" => "page classes".to_owned(),
            "list of holidays" => "lists of holidays".to_owned(),
            what => format!("{what}s"),
        }
    }
}

/// A life cycle: its place in the file, who moves through it, its stages.
#[derive(Clone, Debug)]
pub(crate) struct LifeCycleNames {
    pub(crate) at: u16,
    pub(crate) is_of_accounts: bool,
    pub(crate) stages: Table<StageIx>,
}

/// Every name of a playbook.
#[derive(Debug)]
pub(crate) struct Names {
    pub(crate) solutions: Table<SolutionIx>,
    pub(crate) issues: Table<u16>,
    pub(crate) classes: Table<PageClassIx>,
    pub(crate) assets: Table<AssetIx>,
    pub(crate) asset_types: Table<()>,
    pub(crate) asset_tags: Table<()>,
    pub(crate) campaigns: Table<u16>,
    pub(crate) scores: Table<ScoreIx>,
    /// Scores that stand once per solution, by their common name.
    pub(crate) families: Table<Vec<ScoreIx>>,
    /// Business time can be counted.
    pub(crate) has_calendar: bool,
    pub(crate) calendars: Table<u16>,
    pub(crate) holidays: Table<u16>,
    pub(crate) groups: Table<GroupIx>,
    pub(crate) behaviours: Table<BehaviourIx>,
    pub(crate) readings: Table<ReadingIx>,
    pub(crate) segments: Table<SegmentIx>,
    pub(crate) tiers: Table<TierIx>,
    pub(crate) teams: Table<u16>,
    pub(crate) life_cycles: Table<LifeCycleNames>,
    /// Whether accounts have a score.
    pub(crate) has_account_score: bool,
    pub(crate) grades: Table<u16>,
    pub(crate) reasons: Table<u16>,
    pub(crate) contact_attributes: Table<u16>,
    pub(crate) account_attributes: Table<u16>,
    /// Channel -> its kinds.
    pub(crate) channels: Table<Vec<Text>>,
    /// Kinds of any channel, sorted.
    pub(crate) kinds: BTreeSet<Text>,
    pub(crate) departments: Table<()>,
    pub(crate) dispositions: Table<()>,
    pub(crate) purposes: Table<()>,
    /// Question -> its answers; none: any.
    pub(crate) questions: Table<Vec<Text>>,
}

impl Names {
    pub(crate) fn of(text: &PlaybookText, notes: &mut Notes) -> Self {
        let plain = |at| at;
        let mut names = Self {
            solutions: Table::of("solution", "solutions", &text.solutions, notes, SolutionIx),
            issues: Table::of("issue", "issues", &text.issues, notes, plain),
            classes: Table::of_list("page class", "page_classes", &text.page_classes, notes, PageClassIx),
            assets: Table::of("content", "content", &text.content, notes, AssetIx),
            asset_types: Table::new("content type", "content"),
            asset_tags: Table::new("content tag", "content"),
            campaigns: Table::of("campaign", "campaigns", &text.campaigns, notes, plain),
            scores: Table::new("score", "scores"),
            families: Table::new("score per solution", "scores"),
            has_account_score: text.account_score.is_some(),
            has_calendar: text.playbook.calendar.is_some(),
            calendars: Table::of("calendar", "calendars", &text.calendars, notes, plain),
            holidays: Table::of("list of holidays", "holidays", &text.holidays, notes, plain),
            groups: Table::of("group", "groups", &text.groups, notes, GroupIx),
            behaviours: Table::of("behaviour", "behaviours", &text.behaviours, notes, BehaviourIx),
            readings: Table::of("reading", "readings", &text.readings, notes, ReadingIx),
            segments: Table::of("segment", "segments", &text.segments, notes, SegmentIx),
            tiers: Table::of("tier", "tiers", &text.tiers, notes, TierIx),
            teams: Table::of("team", "teams", &text.teams, notes, plain),
            life_cycles: Table::new("life cycle", "life_cycles"),
            grades: Table::new("grade", "fit"),
            reasons: Table::of("reason", "reasons", &text.reasons, notes, plain),
            contact_attributes: Table::new("contact attribute", "attributes"),
            account_attributes: Table::new("account attribute", "attributes"),
            channels: Table::new("channel", "vocabulary"),
            kinds: BTreeSet::new(),
            departments: Table::new("department", "vocabulary"),
            dispositions: Table::new("disposition", "vocabulary"),
            purposes: Table::new("purpose", "vocabulary"),
            questions: Table::new("question", "vocabulary"),
        };
        for (at, (name, life_cycle)) in text.life_cycles.0.iter().enumerate() {
            check_name(name, notes);
            let stages = life_cycle.as_ref().map_or_else(|| Table::new("stage", "life_cycles"), stages);
            let of = life_cycle.as_ref().and_then(|life_cycle| life_cycle.of.as_ref());
            let is_of_accounts = of.is_some_and(|of| of.value.0 == "account");
            names.life_cycles.declare(&name.value, LifeCycleNames { at: at as u16, is_of_accounts, stages });
        }
        for (_, content) in text.content.iter() {
            names.asset_types.declare(&content.kind.value.0, ());
            for tag in &content.tags.0 {
                check_name(&At { value: tag.value.0.to_string(), span: tag.span }, notes);
                names.asset_tags.declare(&tag.value.0, ());
            }
        }
        if let Some(attributes) = &text.attributes {
            names.contact_attributes = Table::of("contact attribute", "attributes", &attributes.contact, notes, plain);
            names.account_attributes = Table::of("account attribute", "attributes", &attributes.account, notes, plain);
        }
        if let Some(fit) = &text.fit {
            let grades = fit.grades.0.iter().map(|(name, _)| name.value.as_str());
            for grade in grades.chain([fit.lowest.value.0.as_str(), fit.unknown.value.0.as_str()]) {
                names.grades.declare(grade, 0);
            }
        }
        names.declare_scores(text, notes);
        names.declare_vocabulary(text, notes);
        names
    }

    fn declare_scores(&mut self, text: &PlaybookText, notes: &mut Notes) {
        let mut next = 0;
        for (name, score) in &text.scores.0 {
            check_name(name, notes);
            let family = score.as_ref().is_some_and(|score| score.per.is_some());
            if !family {
                self.scores.declare(&name.value, ScoreIx(next));
                next += 1;
                continue;
            }
            let mut members = Vec::new();
            for solution in self.solutions.names() {
                self.scores.declare(&format!("{}.{solution}", name.value), ScoreIx(next));
                members.push(ScoreIx(next));
                next += 1;
            }
            self.families.declare(&name.value, members);
        }
    }

    fn declare_vocabulary(&mut self, text: &PlaybookText, notes: &mut Notes) {
        let texts = |words: &[&str]| words.iter().map(|word| Text::new(*word)).collect::<Vec<_>>();
        let said = |words: &[At<Word>]| words.iter().map(|word| word.value.0.clone()).collect::<Vec<_>>();
        let mut channels: Vec<(Text, Vec<Text>)> =
            CHANNELS.iter().map(|(c, kinds)| (Text::new(*c), texts(kinds))).collect();
        let mut questions: Vec<(Text, Vec<Text>)> = QUESTIONS.iter().map(|(q, a)| (Text::new(*q), texts(a))).collect();
        let mut departments = texts(DEPARTMENTS);
        let mut dispositions = texts(DISPOSITIONS);
        let mut purposes = texts(PURPOSES);
        if let Some(own) = &text.vocabulary {
            let checked = own.channels.iter().chain(own.questions.iter());
            for (name, words) in checked {
                check_name(name, notes);
                words
                    .iter()
                    .for_each(|word| check_name(&At { value: word.value.0.to_string(), span: word.span }, notes));
            }
            for (name, kinds) in own.channels.iter() {
                add(&mut channels, &name.value, said(kinds));
            }
            for (name, answers) in own.questions.iter() {
                add(&mut questions, &name.value, said(answers));
            }
            departments.extend(said(&own.departments));
            dispositions.extend(said(&own.dispositions));
            purposes.extend(said(&own.purposes));
        }
        self.kinds = channels.iter().flat_map(|(_, kinds)| kinds.iter().cloned()).collect();
        channels.into_iter().for_each(|(name, kinds)| self.channels.declare(&name, kinds));
        // An issue that is answered is one of the declared ones; a playbook without issues lets people name any.
        if let Some((_, issues)) = questions.iter_mut().find(|(name, _)| name == "issue") {
            issues.extend(text.issues.iter().map(|(name, _)| Text::new(&name.value)));
        }
        questions.into_iter().for_each(|(name, answers)| self.questions.declare(&name, answers));
        departments.iter().for_each(|name| self.departments.declare(name, ()));
        dispositions.iter().for_each(|name| self.dispositions.declare(name, ()));
        purposes.iter().for_each(|name| self.purposes.declare(name, ()));
    }
}

/// The stages of a life cycle.
fn stages(life_cycle: &LifeCycleText) -> Table<StageIx> {
    let mut stages = Table::new("stage", "life_cycles");
    for (at, (name, _)) in life_cycle.stages.0.iter().enumerate() {
        stages.declare(&name.value, StageIx(at as u16));
    }
    stages
}

fn add(have: &mut Vec<(Text, Vec<Text>)>, name: &str, words: Vec<Text>) {
    match have.iter_mut().find(|(known, _)| known == name) {
        Some((_, known)) => known.extend(words),
        None => have.push((Text::new(name), words)),
    }
}
