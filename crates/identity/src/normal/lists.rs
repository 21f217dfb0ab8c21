/// Registrable domains of mailbox providers, mobile carriers and internet providers that private people and small firms
/// write from. Sorted: it is searched.
pub(super) const FREE_MAIL: &[&str] = &[
    "126.com",
    "163.com",
    "aol.com",
    "asahi-net.or.jp",
    "auone.jp",
    "biglobe.ne.jp",
    "comcast.net",
    "daum.net",
    "disney.ne.jp",
    "docomo.ne.jp",
    "dti.ne.jp",
    "eonet.ne.jp",
    "excite.co.jp",
    "ezweb.ne.jp",
    "fastmail.com",
    "foxmail.com",
    "freenet.de",
    "gmail.com",
    "gmx.at",
    "gmx.ch",
    "gmx.com",
    "gmx.de",
    "gmx.net",
    "goo.jp",
    "googlemail.com",
    "hanmail.net",
    "hey.com",
    "home.ne.jp",
    "hotmail.co.jp",
    "hotmail.co.uk",
    "hotmail.com",
    "hotmail.fr",
    "icloud.com",
    "infoseek.jp",
    "kakao.com",
    "laposte.net",
    "libero.it",
    "live.com",
    "live.jp",
    "mac.com",
    "mail.com",
    "mail.ru",
    "me.com",
    "mineo.jp",
    "msn.com",
    "naver.com",
    "nifty.com",
    "nifty.ne.jp",
    "ocn.ne.jp",
    "odn.ne.jp",
    "orange.fr",
    "outlook.com",
    "outlook.de",
    "outlook.fr",
    "outlook.jp",
    "plala.or.jp",
    "pm.me",
    "proton.me",
    "protonmail.com",
    "qq.com",
    "rakuten.jp",
    "rediffmail.com",
    "rocketmail.com",
    "sina.com",
    "so-net.ne.jp",
    "softbank.jp",
    "softbank.ne.jp",
    "t-online.de",
    "tiki.ne.jp",
    "tutanota.com",
    "uqmobile.jp",
    "vodafone.ne.jp",
    "wakwak.com",
    "web.de",
    "willcom.com",
    "yahoo.co.jp",
    "yahoo.co.uk",
    "yahoo.com",
    "yahoo.de",
    "yahoo.fr",
    "yahoo.ne.jp",
    "yandex.com",
    "yandex.ru",
    "ybb.ne.jp",
    "ymail.com",
    "ymobile.ne.jp",
    "zaq.ne.jp",
    "zoho.com",
];

/// Local parts of addresses that stand for a function and not for a person (RFC 2142, and what companies in Japan put on
/// their sites). Sorted.
pub(super) const ROLE_LOCAL_PARTS: &[&str] = &[
    "abuse",
    "accounting",
    "admin",
    "administrator",
    "billing",
    "callcenter",
    "contact",
    "contact-us",
    "contactus",
    "cs",
    "customer",
    "customerservice",
    "do-not-reply",
    "donotreply",
    "eigyo",
    "eigyou",
    "enquiry",
    "hello",
    "help",
    "helpdesk",
    "hostmaster",
    "hr",
    "info",
    "information",
    "inquiry",
    "invoice",
    "jinji",
    "jobs",
    "keiri",
    "koho",
    "madoguchi",
    "mail",
    "mailer-daemon",
    "marketing",
    "news",
    "newsletter",
    "no-reply",
    "noreply",
    "office",
    "order",
    "orders",
    "otoiawase",
    "postmaster",
    "pr",
    "press",
    "privacy",
    "reception",
    "recruit",
    "root",
    "saiyo",
    "saiyou",
    "sales",
    "security",
    "service",
    "shop",
    "somu",
    "soumu",
    "support",
    "toiawase",
    "uketsuke",
    "web",
    "webmaster",
];

pub(super) fn holds(sorted: &[&str], value: &str) -> bool {
    sorted.binary_search(&value).is_ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_lists_are_sorted_without_repeats() {
        for list in [FREE_MAIL, ROLE_LOCAL_PARTS] {
            for pair in list.windows(2) {
                assert!(pair[0] < pair[1], "{} stands before {}", pair[0], pair[1]);
            }
        }
    }

    #[test]
    fn every_provider_is_a_registrable_domain_else_it_would_never_be_found() {
        for domain in FREE_MAIL {
            let registrable = psl::domain_str(domain);
            assert!(
                registrable == Some(domain),
                "{domain} would never be found: its registrable domain is {registrable:?}"
            );
        }
    }
}
