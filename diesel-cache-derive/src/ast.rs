//! The parsed input, for the rules and the expansion.

use proc_macro2::{Span, TokenStream, TokenTree};
use quote::ToTokens;
use syn::ext::IdentExt;
use syn::{DataUnion, DeriveInput, Generics, Ident, Member, Type};

use crate::attr::{self, ContainerAttrs, Errors, FieldAttrs};

pub(crate) struct Input<'a> {
    pub(crate) ident: &'a Ident,
    pub(crate) generics: &'a Generics,
    pub(crate) attrs: ContainerAttrs,
    pub(crate) data: Data<'a>,
    /// Whether a part of it is `#[deprecated]`, so that generated code that names it would cause a warning.
    pub(crate) deprecated: bool,
}

pub(crate) enum Data<'a> {
    Struct(Vec<Field<'a>>),
    Enum(Vec<Variant<'a>>),
    Union(&'a DataUnion),
}

pub(crate) struct Variant<'a> {
    pub(crate) ident: &'a Ident,
    pub(crate) fields: Vec<Field<'a>>,
}

pub(crate) struct Field<'a> {
    pub(crate) member: Member,
    pub(crate) ty: &'a Type,
    pub(crate) attrs: FieldAttrs,
}

impl<'a> Input<'a> {
    pub(crate) fn new(input: &'a DeriveInput, errors: &mut Errors) -> Self {
        let attrs = ContainerAttrs::parse(&input.attrs, errors);
        let mut deprecated = is_deprecated(&input.attrs);
        let data = match &input.data {
            syn::Data::Struct(data) => Data::Struct(fields(&data.fields, &mut deprecated, errors)),
            syn::Data::Enum(data) => Data::Enum(
                data.variants
                    .iter()
                    .map(|variant| {
                        attr::reject_on_variant(&variant.attrs, errors);
                        deprecated |= is_deprecated(&variant.attrs);
                        Variant {
                            ident: &variant.ident,
                            fields: fields(&variant.fields, &mut deprecated, errors),
                        }
                    })
                    .collect(),
            ),
            syn::Data::Union(data) => Data::Union(data),
        };
        Self {
            ident: &input.ident,
            generics: &input.generics,
            attrs,
            data,
            deprecated,
        }
    }

    /// Returns all fields of all variants.
    pub(crate) fn fields(&self) -> impl Iterator<Item = &Field<'a>> {
        let (fields, variants): (&[Field<'a>], &[Variant<'a>]) = match &self.data {
            Data::Struct(fields) => (fields, &[]),
            Data::Enum(variants) => (&[], variants),
            Data::Union(_) => (&[], &[]),
        };
        fields.iter().chain(variants.iter().flat_map(|variant| &variant.fields))
    }
}

impl Field<'_> {
    /// Returns the name without `r#`, or the index.
    pub(crate) fn name(&self) -> String {
        match &self.member {
            Member::Named(ident) => name(ident),
            Member::Unnamed(index) => index.index.to_string(),
        }
    }
}

/// Returns the name without `r#`: `r#type` is `type`.
pub(crate) fn name(ident: &Ident) -> String {
    ident.unraw().to_string()
}

fn fields<'a>(fields: &'a syn::Fields, deprecated: &mut bool, errors: &mut Errors) -> Vec<Field<'a>> {
    fields
        .iter()
        .zip(fields.members())
        .map(|(field, member)| {
            *deprecated |= is_deprecated(&field.attrs);
            Field {
                member,
                ty: &field.ty,
                attrs: FieldAttrs::parse(&field.attrs, errors),
            }
        })
        .collect()
}

fn is_deprecated(attrs: &[syn::Attribute]) -> bool {
    attrs.iter().any(|attr| attr.path().is_ident("deprecated"))
}

/// Returns the tokens as text, with one space between each two. `TokenStream`'s own text depends on the compiler's
/// version.
pub(crate) fn text(tokens: impl ToTokens) -> String {
    fn write(tokens: TokenStream, text: &mut Vec<String>) {
        for token in tokens {
            match token {
                TokenTree::Group(group) => {
                    let (open, close) = match group.delimiter() {
                        proc_macro2::Delimiter::Parenthesis => ("(", ")"),
                        proc_macro2::Delimiter::Brace => ("{", "}"),
                        proc_macro2::Delimiter::Bracket => ("[", "]"),
                        // Macros leave these around substituted tokens.
                        proc_macro2::Delimiter::None => ("", ""),
                    };
                    text.extend([open].map(String::from));
                    write(group.stream(), text);
                    text.extend([close].map(String::from));
                }
                other => text.push(other.to_string()),
            }
        }
    }

    let mut parts = Vec::new();
    write(tokens.into_token_stream(), &mut parts);
    parts.retain(|part| !part.is_empty());
    parts.join(" ")
}

/// Returns the first of these identifiers in the tokens.
pub(crate) fn mention(tokens: impl ToTokens, is: &dyn Fn(&Ident) -> bool) -> Option<Span> {
    tokens.into_token_stream().into_iter().find_map(|token| match token {
        TokenTree::Ident(ident) => is(&ident).then(|| ident.span()),
        TokenTree::Group(group) => mention(group.stream(), is),
        _ => None,
    })
}
