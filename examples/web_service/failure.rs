//! Errors, as a status and `{"error": "…"}`.

use std::collections::BTreeMap;

use axum::Json;
use axum::body::to_bytes;
use axum::http::StatusCode;
use axum::http::header::ALLOW;
use axum::response::{IntoResponse, Response};
use diesel::result::Error::NotFound;
use diesel_async::pooled_connection::deadpool::PoolError;
use diesel_cache::LoadFromError;

/// The reason why a request failed.
#[derive(Debug)]
pub(crate) enum Failure {
    /// There is no such row.
    NotFound,
    /// The content is invalid.
    Invalid(&'static str),
    /// The pool had no connection within its timeout.
    Unavailable(PoolError),
    /// The database returned an error.
    Database(diesel::result::Error),
    /// The cache was used in a wrong way.
    Cache(diesel_cache::Error),
}

impl IntoResponse for Failure {
    fn into_response(self) -> Response {
        let answer = match self {
            Self::NotFound => (StatusCode::NOT_FOUND, "not found"),
            Self::Invalid(why) => (StatusCode::UNPROCESSABLE_ENTITY, why),
            // An error may contain details that clients should not see, so it is only logged.
            Self::Unavailable(error) => {
                tracing::warn!(%error, "no connection");
                (StatusCode::SERVICE_UNAVAILABLE, "the database is not available")
            }
            Self::Database(error) => {
                tracing::error!(%error, "a query failed");
                (StatusCode::INTERNAL_SERVER_ERROR, "the database could not do it")
            }
            Self::Cache(error) => {
                tracing::error!(%error, "a mistake in this program");
                (StatusCode::INTERNAL_SERVER_ERROR, "the service could not do it")
            }
        };
        answer.into_response()
    }
}

impl From<diesel::result::Error> for Failure {
    fn from(error: diesel::result::Error) -> Self {
        match error {
            NotFound => Self::NotFound,
            error => Self::Database(error),
        }
    }
}

impl From<diesel_cache::Error> for Failure {
    fn from(error: diesel_cache::Error) -> Self {
        Self::Cache(error)
    }
}

/// The error of a load that takes its connection itself.
impl From<LoadFromError<PoolError>> for Failure {
    fn from(error: LoadFromError<PoolError>) -> Self {
        match error {
            LoadFromError::Connection(error) => Self::Unavailable(error),
            LoadFromError::Query(error) => error.into(),
        }
    }
}

/// Puts the text of an error into JSON: of a [`Failure`], and of a request that axum could not read.
pub(crate) async fn in_json(response: Response) -> Response {
    let (parts, body) = response.into_parts();
    if !parts.status.is_client_error() && !parts.status.is_server_error() {
        return Response::from_parts(parts, body);
    }
    let text = to_bytes(body, 10_000).await.unwrap_or_default();
    let error = match parts.status.canonical_reason() {
        Some(reason) if text.is_empty() => reason.to_lowercase(),
        _ => String::from_utf8_lossy(&text).into_owned(),
    };
    let mut answer = (parts.status, Json(BTreeMap::from([("error", error)]))).into_response();
    if let Some(methods) = parts.headers.get(ALLOW) {
        answer.headers_mut().insert(ALLOW, methods.clone());
    }
    answer
}
