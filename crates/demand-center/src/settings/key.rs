use std::fmt;

/// The way to one setting: `kafka.properties."security.protocol"`.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Default)]
pub struct Key(pub Vec<String>);

impl Key {
    pub fn of(dotted: &str) -> Self {
        Self(dotted.split('.').map(str::to_owned).collect())
    }

    /// Reads the form that [`fmt::Display`] writes. `None` for an empty part or an open quote.
    pub fn parse(text: &str) -> Option<Self> {
        let mut parts = vec![String::new()];
        let mut quoted = false;
        for c in text.chars() {
            match (c, parts.last_mut()) {
                ('"', _) => quoted = !quoted,
                ('.', _) if !quoted => parts.push(String::new()),
                (c, Some(part)) => part.push(c),
                (_, None) => return None,
            }
        }
        (!quoted && parts.iter().all(|part| !part.is_empty())).then_some(Self(parts))
    }

    #[must_use]
    pub fn child(&self, part: &str) -> Self {
        Self(self.0.iter().cloned().chain([part.to_owned()]).collect())
    }

    /// The variable that sets it: `DEMAND__KAFKA__BOOTSTRAP_SERVERS`.
    pub fn variable(&self) -> String {
        let part = |part: &String| part.replace(['.', '-'], "_").to_ascii_uppercase();
        format!("{PREFIX}{}", self.0.iter().map(part).collect::<Vec<_>>().join("__"))
    }

    /// The setting that a variable sets, when the variable is one of ours.
    pub fn from_variable(name: &str) -> Option<Self> {
        let mut parts: Vec<_> = name.strip_prefix(PREFIX)?.split("__").map(str::to_ascii_lowercase).collect();
        // A shell's variable holds no dots, and librdkafka's properties hold nothing else between their words.
        if let [section, map, property] = parts.as_mut_slice()
            && section == "kafka"
            && map.starts_with("propert")
        {
            *property = property.replace('_', ".");
        }
        Some(Self(parts))
    }
}

impl fmt::Display for Key {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (at, part) in self.0.iter().enumerate() {
            let dot = if at == 0 { "" } else { "." };
            let plain = !part.is_empty() && part.bytes().all(|b| b.is_ascii_alphanumeric() || b"_-*".contains(&b));
            match plain {
                true => write!(f, "{dot}{part}")?,
                false => write!(f, "{dot}\"{part}\"")?,
            }
        }
        Ok(())
    }
}

/// The word among `known` that was probably meant: at most a third of the letters differ.
pub fn nearest<'a>(meant: &str, known: impl IntoIterator<Item = &'a str>) -> Option<&'a str> {
    known
        .into_iter()
        .map(|word| (strsim::osa_distance(meant, word), word))
        .filter(|&(distance, word)| distance <= 1.max(word.len().max(meant.len()) / 3))
        .min()
        .map(|(_, word)| word)
}

const PREFIX: &str = "DEMAND__";

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn keys_and_variables_name_each_other() {
        let key = Key::of("kafka.bootstrap_servers");
        assert_eq!(key.variable(), "DEMAND__KAFKA__BOOTSTRAP_SERVERS");
        assert_eq!(Key::from_variable(&key.variable()), Some(key));
        let property = Key::of("kafka.properties").child("security.protocol");
        assert_eq!(property.to_string(), "kafka.properties.\"security.protocol\"");
        assert_eq!(Key::parse(&property.to_string()), Some(property.clone()));
        assert_eq!(Key::from_variable(&property.variable()), Some(property));
        assert_eq!(Key::from_variable("DEMAND_CONFIG"), None, "one underscore: not a setting");
        assert_eq!(Key::parse("kafka..x"), None);
        assert_eq!(Key::parse("kafka.\"x"), None);
    }

    #[test]
    fn a_typo_finds_what_was_meant() {
        let known = ["bootstrap_servers", "topic_prefix", "request_timeout"];
        for (typo, meant) in [
            ("boostrap_servers", Some("bootstrap_servers")),
            ("bootstrap_server", Some("bootstrap_servers")),
            ("topic_perfix", Some("topic_prefix")),
            ("colour", None),
        ] {
            assert_eq!(nearest(typo, known), meant, "{typo}");
        }
        assert_eq!(nearest("ab", ["ba"]), Some("ba"), "neighbours swapped are one slip");
        assert_eq!(nearest("", ["abc"]), None, "three letters are three");
    }
}
