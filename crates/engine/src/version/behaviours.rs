//! What there is to look up about a version's behaviours.

use super::{KeyCollision, NameKey, keys};
use playbook::model::{BehaviourIx, Model, Occurs};

/// Each by its index.
#[derive(Debug)]
pub(super) struct Behaviours {
    pub(super) keys: Vec<NameKey>,
    /// What each is made of, as one key.
    pub(super) definitions: Vec<NameKey>,
    /// Those that are made of it.
    pub(super) made_of: Vec<Vec<BehaviourIx>>,
    pub(super) unanswered: Vec<BehaviourIx>,
    pub(super) after_silence: Vec<BehaviourIx>,
}

impl Behaviours {
    pub(super) fn of(model: &Model) -> Result<Self, KeyCollision> {
        let all = || (0..).map(BehaviourIx).zip(&model.behaviours);
        let mut made_of = vec![Vec::new(); model.behaviours.len()];
        for (ix, behaviour) in all() {
            let parts = match &behaviour.occurs {
                Occurs::InOrder { steps, .. } => steps.as_slice(),
                Occurs::Unanswered { by, .. } => std::slice::from_ref(by),
                Occurs::Each(_) | Occurs::AfterSilence(_) => &[],
            };
            for part in parts {
                let of: &mut Vec<BehaviourIx> = &mut made_of[usize::from(part.0)];
                if !of.contains(&ix) {
                    of.push(ix);
                }
            }
        }
        let name = |ix: &BehaviourIx| model.behaviours[usize::from(ix.0)].name.as_str();
        let definition = |occurs: &Occurs| match occurs {
            Occurs::InOrder { steps, within } => {
                let steps: Vec<&str> = steps.iter().map(name).collect();
                format!("in order {} within {within}", steps.join(", "))
            }
            Occurs::Unanswered { by, within, .. } => format!("not followed by {} within {within}", name(by)),
            Occurs::Each(_) | Occurs::AfterSilence(_) => String::new(),
        };
        Ok(Self {
            keys: keys(model.behaviours.iter().map(|behaviour| &behaviour.name))?,
            definitions: model.behaviours.iter().map(|one| NameKey::of(&definition(&one.occurs))).collect(),
            made_of,
            unanswered: all()
                .filter(|(_, one)| matches!(one.occurs, Occurs::Unanswered { .. }))
                .map(|(ix, _)| ix)
                .collect(),
            after_silence: all()
                .filter(|(_, one)| matches!(one.occurs, Occurs::AfterSilence(_)))
                .map(|(ix, _)| ix)
                .collect(),
        })
    }
}
