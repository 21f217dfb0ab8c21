//! "Did you mean ...?" for names that people type.

/// The candidate nearest to `name`, letters compared without case, when it is near enough to be a slip: a third of its
/// letters, at most.
pub(crate) fn nearest<'c>(name: &str, candidates: impl IntoIterator<Item = &'c str>) -> Option<&'c str> {
    let letters = name.chars().take(LETTERS_MAX + 1).count();
    if letters == 0 || letters > LETTERS_MAX {
        return None;
    }
    let name = name.to_ascii_lowercase();
    candidates
        .into_iter()
        .map(|candidate| (strsim::levenshtein(&name, &candidate.to_ascii_lowercase()), candidate))
        .filter(|(distance, _)| *distance <= letters.div_ceil(3).min(4))
        .min()
        .map(|(_, candidate)| candidate)
}

/// Longer names are no slips of ours, and comparing them would cost.
const LETTERS_MAX: usize = 40;

#[cfg(test)]
mod tests {
    use super::nearest;

    #[test]
    fn a_slip_is_recognised_and_another_word_is_not() {
        let fields = ["identifiers", "id", "kind", "occurred_at", "properties"];
        assert_eq!(nearest("identifer", fields), Some("identifiers"));
        assert_eq!(nearest("occuredAt", fields), Some("occurred_at"));
        assert_eq!(nearest("Kind", fields), Some("kind"));
        assert_eq!(nearest("colour", fields), None);
        assert_eq!(nearest(&"x".repeat(100_000), fields), None);
    }
}
