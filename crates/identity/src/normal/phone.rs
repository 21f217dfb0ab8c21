use super::width_folded;
use touchpoint::Text;

/// How numbers are dialled inside one country (ITU-T E.164 and E.123, national numbering plans).
#[derive(Clone, Copy, PartialEq, Eq)]
pub struct Region {
    /// ISO 3166-1, lower case: the scope of numbers that have no international form.
    name: &'static str,
    country_code: &'static str,
    /// Dialled before a number inside the country, left out from abroad.
    trunk_prefix: &'static str,
    /// Dialled before a country code.
    international_prefix: &'static str,
    /// Digits of a number without trunk prefix.
    digits: (usize, usize),
}

impl Region {
    pub const JP: Self = Self::new("jp", "81", "0", "010", (9, 10));

    /// The regions there are. Others write their numbers with `+`.
    pub const ALL: &[Self] = &[
        Self::JP,
        Self::new("au", "61", "0", "0011", (9, 9)),
        Self::new("cn", "86", "0", "00", (9, 11)),
        Self::new("de", "49", "0", "00", (6, 12)),
        Self::new("fr", "33", "0", "00", (9, 9)),
        Self::new("gb", "44", "0", "00", (9, 10)),
        Self::new("hk", "852", "", "001", (8, 8)),
        Self::new("in", "91", "0", "00", (10, 10)),
        Self::new("it", "39", "", "00", (6, 11)),
        Self::new("kr", "82", "0", "00", (8, 10)),
        Self::new("nl", "31", "0", "00", (9, 9)),
        Self::new("sg", "65", "", "00", (8, 8)),
        Self::new("th", "66", "0", "00", (8, 9)),
        Self::new("tw", "886", "0", "002", (8, 9)),
        Self::new("us", "1", "1", "011", (10, 10)),
        Self::new("vn", "84", "0", "00", (9, 10)),
    ];

    const fn new(
        name: &'static str,
        country_code: &'static str,
        trunk_prefix: &'static str,
        international_prefix: &'static str,
        digits: (usize, usize),
    ) -> Self {
        Self { name, country_code, trunk_prefix, international_prefix, digits }
    }

    /// The region of an ISO 3166-1 code, as a settings file writes it: `JP`.
    pub fn named(code: &str) -> Option<Self> {
        Self::ALL.iter().copied().find(|region| region.name.eq_ignore_ascii_case(code))
    }
}

impl std::fmt::Debug for Region {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(self.name)
    }
}

/// What carriers and Twilio put in place of a number that is withheld or unknown (the letters of RESTRICTED, BLOCKED,
/// UNKNOWN, ANONYMOUS, UNAVAILABLE on a keypad). Taken for numbers they would join all who withhold theirs.
const WITHHELD: [&str; 5] = ["7378742833", "2562533", "8566696", "266696687", "86282452253"];

/// A phone number in E.164 (`+819012345678`); one that has no international form keeps its digits, scoped by the region
/// (`jp:1234`). `None` when there are no digits, or the number is withheld.
pub fn phone(value: &str, region: Region) -> Option<Text> {
    let folded = width_folded(value.trim());
    // `+81 (0)90`: the trunk prefix in brackets is for those who call from inside.
    let folded = folded.replace("(0)", "");
    let mut digits = Text::default();
    let mut odd = false;
    let mut international = false;
    for c in folded.chars() {
        match c {
            '0'..='9' => digits.push(c),
            '+' if digits.is_empty() && !international => international = true,
            ' ' | '\t' | '-' | '(' | ')' | '.' | '/' | '\u{2010}'..='\u{2015}' | '\u{2212}' | '\u{30fc}' => {}
            _ => odd = true,
        }
    }
    if digits.is_empty() || digits.len() > 32 || WITHHELD.contains(&digits.as_str()) {
        return None;
    }
    // An extension or a remark behind it: whose number that is cannot be told, but it is always written the same way.
    if odd {
        return Some(scoped(region, &digits));
    }
    let abroad = if international {
        Some(digits.as_str())
    } else {
        digits.strip_prefix(region.international_prefix).filter(|rest| rest.len() > 8).or_else(|| {
            // 00 works on most phones, whatever the country's own prefix is.
            digits.strip_prefix("00").filter(|rest| rest.len() > 8)
        })
    };
    match abroad {
        Some(number) => Some(from_abroad(number).unwrap_or_else(|| scoped(region, &digits))),
        None => Some(from_inside(&digits, region).unwrap_or_else(|| scoped(region, &digits))),
    }
}

fn from_abroad(number: &str) -> Option<Text> {
    let known = Region::ALL.iter().find_map(|region| {
        let national = number.strip_prefix(region.country_code)?;
        let national = match region.trunk_prefix {
            "" => national,
            // `+81090...` is a common slip: no number begins with the trunk prefix.
            trunk => national.strip_prefix(trunk).unwrap_or(national),
        };
        let (least, most) = region.digits;
        (least..=most)
            .contains(&national.len())
            .then(|| compact_str::format_compact!("+{}{national}", region.country_code))
    });
    known.or_else(|| {
        ((8..=15).contains(&number.len()) && !number.starts_with('0'))
            .then(|| compact_str::format_compact!("+{number}"))
    })
}

fn from_inside(digits: &str, region: Region) -> Option<Text> {
    let national = match digits.strip_prefix(region.trunk_prefix) {
        Some(national) => national,
        // In North America the trunk prefix is the country code, and mostly left out.
        None if region.trunk_prefix == region.country_code => digits,
        None => return None,
    };
    let (least, most) = region.digits;
    (least..=most).contains(&national.len()).then(|| compact_str::format_compact!("+{}{national}", region.country_code))
}

fn scoped(region: Region, digits: &str) -> Text {
    compact_str::format_compact!("{}:{digits}", region.name)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn all_are(expected: &str, region: &str, written: &[&str]) {
        let region = Region::named(region).unwrap();
        for written in written {
            assert_eq!(phone(written, region).as_deref(), Some(expected), "{written}");
        }
    }

    #[test]
    fn one_number_has_one_form() {
        all_are(
            "+819012345678",
            "JP",
            &[
                "090-1234-5678",
                "０９０－１２３４－５６７８",
                "+81 90 1234 5678",
                "+81 (0)90-1234-5678",
                "+81090-1234-5678",
                "010-81-90-1234-5678",
                "0081 90 1234 5678",
                "(090) 1234.5678",
            ],
        );
        all_are("+81521234567", "JP", &["052-123-4567", "+81 52 123 4567"]);
        all_are("+14155550123", "US", &["(415) 555-0123", "1-415-555-0123", "+1 415 555 0123"]);
        all_are("+390612345678", "IT", &["06 1234 5678", "+39 06 1234 5678"]);
        all_are("+442079460018", "JP", &["+44 (0)20 7946 0018", "+44 20 7946 0018"]);
        all_are("+351211234567", "JP", &["+351 21 123 4567"]);
    }

    #[test]
    fn what_has_no_international_form_keeps_its_digits_and_a_scope() {
        all_are("jp:1234", "JP", &["1234"]);
        all_are("jp:0521234567123", "JP", &["052-123-4567 内線123", "052-123-4567 ext. 123"]);
        all_are("us:911", "US", &["911"]);
    }

    #[test]
    fn a_withheld_number_is_nobodys() {
        for written in ["", "anonymous", "非通知", "+266696687", "+7378742833", "-"] {
            assert_eq!(phone(written, Region::JP), None, "{written}");
        }
    }
}
