//! Child processes that play a role, report their progress, and are killed there.
#![cfg(all(unix, not(miri)))]

use std::io::{BufRead, BufReader, Write};
use std::process::{Child, ChildStdout, Command, Stdio};

use super::*;
use crate::fault::Point;
use crate::generation::doubt::{Doubt, DoubtfulFences};

const ROLE: &str = "DIESEL_CACHE_TEST_ROLE";
const DIRECTORY: &str = "DIESEL_CACHE_TEST_DIRECTORY";

/// A process in a role. SIGKILL ends it, whatever it is doing.
pub(super) struct Actor {
    child: Child,
    said: BufReader<ChildStdout>,
}

impl Actor {
    pub(super) fn new(role: &str, directory: &Path) -> Self {
        let mut child = Command::new(std::env::current_exe().unwrap())
            .args([
                "generation::local::tests::process::actor",
                "--exact",
                "--nocapture",
                "--test-threads=1",
            ])
            .env(ROLE, role)
            .env(DIRECTORY, directory)
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .spawn()
            .unwrap();
        let said = BufReader::new(child.stdout.take().unwrap());
        Self { child, said }
    }

    /// Waits until the actor says `what`.
    pub(super) fn until(mut self, what: &str) -> Self {
        let mut line = String::new();
        while !line.trim_end().ends_with(what) {
            line.clear();
            assert_ne!(
                self.said.read_line(&mut line).unwrap(),
                0,
                "the actor left without saying `{what}`"
            );
        }
        self
    }

    pub(super) fn go_on(mut self) -> Self {
        self.child.stdin.as_mut().unwrap().write_all(b"\n").unwrap();
        self
    }

    pub(super) fn kill(mut self) {
        self.child.kill().unwrap();
        self.child.wait().unwrap();
    }

    fn ends(mut self) {
        assert!(self.child.wait().unwrap().success());
    }
}

fn say(what: &str) {
    println!("\n{what}");
    let mut line = String::new();
    io::stdin().read_line(&mut line).unwrap();
}

/// The entry point of an actor. Does nothing when it is run as a test.
#[test]
fn actor() {
    let (Ok(role), Some(directory)) = (std::env::var(ROLE), std::env::var_os(DIRECTORY)) else {
        return;
    };
    let (role, number) = role.split_once(' ').unwrap_or((&role, "0"));
    let number: u64 = number.parse().unwrap();
    let directory = Path::new(&directory);
    // Its doubts have been over for long.
    let options = Hands(Arc::new(AtomicU64::new(4_000_000_000))).options();
    let generations = Local::open(directory, options).unwrap();
    match role {
        "writer-to-file" => {
            let _fence = generations.fence(&[person(), address()], DoubtPolicy::AtDeath);
            say("fenced");
        }
        "writer-to-server" => {
            let _fence = generations.fence(&[person(), address()], SERVER);
            say("fenced");
        }
        "writer-in-session" => {
            let _fence = generations.fence(&[person()], session(number));
            let _another = generations.fence(&[address()], session(number + 1));
            say("fenced");
        }
        "writer-that-lifts" => {
            let fence = generations.fence(&[person()], SERVER);
            say("fenced");
            fence.lift();
            say("lifted");
        }
        "recoverer" => {
            let left = AtomicU64::new(number);
            fault::set_hook(move |point| {
                if point != Point::BeforeOpen && left.fetch_sub(1, SeqCst) == 0 {
                    say("stopped");
                }
            });
            let _ = generations.stamp([person(), address()]);
            say("recovered");
        }
        "reader" => {
            let _ = generations.stamp([person()]);
            say("read");
        }
        other => panic!("no such role: {other}"),
    }
}

#[test]
fn a_dead_writers_fences_are_lifted_by_the_process_that_meets_them() {
    let (directory, hands) = (TempDirectory::new(), Hands::new());
    let reader = open(&directory.0, &hands);
    let old = reader.stamp([person()]).unwrap();
    let writer = Actor::new("writer-to-file", &directory.0).until("fenced");
    hands.forward(DOUBT_GRACE * 100);
    assert!(
        reader.stamp([person()]).is_err() && !reader.is_valid(&old),
        "alive, however long it takes"
    );
    writer.kill();
    hands.look();
    assert!(reader.stamp([person()]).is_ok() && reader.stamp([address()]).is_ok());
    assert!(!reader.is_valid(&old));
}

#[test]
fn a_hit_too_recovers() {
    let (directory, hands) = (TempDirectory::new(), Hands::new());
    let reader = open(&directory.0, &hands);
    let old = reader.stamp([person()]).unwrap();
    Actor::new("writer-to-file", &directory.0).until("fenced").kill();
    assert!(!reader.is_valid(&old));
    let mapped = reader.0.current.load_full().unwrap();
    assert!(line::read(&mapped.map.lines()[person().index() as usize]).is_some());
}

#[test]
fn the_death_of_a_writer_with_a_reused_id_is_noticed_at_once() {
    let (directory, hands) = (TempDirectory::new(), Hands::new());
    let reader = open(&directory.0, &hands);
    for _ in 0..3 {
        Actor::new("writer-to-file", &directory.0).until("fenced").kill();
        assert!(reader.stamp([person()]).is_ok(), "the clock stands still");
    }
}

#[test]
fn a_doubt_lasts_for_the_grace_from_the_noticed_death_on() {
    let (directory, hands) = (TempDirectory::new(), Hands::new());
    let reader = open(&directory.0, &hands);
    let old = reader.stamp([person()]).unwrap();
    Actor::new("writer-to-server", &directory.0).until("fenced").kill();
    assert!(reader.stamp([person()]).is_err());
    hands.forward(DOUBT_GRACE - Duration::from_millis(1));
    let another = open(&directory.0, &hands);
    assert!(another.stamp([person()]).is_err() && reader.doubts().is_empty());
    another.fence(&[person()], SERVER).lift(); // takes neither the dead writer's id nor its fence
    assert!(another.stamp([person()]).is_err());
    hands.forward(Duration::from_secs(1));
    assert!(another.stamp([person()]).is_ok() && !another.is_valid(&old));
}

#[test]
fn sessions_that_are_gone_settle_a_doubt() {
    let (directory, hands) = (TempDirectory::new(), Hands::new());
    let reader = open(&directory.0, &hands);
    Actor::new("writer-in-session 41", &directory.0).until("fenced").kill();
    assert!(reader.doubts().is_empty(), "the death has not been noticed");
    assert!(reader.stamp([person()]).is_err());
    let doubts = reader.doubts();
    assert_eq!(doubts.len(), 1);
    assert_eq!(
        doubts[0].sessions,
        [41, 42].map(|id| DatabaseSession { server: 77, id })
    );
    let DoubtfulFences::OfDead { writer, claim } = doubts[0].fences else {
        panic!("not this process's own");
    };
    let another = DoubtfulFences::OfDead {
        writer,
        claim: claim ^ 1,
    };
    let settled = reader.settle(&Doubt {
        fences: another,
        ..doubts[0].clone()
    });
    assert!(!settled, "another writer under that id");
    assert!(reader.settle(&doubts[0]) && !reader.settle(&doubts[0]));
    assert!(reader.stamp([person(), address()]).is_ok() && reader.doubts().is_empty());
}

#[test]
fn a_writer_killed_after_its_lift_leaves_nothing() {
    let (directory, hands) = (TempDirectory::new(), Hands::new());
    let reader = open(&directory.0, &hands);
    let writer = Actor::new("writer-that-lifts", &directory.0)
        .until("fenced")
        .go_on()
        .until("lifted");
    let stamp = reader.stamp([person()]).unwrap();
    writer.kill();
    hands.look();
    assert!(reader.is_valid(&stamp));
}

#[test]
fn a_recovery_killed_at_any_step_is_completed_by_the_next() {
    // Two slots of two steps each, then the record.
    for step in 0..5 {
        let (directory, hands) = (TempDirectory::new(), Hands::new());
        let reader = open(&directory.0, &hands);
        let old = [person(), address()].map(|slot| reader.stamp([slot]).unwrap());
        Actor::new("writer-to-file", &directory.0).until("fenced").kill();
        let recoverer = Actor::new(&format!("recoverer {step}"), &directory.0).until("stopped");
        let fenced = reader.stamp([person(), address()]).is_err();
        assert_eq!(fenced, step < 4, "alive, the recoverer keeps its lock");
        recoverer.kill();
        hands.look();
        assert!(reader.stamp([person(), address()]).is_ok(), "step {step}");
        assert!(old.iter().all(|stamp| !reader.is_valid(stamp)));
        // The id is free again.
        reader.fence(&[person()], SERVER).lift();
        assert!(reader.stamp([person()]).is_ok());
    }
}

#[test]
fn the_last_to_be_killed_leaves_its_generations() {
    let (directory, hands) = (TempDirectory::new(), Hands::new());
    let stamp = open(&directory.0, &hands).stamp([person()]).unwrap();
    Actor::new("writer-to-file", &directory.0).until("fenced").kill();
    let reader = open(&directory.0, &hands);
    assert!(!reader.is_valid(&stamp) && reader.stamp([person()]).is_ok());
    let stamp = reader.stamp([person()]).unwrap();
    drop(reader);
    Actor::new("reader", &directory.0).until("read").kill();
    assert!(open(&directory.0, &hands).is_valid(&stamp));
    Actor::new("reader", &directory.0).until("read").go_on().ends();
    assert!(open(&directory.0, &hands).is_valid(&stamp));
}
