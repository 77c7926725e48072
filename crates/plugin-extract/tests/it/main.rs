//! Cutting real files.

#[cfg(test)]
mod cut;
#[cfg(test)]
mod extract;
#[cfg(test)]
mod faults;
#[cfg(test)]
mod names;
#[cfg(test)]
mod support;
