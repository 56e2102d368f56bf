//! The routes and their handlers.

use axum::extract::{FromRef, Path, Query, State};
use axum::http::header::CONTENT_TYPE;
use axum::http::{HeaderName, StatusCode};
use axum::middleware::map_response;
use axum::response::Html;
use axum::routing::get;
use axum::{Json, Router};
use diesel::dsl::count;
use diesel::prelude::*;
use diesel_async::{AsyncConnection, RunQueryDsl};
use diesel_cache::prelude::*;
use diesel_cache_examples::schema::{address, city, country, person, postal_code};
use metrics_exporter_prometheus::PrometheusHandle;

use crate::database::{Database, of, on};
use crate::failure::{Failure, in_json};
use crate::model::{Address, Cluster, Naming, Person, Range, Resident, Summary};
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
        .route("/summary", get(summary))
        .route("/cache", get(statistics))
        .route("/cluster", get(cluster))
        .route("/metrics", get(metrics))
        .route("/health", get(health))
        .route("/ready", get(ready))
        .layer(map_response(in_json))
        .with_state(app)
}

/// A cached list, which takes a connection of the pool only if it is not cached. It has two queries rather than a boxed
/// one, because the SQL of such a query is known after its first load, and a hit does not render it.
async fn list(State(database): State<Database>, Query(range): Query<Range>) -> Result<Json<Vec<Person>>, Failure> {
    let (from, to) = range.ends()?;
    of!(database, |pool| {
        let people = person::table
            .filter(person::name.ge(from))
            .order(person::id)
            .select(Person::as_select())
            .cached("lists");
        Ok(Json(match to {
            None => people.load_from(pool).await?,
            Some(to) => people.filter(person::name.le(to)).load_from(pool).await?,
        }))
    })
}

/// One person, with full addresses.
async fn show(State(database): State<Database>, Path(id): Path<i32>) -> Result<Json<Resident>, Failure> {
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
        Ok(Json(Resident { person, addresses }))
    })
}

/// A value of two queries, created by one of all the callers that miss it. A write to one of the tables invalidates it.
async fn summary(State(cache): State<Cache>, State(database): State<Database>) -> Result<Json<Summary>, Failure> {
    let summaries = cache
        .region("default")?
        .depends_on(["person", "address", "postal_code", "city", "country"]);
    let create = async || {
        on!(database, |conn| {
            let homes =
                address::table.inner_join(postal_code::table.inner_join(city::table.inner_join(country::table)));
            let countries = homes.group_by(country::name).order(country::name);
            Ok(Summary {
                people: person::table.count().get_result(conn).await?,
                people_by_country: countries
                    .select((country::name, count(address::person_id).aggregate_distinct()))
                    .load(conn)
                    .await?,
            })
        })
    };
    summaries.get_or_create_async("summary", create).await.map(Json)
}

/// No code here calls the cache, because the cache observes the connection. When the response is sent, every entry that
/// depends on `person` is invalid, in this process and in every process that shares the directory or the cluster.
async fn rename(
    State(database): State<Database>,
    Path(id): Path<i32>,
    Json(naming): Json<Naming>,
) -> Result<Json<Person>, Failure> {
    let name = naming.name()?;
    let rename = diesel::update(person::table.find(id)).set(person::name.eq(&name));
    match on!(database, |conn| rename.execute(conn).await?) {
        0 => Err(Failure::NotFound),
        _ => Ok(Json(Person { id, name })),
    }
}

/// The INSERT runs in a transaction. An asynchronous connection reports the end of a lone `INSERT … RETURNING` when its
/// rows arrive, which may be before the commit. The cache would not cache `person` until the connection's next
/// statement. The end of a COMMIT is reported after the commit.
async fn add(
    State(database): State<Database>,
    Json(naming): Json<Naming>,
) -> Result<(StatusCode, Json<Person>), Failure> {
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
    Ok((StatusCode::CREATED, Json(person)))
}

/// What the regions and the statements have done, as an HTML page.
async fn statistics(State(cache): State<Cache>) -> Html<String> {
    Html(page::render(&cache.stats(), &cache.statements()))
}

/// How things stand with the instances on other machines, for programs; `null` if there are none.
async fn cluster(State(cache): State<Cache>) -> Json<Option<Cluster>> {
    Json(cache.cluster().map(Cluster::from))
}

/// The metrics, for Prometheus.
async fn metrics(State(metrics): State<PrometheusHandle>) -> ([(HeaderName, &'static str); 1], String) {
    (
        [(CONTENT_TYPE, "text/plain; version=0.0.4; charset=utf-8")],
        metrics.render(),
    )
}

/// Whether the service can answer, be it from the cache alone: what a load balancer asks. It has a summary for as long as
/// nothing writes, even if the database is down.
///
/// A service that has lost its cluster answers, too: from the database. So that is shown, and is no failure.
async fn ready(State(cache): State<Cache>, database: State<Database>) -> Result<String, Failure> {
    let Json(_) = summary(State(cache.clone()), database).await?;
    Ok(match cache.cluster() {
        None => "ready\n".to_owned(),
        Some(status) => format!("ready\n{status}\n"),
    })
}

/// Whether the database answers, even if the cache has rows: what wakes somebody up.
async fn health(State(database): State<Database>) -> Result<&'static str, Failure> {
    on!(database, |conn| {
        let alive = diesel::select(1_i32.into_sql::<diesel::sql_types::Integer>());
        alive.get_result::<i32>(conn).await?
    });
    Ok("ok\n")
}
