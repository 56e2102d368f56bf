//! Runs the checker (`src/bin/checker`) on the three databases; see [`long`].

mod independence;
mod long;
