//! What a field is called here, where others write it in their own way.

use super::fold_loosely;
use super::path::is_something;
use serde_json::{Map, Value as Json};
use std::borrow::Cow;
use std::collections::HashMap;

/// Compared without case, width, blanks and marks.
#[derive(Clone, Debug, Default)]
pub(crate) struct Names {
    ours: HashMap<String, String>,
}

impl Names {
    /// # Errors
    /// The first name that is given to two fields.
    pub(crate) fn of(said: impl IntoIterator<Item = (String, Vec<String>)>) -> Result<Self, String> {
        let mut ours: HashMap<String, String> = HashMap::new();
        for (name, others) in said {
            for written in std::iter::once(&name).chain(&others) {
                if ours.insert(fold_loosely(written), name.clone()).is_some_and(|former| former != name) {
                    return Err(written.clone());
                }
            }
        }
        Ok(Self { ours })
    }

    /// `None`: nobody says that it is called otherwise.
    pub(crate) fn ours(&self, written: &str) -> Option<&str> {
        if self.ours.is_empty() {
            return None;
        }
        self.ours.get(&fold_loosely(written)).map(String::as_str)
    }

    /// What a field of ours is called there, where that is another name.
    pub(crate) fn written<'a>(&self, element: &'a Json, ours: &str) -> Option<&'a str> {
        let fields = element.as_object()?;
        fields.keys().map(String::as_str).find(|name| *name != ours && self.ours(name) == Some(ours))
    }

    /// The element with its fields called as here. Of two that are one the first counts that says something.
    pub(crate) fn renamed<'a>(&self, element: Cow<'a, Json>) -> Cow<'a, Json> {
        let is_known =
            |fields: &Map<String, Json>| fields.keys().all(|name| self.ours(name).is_none_or(|ours| ours == name));
        match element {
            Cow::Borrowed(Json::Object(fields)) if !is_known(fields) => Cow::Owned(self.rename(fields.clone())),
            Cow::Owned(Json::Object(fields)) if !is_known(&fields) => Cow::Owned(self.rename(fields)),
            element => element,
        }
    }

    fn rename(&self, fields: Map<String, Json>) -> Json {
        let mut renamed = Map::new();
        for (name, value) in fields {
            let name = self.ours(&name).map_or_else(|| name.clone(), str::to_owned);
            if !renamed.get(&name).is_some_and(is_something) {
                renamed.insert(name, value);
            }
        }
        Json::Object(renamed)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn a_field_is_called_as_here_however_it_is_written() {
        let said = [("email".to_owned(), vec!["メール".to_owned(), "mail address".to_owned()])];
        let names = Names::of(said).unwrap();
        for written in ["email", "E-Mail", "Ｅ－ｍａｉｌ", "ﾒｰﾙ", "Mail_Address", "mailaddress"] {
            assert_eq!(names.ours(written), Some("email"), "{written}");
        }
        assert_eq!(names.ours("phone"), None);
        let element = json!({"メール": "", "E-mail": "a@b.example", "phone": "1"});
        let renamed = names.renamed(Cow::Borrowed(&element));
        assert_eq!(*renamed, json!({"email": "a@b.example", "phone": "1"}));
        assert_eq!(names.written(&element, "email"), Some("メール"));
        assert_eq!(names.written(&element, "phone"), None, "it is called so");
        let twice = Names::of([("a".to_owned(), vec!["x".to_owned()]), ("b".to_owned(), vec!["X".to_owned()])]);
        assert_eq!(twice.unwrap_err(), "X");
    }
}
