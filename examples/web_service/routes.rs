//! The routes and their handlers.

use axum::Router;
use axum::extract::{FromRef, State};
use axum::http::header::CONTENT_TYPE;
use axum::http::{HeaderName, StatusCode};
use axum::response::Html;
use axum::routing::get;
use diesel::prelude::*;
use diesel_async::{AsyncConnection, RunQueryDsl};
use diesel_cache::prelude::*;
use diesel_cache_examples::schema::{address, city, country, person, postal_code};
use metrics_exporter_prometheus::PrometheusHandle;

use crate::database::{Database, of, on};
use crate::failure::{AsJson, Failure, InPath, InQuery};
use crate::model::{Address, Naming, Person, Range, Resident};
use crate::page;

/// The state of the handlers. Each takes the part that it needs.
#[derive(Clone, FromRef)]
pub(crate) struct App {
    pub(crate) cache: Cache,
    pub(crate) database: Database,
    pub(crate) metrics: PrometheusHandle,
}

pub(crate) fn router(app: App) -> Router {
    Router::new()
        .route("/people", get(list).post(add))
        .route("/people/{id}", get(show).put(rename))
        .route("/cache", get(statistics))
        .route("/metrics", get(metrics))
        .route("/health", get(health))
        .fallback(async || Failure::NotFound)
        .method_not_allowed_fallback(async || Failure::WrongMethod)
        .with_state(app)
}

/// A cached list, which takes a connection of the pool only if it is not cached. It has two queries rather than a boxed one, because the SQL of such a query is known after its first
/// load, and a hit does not render it.
async fn list(
    State(database): State<Database>,
    InQuery(range): InQuery<Range>,
) -> Result<AsJson<Vec<Person>>, Failure> {
    let (from, to) = range.ends()?;
    of!(database, |pool| {
        let people = person::table
            .filter(person::name.ge(from))
            .order(person::id)
            .select(Person::as_select())
            .cached("lists");
        Ok(AsJson(match to {
            None => people.load_from(pool).await?,
            Some(to) => people.filter(person::name.le(to)).load_from(pool).await?,
        }))
    })
}

/// One person, with full addresses.
async fn show(State(database): State<Database>, InPath(id): InPath<i32>) -> Result<AsJson<Resident>, Failure> {
    of!(database, |pool| {
        let person = person::table
            .find(id)
            .select(Person::as_select())
            .cached("default")
            .first_from(pool)
            .await?;
        let addresses = address::table
            .left_join(postal_code::table.inner_join(city::table.inner_join(country::table)))
            .filter(address::person_id.eq(id))
            .order(address::id)
            .select(Address::as_select())
            .cached("default")
            .load_from(pool)
            .await?;
        Ok(AsJson(Resident { person, addresses }))
    })
}

/// No code here calls the cache, because the cache observes the connection. When the response is sent, every entry that
/// read `person` is stale, in this process and in every process that shares the directory.
async fn rename(
    State(database): State<Database>,
    InPath(id): InPath<i32>,
    AsJson(naming): AsJson<Naming>,
) -> Result<AsJson<Person>, Failure> {
    let name = naming.name()?;
    let rename = diesel::update(person::table.find(id)).set(person::name.eq(&name));
    match on!(database, |conn| rename.execute(conn).await?) {
        0 => Err(Failure::NotFound),
        _ => Ok(AsJson(Person { id, name })),
    }
}

/// The INSERT runs in a transaction. An asynchronous connection reports the end of a lone `INSERT … RETURNING` when its
/// rows arrive, which may be before the commit. The cache would not cache `person` until the connection's next
/// statement. The end of a COMMIT is reported after the commit.
async fn add(
    State(database): State<Database>,
    AsJson(naming): AsJson<Naming>,
) -> Result<(StatusCode, AsJson<Person>), Failure> {
    let name = naming.name()?;
    let person = on!(database, |conn| {
        conn.transaction(async |conn| {
            diesel::insert_into(person::table)
                .values(person::name.eq(&name))
                .returning(Person::as_returning())
                .get_result(conn)
                .await
        })
        .await?
    });
    Ok((StatusCode::CREATED, AsJson(person)))
}

/// The regions' statistics, as an HTML page.
async fn statistics(State(cache): State<Cache>) -> Html<String> {
    Html(page::render(&cache.stats()))
}

/// The metrics, for Prometheus.
async fn metrics(State(metrics): State<PrometheusHandle>) -> ([(HeaderName, &'static str); 1], String) {
    (
        [(CONTENT_TYPE, "text/plain; version=0.0.4; charset=utf-8")],
        metrics.render(),
    )
}

/// Checks whether the service can work. It needs the database, even if the cache still has rows.
async fn health(State(database): State<Database>) -> Result<&'static str, Failure> {
    on!(database, |conn| {
        let alive = diesel::select(1_i32.into_sql::<diesel::sql_types::Integer>());
        alive.get_result::<i32>(conn).await?
    });
    Ok("ok\n")
}
