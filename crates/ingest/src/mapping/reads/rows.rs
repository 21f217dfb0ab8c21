//! Rows of lists and exports: CSV as RFC 4180 and spreadsheets write it, TSV as
//! <https://www.iana.org/assignments/media-types/text/tab-separated-values>.

use super::{quotes, text};
use crate::mapping::names::Names;
use crate::pieces::{Lines, Piece};
use csv::{ReaderBuilder, StringRecord};
use encoding_rs::Encoding;
use serde_json::{Map, Value as Json};
use touchpoint::{Rejection, RejectionCode};

#[derive(Clone, Debug)]
pub(crate) struct Rows {
    pub(crate) separator: u8,
    /// In TSV a quote is a letter like others.
    pub(crate) has_quotes: bool,
    pub(crate) columns: Columns,
    pub(crate) encoding: Option<&'static Encoding>,
}

/// What the columns are called.
#[derive(Clone, Debug)]
pub(crate) enum Columns {
    /// These, in order.
    Fixed(Vec<String>),
    /// As the first row says that has these, by our names.
    Header { has: Vec<String>, names: Names },
}

impl Rows {
    pub(crate) fn pieces(&self, bytes: &[u8]) -> Vec<Piece> {
        let text = match text(bytes, self.encoding) {
            Ok(text) => text,
            Err(refused) => return vec![Piece::of_line(1, Err(refused), bytes)],
        };
        let mut reader = ReaderBuilder::new()
            .has_headers(false)
            .flexible(true)
            .delimiter(self.separator)
            .quoting(self.has_quotes)
            .from_reader(text.as_bytes());
        let mut columns = match &self.columns {
            Columns::Fixed(names) => Some(names.clone()),
            Columns::Header { .. } => None,
        };
        let mut pieces = Vec::new();
        let mut row = StringRecord::new();
        // The reader's own count is one behind where lines end as on Windows.
        let mut lines = Lines::of(text.as_bytes());
        // It is text and rows may be of any length: there is nothing that could be wrong.
        while reader.read_record(&mut row).unwrap_or(false) {
            let start = row.position().map_or(0, csv::Position::byte);
            let written = between(&text, start, reader.position().byte());
            let line = lines.at(usize::try_from(start).unwrap_or(usize::MAX));
            if row.iter().all(|cell| cell.trim().is_empty()) {
                continue;
            }
            match &columns {
                None => columns = self.columns.header(&row),
                Some(names) => {
                    let astray = quotes::astray(written, self.separator, names.len()).filter(|_| self.has_quotes);
                    let element = match astray {
                        Some(astray) => Err(Rejection::new(RejectionCode::Malformed, "", astray.message())),
                        None => element(names, &row),
                    };
                    pieces.push(Piece::of_line(line, element, written.as_bytes()));
                }
            }
        }
        if columns.is_none() {
            pieces.push(Piece::of_line(1, Err(self.headless(&text)), bytes));
        }
        pieces
    }

    /// Nobody says what the columns are called.
    fn headless(&self, text: &str) -> Rejection {
        let message = match &self.columns {
            Columns::Header { has, .. } if !has.is_empty() => {
                let missing = format!("has no line of names: none has {}", has.join(", "));
                // Lists are saved in many ways; most often the cells are not where they are looked for.
                let others = [(b',', "`,`"), (b';', "`;`"), (b'\t', "tabs")];
                let count = |sign: u8| text.bytes().take(HEAD_BYTES).filter(|byte| *byte == sign).count();
                let most = others.into_iter().max_by_key(|(sign, _)| count(*sign));
                match most.filter(|(sign, _)| *sign != self.separator && count(*sign) > count(self.separator)) {
                    Some((_, name)) => format!(
                        "{missing}; its cells are separated by {name}, as it seems, and its source reads {}: save it so",
                        others
                            .iter()
                            .find(|(sign, _)| *sign == self.separator)
                            .map_or("another sign", |(_, name)| name)
                    ),
                    None => missing,
                }
            }
            _ => "is empty: expected a line with the names of the columns, and rows below it".to_owned(),
        };
        Rejection::new(RejectionCode::Malformed, "", message)
    }
}

/// How much of a list is looked at to see how it was saved.
const HEAD_BYTES: usize = 4_096;

impl Columns {
    /// The names, if this row says them.
    fn header(&self, row: &StringRecord) -> Option<Vec<String>> {
        let Self::Header { has, names } = self else { return None };
        let ours = |name: &str| names.ours(name).unwrap_or(name).to_owned();
        let said: Vec<String> = row.iter().map(|cell| cell.trim().to_owned()).collect();
        let is_header = has.iter().all(|needed| said.iter().any(|name| ours(name) == ours(needed)));
        is_header.then(|| distinct(said))
    }
}

/// Columns without a name are called by their place, and the second of a name is another one: nothing is lost.
fn distinct(said: Vec<String>) -> Vec<String> {
    let mut names: Vec<String> = Vec::with_capacity(said.len());
    for (at, name) in said.into_iter().enumerate() {
        let name = if name.is_empty() { format!("column {}", at + 1) } else { name };
        let times = |names: &[String], tried: &str| names.iter().any(|have| have == tried);
        let numbered = (2..).map(|number| format!("{name} ({number})"));
        let free = std::iter::once(name.clone()).chain(numbered).find(|tried| !times(&names, tried));
        names.extend(free);
    }
    names
}

/// Cells of which nothing is said are left out: an empty cell of a list says that something is not known, not that it is gone.
fn element(names: &[String], row: &StringRecord) -> Result<Json, Rejection> {
    let beyond = row.iter().skip(names.len()).any(|cell| !cell.trim().is_empty());
    if beyond {
        let (has, of) = (row.len(), names.len());
        let message =
            format!("has {has} cells, and there are {of} columns: a cell with the separating sign in it needs quotes");
        return Err(Rejection::new(RejectionCode::Malformed, "", message));
    }
    let cells = names.iter().zip(row).map(|(name, cell)| (name, cell.trim())).filter(|(_, cell)| !cell.is_empty());
    Ok(Json::Object(cells.map(|(name, cell)| (name.clone(), Json::from(cell))).collect::<Map<_, _>>()))
}

/// A row as it is written; blank lines may stand before it.
fn between(text: &str, start: u64, end: u64) -> &str {
    let place = |byte: u64| usize::try_from(byte).unwrap_or(usize::MAX);
    text.get(place(start)..place(end)).unwrap_or_default().trim_start_matches(['\r', '\n'])
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    fn csv(has: &[&str]) -> Rows {
        let names = Names::of([("email".to_owned(), vec!["e-mail".to_owned(), "メール".to_owned()])]).unwrap();
        let has = has.iter().map(|name| (*name).to_owned()).collect();
        Rows { separator: b',', has_quotes: true, columns: Columns::Header { has, names }, encoding: None }
    }

    fn read(rows: &Rows, text: &str) -> Vec<(u64, Result<Json, String>)> {
        let pieces = rows.pieces(text.as_bytes()).into_iter();
        pieces.map(|piece| (piece.line, piece.element.map_err(|refused| refused.message))).collect()
    }

    #[test]
    fn a_row_is_read_by_the_line_of_names() {
        let text = "\u{feff}会社名, memo ,memo,\r\n(株)アクメ,\"two\r\nlines, and \"\"quotes\"\"\",,x\r\n,,,\r\nアクメ商事\r\n";
        let expected = [
            (2, Ok(json!({"会社名": "(株)アクメ", "memo": "two\r\nlines, and \"quotes\"", "column 4": "x"}))),
            (5, Ok(json!({"会社名": "アクメ商事"}))),
        ];
        assert_eq!(read(&csv(&[]), text), expected);
        assert_eq!(read(&csv(&[]), "a,a,a\n1,2,3"), [(2, Ok(json!({"a": "1", "a (2)": "2", "a (3)": "3"})))]);
    }

    #[test]
    fn what_stands_above_the_line_of_names_is_passed_over() {
        let text = "展示会リスト,,\n\n氏名,Ｅ－ｍａｉｌ,\n花子,hanako@acme.example,\n";
        let expected = json!({"氏名": "花子", "Ｅ－ｍａｉｌ": "hanako@acme.example"});
        assert_eq!(read(&csv(&["氏名", "email"]), text), [(4, Ok(expected))]);
        let tabs = read(&csv(&["email"]), "氏名\temail\n花子\thanako@acme.example, and more\n");
        assert!(
            matches!(&tabs[..], [(1, Err(told))] if told.contains("by tabs, as it seems, and its source reads `,`")),
            "{tabs:?}"
        );
        let lost = read(&csv(&["会社名"]), text);
        assert!(matches!(&lost[..], [(1, Err(told))] if told.contains("none has 会社名")), "{lost:?}");
    }

    #[test]
    fn a_row_that_shifted_is_refused_and_the_others_stand() {
        let found = read(&csv(&[]), "a,b\n1,2,3\n4,5\n6,\"7\n8,9\n");
        let [(2, Err(longer)), (3, Ok(good)), (4, Err(open))] = &found[..] else { panic!("{found:?}") };
        assert!(longer.contains("has 3 cells, and there are 2 columns"), "{longer}");
        assert_eq!(*good, json!({"a": "4", "b": "5"}));
        assert!(open.contains("a quote is not closed"), "{open}");
    }

    /// Whoever stands in the cell of another row would be lost without a word.
    #[test]
    fn a_row_that_swallows_the_next_one_is_refused_and_the_others_stand() {
        let text =
            "社名,氏名,メモ\nA,安藤,\"良い話\nB,馬場,\"普通\"\nC,千葉,\nD,土井,\"x\nE,江藤,最後\"\nF,藤,\"5\"\" 管\"\n";
        let found = read(&csv(&[]), text);
        let [(2, Err(goes)), (4, Ok(_)), (5, Err(holds)), (7, Ok(last))] = &found[..] else { panic!("{found:?}") };
        assert!(goes.contains("goes on behind the quote") && holds.contains("looks like a row"), "{goes} {holds}");
        assert_eq!(last["メモ"], "5\" 管");
    }

    /// Of a record that is cut otherwise now the rows are known again.
    #[test]
    fn a_row_has_the_same_hash_whatever_its_columns_are_called() {
        let hashes =
            |rows: &Rows, text: &str| -> Vec<_> { rows.pieces(text.as_bytes()).iter().map(|row| row.hash).collect() };
        let text = "id,at\r\n\r\n1,2\r\n1,\"3\n4\"";
        let columns = Columns::Fixed(["a", "b"].map(str::to_owned).to_vec());
        let fixed = hashes(&Rows { columns, ..csv(&[]) }, text);
        let named = hashes(&csv(&["id"]), &format!("a title\n{text}\n"));
        assert_eq!(fixed[1..], named[..]);
        assert_ne!(fixed[1], fixed[2]);
    }

    #[test]
    fn rows_of_tabs_have_no_quotes() {
        let columns = Columns::Fixed(["a", "b"].map(str::to_owned).to_vec());
        let tsv = Rows { separator: b'\t', has_quotes: false, columns, encoding: None };
        assert_eq!(read(&tsv, "\"x\" y\t{\"z\":1}\n"), [(1, Ok(json!({"a": "\"x\" y", "b": "{\"z\":1}"})))]);
    }
}
