//! An analysis plugin: finds sound and silence in audio files.
