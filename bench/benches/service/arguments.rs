//! The command line.

use std::path::PathBuf;
use std::time::Duration;

use crate::variant::Variant;

const USAGE: &str = "\
usage: cargo bench -p diesel-cache-bench --bench service [-- [option ...]]

Puts a web service under load, in several variants, and prints requests per second, latencies, hits, and
outdated responses. Writes service.json and service.svg to target/diesel-cache-bench.

  --quick            a moment of each: shows that it works, not how fast it is
  --rounds N         how often each variant gets each load; defaults to 3, of which the medians are reported
  --record           puts the figures and the plot into docs/service.md, too
  -h, --help

PostgreSQL is found by PG_DATABASE_URL, by default the local one.
";

/// How the load is run.
#[derive(Clone, Debug)]
pub(crate) struct Arguments {
    pub(crate) record: bool,
    /// The number of rounds. Each variant gets each load once in each; the medians are reported.
    pub(crate) rounds: usize,
    /// How long a load runs before it is measured, and how long it is measured.
    pub(crate) warm_up: Duration,
    pub(crate) measured: Duration,
}

/// The role of this process.
pub(crate) enum Role {
    Clients(Arguments),
    Service {
        variant: Variant,
        url: String,
        directory: PathBuf,
    },
}

impl Arguments {
    pub(crate) fn parse(arguments: impl IntoIterator<Item = String>) -> Result<Role, String> {
        let mut parsed = Self {
            record: false,
            rounds: 3,
            warm_up: Duration::from_secs(2),
            measured: Duration::from_secs(3),
        };
        let (mut arguments, mut is_quick) = (arguments.into_iter(), false);
        while let Some(argument) = arguments.next() {
            match &*argument {
                "--bench" => {} // from cargo
                "--quick" => is_quick = true,
                "--rounds" => {
                    let rounds = arguments.next().and_then(|rounds| rounds.parse().ok());
                    parsed.rounds = rounds.filter(|rounds| *rounds > 0).ok_or(USAGE)?;
                }
                "--record" => parsed.record = true,
                "--service" => return service(arguments).ok_or_else(|| USAGE.into()),
                _ => return Err(USAGE.into()),
            }
        }
        if is_quick {
            parsed.rounds = 1;
            parsed.warm_up = Duration::from_millis(200);
            parsed.measured = Duration::from_millis(300);
        }
        match parsed.record && is_quick {
            true => Err("--record takes a whole run, without --quick\n".into()),
            false => Ok(Role::Clients(parsed)),
        }
    }
}

fn service(mut arguments: impl Iterator<Item = String>) -> Option<Role> {
    Some(Role::Service {
        variant: Variant::named(&arguments.next()?)?,
        url: arguments.next()?,
        directory: arguments.next()?.into(),
    })
}
