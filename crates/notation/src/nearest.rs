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
    let word: String = word.to_lowercase().chars().take(crate::limits::NAME_BYTES_MAX).collect();
    let typed = word.chars().count();
    names
        .iter()
        .filter(|name| name.chars().count().abs_diff(typed) <= name.len().max(typed) / 3 + 1)
        .map(|name| {
            let letters = name.to_lowercase();
            (strsim::osa_distance(&word, &letters), letters.chars().count().max(typed), *name)
        })
        .filter(|(distance, length, _)| *distance <= (length / 3).max(1) && *distance < *length)
        .min_by_key(|(distance, _, _)| *distance)
        .map(|(_, _, name)| name)
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
