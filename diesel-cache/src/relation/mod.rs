//! Many keys at once: rows by key, children of many parents, parents of many children.
//!
//! A batch of keys has an entry for each key, the one that the query for this key alone has. It takes from the cache
//! what is there, and asks the database for the rest in one query.
//!
//! | file | what it does |
//! | --- | --- |
//! | `key`, `any_of` | keys that can be matched with rows, and the conditions on them |
//! | `separable` | the queries whose rows belong to one key each: for one key, and for many |
//! | `many` | what is to be loaded: `find_many`, `filter_many`, `children_of`, `parents_of` |
//! | `references` | children and their parents, and the tables to which foreign keys refer |
//! | `chunk` | how many keys a statement can ask for |
//! | `questions` | what a load asks: memory for each key, and the database for one key or for many |
//! | `batch`, with `look` and `answer` below it | the decisions of a load, without a connection |
//! | `run`, `load`, `load_async`, `load_from`, `load_from_async` | a load on a connection or from a pool, blocking or in a task |
//! | `answers` | the forms of the answer |
//! | `invalidate` | invalidating the entries of many keys |
//!
//! Rows are matched by the key that each row has, never by their position. The query for many keys selects the key's
//! columns in addition to what the query for one key selects ([`ThenKey`](separable::ThenKey)), so the row type need
//! not have the key, and cannot show a wrong one.

mod answers;
mod any_of;
mod batch;
mod chunk;
mod invalidate;
mod key;
mod load;
#[cfg(feature = "async")]
mod load_async;
mod load_from;
#[cfg(feature = "async")]
mod load_from_async;
mod many;
mod questions;
mod references;
mod run;
mod separable;

pub use invalidate::InvalidateMany;
pub use key::{ExactKey, KeyOf};
pub use many::{AllRows, LoadMany, OneRow, RowsPerKey};
pub use references::{ChildOf, References};
pub use run::{LoadManyDsl, LoadManyFromDsl, RunMany};
pub use separable::{HasPrimaryKey, Separable, Separate};
