//! One of each noun with every field set: the example of design.md, as it would go on.

use touchpoint::output::*;
use touchpoint::*;

fn text(text: &str) -> Text {
    Text::new(text)
}

fn some(of: &str) -> Option<Text> {
    Some(text(of))
}

fn time(text: &str) -> Timestamp {
    Timestamp::parse(text).expect("a time")
}

fn decimal(text: &str) -> Decimal {
    Decimal::parse(text).expect("a number")
}

const CONTACT: ContactId = ContactId(*b"contact-hanako-1");
const ACCOUNT: AccountId = AccountId(*b"account-acme-000");

pub fn touchpoint() -> Touchpoint {
    let mut t = Touchpoint::new("telephony", "c-55102", time("2026-10-14T10:04:00+09:00"), "call", "connected");
    t.version = Some(2);
    t.direction = Some(Direction::Out);
    for (kind, value) in [
        (IdentifierKind::CrmId, "salesforce:00Q5e01"),
        (IdentifierKind::Email, "hanako@acme.example"),
        (IdentifierKind::Card, "sansan:88123"),
        (IdentifierKind::Phone, "+819012345678"),
        (IdentifierKind::Badge, "expo26:B17"),
        (IdentifierKind::Cookie, "segment:a91f"),
    ] {
        t.identify(Identifier::new(kind, value));
    }
    t.account = Some(Box::new(AccountRef {
        ids: vec![text("salesforce:0015e01")],
        corporate_number: some("8700110005901"),
        domain: some("acme.example"),
        name: some("(株)アクメ"),
        unit: some("名古屋工場"),
        phone: some("+81521234567"),
    }));
    t.opportunity = Some(Box::new(Opportunity {
        id: text("salesforce:0065e01"),
        kind: some("new"),
        stage: some("proposal"),
        amount: Some(decimal("4800000")),
        currency: some("JPY"),
        products: vec![text("maintenance")],
        close_on: Some(Date::parse("2027-03-31").expect("a day")),
        contacts: vec![OpportunityContact { crm_id: text("salesforce:0035e01"), role: some("decision_maker") }],
    }));
    t.campaign = some("expo-2026-10");
    t.content = some("case-acme");
    t.action = some("act-9f31");
    t.origin = Some(Box::new(origin()));
    t.actor = Some(Box::new(Actor { id: some("emp-17"), role: some("inside_sales") }));
    t.disposition = some("interested");
    t.reason = some("later");
    t.until = Some(Date::parse("2026-12-01").expect("a day"));
    t.answers.set("timeframe", Value::text("3m"));
    t.answers.set("issue", Value::List(vec![text("unplanned_downtime"), text("paper_work")]));
    t.properties.set("duration_s", Value::Number(decimal("412")));
    t.properties.set("share", Value::Number(decimal("-0.125")));
    t.properties.set("recorded", Value::Bool(true));
    t.attributes = Some(Box::new(AttributeChanges {
        contact: vec![(text("function"), Some(Value::text("production"))), (text("rank"), None)],
        account: vec![(text("employees"), Some(Value::Number(decimal("850"))))],
    }));
    t.person = Some(Box::new(person()));
    t.consent = vec![consent()];
    t
}

fn origin() -> Origin {
    Origin { source: some("google"), medium: some("cpc"), term: some("予知保全"), partner: some("partner-3") }
}

fn person() -> Person {
    Person {
        family_name: some("山田"),
        given_name: some("花子"),
        family_kana: some("ヤマダ"),
        given_kana: some("ハナコ"),
        name: some("山田 花子"),
        company: some("(株)アクメ"),
        department: some("生産技術部"),
        title: some("課長"),
        phones: vec![PersonPhone { kind: text("main"), number: text("+81521234567") }],
        language: some("ja"),
    }
}

fn consent() -> Consent {
    Consent {
        purpose: text("marketing"),
        channel: some("email"),
        state: ConsentState::Granted,
        basis: some("business_card"),
        at: Some(time("2026-10-07T00:00:00+09:00")),
        evidence: some("expo26 scan 118"),
    }
}

fn sentence() -> Sentence {
    Sentence {
        ja: text("料金ページを3回見て資料を請求した"),
        en: text("Saw pricing three times, then asked for documents"),
    }
}

fn playbook() -> PlaybookVersion {
    PlaybookVersion { hash: text("9f2c41"), name: text("default"), label: text("2026.11") }
}

fn contribution(rule: &str, now_milli: i64) -> Contribution {
    Contribution {
        input: InputId { source: text("segment"), id: text("m-771") },
        rule: text(rule),
        playbook: text("9f2c41"),
        occurred_at: time("2026-10-14T01:00:00Z"),
        points_then_milli: 15_000,
        points_now_milli: now_milli,
    }
}

pub fn envelope() -> Envelope {
    Envelope {
        event_id: EventId(*b"event-0000000041"),
        subject: SubjectId::Contact(CONTACT),
        sequence: 41,
        occurred_at: time("2026-10-14T01:04:00Z"),
        recorded_at: time("2026-10-14T01:04:03.250Z"),
        account_id: Some(ACCOUNT),
        account_unit: some("名古屋工場"),
        life_cycle: some("acquisition"),
        stage: some("mql"),
        cause: Cause::Rule,
        actor: Some(Actor { id: some("emp-17"), role: some("inside_sales") }),
        reason_code: some("mql_by_score"),
        sentence: Some(sentence()),
        sentence_short: Some(sentence()),
        corrects: Some(EventId(*b"event-0000000040")),
        scores: vec![ScoreMovement {
            name: text("behaviour"),
            before_milli: 58_125,
            after_milli: 73_125,
            largest: vec![ContributionGroup {
                rule: text("S11"),
                label: Some(Sentence { ja: text("資料請求"), en: text("Asked for documents") }),
                count: 1,
                points_then_milli: 15_000,
                points_now_milli: 15_000,
                latest_at: time("2026-10-14T01:04:00Z"),
                example: Some(InputId { source: text("segment"), id: text("m-771") }),
            }],
        }],
        fit: Some(FitReading { points_milli: 65_000, grade: text("A") }),
        reading: some("comparing"),
        top_solution: some("maintenance"),
        top_issue: some("unplanned_downtime"),
        tier: some("mid"),
        owner: Some(Actor { id: some("emp-17"), role: some("inside_sales") }),
        first_source: Some(origin()),
        campaign: some("expo-2026-10"),
        external_ids: vec![text("salesforce:00Q5e01")],
        known: Some(true),
        reachable: Some(true),
        account: Some(AccountFigures { score_milli: Some(121_000), stage: some("engaged"), sequence: 12 }),
        segments: Some(vec![text("manufacturing"), text("mid")]),
        playbook: playbook(),
    }
}

fn milestones() -> Vec<Milestone> {
    vec![
        Milestone { name: text("MAL"), first_at: time("2026-09-02T03:00:00Z"), count: 2 },
        Milestone { name: text("MQL"), first_at: time("2026-10-14T01:04:00Z"), count: 1 },
    ]
}

pub fn transition() -> StageTransition {
    StageTransition {
        envelope: envelope(),
        from: some("late"),
        from_since: Some(time("2026-08-30T00:00:00Z")),
        to: text("mql"),
        direction: MoveDirection::Forward,
        skipped: vec![text("nurturing")],
        milestones: milestones(),
        recycle_count: 1,
        missing: Some(Sentence {
            ja: text("SALに必要なのは、営業の判断。"), en: text("For SAL: the word of sales.")
        }),
    }
}

pub fn score_change() -> ScoreChange {
    ScoreChange {
        envelope: Envelope { sequence: 42, cause: Cause::Touchpoint, ..envelope() },
        score: text("behaviour"),
        before_milli: 58_125,
        after_milli: 73_125,
        added: vec![contribution("S11", 15_000)],
        replaced: vec![ReplacedContribution { before: contribution("S28", 4_100), after: contribution("S28", 15_000) }],
        removed: vec![contribution("S05", -1)],
        adjustments: vec![Adjustment { name: text("rounding"), points_milli: 1 }],
    }
}

pub fn segment_change() -> SegmentChange {
    SegmentChange {
        envelope: Envelope { sequence: 3, cause: Cause::Timer, ..envelope() },
        segment: text("renewal_due"),
        change: SegmentMove::Left,
        entered_at: Some(time("2026-10-02T00:00:00Z")),
        audience: true,
    }
}

pub fn action() -> Action {
    Action {
        envelope: Envelope { sequence: 4, cause: Cause::Timer, ..envelope() },
        programme: text("welcome"),
        step: text("hello"),
        status: ActionStatus::Withheld,
        channel: text("email"),
        executor: text("tool"),
        content: some("hello"),
        ask: vec![text("timeframe"), text("authority")],
        not_before: time("2026-10-02T01:00:00Z"),
        not_after: Some(time("2026-10-02T09:00:00Z")),
        withheld_for: some("limit"),
    }
}

pub fn handoff() -> Handoff {
    let from = touchpoint();
    Handoff {
        envelope: Envelope { sequence: 5, subject: SubjectId::Account(ACCOUNT), ..envelope() },
        handoff_id: EventId(*b"handed-hanako-01"),
        status: HandoffStatus::Assigned,
        handoff: text("hand_raised"),
        to: HandedTo {
            department: some("inside_sales"),
            team: some("east"),
            person: some("emp-17"),
            partner: some("partner-3"),
        },
        informed: some("emp-9"),
        contact: HandedContact {
            contact_id: CONTACT,
            external_ids: vec![text("salesforce:00Q5e01")],
            person: from.person.map(|person| *person),
            identifiers: from.identifiers,
            unit: some("名古屋工場"),
            stage: some("mql"),
            scores: vec![ScoreStanding { name: text("behaviour"), points_milli: 61_750 }],
            fit: Some(FitReading { points_milli: 75_000, grade: text("A") }),
            reading: some("comparing"),
            top_solution: some("maintenance"),
            top_issue: some("unplanned_downtime"),
            why: Sentence { ja: text("MQL: 検討度61.8。"), en: text("MQL: behaviour 61.8.") },
            answers: vec![(text("authority"), text("champion")), (text("timeframe"), text("3m"))],
            ask: vec![text("budget")],
            mind: vec![text("no_mail"), text("prefers_call")],
            refused_for: vec![text("no_contact")],
            next_content: some("compare"),
        },
        contacts: vec![CONTACT, ContactId(*b"contact-hanako-9")],
        offered_at: time("2026-06-25T01:00:00Z"),
        first_attempt_due: Some(time("2026-06-26T01:00:00Z")),
        decision_due: Some(time("2026-06-30T01:00:00Z")),
        held_until: Some(time("2026-07-30T15:00:00Z")),
    }
}

fn attribute(value: Value) -> AttributeState {
    AttributeState { value, source: some("salesforce"), since: Some(time("2026-04-01T00:00:00Z")) }
}

fn stages(life_cycle: &str, stage: &str) -> Vec<StageStanding> {
    vec![StageStanding { life_cycle: text(life_cycle), stage: text(stage), since: time("2026-10-14T01:04:00Z") }]
}

pub fn contact() -> ContactState {
    let from = touchpoint();
    ContactState {
        contact_id: CONTACT,
        sequence: 42,
        recorded_at: time("2026-10-14T01:04:03.250Z"),
        known: true,
        reachable: Some(true),
        merged_into: Some(ContactId(*b"contact-hanako-0")),
        formerly: Some(ContactId(*b"contact-hanako-9")),
        account_id: Some(ACCOUNT),
        account_unit: some("名古屋工場"),
        stages: stages("acquisition", "mql"),
        scores: vec![ScoreStanding { name: text("behaviour"), points_milli: 73_125 }],
        fit: Some(FitReading { points_milli: 65_000, grade: text("A") }),
        milestones: milestones(),
        recycle_count: 1,
        reading: some("comparing"),
        top_solution: some("maintenance"),
        top_issue: some("unplanned_downtime"),
        tier: some("mid"),
        owner: Some(Actor { id: some("emp-17"), role: some("inside_sales") }),
        first_source: Some(origin()),
        segments: Some(vec![text("manufacturing")]),
        next_content: some("case-mid"),
        next_channel: some("email"),
        variants: vec![(text("landing"), text("maintenance"))],
        programmes: vec![text("product"), text("newsletter")],
        answers: vec![(text("timeframe"), attribute(Value::text("3m")))],
        attributes: vec![
            (text("function"), attribute(Value::text("production"))),
            (text("visits"), attribute(Value::Number(decimal("3.5")))),
        ],
        identifiers: from.identifiers,
        person: from.person.map(|person| *person),
        consent: from.consent,
        playbook: playbook(),
    }
}

pub fn review() -> Review {
    Review {
        review_id: text("r00000000000000000000000001"),
        status: ReviewStatus::Decided,
        kind: ReviewKind::SameContact,
        reason: text("name_and_company"),
        recorded_at: time("2026-10-14T01:04:04Z"),
        subjects: vec![text("c1"), text("c2")],
        identifier: some("00000000000000000000000001"),
        identifier_kind: some("phone"),
        decision: some("different"),
        decided_by: some("ops-3"),
    }
}

pub fn account() -> AccountState {
    AccountState {
        account_id: ACCOUNT,
        sequence: 12,
        recorded_at: time("2026-10-14T01:04:04Z"),
        merged_into: Some(AccountId(*b"account-acme-001")),
        name: some("(株)アクメ"),
        corporate_number: some("8700110005901"),
        domains: vec![text("acme.example")],
        external_ids: vec![text("salesforce:0015e01")],
        units: vec![text("名古屋工場")],
        stages: stages("account", "engaged"),
        scores: vec![ScoreStanding { name: text("account"), points_milli: 121_000 }],
        fit: Some(FitReading { points_milli: 40_000, grade: text("B") }),
        milestones: milestones(),
        contact_count: 7,
        active_contact_count: 3,
        roles: vec![
            RoleCoverage { role: text("champion"), contacts: 1 },
            RoleCoverage { role: text("decision_maker"), contacts: 0 },
        ],
        tier: some("mid"),
        owner: Some(Actor { id: some("emp-17"), role: some("sales") }),
        segments: Some(vec![text("manufacturing")]),
        attributes: vec![(text("employees"), attribute(Value::Number(decimal("850"))))],
        playbook: playbook(),
    }
}
