//! A second process: the test binary, run again for one of its tests, which answers questions, or needs a process of
//! its own.

use std::env;
use std::io::{BufRead, BufReader, Lines, Write, stdin, stdout};
use std::process::{Child, ChildStdin, ChildStdout, Command, Stdio};

use rustix::process::{Pid, Signal, kill_process};

/// Set in a process that was spawned to answer.
const MARK: &str = "DIESEL_CACHE_TESTS_PEER";
/// Names the test that a process was spawned to run.
const ALONE: &str = "DIESEL_CACHE_TESTS_ALONE";
/// Precedes an answer, as the test harness prints lines of its own.
const ANSWER: &str = "answer: ";

/// Another process, which runs one test of this binary.
#[derive(Debug)]
pub struct Peer {
    child: Child,
    questions: Option<ChildStdin>,
    answers: Lines<BufReader<ChildStdout>>,
}

impl Peer {
    /// Spawns a process. `module` is the `module_path!()` of a test `peer`, which calls [`serve`].
    pub fn spawn(module: &str, vars: &[(&str, &str)]) -> Self {
        Self::run(Command::new(env::current_exe().unwrap()), module, vars)
    }

    /// Like [`spawn`](Self::spawn); the signal that says that a file has grown too large is ignored, so that it is an
    /// error of the write instead.
    #[cfg(unix)]
    pub fn spawn_to_be_limited(module: &str, vars: &[(&str, &str)]) -> Self {
        let mut shell = Command::new("sh");
        shell
            .args(["-c", "trap '' XFSZ; exec \"$0\" \"$@\""])
            .arg(env::current_exe().unwrap());
        Self::run(shell, module, vars)
    }

    /// Like [`spawn`](Self::spawn); the directory in the variable `DIRECTORY` is a disk of its own, of so many KiB,
    /// which nobody else sees and which goes with the process. Takes root, or a system that lets everybody have
    /// namespaces.
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
            // The harness may have begun the line.
            line.split_once(ANSWER).map(|(_, answer)| answer.to_owned())
        });
        answer.unwrap_or_else(|| panic!("the other process ended without an answer"))
    }
}

impl Peer {
    /// Stops the process, wherever it is, until [`resume`](Self::resume). Its connections stay.
    pub fn pause(&self) {
        self.signal(Signal::STOP);
    }

    /// Lets the process go on.
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

    /// Kills the process, wherever it is.
    pub fn kill(mut self) {
        self.child.kill().unwrap();
        self.child.wait().unwrap();
    }
}

impl Drop for Peer {
    fn drop(&mut self) {
        drop(self.questions.take()); // the end of its input ends it
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

/// Answers questions until there are no more.
pub fn serve(mut answer: impl FnMut(&str) -> String) {
    for question in stdin().lock().lines() {
        let answer = answer(&question.unwrap());
        let mut out = stdout().lock();
        writeln!(out, "{ANSWER}{answer}").unwrap();
        out.flush().unwrap();
    }
}

/// Runs the test that begins with this in a process of its own: it changes what is the process's, as the default
/// instrumentation, a hook, or who listens to `tracing`.
#[macro_export]
macro_rules! alone {
    () => {
        fn here() {}
        if !$crate::is_alone(std::any::type_name_of_val(&here)) {
            return;
        }
    };
}

/// For [`alone!`]: is this the process of the test that `here` is in? If it is not, the test is run, and fails here if
/// it fails there.
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
    let said = String::from_utf8_lossy(&said).replace('\n', "\n  "); // the harness's lines are not those of this process
    assert!(
        output.status.success() && said.contains("1 passed"),
        "in a process of its own:\n  {said}"
    );
    false
}
