//! The language: what a playbook may say. Each struct is a section or an entry of one; the comments are what editors
//! show (they become the JSON Schema's descriptions).

mod behaviour;
mod calendar;
mod condition;
mod content;
mod handoff;
mod limit;
mod pattern;
mod points;
mod programme;
mod segment;
mod variant;

pub(crate) use behaviour::{BehaviourText, ReadingText};
pub(crate) use calendar::{CalendarText, Hours, WaitText};
pub(crate) use condition::ConditionText;
pub(crate) use content::{ContentText, ExpectsText, HypothesisText};
pub(crate) use handoff::{HandingOverText, HandoffText, PromiseText, RouteText, TeamText};
pub(crate) use limit::LimitText;
pub(crate) use pattern::{PatternText, TestText};
pub(crate) use points::PointsText;
pub(crate) use programme::{BestHourText, ProgrammeText, SendingText, StepAtText, StepText};
pub(crate) use segment::{CoverageText, SegmentText, TierText};
pub(crate) use variant::VariantText;

use crate::units::{Count, Duration, LabelText, Moment, Points, Word};
use notation::reading::{At, Many, Named};
use notation::section;
use notation::units::{YesNo, Zone};

section! {
    /// A playbook: any of its files may hold any of these sections, each section once.
    struct PlaybookText {
        /// Name, version and time zone.
        playbook: Header,
        /// When offices are open.
        calendars: Named<CalendarText>,
        /// Lists of holidays: day -> its name.
        holidays: Named<Named<Word>>,
        /// Words of your own beside the built-in channels, kinds, dispositions and questions.
        vocabulary: Option<VocabularyText>,
        /// Attributes of contacts and accounts that the playbook reads.
        attributes: Option<AttributesText>,
        /// Question -> the attribute that its answer sets, beside what points and conditions make of it.
        answers: Named<AnswerText>,
        /// What we sell.
        solutions: Named<LabelledText>,
        /// What customers struggle with.
        issues: Named<LabelledText>,
        /// Concrete efforts, as a seminar or an exhibition, and what they are about.
        campaigns: Named<CampaignText>,
        /// What counts as a contact's own touchpoint, and what counts as nothing.
        touchpoints: Option<TouchpointsText>,
        /// Classes of pages, as pricing or case.
        page_classes: Vec<At<Word>>,
        /// URL prefix -> what the page is. The longest prefix wins.
        pages: Named<PageText>,
        /// The content map: what there is to give. Of several that fit equally the first in the file is proposed.
        content: Named<ContentText>,
        /// What contacts do, by names that conditions use.
        behaviours: Named<BehaviourText>,
        /// What it is taken to mean, the strongest first.
        readings: Named<ReadingText>,
        /// Sets of contacts that keep themselves up to date. One may rest on those before it.
        segments: Named<SegmentText>,
        /// Sizes of business and who leads there; the first that fits counts.
        tiers: Named<TierText>,
        /// Scores; each is the sum of the points of the rules, fading with its half-life.
        scores: Named<ScoreText>,
        /// Rules that share a cap on their positive points.
        groups: Named<GroupText>,
        /// Which touchpoint gives how many points.
        rules: Named<RuleText>,
        /// How the contacts' points make the score of their company.
        account_score: Option<AccountScoreText>,
        /// Points and grade from who somebody is, whatever they did.
        fit: Option<FitText>,
        /// Paths of stages. The first life cycle is the one that reasons speak of.
        life_cycles: Named<LifeCycleText>,
        /// Reasons that people give when they reject or lose, and what follows.
        reasons: Named<ReasonText>,
        /// What we send and do by ourselves, to whom and in which order.
        programmes: Named<ProgrammeText>,
        /// When and how often, over all programmes.
        sending: Option<SendingText>,
        /// Who takes contacts that are passed on. Of a department the first that fits counts.
        teams: Named<TeamText>,
        /// Which contacts are passed on to a person, the most urgent first.
        handoffs: Named<HandoffText>,
        /// How, over all hand-offs.
        handing_over: Option<HandingOverText>,
        /// What a page shows to whom: the first of the variants that fits.
        variants: Named<Many<VariantText>>,
    }
}

section! {
    /// Name, version and time zone of the playbook.
    struct Header {
        /// Its name, the same in every version.
        name: At<Word>,
        /// Which version it is, for people.
        label: Word,
        /// Days, months and quarters are those of this zone: `Asia/Tokyo`.
        time_zone: Zone,
        /// Business time is counted by this one of `calendars`.
        calendar: Option<At<Word>>,
        /// The attribute of an account that holds the month, 1 to 12, in which its fiscal year ends.
        fiscal_year_end: Option<At<Word>>,
    }
}

section! {
    /// Words of your own.
    struct VocabularyText {
        /// Channel -> its kinds. A built-in channel may get more kinds.
        channels: Named<Vec<At<Word>>>,
        /// Departments, beside the built-in ones.
        departments: Vec<At<Word>>,
        /// How a call may end, beside the built-in ones.
        dispositions: Vec<At<Word>>,
        /// What a form may be sent for, beside the built-in purposes.
        purposes: Vec<At<Word>>,
        /// Question -> its answers; an empty list allows any.
        questions: Named<Vec<At<Word>>>,
    }
}

section! {
    /// Attributes that the playbook reads.
    struct AttributesText {
        /// Of a person.
        contact: Named<LabelledText>,
        /// Of a company.
        account: Named<LabelledText>,
    }
}

section! {
    /// The attribute that an answer sets: one of the two.
    struct AnswerText {
        /// Of the person.
        contact: Option<At<Word>>,
        /// Of the company.
        account: Option<At<Word>>,
    }
}

section! {
    /// Something with a label.
    struct LabelledText {
        /// What people read.
        label: LabelText,
    }
}

section! {
    /// A concrete effort.
    struct CampaignText {
        /// What people read.
        label: LabelText,
        /// The solution that it is about.
        solution: Option<At<Word>>,
        /// The content that its events are: who attends the seminar has had it.
        content: Option<At<Word>>,
        /// When it begins: steps of programmes are counted from then.
        starts: Option<Moment>,
    }
}

section! {
    /// How touchpoints count beside the rules.
    struct TouchpointsText {
        /// The contact did something: ends silence, counts as active.
        own: Vec<PatternText>,
        /// Scores nothing whatever rule matches: machines, our own people, tests.
        ignored: Vec<PatternText>,
        /// What no person does so fast: it is ignored, too, also when that is known only after the first of it has counted.
        bursts: Vec<BurstText>,
    }
}

section! {
    /// Touchpoints that are a machine's because there are so many at a time: a scanner follows every link of a mail. One
    /// whose property `machine` is `false` is a person's all the same.
    struct BurstText {
        /// Which touchpoints.
        of: PatternText,
        /// The property of which they have different values, as `url`.
        distinct: At<Word>,
        /// Those with one value of this property belong together, as `message_id`; else all.
        per: Option<At<Word>>,
        /// So many different values are a burst ...
        at_least: At<Count>,
        /// ... in this time.
        within: At<Duration>,
        /// What the machine did just before belongs to it, too: it opens the mail whose links it follows.
        before: Option<BeforeText>,
    }
}

section! {
    /// What belongs to a burst that follows.
    struct BeforeText {
        /// Which touchpoints.
        of: PatternText,
        /// How long before the burst.
        within: At<Duration>,
    }
}

section! {
    /// What a page is.
    struct PageText {
        /// One of `page_classes`.
        class: Option<At<Word>>,
        /// The content that the page is.
        content: Option<At<Word>>,
        /// The solution that it is about.
        solution: Option<At<Word>>,
    }
}

section! {
    /// A score.
    struct ScoreText {
        /// What people read.
        label: LabelText,
        /// After this long, half of the points are left.
        half_life: At<Duration>,
        /// The value shown is at least this; 0 if not said.
        at_least: Option<Points>,
        /// The value shown is at most this.
        at_most: At<Points>,
        /// `solution`: one score per solution, named `<score>.<solution>`, from touchpoints about it.
        per: Option<At<Word>>,
    }
}

section! {
    /// A cap that rules share.
    struct GroupText {
        /// At most these positive points ...
        cap: At<Points>,
        /// ... in a day, month, quarter, or ever.
        per: At<Word>,
    }
}

section! {
    /// Points for a touchpoint. Every rule that matches counts.
    struct RuleText {
        /// What people read.
        label: LabelText,
        /// Any of these. May be left out when `points` says which touchpoints.
        when: Many<PatternText>,
        /// Instead of touchpoints: when this reading begins, whether a stronger one counts or not. The points come from the
        /// touchpoint that made it begin.
        reading: Option<At<Word>>,
        /// Only when this holds too, the touchpoint at hand counted among what was done.
        condition as "if": Option<ConditionText>,
        /// How many: a number, by an answer, by a property, or a list of cases of which the first that matches counts.
        points: PointsText,
        /// How often it counts: `once per asset and day`, `3 times per month`, `20 points per month`. Not beside an answer,
        /// which counts until the next one.
        limit: Many<LimitText>,
        /// The group whose cap it shares.
        group: Option<At<Word>>,
        /// `hand`: the contact raised a hand. `person`: one of us judged.
        marks: Option<At<Word>>,
    }
}

section! {
    /// The score of a company, from the contributions of its people.
    struct AccountScoreText {
        /// The contacts' score whose contributions count; its half-life is the account's.
        of: At<Word>,
        /// A known contact counts at most this a month.
        contact_at_most: Points,
        /// An anonymous visitor counts at most this a month.
        anonymous_at_most: Points,
    }
}

section! {
    /// Fit: points from attributes, a grade from points.
    struct FitText {
        /// Attribute -> points.
        criteria: Named<CriterionText>,
        /// Grade -> lowest points, best first.
        grades: Named<At<Points>>,
        /// The grade below all others.
        lowest: At<Word>,
        /// The grade of whom we know too little.
        unknown: At<Word>,
        /// So many of the criteria marked `key` must be known.
        known_at_least: At<Count>,
    }
}

section! {
    /// Points for one attribute.
    struct CriterionText {
        /// Whose attribute: contact, account, or both in the order in which they are asked.
        of: Many<At<Word>>,
        /// Counts towards `known_at_least`.
        key: Option<YesNo>,
        /// The first that fits gives the points.
        points: Vec<FitPointsText>,
    }
}

section! {
    /// Points for a value.
    struct FitPointsText {
        /// The value, a list of values, or a test.
        is: TestText,
        /// How many.
        points: Points,
    }
}

section! {
    /// A path of stages.
    struct LifeCycleText {
        /// What people read.
        label: LabelText,
        /// Who moves through it: contact, or account; contact if not said.
        of: Option<At<Word>>,
        /// Who is in it: it begins at the first stage when this begins to hold, and ends when it does not hold any more. Everybody, if not said.
        lasts_while as "while": Option<ConditionText>,
        /// In order: a later one is forward. Everybody starts at the first.
        stages: Named<StageText>,
    }
}

section! {
    /// A stage.
    struct StageText {
        /// What people read.
        label: LabelText,
        /// The phase that it belongs to.
        phase: Word,
        /// The department in charge; `by_coverage`: as the tier of the company says.
        owner: At<Word>,
        /// What opens it; of several open stages the furthest is taken.
        entries: Vec<EntryText>,
        /// What ends it by itself; the first that holds is taken.
        exits: Vec<ExitText>,
        /// The milestone that is counted here; not when somebody falls back to the stage.
        milestone: Option<Word>,
        /// From here only people's word, this stage's own exits, exclusion and entries that say `from` here move somebody on.
        people_only: Option<YesNo>,
        /// Outside every funnel: entered from anywhere, left by hand or by its own exits.
        out: Option<YesNo>,
        /// The recycle box.
        recycle: Option<YesNo>,
        /// How long somebody is held here when nobody says until when.
        hold: Option<At<WaitText>>,
        /// Of a recycle box: earliest return when no reason is given, or none that is known; else never by itself.
        returns_after: Option<Duration>,
    }
}

section! {
    /// Why a stage opens.
    struct EntryText {
        /// What it rests on: score, hand, person, profile, association, feedback.
        by: At<Word>,
        /// Only from these stages; else from every earlier one.
        from: Many<At<Word>>,
        /// The condition.
        when: ConditionText,
    }
}

section! {
    /// What ends a stage.
    struct ExitText {
        /// The stage that follows.
        to: At<Word>,
        /// The condition.
        when: ConditionText,
        /// One of `reasons`.
        reason: Option<At<Word>>,
    }
}

section! {
    /// A date of the customer: an answer or an attribute that is a day, as 2027-03-31.
    struct ReturnsBeforeText {
        /// This question's latest answer.
        answer: Option<At<Word>>,
        /// This attribute of the contact.
        contact: Option<At<Word>>,
        /// This attribute of the account.
        account: Option<At<Word>>,
        /// How long before it.
        by: Duration,
    }
}

section! {
    /// When budgets are made.
    struct SeasonText {
        /// It begins so many months before the fiscal year does.
        months_before_fiscal_year: At<Count>,
        /// One that begins sooner than this is let pass.
        not_within: Option<Duration>,
    }
}

section! {
    /// A reason and what follows.
    struct ReasonText {
        /// What people read.
        label: LabelText,
        /// The stage that the contact goes to instead of the recycle box that an entry by feedback leads to; else it stays.
        to: Option<At<Word>>,
        /// Earliest return from the recycle box, counted from the feedback; else never by itself.
        returns_after: Option<Duration>,
        /// When the feedback names a date: earliest return this long before it.
        returns_before_date: Option<Duration>,
        /// Earliest return this long before a date of the customer, where it is known and still to come when the reason is
        /// given; instead of `returns_after`.
        returns_before: Option<ReturnsBeforeText>,
        /// Earliest return at the beginning of the customer's budget season, where its fiscal year is known and that is
        /// earlier.
        returns_in_season: Option<SeasonText>,
        /// Returns earlier when this holds.
        returns_when: Option<ConditionText>,
        /// So long no stage opens by score.
        no_score_entry_for: Option<Duration>,
        /// true: who rejects a hand-off for this leaves it to another member of the team; the stage stays.
        passed_on: Option<YesNo>,
    }
}
