//! Effects that no SQL text shows: functions that write, or that change what later texts mean. Also the effects of DDL.

#[macro_use]
mod scene;

mod by_hand;
mod definitions;
mod introspected;
mod through;
