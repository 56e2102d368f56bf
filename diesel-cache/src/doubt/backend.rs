//! Backends whose sessions have identities.

use diesel::QueryResult;
use diesel::backend::Backend;
use diesel::connection::LoadConnection;
#[cfg(any(feature = "postgres", feature = "mysql"))]
use diesel::{RunQueryDsl, expression::SqlLiteral, query_dsl::methods::LoadQuery, sql_types::BigInt};

/// A backend whose connections can be [identified](crate::Cache::identify): `Sqlite`, `Pg` and `Mysql`, each under the
/// feature of its name.
///
/// Functions that are generic over the connection write it as a bound: `C: LoadConnection<Backend: SessionBackend>`. It
/// cannot be implemented outside this crate.
pub trait SessionBackend: Identify {}

impl<DB: Identify> SessionBackend for DB {}

pub trait Identify: Backend + Sized {
    /// Returns the server and the session of this connection; `None` for a database whose statements cannot commit
    /// after the death of the process.
    fn session_of<Conn: LoadConnection<Backend = Self>>(conn: &mut Conn) -> QueryResult<Option<(u64, u64)>>;

    /// Returns the query for both, if the backend has one.
    fn session_query() -> Option<String>;
}

/// Queries the server and the session.
#[cfg(any(feature = "postgres", feature = "mysql"))]
pub(super) fn read<'query, Conn>(conn: &mut Conn) -> QueryResult<Option<(u64, u64)>>
where
    Conn: LoadConnection<Backend: Identify>,
    SqlLiteral<(BigInt, BigInt)>: LoadQuery<'query, Conn, (i64, i64)>,
{
    let Some(sql) = Conn::Backend::session_query() else {
        return Ok(None);
    };
    let (server, session) = diesel::dsl::sql(&sql).get_result::<(i64, i64)>(conn)?;
    Ok(Some((server.cast_unsigned(), session.cast_unsigned())))
}

#[cfg(feature = "sqlite")]
impl Identify for diesel::sqlite::Sqlite {
    fn session_of<Conn: LoadConnection<Backend = Self>>(_: &mut Conn) -> QueryResult<Option<(u64, u64)>> {
        Ok(None)
    }

    fn session_query() -> Option<String> {
        None
    }
}
