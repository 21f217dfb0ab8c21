//! The content map of one playbook version, as it is looked up.

use crate::version::{KeyCollision, NameKey, keys};
use playbook::model::{AssetIx, Model, StageIx};

/// Keys of the assets, and which there are for a stage.
#[derive(Debug)]
pub(crate) struct ContentMap {
    keys: Vec<NameKey>,
    /// By stage of the first life cycle, each in the order of the file.
    by_stage: Vec<Vec<AssetIx>>,
}

impl ContentMap {
    pub(crate) fn of(model: &Model) -> Result<Self, KeyCollision> {
        let stages = model.life_cycles.first().map_or(0, |life_cycle| life_cycle.stages.len());
        let mut by_stage = vec![Vec::new(); stages];
        for (ix, asset) in (0..).map(AssetIx).zip(&model.assets) {
            asset.stages.iter().for_each(|stage| by_stage[usize::from(stage.0)].push(ix));
        }
        Ok(Self { keys: keys(model.assets.iter().map(|asset| &asset.name))?, by_stage })
    }

    pub(crate) fn key(&self, asset: AssetIx) -> NameKey {
        self.keys[usize::from(asset.0)]
    }

    /// What there is for a stage of the first life cycle.
    pub(crate) fn at(&self, stage: StageIx) -> &[AssetIx] {
        &self.by_stage[usize::from(stage.0)]
    }
}
