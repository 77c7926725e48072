//! Finding silence in real files and in made-up samples.

#[cfg(test)]
mod cached;
#[cfg(test)]
mod detector;
#[cfg(test)]
mod ffmpeg;
#[cfg(test)]
mod files;
#[cfg(test)]
mod options;
#[cfg(test)]
mod samples;
#[cfg(test)]
mod support;
