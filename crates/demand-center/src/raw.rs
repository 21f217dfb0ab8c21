//! The one way from the value of a raw record to outcomes, for the services and for the commands that foretell them: the frame
//! around it, then its source.

use ingest::{Decoder, Outcomes, RawMeta};
use wire::{DecodeError, Raw, RegistryError};

/// Adds what becomes of each element.
///
/// # Errors
/// When the registry does not answer: the value may be fine.
pub(crate) fn decode(
    reader: &mut wire::Decoder,
    decoder: &Decoder,
    meta: &RawMeta<'_>,
    value: &[u8],
    outcomes: &mut Outcomes,
) -> Result<(), RegistryError> {
    match reader.raw(value) {
        Ok(Raw::Text(text)) => decoder.decode(meta, text, outcomes),
        Ok(Raw::Tree(tree)) => decoder.decode_value(meta, &tree, outcomes),
        Err(DecodeError::Rejected(rejection)) => outcomes.refuse(rejection),
        Err(DecodeError::Registry(error)) => return Err(error),
    }
    Ok(())
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;
    use ingest::sample::{EXPECTED, META, SampleMeta};
    use ingest::{Settings, outcome_to_json, source};
    use std::path::{Path, PathBuf};
    use std::sync::Arc;
    use touchpoint::Timestamp;

    fn lines(source: &str, meta: &SampleMeta, channel: Option<&str>, value: &[u8]) -> String {
        let headers: Vec<(&str, &[u8])> =
            meta.headers.iter().map(|(name, is)| (name.as_str(), is.as_bytes())).collect();
        let raw = RawMeta {
            topic_channel: channel,
            source: Some(source),
            headers: &headers,
            received_at: meta.received_at.unwrap_or_else(|| Timestamp::parse("2027-01-01T00:00:00Z").unwrap()),
        };
        let mut reader = wire::Decoder::new(Arc::new(wire::SchemaBook::new(None).unwrap())).unwrap();
        let decoder = Decoder::new(meta.settings.clone().unwrap_or_default()).unwrap();
        let mut outcomes = Outcomes::default();
        decode(&mut reader, &decoder, &raw, value, &mut outcomes).unwrap();
        outcomes.iter().map(|outcome| format!("{}\n", outcome_to_json(outcome))).collect()
    }

    fn samples() -> Vec<PathBuf> {
        let files = |folder: &Path| std::fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path());
        let corpus = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../tests/golden/sources");
        let mut samples: Vec<_> = files(&corpus).filter(|path| path.is_dir()).flat_map(|path| files(&path)).collect();
        samples.retain(|path| !path.to_string_lossy().ends_with(EXPECTED) && !path.to_string_lossy().ends_with(META));
        samples.sort();
        samples
    }

    /// Crate `ingest` holds its sources to the corpus; here each sample comes as a record of a raw topic does.
    #[test]
    fn every_sample_of_the_corpus_passes_the_frame() {
        let samples = samples();
        for path in &samples {
            let folder = path.parent().unwrap().file_name().unwrap().to_str().unwrap();
            let meta = std::fs::read_to_string(path.with_extension("meta.json"));
            let meta: SampleMeta = meta.map(|text| serde_json::from_str(&text).unwrap()).unwrap_or_default();
            let channel = meta.channel.as_deref().or_else(|| source(folder).unwrap().channel);
            let name = meta.source.as_deref().unwrap_or(folder);
            let became = lines(name, &meta, channel, &std::fs::read(path).unwrap());
            let expected = std::fs::read_to_string(path.with_extension("expected.jsonl")).unwrap();
            assert_eq!(became, expected, "{}", path.display());
        }
        let of_text = |path: &&PathBuf| path.extension().is_some_and(|extension| extension != "json");
        assert!(samples.len() > 50 && samples.iter().filter(of_text).count() > 10, "{}", samples.len());
    }

    #[test]
    fn what_is_no_json_goes_to_the_source_that_reads_it_and_else_says_so() {
        let meta = SampleMeta { settings: Some(Settings::default()), ..SampleMeta::default() };
        for value in [&b"From=%2B81&CallSid=1"[..], b"hello", b"\xff\xfe", b"<xml/>"] {
            let told = lines("sendgrid", &meta, None, value);
            assert!(told.contains("DC-1001") && told.contains("is neither JSON text nor Avro"), "{told}");
        }
        for value in [&b"\x00\x00\x00\x00\x07From=1"[..], b"\xC3\x01\x08\x07\x06\x05\x04\x03\x02\x01"] {
            let told = lines("twilio", &meta, None, value);
            assert!(told.contains("DC-1009"), "Avro, whatever its source reads: {told}");
        }
        assert!(lines("twilio", &meta, None, b"").contains("is empty"));
    }
}
