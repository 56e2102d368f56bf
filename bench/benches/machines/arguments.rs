//! The command line.

const USAGE: &str = "\
usage: cargo bench -p diesel-cache-bench --bench machines [-- [option ...]]

Measures a hit and a write in a cluster of 1 to 16 processes, beside those of a cache on one machine and a PING of
the same Redis; and how long writes and hits wait when a process or the server fails. Writes machines.svg to
target/diesel-cache-bench.

  --quick     a moment of each: shows that it works, not how fast it is
  --record    puts the figures and the plot into docs/machines.md, too
  -h, --help

Starts a redis-server of its own.
";

#[derive(Clone, Debug)]
pub(crate) struct Arguments {
    pub(crate) record: bool,
    /// How many writes, pings and blocks of hits are timed with each number of members.
    pub(crate) samples: usize,
}

/// The role of this process.
pub(crate) enum Role {
    Writer(Arguments),
    Member { url: String, name: String },
}

impl Arguments {
    pub(crate) fn parse(arguments: impl IntoIterator<Item = String>) -> Result<Role, String> {
        let mut parsed = Self {
            record: false,
            samples: 3_000,
        };
        let mut arguments = arguments.into_iter();
        while let Some(argument) = arguments.next() {
            match &*argument {
                "--bench" => {} // from cargo
                "--quick" => parsed.samples = 100,
                "--record" => parsed.record = true,
                "--member" => {
                    let (url, name) = arguments.next().zip(arguments.next()).ok_or(USAGE)?;
                    return Ok(Role::Member { url, name });
                }
                _ => return Err(USAGE.into()),
            }
        }
        match parsed.record && parsed.samples < 1_000 {
            true => Err("--record takes a whole run, without --quick\n".into()),
            false => Ok(Role::Writer(parsed)),
        }
    }
}
