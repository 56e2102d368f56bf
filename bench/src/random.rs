//! Pseudo-random numbers, which are the same in every run.

/// Knuth's linear congruential generator: enough to scatter keys.
#[derive(Debug)]
pub struct Random(pub u64);

impl Random {
    /// Returns the next number of 32 bits.
    pub fn next_u32(&mut self) -> u32 {
        self.0 = self
            .0
            .wrapping_mul(6_364_136_223_846_793_005)
            .wrapping_add(1_442_695_040_888_963_407);
        (self.0 >> 32) as u32
    }

    /// Returns a number from 0 to `end - 1`.
    pub fn below(&mut self, end: i32) -> i32 {
        ((u64::from(self.next_u32()) * end as u64) >> 32) as i32
    }
}
