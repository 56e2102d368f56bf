//! What the benchmarks and the guard share: two models, their rows and queries, and the means to report figures.

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    reason = "a benchmark that cannot set up has failed"
)]

mod ask;
#[cfg(feature = "peers")]
pub mod drawing;
mod fixture;
mod invoices;
mod machine;
mod people;
mod random;
pub mod tasks;

pub use ask::{Ask, Row};
pub use fixture::{ROWS, fill};
pub use invoices::{Invoice, invoice};
pub use machine::{hardware, load_average};
pub use people::{Person, person};
pub use random::Random;
