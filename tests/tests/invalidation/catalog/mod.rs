//! What SQL text does not show: keys that cascade, triggers, views, partitions, rules.

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
