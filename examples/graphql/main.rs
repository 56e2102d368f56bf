//! GraphQL without N+1: a `DataLoader` batches what one request asks for, and the cache answers across requests.
//!
//! ```console
//! $ cargo run --example graphql
//! listening on http://127.0.0.1:3000
//! $ curl -H 'content-type: application/json' http://127.0.0.1:3000 -d '{"query":
//!     "{ people(from: \"person 01\", to: \"person 50\") { name addresses { street postalCode { code city { name } } } } }"}'
//! ```
//!
//! Every statement that reaches the database is printed, and after each request the number of SELECTs: one for each
//! level of a query the first time, and none the second time. `LISTEN` sets another address.

mod loaders;
mod schema;

use std::env;
use std::error::Error;
use std::io::{Write, stdout};
use std::sync::Arc;
use std::time::Duration;

use async_graphql::dataloader::DataLoader;
use async_graphql::{EmptySubscription, Request, Response, Schema};
use axum::extract::State;
use axum::routing::post;
use axum::{Json, Router};
use diesel_cache_examples::{Environment, environment};
use tokio::net::TcpListener;

use crate::loaders::{Addresses, Cities, Countries, People, PostalCodes};
use crate::schema::{Mutation, Query};

type App = (Schema<Query, Mutation, EmptySubscription>, Arc<Environment>);

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), Box<dyn Error>> {
    // The database, the cache and the entries of the other examples.
    let environment = Environment::open()?;
    let pool = loaders::pool(&environment::database()?, &environment)?;

    let schema = Schema::build(Query, Mutation, EmptySubscription)
        .data(batching(People(pool.clone())))
        .data(batching(Addresses(pool.clone())))
        .data(batching(PostalCodes(pool.clone())))
        .data(batching(Cities(pool.clone())))
        .data(batching(Countries(pool.clone())))
        .data(pool)
        .finish();

    let address = env::var("LISTEN").unwrap_or_else(|_| "127.0.0.1:3000".into());
    let listener = TcpListener::bind(&address)
        .await
        .map_err(|error| format!("cannot listen on {address}: {error}"))?;
    writeln!(stdout(), "listening on http://{}", listener.local_addr()?)?;
    let app: App = (schema, Arc::new(environment));
    axum::serve(listener, Router::new().route("/", post(answer)).with_state(app)).await?;
    Ok(())
}

/// A `DataLoader` that lives as long as the service. It has no cache of its own, whose rows could be outdated: it only
/// batches.
///
/// By default it waits for a millisecond, in which the resolvers of a long list may not all have asked, so that a level is
/// sometimes two statements. On a runtime of one thread, a task that yields goes on when no other can, and that is when the
/// level is complete. (After 61 polls of others it goes on anyway, so it yields more than once.)
fn batching<L>(loader: L) -> DataLoader<L> {
    let when_complete = |batch| {
        tokio::spawn(async {
            for _ in 0..16 {
                tokio::task::yield_now().await;
            }
            batch.await;
        })
    };
    DataLoader::new(loader, when_complete).delay(Duration::ZERO)
}

async fn answer(State((schema, environment)): State<App>, Json(request): Json<Request>) -> Json<Response> {
    let response = schema.execute(request).await;
    environment.print_statements();
    Json(response)
}
