use crate::foreign::SchemaInvalid;
use crate::framing;
use crate::published::Published;
use crate::registry::{Registry, RegistryError};
use crate::schema::OurSchema;

/// Writes our nouns as values of topics, in the one form that the settings chose.
#[derive(Clone, Debug)]
pub struct Encoder {
    form: Form,
}

#[derive(Clone, Debug)]
enum Form {
    Json,
    /// Fingerprints of our schemas.
    SingleObject([u64; OurSchema::ALL.len()]),
    /// Ids of our schemas in the registry.
    Confluent([u32; OurSchema::ALL.len()]),
}

impl Encoder {
    /// JSON text under the names of the schemas.
    pub const fn json() -> Self {
        Self { form: Form::Json }
    }

    /// Avro in single-object encoding: needs no registry.
    ///
    /// # Errors
    /// Never for the schemas as committed: a test parses each.
    pub fn single_object() -> Result<Self, SchemaInvalid> {
        let mut fingerprints = [0; OurSchema::ALL.len()];
        for (schema, fingerprint) in OurSchema::ALL.into_iter().zip(&mut fingerprints) {
            *fingerprint = schema.fingerprint()?;
        }
        Ok(Self { form: Form::SingleObject(fingerprints) })
    }

    /// Avro in Confluent wire format. Registers each schema under the subject that `subject_of` names (see
    /// [`crate::value_subject`]), or finds it there.
    ///
    /// # Errors
    /// When the registry cannot be asked, or refuses one.
    pub fn registered(registry: &Registry, subject_of: impl Fn(OurSchema) -> String) -> Result<Self, RegistryError> {
        let mut ids = [0; OurSchema::ALL.len()];
        for (schema, id) in OurSchema::ALL.into_iter().zip(&mut ids) {
            *id = registry.register(&subject_of(schema), schema.text())?;
        }
        Ok(Self { form: Form::Confluent(ids) })
    }

    /// Appends the value.
    pub fn write<T: Published>(&self, noun: &T, out: &mut Vec<u8>) {
        match &self.form {
            Form::Json => noun.write_json(out),
            Form::SingleObject(fingerprints) => {
                framing::begin_single_object(fingerprints[T::SCHEMA as usize], out);
                noun.write_avro(out);
            }
            Form::Confluent(ids) => {
                framing::begin_confluent(ids[T::SCHEMA as usize], out);
                noun.write_avro(out);
            }
        }
    }
}
