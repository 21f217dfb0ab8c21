mod contact;
mod json;
mod language;
mod page;

use crate::failure::{Exit, Failure};
use crate::output::out;
use crate::runbooks::{PAGES, Page};
use crate::settings::nearest;
pub(super) use contact::explain_contact;
pub use language::Language;

/// Prints the page of a code; without one, all codes.
///
/// # Errors
/// When there is no such code.
pub(super) fn explain(code: Option<&str>) -> Result<Exit, Failure> {
    let Some(code) = code else {
        let lines = PAGES.iter().map(|page| format!("{:<10} {}\n", page.code, page.title()));
        out(&lines.collect::<String>());
        return Ok(Exit::Done);
    };
    let page = PAGES.iter().find(|page| page.is_about(code)).ok_or_else(|| unknown(code))?;
    out(page.text);
    Ok(Exit::Done)
}

fn unknown(code: &str) -> Failure {
    let known = PAGES.iter().flat_map(Page::names);
    let meant = nearest(code, known).map(|meant| format!("did you mean `{meant}`? "));
    Failure::usage(format!("no page is about `{code}`"))
        .next(format!("{}`demand-center explain` lists all codes", meant.unwrap_or_default()))
}
