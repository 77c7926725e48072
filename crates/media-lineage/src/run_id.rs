//! Names for jobs and analyses that are the same in every export.

use sha1::{Digest, Sha1};
use uuid::{Builder, Uuid};

use crate::{Analysis, Content, Derivation};

/// A job's name if that is a UUID, otherwise one made of it.
pub(crate) fn job_run(job: &Derivation) -> Uuid {
    Uuid::try_parse(&job.job_id).unwrap_or_else(|_| of_url(&["job", &job.job_id]))
}

/// A UUID made of what was analysed, how and when.
pub(crate) fn analysis_run(content: &Content, analysis: &Analysis) -> Uuid {
    of_url(&[
        "analysis",
        content.hash.as_str(),
        analysis.config_hash.as_str(),
        &analysis.created_at.to_string(),
        &analysis.file_path,
    ])
}

/// Version 5 of [RFC 9562](https://www.rfc-editor.org/rfc/rfc9562#name-uuid-version-5)
/// in the namespace of URLs.
fn of_url(parts: &[&str]) -> Uuid {
    let mut hasher = Sha1::new();
    hasher.update(Uuid::NAMESPACE_URL);
    hasher.update(format!("urn:media-store:{}", parts.join("\n")));
    let mut bytes = [0; 16];
    for (byte, digit) in bytes.iter_mut().zip(hasher.finalize()) {
        *byte = digit;
    }
    Builder::from_sha1_bytes(bytes).into_uuid()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_name_is_that_of_version_5() {
        // `uuid.uuid5(uuid.NAMESPACE_URL, "urn:media-store:job\nextract 1")` in Python.
        assert_eq!(
            of_url(&["job", "extract 1"]).to_string(),
            "13e6a1b6-2f03-5fd9-ba75-bbdf709559c2"
        );
    }
}
