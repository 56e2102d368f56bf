//! The scripts of the coordinator. Each runs as a whole, or not at all.

/// A script, by its place in [`TEXTS`].
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Script {
    Join,
    Ack,
    Fence,
    Lift,
    Bump,
    Expire,
    Recover,
    Shape,
    Vouch,
    Mature,
    Leave,
    Discard,
}

macro_rules! of_member {
    ($file:literal) => {
        concat!(
            include_str!("scripts/common.lua"),
            include_str!("scripts/prelude.lua"),
            include_str!($file)
        )
    };
}

/// The texts, in the order of [`Script`].
pub(super) const TEXTS: [&str; 12] = [
    concat!(include_str!("scripts/common.lua"), include_str!("scripts/join.lua")),
    of_member!("scripts/ack.lua"),
    of_member!("scripts/fence.lua"),
    of_member!("scripts/lift.lua"),
    of_member!("scripts/bump.lua"),
    of_member!("scripts/expire.lua"),
    of_member!("scripts/recover.lua"),
    of_member!("scripts/shape.lua"),
    of_member!("scripts/vouch.lua"),
    of_member!("scripts/mature.lua"),
    of_member!("scripts/leave.lua"),
    concat!(include_str!("scripts/common.lua"), include_str!("scripts/discard.lua")),
];
