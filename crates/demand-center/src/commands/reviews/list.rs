use super::standing::standing;
use crate::failure::{Exit, Failure};
use crate::kafka::Cluster;
use crate::output::{Form, out, printed, talk};
use crate::service::Forms;
use crate::settings::Settings;
use comfy_table::{ContentArrangement, Table, presets};
use touchpoint::output::{Review, ReviewStatus};
use wire::Published;

/// Prints what is open, the latest first; with `all` also what was decided or needs no decision any more.
///
/// # Errors
/// When the cluster does not answer, or the topic is not there.
pub(in crate::commands) fn list(settings: &Settings, all: bool, form: Form) -> Result<Exit, Failure> {
    let cluster = Cluster::connect(&settings.kafka)?;
    let mut chosen: Vec<Review> = standing(settings, &cluster, &Forms::new(settings)?)?.into_values().collect();
    chosen.retain(|review| all || review.status == ReviewStatus::Open);
    chosen.sort_by(|a, b| (b.recorded_at, &b.review_id).cmp(&(a.recorded_at, &a.review_id)));
    match form {
        Form::Json => chosen.iter().for_each(|review| out(&line(review))),
        Form::Table if chosen.is_empty() => talk("nothing waits for a decision"),
        Form::Table => out(&table(&chosen)),
    }
    Ok(Exit::Done)
}

fn line(review: &Review) -> String {
    let mut bytes = Vec::new();
    review.write_json(&mut bytes);
    String::from_utf8_lossy(&bytes).into_owned() + "\n"
}

fn table(reviews: &[Review]) -> String {
    let mut table = Table::new();
    table.load_style(presets::NOTHING).set_content_arrangement(ContentArrangement::Disabled);
    table.set_header(["AT", "REVIEW", "IS IT", "BECAUSE", "OF", ""]);
    for review in reviews {
        let of = match &review.identifier {
            Some(key) => format!("{} {key}", review.identifier_kind.as_deref().unwrap_or("identifier")),
            None => review.subjects.join(" "),
        };
        let state = match (review.status, &review.decision) {
            (ReviewStatus::Open, _) => String::new(),
            (status, None) => status.as_str().to_owned(),
            (_, Some(decision)) => format!("{decision}, {}", review.decided_by.as_deref().unwrap_or("somebody")),
        };
        let at = review.recorded_at.to_string();
        table.add_row([&at, &*review.review_id, review.kind.as_str(), &*review.reason, &of, &state]);
    }
    printed(&table)
}
