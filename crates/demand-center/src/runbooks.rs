//! The pages of `deploy/runbooks`, one a code, compiled in: the page that is printed is the one of the running version.

/// The page of one code.
#[derive(Clone, Copy, Debug)]
pub struct Page {
    /// The number, for ever the same: `DC-1003`.
    pub code: &'static str,
    /// The name in metrics and logs: `invalid_field`.
    pub name: &'static str,
    /// Names that mean the same to whoever has to act.
    pub also: &'static [&'static str],
    /// Markdown. The first line is `# DC-1003 invalid_field: what it means`.
    pub text: &'static str,
}

macro_rules! pages {
    ($($code:literal $name:literal $([$($also:literal)*])?)+) => {
        /// Every page, by number.
        pub const PAGES: &[Page] = &[$(Page {
            code: $code,
            name: $name,
            also: &[$($($also),*)?],
            text: include_str!(concat!("../../../deploy/runbooks/", $code, ".md")),
        },)+];
    };
}

pages! {
    // Rejections: an element of a raw record is refused (`touchpoint::RejectionCode`).
    "DC-1001" "malformed"
    "DC-1002" "missing_field"
    "DC-1003" "invalid_field"
    "DC-1004" "missing_identifier"
    "DC-1005" "time_in_future"
    "DC-1006" "time_absurd"
    "DC-1007" "wrong_channel"
    "DC-1008" "unknown_source"
    "DC-1009" "unknown_schema"
    "DC-1010" "too_large"
    "DC-1011" "too_many_hops"
    // Faults of the runtime (crates `stream` and `store`).
    "DC-2001" "producer_fenced"
    "DC-2002" "kafka_settings"
    "DC-2003" "transaction_begin"
    "DC-2004" "produce"
    "DC-2005" "output_too_large"
    "DC-2006" "transaction_aborted"
    "DC-2007" "transactions_unavailable"
    "DC-2008" "transaction_hangs"
    "DC-2009" "consumer_fenced"
    "DC-2010" "store_newer"
    "DC-2011" "store_foreign"
    "DC-2012" "store_corrupt"
    "DC-2013" "store_locked"
    "DC-2014" "store_disk"
    "DC-2020" "kafka_unreachable"
    "DC-2021" "not_authorised"
    "DC-2022" "topic_missing"
    "DC-2023" "input_lost"
    "DC-2024" "delivery"
    "DC-2025" "producer_fatal"
    "DC-2026" "offset_commit"
    "DC-2027" "assignment_lost"
    "DC-2028" "panic"
    "DC-2029" "client_refused" ["assign" "group" "offset" "pause" "resume" "seek" "subscribe"]
    "DC-2030" "changelog_lost"
    "DC-2031" "changelog_newer"
    "DC-2032" "changelog_unreadable"
    "DC-2033" "position_mismatch"
    "DC-2034" "cluster_question" ["end_offset" "group_offset" "restore_assign" "topic_id"]
    "DC-2035" "restore_standstill"
    "DC-2036" "thread"
    "DC-2037" "worker_hangs"
    "DC-2038" "commit_in_doubt"
    // Faults of the services.
    "DC-2101" "internal_unreadable"
    "DC-2102" "internal_key"
    "DC-2103" "playbook_missing"
    "DC-2104" "playbook_unusable"
    "DC-2105" "internal_unwritable"
    "DC-2201" "registry_unreachable"
    "DC-2202" "mappings_refused"
}

impl Page {
    /// Number and names.
    pub fn names(&self) -> impl Iterator<Item = &'static str> {
        [self.code, self.name].into_iter().chain(self.also.iter().copied())
    }

    /// Whether it is about this code, in any of its forms.
    pub fn is_about(&self, code: &str) -> bool {
        self.names().any(|name| name.eq_ignore_ascii_case(code))
    }

    /// What it means, in a few words.
    pub fn title(&self) -> &'static str {
        let first = self.text.lines().next().unwrap_or_default();
        first.strip_prefix("# ").and_then(|line| line.strip_prefix(self.code)).map_or(first, str::trim_start)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::collections::BTreeSet;
    use std::path::{Path, PathBuf};
    use touchpoint::RejectionCode;

    fn root() -> PathBuf {
        Path::new(env!("CARGO_MANIFEST_DIR")).join("../..")
    }

    #[test]
    fn each_rejection_has_a_page_under_its_number_and_name() {
        for code in RejectionCode::ALL {
            let page = PAGES.iter().find(|page| page.code == code.code());
            assert_eq!(page.map(|page| page.name), Some(code.name()), "{code}");
        }
    }

    #[test]
    fn each_fault_that_the_code_can_raise_has_a_page() {
        let mut raised = BTreeSet::new();
        for folder in ["crates/stream/src", "crates/store/src", "crates/demand-center/src"] {
            sources(&root().join(folder), &mut |source| raised.extend(codes(source)));
        }
        assert!(raised.len() >= 10, "the search itself must find them: {raised:?}");
        let unknown: Vec<_> = raised.iter().filter(|code| !PAGES.iter().any(|page| page.is_about(code))).collect();
        assert!(unknown.is_empty(), "faults without a page in deploy/runbooks: {unknown:?}");
    }

    #[test]
    fn every_page_is_compiled_in_and_says_what_it_means_and_what_to_do() {
        let compiled: BTreeSet<_> = PAGES.iter().map(|page| format!("{}.md", page.code)).collect();
        let files = std::fs::read_dir(root().join("deploy/runbooks")).unwrap();
        let names = files.map(|file| file.unwrap().file_name().into_string().unwrap());
        let there: BTreeSet<_> = names.filter(|name| name.starts_with("DC-")).collect();
        assert_eq!(compiled, there);
        assert_eq!(PAGES.len(), compiled.len(), "each once");
        for page in PAGES {
            let head = format!("# {} {}: ", page.code, page.name);
            assert!(page.text.starts_with(&head), "{} begins with {head:?}", page.code);
            for section in ["\n## What to look at\n", "\n## What to do\n"] {
                assert!(page.text.contains(section), "{} has no section {section:?}", page.code);
            }
        }
    }

    /// The codes in `Fault::retry("...", ` and its like, and those of `StoreFault::code`.
    fn codes(source: &str) -> Vec<String> {
        let code = source.split("#[cfg(test)]").next().unwrap_or_default();
        let mut found = Vec::new();
        for call in ["Fault::retry(", "Fault::poison(", "Fault::fatal(", "code: "] {
            for (at, _) in code.match_indices(call) {
                found.extend(literal(code[at + call.len()..].trim_start()));
            }
        }
        if let Some((_, body)) = code.split_once("fn code(&self) -> &'static str {") {
            let arms = body.split("=>").skip(1).take_while(|arm| arm.trim_start().starts_with('"'));
            found.extend(arms.filter_map(|arm| literal(arm.trim_start())));
        }
        found
    }

    fn literal(text: &str) -> Option<String> {
        text.strip_prefix('"')?.split_once('"').map(|(literal, _)| literal.to_owned())
    }

    fn sources(folder: &Path, visit: &mut impl FnMut(&str)) {
        for entry in std::fs::read_dir(folder).unwrap() {
            let path = entry.unwrap().path();
            if path.is_dir() {
                sources(&path, visit);
            } else if path.extension().is_some_and(|extension| extension == "rs") {
                visit(&std::fs::read_to_string(&path).unwrap());
            }
        }
    }
}
