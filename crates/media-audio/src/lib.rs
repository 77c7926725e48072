//! Streaming decode of audio files to frames of f32 samples.
