//! A real replica: PostgreSQL's streaming replication, with a delay.

mod long {
    use std::fs;
    use std::net::TcpListener;
    use std::path::{Path, PathBuf};
    use std::process::Command;
    use std::thread;
    use std::time::{Duration, Instant};

    use diesel::connection::SimpleConnection;
    use diesel::dsl::sql;
    use diesel::prelude::*;
    use diesel::sql_types::Bool;
    use diesel_cache::{RefusalReason, prelude::*};
    use diesel_cache_tests::person;
    use tempfile::TempDir;

    /// How long the replica holds back what it has received.
    const DELAY: Duration = Duration::from_secs(2);
    /// More than the delay, plus what a slow machine needs.
    const LAG: Duration = Duration::from_secs(6);
    /// The most that a test waits for anything.
    const PATIENCE: Duration = Duration::from_secs(120);

    /// A server in a directory of its own. It is stopped when it is dropped, also by a panic.
    struct Server {
        data: PathBuf,
        port: u16,
    }

    impl Server {
        fn start(data: &Path) -> Self {
            let port = TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().port();
            let server = Self {
                data: data.to_owned(),
                port,
            };
            let options = format!("-p {port} -c listen_addresses=127.0.0.1 -c unix_socket_directories= -c fsync=off");
            let log = data.with_extension("log");
            let arguments = ["-w", "-t", "60", "-o", &options, "-l", log.to_str().unwrap(), "start"];
            server.control(&arguments);
            server
        }

        fn control(&self, arguments: &[&str]) {
            let mut all = vec!["-D", self.data.to_str().unwrap()];
            all.extend(arguments);
            run("pg_ctl", &all);
        }

        fn url(&self) -> String {
            format!("postgres://postgres@127.0.0.1:{}/postgres", self.port)
        }
    }

    impl Drop for Server {
        fn drop(&mut self) {
            let arguments = ["-D", self.data.to_str().unwrap(), "-m", "immediate", "stop"];
            let _ = command("pg_ctl", &arguments).output();
        }
    }

    /// Returns the directory of the programs that only the server's package has.
    fn programs() -> PathBuf {
        let all = fs::read_dir("/usr/lib/postgresql").into_iter().flatten().flatten();
        let bins = all.map(|version| version.path().join("bin"));
        let found = bins.filter(|bin| {
            ["initdb", "pg_ctl", "pg_basebackup"]
                .iter()
                .all(|name| bin.join(name).exists())
        });
        let found = found.max();
        found.expect(
            "no initdb, pg_ctl and pg_basebackup in /usr/lib/postgresql/*/bin: install the package `postgresql`",
        )
    }

    fn is_root() -> bool {
        rustix::process::geteuid().is_root()
    }

    /// Returns a command that runs as the user `postgres` if this process is root, since PostgreSQL refuses to run as
    /// root.
    fn command(program: &str, arguments: &[&str]) -> Command {
        let program = programs().join(program);
        let mut command = match is_root() {
            false => Command::new(program),
            true => {
                let mut command = Command::new("runuser");
                command.args(["-u", "postgres", "--"]).arg(program);
                command
            }
        };
        command.args(arguments).current_dir("/");
        command
    }

    fn run(program: &str, arguments: &[&str]) {
        // The server inherits the output, so a pipe would not end before the server does.
        let output = tempfile::tempfile().unwrap();
        let mut command = command(program, arguments);
        command
            .stdout(output.try_clone().unwrap())
            .stderr(output.try_clone().unwrap());
        let status = command.status().unwrap_or_else(|error| panic!("{command:?}: {error}"));
        if !status.success() {
            let mut output = output;
            std::io::Seek::rewind(&mut output).unwrap();
            panic!("{command:?}: {status}\n{}", std::io::read_to_string(output).unwrap());
        }
    }

    /// Starts a primary with a table `person`, and its replica.
    fn start(directory: &Path) -> (Server, Server) {
        if is_root() {
            let owner = Command::new("chown").arg("postgres").arg(directory).status();
            assert!(owner.unwrap().success(), "there is no user `postgres`");
        }
        let [first, second] = ["primary", "replica"].map(|name| directory.join(name));
        let path = first.to_str().unwrap();
        run("initdb", &["-D", path, "-U", "postgres", "-A", "trust", "--no-sync"]);
        let primary = Server::start(&first);
        let mut conn = PgConnection::establish(&primary.url()).unwrap();
        conn.batch_execute(
            "CREATE TABLE person (id INTEGER PRIMARY KEY, name VARCHAR(100) NOT NULL); \
             INSERT INTO person VALUES (1, 'old')",
        )
        .unwrap();
        let (url, path) = (primary.url(), second.to_str().unwrap());
        run(
            "pg_basebackup",
            &["-d", &url, "-D", path, "-R", "-c", "fast", "--no-sync"],
        );
        let delay = format!("\nrecovery_min_apply_delay = {}ms\n", DELAY.as_millis());
        let settings = second.join("postgresql.auto.conf");
        let before = fs::read_to_string(&settings).unwrap();
        fs::write(&settings, before + &delay).unwrap();
        let replica = Server::start(&second);
        (primary, replica)
    }

    fn name(conn: &mut PgConnection) -> String {
        let name = person::table.find(1).select(person::name).cached("default");
        name.first(conn).unwrap()
    }

    /// Returns the name that the database itself shows.
    fn shown(conn: &mut PgConnection) -> String {
        person::table.find(1).select(person::name).first(conn).unwrap()
    }

    #[test]
    fn a_streaming_replica() {
        let directory = TempDir::new().unwrap();
        let (primary, replica) = start(directory.path());
        let cache = Cache::builder().region(Region::memory("default")).build().unwrap();
        let mut conn = PgConnection::establish(&primary.url()).unwrap();
        cache.attach(&mut conn);
        let mut behind = PgConnection::establish(&replica.url()).unwrap();
        cache.attach_replica(&mut behind, LAG);
        let is_replica = diesel::select(sql::<Bool>("pg_is_in_recovery()")).get_result::<bool>(&mut behind);
        assert_eq!(is_replica, Ok(true));
        let stats = || cache.region("default").unwrap().stats();

        diesel::update(person::table.find(1))
            .set(person::name.eq("new"))
            .execute(&mut conn)
            .unwrap();
        let written = Instant::now();
        assert_eq!(name(&mut behind), "old", "it is behind");
        assert_eq!(stats().refusals_by(RefusalReason::ReplicaLag), 1);
        assert_eq!(name(&mut conn), "new");
        assert_eq!(name(&mut behind), "new", "a hit");

        while shown(&mut behind) == "old" {
            assert!(written.elapsed() < PATIENCE, "it does not catch up");
            thread::sleep(Duration::from_millis(50));
        }
        assert!(written.elapsed() >= DELAY);

        // A write that nobody reads on the primary: the replica's rows are stored when they show it.
        diesel::update(person::table.find(1))
            .set(person::name.eq("last"))
            .execute(&mut conn)
            .unwrap();
        let (written, before) = (Instant::now(), stats().stores());
        let mut seen = Vec::new();
        while stats().stores() == before {
            seen.push(name(&mut behind));
            assert!(written.elapsed() < PATIENCE, "not stored, {} loads", seen.len());
            thread::sleep(Duration::from_millis(50));
        }
        assert!(written.elapsed() >= LAG);
        assert_eq!((seen[0].as_str(), seen.last().unwrap().as_str()), ("new", "last"));
        assert_eq!(name(&mut conn), "last");
        let hits = stats().hits();
        assert_eq!(name(&mut behind), "last");
        assert_eq!(stats().hits(), hits + 1);
        drop((conn, behind));
    }
}
