//! The safeguards, each of which is left out in turn.

/// A safeguard that is left out.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) enum Mutation {
    /// The protocol as it is.
    None,

    // Writers.
    /// A fence is not published to the other members.
    NoFence,
    /// A writer does not wait for the acknowledgements.
    NoAcks,
    /// A writer does not wait for a lease to pass before it expires the members that have not acknowledged its fence.
    ExpireAtOnce,
    /// A dead writer's fence is lifted while its outcome is in doubt.
    LiftDoubt,
    /// An invalidation by hand does not wait for the acknowledgements.
    BumpAtOnce,
    /// Only one writer loses the coordinator, and the others still reach it.
    CutOff,

    // Members.
    /// A member still serves when its lease is over.
    NoLease,
    /// The lease of a member is renewed although it has not applied the newest fence.
    GrantUnacked,
    /// A member that joins again forgets the fences of its own writers.
    ForgetOwn,
    /// A member subscribes to the events after it has its snapshot.
    SubscribeLate,
    /// A member applies the events after a gap.
    IgnoreGap,
    /// A member that serves stale rows does not heed the fences of its own writers.
    StaleWithoutOwn,
    /// A request to join acknowledges the fences of the snapshot, which the member may never receive.
    JoinAcks,

    // A new epoch.
    /// A new epoch is not young.
    NoYoung,
    /// The first stage does not wait for the leases of the epoch before.
    NoStageOne,
    /// A writer sends in the first stage.
    SendInStageOne,
    /// Members serve and store in the second stage.
    ServeInStageTwo,
    /// The second stage does not wait for writes that are in doubt.
    NoDoubtGrace,
    /// A survivor is authoritative although its lease was over when it joined.
    TrustAnySurvivor,
    /// A request to join counts in any epoch, so that the lease of a survivor may have been valid only before the loss.
    AnyEpoch,
    /// A member that joins a new epoch keeps what it knows of the one before to itself.
    NoUpload,
    /// Acknowledgements of the epoch before count.
    StaleAcks,
    /// The epoch goes on although the coordinator has heard nobody for the length of a lease.
    NoLapse,
    /// A process that has written without the coordinator does not come back within the first stage.
    StayAway,
}
