use super::email::domain_in_ascii;
use super::{lists, width_folded};
use touchpoint::Text;

/// A corporate number (法人番号): 13 digits, the first a check digit (Order of the Ministry of Finance No. 70 of 2014);
/// `None` when the check digit is wrong, so that a slip of the pen joins no other company.
pub fn corporate_number(value: &str) -> Option<Text> {
    let mut digits = Text::default();
    for c in width_folded(value.trim()).chars() {
        match c {
            '0'..='9' => digits.push(c),
            ' ' | '-' => {}
            // `T` before it is the registration number of the invoice system (インボイス).
            'T' | 't' if digits.is_empty() => {}
            _ => return None,
        }
    }
    if digits.len() != 13 {
        return None;
    }
    let number = |byte: u8| u32::from(byte - b'0');
    let sum: u32 =
        digits.bytes().skip(1).rev().zip([1, 2].iter().cycle()).map(|(byte, weight)| number(byte) * weight).sum();
    (number(digits.as_bytes()[0]) == 9 - sum % 9).then_some(digits)
}

/// The registrable domain of a host name or URL's host (`www.acme.co.jp` -> `acme.co.jp`, public suffix list); `None` for
/// a public suffix, a name that is none, and a mailbox provider's (built in, and `free_mail`): they are no company.
pub fn domain(value: &str, free_mail: &[Text]) -> Option<Text> {
    let folded = width_folded(value.trim());
    let host = folded.split_once("://").map_or(&*folded, |(_, rest)| rest);
    let host = host.split(['/', ':', '?', '#']).next().unwrap_or_default();
    let host = domain_in_ascii(host)?;
    let registrable = psl::domain_str(&host)?;
    let free = lists::holds(lists::FREE_MAIL, registrable) || free_mail.iter().any(|have| have == registrable);
    (!free).then(|| Text::new(registrable))
}

/// The company's domain in an e-mail address that is in its normal form.
pub fn email_domain(address: &str, free_mail: &[Text]) -> Option<Text> {
    domain(address.rsplit_once('@')?.1, free_mail)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_corporate_number_is_taken_with_its_check_digit_only() {
        for written in ["8700110005901", "８７００１１０００５９０１", "8-7001-1000-5901", "T8700110005901"]
        {
            assert_eq!(corporate_number(written).as_deref(), Some("8700110005901"), "{written}");
        }
        for wrong in ["", "7700110005901", "8700110005910", "870011000590", "87001100059011", "87001100O5901"] {
            assert_eq!(corporate_number(wrong), None, "{wrong}");
        }
    }

    #[test]
    fn a_company_is_its_registrable_domain() {
        for (written, expected) in [
            ("acme.co.jp", "acme.co.jp"),
            ("www.Nagoya.Acme.co.jp", "acme.co.jp"),
            ("https://www.acme.com:8443/about?x=1", "acme.com"),
            ("acme.example", "acme.example"),
        ] {
            assert_eq!(domain(written, &[]).as_deref(), Some(expected), "{written}");
        }
        for none in ["", "co.jp", "jp", "localhost", "192.0.2.1", "gmail.com", "mail.yahoo.co.jp", "t.vodafone.ne.jp"] {
            assert_eq!(domain(none, &[]), None, "{none}");
        }
        assert_eq!(domain("isp.example", &[Text::new("isp.example")]), None);
        assert_eq!(email_domain("hanako@eng.acme.co.jp", &[]).as_deref(), Some("acme.co.jp"));
        assert_eq!(email_domain("hanako@docomo.ne.jp", &[]), None);
    }
}
