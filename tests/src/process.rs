//! Runs one test of the test binary in another process: a [`Peer`] that answers the questions of a test, or a test that
//! needs a process of its own ([`alone!`](crate::alone)).

use std::env;
use std::io::{BufRead, BufReader, Lines, Write, stdin, stdout};
use std::process::{Child, ChildStdin, ChildStdout, Command, Stdio};

use rustix::process::{Pid, Signal, kill_process};

/// The environment variable that is set in a [`Peer`].
const MARK: &str = "DIESEL_CACHE_TESTS_PEER";
/// The environment variable that names the test for which [`is_alone`] has spawned the process.
const ALONE: &str = "DIESEL_CACHE_TESTS_ALONE";
/// Marks a line as an answer, since the test harness also prints lines.
const ANSWER: &str = "answer: ";

/// Another process, which runs one test of this binary.
#[derive(Debug)]
pub struct Peer {
    child: Child,
    questions: Option<ChildStdin>,
    answers: Lines<BufReader<ChildStdout>>,
}

impl Peer {
    /// Spawns a process that runs the test `peer` of a module. `module` is that module's `module_path!()`; the test
    /// calls [`serve`].
    pub fn spawn(module: &str, vars: &[(&str, &str)]) -> Self {
        Self::run(Command::new(env::current_exe().unwrap()), module, vars)
    }

    /// Like [`spawn`](Self::spawn), in a process that ignores `SIGXFSZ`: a write beyond the limit of a file's size
    /// fails with an error, instead of killing the process.
    #[cfg(unix)]
    pub fn spawn_to_be_limited(module: &str, vars: &[(&str, &str)]) -> Self {
        let mut shell = Command::new("sh");
        shell
            .args(["-c", "trap '' XFSZ; exec \"$0\" \"$@\""])
            .arg(env::current_exe().unwrap());
        Self::run(shell, module, vars)
    }

    /// Like [`spawn`](Self::spawn), with a file system of `size` KiB in the directory that the variable `DIRECTORY`
    /// names. No other process sees it, and it is gone when the process ends. This needs root, or a system that lets
    /// every user create namespaces.
    #[cfg(target_os = "linux")]
    pub fn spawn_on_disk(module: &str, size: &str, vars: &[(&str, &str)]) -> Self {
        let mut unshare = Command::new("unshare");
        unshare
            .args(["--user", "--map-root-user", "--mount", "sh", "-c"])
            .arg("mount -t tmpfs -o size=${SIZE}k,mode=700 tmpfs \"$DIRECTORY\" && exec \"$0\" \"$@\"")
            .arg(env::current_exe().unwrap())
            .env("SIZE", size);
        Self::run(unshare, module, vars)
    }

    fn run(mut command: Command, module: &str, vars: &[(&str, &str)]) -> Self {
        let test = match module.split_once("::") {
            Some((_, module)) => format!("{module}::peer"),
            None => "peer".into(),
        };
        let mut child = command
            .args([&*test, "--exact", "--nocapture", "--test-threads=1"])
            .env(MARK, "1")
            .envs(vars.iter().copied())
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .spawn()
            .unwrap();
        let answers = BufReader::new(child.stdout.take().unwrap()).lines();
        Self {
            questions: child.stdin.take(),
            child,
            answers,
        }
    }

    /// Sends a question, without waiting for the answer.
    pub fn start(&mut self, question: &str) {
        writeln!(self.questions.as_mut().unwrap(), "{question}").unwrap();
    }

    /// Sends a question, and waits for the answer.
    pub fn ask(&mut self, question: &str) -> String {
        self.start(question);
        self.answer()
    }

    /// Waits for the answer to a question that was [sent](Self::start).
    pub fn answer(&mut self) -> String {
        let answer = self.answers.by_ref().map(Result::unwrap).find_map(|line| {
            // The harness may have printed the beginning of the line.
            line.split_once(ANSWER).map(|(_, answer)| answer.to_owned())
        });
        answer.unwrap_or_else(|| panic!("the other process ended without an answer"))
    }
}

impl Peer {
    /// Pauses the process, whatever it is doing, until [`resume`](Self::resume). Its connections stay open.
    pub fn pause(&self) {
        self.signal(Signal::STOP);
    }

    /// Resumes the process.
    pub fn resume(&self) {
        self.signal(Signal::CONT);
    }

    fn signal(&self, signal: Signal) {
        kill_process(Pid::from_child(&self.child), signal).unwrap();
    }

    /// Waits for the process to end by itself.
    pub fn wait(mut self) {
        self.child.wait().unwrap();
    }

    /// Kills the process, whatever it is doing.
    pub fn kill(mut self) {
        self.child.kill().unwrap();
        self.child.wait().unwrap();
    }
}

impl Drop for Peer {
    fn drop(&mut self) {
        drop(self.questions.take()); // the process ends at the end of its input
        if let Ok(None) = self.child.try_wait() {
            self.resume(); // if it was paused
        }
        let _ = self.child.wait();
    }
}

/// Returns `true` if this process is a [`Peer`].
pub fn is_peer() -> bool {
    env::var_os(MARK).is_some()
}

/// Answers questions until the asking process has no more.
pub fn serve(mut answer: impl FnMut(&str) -> String) {
    for question in stdin().lock().lines() {
        let answer = answer(&question.unwrap());
        let mut out = stdout().lock();
        writeln!(out, "{ANSWER}{answer}").unwrap();
        out.flush().unwrap();
    }
}

/// Runs the test that begins with this call in a process of its own, because the test changes state of the whole
/// process, such as the default instrumentation, a hook, or the subscriber of `tracing`.
#[macro_export]
macro_rules! alone {
    () => {
        fn here() {}
        if !$crate::is_alone(std::any::type_name_of_val(&here)) {
            return;
        }
    };
}

/// Returns `true` in the process that was spawned for the test in which `here` is defined. In any other process, runs
/// the test in such a process, and fails if the test fails there. For [`alone!`].
pub fn is_alone(here: &str) -> bool {
    let path = here.replace("::{{closure}}", "");
    let (_, path) = path.split_once("::").unwrap();
    let test = path.strip_suffix("::here").unwrap();
    if env::var_os(ALONE).is_some_and(|alone| alone == test) {
        return true;
    }
    let output = Command::new(env::current_exe().unwrap())
        .args([test, "--exact", "--include-ignored", "--nocapture", "--test-threads=1"])
        .env(ALONE, test)
        .output()
        .unwrap();
    let said = [output.stdout, output.stderr].concat();
    let said = String::from_utf8_lossy(&said).replace('\n', "\n  "); // so that they do not look like this harness's lines
    assert!(
        output.status.success() && said.contains("1 passed"),
        "in a process of its own:\n  {said}"
    );
    false
}
