//! The pool, and a loader for each kind of row. Each is one cached batch load.
//!
//! Every key has an entry of its own, whatever batch it is in. Only the keys that the cache does not have are queried, in one
//! statement. If it has them all, the load takes no connection from the pool.

use std::collections::HashMap;
use std::error::Error;
use std::sync::Arc;

use async_graphql::dataloader::Loader;
use diesel::prelude::*;
use diesel_async::pooled_connection::deadpool::{Pool as Deadpool, PoolError};
use diesel_async::pooled_connection::{AsyncDieselConnectionManager, ManagerConfig, RecyclingMethod};
use diesel_async::sync_connection_wrapper::SyncConnectionWrapper;
use diesel_async::{AsyncConnection, SimpleAsyncConnection};
use diesel_cache::prelude::*;
use diesel_cache::{LazyPool, LoadFromError};
use diesel_cache_examples::Environment;
use diesel_cache_examples::schema::{address, city, country, person, postal_code};

use crate::schema::{Address, City, Country, Person, PostalCode};

type Connection = SyncConnectionWrapper<SqliteConnection>;
pub(crate) type Pool = LazyPool<Deadpool<Connection>>;
/// A batch has one error for all of its keys, so it is shared.
type Failure = Arc<LoadFromError<PoolError>>;

/// A pool of connections that use the cache and print their statements.
pub(crate) fn pool(url: &str, environment: &Environment) -> Result<Pool, Box<dyn Error>> {
    let (cache, log) = (environment.cache().clone(), environment.log());
    let mut config = ManagerConfig::default();
    config.recycling_method = RecyclingMethod::Fast; // the default sends a statement at each checkout
    config.custom_setup = Box::new(move |url| {
        let (cache, log, url) = (cache.clone(), log.clone(), url.to_owned());
        Box::pin(async move {
            let mut conn = Connection::establish(&url).await?;
            let patience = conn.batch_execute("PRAGMA busy_timeout = 10000").await;
            patience.map_err(ConnectionError::CouldntSetupConfiguration)?;
            cache.attach_with(&mut conn, log);
            Ok(conn)
        })
    });
    let pool = Deadpool::builder(AsyncDieselConnectionManager::new_with_config(url, config)).build()?;
    Ok(environment.cache().lazy_pool(pool))
}

/// Loads rows by primary key.
macro_rules! by_id {
    ($loader:ident, $table:ident, $row:ident) => {
        pub(crate) struct $loader(pub(crate) Pool);

        impl Loader<i32> for $loader {
            type Value = $row;
            type Error = Failure;

            async fn load(&self, ids: &[i32]) -> Result<HashMap<i32, $row>, Failure> {
                let rows = $table::table.select($row::as_select()).cached("default");
                Ok(rows.find_many(ids.to_vec()).load_by_key_from(&self.0).await?)
            }
        }
    };
}

by_id!(People, person, Person);
by_id!(PostalCodes, postal_code, PostalCode);
by_id!(Cities, city, City);
by_id!(Countries, country, Country);

/// Loads the addresses of people, by the people's ids. Where the people themselves are at hand, `children_of` does it, with
/// the same entries.
pub(crate) struct Addresses(pub(crate) Pool);

impl Loader<i32> for Addresses {
    type Value = Vec<Address>;
    type Error = Failure;

    async fn load(&self, people: &[i32]) -> Result<HashMap<i32, Vec<Address>>, Failure> {
        let addresses = address::table
            .order(address::id)
            .select(Address::as_select())
            .cached("default");
        let of_people = addresses.filter_many(address::person_id, people.to_vec());
        Ok(of_people.load_by_key_from(&self.0).await?)
    }
}
