//! An enum of connections: the cache is attached to the enum, and queries are loaded by matching on it.

use diesel::prelude::*;
use diesel_cache_tests::{Database, Mysql, Person, Postgres, Setup, Sqlite, Statements, everyone, people};

#[derive(diesel::MultiConnection)]
enum AnyConnection {
    Sqlite(SqliteConnection),
    Pg(PgConnection),
    Mysql(MysqlConnection),
}

impl AnyConnection {
    fn people(&mut self, region: &str) -> QueryResult<Vec<Person>> {
        match self {
            Self::Sqlite(conn) => everyone(region).load(conn),
            Self::Pg(conn) => everyone(region).load(conn),
            Self::Mysql(conn) => everyone(region).load(conn),
        }
    }
}

#[test]
fn it_is_attached_like_any_other() {
    let (sqlite, pg, mysql) = (
        Database::<Sqlite>::new(),
        Database::<Postgres>::new(),
        Database::<Mysql>::new(),
    );
    let cache = Setup::new(&sqlite).cache;
    // By URL, so that the enum itself picks the variant.
    let urls = [sqlite.url().to_owned(), pg.url().to_owned(), mysql.url().to_owned()];
    for url in &urls {
        let mut conn = AnyConnection::establish(url).unwrap();
        let unattached = conn.people("default");
        assert!(unattached.unwrap_err().to_string().contains("cache.attach(&mut conn)"));
        let statements = Statements::new();
        cache.attach_with(&mut conn, statements.clone());
        for expected in [1, 0] {
            assert_eq!(conn.people("default").unwrap(), people(50));
            assert_eq!(statements.selects(), expected, "each backend has keys of its own");
        }
        // A session and a transaction of the enum are the variant's.
        cache.session(&mut conn, |conn| {
            conn.people("local").unwrap();
            conn.people("local").unwrap();
        });
        assert_eq!(statements.selects(), 1);
        conn.transaction(|conn| conn.people("default")).unwrap();
        assert_eq!(statements.selects(), 1);
    }
}
