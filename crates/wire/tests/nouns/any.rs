//! Any noun: every field absent or present, texts of every script, numbers from end to end.

use proptest::collection::{btree_map, vec};
use proptest::option::of;
use proptest::prelude::*;
use touchpoint::output::*;
use touchpoint::*;

pub fn text() -> impl Strategy<Value = Text> {
    prop_oneof![
        Just(""),
        Just("acme"),
        Just("生産技術部 \"A\"\\\n\u{1}"),
        Just("a text that does not fit the inline form of 24 bytes")
    ]
    .prop_map(Text::new)
    .boxed()
    .prop_union("\\PC{0,30}".prop_map(Text::from).boxed())
}

fn texts() -> impl Strategy<Value = Vec<Text>> {
    vec(text(), 0..4)
}

/// Within the years that text can show, in both directions.
pub fn timestamp() -> impl Strategy<Value = Timestamp> {
    (-62_135_596_800_000_i64..253_402_300_799_999).prop_map(Timestamp::from_millis)
}

fn date() -> impl Strategy<Value = Date> {
    (-700_000..2_900_000).prop_map(Date::from_days)
}

fn decimal() -> impl Strategy<Value = Decimal> {
    prop_oneof![any::<i64>(), -1_000_000_000..1_000_000_000_i64].prop_map(Decimal::from_micros)
}

pub fn value() -> impl Strategy<Value = Value> {
    prop_oneof![
        any::<bool>().prop_map(Value::Bool),
        decimal().prop_map(Value::Number),
        text().prop_map(Value::Text),
        texts().prop_map(Value::List),
    ]
}

fn properties() -> impl Strategy<Value = Properties> {
    btree_map(text(), value(), 0..5).prop_map(Properties::from_iter)
}

fn changes() -> impl Strategy<Value = Vec<(Text, Option<Value>)>> {
    btree_map(text(), of(value()), 0..4).prop_map(Vec::from_iter)
}

fn identifiers() -> impl Strategy<Value = Vec<Identifier>> {
    let kind = proptest::sample::select(IdentifierKind::ALL.as_slice());
    vec((kind, text()), 0..6).prop_map(|pairs| {
        let mut all: Vec<_> = pairs.into_iter().map(|(kind, value)| Identifier { kind, value }).collect();
        all.sort_by_key(|identifier| identifier.kind);
        all
    })
}

fn input() -> impl Strategy<Value = InputId> {
    (text(), text()).prop_map(|(source, id)| InputId { source, id })
}

fn actor() -> impl Strategy<Value = Actor> {
    (of(text()), of(text())).prop_map(|(id, role)| Actor { id, role })
}

fn origin() -> impl Strategy<Value = Origin> {
    (of(text()), of(text()), of(text()), of(text())).prop_map(|(source, medium, term, partner)| Origin {
        source,
        medium,
        term,
        partner,
    })
}

fn account_ref() -> impl Strategy<Value = AccountRef> {
    (texts(), of(text()), of(text()), of(text()), of(text()), of(text())).prop_map(
        |(ids, corporate_number, domain, name, unit, phone)| AccountRef {
            ids,
            corporate_number,
            domain,
            name,
            unit,
            phone,
        },
    )
}

fn opportunity() -> impl Strategy<Value = Opportunity> {
    let contacts = vec((text(), of(text())).prop_map(|(crm_id, role)| OpportunityContact { crm_id, role }), 0..3);
    (text(), of(text()), of(text()), of(decimal()), of(text()), texts(), of(date()), contacts).prop_map(
        |(id, kind, stage, amount, currency, products, close_on, contacts)| Opportunity {
            id,
            kind,
            stage,
            amount,
            currency,
            products,
            close_on,
            contacts,
        },
    )
}

fn person() -> impl Strategy<Value = Person> {
    let names = (of(text()), of(text()), of(text()), of(text()), of(text()));
    let work = (of(text()), of(text()), of(text()), of(text()));
    let phones = vec((text(), text()).prop_map(|(kind, number)| PersonPhone { kind, number }), 0..3);
    (names, work, phones).prop_map(
        |((family_name, given_name, family_kana, given_kana, name), (company, department, title, language), phones)| {
            Person {
                family_name,
                given_name,
                family_kana,
                given_kana,
                name,
                company,
                department,
                title,
                phones,
                language,
            }
        },
    )
}

fn consent() -> impl Strategy<Value = Consent> {
    let state = prop_oneof![Just(ConsentState::Granted), Just(ConsentState::Denied)];
    (text(), of(text()), state, of(text()), of(timestamp()), of(text())).prop_map(
        |(purpose, channel, state, basis, at, evidence)| Consent { purpose, channel, state, basis, at, evidence },
    )
}

pub fn touchpoint() -> impl Strategy<Value = Touchpoint> {
    let what = (input(), of(any::<i64>()), any::<bool>(), timestamp(), text(), text());
    let direction = of(prop_oneof![Just(Direction::In), Just(Direction::Out)]);
    let whom = (direction, identifiers(), of(account_ref()), of(opportunity()));
    let about = (of(text()), of(text()), of(text()), of(origin()), of(actor()), of(text()), of(text()), of(date()));
    let attributes = of((changes(), changes()).prop_map(|(contact, account)| AttributeChanges { contact, account }));
    let more = (properties(), properties(), attributes, of(person()), vec(consent(), 0..3));
    (what, whom, about, more).prop_map(
        |(
            (input, version, void, occurred_at, channel, kind),
            (direction, identifiers, account, opportunity),
            (campaign, content, action, origin, actor, disposition, reason, until),
            (answers, properties, attributes, person, consent),
        )| Touchpoint {
            input,
            version,
            void,
            occurred_at,
            channel,
            kind,
            direction,
            identifiers,
            account: account.map(Box::new),
            opportunity: opportunity.map(Box::new),
            campaign,
            content,
            action,
            origin: origin.map(Box::new),
            actor: actor.map(Box::new),
            disposition,
            reason,
            until,
            answers,
            properties,
            attributes: attributes.map(Box::new),
            person: person.map(Box::new),
            consent,
        },
    )
}

fn sentence() -> impl Strategy<Value = Sentence> {
    (text(), text()).prop_map(|(ja, en)| Sentence { ja, en })
}

fn group() -> impl Strategy<Value = ContributionGroup> {
    (text(), of(sentence()), any::<u32>(), any::<i64>(), any::<i64>(), timestamp(), of(input())).prop_map(
        |(rule, label, count, points_then_milli, points_now_milli, latest_at, example)| ContributionGroup {
            rule,
            label,
            count,
            points_then_milli,
            points_now_milli,
            latest_at,
            example,
        },
    )
}

fn contribution() -> impl Strategy<Value = Contribution> {
    (input(), text(), text(), timestamp(), any::<i64>(), any::<i64>()).prop_map(
        |(input, rule, playbook, occurred_at, points_then_milli, points_now_milli)| Contribution {
            input,
            rule,
            playbook,
            occurred_at,
            points_then_milli,
            points_now_milli,
        },
    )
}

fn movement() -> impl Strategy<Value = ScoreMovement> {
    (text(), any::<i64>(), any::<i64>(), vec(group(), 0..3)).prop_map(|(name, before_milli, after_milli, largest)| {
        ScoreMovement { name, before_milli, after_milli, largest }
    })
}

fn fit() -> impl Strategy<Value = FitReading> {
    (any::<i64>(), text()).prop_map(|(points_milli, grade)| FitReading { points_milli, grade })
}

fn playbook() -> impl Strategy<Value = PlaybookVersion> {
    (text(), text(), text()).prop_map(|(hash, name, label)| PlaybookVersion { hash, name, label })
}

fn milestones() -> impl Strategy<Value = Vec<Milestone>> {
    vec(
        (text(), timestamp(), any::<u32>()).prop_map(|(name, first_at, count)| Milestone { name, first_at, count }),
        0..3,
    )
}

/// Sequences end where Avro's long does.
fn sequence() -> impl Strategy<Value = u64> {
    0..=i64::MAX.cast_unsigned()
}

fn contact_id() -> impl Strategy<Value = ContactId> {
    any::<[u8; 16]>().prop_map(ContactId)
}

fn account_id() -> impl Strategy<Value = AccountId> {
    any::<[u8; 16]>().prop_map(AccountId)
}

fn envelope() -> impl Strategy<Value = Envelope> {
    let event = any::<[u8; 16]>().prop_map(EventId);
    let subject = prop_oneof![contact_id().prop_map(SubjectId::Contact), account_id().prop_map(SubjectId::Account)];
    let which = (event.clone(), subject, sequence(), timestamp(), timestamp());
    let place = (of(account_id()), of(text()), of(text()), of(text()));
    let cause = proptest::sample::select(Cause::ALL.as_slice());
    let why = (cause, of(actor()), of(text()), of(sentence()), of(sentence()), of(event));
    let standing = (vec(movement(), 0..3), of(fit()), of(text()), of(text()), of(text()), of(text()), of(actor()));
    let account = (of(any::<i64>()), of(text()), sequence())
        .prop_map(|(score_milli, stage, sequence)| AccountFigures { score_milli, stage, sequence });
    let rest =
        (of(origin()), of(text()), texts(), of(any::<bool>()), of(any::<bool>()), of(account), of(texts()), playbook());
    (which, place, why, standing, rest).prop_map(
        |(
            (event_id, subject, sequence, occurred_at, recorded_at),
            (account_id, account_unit, life_cycle, stage),
            (cause, actor, reason_code, sentence, sentence_short, corrects),
            (scores, fit, reading, top_solution, top_issue, tier, owner),
            (first_source, campaign, external_ids, known, reachable, account, segments, playbook),
        )| Envelope {
            event_id,
            subject,
            sequence,
            occurred_at,
            recorded_at,
            account_id,
            account_unit,
            life_cycle,
            stage,
            cause,
            actor,
            reason_code,
            sentence,
            sentence_short,
            corrects,
            scores,
            fit,
            reading,
            top_solution,
            top_issue,
            tier,
            owner,
            first_source,
            campaign,
            external_ids,
            known,
            reachable,
            account,
            segments,
            playbook,
        },
    )
}

pub fn transition() -> impl Strategy<Value = StageTransition> {
    let direction = proptest::sample::select(MoveDirection::ALL.as_slice());
    let rest = (direction, texts(), milestones(), any::<u32>(), of(sentence()));
    (envelope(), of(text()), of(timestamp()), text(), rest).prop_map(
        |(envelope, from, from_since, to, (direction, skipped, milestones, recycle_count, missing))| StageTransition {
            envelope,
            from,
            from_since,
            to,
            direction,
            skipped,
            milestones,
            recycle_count,
            missing,
        },
    )
}

pub fn score_change() -> impl Strategy<Value = ScoreChange> {
    let replaced = (contribution(), contribution()).prop_map(|(before, after)| ReplacedContribution { before, after });
    let adjustment = (text(), any::<i64>()).prop_map(|(name, points_milli)| Adjustment { name, points_milli });
    (
        envelope(),
        text(),
        any::<i64>(),
        any::<i64>(),
        vec(contribution(), 0..3),
        vec(replaced, 0..3),
        vec(contribution(), 0..3),
        vec(adjustment, 0..3),
    )
        .prop_map(|(envelope, score, before_milli, after_milli, added, replaced, removed, adjustments)| {
            ScoreChange { envelope, score, before_milli, after_milli, added, replaced, removed, adjustments }
        })
}

pub fn segment_change() -> impl Strategy<Value = SegmentChange> {
    let change = proptest::sample::select(SegmentMove::ALL.as_slice());
    (envelope(), text(), change, of(timestamp()), any::<bool>()).prop_map(
        |(envelope, segment, change, entered_at, audience)| SegmentChange {
            envelope,
            segment,
            change,
            entered_at,
            audience,
        },
    )
}

pub fn action() -> impl Strategy<Value = Action> {
    let status = proptest::sample::select(ActionStatus::ALL.as_slice());
    let what = (text(), text(), status, text(), text());
    (envelope(), what, of(text()), vec(text(), 0..3), timestamp(), of(timestamp()), of(text())).prop_map(
        |(
            envelope,
            (programme, step, status, channel, executor),
            content,
            ask,
            not_before,
            not_after,
            withheld_for,
        )| {
            Action {
                envelope,
                programme,
                step,
                status,
                channel,
                executor,
                content,
                ask,
                not_before,
                not_after,
                withheld_for,
            }
        },
    )
}

fn handed_contact() -> impl Strategy<Value = HandedContact> {
    let who = (contact_id(), vec(text(), 0..2), of(person()), identifiers(), of(text()), of(text()));
    let standing = vec((text(), any::<i64>()), 0..3);
    let fit = of((any::<i64>(), text()).prop_map(|(points_milli, grade)| FitReading { points_milli, grade }));
    let about = (of(text()), of(text()), of(text()), sentence());
    let answers = btree_map(text(), text(), 0..3).prop_map(Vec::from_iter);
    let lists = (answers, vec(text(), 0..2), vec(text(), 0..2), vec(text(), 0..2), of(text()));
    (who, standing, fit, about, lists).prop_map(|(who, scores, fit, about, lists)| {
        let (contact_id, external_ids, person, identifiers, unit, stage) = who;
        let (reading, top_solution, top_issue, why) = about;
        let (answers, ask, mind, refused_for, next_content) = lists;
        HandedContact {
            contact_id,
            external_ids,
            person,
            identifiers,
            unit,
            stage,
            scores: scores.into_iter().map(|(name, points_milli)| ScoreStanding { name, points_milli }).collect(),
            fit,
            reading,
            top_solution,
            top_issue,
            why,
            answers,
            ask,
            mind,
            refused_for,
            next_content,
        }
    })
}

pub fn handoff() -> impl Strategy<Value = Handoff> {
    let status = proptest::sample::select(HandoffStatus::ALL.as_slice());
    let to = (of(text()), of(text()), of(text()), of(text()));
    let to = to.prop_map(|(department, team, person, partner)| HandedTo { department, team, person, partner });
    let what = (any::<[u8; 16]>().prop_map(EventId), status, text(), to, of(text()));
    let times = (timestamp(), of(timestamp()), of(timestamp()), of(timestamp()));
    (envelope(), what, handed_contact(), vec(contact_id(), 0..3), times).prop_map(
        |(envelope, (handoff_id, status, handoff, to, informed), contact, contacts, times)| {
            let (offered_at, first_attempt_due, decision_due, held_until) = times;
            Handoff {
                envelope,
                handoff_id,
                status,
                handoff,
                to,
                informed,
                contact,
                contacts,
                offered_at,
                first_attempt_due,
                decision_due,
                held_until,
            }
        },
    )
}

fn attribute_states() -> impl Strategy<Value = Vec<(Text, AttributeState)>> {
    let state = (value(), of(text()), of(timestamp())).prop_map(|(value, source, since)| AttributeState {
        value,
        source,
        since,
    });
    btree_map(text(), state, 0..4).prop_map(Vec::from_iter)
}

fn stages() -> impl Strategy<Value = Vec<StageStanding>> {
    vec(
        (text(), text(), timestamp()).prop_map(|(life_cycle, stage, since)| StageStanding { life_cycle, stage, since }),
        0..3,
    )
}

fn scores() -> impl Strategy<Value = Vec<ScoreStanding>> {
    vec((text(), any::<i64>()).prop_map(|(name, points_milli)| ScoreStanding { name, points_milli }), 0..3)
}

pub fn contact() -> impl Strategy<Value = ContactState> {
    let which = (contact_id(), sequence(), timestamp(), any::<bool>(), of(any::<bool>()));
    let links = (of(contact_id()), of(contact_id()), of(account_id()), of(text()));
    let standing = (stages(), scores(), of(fit()), milestones(), any::<u32>(), of(text()), of(text()), of(text()));
    let variants = btree_map(text(), text(), 0..3).prop_map(Vec::from_iter);
    let lead =
        (of(text()), of(actor()), of(origin()), of(texts()), of(text()), of(text()), variants, vec(text(), 0..3));
    let profile =
        (attribute_states(), attribute_states(), identifiers(), of(person()), vec(consent(), 0..3), playbook());
    (which, links, standing, lead, profile).prop_map(
        |(
            (contact_id, sequence, recorded_at, known, reachable),
            (merged_into, formerly, account_id, account_unit),
            (stages, scores, fit, milestones, recycle_count, reading, top_solution, top_issue),
            (tier, owner, first_source, segments, next_content, next_channel, variants, programmes),
            (answers, attributes, identifiers, person, consent, playbook),
        )| ContactState {
            contact_id,
            sequence,
            recorded_at,
            known,
            reachable,
            merged_into,
            formerly,
            account_id,
            account_unit,
            stages,
            scores,
            fit,
            milestones,
            recycle_count,
            reading,
            top_solution,
            top_issue,
            tier,
            owner,
            first_source,
            segments,
            next_content,
            next_channel,
            variants,
            programmes,
            answers,
            attributes,
            identifiers,
            person,
            consent,
            playbook,
        },
    )
}

pub fn review() -> impl Strategy<Value = Review> {
    let what = (
        text(),
        proptest::sample::select(&ReviewStatus::ALL[..]),
        proptest::sample::select(&ReviewKind::ALL[..]),
        text(),
        timestamp(),
        texts(),
    );
    (what, of(text()), of(text()), of(text()), of(text())).prop_map(
        |((review_id, status, kind, reason, recorded_at, subjects), identifier, identifier_kind, decision, by)| {
            Review {
                review_id,
                status,
                kind,
                reason,
                recorded_at,
                subjects,
                identifier,
                identifier_kind,
                decision,
                decided_by: by,
            }
        },
    )
}

pub fn account() -> impl Strategy<Value = AccountState> {
    let which = (account_id(), sequence(), timestamp(), of(account_id()), of(text()), of(text()));
    let known_as = (texts(), texts(), texts());
    let role = (text(), any::<u32>()).prop_map(|(role, contacts)| RoleCoverage { role, contacts });
    let standing = (
        stages(),
        scores(),
        of(fit()),
        milestones(),
        any::<u32>(),
        any::<u32>(),
        vec(role, 0..3),
        of(text()),
        of(actor()),
    );
    let rest = (of(texts()), attribute_states(), playbook());
    (which, known_as, standing, rest).prop_map(
        |(
            (account_id, sequence, recorded_at, merged_into, name, corporate_number),
            (domains, external_ids, units),
            (stages, scores, fit, milestones, contact_count, active_contact_count, roles, tier, owner),
            (segments, attributes, playbook),
        )| AccountState {
            account_id,
            sequence,
            recorded_at,
            merged_into,
            name,
            corporate_number,
            domains,
            external_ids,
            units,
            stages,
            scores,
            fit,
            milestones,
            contact_count,
            active_contact_count,
            roles,
            tier,
            owner,
            segments,
            attributes,
            playbook,
        },
    )
}
