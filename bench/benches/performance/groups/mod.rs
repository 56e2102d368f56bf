//! The groups of cases that are measured.

pub(crate) mod fresh;
pub(crate) mod growth;
pub(crate) mod memory;
pub(crate) mod miss;
pub(crate) mod overwrite;
pub(crate) mod precision;
pub(crate) mod relations;
pub(crate) mod rows;
pub(crate) mod store;
pub(crate) mod tasks;
pub(crate) mod threads;
pub(crate) mod write;

/// Keys that have not been used before.
#[derive(Debug, Default)]
pub(crate) struct Fresh(std::cell::Cell<i32>);

impl Fresh {
    pub(crate) fn next(&self) -> i32 {
        self.0.set(self.0.get() + 1);
        self.0.get()
    }

    /// Returns the key that was used last.
    pub(crate) fn last(&self) -> i32 {
        self.0.get()
    }
}

/// Formats a number: `10,000`.
pub(crate) fn grouped(number: usize) -> String {
    let digits = number.to_string();
    let mut text = String::new();
    for (place, digit) in digits.chars().enumerate() {
        if place > 0 && (digits.len() - place).is_multiple_of(3) {
            text.push(',');
        }
        text.push(digit);
    }
    text
}
