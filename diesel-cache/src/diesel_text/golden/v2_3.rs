//! What Diesel 2.3 prints (read off 2.3.14).

use super::Forms;

pub(super) const FORMS: Forms = Forms {
    version: "2.3",
    event: ["SELECT ?, ?", " -- binds: ", "[\"it's \\\"a\\\"\\n\", 5]"],
    batch: "BEGIN; COMMIT",
    sqlite_binds: "SqliteBindCollector { binds: [(BorrowedString(\"it's \\\"a\\\"\\n\u{1f980}\"), Text), (BorrowedString(\"b\"), Text), \
                   (BorrowedBinary([0, 255]), Binary), (I32(-1), Integer), (I64(9223372036854775807), Long), \
                   (F64(0.1), Double), (Null, Text)] }",
    identifier: r#"Identifier("odd \"name\"")"#,
    qualified: r#"InfixNode { lhs: Identifier("audit"), rhs: Identifier("log"), middle: "." }"#,
    sqlite: "diesel::sqlite::backend::Sqlite",
    postgres: "diesel::pg::backend::Pg",
    mysql: "diesel::mysql::backend::Mysql",
};
