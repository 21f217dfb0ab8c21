//! The same for companies and deals: to whom a record reaches that names an account or an opportunity.

#![allow(clippy::unwrap_used)] // a test that panics is a test that fails

mod network;

use network::{identifier, in_any_order, touch, version};
use touchpoint::IdentifierKind::{CrmId, Email};
use touchpoint::{AccountRef, Opportunity, OpportunityContact, Touchpoint};

fn at_company(mut touchpoint: Touchpoint, id: Option<u8>, domain: Option<&str>) -> Touchpoint {
    let ids = id.map(|id| format!("crm:a{id}").into()).into_iter().collect();
    touchpoint.account = Some(Box::new(AccountRef { ids, domain: domain.map(Into::into), ..AccountRef::default() }));
    touchpoint
}

fn of_deal(mut touchpoint: Touchpoint, id: u8, contacts: &[u8]) -> Touchpoint {
    let contact = |number: &u8| OpportunityContact { crm_id: identifier(CrmId, *number).value, role: None };
    let contacts = contacts.iter().map(contact).collect();
    let id = format!("crm:o{id}").into();
    touchpoint.opportunity = Some(Box::new(Opportunity { id, contacts, ..Opportunity::default() }));
    touchpoint
}

#[test]
fn a_deal_of_an_account_that_only_the_crm_knows_reaches_the_domains_account() {
    in_any_order(
        &[
            at_company(touch("site", 1, &[], None), None, Some("acme.example")),
            at_company(touch("person", 2, &[(CrmId, 1)], None), Some(1), Some("acme.example")),
            at_company(of_deal(touch("won", 3, &[], None), 1, &[]), Some(1), None),
        ],
        &[&["site", "won#crm:o1#account"], &["person"]],
    );
}

#[test]
fn a_domain_that_two_accounts_of_a_group_share_stays_with_the_first() {
    in_any_order(
        &[
            at_company(touch("one", 1, &[], None), Some(1), Some("group.example")),
            at_company(touch("two", 2, &[], None), Some(2), Some("group.example")),
            at_company(touch("visit", 3, &[], None), None, Some("group.example")),
        ],
        &[&["one", "visit"], &["two"]],
    );
}

#[test]
fn who_is_named_by_a_deal_late_still_gets_what_happened_before() {
    in_any_order(
        &[
            of_deal(at_company(touch("created", 1, &[], None), Some(1), None), 1, &[]),
            of_deal(touch("won", 5, &[], None), 1, &[]),
            of_deal(touch("role", 9, &[], None), 1, &[1]),
            touch("mail", 2, &[(CrmId, 1)], None),
        ],
        &[
            &["created#crm:o1#account", "won#crm:o1#account", "role#crm:o1#account"],
            &["mail", "created#crm:o1#crm_id:1", "won#crm:o1#crm_id:1", "role#crm:o1#crm_id:1"],
        ],
    );
}

#[test]
fn a_deal_that_names_nobody_goes_to_whom_it_was_converted_from() {
    let mut converted = of_deal(touch("converted", 4, &[(Email, 1)], None), 1, &[]);
    converted.kind = "converted".into();
    in_any_order(
        &[touch("form", 1, &[(Email, 1)], None), converted, of_deal(touch("lost", 8, &[], None), 1, &[])],
        &[&["form", "converted#crm:o1#person", "lost#crm:o1#converted"]],
    );
}

#[test]
fn a_role_that_was_a_mistake_takes_the_copies_back() {
    in_any_order(
        &[
            of_deal(at_company(touch("won", 5, &[], None), Some(1), None), 1, &[]),
            version(1, of_deal(touch("role", 9, &[], None), 1, &[1])),
            version(2, of_deal(touch("role", 9, &[], None), 1, &[2])),
        ],
        &[&["won#crm:o1#account", "role#crm:o1#account"], &["won#crm:o1#crm_id:2", "role#crm:o1#crm_id:2"]],
    );
}

/// Both deals made a copy of one name, each with its own count of versions: the old deal's last word, that it is void,
/// beat the new deal's first.
#[test]
fn a_touchpoint_that_moves_to_another_deal_arrives_there() {
    in_any_order(
        &[
            of_deal(at_company(touch("a", 1, &[], None), Some(1), None), 1, &[]),
            of_deal(at_company(touch("b", 1, &[], None), Some(2), None), 2, &[]),
            version(1, of_deal(touch("quote", 2, &[], None), 1, &[])),
            version(2, of_deal(touch("quote", 2, &[], None), 2, &[])),
        ],
        &[&["a#crm:o1#account"], &["b#crm:o2#account", "quote#crm:o2#account"]],
    );
}

/// In version 1 the company is the touchpoint's own place, in version 2 it is only spoken of. The withdrawal of the first
/// took the second's word with it, when that was told before.
#[test]
fn a_company_spoken_of_where_it_was_the_place_before_is_told_last() {
    let person = touch("visit", 2, &[(Email, 1)], None);
    in_any_order(
        &[
            version(1, at_company(touch("visit", 2, &[], None), Some(1), Some("acme.example"))),
            version(2, at_company(person, Some(1), Some("acme.example"))),
            at_company(touch("site", 3, &[], None), None, Some("acme.example")),
            at_company(touch("contract", 4, &[], None), Some(1), None),
        ],
        &[&["visit"], &["site", "contract"]],
    );
}

/// Two owners told the company's: the first version's word could come after the second's. Now both come from the owner
/// of the input.
#[test]
fn of_two_versions_that_speak_of_companies_the_later_is_believed() {
    in_any_order(
        &[
            version(1, at_company(touch("card", 2, &[(Email, 1)], None), Some(1), Some("wrong.example"))),
            version(2, at_company(touch("card", 2, &[(Email, 2)], None), Some(1), Some("right.example"))),
            at_company(touch("wrong", 3, &[], None), None, Some("wrong.example")),
            at_company(touch("right", 3, &[], None), None, Some("right.example")),
            at_company(touch("contract", 4, &[], None), Some(1), None),
        ],
        &[&["card"], &["wrong"], &["right", "contract"]],
    );
}
