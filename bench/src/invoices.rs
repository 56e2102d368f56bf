//! The model with twelve columns.

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
    /// The customer who ordered.
    pub customer_id: i64,
    /// The number of pieces.
    pub quantity: i32,
    /// `2024-000123`
    pub number: String,
    /// The customer's name.
    pub customer: String,
    /// The customer's email address.
    pub email: String,
    /// `open`, `shipped` or `paid`.
    pub status: String,
    /// When the invoice was created.
    pub created_at: NaiveDateTime,
    /// `None` for every third invoice.
    pub shipped_at: Option<NaiveDateTime>,
    /// `None` for every second invoice.
    pub paid_at: Option<NaiveDateTime>,
    /// The items that were bought, as JSON.
    pub items: String,
    /// The total amount.
    pub total: f64,
}
