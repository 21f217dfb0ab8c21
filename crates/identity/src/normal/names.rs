//! Names of companies and people as they are written, in one form to compare them by. Never shown.

use super::width_folded;
use touchpoint::Text;

/// Legal forms that stand before or after a company's name. Longer ones first where one is part of another.
const LEGAL_FORMS_JA: &[&str] = &[
    "特定非営利活動法人",
    "公益社団法人",
    "公益財団法人",
    "一般社団法人",
    "一般財団法人",
    "独立行政法人",
    "国立大学法人",
    "社会福祉法人",
    "株式会社",
    "有限会社",
    "合同会社",
    "合資会社",
    "合名会社",
    "相互会社",
    "医療法人",
    "学校法人",
    "npo法人",
    "(一社)",
    "(一財)",
    "(公社)",
    "(公財)",
    "(株)",
    "(有)",
    "(同)",
    "(資)",
    "(名)",
    "(医)",
    "(学)",
    "カ)",
    "(カ",
];

/// The same of other countries: the last words of a name.
const LEGAL_FORMS: &[&str] = &[
    "ag",
    "bv",
    "co",
    "company",
    "corp",
    "corporation",
    "gmbh",
    "inc",
    "incorporated",
    "kk",
    "limited",
    "llc",
    "llp",
    "ltd",
    "nv",
    "oy",
    "plc",
    "pte",
    "pty",
    "sa",
    "sarl",
    "sas",
    "spa",
    "srl",
];

/// What a part of a company is called at the end of its name.
const PARTS: &[&str] = &[
    "事業所",
    "営業所",
    "出張所",
    "研究所",
    "製作所",
    "製造所",
    "事業部",
    "本社",
    "本店",
    "本部",
    "支社",
    "支店",
    "支部",
    "工場",
    "センター",
    "部",
    "課",
    "室",
    "係",
];

/// Old and variant characters in names, and what they are compared as.
const VARIANTS: &[(char, char)] = &[
    ('髙', '高'),
    ('﨑', '崎'),
    ('嵜', '崎'),
    ('澤', '沢'),
    ('邊', '辺'),
    ('邉', '辺'),
    ('齋', '斎'),
    ('齊', '斉'),
    ('國', '国'),
    ('學', '学'),
    ('會', '会'),
    ('廣', '広'),
    ('濱', '浜'),
    ('澁', '渋'),
    ('櫻', '桜'),
    ('眞', '真'),
    ('實', '実'),
    ('惠', '恵'),
    ('壽', '寿'),
    ('圓', '円'),
    ('藏', '蔵'),
    ('榮', '栄'),
    ('瀧', '滝'),
    ('德', '徳'),
    ('龍', '竜'),
    ('嶋', '島'),
    ('嶌', '島'),
    ('槇', '槙'),
    ('曾', '曽'),
    ('鐵', '鉄'),
    ('鉃', '鉄'),
    ('縣', '県'),
    ('區', '区'),
    ('氣', '気'),
    ('萬', '万'),
    ('與', '与'),
    ('豐', '豊'),
    ('彌', '弥'),
    ('淺', '浅'),
    ('冨', '富'),
    ('峯', '峰'),
    ('條', '条'),
    ('將', '将'),
    ('靜', '静'),
    ('假', '仮'),
    ('𠮷', '吉'),
    ('關', '関'),
    ('緖', '緒'),
    ('黑', '黒'),
    ('增', '増'),
    ('鷗', '鴎'),
];

/// A company's name without its legal form, its parts, blanks and marks: `㈱アクメ 名古屋工場`, `アクメ株式会社` and
/// `(株)ｱｸﾒ` are one. `None` when nothing is left.
pub fn company_name(written: &str) -> Option<Text> {
    let folded = width_folded(written.trim()).to_lowercase();
    // What stands behind a blank may be a part of the company; the first word never is one.
    let mut words: Vec<&str> = folded.split_whitespace().collect();
    while words.len() > 1 && words.last().is_some_and(|word| is_part(word)) {
        words.pop();
    }
    while words.len() > 1 && words.last().is_some_and(|word| is_legal_form(word)) {
        words.pop();
    }
    let mut name: String = words.concat();
    for form in LEGAL_FORMS_JA {
        if let Some(rest) = name.strip_prefix(form).or_else(|| name.strip_suffix(form)) {
            name = rest.to_owned();
        }
    }
    compared(&name)
}

/// A person's name as it is compared: family name first, without blanks and marks.
pub fn person_name(parts: &[&str]) -> Option<Text> {
    let together: String = parts.iter().map(|part| width_folded(part).to_lowercase()).collect();
    compared(&together)
}

fn is_part(word: &str) -> bool {
    // `製作所` by itself is the end of many a name, and no part where nothing stands before it.
    PARTS.iter().any(|part| word.strip_suffix(part).is_some_and(|rest| !rest.is_empty() || word.ends_with("社")))
}

fn is_legal_form(word: &str) -> bool {
    let letters: String = word.chars().filter(|c| c.is_alphanumeric()).collect();
    LEGAL_FORMS.contains(&letters.as_str())
}

/// Letters and digits alone, each in the form it is compared in.
fn compared(name: &str) -> Option<Text> {
    let name: Text = name.chars().filter(|c| c.is_alphanumeric() || is_long_mark(*c)).map(letter).collect();
    let says_something = name.chars().any(|c| c.is_alphanumeric() && c != 'ー');
    says_something.then_some(name)
}

/// Kana are compared as large Katakana (キヤノン is キャノン), old characters as new ones.
fn letter(c: char) -> char {
    let katakana = match c {
        'ぁ'..='ゖ' => char::from_u32(u32::from(c) + 0x60).unwrap_or(c),
        '‐' | '‑' | '–' | '—' | '―' | '−' => 'ー',
        c => c,
    };
    let large = match katakana {
        'ァ' => 'ア',
        'ィ' => 'イ',
        'ゥ' => 'ウ',
        'ェ' => 'エ',
        'ォ' => 'オ',
        'ッ' => 'ツ',
        'ャ' => 'ヤ',
        'ュ' => 'ユ',
        'ョ' => 'ヨ',
        'ヮ' => 'ワ',
        'ヵ' => 'カ',
        'ヶ' => 'ケ',
        c => c,
    };
    VARIANTS.iter().find(|(old, _)| *old == large).map_or(large, |(_, new)| *new)
}

/// Marks that people write for the long vowel.
const fn is_long_mark(c: char) -> bool {
    matches!(c, 'ー' | '‐' | '‑' | '–' | '—' | '―' | '−')
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_company_is_one_however_its_name_is_written() {
        for same in [
            &[
                "株式会社アクメ",
                "アクメ株式会社",
                "(株)アクメ",
                "㈱アクメ",
                "（株）ｱｸﾒ",
                "アクメ㈱",
                "株式会社 アクメ",
                "あくめ（株）",
                "アクメ　株式会社　名古屋支店",
                "(株)アクメ 生産技術部",
            ][..],
            &["キヤノン株式会社", "キャノン㈱", "ｷﾔﾉﾝ"],
            &["株式会社髙島屋", "高嶋屋", "（株）高島屋"],
            &["Acme Inc.", "ACME, Inc", "Ａｃｍｅ Ｉｎｃ．", "acme co., ltd.", "Acme Corporation", "ACME K.K."],
            &["Muster GmbH", "muster"],
            &["有限会社山田製作所", "(有)山田製作所", "山田製作所"],
            &["サーバーワークス", "サーバ−ワークス", "株式会社サーバーワークス"],
            &["医療法人社団 緑会", "医療法人社団緑会"],
        ] {
            let forms: Vec<_> = same.iter().map(|written| company_name(written)).collect();
            assert!(forms.iter().all(|form| form.is_some() && *form == forms[0]), "{same:?} {forms:?}");
        }
    }

    #[test]
    fn other_companies_stay_others() {
        let all =
            ["山田製作所", "山田", "アクメ商事", "アクメ", "アクメ工業", "日本電気", "日本電気硝子", "Acme Robotics"];
        for (at, one) in all.iter().enumerate() {
            for other in &all[at + 1..] {
                assert_ne!(company_name(one), company_name(other), "{one} {other}");
            }
        }
    }

    #[test]
    fn what_says_nothing_is_no_name() {
        for nothing in ["", " ", "株式会社", "-", "ー", "...", "(株)"] {
            assert_eq!(company_name(nothing), None, "{nothing}");
        }
        assert_eq!(person_name(&["", " "]), None);
    }

    #[test]
    fn a_person_is_one_however_the_name_is_split() {
        let forms = [&["山田", "花子"][..], &["山田 花子"], &["山田　花子"], &["山田花子"]];
        for form in forms {
            assert_eq!(person_name(form), person_name(forms[0]));
        }
        assert_eq!(person_name(&["髙橋", "一郎"]), person_name(&["高橋一郎"]));
        assert_ne!(person_name(&["山田", "花子"]), person_name(&["山田", "太郎"]));
    }
}
