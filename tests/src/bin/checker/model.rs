//! Two tables, whose rows carry a version and their last writer.

use crate::history::Row;

diesel::table! {
    shelf (id) {
        id -> Integer,
        version -> BigInt,
        writer -> BigInt,
    }
}

diesel::table! {
    book (id) {
        id -> Integer,
        shelf_id -> Integer,
        version -> BigInt,
        writer -> BigInt,
    }
}

diesel::joinable!(book -> shelf (shelf_id));
diesel::allow_tables_to_appear_in_same_query!(shelf, book);

/// The number of shelves; their ids begin at 1.
pub const SHELVES: i32 = 3;

/// The number of books; book `n` is on shelf `(n - 1) % SHELVES + 1`.
pub const BOOKS: i32 = 6;

/// Returns the script that creates and fills the tables.
pub fn script() -> String {
    let shelves: Vec<_> = (1..=SHELVES).map(|id| format!("({id}, 0, 0)")).collect();
    let books: Vec<_> = (1..=BOOKS)
        .map(|id| format!("({id}, {}, 0, 0)", shelf_of(id)))
        .collect();
    format!(
        "CREATE TABLE shelf (id INTEGER PRIMARY KEY, version BIGINT NOT NULL, writer BIGINT NOT NULL); \
         CREATE TABLE book (id INTEGER PRIMARY KEY, shelf_id INTEGER NOT NULL, version BIGINT NOT NULL, \
             writer BIGINT NOT NULL); \
         INSERT INTO shelf VALUES {}; INSERT INTO book VALUES {};",
        shelves.join(", "),
        books.join(", ")
    )
}

/// Returns the shelf of a book.
pub fn shelf_of(book: i32) -> i32 {
    (book - 1) % SHELVES + 1
}

/// Returns the row of a shelf.
pub fn shelf_row(id: i32) -> Row {
    Row(id as u8 - 1)
}

/// Returns the row of a book.
pub fn book_row(id: i32) -> Row {
    Row((SHELVES + id) as u8 - 1)
}

/// Returns all rows of the shelves' table.
pub fn shelf_rows() -> Vec<Row> {
    (1..=SHELVES).map(shelf_row).collect()
}

/// Returns all rows of the books' table.
pub fn book_rows() -> Vec<Row> {
    (1..=BOOKS).map(book_row).collect()
}

/// Returns the books of a shelf.
pub fn rows_on(shelf: i32) -> Vec<Row> {
    (1..=BOOKS)
        .filter(|&book| shelf_of(book) == shelf)
        .map(book_row)
        .collect()
}

/// Returns a row's table and id.
pub fn place(row: Row) -> (&'static str, i32) {
    match i32::from(row.0) {
        shelf if shelf < SHELVES => ("shelf", shelf + 1),
        book => ("book", book - SHELVES + 1),
    }
}

/// Returns a row's name: `shelf 2`, `book 5`.
pub fn name(row: Row) -> String {
    let (table, id) = place(row);
    format!("{table} {id}")
}
