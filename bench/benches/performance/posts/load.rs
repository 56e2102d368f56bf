//! Random reads and writes, which are the same in every run.

use super::{COMMENTS, Kind, POSTS, Read, Write};
use diesel_cache_bench::Random;

/// One operation.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Step {
    Read(Read),
    Write(Write),
}

/// The kinds of writes, with weights: the frequency of a kind is proportional to its weight.
pub(crate) type Weights = &'static [(i32, Kind)];

/// An endless load. It keeps track of the rows that its writes add and remove, so that it reads and writes only rows
/// that exist.
pub(crate) struct Load {
    random: Random,
    writes: Weights,
    /// The number of writes for 100 reads.
    share: i32,
    /// The posts, each with its comments. The n-th post gets 1/n times as many reads and writes as the first.
    posts: Vec<(i32, Vec<i32>)>,
    /// 1/1 + 1/2 + … + 1/n
    sums: Vec<f64>,
    last_post: i32,
    last_comment: i32,
    serial: u32,
    /// `true` if the last operation was a write.
    has_written: bool,
}

impl Load {
    pub(crate) fn new(writes: Weights, share: i32) -> Self {
        let posts = (1..=POSTS)
            .map(|id| (id, (1..=COMMENTS).map(|n| (id - 1) * COMMENTS + n).collect()))
            .collect();
        Self {
            random: Random(1),
            writes,
            share,
            posts,
            sums: Vec::new(),
            last_post: POSTS,
            last_comment: POSTS * COMMENTS,
            serial: 0,
            has_written: false,
        }
    }

    /// Chooses a post. Returns its index.
    fn place(&mut self) -> usize {
        while self.sums.len() < self.posts.len() {
            let n = self.sums.len() + 1;
            self.sums
                .push(self.sums.last().copied().unwrap_or(0.0) + 1.0 / n as f64);
        }
        let sums = &self.sums[..self.posts.len()];
        let point = f64::from(self.random.next_u32()) / f64::from(u32::MAX) * sums[sums.len() - 1];
        sums.partition_point(|&sum| sum < point).min(sums.len() - 1)
    }

    /// Chooses a post that has comments, and one of them. Returns the index of both.
    fn place_of_comment(&mut self) -> (usize, usize) {
        loop {
            let place = self.place();
            let count = self.posts[place].1.len() as i32;
            if count > 0 {
                return (place, self.random.below(count) as usize);
            }
        }
    }

    fn read(&mut self) -> Read {
        match self.random.below(10) {
            0..4 => Read::Post(self.post()),
            4..6 => {
                let (place, nth) = self.place_of_comment();
                Read::Comment(self.posts[place].1[nth])
            }
            6..9 => Read::Comments(self.post()),
            _ => Read::Joined(self.post()),
        }
    }

    fn post(&mut self) -> i32 {
        let place = self.place();
        self.posts[place].0
    }

    fn kind(&mut self) -> Kind {
        let mut point = self.random.below(self.writes.iter().map(|(weight, _)| weight).sum());
        for &(weight, kind) in self.writes {
            if point < weight {
                return kind;
            }
            point -= weight;
        }
        unreachable!("below the sum of all")
    }

    fn write(&mut self) -> Write {
        let kind = self.kind();
        self.serial += 1;
        let post;
        let mut comment = 0;
        match kind {
            Kind::Rename => post = self.post(),
            Kind::Edit | Kind::EditWithin | Kind::EditAll => {
                let (place, nth) = self.place_of_comment();
                post = self.posts[place].0;
                comment = self.posts[place].1[nth];
            }
            Kind::AddPost | Kind::AddPostAs => {
                self.last_post += 1;
                post = self.last_post;
                self.posts.push((post, Vec::new()));
            }
            Kind::AddComment | Kind::AddCommentAs => {
                self.last_comment += 1;
                comment = self.last_comment;
                let place = self.place();
                post = self.posts[place].0;
                self.posts[place].1.push(comment);
            }
            Kind::RemoveComment => {
                let (place, nth) = self.place_of_comment();
                post = self.posts[place].0;
                comment = self.posts[place].1.remove(nth);
            }
            // The last post takes the index of the removed one, and is read as often from now on.
            Kind::RemovePost => {
                let place = self.place();
                post = self.posts.swap_remove(place).0;
            }
        }
        Write {
            kind,
            post,
            comment,
            serial: self.serial,
        }
    }
}

impl Iterator for Load {
    type Item = Step;

    fn next(&mut self) -> Option<Step> {
        self.has_written = !self.has_written && self.random.below(100) < self.share;
        Some(if self.has_written {
            Step::Write(self.write())
        } else {
            Step::Read(self.read())
        })
    }
}
