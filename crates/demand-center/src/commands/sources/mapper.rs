use crate::failure::Failure;
use crate::raw;
use crate::registry::{failure, registry, schema_book};
use crate::settings::Settings;
use identity::{HashKey, Router};
use ingest::{Decoder, Outcomes, RawMeta};
use std::sync::Arc;
use touchpoint::{Outcome, Timestamp};

/// Maps records as the ingest services do, as far as that goes without Kafka.
pub(in crate::commands) struct Mapper {
    reader: wire::Decoder,
    router: Router,
}

impl Mapper {
    pub(in crate::commands) fn new(settings: &Settings) -> Result<Self, Failure> {
        let book = schema_book(settings, registry(settings, None)?)?;
        let reader = wire::Decoder::new(Arc::new(book)).map_err(|why| Failure::findings(why.to_string()))?;
        // Whose a touchpoint is depends on the key; whether it is anybody's does not.
        Ok(Self { reader, router: Router::new(identity::Settings::new(HashKey::new([0; 32]))) })
    }

    /// What becomes of a record.
    ///
    /// # Errors
    /// When the schema registry cannot be asked.
    pub(in crate::commands) fn map(
        &mut self,
        decoder: &Decoder,
        meta: &RawMeta<'_>,
        value: &[u8],
    ) -> Result<Outcomes, Failure> {
        let mut outcomes = Outcomes::default();
        raw::decode(&mut self.reader, decoder, meta, value, &mut outcomes).map_err(|error| failure(&error))?;
        outcomes.iter_mut().for_each(|outcome| self.refuse_nobodys(outcome, meta.received_at));
        Ok(outcomes)
    }

    /// A touchpoint that could be nobody's is refused, as `ingest` does before it sends it to an owner.
    fn refuse_nobodys(&self, outcome: &mut Outcome, now: Timestamp) {
        let Outcome::Touchpoint(touchpoint) = outcome else { return };
        if let Err(rejection) = self.router.first_hop(touchpoint.as_ref().clone(), now) {
            *outcome = Outcome::Rejected(rejection);
        }
    }
}
