//! The context of a query: everything beside the query itself that determines its key and its footprint. It can be
//! remembered for the connections of a pool, so that a load does not need a connection to know it.

use std::sync::Arc;

use super::context::ConnectionContext;
use crate::Cache;
use crate::footprint::Shapes;

/// Where connections lead, their settings, and the shapes of their tables. Together with the query, these determine the
/// query's key and footprint.
#[derive(Clone, Debug)]
pub(crate) struct QueryContext {
    context: ConnectionContext,
    version: u64,
    shapes: Option<Arc<Shapes>>,
}

/// The relation between the context of one connection and that of others.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) enum Relation {
    /// The contexts are equal.
    Same,
    /// The connection has more settings, or one that no other connection can have.
    Departed,
    /// The others have more settings.
    Original,
    /// They lead to different places, or have different settings.
    Foreign,
}

impl QueryContext {
    pub(super) fn new(context: ConnectionContext, cache: &Cache) -> Self {
        let catalogs = &cache.core().catalogs;
        let version = catalogs.version();
        let shapes = catalogs.shapes(cache.namespace_of_handle(), context.home());
        Self {
            shapes: shapes.filter(|_| !context.may_mean_other_tables()),
            version,
            context,
        }
    }

    /// Returns the same context, with the shapes that the cache knows now.
    pub(crate) fn refreshed(&self, cache: &Cache) -> Self {
        Self::new(self.context.clone(), cache)
    }

    /// Returns the part of the key.
    #[inline]
    pub(crate) fn as_str(&self) -> &str {
        self.context.as_str()
    }

    /// Returns the version of the catalogs that the shapes come from.
    #[inline]
    pub(crate) fn version(&self) -> u64 {
        self.version
    }

    #[inline]
    pub(crate) fn shapes(&self) -> Option<&Arc<Shapes>> {
        self.shapes.as_ref()
    }

    /// Returns `true` if no other connection can have this context.
    pub(crate) fn is_unshared(&self) -> bool {
        self.context.is_unshared()
    }

    /// Returns `true` if keys made with this context are those of the connection.
    pub(crate) fn is_context_of(&self, connection: &Self) -> bool {
        self.relation(connection) == Relation::Same
    }

    /// Relates the context of a connection to this one, that of others.
    pub(crate) fn relation(&self, connection: &Self) -> Relation {
        let (ours, theirs) = (&self.context, &connection.context);
        match () {
            () if ours == theirs => Relation::Same,
            () if theirs.is_unshared() || theirs.extends(ours) => Relation::Departed,
            () if ours.extends(theirs) => Relation::Original,
            () => Relation::Foreign,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::sql::{SessionChange, SettingValue};

    fn context_at(home: &str, settings: &[(&str, &str)]) -> QueryContext {
        let mut context = ConnectionContext::at(home);
        for (name, value) in settings {
            context.follow(&SessionChange::Set {
                name: (*name).into(),
                value: SettingValue::Written((*value).into()),
                local: false,
            });
        }
        QueryContext {
            context,
            version: 0,
            shapes: None,
        }
    }

    #[test]
    fn a_connection_that_has_more_settings_has_departed() {
        let (plain, zoned) = (context_at("a", &[]), context_at("a", &[("timezone", "utc")]));
        let tenant = context_at("a", &[("timezone", "utc"), ("search_path", "one")]);
        let other = context_at("a", &[("timezone", "utc"), ("search_path", "two")]);
        assert_eq!(zoned.relation(&context_at("a", &[("timezone", "utc")])), Relation::Same);
        assert_eq!(plain.relation(&zoned), Relation::Departed);
        assert_eq!(zoned.relation(&tenant), Relation::Departed);
        assert_eq!(tenant.relation(&zoned), Relation::Original);
        assert_eq!(tenant.relation(&other), Relation::Foreign);
        assert_eq!(
            zoned.relation(&context_at("b", &[("timezone", "utc")])),
            Relation::Foreign
        );
    }

    #[test]
    fn a_connection_that_nobody_can_be_like_has_departed() {
        let zoned = context_at("a", &[("timezone", "utc")]);
        let mut lost = zoned.clone();
        lost.context.follow(&SessionChange::Unknown);
        assert!(lost.is_unshared() && !zoned.is_unshared());
        assert_eq!(zoned.relation(&lost), Relation::Departed);
        assert!(
            context_at("?1.0", &[]).is_unshared(),
            "a database that is its connection's own"
        );
    }
}
