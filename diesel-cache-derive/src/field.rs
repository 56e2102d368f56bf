//! The generated code for a field.

use proc_macro2::{Group, Span, TokenStream, TokenTree};
use quote::{ToTokens, quote, quote_spanned};
use syn::spanned::Spanned;

use crate::ast::{self, Field};
use crate::attr::Codec;

/// Returns the span for errors about this type. Names resolve as in the rest of the generated code, even if the type
/// comes from a `macro_rules!` with its own hygiene.
fn span_of(ty: &syn::Type) -> Span {
    Span::call_site().located_at(ty.span())
}

/// Moves generated tokens to another span. An error spans from the first token of an expression to its last.
fn respan(tokens: TokenStream, span: Span) -> TokenStream {
    tokens
        .into_iter()
        .map(|token| match token {
            TokenTree::Group(group) => {
                let mut respanned = Group::new(group.delimiter(), respan(group.stream(), span));
                respanned.set_span(span);
                TokenTree::Group(respanned)
            }
            mut token => {
                token.set_span(span);
                token
            }
        })
        .collect()
}

/// Generates a byte for a value whose fields may write none, because `Cacheable` requires at least one byte.
pub(crate) fn filler(fields: &[Field<'_>], private: &TokenStream) -> Option<TokenStream> {
    fields
        .iter()
        .all(|field| field.attrs.codec.is_some())
        .then(|| quote!(#private::Filler))
}

/// Generates `.field("name", LAYOUT)` for each field.
pub(crate) fn layout(fields: &[Field<'_>], private: &TokenStream) -> TokenStream {
    fields
        .iter()
        .map(|field| {
            let name = field.name();
            let ty = field.ty;
            let layout = match &field.attrs.codec {
                // Use the type's own span, where the compiler reports a type that is not `Cacheable`.
                None => quote_spanned!(span_of(ty)=> <#ty as #private::Cacheable>::LAYOUT),
                Some(codec) => {
                    let codec = match codec {
                        Codec::Serde(_) => "serde".to_owned(),
                        Codec::With(_, path) => format!("with {}", ast::text(path)),
                    };
                    let ty = ast::text(ty);
                    quote!(#private::Layout::foreign(#codec, #ty))
                }
            };
            quote!(.field(#name, #layout))
        })
        .collect()
}

/// Passes the field at `place` to the method of `__fields`.
pub(crate) fn encode(
    field: &Field<'_>,
    place: &TokenStream,
    method: &TokenStream,
    private: &TokenStream,
) -> TokenStream {
    let ty = field.ty;
    let Some(codec) = &field.attrs.codec else {
        let span = span_of(ty);
        let (method, private) = (respan(method.clone(), span), respan(private.clone(), span));
        return quote_spanned!(span=> #method(&mut __fields, &#private::Encoded(#place))?;);
    };
    let serialize = match codec {
        Codec::Serde(span) => quote_spanned!(*span=> <#ty as #private::Serialize>::serialize),
        Codec::With(span, path) => {
            let serialize = syn::Ident::new("serialize", *span);
            quote!(#path::#serialize)
        }
    };
    quote! {{
        struct __Foreign<'__a>(&'__a #ty);

        #[automatically_derived]
        impl #private::Serialize for __Foreign<'_> {
            fn serialize<__S: #private::Serializer>(
                &self,
                __serializer: __S,
            ) -> #private::Result<__S::Ok, __S::Error> {
                #serialize(self.0, #private::Strict(__serializer))
            }
        }

        #method(&mut __fields, &__Foreign(#place))?;
    }}
}

/// Generates `member: value,` for each field, read from `__seq` in order, starting at this index.
pub(crate) fn decode(fields: &[Field<'_>], first: usize, private: &TokenStream) -> TokenStream {
    (first..)
        .zip(fields)
        .map(|(index, field)| {
            let member = &field.member;
            let value = match &field.attrs.codec {
                None => {
                    let span = span_of(field.ty);
                    let private = respan(private.clone(), span);
                    quote_spanned!(span=> #private::field(&mut __seq, #index, &self)?)
                }
                Some(codec) => decode_foreign(field.ty, codec, index, private),
            };
            quote!(#member: #value,)
        })
        .collect()
}

fn decode_foreign(ty: &impl ToTokens, codec: &Codec, index: usize, private: &TokenStream) -> TokenStream {
    let deserialize = match codec {
        Codec::Serde(span) => {
            quote_spanned!(*span=> <#ty as #private::Deserialize<'__de>>::deserialize)
        }
        Codec::With(span, path) => {
            let deserialize = syn::Ident::new("deserialize", *span);
            quote!(#path::#deserialize)
        }
    };
    quote! {{
        struct __Foreign;

        #[automatically_derived]
        impl<'__de> #private::DeserializeSeed<'__de> for __Foreign {
            type Value = #ty;

            fn deserialize<__D: #private::Deserializer<'__de>>(
                self,
                __deserializer: __D,
            ) -> #private::Result<Self::Value, __D::Error> {
                #deserialize(__deserializer)
            }
        }

        #private::field_seed(&mut __seq, #index, &self, __Foreign)?
    }}
}
