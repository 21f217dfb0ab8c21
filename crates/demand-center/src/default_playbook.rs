//! The default playbook that comes with the binary.

/// Its files by name, as `deploy/playbooks/default` has it.
pub(crate) const FILES: &[(&str, &str)] = &[
    ("behaviours.yaml", include_str!("../../../deploy/playbooks/default/behaviours.yaml")),
    ("content.yaml", include_str!("../../../deploy/playbooks/default/content.yaml")),
    ("fit.yaml", include_str!("../../../deploy/playbooks/default/fit.yaml")),
    ("handoffs.yaml", include_str!("../../../deploy/playbooks/default/handoffs.yaml")),
    ("holidays.yaml", include_str!("../../../deploy/playbooks/default/holidays.yaml")),
    ("pages.yaml", include_str!("../../../deploy/playbooks/default/pages.yaml")),
    ("playbook.yaml", include_str!("../../../deploy/playbooks/default/playbook.yaml")),
    ("programmes.yaml", include_str!("../../../deploy/playbooks/default/programmes.yaml")),
    ("reasons.yaml", include_str!("../../../deploy/playbooks/default/reasons.yaml")),
    ("scores.yaml", include_str!("../../../deploy/playbooks/default/scores.yaml")),
    ("segments.yaml", include_str!("../../../deploy/playbooks/default/segments.yaml")),
    ("stages.yaml", include_str!("../../../deploy/playbooks/default/stages.yaml")),
    ("tiers.yaml", include_str!("../../../deploy/playbooks/default/tiers.yaml")),
    ("touchpoints.yaml", include_str!("../../../deploy/playbooks/default/touchpoints.yaml")),
];
