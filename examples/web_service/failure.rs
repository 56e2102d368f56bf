//! Errors, as a status and `{"error": "…"}`.

use axum::Json;
use axum::extract::rejection::{JsonRejection, PathRejection, QueryRejection};
use axum::extract::{FromRequest, FromRequestParts};
use axum::http::StatusCode;
use axum::response::{IntoResponse, Response};
use diesel_async::pooled_connection::deadpool::PoolError;
use diesel_cache::LoadFromError;
use serde::Serialize;

/// The reason why a request failed.
#[derive(Debug)]
pub(crate) enum Failure {
    /// There is no such route or row.
    NotFound,
    /// The route has another method.
    WrongMethod,
    /// The content is invalid.
    Invalid(String),
    /// axum could not read the request.
    Rejected(StatusCode, String),
    /// The pool had no connection within its timeout.
    Unavailable(PoolError),
    /// The database returned an error.
    Database(diesel::result::Error),
}

impl IntoResponse for Failure {
    fn into_response(self) -> Response {
        let (status, error) = match self {
            Self::NotFound => (StatusCode::NOT_FOUND, "not found".into()),
            Self::WrongMethod => (StatusCode::METHOD_NOT_ALLOWED, "not with this method".into()),
            Self::Invalid(why) => (StatusCode::UNPROCESSABLE_ENTITY, why),
            Self::Rejected(status, why) => (status, why),
            // A database's error may contain details that clients should not see, so it is only logged.
            Self::Unavailable(error) => {
                tracing::warn!(%error, "no connection");
                (StatusCode::SERVICE_UNAVAILABLE, "the database is not available".into())
            }
            Self::Database(error) => {
                tracing::error!(%error, "a query failed");
                (StatusCode::INTERNAL_SERVER_ERROR, "the database could not do it".into())
            }
        };
        (status, AsJson(Problem { error })).into_response()
    }
}

#[derive(Serialize)]
struct Problem {
    error: String,
}

impl From<PoolError> for Failure {
    fn from(error: PoolError) -> Self {
        Self::Unavailable(error)
    }
}

impl From<diesel::result::Error> for Failure {
    fn from(error: diesel::result::Error) -> Self {
        match error {
            diesel::result::Error::NotFound => Self::NotFound,
            error => Self::Database(error),
        }
    }
}

/// The error of a load that takes its connection itself.
impl From<LoadFromError<PoolError>> for Failure {
    fn from(error: LoadFromError<PoolError>) -> Self {
        match error {
            LoadFromError::Connection(error) => error.into(),
            LoadFromError::Query(error) => error.into(),
        }
    }
}

/// axum's `Json`, with this module's rejections. The next two are similar.
#[derive(Debug, FromRequest)]
#[from_request(via(Json), rejection(Failure))]
pub(crate) struct AsJson<T>(pub(crate) T);

impl<T: Serialize> IntoResponse for AsJson<T> {
    fn into_response(self) -> Response {
        Json(self.0).into_response()
    }
}

/// Parameters from the path.
#[derive(Debug, FromRequestParts)]
#[from_request(via(axum::extract::Path), rejection(Failure))]
pub(crate) struct InPath<T>(pub(crate) T);

/// Parameters from the query string.
#[derive(Debug, FromRequestParts)]
#[from_request(via(axum::extract::Query), rejection(Failure))]
pub(crate) struct InQuery<T>(pub(crate) T);

macro_rules! rejected {
    ($($rejection:ty)*) => {$(
        impl From<$rejection> for Failure {
            fn from(rejection: $rejection) -> Self {
                Self::Rejected(rejection.status(), rejection.body_text())
            }
        }
    )*};
}

rejected!(JsonRejection PathRejection QueryRejection);
