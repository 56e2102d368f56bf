//! The derive macro of [`diesel-cache`](https://docs.rs/diesel-cache).
//!
//! Use it through `diesel_cache`: `diesel_cache::Cacheable` is both the trait and its derive.

// parse → input → rules → code
mod ast;
mod attr;
mod bound;
mod expand;
mod field;
mod valid;

use quote::quote;
use syn::{DeriveInput, parse_macro_input};

// The documentation is with the re-export in `diesel-cache`, where the examples can run. A dev-dependency on that crate
// would be built for the host, with other features than those of Diesel's own derives.
/// See `diesel_cache::Cacheable`.
#[proc_macro_derive(Cacheable, attributes(cacheable))]
pub fn derive_cacheable(input: proc_macro::TokenStream) -> proc_macro::TokenStream {
    let input = parse_macro_input!(input as DeriveInput);
    let mut errors = attr::Errors::default();
    let input = ast::Input::new(&input, &mut errors);
    valid::check(&input, &mut errors);
    match errors.into_result() {
        Ok(()) => expand::expand(&input),
        Err(error) => {
            let errors = error.into_compile_error();
            let fallback = expand::fallback(&input);
            quote!(#errors #fallback)
        }
    }
    .into()
}
