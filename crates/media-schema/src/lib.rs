//! What is stored: frozen DDL, table descriptors, row types and the store contract.
