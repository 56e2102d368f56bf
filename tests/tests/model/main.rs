//! draft
mod mutation; mod promise; mod protocol; mod reader; mod recovery; mod search; mod state; mod step; mod worlds; mod writer;
use mutation::Mutation::{self, *};
use worlds::*;
use search::explore;
#[test]
fn measure() {
    for w in ALL {
        let t = std::time::Instant::now();
        match explore(w) { Ok(n) => println!("{}: {n} {:?}", w.name, t.elapsed()), Err(c) => println!("{}:\n{c}", w.name) }
    }
    for (m, w) in [(NoFence, AUTOCOMMIT), (BumpAtStatement, AUTOCOMMIT), (LiftClearsFirst, AUTOCOMMIT), (LiftDoubtAtOnce, LOST_CONNECTION),(LiftDoubtAtOnce, KILLED),
     (EveryLiftClears, SHARED_BIT), (OnlyLastLiftBumps, SHARED_BIT), (NoMutex, SHARED_BIT), (ClaimUnrecovered, KILLED), (RecoveryWithoutBump, RECOVERY_KILLED),
     (RecoveryClearsFirst, RECOVERY_KILLED), (RecoveryFreesFirst, KILLED), (RecoverTheLiving, KILLED), (RecoverTheLiving, KILLED_SQLITE), (StampAfterQuery, AUTOCOMMIT), (GenerationFirst, AUTOCOMMIT),
     (HitIgnoresFences, AUTOCOMMIT), (StampForgetsTable, TRANSACTION), (WaiterTakesUnseen, SINGLE_FLIGHT), (StoreInTransaction, SNAPSHOT), (StoreUnchecked, AUTOCOMMIT), (StampIgnoresFences, AUTOCOMMIT),
     (StoreUncheckedStampIgnoresFences, AUTOCOMMIT),(StoreUncheckedStampIgnoresFences, TRANSACTION),(StoreUncheckedStampIgnoresFences, SINGLE_FLIGHT), (StoreUncheckedStampIgnoresFences, KILLED)
     ] {
        let t = std::time::Instant::now();
        match explore(&w.mutated(m)) { Ok(n) => println!("!!!! {m:?} {} HOLDS: {n} {:?}", w.name, t.elapsed()), Err(c) => println!("{m:?} {} {:?}:\n{c}", w.name, t.elapsed()) }
     }
    let _ = Mutation::None;
}
