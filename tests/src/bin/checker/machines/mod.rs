//! Machines: processes that share no directory but only a Redis server, which belongs to the run. Each process reaches
//! it through a proxy of its own. This module also injects the faults of processes, proxies and servers.

mod plan;
mod service;

use std::collections::BTreeMap;
use std::process::Child;
use std::time::Duration;

use diesel_cache_tests::{Proxy, RedisServer, Rng, Traffic};
use rustix::process::{Pid, Signal, kill_process};

pub use self::plan::{Fault, Plan};
use self::service::Service;
use crate::history::{Time, now};
use crate::worker::Orders;

/// The servers that the processes share, and the faults that are injected.
pub struct Machines {
    plan: Plan,
    lease: Duration,
    rng: Rng,
    /// The server that holds the entries. It is also the coordinator, unless that is behind sentinels.
    redis: RedisServer,
    /// The coordinator, if it is behind sentinels.
    service: Option<Service>,
    /// The proxy of each process.
    proxies: BTreeMap<u32, Proxy>,
    /// When the next fault is due.
    next: Time,
    /// What ends the current faults, and when.
    remedies: Vec<(Time, Remedy)>,
    /// How often each fault has been injected.
    pub faults: BTreeMap<&'static str, u32>,
}

/// What ends a fault.
#[derive(Debug)]
enum Remedy {
    /// A process, if it still exists, is resumed.
    Resume(u32),
    /// The messages of a process pass again.
    Pass(u32),
    /// Redis is resumed.
    ResumeRedis,
    /// Redis starts again.
    StartRedis,
    /// Redis has enough memory again.
    Memory,
    /// Some connections of a node are closed.
    Scatter(usize),
    /// A former master becomes a replica.
    Demote(usize),
    /// A node of the service starts again.
    StartNode(usize),
    /// A node of the service is resumed.
    ResumeNode(usize),
}

impl Machines {
    pub fn new(plan: Plan, lease: Duration, seed: u64) -> Self {
        Self {
            plan,
            lease,
            rng: Rng::new(seed ^ 0x6d61_6368),
            redis: RedisServer::start(&[]),
            service: (plan == Plan::Failover).then(Service::start),
            proxies: BTreeMap::new(),
            next: now() + nanos(lease),
            remedies: Vec::new(),
            faults: BTreeMap::new(),
        }
    }

    /// Gives a new process a directory of its own, and a proxy to Redis.
    pub fn equip(&mut self, orders: &mut Orders) {
        let process = orders.process;
        let proxy = Proxy::before(self.redis.port());
        orders.cache = orders.cache.with_file_name(format!("cache-{process}"));
        orders.redis = Some(proxy.redis_url());
        orders.coordinator = self.service.as_ref().map(Service::url);
        if !self.plan.writes(process) {
            orders.writes = 0;
        }
        self.proxies.insert(process, proxy);
    }

    /// Forgets a process that has ended.
    pub fn dismiss(&mut self, process: u32) {
        self.proxies.remove(&process);
    }

    /// Ends the faults that are over, and begins the one that is due. Returns the index of the process that is to be
    /// killed, if any.
    pub fn act(&mut self, members: &[(Child, Orders)]) -> Option<usize> {
        self.heal(members, now());
        if now() < self.next || members.is_empty() {
            return None;
        }
        self.next = now() + nanos(self.plan.pause(&mut self.rng, self.lease));
        let fault = self.plan.choose(&mut self.rng, self.lease)?;
        let place = self.rng.below(members.len() as u64) as usize;
        let process = members[place].1.process;
        let master = match self.is_redis_at_fault() {
            true => None,
            false => self.service.as_ref().and_then(Service::whole),
        };
        let is_free = match fault {
            // Only once the sentinels can replace the master again: its replica is up to date, and no server is at
            // fault.
            Fault::Switch(_) | Fault::KillMaster(_) | Fault::StopMaster(_) => master.is_some(),
            // One at a time, so that faults do not add up to one that lasts longer than a writer waits.
            Fault::Restart(_) | Fault::Stop(_) | Fault::Evict(_) | Fault::Command(_) => !self.is_redis_at_fault(),
            Fault::Pause(_) | Fault::Kill => !self.is_at_fault(process),
            Fault::Cut | Fault::Traffic(..) => {
                !self.is_at_fault(process)
                    && !self.is_redis_at_fault()
                    && (self.plan != Plan::CutOff || !self.plan.writes(process))
            }
        };
        if !is_free {
            return None;
        }
        *self.faults.entry(fault.name()).or_default() += 1;
        let mut ends = |lasts: Duration, remedy| self.remedies.push((now() + nanos(lasts), remedy));
        match fault {
            Fault::Kill => return Some(place),
            Fault::Pause(lasts) => {
                signal(&members[place].0, Signal::STOP);
                ends(lasts, Remedy::Resume(process));
            }
            Fault::Cut => self.proxies[&process].cut(),
            Fault::Traffic(directions, traffic, lasts) => {
                for &towards in directions {
                    self.proxies[&process].set(towards, traffic);
                }
                ends(lasts, Remedy::Pass(process));
            }
            Fault::Restart(lasts) => {
                self.redis.kill();
                ends(lasts, Remedy::StartRedis);
            }
            Fault::Stop(lasts) => {
                self.redis.pause();
                ends(lasts, Remedy::ResumeRedis);
            }
            Fault::Evict(lasts) => {
                self.redis
                    .command(&["CONFIG", "SET", "maxmemory-policy", "allkeys-lru"]);
                self.redis.command(&["CONFIG", "SET", "maxmemory", "1"]);
                ends(lasts, Remedy::Memory);
            }
            Fault::Command(words) => self.redis.command(words),
            Fault::Switch(lasts) => {
                if let Some((service, node)) = self.service.as_ref().zip(master)
                    && service.switch()
                {
                    ends(self.lease / 2, Remedy::Scatter(node));
                    ends(lasts, Remedy::Demote(node));
                }
            }
            Fault::KillMaster(lasts) => {
                if let Some((service, node)) = self.service.as_mut().zip(master) {
                    service.kill(node);
                    ends(lasts, Remedy::StartNode(node));
                }
            }
            Fault::StopMaster(lasts) => {
                if let Some((service, node)) = self.service.as_ref().zip(master) {
                    service.pause(node);
                    ends(lasts, Remedy::ResumeNode(node));
                }
            }
        }
        None
    }

    /// Ends all faults.
    pub fn heal_all(&mut self, members: &[(Child, Orders)]) {
        self.heal(members, Time::MAX);
    }

    fn heal(&mut self, members: &[(Child, Orders)], until: Time) {
        let over = self.remedies.extract_if(.., |(at, _)| *at <= until).collect::<Vec<_>>();
        for (_, remedy) in over {
            match remedy {
                Remedy::Resume(process) => {
                    let member = members.iter().find(|(_, orders)| orders.process == process);
                    if let Some((child, _)) = member {
                        signal(child, Signal::CONT);
                    }
                }
                Remedy::Pass(process) => {
                    if let Some(proxy) = self.proxies.get(&process) {
                        proxy.set_both(Traffic::Pass);
                    }
                }
                Remedy::ResumeRedis => self.redis.resume(),
                Remedy::StartRedis => self.redis.restart(),
                Remedy::Memory => self.redis.command(&["CONFIG", "SET", "maxmemory", "0"]),
                Remedy::Scatter(node) => {
                    if let Some(service) = &self.service {
                        service.scatter(node, &mut self.rng);
                    }
                }
                Remedy::Demote(node) => self.service.iter().for_each(|service| service.demote(node)),
                Remedy::StartNode(node) => self.service.iter_mut().for_each(|service| service.restart(node)),
                Remedy::ResumeNode(node) => self.service.iter().for_each(|service| service.resume(node)),
            }
        }
    }

    fn is_at_fault(&self, process: u32) -> bool {
        let of_it = |remedy: &Remedy| matches!(remedy, Remedy::Resume(it) | Remedy::Pass(it) if *it == process);
        self.remedies.iter().any(|(_, remedy)| of_it(remedy))
    }

    fn is_redis_at_fault(&self) -> bool {
        let of_redis = |remedy: &Remedy| !matches!(remedy, Remedy::Resume(_) | Remedy::Pass(_));
        self.remedies.iter().any(|(_, remedy)| of_redis(remedy))
    }
}

fn signal(child: &Child, signal: Signal) {
    // A process that has ended by itself is noticed elsewhere.
    let _ = kill_process(Pid::from_child(child), signal);
}

fn nanos(time: Duration) -> Time {
    time.as_nanos() as Time
}
