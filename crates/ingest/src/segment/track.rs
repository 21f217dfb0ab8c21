//! `track`: an event's name decides the kind, by the table in the settings.

use super::{below, person};
use crate::decoder::Context;
use crate::fields::Fields;
use crate::flatten;
use crate::settings::loose;
use touchpoint::{Decimal, Rejection, Text, Touchpoint, Value};

pub(super) fn track(touchpoint: &mut Touchpoint, context: &Context<'_>, call: &Fields<'_>) -> Result<(), Rejection> {
    let event = call.need_text("event", "a track call needs the name of its event")?;
    let name = loose(event);
    let rule = context.settings().segment.events.get(&name);
    touchpoint.kind = rule.map_or_else(|| snake_case(event), |rule| Text::new(&rule.kind));
    let properties = call.object("properties")?;
    if let Some(properties) = &properties {
        // Who fills in a form says who they are; an address in another event may be anybody's.
        let form = matches!(touchpoint.kind.as_str(), "form_submit" | "download");
        for (field, value) in properties.iter() {
            if !(form && person::take(touchpoint, context, properties, field)?) {
                flatten::add_property(&mut touchpoint.properties, field, value, &below(call, "properties"))?;
            }
        }
    }
    match touchpoint.kind.as_str() {
        "form_submit" => purpose(touchpoint, context, rule.and_then(|rule| rule.purpose.as_deref())),
        "video_view" => percent(touchpoint, name.ends_with("completed")),
        _ => {}
    }
    if touchpoint.properties.get("event").is_none() {
        touchpoint.properties.set("event", Value::text(event));
    }
    Ok(())
}

/// What the form is for: as the call says, as the event's rule says, else by the form's name.
fn purpose(touchpoint: &mut Touchpoint, context: &Context<'_>, by_rule: Option<&str>) {
    let properties = &mut touchpoint.properties;
    if properties.get("purpose").is_some() {
        return;
    }
    let by_form = || {
        ["form_id", "form_name", "form_type", "formId", "formName", "formType"]
            .into_iter()
            .filter_map(|name| properties.get(name).and_then(Value::as_text))
            .find_map(|form| context.settings().segment.forms.get(&loose(form)).map(String::as_str))
    };
    if let Some(purpose) = by_rule.or_else(by_form) {
        let purpose = Value::text(purpose);
        properties.set("purpose", purpose);
    }
}

/// How much of a video was seen, in whole percent: the playhead's position of the length, in seconds both.
fn percent(touchpoint: &mut Touchpoint, completed: bool) {
    let properties = &mut touchpoint.properties;
    if properties.get("percent").is_some() {
        return;
    }
    let seconds = |name: &str| properties.get(name).and_then(Value::as_number).map(Decimal::as_micros);
    let seen = match (seconds("position"), seconds("total_length")) {
        _ if completed => Some(100),
        (Some(position), Some(length)) if length > 0 => {
            Some((i128::from(position) * 100 / i128::from(length)).clamp(0, 100))
        }
        _ => None,
    };
    if let Some(percent) = seen.and_then(|seen| i64::try_from(seen).ok()).and_then(Decimal::from_int) {
        properties.set("percent", Value::Number(percent));
    }
}

/// `Signed Up` -> `signed_up`, `signedUp` -> `signed_up`, `資料 請求` -> `資料_請求`: how a rule names it.
fn snake_case(event: &str) -> Text {
    let mut name = Text::with_capacity(event.len());
    let mut small = false;
    for letter in event.chars() {
        if !letter.is_alphanumeric() {
            if !name.is_empty() && !name.ends_with('_') {
                name.push('_');
            }
            small = false;
            continue;
        }
        if letter.is_uppercase() && small {
            name.push('_');
        }
        small = letter.is_lowercase() || letter.is_numeric();
        letter.to_lowercase().for_each(|lower| name.push(lower));
    }
    while name.ends_with('_') {
        name.pop();
    }
    // A name of marks alone has no words; it stays as it is.
    if name.is_empty() { Text::new(event) } else { name }
}

#[cfg(test)]
mod tests {
    use super::snake_case;

    #[test]
    fn an_event_without_a_rule_keeps_its_name() {
        for (event, kind) in [
            ("Signed Up", "signed_up"),
            ("signedUp", "signed_up"),
            ("Order Completed 2", "order_completed_2"),
            ("資料 請求", "資料_請求"),
            ("HTTPError", "httperror"),
            ("  -- ", "  -- "),
            ("🎉 party", "party"),
        ] {
            assert_eq!(snake_case(event), kind, "{event}");
        }
    }
}
