//! Why a call of the coordinator has failed.

use std::fmt;

use ::redis::{ErrorKind, RedisError, ServerErrorKind};

use crate::redis_server::explain;

/// Why a call has failed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Failure {
    /// No connection, or an error of the server.
    Server(String),
    /// No reply in time.
    TimedOut,
    /// The coordinator is in another epoch.
    OtherEpoch,
    /// The sentinels name another server, or none of them answers any more.
    Replaced(Option<String>),
    /// This process is no member: its lease was over.
    NotMember,
    /// Events are missing.
    Gap,
    /// This process ends, or its cache is dropped.
    Unwanted,
    /// The key of the state is used by another program.
    Foreign,
    /// The state was written by another version of this crate.
    Format(String),
    /// A reply or an event that this version does not understand.
    Malformed,
}

impl Failure {
    /// Returns `true` if the coordinator may be out of reach; `false` if it has answered.
    pub(super) fn is_out_of_reach(&self) -> bool {
        matches!(self, Self::Server(_) | Self::TimedOut | Self::Replaced(Some(_)))
    }
}

impl From<RedisError> for Failure {
    fn from(error: RedisError) -> Self {
        match error.kind() {
            ErrorKind::Server(ServerErrorKind::ResponseError) if error.code() == Some("WRONGTYPE") => Self::Foreign,
            ErrorKind::Extension if error.code() == Some("WRONGTYPE") => Self::Foreign,
            _ if error.is_timeout() => Self::TimedOut,
            _ => Self::Server(explain(&error)),
        }
    }
}

impl fmt::Display for Failure {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Server(error) => f.write_str(error),
            Self::TimedOut => f.write_str("no answer within the timeout"),
            Self::OtherEpoch => f.write_str("the coordinator has lost its state, or was replaced"),
            Self::Replaced(None) => f.write_str("the sentinels name another server"),
            Self::Replaced(Some(error)) => write!(f, "no sentinel confirms the server: {error}"),
            Self::NotMember => f.write_str("this process did not renew its lease in time"),
            Self::Gap => f.write_str("events were lost"),
            Self::Unwanted => f.write_str("this process is about to end"),
            Self::Foreign => f.write_str("the key of the cluster's state is in use for something else"),
            Self::Format(found) => write!(
                f,
                "the cluster's state has the format {found:?}, and this version reads 1"
            ),
            Self::Malformed => f.write_str("the coordinator's answer was not understood"),
        }
    }
}
