//! The report of played scenarios for the servers that run tests: JUnit's XML.

use crate::failure::Failure;
use quick_junit::{NonSuccessKind, Report as Xml, TestCase, TestCaseStatus, TestSuite};
use std::path::Path;
use testbed::scenario::{Played, Report};

/// Writes the report to a file.
///
/// # Errors
/// When the file cannot be written.
pub(super) fn write(report: &Report, playbook: &Path, path: &Path) -> Result<(), Failure> {
    let mut suite = TestSuite::new(playbook.display().to_string());
    suite.add_test_cases(report.scenarios.iter().map(case));
    let mut xml = Xml::new("playbook");
    xml.add_test_suite(suite);
    let unwritable = |why: String| {
        Failure::usage(format!("cannot write {}: {why}", path.display())).next("name a file in a folder that exists")
    };
    let text = xml.to_string().map_err(|why| unwritable(why.to_string()))?;
    std::fs::write(path, text).map_err(|why| unwritable(why.to_string()))
}

fn case(played: &Played) -> TestCase {
    let status = match played.failures.first() {
        None => TestCaseStatus::success(),
        Some(first) => {
            let mut status = TestCaseStatus::non_success(NonSuccessKind::Failure);
            status.set_message(first.message.clone()).set_description(played.to_string());
            status
        }
    };
    // The file tells scenarios of the same title apart.
    let mut case = TestCase::new(played.title.clone(), status);
    case.set_classname(played.file.clone()).set_assertions(played.checked);
    case
}
