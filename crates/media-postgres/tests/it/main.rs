//! Against real servers, which the tests start; see `postgres_cluster`.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

mod audit_plans;
mod audits;
mod batches;
mod claims;
mod connect;
mod doctor;
mod drift;
mod failover;
mod faults;
mod lineage;
mod partitions;
mod plans;
mod remembering;
mod replay;
mod rows;
mod samples;
mod statistics;
mod support;
mod texts;
