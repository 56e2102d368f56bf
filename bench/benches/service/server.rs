//! The service in every variant. It reads a person with addresses, and writes a person.

use std::io::Read;
use std::path::Path;

use axum::extract::{self, State};
use axum::response::{IntoResponse, Response};
use axum::routing::get;
use axum::serve::ListenerExt;
use axum::{Json, Router};
use deadpool::Runtime;
use diesel::prelude::*;
use diesel_async::pooled_connection::deadpool::Pool;
use diesel_async::pooled_connection::{AsyncDieselConnectionManager, ManagerConfig, RecyclingMethod};
use diesel_async::{AsyncConnection, AsyncPgConnection, RunQueryDsl};
use diesel_cache::prelude::*;
use diesel_cache::{Cache, LazyPool};
use tokio::net::TcpListener;

use crate::handmade::Handmade;
use crate::model::*;
use crate::spawn::Lookups;
use crate::variant::Variant;

/// The size of the pool, as in the example `web_service`.
const CONNECTIONS: usize = 16;

#[derive(Clone, Debug)]
struct App {
    variant: Variant,
    cache: Cache,
    pool: LazyPool<Pool<AsyncPgConnection>>,
    handmade: Handmade,
}

/// Prints the service's address, and serves until the parent process ends.
pub(crate) fn run(variant: Variant, url: &str, directory: &Path) {
    std::thread::spawn(|| {
        let _ = std::io::stdin().read_to_end(&mut Vec::new());
        std::process::exit(0);
    });
    let runtime = tokio::runtime::Builder::new_multi_thread()
        .enable_all()
        .build()
        .unwrap();
    runtime.block_on(serve(variant, url, directory));
}

async fn serve(variant: Variant, url: &str, directory: &Path) {
    let region = match variant {
        Variant::LoadFromDisk => Region::disk("default"),
        _ => Region::memory("default"),
    };
    let cache = Cache::builder().directory(directory).region(region).build().unwrap();
    let pool = pool(url, (variant != Variant::NoCache).then(|| cache.clone()));
    cache.introspect_async(&mut *pool.get().await.unwrap()).await.unwrap();
    let app = App {
        variant,
        pool: cache.lazy_pool(pool),
        cache,
        handmade: Handmade::new(),
    };
    let router = Router::new()
        .route("/people/{id}", get(show).put(write))
        .route("/lookups", get(lookups))
        .with_state(app);
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    println!("{}", listener.local_addr().unwrap());
    let listener = listener.tap_io(|stream| stream.set_nodelay(true).unwrap());
    axum::serve(listener, router).await.unwrap();
}

fn pool(url: &str, cache: Option<Cache>) -> Pool<AsyncPgConnection> {
    let mut config = ManagerConfig::default();
    // `Fast` avoids a round trip at each checkout, which would make every variant but `load_from` slower.
    config.recycling_method = RecyclingMethod::Fast;
    config.custom_setup = Box::new(move |url| {
        let cache = cache.clone();
        let conn = AsyncPgConnection::establish(url);
        Box::pin(async move {
            let mut conn = conn.await?;
            if let Some(cache) = cache {
                cache.attach(&mut conn);
                cache.identify_async(&mut conn).await.unwrap();
            }
            Ok(conn)
        })
    });
    let manager = AsyncDieselConnectionManager::new_with_config(url, config);
    let pool = Pool::builder(manager).max_size(CONNECTIONS).runtime(Runtime::Tokio1);
    pool.build().unwrap()
}

async fn show(State(app): State<App>, extract::Path(id): extract::Path<i32>) -> Response {
    match app.variant {
        Variant::NoCache => Json(query(&app, id).await).into_response(),
        Variant::Load => Json(load(&app, id).await).into_response(),
        Variant::LoadFrom | Variant::LoadFromDisk => Json(load_from(&app, id).await).into_response(),
        Variant::Moka | Variant::MokaRemoves => Json(&*app.handmade.get(id, query(&app, id)).await).into_response(),
    }
}

async fn query(app: &App, id: i32) -> Resident {
    let conn = &mut app.pool.get().await.unwrap();
    Resident {
        person: person_by!(id).first(conn).await.unwrap(),
        addresses: addresses_of!(id).load(conn).await.unwrap(),
    }
}

async fn load(app: &App, id: i32) -> Resident {
    let conn = &mut app.pool.get().await.unwrap();
    Resident {
        person: person_by!(id).cached("default").first(conn).await.unwrap(),
        addresses: addresses_of!(id).cached("default").load(conn).await.unwrap(),
    }
}

async fn load_from(app: &App, id: i32) -> Resident {
    Resident {
        person: person_by!(id).cached("default").first_from(&app.pool).await.unwrap(),
        addresses: addresses_of!(id).cached("default").load_from(&app.pool).await.unwrap(),
    }
}

async fn write(
    State(app): State<App>,
    extract::Path(id): extract::Path<i32>,
    Json(Versioned { version }): Json<Versioned>,
) {
    let conn = &mut app.pool.get().await.unwrap();
    let row = diesel::update(person::table.find(id));
    row.set(person::version.eq(version)).execute(conn).await.unwrap();
    if app.variant == Variant::MokaRemoves {
        app.handmade.remove(id).await;
    }
}

/// Responds with the hits and misses of the service's cache.
async fn lookups(State(app): State<App>) -> String {
    let Lookups { hits, misses } = match app.variant {
        Variant::Moka | Variant::MokaRemoves => app.handmade.lookups(),
        _ => {
            let stats = app.cache.region("default").unwrap().stats();
            Lookups {
                hits: stats.hits(),
                misses: stats.misses(),
            }
        }
    };
    format!("{hits} {misses}")
}
