//! Statements as Diesel renders them. None may be unknown.

mod selects;
mod writes;
