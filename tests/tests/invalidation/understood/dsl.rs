//! Every form of statement that Diesel's query builder renders, sent to real databases: the cache takes no statement
//! for a write of more than its target.

#![allow(deprecated, reason = "they are rendered as well")]

mod mysql;
mod postgres;
mod sqlite;

use diesel::sql_types::Text;

diesel::table! { others (id) { id -> Integer, thing_id -> Integer, name -> Text, } }
diesel::table! { bystander (id) { id -> Integer, x -> Nullable<Integer>, } }

/// Sends each query. Fails if one is taken to write what it does not.
macro_rules! send {
    ($world:ident, writes $written:expr, [$($query:expr),* $(,)?]) => {{
        let mut faults = Vec::<String>::new();
        $(
            $world.warm();
            let query = $query;
            let text = diesel::debug_query::<DB, _>(&query).to_string();
            if let Err(error) = diesel::connection::Connection::transaction(&mut $world.writer, |conn| query.execute(conn)) {
                faults.push(format!("{error}: {text}"));
            }
            faults.extend($world.faults($written).into_iter().map(|fault| format!("{fault}: {text}")));
        )*
        assert!(faults.is_empty(), "{} faults\n{}", faults.len(), faults.join("\n"));
    }};
}
use send;

/// `lower` and similar functions, as users define them.
#[diesel::declare_sql_function]
extern "SQL" {
    fn lower(x: Text) -> Text;
}
