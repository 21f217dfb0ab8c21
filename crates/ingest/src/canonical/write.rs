//! Writes the canonical touchpoint: what is absent is left out, so that reading it back gives an equal one.

use serde_json::{Map, Number, Value as Json};
use std::str::FromStr;
use touchpoint::{
    AccountRef, AttributeChanges, Consent, ConsentState, Direction, IdentifierKind, Opportunity, Person, Properties,
    Text, Touchpoint, Value,
};

/// The canonical JSON form of a touchpoint; reading it gives an equal touchpoint.
pub fn to_json(touchpoint: &Touchpoint) -> Json {
    let mut json = Object::default();
    json.text("source", &touchpoint.input.source);
    json.text("id", &touchpoint.input.id);
    if let Some(version) = touchpoint.version {
        json.put("version", version.into());
    }
    if touchpoint.void {
        json.put("void", true.into());
    }
    json.put("occurred_at", touchpoint.occurred_at.to_string().into());
    json.text("channel", &touchpoint.channel);
    json.text("kind", &touchpoint.kind);
    match touchpoint.direction {
        Some(Direction::In) => json.text("direction", "in"),
        Some(Direction::Out) => json.text("direction", "out"),
        None => {}
    }
    json.object("identifiers", identifiers(touchpoint));
    json.object("account", touchpoint.account.as_deref().map(account).unwrap_or_default());
    json.object("opportunity", touchpoint.opportunity.as_deref().map(opportunity).unwrap_or_default());
    json.maybe("campaign", touchpoint.campaign.as_ref());
    json.maybe("content", touchpoint.content.as_ref());
    json.maybe("action", touchpoint.action.as_ref());
    if let Some(origin) = &touchpoint.origin {
        let mut object = Object::default();
        object.maybe("source", origin.source.as_ref());
        object.maybe("medium", origin.medium.as_ref());
        object.maybe("term", origin.term.as_ref());
        object.maybe("partner", origin.partner.as_ref());
        json.object("origin", object);
    }
    if let Some(actor) = &touchpoint.actor {
        let mut object = Object::default();
        object.maybe("id", actor.id.as_ref());
        object.maybe("role", actor.role.as_ref());
        json.object("actor", object);
    }
    json.maybe("disposition", touchpoint.disposition.as_ref());
    json.maybe("reason", touchpoint.reason.as_ref());
    if let Some(day) = touchpoint.until {
        json.put("until", day.to_string().into());
    }
    json.object("answers", properties(&touchpoint.answers));
    json.object("properties", properties(&touchpoint.properties));
    json.object("attributes", touchpoint.attributes.as_deref().map(attributes).unwrap_or_default());
    json.object("person", touchpoint.person.as_deref().map(person).unwrap_or_default());
    json.list("consent", touchpoint.consent.iter().map(consent));
    json.into()
}

fn identifiers(touchpoint: &Touchpoint) -> Object {
    let mut object = Object::default();
    for kind in IdentifierKind::ALL {
        let mut values = touchpoint.identifiers_of(kind);
        if let Some(first) = values.next() {
            let rest: Vec<Json> = values.map(Json::from).collect();
            let json = if rest.is_empty() {
                Json::from(first)
            } else {
                std::iter::once(Json::from(first)).chain(rest).collect()
            };
            object.put(kind.as_str(), json);
        }
    }
    object
}

fn account(account: &AccountRef) -> Object {
    let mut object = Object::default();
    object.texts("ids", &account.ids);
    object.maybe("corporate_number", account.corporate_number.as_ref());
    object.maybe("domain", account.domain.as_ref());
    object.maybe("name", account.name.as_ref());
    object.maybe("unit", account.unit.as_ref());
    object.maybe("phone", account.phone.as_ref());
    object
}

fn opportunity(opportunity: &Opportunity) -> Object {
    let mut object = Object::default();
    object.text("id", &opportunity.id);
    object.maybe("type", opportunity.kind.as_ref());
    object.maybe("stage", opportunity.stage.as_ref());
    if let Some(amount) = opportunity.amount {
        object.put("amount", amount.to_string().into());
    }
    object.maybe("currency", opportunity.currency.as_ref());
    object.texts("products", &opportunity.products);
    if let Some(day) = opportunity.close_on {
        object.put("close_on", day.to_string().into());
    }
    object.list(
        "contacts",
        opportunity.contacts.iter().map(|contact| {
            let mut object = Object::default();
            object.text("crm_id", &contact.crm_id);
            object.maybe("role", contact.role.as_ref());
            object
        }),
    );
    object
}

fn properties(properties: &Properties) -> Object {
    let mut object = Object::default();
    for (name, content) in properties.iter() {
        object.put(name, value(content));
    }
    object
}

fn attributes(changes: &AttributeChanges) -> Object {
    let mut object = Object::default();
    for (whose, changes) in [("contact", &changes.contact), ("account", &changes.account)] {
        let mut names = Object::default();
        for (name, change) in changes {
            names.put(name, change.as_ref().map_or(Json::Null, value));
        }
        object.object(whose, names);
    }
    object
}

fn person(person: &Person) -> Object {
    let mut object = Object::default();
    object.maybe("family_name", person.family_name.as_ref());
    object.maybe("given_name", person.given_name.as_ref());
    object.maybe("family_kana", person.family_kana.as_ref());
    object.maybe("given_kana", person.given_kana.as_ref());
    object.maybe("name", person.name.as_ref());
    object.maybe("company", person.company.as_ref());
    object.maybe("department", person.department.as_ref());
    object.maybe("title", person.title.as_ref());
    object.list(
        "phones",
        person.phones.iter().map(|phone| {
            let mut object = Object::default();
            object.text("kind", &phone.kind);
            object.text("number", &phone.number);
            object
        }),
    );
    object.maybe("language", person.language.as_ref());
    object
}

fn consent(consent: &Consent) -> Object {
    let mut object = Object::default();
    object.text("purpose", &consent.purpose);
    object.maybe("channel", consent.channel.as_ref());
    object.text(
        "state",
        match consent.state {
            ConsentState::Granted => "granted",
            ConsentState::Denied => "denied",
        },
    );
    object.maybe("basis", consent.basis.as_ref());
    if let Some(at) = consent.at {
        object.put("at", at.to_string().into());
    }
    object.maybe("evidence", consent.evidence.as_ref());
    object
}

fn value(value: &Value) -> Json {
    match value {
        Value::Bool(yes) => Json::Bool(*yes),
        // A decimal is written as JSON writes numbers; should it ever not be, its text keeps it.
        Value::Number(number) => {
            Number::from_str(&number.to_string()).map_or_else(|_| number.to_string().into(), Json::Number)
        }
        Value::Text(text) => Json::from(text.as_str()),
        Value::List(texts) => texts.iter().map(Text::as_str).collect(),
    }
}

/// A JSON object under construction.
#[derive(Default)]
struct Object(Map<String, Json>);

impl Object {
    fn put(&mut self, name: &str, json: Json) {
        self.0.insert(String::from(name), json);
    }

    fn text(&mut self, name: &str, text: &str) {
        self.put(name, Json::from(text));
    }

    fn maybe(&mut self, name: &str, text: Option<&Text>) {
        if let Some(text) = text {
            self.text(name, text);
        }
    }

    fn texts(&mut self, name: &str, texts: &[Text]) {
        if !texts.is_empty() {
            self.put(name, texts.iter().map(Text::as_str).collect());
        }
    }

    fn object(&mut self, name: &str, object: Self) {
        if !object.0.is_empty() {
            self.put(name, object.into());
        }
    }

    fn list(&mut self, name: &str, objects: impl Iterator<Item = Self>) {
        let list: Vec<Json> = objects.map(Json::from).collect();
        if !list.is_empty() {
            self.put(name, list.into());
        }
    }
}

impl From<Object> for Json {
    fn from(object: Object) -> Self {
        Self::Object(object.0)
    }
}
