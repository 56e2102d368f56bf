//! How the connections of each database behave, as far as other rooms have to know.

/// How connections, transactions and prepared statements of a database behave.
#[derive(Debug)]
pub(crate) struct Behaviour {
    /// Statements run in this process. A statement that has returned, or whose connection is closed, is over, whatever
    /// its result.
    pub(crate) in_process: bool,
    /// Of a text that is prepared, only the first statement runs.
    pub(crate) prepares_first_alone: bool,
    /// A statement begins only after the one before has ended or was dropped. Otherwise several futures may share the
    /// connection.
    pub(crate) one_at_a_time: bool,
    /// After a statement was dropped, its answer may be taken for that of the next.
    pub(crate) mixes_up_answers: bool,
    /// The events of an asynchronous connection show the binds as Diesel has collected them.
    pub(crate) shows_collected_binds: bool,
    /// A plain write has locked one of the tables that it names before its beginning is reported.
    pub(crate) locks_first: bool,
    /// After an error, a transaction refuses everything but its end. Otherwise an error may end it.
    pub(crate) refuses_after_error: bool,
    /// A text of several statements is one transaction. `None` if that is not known.
    pub(crate) joins_statements: Option<bool>,
    /// A rollback undoes the settings that were made in the transaction. `None` if that is not known.
    pub(crate) rolls_back_settings: Option<bool>,
    /// A query tells whether a setting has the value of a new connection.
    pub(crate) tells_defaults: bool,
    /// Prepared statements keep the database, the grammar and the collation for which they were prepared.
    pub(crate) statements_keep_settings: bool,
    /// A savepoint outside a transaction begins one. `None` if that is not known.
    pub(crate) savepoint_begins: Option<bool>,
    /// Names of savepoints are compared by a collation, which may take two of them for one if they are not ASCII.
    pub(crate) savepoints_have_collation: bool,
    /// The largest number of values that a statement can bind.
    pub(crate) max_binds: usize,
    /// A list of values can be bound as one array.
    pub(crate) binds_arrays: bool,
}

/// A database that is not known. Where a wrong guess could lead to a wrong row, it has the safer behaviour. It is taken
/// for a server, whose fences stay for the grace.
pub(super) static UNKNOWN: Behaviour = Behaviour {
    in_process: false,
    prepares_first_alone: false,
    one_at_a_time: false,
    mixes_up_answers: true,
    shows_collected_binds: false,
    locks_first: false,
    refuses_after_error: false,
    joins_statements: None,
    rolls_back_settings: None,
    tells_defaults: false,
    statements_keep_settings: true,
    savepoint_begins: None,
    savepoints_have_collation: true,
    // What all databases can bind.
    max_binds: 999,
    binds_arrays: false,
};

impl Behaviour {
    /// Returns `true` unless it is known that a rollback keeps settings.
    pub(crate) fn may_roll_back_settings(&self) -> bool {
        self.rolls_back_settings != Some(false)
    }
}
