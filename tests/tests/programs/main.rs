//! Programs, built and run as by a user: the four examples (`examples`), the web service and the GraphQL service over
//! HTTP (`web_service`, `graphql`), and programs that the compiler accepts (`accepted`) or rejects (`cached_ui`,
//! `relation_ui`,
//! `derive_ui`).

// These lints are for `accepted::no_warnings`. They can only be set for a whole crate.
#![deny(
    future_incompatible,
    non_ascii_idents,
    rust_2021_compatibility,
    rust_2024_compatibility
)]
#![allow(clippy::unwrap_used)]

#[allow(clippy::all, reason = "as users write")]
pub mod accepted;
mod cached_ui;
mod derive_ui;
mod examples;
mod graphql;
mod relation_ui;
mod web_service;
