//! Inside a transaction, loads query the database, and nothing is stored.

use diesel::prelude::*;
use diesel::result::Error;
use diesel_cache::prelude::*;
use diesel_cache_tests::{Database, Person, Setup, everyone, people, person};

use super::Db;

#[test]
fn inside_one_the_database_answers_and_nothing_is_stored() {
    let db = Database::<Db>::new();
    let mut setup = Setup::new(&db);
    setup
        .conn
        .transaction(|conn| {
            for _ in 0..2 {
                assert_eq!(everyone("default").load::<Person>(conn)?, people(50));
                assert_eq!(setup.statements.selects(), 1);
                assert!(everyone("default").lookup::<Person>(conn)?.is_none());
            }
            QueryResult::Ok(())
        })
        .unwrap();
    assert_eq!(setup.events.words(), ["bypass Transaction", "bypass Transaction"]);

    // Outside again, caching goes on.
    for expected in [1, 0] {
        setup.statements.take();
        everyone("default").load::<Person>(&mut setup.conn).unwrap();
        assert_eq!(setup.statements.selects(), expected);
    }
    // An entry does not change that.
    setup
        .conn
        .transaction(|conn| {
            everyone("default").load::<Person>(conn)?;
            assert_eq!(setup.statements.selects(), 1);
            assert!(
                everyone("default").lookup::<Person>(conn)?.is_some(),
                "a look is no load"
            );
            QueryResult::Ok(())
        })
        .unwrap();
}

#[test]
fn nothing_of_a_transaction_that_is_rolled_back_is_seen() {
    let db = Database::<Db>::new();
    let mut setup = Setup::new(&db);
    let rolled_back: QueryResult<()> = setup.conn.transaction(|conn| {
        diesel::update(person::table.find(1))
            .set(person::name.eq("x"))
            .execute(conn)?;
        for query in [everyone("default"), everyone("default").in_transaction()] {
            assert_eq!(query.load::<Person>(conn)?[0].name, "x", "its own write");
        }
        Err(Error::RollbackTransaction)
    });
    assert_eq!(rolled_back, Err(Error::RollbackTransaction));
    assert_eq!(everyone("default").load::<Person>(&mut setup.conn).unwrap(), people(50));
}

#[test]
fn hits_can_be_allowed() {
    let db = Database::<Db>::new();
    let mut setup = Setup::new(&db);
    for region in ["default", "files", "hot"] {
        let query = || everyone(region).in_transaction();
        setup
            .conn
            .transaction(|conn| {
                query().load::<Person>(conn)?;
                query().load::<Person>(conn)?;
                assert_eq!(setup.statements.selects(), 2, "{region}: nothing is stored");
                QueryResult::Ok(())
            })
            .unwrap();
        query().load::<Person>(&mut setup.conn).unwrap();
        setup
            .conn
            .transaction(|conn| {
                setup.statements.take();
                assert_eq!(query().load::<Person>(conn)?, people(50));
                assert_eq!(&*query().load_shared::<Person>(conn)?, people(50));
                assert_eq!(setup.statements.selects(), 0, "{region}: a hit");
                QueryResult::Ok(())
            })
            .unwrap();
    }
}

#[test]
fn savepoints_are_transactions() {
    let db = Database::<Db>::new();
    let mut setup = Setup::new(&db);
    setup
        .conn
        .transaction(|conn| {
            conn.transaction(|conn| everyone("default").load::<Person>(conn))?;
            let _: QueryResult<()> = conn.transaction(|_| Err(Error::RollbackTransaction));
            everyone("default").load::<Person>(conn)
        })
        .unwrap();
    assert_eq!(setup.events.words(), ["bypass Transaction", "bypass Transaction"]);
    assert!(everyone("default").lookup::<Person>(&mut setup.conn).unwrap().is_none());
}

#[test]
fn only_if_cached_inside_one_never_asks() {
    let db = Database::<Db>::new();
    let mut setup = Setup::new(&db);
    everyone("default").load::<Person>(&mut setup.conn).unwrap();
    setup
        .conn
        .transaction(|conn| {
            setup.statements.take();
            let none = everyone("default").only_if_cached().load::<Person>(conn);
            assert_eq!(none, Err(diesel::NotFound), "hits are not allowed");
            let some = everyone("default")
                .only_if_cached()
                .in_transaction()
                .load::<Person>(conn);
            assert_eq!(some, Ok(people(50)));
            assert!(setup.statements.take().is_empty());
            QueryResult::Ok(())
        })
        .unwrap();
}

#[test]
fn a_test_transaction_is_one() {
    let db = Database::<Db>::new();
    let mut setup = Setup::new(&db);
    setup.conn.test_transaction(|conn| {
        diesel::delete(person::table.filter(person::id.gt(1))).execute(conn)?;
        assert_eq!(everyone("default").load::<Person>(conn)?, people(1));
        assert_eq!(everyone("hot").load::<Person>(conn)?, people(1));
        QueryResult::Ok(())
    });
    assert_eq!(everyone("default").load::<Person>(&mut setup.conn).unwrap(), people(50));
    assert_eq!(everyone("hot").load::<Person>(&mut setup.conn).unwrap(), people(50));
    setup.conn.begin_test_transaction().unwrap();
    setup.statements.take();
    everyone("default").load::<Person>(&mut setup.conn).unwrap();
    assert_eq!(setup.statements.selects(), 1);
}

#[test]
fn a_session_inside_one_keeps_nothing() {
    let db = Database::<Db>::new();
    let Setup {
        cache,
        mut conn,
        statements,
        ..
    } = Setup::new(&db);
    conn.transaction(|conn| {
        cache.session(conn, |conn| {
            statements.take();
            everyone("local").load::<Person>(conn)?;
            everyone("local").load::<Person>(conn)?;
            assert_eq!(statements.selects(), 2);
            QueryResult::Ok(())
        })
    })
    .unwrap();
    cache.session(&mut conn, |conn| {
        everyone("local").load::<Person>(conn).unwrap();
        let in_transaction = conn.transaction(|conn| everyone("local").in_transaction().load::<Person>(conn));
        assert_eq!(in_transaction.unwrap(), people(50));
        assert_eq!(statements.selects(), 1);
    });
}
