//! Many queries that are answered together, each with its own entry.
//!
//! A [`Batch`] never touches a connection. Its caller looks into memory, and then does what the batch says, until it
//! says [`Next::Done`]: blocking or in a task, on a connection or from a pool.

use std::collections::{HashMap, VecDeque};
use std::hash::Hash;
use std::marker::PhantomData;
use std::mem;
use std::sync::Arc;
use std::time::Instant;

use diesel::QueryResult;
use diesel::result::Error;

use crate::cacheable::{Cacheable, encode_rows};
use crate::engine::{Member, Request, Rounds, Ticket, Turn};
use crate::entry::Entry;
use crate::event::RefusalReason;
use crate::fault::{self, Point};
use crate::generation::Stamp;
use crate::pool::Verified;
use crate::query::{Form, Opened, Plan, is_outage, permitted};
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
    Ask(Question<K>, LoadSpan),
}

/// What to query.
#[derive(Debug)]
pub(super) enum Question<K> {
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
            rows: PhantomData,
        }
    }

    /// Requires that all rows are of one moment. Call it before the first look.
    pub(super) fn watch(&mut self, mut plan: impl FnMut(K) -> QueryResult<Plan>) -> QueryResult<()> {
        let request = |key: &K| plan(key.clone()).map(|plan| plan.request);
        let requests = self.keys.iter().map(request).collect::<QueryResult<Vec<_>>>()?;
        self.watch = Some(Watch {
            stamp: Rounds::stamp_of(&requests),
            requests,
        });
        Ok(())
    }

    /// Looks into memory for every key without an answer.
    pub(super) fn look(&mut self, mut look: impl FnMut(K) -> QueryResult<Opened<R>>) -> QueryResult<()> {
        self.begin_looking();
        while self.look_on(usize::MAX, &mut look)? {}
        Ok(())
    }

    /// Begins to look, from the first key on.
    pub(super) fn begin_looking(&mut self) {
        self.turns.clear();
        self.members.clear();
        self.looked = 0;
        self.opened.clear();
    }

    /// Looks into memory for so many keys. Returns `true` if there are more.
    pub(super) fn look_on(
        &mut self,
        keys: usize,
        look: &mut impl FnMut(K) -> QueryResult<Opened<R>>,
    ) -> QueryResult<bool> {
        let end = self.looked.saturating_add(keys).min(self.keys.len());
        for at in self.looked..end {
            if self.answers[at].is_some() {
                continue;
            }
            let member = match look(self.keys[at].clone())? {
                Opened::Rows(rows) => {
                    self.answers[at] = Some(rows);
                    self.has_hit = true;
                    continue;
                }
                Opened::Corrupt(request) => {
                    self.turns.push((self.opened.len(), request.corrupt().into()));
                    Member::new(request)
                }
                Opened::Miss(request, first) => Member::looked(request, first),
            };
            self.opened.push(member);
            self.members.push(at);
        }
        self.looked = end;
        let has_more = end < self.keys.len();
        if !has_more {
            self.rounds = Rounds::new(mem::take(&mut self.opened));
        }
        Ok(has_more)
    }

    /// Returns a key without an answer.
    pub(super) fn missing(&self) -> Option<&K> {
        self.members.first().map(|at| &self.keys[*at])
    }

    /// Returns a key, if the batch may have to ask for it.
    pub(super) fn needs_limit(&self) -> Option<K> {
        let watched = self.keys.first().filter(|_| self.watch.is_some());
        self.missing().or(watched).cloned()
    }

    /// Sets how many keys a statement can ask for.
    ///
    /// # Errors
    ///
    /// [`TooManyKeys`](crate::Error::TooManyKeys) if all rows have to be of one moment, and one statement cannot ask for
    /// all keys.
    pub(super) fn ask_at_once(&mut self, keys: usize) -> QueryResult<()> {
        self.at_once = keys;
        match self.keys.len() > keys && self.watch.is_some() {
            true => Err(crate::Error::TooManyKeys {
                keys: self.keys.len(),
                most: keys,
            }
            .into()),
            false => Ok(()),
        }
    }

    /// Makes stale what others hold under the keys, for a batch that refreshes.
    pub(super) async fn refresh<W: Wait>(&mut self, wait: &W) {
        let refreshes = |request: &&Arc<Request>| request.refreshes();
        let slots: Vec<_> = self
            .rounds
            .requests()
            .filter(refreshes)
            .map(|request| request.entry.key_slot)
            .collect();
        if let Some(request) = self.rounds.requests().find(refreshes) {
            let context = Arc::clone(&request.core().context);
            wait.blocking(move || context.generations.bump(&slots)).await;
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

    /// Notes that the caller, which had no connection, has taken one; or that its rows must not be stored.
    pub(super) fn connected(&mut self, verified: Result<Verified, RefusalReason>) {
        let asking = self.asking.iter_mut().flat_map(|(asked, _)| asked);
        let later = self.questions.iter_mut().flatten().chain(&mut self.mine);
        for asked in asking.chain(later) {
            asked.ticket = asked
                .ticket
                .take()
                .and_then(|ticket| permitted(self.rounds.request(asked.member), ticket, verified));
        }
    }

    /// Takes old rows in the place of a connection, if there are some for all keys that are to be asked for. Otherwise
    /// the callers that wait for them try for themselves.
    pub(super) fn unconnected(&mut self) -> bool {
        let asking = self.asking.take().map(|(asked, _)| asked);
        let later = mem::take(&mut self.questions)
            .into_iter()
            .chain([mem::take(&mut self.mine)]);
        let asked: Vec<_> = asking.into_iter().chain(later).flatten().collect();
        let rescued = self.fenced.is_empty() && self.rescue(&asked);
        for ticket in asked.into_iter().filter_map(|asked| asked.ticket) {
            ticket.fail();
        }
        rescued
    }

    /// Returns `true` if the caller is going to ask more before it may have to wait.
    pub(super) fn has_questions(&self) -> bool {
        !self.questions.is_empty()
    }

    /// Takes the rows of the last question, each with its key, and stores them.
    ///
    /// # Errors
    ///
    /// That of the query, unless old rows may serve in its place.
    pub(super) async fn answer<W: Wait>(
        &mut self,
        wait: &W,
        span: LoadSpan,
        rows: QueryResult<Vec<(K, U)>>,
    ) -> QueryResult<()> {
        let Some((asked, started)) = self.asking.take() else {
            return Ok(());
        };
        if let Some(first) = asked.first() {
            self.rounds.request(first.member).queried(started.elapsed());
        }
        span.ended(if rows.is_ok() { "rows" } else { "error" });
        let rows = match rows {
            Ok(rows) => rows,
            Err(error) if is_outage(&error) && self.rescue(&asked) => return Ok(()),
            Err(error) => return Err(error),
        };
        fault::at(Point::AfterQuery);
        let is_alone = asked.len() == 1;
        let (found, is_certain) = self.by_member(&asked, rows);
        let mut again = Vec::new();
        for (asked, rows) in asked.into_iter().zip(found) {
            // A row that belongs to none of the keys may belong to one that seems to have no rows.
            let is_told = !(self.is_unique && rows.len() > 1) && (is_certain || !rows.is_empty());
            match is_alone || is_told {
                true => self.store(wait, asked, rows).await,
                false => again.push(vec![asked]),
            }
        }
        self.questions.extend(again);
        Ok(())
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
        let is_one_statement = self.asked <= 1 && !self.has_hit;
        is_one_statement
            || requests
                .first()
                .zip(stamp.as_ref())
                .is_some_and(|(request, stamp)| request.core().context.generations.is_valid(stamp))
    }

    /// Asks for all keys in one statement, whose rows are of one moment. They are not stored.
    fn ask_for_all(&mut self) -> QueryResult<()> {
        let requests = self.watch.take().map(|watch| watch.requests).unwrap_or_default();
        if requests.first().is_some_and(|request| request.options.only_if_cached) {
            return Err(Error::NotFound);
        }
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
            [only] => Question::One(key(only)),
            several => Question::Many(several.iter().map(key).collect()),
        };
        let request = self.rounds.request(asked.first().map_or(0, |asked| asked.member));
        let span = LoadSpan::begin(request.core().name(), request.entry.key);
        self.asking = Some((asked, Instant::now()));
        Next::Ask(question, span)
    }

    /// Takes the rows of a member from an entry. Returns how it goes on if they cannot be decoded.
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

    /// Takes old rows in the place of an error, if there are some for all of these.
    fn rescue(&mut self, asked: &[Asked]) -> bool {
        let old = |asked: &Asked| {
            let entry = self.rounds.request(asked.member).rescue(asked.ticket.as_ref()?)?;
            Some((asked.member, R::decode(&entry)?))
        };
        let Some(rescued) = asked.iter().map(old).collect::<Option<Vec<_>>>() else {
            return false;
        };
        self.has_hit = true;
        for (member, rows) in rescued {
            self.put(member, rows);
        }
        true
    }

    /// Divides rows among the members, by the key that each row has. Returns `false` if there is a row that belongs to
    /// none of them.
    fn by_member(&self, asked: &[Asked], rows: Vec<(K, U)>) -> (Vec<Vec<U>>, bool) {
        let mut found: Vec<Vec<U>> = asked.iter().map(|_| Vec::new()).collect();
        if let [all] = &mut *found {
            // The rows of the query for one key are its rows, whatever key they show.
            all.extend(rows.into_iter().map(|(_, row)| row));
            return (found, true);
        }
        let places: HashMap<&K, usize> = asked
            .iter()
            .enumerate()
            .map(|(place, asked)| (&self.keys[self.members[asked.member]], place))
            .collect();
        let mut is_certain = true;
        for (key, row) in rows {
            match places.get(&key) {
                Some(place) => found[*place].push(row),
                None => is_certain = false,
            }
        }
        (found, is_certain)
    }

    /// Stores the rows of a member, if it has the permission to, and returns them to the caller in the end.
    async fn store<W: Wait>(&mut self, wait: &W, asked: Asked, rows: Vec<U>) {
        let rows = R::from_rows(rows);
        if let Some(ticket) = asked.ticket {
            let request = Arc::clone(self.rounds.request(asked.member));
            match encode_rows(rows.rows()) {
                Ok(bytes) => {
                    let empty = rows.rows().is_empty();
                    let entry = request.finish(wait, ticket, U::LAYOUT, bytes, empty).await;
                    rows.keep(&entry);
                }
                // The rows are returned anyway.
                Err(error) => request.not_encoded(&error),
            }
        }
        self.put(asked.member, rows);
    }
}
