//! Attributes: parsing, and checking their syntax.

use proc_macro2::Span;
use syn::meta::ParseNestedMeta;
use syn::{Attribute, LitStr, Meta, Path, Token};

/// Collects all errors, so that the user sees every mistake, not only the first.
#[derive(Default)]
pub(crate) struct Errors(Option<syn::Error>);

impl Errors {
    pub(crate) fn push(&mut self, error: syn::Error) {
        match &mut self.0 {
            Some(all) => all.combine(error),
            none => *none = Some(error),
        }
    }

    pub(crate) fn into_result(self) -> syn::Result<()> {
        self.0.map_or(Ok(()), Err)
    }
}

/// `#[cacheable(…)]` on the type.
#[derive(Default)]
pub(crate) struct ContainerAttrs {
    pub(crate) krate: Option<Path>,
}

/// `#[cacheable(…)]` on a field.
#[derive(Default)]
pub(crate) struct FieldAttrs {
    pub(crate) codec: Option<Codec>,
}

/// The code that encodes a field instead of its `Cacheable` impl.
pub(crate) enum Codec {
    Serde(Span),
    With(Span, Path),
}

impl Codec {
    /// Returns the name of the attribute.
    pub(crate) fn name(&self) -> &'static str {
        match self {
            Self::Serde(_) => "serde",
            Self::With(..) => "with",
        }
    }
}

impl ContainerAttrs {
    pub(crate) fn parse(attrs: &[Attribute], errors: &mut Errors) -> Self {
        let mut parsed = Self::default();
        for_each(attrs, errors, |meta| {
            if meta.path.is_ident("crate") {
                let path = path(&meta, "crate", "path::to::diesel_cache")?;
                if parsed.krate.is_some() {
                    return Err(meta.error("`crate` is given more than once"));
                }
                parsed.krate = Some(path);
                Ok(())
            } else if meta.path.is_ident("serde") || meta.path.is_ident("with") {
                skip_value(&meta)?;
                Err(meta.error("`serde` and `with` belong on a field, not on the type"))
            } else {
                skip_value(&meta)?;
                Err(meta.error("unknown attribute: the type takes `crate = \"…\"` only"))
            }
        });
        parsed
    }
}

impl FieldAttrs {
    pub(crate) fn parse(attrs: &[Attribute], errors: &mut Errors) -> Self {
        let mut parsed = Self::default();
        for_each(attrs, errors, |meta| {
            let span = meta.path.get_ident().map_or_else(Span::call_site, syn::Ident::span);
            let codec = if meta.path.is_ident("serde") {
                if meta.input.peek(Token![=]) || meta.input.peek(syn::token::Paren) {
                    skip_value(&meta)?;
                    return Err(meta.error("`serde` takes no value"));
                }
                Codec::Serde(span)
            } else if meta.path.is_ident("with") {
                Codec::With(span, path(&meta, "with", "path::to::module")?)
            } else if meta.path.is_ident("crate") {
                skip_value(&meta)?;
                return Err(meta.error("`crate` belongs on the type, not on a field"));
            } else {
                skip_value(&meta)?;
                return Err(meta.error("unknown attribute: a field takes `serde` or `with = \"…\"`"));
            };
            match &parsed.codec {
                Some(first) if first.name() == codec.name() => {
                    Err(meta.error(format_args!("`{}` is given more than once", codec.name())))
                }
                Some(_) => Err(meta.error("`serde` and `with` exclude each other")),
                None => {
                    parsed.codec = Some(codec);
                    Ok(())
                }
            }
        });
        parsed
    }
}

/// Reports attributes on variants, which take none.
pub(crate) fn reject_on_variant(attrs: &[Attribute], errors: &mut Errors) {
    for attr in attrs.iter().filter(|attr| attr.path().is_ident("cacheable")) {
        errors.push(syn::Error::new_spanned(
            attr,
            "a variant takes no `#[cacheable(…)]`: put it on a field of the variant",
        ));
    }
}

/// Calls `parse` on each argument of each `#[cacheable(…)]`. A mistake in one does not hide those in the others.
fn for_each(attrs: &[Attribute], errors: &mut Errors, mut parse: impl FnMut(ParseNestedMeta<'_>) -> syn::Result<()>) {
    for attr in attrs.iter().filter(|attr| attr.path().is_ident("cacheable")) {
        match &attr.meta {
            Meta::List(list) if list.tokens.is_empty() => {
                errors.push(syn::Error::new_spanned(attr, "`#[cacheable(…)]` needs an argument"));
            }
            Meta::List(_) => {
                let outcome = attr.parse_nested_meta(|meta| {
                    if let Err(error) = parse(meta) {
                        errors.push(error);
                    }
                    Ok(())
                });
                if let Err(error) = outcome {
                    errors.push(error);
                }
            }
            Meta::Path(_) | Meta::NameValue(_) => {
                errors.push(syn::Error::new_spanned(
                    attr,
                    "expected `#[cacheable(…)]` with arguments in parentheses",
                ));
            }
        }
    }
}

/// Parses the path in `name = "path"`.
fn path(meta: &ParseNestedMeta<'_>, name: &str, example: &str) -> syn::Result<Path> {
    let expected = || format!("expected `{name} = \"{example}\"`");
    if !meta.input.peek(Token![=]) {
        skip_value(meta)?;
        return Err(meta.error(expected()));
    }
    let value = meta.value()?;
    if !value.peek(LitStr) {
        let error = value.error(expected());
        skip_value(meta)?;
        return Err(error);
    }
    let literal: LitStr = value.parse()?;
    literal
        .parse_with(Path::parse_mod_style)
        .map_err(|_| syn::Error::new(literal.span(), expected()))
}

/// Skips `= value` or `(…)`, so that the arguments after it are checked, too.
fn skip_value(meta: &ParseNestedMeta<'_>) -> syn::Result<()> {
    while !meta.input.is_empty() && !meta.input.peek(Token![,]) {
        meta.input.parse::<proc_macro2::TokenTree>()?;
    }
    Ok(())
}
