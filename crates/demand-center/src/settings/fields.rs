use super::key::{Key, nearest};
use super::sections::Settings;
use schemars::generate::SchemaSettings;
use serde_json::Value;

/// The reference of all settings, read off the types in [`super::sections`].
#[derive(Clone, Debug)]
pub struct Fields(pub Vec<Field>);

/// One setting, or one section of them.
#[derive(Clone, Debug)]
pub struct Field {
    /// `*` stands for a name that people choose: a channel, a property of the Kafka client.
    pub key: Key,
    /// Its doc comment.
    pub doc: String,
    pub is_section: bool,
    /// Whether a list may stand there.
    pub is_list: bool,
    /// Whether what is below it is another crate's, which checks it itself.
    pub is_open: bool,
}

impl Fields {
    pub fn new() -> Self {
        let generator = SchemaSettings::draft2020_12().with(|s| s.inline_subschemas = true).into_generator();
        let schema = generator.into_root_schema_for::<Settings>().to_value();
        let mut fields = Vec::new();
        collect(&Key::default(), &schema, &mut fields);
        Self(fields)
    }

    /// The field that a key names.
    pub fn find(&self, key: &Key) -> Option<&Field> {
        self.0.iter().find(|field| matches(&field.key, key) || field.is_open && key.0.starts_with(&field.key.0))
    }

    /// A sentence that helps somebody who wrote a key that does not exist.
    pub fn hint(&self, key: &Key) -> String {
        let written = key.to_string();
        let known: Vec<String> = self.0.iter().map(|field| named(&field.key, key)).collect();
        if let Some(meant) = nearest(&written, known.iter().map(String::as_str)) {
            return format!("did you mean `{meant}`?");
        }
        // Rather a word in its own section than nothing: people mistake the name more often than the place.
        let section = Key(key.0[..key.0.len().saturating_sub(1)].to_vec());
        let beside = |key: &Key| {
            key.0.len() == section.0.len() + 1 && matches(&Key(key.0[..section.0.len()].to_vec()), &section)
        };
        let beside: Vec<_> =
            self.0.iter().filter(|f| beside(&f.key)).filter_map(|f| f.key.0.last().map(String::as_str)).collect();
        match beside.is_empty() {
            true => "`demand-center config show --docs` prints every setting".to_owned(),
            false => format!("there are: {}", beside.join(", ")),
        }
    }
}

impl Default for Fields {
    fn default() -> Self {
        Self::new()
    }
}

fn collect(at: &Key, schema: &Value, fields: &mut Vec<Field>) {
    let named = schema["properties"].as_object().into_iter().flatten();
    let free = schema["additionalProperties"].as_object().map(|_| ("*", &schema["additionalProperties"]));
    for (name, schema) in named.map(|(name, schema)| (name.as_str(), schema)).chain(free) {
        let key = at.child(name);
        let is_open = schema["additionalProperties"] == true;
        let is_section = schema["properties"].is_object() || schema["additionalProperties"].is_object();
        fields.push(Field {
            key: key.clone(),
            doc: schema["description"].as_str().unwrap_or_default().to_owned(),
            is_section,
            is_list: schema["type"] == "array",
            is_open,
        });
        if is_section {
            collect(&key, schema, fields);
        }
    }
}

fn matches(field: &Key, key: &Key) -> bool {
    field.0.len() == key.0.len() && field.0.iter().zip(&key.0).all(|(field, key)| field == "*" || field == key)
}

/// The field's key with the chosen names that `like` has in the same places.
fn named(field: &Key, like: &Key) -> String {
    let part = |(at, part): (usize, &String)| match part.as_str() {
        "*" => like.0.get(at).cloned().unwrap_or_else(|| "NAME".to_owned()),
        _ => part.clone(),
    };
    Key(field.0.iter().enumerate().map(part).collect()).to_string()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_setting_says_what_it_is_for() {
        let fields = Fields::new();
        assert!(fields.0.len() > 30, "{}", fields.0.len());
        for field in &fields.0 {
            if field.key.0.last().is_some_and(|name| name == "*") {
                continue; // said at the map itself
            }
            assert!(field.doc.ends_with('.'), "{}: the comment is a sentence: {:?}", field.key, field.doc);
        }
    }

    #[test]
    fn an_unknown_key_is_answered_with_what_was_probably_meant() {
        let fields = Fields::new();
        for (key, hint) in [
            ("kafka.boostrap_servers", "did you mean `kafka.bootstrap_servers`?"),
            ("kafak.topic_prefix", "did you mean `kafka.topic_prefix`?"),
            ("ingest.sales.default_sorce", "did you mean `ingest.sales.default_source`?"),
            ("http.colour", "there are: listen"),
            ("a.b.c.d", "`demand-center config show --docs` prints every setting"),
        ] {
            assert!(fields.find(&Key::of(key)).is_none(), "{key}");
            assert_eq!(fields.hint(&Key::of(key)), hint, "{key}");
        }
        assert!(fields.find(&Key::of("kafka.properties").child("security.protocol")).is_some());
        assert!(fields.find(&Key::of("ingest.sales.default_source")).is_some());
    }
}
