use super::letters::{Letter, Original, letters, originals};
use super::list::described;
use crate::failure::{Exit, Failure};
use crate::kafka::Cluster;
use crate::output::{Form, out};
use crate::settings::Settings;
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use serde_json::{Value as Json, json};
use std::fmt::Write as _;

/// Prints one letter and the record that it is about, as it came.
///
/// # Errors
/// When there is no such letter, or the cluster does not answer.
pub(in crate::commands) fn show(settings: &Settings, key: &str, form: Form) -> Result<Exit, Failure> {
    let cluster = Cluster::connect(&settings.kafka)?;
    let mut all = letters(settings, &cluster)?;
    let Some(letter) = all.remove(key) else {
        return Err(Failure::findings(format!("no dead letter is called `{key}`")).next(
            "`demand-center dead-letters list --all` prints them; they are kept for 14 days unless set otherwise",
        ));
    };
    let mut records = originals(settings, &cluster, |key| key == letter.holder())?;
    let original = records.remove(letter.holder());
    match form {
        Form::Table => out(&shown(&letter, original.as_ref())),
        Form::Json => {
            let mut told = described(&letter);
            told["record"] = original.as_ref().map_or(Json::Null, record);
            out(&format!("{told:#}\n"));
        }
    }
    Ok(Exit::Done)
}

fn record(original: &Original) -> Json {
    let headers = original.headers.iter().map(|(name, value)| json!([name, String::from_utf8_lossy(value)]));
    json!({
        "key": original.key.as_deref().map(String::from_utf8_lossy),
        "headers": headers.collect::<Vec<_>>(),
        "value": std::str::from_utf8(&original.value).ok(),
        "value_base64": std::str::from_utf8(&original.value).err().map(|_| STANDARD.encode(&original.value)),
    })
}

fn shown(letter: &Letter, original: Option<&Original>) -> String {
    let mut text = String::new();
    let mut line = |name: &str, value: &str| {
        if !value.is_empty() {
            // A `String` takes anything.
            let _ = writeln!(text, "{name:<11} {value}");
        }
    };
    line("letter", &letter.key);
    line("at", &letter.at.to_string());
    line("code", &format!("{} (demand-center explain {})", letter.code, letter.code));
    line("what", &letter.message);
    line("field", &letter.field);
    line("element", letter.element.as_deref().unwrap_or_default());
    line("source", letter.source.as_deref().unwrap_or_default());
    line("service", &letter.service);
    line("record", &format!("{}[{}] at {}", letter.topic, letter.partition, letter.offset));
    line("retry of", letter.retry_of.as_deref().unwrap_or_default());
    line("settled", letter.settled.as_deref().unwrap_or_default());
    let Some(original) = original else {
        line("value", "no longer kept");
        return text;
    };
    for (name, value) in &original.headers {
        line("header", &format!("{name}: {}", String::from_utf8_lossy(value)));
    }
    let value = match serde_json::from_slice::<Json>(&original.value) {
        Ok(json) => format!("{json:#}"),
        Err(_) => std::str::from_utf8(&original.value)
            .map_or_else(|_| format!("(base64) {}", STANDARD.encode(&original.value)), str::to_owned),
    };
    let _ = writeln!(text, "\n{value}");
    text
}
