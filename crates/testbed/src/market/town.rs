//! Who lives in the market: companies with their buying groups, and what each of them has come to by now.

use super::MarketSettings;
use super::crm::Crm;
use super::dice::Dice;
use super::names::{COMPANY_FORMS, FAMILIES, FUNCTIONS, GIVENS, Name, PLACES, REGIONS, TRADES};
use super::seminar::Seminar;
use super::site::Form;
use std::ops::Range;
use touchpoint::Timestamp;

pub(super) struct World {
    pub(super) start: Timestamp,
    pub(super) end: Timestamp,
    pub(super) accounts: Vec<Account>,
    pub(super) people: Vec<Person>,
    pub(super) seminars: Vec<Seminar>,
    pub(super) crm: Crm,
    /// For what is nobody's own doing.
    pub(super) dice: Dice,
}

/// A company. What it needs nobody sees; its people's behaviour follows from it.
pub(super) struct Account {
    /// Without its legal form.
    pub(super) name: String,
    pub(super) domain: String,
    pub(super) corporate_number: String,
    pub(super) switchboard: String,
    pub(super) industry: &'static str,
    pub(super) employees: i64,
    pub(super) region: &'static str,
    pub(super) named: bool,
    pub(super) kind: AccountKind,
    pub(super) topic: Topic,
    pub(super) need: Need,
    pub(super) members: Range<usize>,
    /// A PC in the workshop that several of them use.
    pub(super) shared_device: Option<String>,
    /// Its mail server opens every link before the reader does.
    pub(super) scans_mail: bool,
    pub(super) crm_id: Option<String>,
    pub(super) deal_open: bool,
    pub(super) dice: Dice,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum AccountKind {
    Prospect,
    Customer,
    /// Reads everything and buys nothing.
    Competitor,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Need {
    None,
    Latent,
    Emerging,
    Active,
}

/// A solution, and the issue behind it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Topic {
    pub(super) solution: Solution,
    pub(super) issue: &'static str,
    pub(super) issue_ja: &'static str,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Solution {
    Maintenance,
    Planning,
}

pub(super) const TOPICS: &[Topic] = &[
    Topic { solution: Solution::Maintenance, issue: "unplanned_downtime", issue_ja: "突発停止" },
    Topic { solution: Solution::Maintenance, issue: "skill_transfer", issue_ja: "技能継承" },
    Topic { solution: Solution::Planning, issue: "late_delivery", issue_ja: "納期遅れ" },
    Topic { solution: Solution::Planning, issue: "paper_work", issue_ja: "紙・Excel管理" },
];

/// One of a buying group.
pub(super) struct Person {
    pub(super) account: usize,
    pub(super) family: Name,
    pub(super) given: Name,
    pub(super) email: String,
    /// A mailbox provider's address.
    pub(super) private_mail: bool,
    pub(super) mobile: Option<String>,
    pub(super) rank: &'static str,
    pub(super) function: &'static str,
    pub(super) company_form: (&'static str, &'static str),
    /// Cookies with the agent of each browser.
    pub(super) devices: Vec<(String, &'static str)>,
    /// What they chose in the banner.
    pub(super) tracking: bool,
    /// How eager they are, in percent of the group's mean.
    pub(super) eagerness: i64,
    pub(super) dice: Dice,
    /// The visit that they plan next; older plans are void.
    pub(super) plan: u32,
    /// What inside sales sees of their activity.
    pub(super) warmth: i64,
    pub(super) known: bool,
    pub(super) subscribed: bool,
    pub(super) enriched: bool,
    pub(super) sent: Vec<Form>,
    pub(super) asked_at: Option<Timestamp>,
    pub(super) raised_at: Option<Timestamp>,
    pub(super) lead: Option<String>,
    pub(super) contact: Option<String>,
    pub(super) sales: Sales,
}

/// How far sales is with somebody.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Sales {
    Idle,
    /// On inside sales' list.
    Calling,
    /// Accepted, held or qualified.
    Working,
    /// Turned down; stays so until a hand is raised.
    Closed,
    InDeal,
}

pub(super) const AGENTS: &[(u64, &str)] = &[
    (
        45,
        "Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/141.0.0.0 Safari/537.36",
    ),
    (
        30,
        "Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/141.0.0.0 Safari/537.36 Edg/141.0.0.0",
    ),
    (
        10,
        "Mozilla/5.0 (Macintosh; Intel Mac OS X 10_15_7) AppleWebKit/605.1.15 (KHTML, like Gecko) Version/18.6 Safari/605.1.15",
    ),
];
pub(super) const PHONE_AGENT: &str = "Mozilla/5.0 (iPhone; CPU iPhone OS 18_6 like Mac OS X) AppleWebKit/605.1.15 (KHTML, like Gecko) Version/18.6 Mobile/15E148 Safari/604.1";

impl World {
    pub(super) fn new(settings: &MarketSettings) -> Self {
        let mut dice = Dice::new(settings.seed);
        let mut world = Self {
            start: settings.start,
            end: settings.end,
            accounts: Vec::new(),
            people: Vec::new(),
            seminars: super::seminar::programme(settings.start, settings.end),
            crm: Crm::new(dice.split()),
            dice: dice.split(),
        };
        for number in 0..settings.accounts {
            let mut own = dice.split();
            let first = world.people.len();
            let mut account = account(number, first, &mut own);
            for person in 0..account.members.len() {
                let born = person_of(&account, world.accounts.len(), person, &world.people[first..], &mut own);
                world.people.push(born);
            }
            account.dice = own;
            world.accounts.push(account);
        }
        world
    }

    pub(super) fn account_of(&self, person: usize) -> &Account {
        &self.accounts[self.people[person].account]
    }

    /// Dice of a person for one act.
    pub(super) fn throw(&mut self, person: usize) -> Dice {
        self.people[person].dice.split()
    }

    /// The company's name as this person writes it.
    pub(super) fn company_as_written(&self, person: usize) -> String {
        let (before, after) = self.people[person].company_form;
        format!("{before}{}{after}", self.account_of(person).name)
    }
}

fn account(number: u32, first: usize, dice: &mut Dice) -> Account {
    let weights: Vec<(u64, usize)> = TRADES.iter().enumerate().map(|(at, trade)| (trade.weight, at)).collect();
    let trade = &TRADES[dice.weighted(&weights)];
    let (suffix, suffix_latin) = dice.pick(trade.suffixes);
    let (place, place_latin) = PLACES[number as usize % PLACES.len()];
    // One place has many companies; a number keeps their names and domains apart.
    let round = number as usize / PLACES.len();
    let (name, domain) = match round {
        0 => (format!("{place}{suffix}"), format!("{place_latin}-{suffix_latin}.example")),
        _ => (format!("{place}第{}{suffix}", round + 1), format!("{place_latin}{}-{suffix_latin}.example", round + 1)),
    };
    let (least, most, group) = dice.weighted(&[
        (12, (8, 29, 2)),
        (25, (30, 99, 3)),
        (30, (100, 299, 4)),
        (23, (300, 999, 6)),
        (10, (1000, 6000, 8)),
    ]);
    let kind =
        dice.weighted(&[(915, AccountKind::Prospect), (65, AccountKind::Customer), (20, AccountKind::Competitor)]);
    let employees = dice.between(least, most);
    Account {
        name,
        domain,
        corporate_number: corporate_number(number),
        switchboard: format!("052-0{:02}-{:04}", number / 10_000, number % 10_000),
        industry: trade.industry,
        employees,
        region: dice.weighted(REGIONS),
        named: employees >= 1000 && dice.chance(400),
        kind,
        topic: dice.pick(TOPICS),
        need: if kind == AccountKind::Competitor { Need::Emerging } else { Need::None },
        members: first..first + usize::try_from(dice.between(1, group)).unwrap_or(1),
        shared_device: dice.chance(100).then(|| dice.hex(12)),
        scans_mail: dice.chance(120),
        crm_id: None,
        deal_open: false,
        dice: dice.clone(),
    }
}

/// A made-up 法人番号: a check digit and twelve others (Order of the Ministry of Finance No. 70 of 2014).
fn corporate_number(number: u32) -> String {
    let base = format!("9900{number:08}");
    let sum: u32 = base
        .bytes()
        .rev()
        .zip([1, 2].into_iter().cycle())
        .map(|(digit, weight)| u32::from(digit - b'0') * weight)
        .sum();
    format!("{}{base}", 9 - sum % 9)
}

fn person_of(account: &Account, index: usize, member: usize, others: &[Person], dice: &mut Dice) -> Person {
    let (family, given) = (dice.pick(FAMILIES), dice.pick(GIVENS));
    let private_mail = dice.chance(70);
    let plain = format!("{}.{}", given.latin, family.latin);
    let email = if private_mail {
        // Nobody's: no mailbox provider gives out the ending.
        format!("{plain}.{}@gmail.com", account.domain.replace(".example", ".market.simulation"))
    } else if others.iter().any(|other| other.email.split('@').next() == Some(plain.as_str())) {
        format!("{plain}{member}@{}", account.domain)
    } else {
        format!("{plain}@{}", account.domain)
    };
    let rank = dice.weighted(&[(4, "役員"), (15, "部長"), (31, "課長"), (17, "係長"), (11, "主任"), (22, "担当")]);
    let mut devices = vec![(dice.hex(12), dice.weighted(AGENTS))];
    if dice.chance(350) {
        devices.push((dice.hex(12), PHONE_AGENT));
    }
    if dice.chance(80) {
        devices.push((dice.hex(12), dice.weighted(AGENTS)));
    }
    Person {
        account: index,
        family,
        given,
        email,
        private_mail,
        mobile: dice.chance(600).then(|| format!("090-0{:03}-{:04}", dice.below(1000), dice.below(10_000))),
        rank,
        function: dice.weighted(FUNCTIONS),
        company_form: dice.pick(COMPANY_FORMS),
        devices,
        tracking: dice.chance(880),
        // Managers compare, the field tries, the board looks in now and then.
        eagerness: match rank {
            "課長" => dice.between(100, 200),
            "役員" | "部長" => dice.between(30, 100),
            _ => dice.between(50, 150),
        },
        dice: dice.split(),
        plan: 0,
        warmth: 0,
        known: false,
        subscribed: false,
        enriched: false,
        sent: Vec::new(),
        asked_at: None,
        raised_at: None,
        lead: None,
        contact: None,
        sales: Sales::Idle,
    }
}

#[cfg(test)]
mod tests {
    #[test]
    fn a_corporate_number_has_its_check_digit() {
        // 700110005901 is the number whose check digit the canonical example carries: 8.
        let base = "700110005901";
        let sum: u32 = base
            .bytes()
            .rev()
            .zip([1, 2].into_iter().cycle())
            .map(|(digit, weight)| u32::from(digit - b'0') * weight)
            .sum();
        assert_eq!(9 - sum % 9, 8);
        assert_eq!(super::corporate_number(17).len(), 13);
    }
}
