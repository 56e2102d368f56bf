//! The model of twelve columns.

use chrono::NaiveDateTime;
use diesel::prelude::*;
use diesel_cache::Cacheable;
use serde::{Deserialize, Serialize};

#[allow(missing_docs, reason = "the macro writes no documentation")]
mod schema {
    diesel::table! {
        invoice (id) {
            id -> Integer,
            customer_id -> BigInt,
            quantity -> Integer,
            number -> Text,
            customer -> Text,
            email -> Text,
            status -> Text,
            created_at -> Timestamp,
            shipped_at -> Nullable<Timestamp>,
            paid_at -> Nullable<Timestamp>,
            items -> Text,
            total -> Double,
        }
    }
}

pub use schema::invoice;

/// A row of `invoice`. Serde's derives are for the peers; the cache needs none.
#[derive(Queryable, Selectable, Cacheable, Serialize, Deserialize, Clone, PartialEq, Debug)]
#[diesel(table_name = invoice)]
pub struct Invoice {
    /// Primary key.
    pub id: i32,
    /// Whose.
    pub customer_id: i64,
    /// How many pieces.
    pub quantity: i32,
    /// `2024-000123`
    pub number: String,
    /// Who, by name.
    pub customer: String,
    /// And by address.
    pub email: String,
    /// `open`, `shipped` or `paid`.
    pub status: String,
    /// When it was made.
    pub created_at: NaiveDateTime,
    /// Every third one was not.
    pub shipped_at: Option<NaiveDateTime>,
    /// Every second one was not.
    pub paid_at: Option<NaiveDateTime>,
    /// JSON: what was bought.
    pub items: String,
    /// In the currency of the day.
    pub total: f64,
}
