//! A file cut into what is one record each: a row of a list, a line of a log, an object of JSON.

use crate::decoder::Decoder;
use crate::element::ElementHash;
use crate::envelope;
use crate::registry;
use serde_json::Value as Json;
use touchpoint::Rejection;

/// An element, or why it cannot be read.
#[derive(Clone, Debug, PartialEq)]
pub struct Piece {
    /// Where it begins in the file, from 1; of an item where its list begins.
    pub line: u64,
    /// Which item of a JSON list, from 1.
    pub item: Option<usize>,
    pub element: Result<Json, Rejection>,
    /// Of the text that it was cut from, whatever its fields are called.
    pub(crate) hash: ElementHash,
}

impl Piece {
    /// `text`: what it was cut from.
    pub(crate) fn of_line(line: u64, element: Result<Json, Rejection>, text: &[u8]) -> Self {
        Self { line, item: None, element, hash: ElementHash::of_bytes(text.trim_ascii_end()) }
    }

    /// Where it stands, as `17`, or `1[3]` for an item.
    pub fn place(&self) -> String {
        let item = self.item.map_or_else(String::new, |item| format!("[{item}]"));
        format!("{}{item}", self.line)
    }
}

impl Decoder {
    /// The elements of a file of this source, each of which is sent as a record of its own.
    ///
    /// # Errors
    /// When no source has this name.
    pub fn pieces(&self, source: &str, file: &[u8]) -> Result<Vec<Piece>, Rejection> {
        let (_, source) = registry::find(self.own_sources(), source)?;
        Ok(source.pieces(file).unwrap_or_else(|| json(file)))
    }
}

/// The objects of JSON: of a list its items, of several texts one after the other each.
fn json(file: &[u8]) -> Vec<Piece> {
    let mut pieces = Vec::new();
    let mut lines = Lines::of(file);
    for (start, value) in envelope::values_with_places(file) {
        let line = lines.at(start);
        match value {
            Ok(Json::Array(items)) => pieces.extend((1..).zip(items).map(|(item, element)| Piece {
                line,
                item: Some(item),
                hash: ElementHash::of_json(&element),
                element: Ok(element),
            })),
            other => pieces.push(Piece::of_line(line, other, &file[start..])),
        }
    }
    pieces
}

/// Counts the lines of a text from its beginning.
pub(crate) struct Lines<'a> {
    text: &'a [u8],
    bytes: usize,
    line: u64,
}

impl<'a> Lines<'a> {
    pub(crate) const fn of(text: &'a [u8]) -> Self {
        Self { text, bytes: 0, line: 1 }
    }

    /// The line of what begins there, or after the blanks and line ends that stand there; places are asked in order.
    pub(crate) fn at(&mut self, byte: usize) -> u64 {
        let start = byte.min(self.text.len());
        let blanks = self.text[start..].iter().take_while(|byte| byte.is_ascii_whitespace()).count();
        let start = (start + blanks).max(self.bytes);
        let passed = &self.text[self.bytes..start];
        self.line += passed.iter().map(|byte| u64::from(*byte == b'\n')).sum::<u64>();
        self.bytes = start;
        self.line
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::Settings;
    use serde_json::json;

    #[test]
    fn each_object_of_a_file_is_a_piece_at_its_place() {
        let decoder = Decoder::new(Settings::default()).unwrap();
        let file = b"\xEF\xBB\xBF{\"a\": 1}\n\n{\n\"a\": 2}\r\n[{\"a\": 3}, {\"a\": 4}]\n{broken\n";
        let pieces = decoder.pieces("canonical", file).unwrap();
        let told: Vec<(String, Option<&Json>)> =
            pieces.iter().map(|piece| (piece.place(), piece.element.as_ref().ok())).collect();
        let element = |n: u64| json!({ "a": n });
        assert_eq!(
            told,
            [
                ("1".to_owned(), Some(&element(1))),
                ("3".to_owned(), Some(&element(2))),
                ("5[1]".to_owned(), Some(&element(3))),
                ("5[2]".to_owned(), Some(&element(4))),
                ("6".to_owned(), None),
            ]
        );
        assert!(decoder.pieces("nobody", b"").is_err());
    }
}
