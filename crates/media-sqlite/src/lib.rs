//! Where it is stored: opening, connection policy, pool, bootstrap, migration and inspection.
