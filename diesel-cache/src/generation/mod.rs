//! Generations and fences.
