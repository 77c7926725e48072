//! Finding the job that need not be done again.

use std::collections::{HashMap, HashSet};
use std::path::Path;
use std::sync::atomic::AtomicBool;

use media_hash::{ContentHash, HashCache, HashFileError, Registry, canonical_config_json};
use media_schema::{
    BackendHashCache, DeferredHashCache, DoneJob, InvalidValue, MediaProcessingRow, NewProcessing,
    ProcessingBackend, Role, StoreError,
};
use serde::Serialize;

use crate::MediaProcessingStorage;
use crate::hashed::hasher;
use crate::outcome::ProcessOptions;
use crate::parameters::Parameters;

impl<B: ProcessingBackend + Sync> MediaProcessingStorage<B> {
    /// The newest job that did `action` with `parameters` to a content, and
    /// whose output is still there and holds what was recorded; `None` if
    /// there is none. Where the input lies now does not matter.
    ///
    /// Parameters are compared as [`config_hash`](media_hash::config_hash)
    /// does, so that a peer's spacing or order is no difference, and none at
    /// all are the same as an empty object. An output is read only if it does
    /// not lie as it lay when it was hashed last. One that cannot be read, or
    /// whose hash is of an algorithm that nobody here knows, is not reusable.
    ///
    /// # Errors
    /// If the parameters have no JSON form, or what the database says.
    ///
    /// ```
    /// use media_hash::hash_file;
    /// use media_processing_store::{MediaProcessingStorage, Recipe};
    ///
    /// # let folder = tempfile::tempdir()?;
    /// let [input, output] = ["in.txt", "out.txt"].map(|name| folder.path().join(name));
    /// std::fs::write(&input, "abc")?;
    /// let storage = MediaProcessingStorage::open(folder.path().join("media.db"))?;
    /// let recipe = Recipe { action: "copy", input: &input, output: &output, parameters: &() };
    /// let made = storage.get_or_process(&recipe, |input, output| std::fs::copy(input, output).map(drop))?;
    ///
    /// let content = hash_file::<media_hash::Sha256>(&input)?;
    /// assert_eq!(storage.find_reusable("copy", &content, &())?, Some(made.row));
    /// std::fs::write(&output, "damaged")?;
    /// assert_eq!(storage.find_reusable("copy", &content, &())?, None);
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    pub fn find_reusable<P: Serialize + ?Sized>(
        &self,
        action: &str,
        input_hash: &ContentHash,
        parameters: &P,
    ) -> Result<Option<MediaProcessingRow>, StoreError> {
        let parameters = Parameters::of(parameters).map_err(|source| invalid(action, source))?;
        let cache = DeferredHashCache::new(&self.backend);
        let options = ProcessOptions::default();
        let mut found = None;
        for candidate in self.candidates(action, input_hash, &parameters)? {
            if state(&candidate, options, &cache).is_ok_and(State::is_intact) {
                found = self.row(&candidate)?;
                if found.is_some() {
                    break;
                }
            }
        }
        cache.flush();
        Ok(found)
    }

    /// For each pair of parameters and an output's path the newest job that
    /// did `action` with them to a content, if its output lies intact at that
    /// very path. One walk over the content's jobs finds them all.
    ///
    /// # Errors
    /// If some parameters have no JSON form, what the database says, or
    /// [`StoreError::Verify`] soon after `cancel` is true.
    pub fn find_reusable_at<P: Serialize>(
        &self,
        action: &str,
        input_hash: &ContentHash,
        wanted: &[(P, impl AsRef<Path>)],
        cancel: Option<&AtomicBool>,
    ) -> Result<Vec<Option<MediaProcessingRow>>, StoreError> {
        let mut places: HashMap<(String, &str), Vec<usize>> = HashMap::new();
        let mut texts = HashSet::new();
        for (index, (parameters, output)) in wanted.iter().enumerate() {
            let parameters =
                Parameters::of(parameters).map_err(|source| invalid(action, source))?;
            // A path that is not UTF-8 is in no row.
            if let Some(output) = output.as_ref().to_str() {
                texts.insert(parameters.canonical.clone());
                let place = (parameters.canonical, output);
                places.entry(place).or_default().push(index);
            }
        }
        let mut found = vec![None; wanted.len()];
        if places.is_empty() {
            return Ok(found);
        }
        let pick = |text: &str| match texts.get(text) {
            Some(text) => Some(text.clone()),
            None => canonical_config_json(text)
                .ok()
                .filter(|text| texts.contains(text)),
        };
        let candidates = self.done(action, input_hash, pick)?;
        let cache = DeferredHashCache::new(&self.backend);
        let options = ProcessOptions {
            cancel,
            ..ProcessOptions::default()
        };
        for (text, candidate) in candidates {
            let Some(indexes) = places.get(&(text, candidate.output_path.as_str())) else {
                continue;
            };
            if indexes.iter().all(|index| found[*index].is_some()) {
                continue;
            }
            let state =
                state(&candidate, options, &cache).map_err(|source| StoreError::Verify {
                    job: format!("job {:?}", candidate.job_id),
                    role: Role::Output,
                    source: source.into(),
                })?;
            if state.is_intact()
                && let Some(row) = self.row(&candidate)?
            {
                for index in indexes {
                    found[*index] = Some(row.clone());
                }
            }
        }
        cache.flush();
        Ok(found)
    }

    /// The database's cache of file hashes: for hashing an input, so that one
    /// that has not changed is not read again.
    pub fn hash_cache(&self) -> impl HashCache + '_ {
        BackendHashCache::new(&self.backend)
    }

    /// The jobs of an action on a content with these parameters, newest first,
    /// each output once.
    pub(crate) fn candidates(
        &self,
        action: &str,
        input_hash: &ContentHash,
        parameters: &Parameters,
    ) -> Result<Vec<Candidate>, StoreError> {
        let pick = |text: &str| parameters.are(text).then_some(());
        let found = self.done(action, input_hash, pick)?;
        let mut seen = HashSet::new();
        let mut candidates: Vec<_> = found.into_iter().map(|((), candidate)| candidate).collect();
        candidates.retain(|candidate| {
            seen.insert((candidate.output_path.clone(), candidate.output_hash.clone()))
        });
        Ok(candidates)
    }

    /// The jobs of an action on a content, newest first, whose parameters `pick`
    /// wants, with what it says of them.
    fn done<T>(
        &self,
        action: &str,
        input_hash: &ContentHash,
        mut pick: impl FnMut(&str) -> Option<T>,
    ) -> Result<Vec<(T, Candidate)>, StoreError> {
        let mut found = Vec::new();
        let mut each = |job: DoneJob<'_>| {
            if let Some(picked) = pick(job.parameters) {
                found.push((picked, Candidate::from(job)));
            }
        };
        self.backend
            .done_jobs(action, input_hash.as_str(), &mut each)?;
        Ok(found)
    }

    /// A candidate's row, if it is still there and can be read.
    pub(crate) fn row(
        &self,
        candidate: &Candidate,
    ) -> Result<Option<MediaProcessingRow>, StoreError> {
        match self.get_by_job_id(&candidate.job_id) {
            Err(StoreError::Row(_)) => Ok(None),
            row => row,
        }
    }
}

/// A job whose output may be used again.
#[derive(Debug)]
pub(crate) struct Candidate {
    pub(crate) job_id: String,
    pub(crate) output_path: String,
    pub(crate) output_hash: String,
}

impl From<DoneJob<'_>> for Candidate {
    fn from(job: DoneJob<'_>) -> Self {
        Self {
            job_id: job.job_id.to_owned(),
            output_path: job.output_path.to_owned(),
            output_hash: job.output_hash.to_owned(),
        }
    }
}

/// The job that is to be recorded of an output.
impl From<&NewProcessing> for Candidate {
    fn from(job: &NewProcessing) -> Self {
        Self {
            job_id: job.job_id().to_owned(),
            output_path: job.output_path().to_owned(),
            output_hash: job.output_hash().as_str().to_owned(),
        }
    }
}

/// What became of an output.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum State {
    Intact,
    Changed,
    Missing,
    Unverifiable,
}

impl State {
    fn is_intact(self) -> bool {
        self == Self::Intact
    }
}

/// What became of a candidate's output; the error is that it was stopped.
pub(crate) fn state(
    candidate: &Candidate,
    options: ProcessOptions<'_>,
    cache: &dyn HashCache,
) -> Result<State, HashFileError> {
    let Ok(expected) = candidate.output_hash.parse::<ContentHash>() else {
        return Ok(State::Unverifiable);
    };
    let Some(algorithm) = Registry::builtin().get(expected.algorithm()) else {
        return Ok(State::Unverifiable);
    };
    match hasher(&[algorithm], options)
        .cache(cache)
        .hash(&candidate.output_path)
    {
        Ok(file) if file.hashes.first() == Some(&expected) => Ok(State::Intact),
        Err(error @ HashFileError::Cancelled { .. }) => Err(error),
        Err(HashFileError::NotFound { .. }) => Ok(State::Missing),
        Ok(_)
        | Err(HashFileError::NotRegular { .. } | HashFileError::ChangedWhileHashing { .. }) => {
            Ok(State::Changed)
        }
        Err(_) => Ok(State::Unverifiable),
    }
}

fn invalid(action: &str, source: InvalidValue) -> StoreError {
    StoreError::Invalid {
        job: format!("a job of action {action:?}"),
        source,
    }
}
