//! A playbook of a given size, drawn: rules over every channel, segments, readings and programmes of each kind there is.

use std::fmt::Write;

/// What the playbook has of each.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Size {
    pub(crate) rules: usize,
    pub(crate) segments: usize,
    pub(crate) programmes: usize,
}

/// Classes of pages, each with its pages; the rules about page views ask for one each.
pub(crate) const PAGE_CLASSES: usize = 40;
pub(crate) const PAGES: usize = 200;
pub(crate) const CAMPAIGNS: usize = 20;

/// What rules ask for: of ten rules so many ask for touchpoints of that kind.
const ASKED: [(&str, &str); 20] = [
    ("web", "page_view"),
    ("web", "page_view"),
    ("web", "download"),
    ("web", "form_submit"),
    ("web", "page_view"),
    ("email", "click"),
    ("event", "attended"),
    ("web", "page_view"),
    ("call", "connected"),
    ("web", "video_view"),
    ("event", "registered"),
    ("web", "search"),
    ("email", "open"),
    ("event", "booth_visit"),
    ("web", "chat"),
    ("email", "reply"),
    ("web", "cta_click"),
    ("event", "survey"),
    ("call", "voicemail"),
    ("event", "asked"),
];

/// The text of the playbook.
pub(crate) fn text(size: Size) -> String {
    let mut text = String::from(HEAD);
    let classes: Vec<String> = (0..PAGE_CLASSES).map(|at| format!("class{at}")).collect();
    let _ = writeln!(text, "page_classes: [{}]\npages:", classes.join(", "));
    for page in 0..PAGES {
        let solution =
            if page % 3 == 0 { "" } else { ["", ", solution: planning", ", solution: maintenance"][page % 3] };
        let _ = writeln!(text, "  /page/{page:03}: {{class: class{}{solution}}}", page % PAGE_CLASSES);
    }
    text += "campaigns:\n";
    for at in 0..CAMPAIGNS {
        let _ = writeln!(text, "  campaign{at}: {{label: Campaign {at}, solution: planning}}");
    }
    text += "rules:\n";
    (0..size.rules).for_each(|at| rule(&mut text, at));
    text += BEHAVIOURS;
    text += "segments:\n";
    (0..size.segments).for_each(|at| segment(&mut text, at));
    text += LIFE_CYCLE;
    text += "programmes:\n";
    (0..size.programmes).for_each(|at| programme(&mut text, at));
    text + SENDING
}

fn rule(text: &mut String, at: usize) {
    let (channel, kind) = ASKED[at % ASKED.len()];
    let round = at / ASKED.len();
    let more = match kind {
        "page_view" => format!(", page: class{}", at % PAGE_CLASSES),
        "download" | "form_submit" => format!(", properties: {{purpose: purpose{}}}", round % 12),
        "video_view" => format!(", properties: {{percent: {{at_least: {}}}}}", 10 + round % 80),
        "search" => format!(", properties: {{term: {{contains: word{round}}}}}"),
        "connected" => format!(", disposition: {}", ["interested", "callback", "no_need"][round % 3]),
        "booth_visit" => format!(", properties: {{rank: {}}}", ["A", "B", "C"][round % 3]),
        _ => format!(", campaign: campaign{}", round % CAMPAIGNS),
    };
    let limit = ["once per day", "once per asset and day", "3 times per month", "once per asset ever"][at % 4];
    let group = ["browse", "intent", "content", "other"][at % 4];
    let _ = writeln!(
        text,
        "  R{at}: {{label: Rule {at}, when: {{channel: {channel}, kind: {kind}{more}}}, points: {}, limit: {limit}, group: {group}}}",
        1 + at % 12
    );
}

fn segment(text: &mut String, at: usize) {
    let round = at / 8 + 1;
    let when = match at % 8 {
        0 => format!("{{score: behaviour, at_least: {}}}", 8 * round),
        1 => format!("{{all: [{{known: true}}, {{did: visited, times: {round}, within: 30d}}]}}"),
        2 => format!("{{any_score: interest, at_least: {}}}", 5 * round),
        3 => format!("{{contact: {{rank: [rank{round}, executive]}}}}"),
        4 => format!("{{all: [{{did: opened, within: {}d}}, {{not: {{did: visited, within: 30d}}}}]}}", 10 * round),
        5 => format!(
            "{{all: [{{stage: {{acquisition: [late, nurturing]}}}}, {{score: heat, at_least: {}}}]}}",
            4 * round
        ),
        6 => format!(
            "{{any: [{{did: priced, days: {round}, within: 14d}}, {{account: {{employees: {{at_least: {}}}}}}}]}}",
            1_000 * round
        ),
        _ => format!("{{all: [{{reachable: email}}, {{quiet_for: {}d}}]}}", 30 * round),
    };
    let until = if at.is_multiple_of(8) {
        format!(", until: {{score: behaviour, below: {}}}", 5 * round)
    } else {
        String::new()
    };
    let _ = writeln!(text, "  segment{at}: {{label: Segment {at}, when: {when}{until}}}");
}

fn programme(text: &mut String, at: usize) {
    let (enters, leaves) = match at % 5 {
        0 => ("{all: [{known: true}, {reachable: email}]}".to_owned(), "{stage: {acquisition: mql}}".to_owned()),
        1 => (format!("{{score: interest.planning, at_least: {}}}", 5 + at), "{quiet_for: 60d}".to_owned()),
        2 => (format!("{{segment: segment{at}}}"), format!("{{not: {{segment: segment{at}}}}}")),
        3 => ("{reading: comparing}".to_owned(), "{not: {reading: comparing}}".to_owned()),
        _ => ("{all: [{known: true}, {quiet_for: 90d}]}".to_owned(), "{not: {quiet_for: 90d}}".to_owned()),
    };
    let _ = writeln!(
        text,
        "  programme{at}:\n    label: Programme {at}\n    priority: {}\n    enters: {enters}\n    leaves: {leaves}\n    again_after: 90d\n    hold_out: 5%\n    steps:\n      first: {{send: article, channel: email, wait: 7d, until: {{did: clicked, since: step}}}}\n      second: {{send: paper, channel: email, wait: 14d}}\n      call: {{when: {{fit: A}}, task: call, to: inside_sales, wait: 7d}}",
        at % 9 + 1
    );
}

const HEAD: &str = "
playbook: {name: drawn, label: '1', time_zone: Asia/Tokyo, calendar: office}
calendars:
  office: {weekdays: [mon, tue, wed, thu, fri], hours: 09:00-18:00}
solutions:
  planning: {label: Planning}
  maintenance: {label: Maintenance}
issues:
  paper_work: {label: Paper work}
attributes:
  contact: {rank: {label: Rank}, function: {label: Function}}
  account: {employees: {label: Employees}, industry: {label: Industry}}
touchpoints:
  own:
    - {channel: web}
    - {channel: email, kind: [click, reply]}
    - {channel: event}
    - {channel: call, kind: connected}
content:
  article: {title: Article, type: article, channels: [web, email], stages: [early, late], issue: paper_work}
  paper: {title: Paper, type: white_paper, channels: [web, email], stages: [late, nurturing], issue: paper_work}
  case: {title: Case, type: case, channels: [web, email], stages: [nurturing, mql], solution: planning}
fit:
  criteria:
    rank: {of: contact, key: true, points: [{is: [executive], points: 20}, {is: [rank1], points: 10}]}
    employees: {of: account, key: true, points: [{is: {at_least: 300}, points: 20}]}
  grades: {A: 40, B: 20, C: 10}
  lowest: D
  unknown: U
  known_at_least: 2
scores:
  behaviour: {label: Behaviour, half_life: 60d, at_least: 0, at_most: 200}
  heat: {label: Heat, half_life: 14d, at_least: 0, at_most: 200}
  interest: {label: Interest, half_life: 90d, at_least: 0, at_most: 200, per: solution}
groups:
  browse: {cap: 10, per: month}
  intent: {cap: 25, per: month}
  content: {cap: 40, per: month}
  other: {cap: 20, per: month}
";

const BEHAVIOURS: &str = "
behaviours:
  visited: {label: Visited, when: {channel: web, kind: [page_view, form_submit]}}
  priced: {label: Priced, when: {channel: web, kind: page_view, page: class3}}
  compared: {label: Compared, when: {channel: web, kind: page_view, page: [class4, class5]}}
  opened: {label: Opened, when: {channel: email, kind: [open, click]}}
  clicked: {label: Clicked, when: {channel: email, kind: click}}
  asked: {label: Asked, when: {channel: web, kind: form_submit, properties: {purpose: purpose1}}}
  hesitated: {label: Hesitated, when: {channel: web, kind: page_view, page: class7}, not_followed_by: asked, within: 24h}
readings:
  hesitating: {label: Hesitating, when: {did: hesitated, within: 14d}}
  comparing: {label: Comparing, when: {all: [{did: priced, within: 14d}, {did: compared, within: 14d}]}}
  gathering: {label: Gathering, when: {all: [{did: priced, days: 3, within: 14d}, {not: {did: asked, within: 14d}}]}}
";

const LIFE_CYCLE: &str = "
life_cycles:
  acquisition:
    label: Acquisition
    stages:
      early: {label: Early, phase: lead_generation, owner: marketing}
      late:
        label: Late
        phase: lead_generation
        owner: marketing
        entries:
          - {by: score, when: {score: behaviour, at_least: 8}}
          - {by: score, when: {touchpoint: {channel: web, kind: form_submit}}}
        exits:
          - {to: early, when: {all: [{score: behaviour, below: 3}, {quiet_for: 30d}]}}
      nurturing:
        label: Nurturing
        phase: lead_nurturing
        owner: marketing
        milestone: MAL
        entries:
          - {by: score, when: {all: [{known: true}, {any_score: interest, at_least: 10}]}}
          - {by: score, from: recycle, when: {all: [{return_due: true}, {own_touchpoint: true}]}}
        exits:
          - {to: recycle, when: {quiet_for: 180d}}
      mql:
        label: MQL
        phase: lead_qualification
        owner: marketing
        milestone: MQL
        entries:
          - by: hand
            from: [early, late, nurturing, recycle]
            when: {touchpoint: {channel: web, kind: form_submit, properties: {purpose: purpose1}}}
          - by: score
            when:
              any:
                - all: [{score: behaviour, at_least: 60}, {score: heat, at_least: 20}, {fit: [A, B]}]
                - all: [{score: behaviour, at_least: 90}, {score: heat, at_least: 20}]
        exits:
          - {to: nurturing, when: {all: [{score: behaviour, below: 40}, {since_last_word: 30d}]}}
      customer:
        label: Customer
        phase: customer_success
        owner: success
        people_only: true
        entries: [{by: feedback, when: {feedback: won}}]
      recycle:
        label: Recycle
        phase: recycle
        owner: marketing
        recycle: true
        returns_after: 180d
        entries: [{by: feedback, when: {feedback: [rejected, lost]}}]
";

const SENDING: &str = "
sending:
  hours: 08:00-18:00
  usual_time: 10:00
  limits: {email: [1 per business day, 2 per 7d]}
  waits: 3d
";
