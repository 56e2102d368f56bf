//! Everything that goes wrong, as a status and `{"error": "…"}`.

use axum::Json;
use axum::extract::rejection::{JsonRejection, PathRejection, QueryRejection};
use axum::extract::{FromRequest, FromRequestParts};
use axum::http::StatusCode;
use axum::response::{IntoResponse, Response};
use diesel_async::pooled_connection::deadpool::PoolError;
use serde::Serialize;

/// Why a request has no better answer.
#[derive(Debug)]
pub(crate) enum Failure {
    /// Nothing is at this address.
    NotFound,
    /// There is something, for another method.
    WrongMethod,
    /// The content makes no sense.
    Invalid(String),
    /// axum could not read the request.
    Rejected(StatusCode, String),
    /// No connection to the database within the time that the pool allows.
    Unavailable(PoolError),
    /// The database says no.
    Database(diesel::result::Error),
}

impl IntoResponse for Failure {
    fn into_response(self) -> Response {
        let (status, error) = match self {
            Self::NotFound => (StatusCode::NOT_FOUND, "not found".into()),
            Self::WrongMethod => (StatusCode::METHOD_NOT_ALLOWED, "not with this method".into()),
            Self::Invalid(why) => (StatusCode::UNPROCESSABLE_ENTITY, why),
            Self::Rejected(status, why) => (status, why),
            // What a database says may hold what strangers should not see: it is for the log.
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

/// axum's `Json`, whose rejections are ours; likewise the other two.
#[derive(Debug, FromRequest)]
#[from_request(via(Json), rejection(Failure))]
pub(crate) struct AsJson<T>(pub(crate) T);

impl<T: Serialize> IntoResponse for AsJson<T> {
    fn into_response(self) -> Response {
        Json(self.0).into_response()
    }
}

/// What stands in the path.
#[derive(Debug, FromRequestParts)]
#[from_request(via(axum::extract::Path), rejection(Failure))]
pub(crate) struct InPath<T>(pub(crate) T);

/// What stands behind the question mark.
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
