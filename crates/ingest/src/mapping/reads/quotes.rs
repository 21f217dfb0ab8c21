//! Quotes that are not where they should be: a reader that takes everything would put the people of the next rows into one cell.

/// What is wrong with the quotes of a row.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Astray {
    /// A quote is closed, and the cell goes on: it was meant to begin another one.
    Goes,
    /// A line within a cell has as many cells as a row.
    HoldsRow,
    /// The text ends within a cell.
    Open,
}

impl Astray {
    pub(super) const fn message(self) -> &'static str {
        match self {
            Self::Goes => {
                "has a cell that goes on behind the quote that closes it: a quote before it is not closed, or one within the \
                 cell is not written twice"
            }
            Self::HoldsRow => {
                "has a cell with a line in it that looks like a row: a quote before it is not closed, and what follows it was taken \
                 for its cell"
            }
            Self::Open => "ends inside of a cell: a quote is not closed, and what follows it was taken for its cell",
        }
    }
}

/// Looks at a row of so many columns as it is written.
pub(super) fn astray(row: &str, separator: u8, columns: usize) -> Option<Astray> {
    if !row.contains('"') {
        return None;
    }
    let bytes = row.as_bytes();
    let mut at = 0;
    while at < bytes.len() {
        if bytes[at] != b'"' {
            // Within a cell that is not quoted a quote is a letter.
            at += bytes[at..].iter().take_while(|byte| !ends_cell(**byte, separator)).count() + 1;
            continue;
        }
        let Some(length) = closing(&bytes[at + 1..]) else { return Some(Astray::Open) };
        let cell = &bytes[at + 1..at + 1 + length];
        at += length + 2;
        let behind = bytes[at..].iter().take_while(|byte| !ends_cell(**byte, separator)).count();
        if bytes[at..at + behind].iter().any(|byte| *byte != b' ') {
            return Some(Astray::Goes);
        }
        let is_row = |line: &[u8]| line.iter().filter(|byte| **byte == separator).count() + 1 >= columns;
        if columns >= COLUMNS_OF_A_ROW && cell.split(|byte| *byte == b'\n').skip(1).any(is_row) {
            return Some(Astray::HoldsRow);
        }
        at += behind + 1;
    }
    None
}

/// A line with fewer separating signs may be a sentence.
const COLUMNS_OF_A_ROW: usize = 3;

const fn ends_cell(byte: u8, separator: u8) -> bool {
    byte == separator || byte == b'\n' || byte == b'\r'
}

/// How many bytes stand before the quote that closes a cell; two quotes are one within it.
fn closing(bytes: &[u8]) -> Option<usize> {
    let mut at = 0;
    loop {
        at += bytes[at..].iter().position(|byte| *byte == b'"')?;
        if bytes.get(at + 1) != Some(&b'"') {
            return Some(at);
        }
        at += 2;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn quotes_where_they_should_be_say_nothing() {
        for row in [
            "a,b,c\n",
            "a,\"b, \"\"c\"\"\",\"\"\r\n",
            "a,5\" pipe,c\"\n",
            "a,b,\"two\nlines, and more\"\n",
            "\"a\" ,b,\"c\"",
            "a,b,\"\"\"\"\n",
        ] {
            assert_eq!(astray(row, b',', 3), None, "{row}");
        }
        assert_eq!(astray("a;\"x\ny,z,z\"\n", b';', 2), None, "two columns: it may be a sentence");
    }

    #[test]
    fn quotes_that_swallow_a_row_are_found() {
        let goes = "A,ando,\"good\nB,baba,\"plain\"\n";
        let holds = "C,chiba,\"x\nD,doi,last\"\n";
        for (row, wrong) in [
            (goes, Astray::Goes),
            ("a,\"b\"c,d\n", Astray::Goes),
            (holds, Astray::HoldsRow),
            ("a,b,\"c\nd\n", Astray::Open),
        ] {
            assert_eq!(astray(row, b',', 3), Some(wrong), "{row}");
        }
    }
}
