//! Rows of lists and exports: CSV as RFC 4180 and spreadsheets write it, TSV as
//! <https://www.iana.org/assignments/media-types/text/tab-separated-values>.

use super::text;
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
            Err(refused) => return vec![Piece::of_line(1, Err(refused))],
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
            let line = lines.at(row.position().map_or(0, |at| usize::try_from(at.byte()).unwrap_or(usize::MAX)));
            if row.iter().all(|cell| cell.trim().is_empty()) {
                continue;
            }
            match &columns {
                None => columns = self.columns.header(&row),
                Some(names) => {
                    let is_last = reader.position().byte() >= text.len() as u64;
                    let is_open = is_last && ends_open(&row, &text);
                    let element = if is_open { Err(open()) } else { element(names, &row) };
                    pieces.push(Piece::of_line(line, element));
                }
            }
        }
        if columns.is_none() {
            pieces.push(Piece::of_line(1, Err(self.columns.headless())));
        }
        pieces
    }
}

impl Columns {
    /// The names, if this row says them.
    fn header(&self, row: &StringRecord) -> Option<Vec<String>> {
        let Self::Header { has, names } = self else { return None };
        let ours = |name: &str| names.ours(name).unwrap_or(name).to_owned();
        let said: Vec<String> = row.iter().map(|cell| cell.trim().to_owned()).collect();
        let is_header = has.iter().all(|needed| said.iter().any(|name| ours(name) == ours(needed)));
        is_header.then(|| distinct(said))
    }

    fn headless(&self) -> Rejection {
        let message = match self {
            Self::Header { has, .. } if !has.is_empty() => {
                format!("has no line of names: none has {}", has.join(", "))
            }
            _ => "is empty: expected a line with the names of the columns, and rows below it".to_owned(),
        };
        Rejection::new(RejectionCode::Malformed, "", message)
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

/// The last row of a text whose last cell holds the rest of it.
fn ends_open(row: &StringRecord, text: &str) -> bool {
    row.iter().next_back().is_some_and(|cell| cell.contains('\n')) && !text.trim_end().ends_with('"')
}

fn open() -> Rejection {
    let message = "ends inside of a cell: a quote is not closed, and what follows it was taken for its cell";
    Rejection::new(RejectionCode::Malformed, "", message)
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

    #[test]
    fn rows_of_tabs_have_no_quotes() {
        let columns = Columns::Fixed(["a", "b"].map(str::to_owned).to_vec());
        let tsv = Rows { separator: b'\t', has_quotes: false, columns, encoding: None };
        assert_eq!(read(&tsv, "\"x\" y\t{\"z\":1}\n"), [(1, Ok(json!({"a": "\"x\" y", "b": "{\"z\":1}"})))]);
    }
}
