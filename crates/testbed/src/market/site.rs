//! The company's web site: its pages, what each says of interest, and its forms.

use super::dice::Dice;
use super::town::{Need, Solution, Topic};

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Page {
    pub(super) path: &'static str,
    pub(super) title: &'static str,
    /// What inside sales makes of somebody who looks at it.
    pub(super) warmth: i64,
}

const fn page(path: &'static str, title: &'static str, warmth: i64) -> Page {
    Page { path, title, warmth }
}

/// Sorts of pages, of which the visitor's topic picks one.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Sight {
    Home,
    News,
    Article,
    Services,
    Solution,
    Product,
    Case,
    Material,
    Pricing,
    Compare,
    Specs,
    Security,
    Contact,
    Seminars,
    Careers,
}

impl Sight {
    pub(super) const fn page(self, topic: Topic) -> Page {
        let maintenance = matches!(topic.solution, Solution::Maintenance);
        match (self, maintenance) {
            (Self::Home, _) => page("/", "トップ", 0),
            (Self::News, _) => page("/news", "お知らせ", 0),
            (Self::Article, true) => page("/blog/why-downtime-stays", "突発停止はなぜ減らないか", 1),
            (Self::Article, false) => page("/blog/limits-of-spreadsheets", "Excel計画の限界", 1),
            (Self::Services, _) => page("/services", "サービスラインナップ", 1),
            (Self::Solution, true) => page("/solutions/unplanned-downtime", "突発停止を減らす", 2),
            (Self::Solution, false) => page("/solutions/late-delivery", "納期を守る", 2),
            (Self::Product, true) => page("/products/maintenance", "設備保全クラウド", 2),
            (Self::Product, false) => page("/products/planning", "生産計画クラウド", 2),
            (Self::Case, true) => page("/cases/maintenance/mid-sized-plant", "導入事例: 中堅工場の設備保全", 3),
            (Self::Case, false) => page("/cases/planning/mid-sized-plant", "導入事例: 中堅工場の生産計画", 3),
            (Self::Material, _) => page("/downloads", "資料ダウンロード", 2),
            (Self::Pricing, _) => page("/pricing", "料金と選び方", 5),
            (Self::Compare, true) => page("/compare/maintenance", "設備保全の比較表", 4),
            (Self::Compare, false) => page("/compare/planning", "生産計画の比較表", 4),
            (Self::Specs, true) => page("/specs/maintenance", "設備保全クラウドの仕様", 4),
            (Self::Specs, false) => page("/specs/planning", "生産計画クラウドの仕様", 4),
            (Self::Security, _) => page("/security", "セキュリティ", 4),
            (Self::Contact, _) => page("/contact", "お問い合わせ", 4),
            (Self::Seminars, _) => page("/seminars", "セミナー", 2),
            (Self::Careers, _) => page("/careers", "採用情報", 0),
        }
    }

    /// What somebody looks at, by what their company has come to need.
    pub(super) fn choose(need: Need, dice: &mut Dice) -> Self {
        use Sight::*;
        dice.weighted(match need {
            Need::None => &[(30, Home), (20, News), (25, Article), (12, Services), (8, Solution), (5, Careers)],
            Need::Latent => &[
                (15, Home),
                (8, News),
                (30, Article),
                (12, Services),
                (18, Solution),
                (9, Product),
                (4, Case),
                (4, Material),
            ],
            Need::Emerging => &[
                (10, Home),
                (10, Article),
                (16, Solution),
                (20, Product),
                (14, Case),
                (10, Material),
                (8, Seminars),
                (4, Pricing),
                (4, Compare),
                (4, Specs),
            ],
            Need::Active => &[
                (6, Home),
                (8, Solution),
                (16, Product),
                (15, Case),
                (6, Material),
                (5, Seminars),
                (13, Pricing),
                (11, Compare),
                (10, Specs),
                (5, Security),
                (5, Contact),
            ],
        })
    }
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Form {
    WhitePaper,
    CaseBook,
    Comparison,
    Documents,
    Newsletter,
    Inquiry,
    Quote,
    Demo,
    Trial,
    Recruiting,
}

impl Form {
    /// The event of the tracker, the form's page and name.
    pub(super) const fn event(self) -> (&'static str, Page, &'static str) {
        const DOWNLOADS: Page = Sight::Material.page(super::town::TOPICS[0]);
        const CONTACT: Page = Sight::Contact.page(super::town::TOPICS[0]);
        match self {
            Self::WhitePaper | Self::CaseBook | Self::Comparison => {
                ("Document Downloaded", DOWNLOADS, "資料ダウンロード")
            }
            Self::Documents => ("Document Requested", page("/documents", "資料請求", 0), "資料請求"),
            Self::Newsletter => ("Newsletter Subscribed", page("/newsletter", "メールマガジン", 0), "メルマガ登録"),
            Self::Inquiry => ("Inquiry Submitted", CONTACT, "お問い合わせ"),
            Self::Quote => ("Quote Requested", page("/contact/quote", "お見積り", 0), "お見積り"),
            Self::Demo => ("Demo Requested", page("/demo", "デモのお申し込み", 0), "デモ"),
            Self::Trial => ("Trial Started", page("/trial", "無料トライアル", 0), "トライアル"),
            Self::Recruiting => ("Form Submitted", page("/recruit/entry", "エントリー", 0), "採用エントリー"),
        }
    }

    /// The asset that the form gives out.
    pub(super) const fn content(self, topic: Topic) -> Option<&'static str> {
        match (self, topic.solution) {
            (Self::WhitePaper, Solution::Maintenance) => Some("wp-skill"),
            (Self::WhitePaper, Solution::Planning) => Some("wp-otd"),
            (Self::CaseBook, _) => Some("case-mid"),
            (Self::Comparison, Solution::Maintenance) => Some("compare-m"),
            (Self::Comparison, Solution::Planning) => Some("compare-p"),
            _ => None,
        }
    }

    pub(super) const fn warmth(self) -> i64 {
        match self {
            Self::WhitePaper => 8,
            Self::CaseBook | Self::Comparison => 10,
            Self::Documents => 15,
            Self::Newsletter => 3,
            Self::Trial => 25,
            Self::Inquiry | Self::Quote | Self::Demo => 40,
            Self::Recruiting => 0,
        }
    }

    /// Somebody who sends it wants to be called.
    pub(super) const fn raises_hand(self) -> bool {
        matches!(self, Self::Inquiry | Self::Quote | Self::Demo)
    }

    /// The forms that a visit may end with and how often in a thousand, by need.
    pub(super) const fn tempting(need: Need) -> &'static [(Self, u64)] {
        match need {
            Need::None => &[(Self::Newsletter, 6)],
            Need::Latent => &[(Self::WhitePaper, 45), (Self::Newsletter, 20), (Self::Documents, 8)],
            Need::Emerging => &[
                (Self::WhitePaper, 70),
                (Self::CaseBook, 35),
                (Self::Documents, 35),
                (Self::Newsletter, 15),
                (Self::Inquiry, 6),
            ],
            Need::Active => &[
                (Self::CaseBook, 55),
                (Self::Comparison, 50),
                (Self::Documents, 45),
                (Self::WhitePaper, 20),
                (Self::Quote, 22),
                (Self::Inquiry, 26),
                (Self::Demo, 16),
                (Self::Trial, 4),
            ],
        }
    }
}
