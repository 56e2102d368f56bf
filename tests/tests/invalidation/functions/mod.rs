//! Effects that no text shows: functions that write, or change what later texts mean; and the effects of DDL.

#[macro_use]
mod scene;

mod by_hand;
mod definitions;
mod introspected;
mod through;
