//! Statements as Diesel renders them. None of them may be unknown.

mod selects;
mod writes;
