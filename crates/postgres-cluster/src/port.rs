//! A port that nobody has.

use std::net::{Ipv4Addr, TcpListener};
use std::ops::Range;

/// Below the ports that systems give to outgoing connections: one of those could be taken while
/// the server is down, even by a client that is trying to reach it.
const PORTS: Range<u16> = 20_000..32_000;

/// A port that is free now. Whoever uses it must be ready to find it taken.
pub(crate) fn free() -> u16 {
    loop {
        let port = fastrand::u16(PORTS);
        if TcpListener::bind((Ipv4Addr::LOCALHOST, port)).is_ok() {
            return port;
        }
    }
}
