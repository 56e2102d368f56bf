//! An enum of connections.
