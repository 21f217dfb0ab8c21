//! "Did you mean ...?" for names that people type.

/// The candidate nearest to `name`, when it is near enough to be a slip: a third of its letters, at most.
pub(crate) fn nearest<'c>(name: &str, candidates: impl IntoIterator<Item = &'c str>) -> Option<&'c str> {
    let name: Vec<char> = name.chars().take(LETTERS_MAX + 1).collect();
    if name.is_empty() || name.len() > LETTERS_MAX {
        return None;
    }
    candidates
        .into_iter()
        .map(|candidate| (distance(&name, candidate), candidate))
        .filter(|(distance, _)| *distance <= name.len().div_ceil(3).min(4))
        .min()
        .map(|(_, candidate)| candidate)
}

/// Longer names are no slips of ours, and comparing them would cost.
const LETTERS_MAX: usize = 40;

/// Insertions, deletions and substitutions between the two (Levenshtein), letters compared without case.
fn distance(name: &[char], candidate: &str) -> usize {
    let mut row: Vec<usize> = (0..=name.len()).collect();
    for (at, letter) in candidate.chars().enumerate() {
        let mut diagonal = std::mem::replace(&mut row[0], at + 1);
        for (column, have) in name.iter().enumerate() {
            let changed = diagonal + usize::from(!have.eq_ignore_ascii_case(&letter));
            diagonal = row[column + 1];
            row[column + 1] = changed.min(diagonal + 1).min(row[column] + 1);
        }
    }
    row[name.len()]
}

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
