//! Runs the checkers on the three databases: `src/bin/checker` ([`long`], [`machines`]), and `src/bin/independence`
//! ([`independence`]).

#![allow(clippy::unwrap_used)]

mod independence;
mod long;
mod machines;
mod run;
