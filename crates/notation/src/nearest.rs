//! "Did you mean": the declared name that is nearest to the word that somebody typed.

/// The help for an unknown name: the nearest one, else what there is to choose from.
pub fn suggestion<'a>(word: &str, names: impl IntoIterator<Item = &'a str>) -> String {
    let mut names: Vec<&str> = names.into_iter().collect();
    if let Some(near) = nearest(word, &names) {
        return format!("did you mean `{near}`?");
    }
    match names.len() {
        0 => "none is declared yet".to_owned(),
        1..=24 => format!("there are: {}", names.join(", ")),
        more => {
            names.truncate(20);
            format!("there are: {} and {} more", names.join(", "), more - 20)
        }
    }
}

/// The name that needs the fewest typing errors, at most a third of its letters.
fn nearest<'a>(word: &str, names: &[&'a str]) -> Option<&'a str> {
    let word: Vec<char> = word.chars().flat_map(char::to_lowercase).take(crate::limits::NAME_BYTES_MAX).collect();
    names
        .iter()
        .filter(|name| name.chars().count().abs_diff(word.len()) <= name.len().max(word.len()) / 3 + 1)
        .map(|name| {
            let letters: Vec<char> = name.chars().flat_map(char::to_lowercase).collect();
            (distance(&word, &letters), letters.len().max(word.len()), *name)
        })
        .filter(|(distance, length, _)| *distance <= (length / 3).max(1) && *distance < *length)
        .min_by_key(|(distance, _, _)| *distance)
        .map(|(_, _, name)| name)
}

/// Letters to insert, delete, replace or swap with their neighbour.
fn distance(a: &[char], b: &[char]) -> usize {
    let mut before: Vec<usize> = Vec::new();
    let mut last: Vec<usize> = (0..=b.len()).collect();
    for i in 1..=a.len() {
        let mut row = vec![i];
        for j in 1..=b.len() {
            let cost = usize::from(a[i - 1] != b[j - 1]);
            let mut best = (last[j] + 1).min(row[j - 1] + 1).min(last[j - 1] + cost);
            if i > 1 && j > 1 && a[i - 1] == b[j - 2] && a[i - 2] == b[j - 1] {
                best = best.min(before[j - 2] + 1);
            }
            row.push(best);
        }
        before = std::mem::replace(&mut last, row);
    }
    last[b.len()]
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn typing_errors_find_their_name() {
        let names = ["behaviour", "heat", "interest.maintenance"];
        for (typed, meant) in
            [("behavior", "behaviour"), ("haet", "heat"), ("Interest.maintainance", "interest.maintenance")]
        {
            assert_eq!(suggestion(typed, names), format!("did you mean `{meant}`?"));
        }
        assert_eq!(suggestion("engagement", names), "there are: behaviour, heat, interest.maintenance");
        assert_eq!(suggestion("engagement", []), "none is declared yet");
    }
}
