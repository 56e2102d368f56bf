use diesel::prelude::*;
use diesel_cache::prelude::*;

fn main() {
    let mut conn = SqliteConnection::establish("").unwrap();
    let literal = diesel::dsl::sql::<diesel::sql_types::Integer>("SELECT 1");
    let _ = literal.cached("default").load::<i32>(&mut conn);
}
