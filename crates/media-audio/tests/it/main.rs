//! Decoding real files.

#[cfg(test)]
mod control;
#[cfg(test)]
mod damage;
#[cfg(test)]
mod errors;
#[cfg(test)]
mod formats;
#[cfg(test)]
mod support;
