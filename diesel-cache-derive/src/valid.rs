//! The rules. Each error says what is wrong, why, and what to do.

use syn::{GenericParam, Ident, PathArguments, Type};

use crate::ast::{self, Data, Field, Input};
use crate::attr::{Codec, Errors};

pub(crate) fn check(input: &Input<'_>, errors: &mut Errors) {
    for param in input.generics.lifetimes() {
        errors.push(syn::Error::new_spanned(
            &param.lifetime,
            "a cached row outlives its query, so its type must be `'static`: own the data (`String` for `&str`) instead of a lifetime parameter",
        ));
    }
    match &input.data {
        Data::Struct(_) => {}
        Data::Enum(variants) => {
            if variants.is_empty() {
                errors.push(syn::Error::new_spanned(
                    input.ident,
                    "an enum without variants has no value to cache",
                ));
            }
        }
        Data::Union(data) => errors.push(syn::Error::new_spanned(
            data.union_token,
            "a union cannot be cached: nothing tells which of its fields holds the value",
        )),
    }
    for field in input.fields() {
        match &field.attrs.codec {
            Some(codec) => check_foreign(input, field, codec, errors),
            None => check_recursion(input, field, errors),
        }
    }
}

/// The layout of a field that other code encodes is the text of its type. Anything that the text does not show could
/// change, and old entries would still be decoded.
fn check_foreign(input: &Input<'_>, field: &Field<'_>, codec: &Codec, errors: &mut Errors) {
    let is_param = |ident: &Ident| {
        input.generics.params.iter().any(|param| match param {
            GenericParam::Type(param) => param.ident == *ident,
            GenericParam::Const(param) => param.ident == *ident,
            GenericParam::Lifetime(_) => false,
        })
    };
    if let Some(span) = ast::mention(field.ty, &is_param) {
        errors.push(syn::Error::new(
            span,
            format_args!(
                "`{}` cannot serve a field whose type has a generic parameter in it: the layout of such a field is the text of its type, in which every `{}` would look alike, and entries of one would be decoded as another",
                codec.name(),
                ast::text(field.ty).replace(' ', ""),
            ),
        ));
    } else if let Some(span) = ast::mention(field.ty, &|ident| ident == "Self") {
        errors.push(syn::Error::new(
            span,
            format_args!(
                "write the type's name: `Self` has no meaning in the code that `{}` makes",
                codec.name()
            ),
        ));
    }
}

/// A layout that contains itself would be infinite. rustc would report it, too, but as a cycle in the evaluation of
/// constants.
fn check_recursion(input: &Input<'_>, field: &Field<'_>, errors: &mut Errors) {
    if let Some(ty) = mention_of_self(field.ty, input.ident) {
        errors.push(syn::Error::new_spanned(
            ty,
            format_args!(
                "`{}` contains itself, and so would its layout, without end: mark the field `#[cacheable(serde)]` or `#[cacheable(with = \"…\")]`",
                ast::name(input.ident),
            ),
        ));
    }
}

/// Finds `Self`, or the type's own name, anywhere in a field's type. A path such as `other::Name` is another type.
fn mention_of_self<'t>(ty: &'t Type, own: &Ident) -> Option<&'t Type> {
    match ty {
        Type::Path(path) => {
            if path.qself.is_some() {
                return None;
            }
            let first_is_own = path.path.get_ident().is_some_and(|ident| ident == "Self")
                || (path.path.segments.len() == 1
                    && path.path.leading_colon.is_none()
                    && path.path.segments.first().is_some_and(|segment| segment.ident == *own));
            if first_is_own {
                return Some(ty);
            }
            path.path.segments.iter().find_map(|segment| match &segment.arguments {
                // It does not encode its argument.
                _ if segment.ident == "PhantomData" => None,
                PathArguments::AngleBracketed(arguments) => arguments.args.iter().find_map(|argument| match argument {
                    syn::GenericArgument::Type(ty) => mention_of_self(ty, own),
                    _ => None,
                }),
                _ => None,
            })
        }
        Type::Array(array) => mention_of_self(&array.elem, own),
        Type::Group(group) => mention_of_self(&group.elem, own),
        Type::Paren(paren) => mention_of_self(&paren.elem, own),
        Type::Slice(slice) => mention_of_self(&slice.elem, own),
        Type::Tuple(tuple) => tuple.elems.iter().find_map(|elem| mention_of_self(elem, own)),
        _ => None,
    }
}
