//! Programs, built and run as a user does it: the four examples (`examples`), the web service over HTTP (`web_service`), and programs
//! that the compiler accepts or refuses (`cached_ui`, `derive_ui`).

#![allow(clippy::unwrap_used)]

mod cached_ui;
mod derive_ui;
mod examples;
mod web_service;
