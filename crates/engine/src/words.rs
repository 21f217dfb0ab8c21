//! What the words that every playbook knows are called in both languages: kinds of touchpoints, purposes, dispositions,
//! questions and their answers. For what the playbook itself gives no label.

use crate::wording::Both;
use playbook::model::Model;

/// What a word is called; one that a playbook declares itself is called by its name.
fn called(table: &[(&str, &str, &str)], name: &str) -> Both {
    let found = table.iter().find(|(have, ..)| *have == name);
    found.map_or_else(|| Both::new(name, name), |(_, ja, en)| Both::new(*ja, *en))
}

/// A kind of touchpoint; most say their channel by themselves.
pub(crate) fn kind(name: &str) -> Both {
    called(KINDS, name)
}

pub(crate) fn channel(name: &str) -> Both {
    called(CHANNELS, name)
}

/// `purpose` of a sent form.
pub(crate) fn purpose(name: &str) -> Both {
    called(PURPOSES, name)
}

/// How a call ended.
pub(crate) fn disposition(name: &str) -> Both {
    called(DISPOSITIONS, name)
}

/// What is said of a purpose.
pub(crate) fn consent(name: &str) -> Both {
    called(&[("granted", "あり", "granted"), ("denied", "拒否", "denied")], name)
}

pub(crate) fn question(name: &str) -> Both {
    called(QUESTIONS, name)
}

/// A question as the playbook has it: one that sets an attribute is called as that is.
pub(crate) fn question_in(model: &Model, name: &str) -> Both {
    let set = model.set_by_answer(name).and_then(|(of, attribute)| model.attribute_label(of, attribute));
    set.map_or_else(|| question(name), Both::of)
}

/// An answer to a question. The same word may answer several: `none` of a budget is no `none` of a need.
pub(crate) fn answer(question: &str, name: &str) -> Both {
    let answers = ANSWERS.iter().find(|(have, _)| *have == question).map_or(&[][..], |(_, answers)| answers);
    called(answers, name)
}

/// What has become of a hand-off.
pub(crate) fn handoff_status(name: &str) -> Both {
    called(HANDOFF_STATUSES, name)
}

/// Why it is told, where no reason of the playbook says it.
pub(crate) fn handoff_reason(name: &str) -> Both {
    called(HANDOFF_REASONS, name)
}

const HANDOFF_STATUSES: &[(&str, &str, &str)] = &[
    ("offered", "引き渡し", "Handed over"),
    ("joined", "引き渡しに追加", "Joins a hand-off"),
    ("assigned", "担当決定", "Assigned"),
    ("accepted", "受諾", "Accepted"),
    ("held", "保留", "Held"),
    ("rejected", "見送り", "Rejected"),
    ("reassigned", "担当変更", "Reassigned"),
    ("warned", "期限の予告", "Due soon"),
    ("advised", "お知らせ", "Advice"),
    ("withdrawn", "取り下げ", "Withdrawn"),
    ("breached", "期限超過", "Late"),
    ("closed", "終了", "Closed"),
];

const HANDOFF_REASONS: &[(&str, &str, &str)] = &[
    ("first_attempt", "初回連絡", "first attempt"),
    ("decision", "判断", "decision"),
    ("hold_passed", "保留期限が到来", "the date until which it was held has come"),
    ("told_to_lead", "責任者へ連絡", "told to the lead"),
    ("raised_again", "新しい動きあり", "something new"),
    ("points_taken_back", "点数の取り消し", "points were taken back"),
    ("word_taken_back", "判断の取り消し", "the decision was taken back"),
    ("not_attended", "期限内に対応なし", "nobody attended in time"),
    ("ruled_out", "引き渡しの条件外", "ruled out"),
    ("rejected", "担当外", "not theirs"),
    ("left_company", "退職の連絡あり", "has left the company"),
    ("no_such_team", "チームの廃止", "the team is no more"),
    ("no_calls", "架電不可", "no calls"),
    ("no_mail", "メール不可", "no mail"),
    ("prefers_email", "メール希望", "prefers e-mail"),
    ("prefers_call", "電話希望", "prefers calls"),
];

const CHANNELS: &[(&str, &str, &str)] = &[
    ("web", "Webでの行動", "something on the web"),
    ("email", "メールへの反応", "something by e-mail"),
    ("call", "電話", "a call"),
    ("event", "イベント", "an event"),
    ("crm", "CRMの記録", "a record of the CRM"),
    ("profile", "属性の更新", "news of the profile"),
];

const KINDS: &[(&str, &str, &str)] = &[
    ("page_view", "ページ閲覧", "page view"),
    ("cta_click", "CTAのクリック", "call to action clicked"),
    ("form_submit", "フォーム送信", "form sent"),
    ("download", "ダウンロード", "download"),
    ("search", "サイト内検索", "search on the site"),
    ("video_view", "動画視聴", "video watched"),
    ("chat", "チャット", "chat"),
    ("open", "メール開封", "e-mail opened"),
    ("click", "リンクのクリック", "link clicked"),
    ("reply", "メール返信", "e-mail answered"),
    ("resubscribe", "配信再開", "subscribed again"),
    ("connected", "電話での会話", "talk on the phone"),
    ("no_answer", "電話に応答なし", "call not answered"),
    ("voicemail", "留守番電話", "voice mail"),
    ("absent", "電話で不在", "absent when called"),
    ("callback_requested", "折り返しの依頼", "call back asked for"),
    ("invited", "招待", "invited"),
    ("registered", "イベント申込", "event registered"),
    ("waitlisted", "キャンセル待ち", "on the waiting list"),
    ("joined", "オンライン参加開始", "joined online"),
    ("attended", "イベント参加", "event attended"),
    ("no_show", "イベント欠席", "not shown up"),
    ("on_demand_viewed", "録画視聴", "recording watched"),
    ("asked", "イベントでの質問", "question at an event"),
    ("survey", "アンケート回答", "survey answered"),
    ("booth_visit", "ブース来場", "booth visit"),
    ("card_scan", "名刺交換", "business card"),
    ("consultation", "個別相談", "consultation"),
    ("followed_up", "イベント後のフォロー", "follow-up after an event"),
    ("meeting_booked", "商談の予約", "meeting booked"),
    ("meeting_held", "商談の実施", "meeting held"),
    ("proposal_sent", "提案の送付", "proposal sent"),
    ("quote_sent", "見積の送付", "quote sent"),
    ("promoted", "昇進", "promoted"),
    ("moved", "異動", "moved"),
    ("joined_company", "転職", "joined another company"),
];

const PURPOSES: &[(&str, &str, &str)] = &[
    ("inquiry", "問い合わせ", "inquiry"),
    ("quote", "見積依頼", "quote"),
    ("demo", "デモ依頼", "demo"),
    ("trial", "トライアル", "trial"),
    ("document_request", "資料請求", "material"),
    ("newsletter", "メルマガ登録", "newsletter"),
    ("download", "ダウンロード", "download"),
    ("survey", "アンケート", "survey"),
    ("seminar", "セミナー", "seminar"),
    ("partner", "パートナー", "partner"),
    ("support", "サポート", "support"),
    ("recruit", "採用", "recruit"),
];

const DISPOSITIONS: &[(&str, &str, &str)] = &[
    ("interested", "関心あり", "interested"),
    ("appointment", "アポイント", "appointment"),
    ("material_requested", "資料希望", "material asked for"),
    ("callback", "折り返し希望", "call back"),
    ("later", "時期先", "later"),
    ("no_need", "ニーズなし", "no need"),
    ("not_interested", "関心なし", "not interested"),
];

const QUESTIONS: &[(&str, &str, &str)] = &[
    ("timeframe", "導入時期", "timeframe"),
    ("budget", "予算", "budget"),
    ("authority", "決裁権", "authority"),
    ("need", "ニーズ", "need"),
    ("issue", "課題", "issue"),
    ("solution", "ソリューション", "solution"),
    ("competitor", "競合", "competitor"),
    ("contract_end", "契約終了", "end of the contract"),
    ("preferred_channel", "希望の連絡手段", "preferred channel"),
    ("preferred_time", "希望の時間帯", "preferred time"),
    ("reaction", "反応", "reaction"),
];

/// The answers that one question can have.
type Answers = &'static [(&'static str, &'static str, &'static str)];

const ANSWERS: &[(&str, Answers)] = &[
    (
        "timeframe",
        &[
            ("3m", "3か月以内", "within 3 months"),
            ("6m", "6か月以内", "within 6 months"),
            ("12m", "12か月以内", "within 12 months"),
            ("later", "それ以降", "later"),
            ("unknown", "未定", "unknown"),
        ],
    ),
    (
        "budget",
        &[
            ("secured", "確保済み", "secured"),
            ("planned", "計画中", "planned"),
            ("none", "なし", "none"),
            ("unknown", "不明", "unknown"),
        ],
    ),
    (
        "authority",
        &[
            ("decision_maker", "決裁者", "decision maker"),
            ("approver", "承認者", "approver"),
            ("champion", "推進者", "champion"),
            ("user", "利用者", "user"),
            ("gatekeeper", "窓口", "gatekeeper"),
            ("unknown", "不明", "unknown"),
        ],
    ),
    ("need", &[("stated", "明言", "stated"), ("latent", "潜在", "latent"), ("none", "なし", "none")]),
];
