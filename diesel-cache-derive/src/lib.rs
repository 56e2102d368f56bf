//! The derive macro of `diesel-cache`.

use proc_macro::TokenStream;

/// Derives `Cacheable`.
#[proc_macro_derive(Cacheable, attributes(cacheable))]
pub fn derive_cacheable(_input: TokenStream) -> TokenStream {
    TokenStream::new()
}
