//! Calls of a web tracker: Segment's on the corporate site, RudderStack's on the landing pages.
//! <https://www.twilio.com/docs/segment/connections/spec/common>

use crate::market::calendar::SECOND;
use crate::market::dice::Dice;
use crate::market::record::RawEvent;
use crate::market::site::Page;
use serde_json::{Value as Json, json};
use touchpoint::Timestamp;

/// One browser on one visit.
pub(in crate::market) struct Browser<'a> {
    pub(in crate::market) source: &'static str,
    pub(in crate::market) cookie: &'a str,
    pub(in crate::market) agent: &'a str,
    /// The choice in the banner; `None` before one was made.
    pub(in crate::market) tracking: Option<bool>,
    pub(in crate::market) arrival: Arrival,
}

/// How a visitor came.
#[derive(Clone, Copy)]
pub(in crate::market) enum Arrival {
    Direct,
    Search,
    /// A paid search with its term.
    Ad {
        campaign: &'static str,
        term: &'static str,
    },
    /// A link in a mail, which names the mailing and what it is about.
    Mail {
        campaign: &'static str,
        content: &'static str,
    },
}

const HOST: &str = "https://www.kojo-cloud.example";

impl Browser<'_> {
    pub(in crate::market) fn page(&self, at: Timestamp, page: Page, landing: bool, dice: &mut Dice) -> RawEvent {
        let url = self.url(page, landing);
        let properties = json!({
            "path": page.path,
            "title": page.title,
            "url": url,
            "referrer": if landing { self.referrer() } else { HOST },
            "search": url.split_once('?').map_or_else(String::new, |(_, query)| format!("?{query}")),
        });
        self.call(at, "page", page, landing, json!({"name": page.title, "properties": properties}), dice)
    }

    pub(in crate::market) fn track(
        &self,
        at: Timestamp,
        page: Page,
        event: &str,
        properties: Json,
        dice: &mut Dice,
    ) -> RawEvent {
        self.call(at, "track", page, false, json!({"event": event, "properties": properties}), dice)
    }

    pub(in crate::market) fn identify(&self, at: Timestamp, page: Page, traits: Json, dice: &mut Dice) -> RawEvent {
        self.call(at, "identify", page, false, json!({"traits": traits}), dice)
    }

    fn call(&self, at: Timestamp, kind: &str, page: Page, landing: bool, own: Json, dice: &mut Dice) -> RawEvent {
        // The browser sends what it has gathered after a moment; the server takes it, and corrects the clock.
        let sent = at.plus_millis(dice.between(100, 900));
        let skew = dice.between(-800, 800);
        let received = sent.plus_millis(skew + dice.between(900, 1500));
        let mut around = json!({
            "ip": "203.0.113.0",
            "userAgent": self.agent,
            "locale": "ja-JP",
            "timezone": "Asia/Tokyo",
            "library": {"name": "analytics.js", "version": "2.11.1"},
            "page": {"path": page.path, "title": page.title, "url": self.url(page, landing)},
        });
        if let Some(campaign) = self.campaign().filter(|_| landing) {
            around["campaign"] = campaign;
        }
        if let Some(tracking) = self.tracking {
            around["consent"] =
                json!({"categoryPreferences": {"Analytics": tracking, "Advertising": false, "Functional": true}});
        }
        let mut call = json!({
            "type": kind,
            "anonymousId": self.cookie,
            "messageId": format!("ajs-next-{}", dice.hex(24)),
            "originalTimestamp": at.to_string(),
            "sentAt": sent.to_string(),
            "receivedAt": received.to_string(),
            "timestamp": received.plus_millis(-sent.millis_since(at)).to_string(),
            "context": around,
            "integrations": {},
        });
        if let (Some(call), Json::Object(own)) = (call.as_object_mut(), own) {
            call.extend(own);
        }
        let arrived = at.plus_millis(dice.between(3 * SECOND, 8 * SECOND));
        RawEvent::json(arrived, "web", self.source, &call).with_key(self.cookie)
    }

    fn url(&self, page: Page, landing: bool) -> String {
        let path = page.path;
        match self.arrival {
            Arrival::Ad { campaign, .. } if landing => {
                format!("{HOST}{path}?utm_source=google&utm_medium=cpc&utm_campaign={campaign}")
            }
            Arrival::Mail { campaign, content } if landing => {
                format!(
                    "{HOST}{path}?utm_source=newsletter&utm_medium=email&utm_campaign={campaign}&dc_content={content}"
                )
            }
            _ => format!("{HOST}{path}"),
        }
    }

    const fn referrer(&self) -> &'static str {
        match self.arrival {
            Arrival::Search | Arrival::Ad { .. } => "https://www.google.com/",
            Arrival::Direct | Arrival::Mail { .. } => "",
        }
    }

    fn campaign(&self) -> Option<Json> {
        match self.arrival {
            Arrival::Ad { campaign, term } => {
                Some(json!({"name": campaign, "source": "google", "medium": "cpc", "term": term}))
            }
            Arrival::Mail { campaign, .. } => {
                Some(json!({"name": campaign, "source": "newsletter", "medium": "email"}))
            }
            Arrival::Direct | Arrival::Search => None,
        }
    }
}
