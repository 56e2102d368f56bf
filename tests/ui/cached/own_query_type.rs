use diesel::prelude::*;
use diesel::query_builder::{AstPass, Query, QueryFragment, QueryId};
use diesel::pg::Pg;
use diesel::sql_types::BigInt;
use diesel_cache::prelude::*;
use diesel_cache_tests::person;

#[derive(QueryId)]
struct Paginated<T> {
    query: T,
    page: i64,
}

impl<T: Query> Query for Paginated<T> {
    type SqlType = (T::SqlType, BigInt);
}

impl<T> RunQueryDsl<PgConnection> for Paginated<T> {}

impl<T: QueryFragment<Pg>> QueryFragment<Pg> for Paginated<T> {
    fn walk_ast<'b>(&'b self, mut out: AstPass<'_, 'b, Pg>) -> QueryResult<()> {
        out.push_sql("SELECT *, COUNT(*) OVER () FROM (");
        self.query.walk_ast(out.reborrow())?;
        out.push_sql(") t LIMIT 10 OFFSET ");
        out.push_bind_param::<BigInt, _>(&self.page)
    }
}

fn main() {
    let mut conn = PgConnection::establish("").unwrap();
    let page = Paginated {
        query: person::table.select(person::name),
        page: 1,
    };
    let _ = page.cached("default").load::<(String, i64)>(&mut conn);
}
