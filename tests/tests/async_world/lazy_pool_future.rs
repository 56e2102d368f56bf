//! The future of a load from a pool.

use diesel::prelude::*;
use diesel::result::ConnectionError;
use diesel_async::AsyncConnection;
use diesel_async::sync_connection_wrapper::SyncConnectionWrapper;
use diesel_cache::prelude::*;
use diesel_cache_tests::{Database, Person, Sqlite, person};

use crate::world::World;

/// A query may borrow what it binds, and the future can be sent to another thread.
#[tokio::test]
async fn a_query_may_borrow_its_binds() {
    let db = Database::<Sqlite>::new();
    let world = World::new(&db);
    let (cache, url) = (world.cache.clone(), db.url().to_owned());
    let pool = world.cache.lazy_pool(move || {
        let (cache, url) = (cache.clone(), url.clone());
        async move {
            let mut conn = SyncConnectionWrapper::<SqliteConnection>::establish(&url).await?;
            cache.attach(&mut conn);
            Ok::<_, ConnectionError>(conn)
        }
    });
    fn sent<T>(future: impl Future<Output = T> + Send) -> impl Future<Output = T> + Send {
        future
    }
    let name = String::from("person 03");
    for _ in 0..2 {
        let query = person::table.filter(person::name.eq(name.as_str())).cached("default");
        assert_eq!(sent(query.load_from::<Person>(&pool)).await.unwrap()[0].id, 3);
    }
}
