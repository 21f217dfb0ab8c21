use super::{lists, width_folded};
use idna::AsciiDenyList;
use touchpoint::Text;

/// The longest local part and the longest address (RFC 5321, 4.5.3.1).
const LOCAL_BYTES_MAX: usize = 64;
const ADDRESS_BYTES_MAX: usize = 254;

/// An e-mail address in lower case with its domain in ASCII (IDNA, UTS 46); `None` when it is none, or carries a display
/// name or quotes: a name typed into the address field must not become an identity.
///
/// A tag (`hanako+expo@...`) is kept unless `strip_plus_tag`: to some providers it is another mailbox.
pub fn email(value: &str, strip_plus_tag: bool) -> Option<Text> {
    let folded = width_folded(value.trim());
    let (local, domain) = folded.rsplit_once('@')?;
    let local = if strip_plus_tag { local.split_once('+').map_or(local, |(mailbox, _)| mailbox) } else { local };
    let domain = domain_in_ascii(domain)?;
    let forbidden = |c: char| c.is_whitespace() || c.is_control() || "\"<>()[]\\,;:@".contains(c);
    let whole = local.len() + 1 + domain.len();
    if local.is_empty() || local.len() > LOCAL_BYTES_MAX || whole > ADDRESS_BYTES_MAX || local.contains(forbidden) {
        return None;
    }
    let mut address = Text::with_capacity(whole);
    address.extend(local.chars().flat_map(char::to_lowercase));
    address.push('@');
    address.push_str(&domain);
    Some(address)
}

/// True for an address of a function (`info@`, `sales@`): a mailbox that several people read names nobody else's address
/// and is claimed by nobody.
pub fn is_role_address(address: &str) -> bool {
    let local = address.split_once('@').map_or(address, |(local, _)| local);
    lists::holds(lists::ROLE_LOCAL_PARTS, local)
}

/// A host name with at least two labels, lower case, ASCII.
pub(super) fn domain_in_ascii(domain: &str) -> Option<Text> {
    let domain = domain.trim().trim_end_matches('.');
    let plain = |byte: u8| byte.is_ascii_lowercase() || byte.is_ascii_digit() || byte == b'-' || byte == b'.';
    let ascii = if domain.bytes().all(plain) && !domain.contains("xn--") {
        Text::new(domain)
    } else {
        Text::new(idna::domain_to_ascii_cow(domain.as_bytes(), AsciiDenyList::URL).ok()?)
    };
    let label =
        |label: &str| !label.is_empty() && label.len() <= 63 && !label.starts_with('-') && !label.ends_with('-');
    // A last label of digits is an IP address: it names no organisation.
    let number = ascii.rsplit('.').next().is_some_and(|last| last.bytes().all(|byte| byte.is_ascii_digit()));
    (ascii.contains('.') && ascii.split('.').all(label) && !number).then_some(ascii)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn one_mailbox_has_one_form() {
        for written in [
            "hanako@acme.example",
            " Hanako@ACME.example ",
            "ｈａｎａｋｏ＠ａｃｍｅ．ｅｘａｍｐｌｅ",
            "hanako@acme.example.",
        ] {
            assert_eq!(email(written, false).as_deref(), Some("hanako@acme.example"), "{written}");
        }
        assert_eq!(email("taro@例え.テスト", false), email("taro@xn--r8jz45g.xn--zckzah", false));
        assert_eq!(email("Taro+Expo@acme.example", false).as_deref(), Some("taro+expo@acme.example"));
        assert_eq!(email("Taro+Expo@acme.example", true).as_deref(), Some("taro@acme.example"));
    }

    #[test]
    fn what_is_no_address_names_nobody() {
        for written in [
            "",
            "@",
            "hanako",
            "hanako@",
            "@acme.example",
            "+tag@acme",
            "hanako@localhost",
            "hanako@192.0.2.1",
            "Hanako <hanako@acme.example>",
            "hanako @acme.example",
            "\"h\"@acme.example",
            "a@b@acme.example",
            "a,b@acme.example",
            "hanako@acme..example",
            "hanako@-acme.example",
            "hanako@acme .example",
        ] {
            assert_eq!(email(written, false), None, "{written}");
        }
        assert_eq!(email("+tag@acme.example", true), None, "nothing is left of it");
        assert_eq!(email(&format!("{}@acme.example", "x".repeat(65)), false), None);
    }

    #[test]
    fn a_mailbox_of_a_function_is_told_from_a_persons() {
        assert!(is_role_address("info@acme.example"));
        assert!(is_role_address("no-reply@acme.example"));
        assert!(!is_role_address("informatik.hans@acme.example"));
    }
}
