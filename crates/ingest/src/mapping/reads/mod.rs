//! How the text of a record is cut into elements: the fields of a form, the rows of a list, the lines of a log.
//!
//! What is JSON is read as JSON, whatever the file says: gateways and connectors turn forms and rows into objects.

mod quotes;
mod rows;

use super::path::{Path, Scope};
use crate::envelope::{self, UTF_8_MARK};
use crate::pieces::Piece;
use encoding_rs::Encoding;
use regex::Regex;
pub(crate) use rows::{Columns, Rows};
use serde_json::{Map, Value as Json};
use std::borrow::Cow;
use touchpoint::{Rejection, RejectionCode};

/// Words of `reads`.
pub(crate) const FORMS: [&str; 5] = ["json", "form", "csv", "tsv", "lines"];

#[derive(Clone, Debug)]
pub(crate) enum Reads {
    Json,
    /// `application/x-www-form-urlencoded`: one element.
    Form,
    /// An element each row.
    Rows(Rows),
    /// An element each line.
    Lines(Lines),
}

/// Lines of a log.
#[derive(Clone, Debug)]
pub(crate) struct Lines {
    pub(crate) pattern: Regex,
    /// Where a line stands in a record of JSON, as those that ship logs send it.
    pub(crate) field: Option<Path>,
    pub(crate) encoding: Option<&'static Encoding>,
}

impl Reads {
    /// The elements of a record that is no JSON; `None`: it is to be read as JSON.
    pub(crate) fn pieces(&self, bytes: &[u8]) -> Option<Vec<Piece>> {
        if matches!(self, Self::Json) || holds_objects(bytes) {
            return None;
        }
        Some(match self {
            Self::Json => return None,
            Self::Form => vec![Piece::of_line(1, Ok(form(bytes)), bytes)],
            Self::Rows(rows) => rows.pieces(bytes),
            Self::Lines(lines) => lines.pieces(bytes),
        })
    }

    /// The line that stands in an element of JSON, cut into its fields; `None`: there is none.
    pub(crate) fn line_of(&self, scope: Scope<'_>) -> Option<Result<Json, Rejection>> {
        let Self::Lines(lines) = self else { return None };
        let field = lines.field.as_ref()?;
        let Json::String(line) = field.at(scope)? else { return None };
        let read = match serde_json::from_str(line) {
            Ok(Json::Object(fields)) => Ok(Json::Object(fields)),
            _ => lines.fields(line.trim_end()),
        };
        Some(read.map_err(|refused| Rejection { field: field.to_string().into(), ..refused }))
    }
}

/// Does it begin with a JSON object, or with a list of them? No row, line or form does.
fn holds_objects(bytes: &[u8]) -> bool {
    let is_space = |byte: &&u8| byte.is_ascii_whitespace();
    let start = bytes.strip_prefix(UTF_8_MARK).unwrap_or(bytes);
    if !matches!(start.iter().find(|byte| !is_space(byte)), Some(b'{' | b'[')) {
        return false;
    }
    match envelope::values(bytes).next() {
        Some(Ok(Json::Object(_))) => true,
        Some(Ok(Json::Array(items))) => items.is_empty() || items.iter().any(Json::is_object),
        _ => false,
    }
}

/// The fields of a web form; one that is said several times is a list.
/// <https://url.spec.whatwg.org/#application/x-www-form-urlencoded>
fn form(bytes: &[u8]) -> Json {
    let mut fields: Map<String, Json> = Map::new();
    for (name, value) in form_urlencoded::parse(bytes.trim_ascii()) {
        let value = Json::from(value.into_owned());
        match fields.get_mut(name.as_ref()) {
            Some(Json::Array(several)) => several.push(value),
            Some(one) => *one = Json::Array(vec![one.take(), value]),
            None => drop(fields.insert(name.into_owned(), value)),
        }
    }
    Json::Object(fields)
}

impl Lines {
    /// Lines without anything are passed over. Each is read by itself: one that nobody can read says nothing of the others.
    fn pieces(&self, bytes: &[u8]) -> Vec<Piece> {
        let mut pieces = Vec::new();
        for (line, bytes) in (1..).zip(bytes.split(|byte| *byte == b'\n')) {
            let bytes = bytes.trim_ascii_end();
            if !bytes.is_empty() {
                let element = text(bytes, self.encoding).and_then(|text| self.fields(&text));
                pieces.push(Piece::of_line(line, element, bytes));
            }
        }
        pieces
    }

    fn fields(&self, line: &str) -> Result<Json, Rejection> {
        let Some(found) = self.pattern.captures(line) else {
            return Err(Rejection::new(
                RejectionCode::Malformed,
                "",
                "is a line that the pattern of its source does not fit",
            ));
        };
        let names = self.pattern.capture_names().flatten();
        let fields = names.filter_map(|name| Some((name.to_owned(), Json::from(found.name(name)?.as_str()))));
        Ok(Json::Object(fields.collect()))
    }
}

/// The text of bytes: UTF-8, or UTF-16 by its byte order mark, else as declared.
fn text<'a>(bytes: &'a [u8], encoding: Option<&'static Encoding>) -> Result<Cow<'a, str>, Rejection> {
    let marked = Encoding::for_bom(bytes);
    let bytes = marked.map_or(bytes, |(_, mark_bytes)| &bytes[mark_bytes..]);
    if marked.is_none()
        && let Ok(text) = std::str::from_utf8(bytes)
    {
        return Ok(Cow::Borrowed(text));
    }
    let Some(encoding) = marked.map(|(encoding, _)| encoding).or(encoding) else {
        let message = "is no UTF-8: save it as UTF-8, or say `encoding` in the `reads` of its mapping file";
        return Err(Rejection::new(RejectionCode::Malformed, "", message));
    };
    encoding.decode_without_bom_handling_and_without_replacement(bytes).ok_or_else(|| {
        let message = format!("is neither UTF-8 nor {}: save it as UTF-8", encoding.name());
        Rejection::new(RejectionCode::Malformed, "", message)
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    fn elements(reads: &Reads, bytes: &[u8]) -> Option<Vec<Json>> {
        Some(reads.pieces(bytes)?.into_iter().map(|piece| piece.element.unwrap()).collect())
    }

    #[test]
    fn a_form_is_one_element_whose_repeated_fields_are_lists() {
        let read = elements(&Reads::Form, b"From=%2B81&Said=a+b&Said=c&Empty=\n");
        assert_eq!(read, Some(vec![json!({"From": "+81", "Said": ["a b", "c"], "Empty": ""})]));
    }

    #[test]
    fn what_is_json_is_read_as_json() {
        for json in [&b"{\"a\": 1}"[..], b" [{\"a\": 1}]", b"\xEF\xBB\xBF{}", b"{\"a\": 1}\n{\"a\": 2}", b"[]"] {
            assert_eq!(elements(&Reads::Form, json), None, "{json:?}");
        }
        for text in [&b"[14/Oct] GET"[..], b"{broken", b"[1] said", b"12", b""] {
            assert!(elements(&Reads::Form, text).is_some(), "{text:?}");
        }
    }

    #[test]
    fn each_line_of_a_log_stands_by_itself() {
        let pattern = Regex::new(r"^(?<who>\S+) (?<what>\S+)(?: (?<more>\S+))?$").unwrap();
        let reads = Reads::Lines(Lines { pattern, field: None, encoding: None });
        let read = reads.pieces(b"a get\r\n\r\n\x16\x03 \xff\nb put x").unwrap();
        let [first, broken, last] = read.as_slice() else { panic!("{read:?}") };
        assert_eq!((first.line, first.element.clone()), (1, Ok(json!({"who": "a", "what": "get"}))));
        assert!(broken.line == 3 && broken.element.as_ref().unwrap_err().message.contains("is no UTF-8"));
        assert_eq!((last.line, last.element.clone()), (4, Ok(json!({"who": "b", "what": "put", "more": "x"}))));
        let unfit = reads.pieces(b"nothing").unwrap();
        assert!(unfit[0].element.as_ref().unwrap_err().message.contains("pattern"));
    }

    #[test]
    fn letters_are_read_as_they_were_saved() {
        let shift_jis = encoding_rs::SHIFT_JIS.encode("㈱アクメ 髙橋").0.into_owned();
        let utf_16: Vec<u8> = "\u{feff}名".encode_utf16().flat_map(u16::to_le_bytes).collect();
        assert_eq!(text(&shift_jis, Some(encoding_rs::SHIFT_JIS)).unwrap(), "㈱アクメ 髙橋");
        assert_eq!(text("名".as_bytes(), Some(encoding_rs::SHIFT_JIS)).unwrap(), "名");
        assert_eq!(text(&utf_16, None).unwrap(), "名");
        assert!(text(&shift_jis, None).unwrap_err().message.contains("encoding"));
        assert!(text(b"\xfd\xfd", Some(encoding_rs::SHIFT_JIS)).unwrap_err().message.contains("Shift_JIS"));
    }
}
