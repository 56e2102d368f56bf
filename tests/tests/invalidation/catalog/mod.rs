//! Effects of writes that the SQL text does not show: cascading keys, triggers, views, partitions, rules.

#[macro_use]
mod scene;

mod by_hand;
mod club;
mod everywhere;
mod knowledge;
mod mysql;
mod operations;
mod postgres;
mod report;
mod sqlite;
