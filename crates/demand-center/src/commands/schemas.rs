use crate::failure::{Exit, Failure};
use crate::output::{out, talk};
use crate::registry::{failure, registry, subject};
use crate::settings::Settings;
use wire::{OurSchema, Registry, SubjectCompatibility};

/// The rule for our subjects: readers and writers may be upgraded in any order.
const LEVEL: &str = "FULL";

/// Compares our schemas with what the registry has. Changes nothing.
///
/// # Errors
/// When there is no registry, or it cannot be asked.
pub(super) fn check(settings: &Settings) -> Result<Exit, Failure> {
    let registry = needed(settings)?;
    let mut exit = Exit::Done;
    for schema in OurSchema::ALL {
        let subject = subject(settings, schema);
        let standing = standing(&registry, &subject, schema)?;
        if !matches!(standing, Standing::Registered(_)) {
            exit = Exit::Findings;
        }
        out(&format!("{subject}  {}\n", standing.sentence()));
    }
    if exit == Exit::Findings {
        talk("register what is missing: demand-center schemas register");
    }
    Ok(exit)
}

/// Registers what is not registered yet. All or nothing, as far as the registry lets us know before.
///
/// # Errors
/// When there is no registry, it cannot be asked, or a schema may not follow what is there.
pub(super) fn register(settings: &Settings) -> Result<Exit, Failure> {
    let registry = needed(settings)?;
    let mut missing = Vec::new();
    for schema in OurSchema::ALL {
        let subject = subject(settings, schema);
        match standing(&registry, &subject, schema)? {
            Standing::Registered(id) => talk(&format!("{subject} is registered with id {id}")),
            Standing::Refused(reasons) => {
                let why = if reasons.is_empty() { String::new() } else { format!(": {}", reasons.join("; ")) };
                return Err(Failure::findings(format!("{subject} has a schema that ours may not follow{why}"))
                    .at("the registry")
                    .next(
                        "look who else registers there, or take another kafka.topic_prefix; nothing was registered",
                    ));
            }
            standing => missing.push((subject, schema, matches!(standing, Standing::New))),
        }
    }
    for (subject, schema, is_new) in missing {
        let id = registry.register(&subject, schema.text()).map_err(|error| failure(&error))?;
        if is_new {
            // An existing subject's rule is its owner's choice.
            registry.set_compatibility_level(&subject, LEVEL).map_err(|error| failure(&error))?;
        }
        out(&format!("{subject} {id}\n"));
    }
    Ok(Exit::Done)
}

enum Standing {
    Registered(u32),
    New,
    MayFollow,
    Refused(Vec<String>),
}

impl Standing {
    fn sentence(&self) -> String {
        match self {
            Self::Registered(id) => format!("registered with id {id}"),
            Self::New => "missing: the subject has no schema yet".to_owned(),
            Self::MayFollow => "missing: it may follow what is there".to_owned(),
            Self::Refused(reasons) if reasons.is_empty() => "conflict: it may not follow what is there".to_owned(),
            Self::Refused(reasons) => format!("conflict: it may not follow what is there: {}", reasons.join("; ")),
        }
    }
}

fn standing(registry: &Registry, subject: &str, schema: OurSchema) -> Result<Standing, Failure> {
    if let Some(id) = registry.find(subject, schema.text()).map_err(|error| failure(&error))? {
        return Ok(Standing::Registered(id));
    }
    Ok(match registry.compatibility(subject, schema.text()).map_err(|error| failure(&error))? {
        SubjectCompatibility::New => Standing::New,
        SubjectCompatibility::Compatible => Standing::MayFollow,
        SubjectCompatibility::Incompatible(reasons) => Standing::Refused(reasons),
    })
}

fn needed(settings: &Settings) -> Result<Registry, Failure> {
    registry(settings, None)?.ok_or_else(|| {
        Failure::usage("no schema registry is configured, so there is nothing to compare with")
            .at("registry.urls")
            .next("name one: --set registry.urls=http://localhost:8081")
    })
}
