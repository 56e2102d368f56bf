//! Departures from the protocol: mistakes, each of which has a counter-example, and economies, without which the
//! promise still holds.

/// One departure from the protocol.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Mutation {
    /// The protocol as it is.
    None,

    // Of writers.
    /// No fence: a new generation after the commit, and nothing before.
    NoFence,
    /// A new generation at the statement, before the commit, and nothing after.
    BumpAtStatement,
    /// The lift clears the bit before it raises the generation.
    LiftClearsFirst,
    /// A fence in doubt is lifted at once.
    LiftDoubtAtOnce,
    /// In a process of two connections, each lift clears the bit that both share.
    EveryLiftClears,
    /// In a process of two connections, only the lift that clears the bit raises the generation.
    OnlyLastLiftBumps,
    /// Connections of one process fence and lift outside its mutex.
    NoMutex,
    /// A dead writer's id is claimed by another process as it is, fences and all.
    ClaimUnrecovered,

    // Of recovery.
    /// Recovery clears bits, and leaves the generations.
    RecoveryWithoutBump,
    /// Recovery clears each bit before it raises the generation.
    RecoveryClearsFirst,
    /// Recovery frees the id before it lifts the fences.
    RecoveryFreesFirst,
    /// Recovery does not take the writer's lock.
    RecoverTheLiving,

    // Of loads.
    /// The stamp is taken after the query.
    StampAfterQuery,
    /// A check reads the generation before the fences.
    GenerationFirst,
    /// A hit checks only the generation.
    HitIgnoresFences,
    /// The stamp of a join holds one of its tables.
    StampForgetsTable,
    /// A waiter of a flight takes the leader's rows without checking their stamp.
    WaiterTakesUnseen,
    /// A load inside a transaction stores what its snapshot shows.
    StoreInTransaction,

    // Economies: the promise holds without them.
    /// Rows are stored without checking their stamp again. The stamp is still the one from before the query.
    StoreUnchecked,
    /// The stamp is taken whether there are fences or not.
    StampIgnoresFences,
    /// Both of these.
    StoreUncheckedStampIgnoresFences,
}
