//! Real servers, started, killed and looked for afterwards.
#![cfg(unix)]

#[cfg(test)]
mod access;
#[cfg(test)]
mod behind;
#[cfg(test)]
mod life;
#[cfg(test)]
mod programs;
#[cfg(test)]
mod standby;
#[cfg(test)]
mod support;
