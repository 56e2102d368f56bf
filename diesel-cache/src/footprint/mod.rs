//! Footprints: what a statement reads and writes, and the slots that stand for it.
//!
//! The [`sql`](crate::sql) room says which tables a text names. Here the [catalogs](Catalogs) add what the text does
//! not show, and the result becomes [slots](crate::generation::Slot):
//!
//! - [`ReadFootprint`]: the slots that an entry of a query is stamped with;
//! - [`WrittenSlots`]: the slots that a write moves; [`WrittenSlotsMemo`] is a connection's memo of them;
//! - [`table_slots`]: those of them that stand for tables and operations, not for rows;
//! - [`dependencies`]: the writes that invalidate a query's entry, for people.
//!
//! Only [`slots`] names the slots of tables, of operations on them, and of their definitions. [`reads`] names those of
//! regions. [`shape`], [`rows`] and [`writes`] name those of rows, for the shapes that [`shapes`] finds.

mod catalogs;
mod closure;
mod definition;
mod derived;
mod describe;
mod extra;
mod keys;
mod memo;
mod origin;
mod parents;
mod reads;
mod rows;
mod settings;
mod shape;
mod shapes;
mod slots;
mod volatile;
mod writes;

pub(crate) use catalogs::Catalogs;
pub(crate) use derived::{FootprintId, ReadFootprint, ReadSlots, RowStamp};
pub(crate) use describe::DescribedRows;
pub(crate) use extra::ExtraTables;
pub(crate) use origin::table_of;
pub(crate) use reads::{FootprintWithoutBinds, Reader, RegionSlots, RowView, dependencies};
pub(crate) use settings::RowSettings;
pub(crate) use shapes::Shapes;
pub(crate) use slots::{TableSlots, any_definition, table_slots, whole};
pub(crate) use writes::{WrittenSlots, WrittenSlotsMemo};
