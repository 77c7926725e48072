//! Many rows at once.

use media_processing_store::MediaProcessingStorage;
use media_schema::ProcessingKey;

use crate::python_file;

#[test]
fn jobs_come_in_the_order_of_their_names() {
    for (generation, has_config_hash) in [(1, false), (2, true)] {
        let folder = tempfile::tempdir().unwrap();
        let storage = MediaProcessingStorage::open(python_file(folder.path(), generation)).unwrap();
        let keys = ["job_den_001", "none", "job_conv_001"].map(|job_id| ProcessingKey { job_id });
        let found = storage.get_many(&keys).unwrap();
        let [Ok(Some(first)), Ok(None), Ok(Some(last))] = &found[..] else {
            panic!("{found:?}");
        };
        assert_eq!((&*first.action, &*last.action), ("denoise", "convert"));
        assert_eq!(first.config_hash.is_some(), has_config_hash);
    }
}
