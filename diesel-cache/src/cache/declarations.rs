//! What users declare about their databases, in addition to what the catalogs say.

use super::CacheBuilder;
use crate::sql::{Column, Operations, SideEffect, Tables, Writes, canonical};

impl CacheBuilder {
    /// Declares that a write to `table` may change the tables `changed`: by cascading keys, by a trigger, or by
    /// application code.
    ///
    /// Any write to `table` then invalidates the entries that depend on `changed`. Declarations add up, and are
    /// followed over any number of steps. They hold in every namespace, in addition to what
    /// [`Cache::introspect`](crate::Cache::introspect) finds. Names are written as in SQL; only the last component
    /// counts.
    ///
    /// ```
    /// use diesel_cache::Cache;
    ///
    /// let cache = Cache::builder().cascades("person", ["address", "phone"]).build()?;
    /// # Ok::<(), diesel_cache::Error>(())
    /// ```
    pub fn cascades<I>(mut self, table: impl AsRef<str>, changed: I) -> Self
    where
        I: IntoIterator,
        I::Item: AsRef<str>,
    {
        self.facts.add_changed(canonical(table.as_ref()), &all(changed));
        self
    }

    /// Declares that a load of `view` reads `tables`, and that a write to `view` changes them.
    ///
    /// Declarations add up, and are followed over any number of steps: a view of a view needs to name only the inner
    /// view. They hold in every namespace, in addition to what [`Cache::introspect`](crate::Cache::introspect) finds.
    ///
    /// ```
    /// use diesel_cache::Cache;
    ///
    /// let cache = Cache::builder().view("order_view", ["orders", "lines"]).build()?;
    /// # Ok::<(), diesel_cache::Error>(())
    /// ```
    pub fn view<I>(mut self, view: impl AsRef<str>, tables: I) -> Self
    where
        I: IntoIterator,
        I::Item: AsRef<str>,
    {
        let (view, tables) = (canonical(view.as_ref()), all(tables));
        self.facts.add_changed(view.clone(), &tables);
        self.facts.add_shown(view, &tables);
        self
    }

    /// Declares that `function` may write `tables`. A SELECT that calls the function then invalidates them, as an
    /// UPDATE does.
    ///
    /// The text of a statement does not show what its functions do. [`Cache::introspect`](crate::Cache::introspect)
    /// reads the bodies of functions that are written in SQL or a procedural language. Declare other functions, and
    /// those of databases that are not introspected. A cached query that calls such a function always queries the
    /// database ([`BypassReason::SideEffects`](crate::BypassReason::SideEffects)), because a hit would skip the
    /// function's effect.
    ///
    /// Declarations add up, and hold in every namespace, in addition to what `introspect` finds. A declaration replaces
    /// an assumption: until it is declared, a function that builds its statements at run time counts as writing every
    /// table and changing the session. An empty list declares that the function writes no table. Names are written as
    /// in SQL; only the last component counts.
    ///
    /// ```
    /// use diesel_cache::Cache;
    ///
    /// let cache = Cache::builder().function_writes("refresh_downloads", ["downloads"]).build()?;
    /// # Ok::<(), diesel_cache::Error>(())
    /// ```
    pub fn function_writes<I>(mut self, function: impl AsRef<str>, tables: I) -> Self
    where
        I: IntoIterator,
        I::Item: AsRef<str>,
    {
        let effect = SideEffect::writing(Writes::to(&all(tables), &Operations::ALL));
        self.side_effects.declare_call(canonical(function.as_ref()), &effect);
        self
    }

    /// Declares that `function` may change what later statements on its connection mean: it calls `set_config`, sets a
    /// role, a search path or a user variable, or creates a temporary table.
    ///
    /// After a call of the function, the connection shares entries with no other, because no key contains what the
    /// function has set. A cached query that calls it always queries the database. Everything else is as for
    /// [`function_writes`](Self::function_writes).
    ///
    /// ```
    /// use diesel_cache::Cache;
    ///
    /// let cache = Cache::builder().function_changes_session("enter_tenant").build()?;
    /// # Ok::<(), diesel_cache::Error>(())
    /// ```
    pub fn function_changes_session(mut self, function: impl AsRef<str>) -> Self {
        let effect = SideEffect {
            changes_session: true,
            ..SideEffect::NONE
        };
        self.side_effects.declare_call(canonical(function.as_ref()), &effect);
        self
    }

    /// Sets whether a write invalidates only those entries whose rows it may have changed, where that is known.
    /// Defaults to `true`.
    ///
    /// It takes effect for the databases that are [introspected](crate::Cache::introspect), since their catalogs say
    /// which columns identify rows; see [What a write invalidates](crate::guide::rows). With `false`, a write to a
    /// table invalidates every entry that depends on the table.
    ///
    /// ```
    /// use diesel_cache::Cache;
    ///
    /// let cache = Cache::builder().row_precision(false).build()?;
    /// # Ok::<(), diesel_cache::Error>(())
    /// ```
    pub fn row_precision(mut self, on: bool) -> Self {
        self.rows.is_off = !on;
        self
    }

    /// Declares that a write to `table` invalidates every entry that depends on the table, whichever rows it changes.
    /// This does for one table what [`row_precision(false)`](Self::row_precision) does for all.
    ///
    /// Use it for a table whose keys are bound by a Rust type whose `Debug` prints another integer than the one that it
    /// binds.
    ///
    /// ```
    /// use diesel_cache::Cache;
    ///
    /// let cache = Cache::builder().whole_table("audit_log").build()?;
    /// # Ok::<(), diesel_cache::Error>(())
    /// ```
    pub fn whole_table(mut self, table: impl AsRef<str>) -> Self {
        self.rows.whole.insert(canonical(table.as_ref()));
        self
    }

    /// Declares that these columns of `table` change often, and that few queries read them: a counter of visits, the
    /// time of the last one.
    ///
    /// An UPDATE that sets no other columns then leaves the entries of queries that read none of these columns valid. A
    /// query reads them if it names one of them anywhere, or if it may read columns that it does not name: by `SELECT
    /// *`, by a function that is given a whole row, or through a view. Declarations of one table add up.
    ///
    /// It has no effect on a table where an UPDATE of these columns changes others, by a trigger, a generated column or
    /// MySQL's `ON UPDATE CURRENT_TIMESTAMP`. It takes effect for the databases that are
    /// [introspected](crate::Cache::introspect), with [`row_precision`](Self::row_precision), in every process that
    /// declares the same columns. An UPDATE by a process that does not declare them invalidates the entries.
    ///
    /// ```
    /// use diesel_cache::Cache;
    ///
    /// let cache = Cache::builder().volatile("person", ["last_seen_at", "visits"]).build()?;
    /// # Ok::<(), diesel_cache::Error>(())
    /// ```
    pub fn volatile<I>(mut self, table: impl AsRef<str>, columns: I) -> Self
    where
        I: IntoIterator,
        I::Item: AsRef<str>,
    {
        let all = self.rows.volatile.entry(canonical(table.as_ref())).or_default();
        all.extend(columns.into_iter().map(|column| canonical(column.as_ref())));
        self
    }

    /// Declares that queries look for rows of `table` by these columns together, beside its unique and foreign keys.
    ///
    /// A query with a constant for each of them then depends on those rows alone. Every declaration makes a write to
    /// the table move one more slot. The columns must be integers, booleans, or UUIDs of PostgreSQL; otherwise the
    /// declaration has no effect. It takes effect for the databases that are [introspected](crate::Cache::introspect).
    ///
    /// ```
    /// use diesel_cache::Cache;
    ///
    /// let cache = Cache::builder().rows_by("comment", ["thread_number"]).build()?;
    /// # Ok::<(), diesel_cache::Error>(())
    /// ```
    pub fn rows_by<I>(mut self, table: impl AsRef<str>, columns: I) -> Self
    where
        I: IntoIterator,
        I::Item: AsRef<str>,
    {
        let mut columns: Vec<Column> = columns.into_iter().map(|column| canonical(column.as_ref())).collect();
        columns.sort_unstable();
        columns.dedup();
        self.rows.by.push((canonical(table.as_ref()), columns));
        self
    }
}

fn all<I>(tables: I) -> Tables
where
    I: IntoIterator,
    I::Item: AsRef<str>,
{
    tables.into_iter().map(|table| canonical(table.as_ref())).collect()
}
