//! Programs, built and run as a user does it: the four examples (`examples`), the web service and the GraphQL service over
//! HTTP (`web_service`, `graphql`), and programs that the compiler accepts (`accepted`) or refuses (`cached_ui`,
//! `relation_ui`, `derive_ui`).

// For `accepted::no_warnings`: these hold for a whole crate only.
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
