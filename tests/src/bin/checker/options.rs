//! The command lines of the checker and of its workers.

use std::path::PathBuf;
use std::time::Duration;

use diesel_cache::fault::{Mutation, Point};

use crate::faults::{self, Faults};
use crate::machines::Plan;
use crate::tasks::Pool;
use crate::worker::Orders;

pub const USAGE: &str = "\
usage: checker [--backend sqlite|postgres|mysql|all] [option ...]

Loads through the cache, and without it, from several processes that write, and checks that every load shows what it may.

  --seconds N      how long, on each backend (10)
  --processes P    how many processes (3)
  --threads T      threads in each (2)
  --tasks T        asynchronous clients in each, which drop some of their futures (0)
  --pool NAME      what most of them share their connections by: deadpool, bb8 or mobc (deadpool)
  --writes W       operations of a hundred that write (8)
  --seed S         of the choice of operations; a run is not repeated exactly (by the clock)
  --kill           kills processes, at random moments and at each step of the protocol
  --doubt killed   instead: one statement that the server goes on with when its client is killed,
  --doubt cut      or its connection cut (postgres and mysql)
  --machines PLAN  makes each process a machine of its own, in a cluster through Redis (postgres and mysql); what goes
                   wrong: calm (nothing), members, network, coordinator, all (of these three), cut-off, or failover
  --lease MS       how long a machine may be out of reach before it no longer serves (600)
  --mutation NAME  leaves out a safeguard: StampAfterQuery, NoFence, BumpAtStatement, LiftDoubtAtOnce,
                   WaiterTakesOldRows, RecoverUnmoved; of machines: NoAcknowledgement, NoLease,
                   NoWitness
  --rounds N       runs up to N times, until a violation is found (1)

Exits with 1 if it has found a violation, with 2 if it could not check.
";

/// The default lease of machines, in milliseconds. It is short, so that many leases run out during a run.
const LEASE: u64 = 600;

/// What happens to the client of a long statement.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Doubt {
    Killed,
    Cut,
}

/// What to check.
#[derive(Clone, Debug)]
pub struct Options {
    pub backend: String,
    pub lasts: Duration,
    pub processes: u32,
    pub threads: u32,
    pub tasks: u32,
    pub pool: Pool,
    pub writes: u64,
    pub seed: u64,
    pub kill: bool,
    pub doubt: Option<Doubt>,
    pub machines: Option<Plan>,
    pub lease: Duration,
    pub mutation: Option<String>,
    pub rounds: u32,
}

/// What the command line of a worker tells it: its orders and its faults.
#[derive(Clone, Debug)]
pub struct Told {
    pub backend: String,
    pub orders: Orders,
    pub faults: Faults,
    pub mutation: Option<Mutation>,
}

/// Names and values. A flag has no value.
#[derive(Clone, Debug)]
pub struct Arguments(Vec<(String, Option<String>)>);

impl Arguments {
    pub fn new(words: impl Iterator<Item = String>) -> Result<Self, String> {
        let mut arguments: Vec<(String, Option<String>)> = Vec::new();
        for word in words {
            match (word.strip_prefix("--"), arguments.last_mut()) {
                (Some(name), _) => arguments.push((name.to_owned(), None)),
                (None, Some((_, value @ None))) => *value = Some(word),
                (None, _) => return Err(format!("what is {word}?")),
            }
        }
        Ok(Self(arguments))
    }

    fn take(&mut self, name: &str) -> Option<Option<String>> {
        let place = self.0.iter().position(|(it, _)| it == name)?;
        Some(self.0.remove(place).1)
    }

    fn text(&mut self, name: &str) -> Result<Option<String>, String> {
        self.take(name)
            .map(|value| value.ok_or_else(|| format!("--{name} needs a value")))
            .transpose()
    }

    fn number<T: TryFrom<u64>>(&mut self, name: &str, default: u64) -> Result<T, String> {
        let value = match self.text(name)? {
            Some(text) => text.parse().map_err(|_| format!("--{name}: {text} is no number"))?,
            None => default,
        };
        T::try_from(value).map_err(|_| format!("--{name}: {value} is too large"))
    }

    fn point(&mut self, name: &str) -> Result<Option<Point>, String> {
        let text = self.text(name)?;
        text.map(|text| faults::point(&text).ok_or_else(|| format!("no point {text}")))
            .transpose()
    }

    fn mutation(&mut self) -> Result<Option<(Mutation, &'static [Point])>, String> {
        let text = self.text("mutation")?;
        text.map(|text| faults::mutation(&text).ok_or_else(|| format!("no mutation {text}")))
            .transpose()
    }

    fn pool(&mut self) -> Result<Pool, String> {
        let name = self.text("pool")?.unwrap_or_else(|| Pool::Deadpool.name().into());
        let pool = Pool::ALL.into_iter().find(|pool| pool.name() == name);
        pool.ok_or_else(|| format!("no pool {name}"))
    }

    fn plan(&mut self) -> Result<Option<Plan>, String> {
        let name = self.text("machines")?;
        let plan = |name: String| {
            let plan = Plan::ALL.into_iter().find(|plan| plan.name() == name);
            plan.ok_or_else(|| format!("no plan {name}"))
        };
        name.map(plan).transpose()
    }

    fn end(self) -> Result<(), String> {
        self.0
            .first()
            .map_or(Ok(()), |(name, _)| Err(format!("what is --{name}?")))
    }
}

impl Options {
    pub fn new(mut arguments: Arguments) -> Result<Self, String> {
        let options = Self {
            backend: arguments.text("backend")?.unwrap_or_else(|| "all".into()),
            lasts: Duration::from_millis(
                (arguments.text("seconds")?.map_or(Ok(10.0), |text| {
                    text.parse::<f64>()
                        .map_err(|_| format!("--seconds: {text} is no number"))
                })? * 1000.0) as u64,
            ),
            processes: arguments.number("processes", 3)?,
            threads: arguments.number("threads", 2)?,
            tasks: arguments.number("tasks", 0)?,
            pool: arguments.pool()?,
            writes: arguments.number("writes", 8)?,
            seed: arguments.number("seed", crate::history::now())?,
            kill: arguments.take("kill").is_some(),
            doubt: match arguments.text("doubt")?.as_deref() {
                None => None,
                Some("killed") => Some(Doubt::Killed),
                Some("cut") => Some(Doubt::Cut),
                Some(other) => return Err(format!("no doubt {other}")),
            },
            machines: arguments.plan()?,
            lease: Duration::from_millis(arguments.number("lease", LEASE)?),
            mutation: arguments.mutation()?.map(|(mutation, _)| format!("{mutation:?}")),
            rounds: arguments.number("rounds", 1)?,
        };
        arguments.end().map(|()| options)
    }
}

impl Told {
    pub fn new(mut arguments: Arguments) -> Result<Self, String> {
        let mutation = arguments.mutation()?;
        let needed = |value: Option<String>| value.ok_or_else(|| "a worker is told more".to_owned());
        let backend = needed(arguments.text("backend")?)?;
        let orders = Orders {
            url: needed(arguments.text("url")?)?,
            cache: PathBuf::from(needed(arguments.text("cache")?)?),
            history: PathBuf::from(needed(arguments.text("history")?)?),
            process: arguments.number("process", 0)?,
            threads: arguments.number("threads", 1)?,
            tasks: arguments.number("tasks", 0)?,
            pool: arguments.pool()?,
            seed: arguments.number("seed", 0)?,
            until: arguments.number("until", 0)?,
            doubt_grace: Duration::from_millis(arguments.number("grace", 0)?),
            writes: arguments.number("writes", 0)?,
            redis: arguments.text("redis")?,
            coordinator: arguments.text("coordinator")?,
            lease: Duration::from_millis(arguments.number("lease", LEASE)?),
        };
        let times = arguments.number("times", 1)?;
        let faults = Faults {
            seed: orders.seed ^ u64::from(orders.process),
            pauses: mutation.map_or_else(Vec::new, |(_, pauses)| pauses.to_vec()),
            die_at: arguments.point("die-at")?.map(|point| (point, times)),
            history: orders.history.clone(),
            process: orders.process,
        };
        arguments.end()?;
        Ok(Self {
            backend,
            orders,
            faults,
            mutation: mutation.map(|(mutation, _)| mutation),
        })
    }
}
