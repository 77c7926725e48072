//! A processing plugin: cuts ranges out of audio files into WAV files.
