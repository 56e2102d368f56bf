//! Many queries that are answered together, each with its own entry.
//!
//! A [`Batch`] never touches a connection. Its caller looks into memory, and then does what the batch says, until it
//! says [`Next::Done`]: blocking or in a task, on a connection or from a pool.

mod answer;
mod look;

use std::collections::VecDeque;
use std::hash::Hash;
use std::marker::PhantomData;
use std::mem;
use std::sync::Arc;
use std::time::Instant;

use diesel::QueryResult;
use diesel::result::Error;

use crate::cacheable::Cacheable;
use crate::engine::{Access, Member, Request, Rounds, Ticket, Turn};
use crate::entry::Entry;
use crate::fault::{self, Point};
use crate::generation::Stamp;
use crate::query::Form;
use crate::telemetry::LoadSpan;
use crate::wait::Wait;

/// The queries of a batch, and what is known of their answers.
pub(super) struct Batch<K, U, R> {
    /// The keys, sorted, each once.
    keys: Vec<K>,
    /// The answer for each key.
    answers: Vec<Option<R>>,
    /// Whether a key has at most one row.
    is_unique: bool,
    /// How many keys a statement can ask for.
    at_once: usize,
    /// How many keys were looked for in memory, and what was not there.
    looked: usize,
    opened: Vec<Member>,
    /// The position of each member's key.
    members: Vec<usize>,
    rounds: Rounds,
    /// Turns that were taken while looking into memory.
    turns: Vec<(usize, Turn)>,
    /// The members that the batch has to ask for in this round.
    mine: Vec<Asked>,
    /// What is to be asked in this round, in the order of the keys.
    questions: VecDeque<Vec<Asked>>,
    /// What the caller is asking.
    asking: Option<(Vec<Asked>, Instant)>,
    /// The members that met a fence in this round.
    fenced: Vec<usize>,
    /// What the answer depends on, if all of it has to be of one moment.
    watch: Option<Watch>,
    /// Whether an entry has answered.
    has_hit: bool,
    /// The number of questions so far.
    asked: usize,
    /// Whether the connection may see the database at another moment than the entries are of, or another database. The
    /// caller of a load from a pool learns that late.
    is_apart: bool,
    /// Whether one statement was to answer all keys, so that all rows are of one moment.
    has_asked_for_all: bool,
    rows: PhantomData<fn() -> U>,
}

/// Everything on which the rows of all keys depend, from before the first look.
///
/// Each row is valid when it is found. If nothing has changed between the first look and the last row, all rows were
/// valid at each moment in between.
#[derive(Debug)]
struct Watch {
    /// The request for each key.
    requests: Vec<Arc<Request>>,
    /// `None` if something was being written.
    stamp: Option<Stamp>,
}

/// A member that the batch asks the database for.
#[derive(Debug)]
struct Asked {
    member: usize,
    ticket: Option<Ticket>,
}

/// What the caller of a batch does next.
#[derive(Debug)]
pub(super) enum Next<K> {
    /// Nothing: every key has its answer.
    Done,
    /// It asks whether writes in doubt are over, and reports the answer to [`settled`](Batch::settled).
    Settle(Arc<Request>),
    /// It queries within the span, and reports the rows to [`answer`](Batch::answer).
    Ask(BatchQuery<K>, LoadSpan),
}

/// What to query.
#[derive(Debug)]
pub(super) enum BatchQuery<K> {
    /// The query for one key.
    One(K),
    /// The query for many keys.
    Many(Vec<K>),
}

impl<K, U, R> Batch<K, U, R>
where
    K: Clone + Ord + Hash,
    U: Cacheable,
    R: Form<U>,
{
    /// A batch of these keys, which are sorted, each once.
    pub(super) fn new(keys: Vec<K>, is_unique: bool) -> Self {
        Self {
            answers: keys.iter().map(|_| None).collect(),
            keys,
            is_unique,
            at_once: 1,
            looked: 0,
            opened: Vec::new(),
            members: Vec::new(),
            rounds: Rounds::new(Vec::new()),
            turns: Vec::new(),
            mine: Vec::new(),
            questions: VecDeque::new(),
            asking: None,
            fenced: Vec::new(),
            watch: None,
            has_hit: false,
            asked: 0,
            is_apart: false,
            has_asked_for_all: false,
            rows: PhantomData,
        }
    }

    /// Returns what the caller does next.
    ///
    /// # Errors
    ///
    /// [`NotFound`](Error::NotFound) if the cache has no rows for a key, and the caller must not query.
    pub(super) async fn next<W: Wait>(&mut self, wait: &W) -> QueryResult<Next<K>> {
        loop {
            if let Some(asked) = self.questions.pop_front() {
                return Ok(self.ask(asked));
            }
            let mut others = None;
            let turns = match self.turns.is_empty() {
                true => self.rounds.turns(wait).await,
                false => mem::take(&mut self.turns),
            };
            for (member, turn) in turns {
                let turn = match turn {
                    Turn::Hit(entry) => match self.take(member, &entry) {
                        None => continue,
                        Some(turn) => turn,
                    },
                    turn => turn,
                };
                match turn {
                    Turn::Mine(ticket) => self.mine.push(Asked { member, ticket }),
                    Turn::Fenced => self.fenced.push(member),
                    Turn::NotFound => return Err(Error::NotFound),
                    Turn::Busy(flight) => others = others.or(Some((member, flight))),
                    Turn::Hit(_) => {}
                }
            }
            if let Some(member) = self.fenced.first() {
                return Ok(Next::Settle(Arc::clone(self.rounds.request(*member))));
            }
            self.divide();
            match others {
                _ if !self.questions.is_empty() => {}
                None if self.is_of_one_moment() => return Ok(Next::Done),
                None => self.ask_for_all()?,
                Some((member, flight)) => {
                    if let Some(entry) = self.rounds.wait(wait, member, flight).await
                        && let Some(turn) = self.take(member, &entry)
                    {
                        self.turns.push((member, turn));
                    }
                }
            }
        }
    }

    /// Goes on with the members that met a fence: they may store rows if a doubt was settled, and the fence is gone.
    pub(super) async fn settled<W: Wait>(&mut self, wait: &W, is_over: bool) {
        for member in mem::take(&mut self.fenced) {
            let ticket = match is_over {
                true => self.rounds.request(member).again(wait).await.ticket(),
                false => None,
            };
            self.mine.push(Asked { member, ticket });
        }
        self.divide();
    }

    /// Returns `true` if the caller is going to ask more before it may have to wait.
    pub(super) fn has_questions(&self) -> bool {
        !self.questions.is_empty()
    }

    /// Returns the answers, for each key.
    pub(super) fn finish(self) -> Vec<(K, Option<R>)> {
        self.keys.into_iter().zip(self.answers).collect()
    }

    /// Returns `true` if all rows are of one moment, or need not be.
    fn is_of_one_moment(&self) -> bool {
        let Some(Watch { requests, stamp }) = &self.watch else {
            return true;
        };
        if self.asked <= 1 && !self.has_hit {
            return true; // one statement
        }
        let Some((request, stamp)) = requests.first().zip(stamp.as_ref()) else {
            return false;
        };
        let may_be = match request.access {
            Access::Full => !self.is_apart,
            // A replica changes when it likes.
            Access::Replica(_) => false,
            // The transaction may see the database as it was before the stamp.
            Access::ReadOnly | Access::Bypass(_) => !self.has_hit,
        };
        may_be && request.core().cache.generations.is_valid(stamp)
    }

    /// Asks for all keys in one statement, whose rows are of one moment. They are not stored.
    fn ask_for_all(&mut self) -> QueryResult<()> {
        let requests = self.watch.take().map(|watch| watch.requests).unwrap_or_default();
        if requests.first().is_some_and(|request| request.options.only_if_cached) {
            return Err(Error::NotFound);
        }
        self.has_asked_for_all = true;
        self.answers.fill_with(|| None);
        self.members = (0..requests.len()).collect();
        self.mine = self
            .members
            .iter()
            .map(|member| Asked {
                member: *member,
                ticket: None,
            })
            .collect();
        self.rounds = Rounds::new(requests.into_iter().map(Member::new).collect());
        self.divide();
        Ok(())
    }

    /// Divides what is to be asked among as few statements as possible.
    fn divide(&mut self) {
        let mut mine = mem::take(&mut self.mine);
        mine.sort_by_key(|asked| asked.member);
        let mut mine = mine.into_iter().peekable();
        while mine.peek().is_some() {
            self.questions.push_back(mine.by_ref().take(self.at_once).collect());
        }
    }

    fn ask(&mut self, mut asked: Vec<Asked>) -> Next<K> {
        self.asked += 1;
        fault::at(Point::AfterStamp);
        let entries = asked.len();
        for ticket in asked.iter_mut().filter_map(|asked| asked.ticket.as_mut()) {
            ticket.share(entries);
        }
        let key = |asked: &Asked| self.keys[self.members[asked.member]].clone();
        let question = match &*asked {
            [only] => BatchQuery::One(key(only)),
            several => BatchQuery::Many(several.iter().map(key).collect()),
        };
        let request = self.rounds.request(asked.first().map_or(0, |asked| asked.member));
        let span = LoadSpan::begin(request.core().name(), request.entry.key);
        self.asking = Some((asked, Instant::now()));
        Next::Ask(question, span)
    }

    /// Takes the rows of a member from an entry. Returns the member's next turn if they cannot be decoded.
    fn take(&mut self, member: usize, entry: &Entry) -> Option<Turn> {
        match R::decode(entry) {
            Some(rows) => {
                self.has_hit = true;
                self.put(member, rows);
                None
            }
            None => Some(self.rounds.request(member).corrupt().into()),
        }
    }

    fn put(&mut self, member: usize, rows: R) {
        self.answers[self.members[member]] = Some(rows);
        self.rounds.answered(member);
    }
}
