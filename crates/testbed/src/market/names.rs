//! Names of a market that does not exist: companies by place and trade, people by family and given name. Domains end in
//! `.example`; numbers begin with digits that no carrier has been given.

/// As it is written, how it is read, and in Latin letters.
#[derive(Clone, Copy, Debug)]
pub(super) struct Name {
    pub(super) kanji: &'static str,
    pub(super) kana: &'static str,
    pub(super) latin: &'static str,
}

const fn name(kanji: &'static str, kana: &'static str, latin: &'static str) -> Name {
    Name { kanji, kana, latin }
}

pub(super) const FAMILIES: &[Name] = &[
    name("佐藤", "サトウ", "sato"),
    name("鈴木", "スズキ", "suzuki"),
    name("高橋", "タカハシ", "takahashi"),
    name("田中", "タナカ", "tanaka"),
    name("伊藤", "イトウ", "ito"),
    name("渡辺", "ワタナベ", "watanabe"),
    name("山本", "ヤマモト", "yamamoto"),
    name("中村", "ナカムラ", "nakamura"),
    name("小林", "コバヤシ", "kobayashi"),
    name("加藤", "カトウ", "kato"),
    name("吉田", "ヨシダ", "yoshida"),
    name("山田", "ヤマダ", "yamada"),
    name("佐々木", "ササキ", "sasaki"),
    name("山口", "ヤマグチ", "yamaguchi"),
    name("松本", "マツモト", "matsumoto"),
    name("井上", "イノウエ", "inoue"),
    name("木村", "キムラ", "kimura"),
    name("林", "ハヤシ", "hayashi"),
    name("清水", "シミズ", "shimizu"),
    name("斎藤", "サイトウ", "saito"),
    name("山崎", "ヤマザキ", "yamazaki"),
    name("森", "モリ", "mori"),
    name("池田", "イケダ", "ikeda"),
    name("橋本", "ハシモト", "hashimoto"),
];

pub(super) const GIVENS: &[Name] = &[
    name("太郎", "タロウ", "taro"),
    name("花子", "ハナコ", "hanako"),
    name("健一", "ケンイチ", "kenichi"),
    name("美咲", "ミサキ", "misaki"),
    name("大輔", "ダイスケ", "daisuke"),
    name("陽子", "ヨウコ", "yoko"),
    name("翔太", "ショウタ", "shota"),
    name("恵", "メグミ", "megumi"),
    name("浩", "ヒロシ", "hiroshi"),
    name("直子", "ナオコ", "naoko"),
    name("誠", "マコト", "makoto"),
    name("由美", "ユミ", "yumi"),
    name("隆", "タカシ", "takashi"),
    name("智子", "トモコ", "tomoko"),
    name("和也", "カズヤ", "kazuya"),
    name("裕子", "ユウコ", "yuko"),
    name("達也", "タツヤ", "tatsuya"),
    name("愛", "アイ", "ai"),
    name("剛", "ツヨシ", "tsuyoshi"),
    name("真由美", "マユミ", "mayumi"),
    name("亮", "リョウ", "ryo"),
    name("香織", "カオリ", "kaori"),
    name("修", "オサム", "osamu"),
    name("千尋", "チヒロ", "chihiro"),
];

/// Where companies have their names from.
pub(super) const PLACES: &[(&str, &str)] = &[
    ("白嶺", "hakurei"),
    ("千草", "chigusa"),
    ("緑風", "ryokufu"),
    ("蒼海", "soukai"),
    ("月見野", "tsukimino"),
    ("花房", "hanabusa"),
    ("星ノ原", "hoshinohara"),
    ("水城", "mizuki"),
    ("雲井", "kumoi"),
    ("朝凪", "asanagi"),
    ("夕霧", "yugiri"),
    ("若槻", "wakatsuki"),
    ("桐生野", "kiryuno"),
    ("真澄", "masumi"),
    ("春日野", "kasugano"),
    ("秋津", "akitsu"),
    ("冬木", "fuyuki"),
    ("鳴瀬", "naruse"),
    ("常盤木", "tokiwagi"),
    ("天城野", "amagino"),
    ("石動", "isurugi"),
    ("瑞穂台", "mizuhodai"),
    ("帆足", "hoashi"),
];

/// A trade: the industry as a form's list calls it, and how companies of it are called.
pub(super) struct Trade {
    pub(super) weight: u64,
    pub(super) industry: &'static str,
    pub(super) suffixes: &'static [(&'static str, &'static str)],
}

pub(super) const TRADES: &[Trade] = &[
    Trade {
        weight: 22, industry: "機械", suffixes: &[("精機", "seiki"), ("機械", "kikai"), ("鉄工", "tekko")]
    },
    Trade { weight: 17, industry: "自動車", suffixes: &[("部品", "buhin"), ("自動車工業", "jidosha")] },
    Trade { weight: 15, industry: "電機", suffixes: &[("電機", "denki"), ("電子", "denshi")] },
    Trade { weight: 13, industry: "金属", suffixes: &[("金属", "kinzoku"), ("製鋼", "seiko")] },
    Trade { weight: 11, industry: "食品", suffixes: &[("食品", "shokuhin"), ("製菓", "seika")] },
    Trade { weight: 8, industry: "化学", suffixes: &[("化成", "kasei"), ("樹脂", "jushi")] },
    Trade { weight: 4, industry: "医薬", suffixes: &[("製薬", "seiyaku")] },
    Trade { weight: 5, industry: "物流", suffixes: &[("物流", "butsuryu"), ("倉庫", "soko")] },
    Trade { weight: 3, industry: "建設", suffixes: &[("建設", "kensetsu")] },
    Trade { weight: 2, industry: "小売", suffixes: &[("商事", "shoji")] },
];

pub(super) const REGIONS: &[(u64, &str)] = &[(32, "関東"), (28, "中部"), (20, "関西"), (10, "九州"), (10, "東北")];

pub(super) const FUNCTIONS: &[(u64, &str)] = &[
    (22, "製造"),
    (16, "生産"),
    (20, "保全"),
    (16, "生産技術"),
    (7, "品質"),
    (8, "情報システム"),
    (5, "経営企画"),
    (6, "購買"),
];

/// How one company's name is written by different people.
pub(super) const COMPANY_FORMS: &[(&str, &str)] =
    &[("株式会社", ""), ("(株)", ""), ("㈱", ""), ("", "株式会社"), ("（株）", "")];
