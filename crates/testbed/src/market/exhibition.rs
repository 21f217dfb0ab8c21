//! The exhibition: three days of cards and talks, typed in and sent days later as one file.

use super::agenda::{Agenda, Job};
use super::calendar::{DAY, HOUR, MINUTE, business_days_later, moment};
use super::record::Happening;
use super::tool::canonical::Told;
use super::town::{AccountKind, Need, Sales, World};
use super::{calendar, call::Reason, profile, sales};
use serde_json::json;
use touchpoint::{Date, Timestamp};

const CAMPAIGN: &str = "expo-factory";

/// When the file with the cards is sent.
pub(super) fn file_at(start: Timestamp, end: Timestamp) -> Timestamp {
    let week_after = Date::from_days(opens(start, end).as_days() + 7);
    moment(calendar::business_day_from(week_after), 10 * HOUR)
}

/// The opening day: two fifths into the simulated months.
fn opens(start: Timestamp, end: Timestamp) -> Date {
    calendar::business_day_from(calendar::day(start.plus_millis(end.millis_since(start) * 2 / 5)))
}

/// The file: who came to the booth on one of the three days.
pub(super) fn tell(world: &mut World, agenda: &mut Agenda, at: Timestamp) {
    let mut dice = world.dice.split();
    let opened = opens(world.start, world.end);
    let mut row = 0;
    for person in 0..world.people.len() {
        let account = world.account_of(person);
        let comes = match account.need {
            Need::None => 15,
            Need::Latent => 60,
            Need::Emerging => 130,
            Need::Active => 160,
        };
        if account.kind != AccountKind::Prospect || !dice.chance(comes) {
            continue;
        }
        let met_at = moment(opened, dice.between(10 * HOUR, 17 * HOUR)).plus_millis(dice.between(0, 2) * DAY);
        let talked = dice.chance(600);
        let (rank, timeframe) = dice.weighted(match account.need {
            Need::Active => &[(60, ("A", "3m")), (40, ("B", "6m"))],
            Need::Emerging => &[(15, ("A", "6m")), (60, ("B", "12m")), (25, ("C", "later"))],
            _ => &[(15, ("B", "12m")), (85, ("C", "unknown"))],
        });
        let mut touchpoint = profile::somebody(world, person);
        touchpoint["identifiers"]["card"] = json!(format!("sansan:{}", 880_000 + person));
        touchpoint["identifiers"]["badge"] = json!(format!("{CAMPAIGN}:B{person}"));
        touchpoint["campaign"] = json!(CAMPAIGN);
        touchpoint["direction"] = json!("in");
        touchpoint["consent"] = json!([{
            "purpose": "marketing",
            "channel": "email",
            "state": "granted",
            "basis": "business_card",
            "at": calendar::day(met_at).to_string(),
            "evidence": CAMPAIGN,
        }]);
        if talked {
            touchpoint["properties"] = json!({"event": CAMPAIGN, "rank": rank});
            touchpoint["answers"] = json!({"timeframe": timeframe, "issue": account.topic.issue});
        } else {
            touchpoint["properties"] = json!({"event": CAMPAIGN});
        }
        let told = Told {
            source: "card-scanner",
            id: format!("{CAMPAIGN}-{person}"),
            occurred_at: met_at,
            channel: "event",
            kind: if talked { "booth_visit" } else { "card_scan" },
            touchpoint,
        };
        row += 1;
        let row_at = at.plus_millis(row * 20);
        agenda.send(told.plain(row_at).telling(Happening::MetAtExhibition));
        profile::met(world, agenda, row_at, person);
        if talked && rank == "A" && world.people[person].sales == Sales::Idle {
            world.people[person].sales = Sales::Calling;
            sales::lead_from_form(world, agenda, row_at, person);
            let then = business_days_later(row_at.plus_millis(30 * MINUTE), dice.between(1, 2), &mut dice);
            agenda.plan(then, Job::Call { person, reason: Reason::Activity, attempt: 1 });
        }
    }
}
