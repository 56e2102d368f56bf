//! The examples' model, environment and fixture.
