//! Programs, built and run as a user does it: the four examples (`examples`), the web service and the GraphQL service over
//! HTTP (`web_service`, `graphql`), and programs that the compiler accepts or refuses (`cached_ui`, `relation_ui`,
//! `derive_ui`).

#![allow(clippy::unwrap_used)]

mod cached_ui;
mod derive_ui;
mod examples;
mod graphql;
mod relation_ui;
mod web_service;
