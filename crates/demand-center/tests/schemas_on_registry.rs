//! Our schemas in a real registry (`DEMAND_TEST_REGISTRY`).

mod common;

use common::{Run, fresh_prefix, registry, run};

#[test]
fn schemas_are_registered_once_and_then_found() {
    let Some(url) = registry() else { return };
    let prefix = fresh_prefix("schemas");
    let ours = |command: &str| -> Run {
        run(&["schemas", command], &[("DEMAND__REGISTRY__URLS", &url), ("DEMAND__KAFKA__TOPIC_PREFIX", &prefix)])
    };
    let before = ours("check");
    assert_eq!(before.code, Some(1), "{}", before.talk);
    let missing = "missing: the subject has no schema yet";
    assert!(before.out.lines().all(|line| line.ends_with(missing)), "{}", before.out);

    let registered = ours("register");
    assert_eq!(registered.code, Some(0), "{}", registered.talk);
    assert_eq!(registered.out.lines().count(), before.out.lines().count());
    let subject = format!("{prefix}stage-transitions-value ");
    assert!(registered.out.lines().any(|line| line.starts_with(&subject)), "{}", registered.out);

    let after = ours("check");
    assert_eq!(after.code, Some(0), "{}{}", after.out, after.talk);
    let again = ours("register");
    assert_eq!((again.code, again.out.as_str()), (Some(0), ""), "nothing is left to register: {}", again.talk);
}
