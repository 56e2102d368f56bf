//! One run: creates a database and a cache, starts workers, kills some, and reads the records that they have left.

use std::collections::BTreeMap;
use std::io;
use std::process::{Child, Command, Stdio};
use std::time::Duration;
use std::{env, fs, thread};

use diesel_cache_tests::{Database, connect};

use crate::doubt::sessions;
use crate::engine::{Engine, Query, Way, batch, count};
use crate::faults::{MUTATIONS, POINTS};
use crate::history::{History, Source, Time, now};
use crate::machines::Machines;
use crate::model;
use crate::options::{Doubt, Options};
use crate::worker::Orders;
use diesel_cache_tests::Rng;

/// The least grace of a doubt in a run that kills processes. If a server executes a killed client's statement for more
/// than half of it, the run is inconclusive.
const GRACE: Duration = Duration::from_secs(2);

/// The least grace in leases. Machines are paused for three leases at most, and a machine that pauses between its fence
/// and its statement looks to the others as if it had been killed.
const GRACE_IN_LEASES: u32 = 6;

/// The result of a run.
#[derive(Debug)]
pub struct Run {
    pub history: History,
    /// The number of processes that ended by SIGKILL.
    pub killed: u32,
    /// The faults of machines, and how often each was injected.
    pub faults: BTreeMap<&'static str, u32>,
    /// The reason why the run proves nothing, if it does not.
    pub inconclusive: Option<String>,
}

/// Runs for the requested time, or until the outcome of a write in doubt is known.
pub fn run<E: Engine>(options: &Options, seed: u64) -> io::Result<Run> {
    let database = Database::<E>::new();
    let mut conn = database.connect();
    batch::<E>(&mut conn, &model::script()).map_err(io::Error::other)?;
    let history = database.directory().join("history");
    fs::create_dir(&history)?;
    let lasts = if options.doubt.is_some() {
        Duration::from_secs(60)
    } else {
        options.lasts
    };
    let orders = Orders {
        url: database.url().to_owned(),
        cache: database.directory().join("cache"),
        history,
        process: 0,
        threads: options.threads,
        tasks: if options.doubt.is_some() { 0 } else { options.tasks },
        pool: options.pool,
        seed,
        until: now() + lasts.as_nanos() as Time,
        // In a run that kills no process at random, no grace ends before the run does.
        doubt_grace: match options.kill || options.machines.is_some() {
            true => GRACE.max(GRACE_IN_LEASES * options.lease),
            false => Duration::from_secs(60),
        },
        writes: if options.doubt.is_some() { 0 } else { options.writes },
        redis: None,
        coordinator: None,
        lease: options.lease,
    };
    let mut crew = Crew::<E> {
        options,
        rng: Rng::new(seed),
        members: Vec::new(),
        dead: Vec::new(),
        conn,
        orders,
        machines: options.machines.map(|plan| Machines::new(plan, options.lease, seed)),
        killed: 0,
        doomed: seed as usize % POINTS.len(),
        inconclusive: None,
    };
    for _ in 0..options.processes {
        crew.engage("worker", false)?;
    }
    match options.doubt {
        Some(doubt) => crew.doubt(doubt)?,
        None => crew.watch()?,
    }
    crew.dismiss()?;
    let history = History::read(&crew.orders.history)?;
    if options.machines.is_some() && !history.loads.iter().any(|load| load.source == Source::Hit) {
        crew.inconclusive = Some("nothing was cached".into());
    }
    Ok(Run {
        history,
        killed: crew.killed,
        faults: crew.machines.map_or_else(BTreeMap::new, |machines| machines.faults),
        inconclusive: crew.inconclusive,
    })
}

/// The processes of a run.
struct Crew<'a, E: Engine> {
    options: &'a Options,
    rng: Rng,
    members: Vec<(Child, Orders)>,
    /// When processes were found dead, with their sessions that still exist on the server.
    dead: Vec<(Time, Vec<u64>)>,
    conn: E::Conn,
    orders: Orders,
    machines: Option<Machines>,
    killed: u32,
    doomed: usize,
    inconclusive: Option<String>,
}

impl<E: Engine> Crew<'_, E> {
    /// Starts a process. A doomed one kills itself at some point of the protocol.
    fn engage(&mut self, role: &str, doomed: bool) -> io::Result<()> {
        self.orders.process += 1;
        let mut orders = self.orders.clone();
        if let Some(machines) = &mut self.machines {
            machines.equip(&mut orders);
        }
        let mut command = Command::new(env::current_exe()?);
        command.args([role, "--backend", E::NAME, "--url", &orders.url]);
        command.args(["--pool", orders.pool.name()]);
        command
            .arg("--cache")
            .arg(&orders.cache)
            .arg("--history")
            .arg(&orders.history);
        for (name, value) in [
            ("--process", u64::from(orders.process)),
            ("--threads", orders.threads.into()),
            ("--tasks", orders.tasks.into()),
            ("--seed", orders.seed),
            ("--until", orders.until),
            ("--grace", orders.doubt_grace.as_millis() as u64),
            ("--writes", orders.writes),
            ("--lease", orders.lease.as_millis() as u64),
        ] {
            command.args([name, &value.to_string()]);
        }
        if let Some(url) = &orders.redis {
            command.args(["--redis", url]);
        }
        if let Some(url) = &orders.coordinator {
            command.args(["--coordinator", url]);
        }
        if let Some(name) = &self.options.mutation {
            command.args(["--mutation", name]);
        }
        if doomed {
            let point = self.deadly();
            command.args(["--die-at", &point, "--times", &(1 + self.rng.below(6)).to_string()]);
        }
        let child = command.stdin(Stdio::null()).spawn()?;
        self.members.push((child, orders));
        Ok(())
    }

    /// Returns the point at which the next doomed process dies: the one that exposes the mutation, or each point in
    /// turn.
    fn deadly(&mut self) -> String {
        let mutation = MUTATIONS
            .iter()
            .find(|(it, _)| Some(format!("{it:?}")) == self.options.mutation);
        self.doomed += 1;
        let point = match mutation {
            Some((_, [point, ..])) => *point,
            _ => POINTS[self.doomed % POINTS.len()],
        };
        format!("{point:?}")
    }

    /// Kills some processes, replaces dead ones, and injects faults, until the time is over.
    fn watch(&mut self) -> io::Result<()> {
        // On a server, every death may leave a write in doubt. Until that is resolved, nothing is cached.
        let pause = if E::SERVER {
            2 * GRACE
        } else {
            Duration::from_millis(150)
        };
        let mut next = now() + pause.as_nanos() as Time / 4;
        while !self.orders.is_over() {
            thread::sleep(Duration::from_millis(5));
            self.bury()?;
            if let Some(machines) = &mut self.machines
                && let Some(place) = machines.act(&self.members)
            {
                self.replace(place)?;
            }
            if self.options.kill && now() >= next {
                next = now() + pause.as_nanos() as Time;
                for _ in 0..self.members.len().div_ceil(2) {
                    let place = self.rng.below(self.members.len() as u64) as usize;
                    self.replace(place)?;
                }
            }
        }
        if let Some(machines) = &mut self.machines {
            machines.heal_all(&self.members);
        }
        Ok(())
    }

    /// Kills a process, and starts another one, which is doomed in one case out of two.
    fn replace(&mut self, place: usize) -> io::Result<()> {
        self.members[place].0.kill()?;
        self.bury_one(place)?;
        let doomed = self.rng.one_in(2);
        self.engage("worker", doomed)
    }

    /// Lets processes load while the outcome of a long statement is in doubt, and until they have seen that outcome.
    fn doubt(&mut self, doubt: Doubt) -> io::Result<()> {
        thread::sleep(Duration::from_millis(300)); // so that there is something in the cache
        let role = match doubt {
            Doubt::Killed => "sleeper",
            Doubt::Cut => "cut",
        };
        self.engage("beside", false)?;
        self.engage(role, false)?;
        let place = self.members.len() - 1;
        let sleeper = self.members[place].1.clone();
        while doubt == Doubt::Killed && !self.orders.is_over() {
            thread::sleep(Duration::from_millis(5));
            if count::<E>(&mut self.conn, E::SLEEPING, &sessions(&sleeper, 1)) > 0 {
                self.members[place].0.kill()?;
                self.bury_one(place)?;
                break;
            }
        }
        let mut reader = connect::<E>(&self.orders.url);
        let limit = now() + 30_000_000_000;
        while E::load(&mut reader, Query::Books, Way::Database).map_err(io::Error::other)?[0].version == 0 {
            if now() > limit {
                self.inconclusive = Some("the server has not gone on with the statement".into());
                break;
            }
            thread::sleep(Duration::from_millis(20));
        }
        thread::sleep(Duration::from_millis(500)); // for a few more loads
        fs::write(self.orders.stop(), "")
    }

    /// Replaces processes that have killed themselves.
    fn bury(&mut self) -> io::Result<()> {
        for place in (0..self.members.len()).rev() {
            if self.members[place].0.try_wait()?.is_some() && !self.orders.is_over() {
                self.bury_one(place)?;
                self.engage("worker", false)?;
            }
        }
        let (conn, inconclusive) = (&mut self.conn, &mut self.inconclusive);
        self.dead.retain(|(since, sessions)| {
            let there = count::<E>(conn, E::SESSIONS, sessions) > 0;
            // Half of the grace, because the readers' clock is coarse, and they notice the doubt only some time after
            // the process has died.
            if there && now() - since > GRACE.as_nanos() as Time / 2 {
                *inconclusive = Some("a server was not done with a killed client in time".into());
            }
            there
        });
        Ok(())
    }

    fn bury_one(&mut self, place: usize) -> io::Result<()> {
        let (mut child, orders) = self.members.swap_remove(place);
        let status = child.wait()?;
        if let Some(machines) = &mut self.machines {
            machines.dismiss(orders.process);
        }
        // A process that was killed has no exit code. Any other runs until the time is over, which may have happened
        // just before the kill.
        if status.success() && self.orders.is_over() {
            return Ok(());
        }
        if status.code().is_some() {
            return Err(io::Error::other(format!(
                "process {} ended with {status}",
                orders.process
            )));
        }
        self.killed += 1;
        if self.options.kill || self.options.machines.is_some() {
            self.dead.push((now(), sessions(&orders, orders.threads)));
        }
        Ok(())
    }

    /// Waits for all processes to end. Then has one more process load everything that is cached.
    fn dismiss(&mut self) -> io::Result<()> {
        while let Some((mut child, orders)) = self.members.pop() {
            let status = child.wait()?;
            match status.code() {
                Some(0) => {}
                Some(_) => {
                    return Err(io::Error::other(format!(
                        "process {} ended with {status}",
                        orders.process
                    )));
                }
                None => self.killed += 1,
            }
        }
        self.engage("finale", false)?;
        let status = self.members.remove(0).0.wait()?;
        if status.success() {
            Ok(())
        } else {
            Err(io::Error::other("the last look failed"))
        }
    }
}
