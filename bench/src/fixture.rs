//! The rows of the benchmark's tables.

use diesel::connection::SimpleConnection;

/// The number of rows in each of the two tables.
pub const ROWS: i32 = 10_000;

/// The number of people that a test's database already has.
const PEOPLE: i32 = 50;

/// The number of rows in one INSERT.
const CHUNK: usize = 500;

/// A statement that works on all three databases.
const INVOICE: &str = "CREATE TABLE invoice (id INTEGER PRIMARY KEY, customer_id BIGINT NOT NULL, \
    quantity INTEGER NOT NULL, number VARCHAR(20) NOT NULL, customer VARCHAR(100) NOT NULL, \
    email VARCHAR(100) NOT NULL, status VARCHAR(20) NOT NULL, created_at TIMESTAMP NOT NULL, \
    shipped_at TIMESTAMP NULL, paid_at TIMESTAMP NULL, items TEXT NOT NULL, total DOUBLE PRECISION NOT NULL)";

/// Fills the table `person` of a [`Database`](diesel_cache_tests::Database) up to [`ROWS`] rows, and creates the table
/// `invoice` with as many.
pub fn fill(conn: &mut impl SimpleConnection) {
    conn.batch_execute(INVOICE).unwrap();
    insert(
        conn,
        "person",
        (PEOPLE + 1..=ROWS).map(|id| format!("({id}, 'person {id:02}')")),
    );
    insert(conn, "invoice", (1..=ROWS).map(invoice));
}

fn insert(conn: &mut impl SimpleConnection, table: &str, rows: impl Iterator<Item = String>) {
    let rows: Vec<_> = rows.collect();
    for rows in rows.chunks(CHUNK) {
        conn.batch_execute(&format!("INSERT INTO {table} VALUES {}", rows.join(", ")))
            .unwrap();
    }
}

fn invoice(id: i32) -> String {
    let (day, hour) = (id % 28 + 1, id % 24);
    let at = |month: i32| format!("'2024-{month:02}-{day:02} {hour:02}:30:00'");
    let every = |n: i32, month: i32| if id % n == 0 { "NULL".into() } else { at(month) };
    let status = ["open", "shipped", "paid"][id as usize % 3];
    let items = format!(
        r#"{{"items":[{{"sku":"A-{id:05}","pieces":{},"price":12.5}},{{"sku":"B-{day:05}","pieces":1,"price":{hour}.25}}],"gift":false}}"#,
        id % 7 + 1,
    );
    format!(
        "({id}, {}, {}, '2024-{id:06}', 'Customer No. {id}', 'customer.{id}@example.org', '{status}', {}, {}, {}, '{items}', {}.5)",
        5_000_000_000 + i64::from(id),
        id % 9 + 1,
        at(1),
        every(3, 2),
        every(2, 3),
        id % 1000,
    )
}
