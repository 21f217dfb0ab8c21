//! Small playbooks of a test, compiled.

use engine::engine::Playbooks;
use engine::version::Version;
use std::sync::Arc;
use touchpoint::Text;

/// One playbook for each of these sections, which stand beside what all of them say; by their hashes, in this order.
pub(crate) fn compiled(rest: &str, playbooks: &[&str]) -> (Playbooks, Vec<Text>) {
    let mut all = Playbooks::new();
    let mut hashes = Vec::new();
    for sections in playbooks {
        let files = [("rest.yaml", rest), ("sections.yaml", sections)];
        let (model, _) = playbook::load(&files).unwrap_or_else(|mistakes| panic!("{}", playbook::render(&mistakes)));
        hashes.push(model.hash.clone());
        all.insert(model.hash.clone(), Arc::new(Version::new(model).unwrap()));
    }
    (all, hashes)
}
