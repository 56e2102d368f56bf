//! The tables.

#![allow(missing_docs, reason = "the macro writes no documentation")]

diesel::table! {
    person (id) {
        id -> Integer,
        name -> Text,
    }
}

diesel::table! {
    address (id) {
        id -> Integer,
        person_id -> Integer,
        street -> Text,
        note -> Nullable<Text>,
    }
}

diesel::joinable!(address -> person (person_id));
diesel::allow_tables_to_appear_in_same_query!(person, address);
