//! What the coordinator has yet to be told by this process.

use super::commands::Call;
use super::failure::Failure;
use super::mirror::Mirror;
use super::publish::moved;
use super::scripts::Script;
use super::state::State;
use super::wire::encode_slots;

/// Tells the coordinator which writes of this process are over.
pub(super) fn lift(state: &State, mirror: &Mirror) -> Result<(), Failure> {
    let (mut over, mut arguments) = (Vec::new(), Vec::new());
    {
        let held = state.held();
        for (number, slots) in held.over() {
            over.push(number);
            arguments.push(held.id(number).to_string().into_bytes());
            arguments.push(encode_slots(slots));
        }
    }
    if over.is_empty() {
        return Ok(());
    }
    let script = Script::Lift;
    state.call(mirror, Call { script, arguments })?;
    state.held().forget(over);
    Ok(())
}

/// Moves what has been invalidated while there was no coordinator.
pub(super) fn pay(state: &State, mirror: &Mirror) -> Result<(), Failure> {
    let (owed, until) = state.held().owed();
    if owed.is_empty() {
        return Ok(());
    }
    let call = Call {
        script: Script::Bump,
        arguments: vec![encode_slots(&owed)],
    };
    let reply = state.call(mirror, call)?;
    mirror.set_all(&moved(&reply)?);
    state.held().pay(until);
    Ok(())
}
