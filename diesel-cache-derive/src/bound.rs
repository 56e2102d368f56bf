//! The bounds of the impl: `T: Cacheable` for each parameter that a field's encoding uses.

use proc_macro2::TokenStream;
use quote::ToTokens;
use syn::{GenericArgument, Generics, Ident, PathArguments, Type, parse_quote};

use crate::ast::{self, Input};

/// Returns the type's generics with the bounds of the impl.
pub(crate) fn generics(input: &Input<'_>, private: &TokenStream) -> Generics {
    let mut uses = Uses {
        params: input.generics.type_params().map(|param| &param.ident).collect(),
        encoded: Vec::new(),
        projections: Vec::new(),
    };
    for field in input.fields().filter(|field| field.attrs.codec.is_none()) {
        uses.visit(field.ty);
    }
    let mut generics = input.generics.clone();
    let clause = generics.make_where_clause();
    for param in uses.params {
        clause.predicates.push(if uses.encoded.contains(&param) {
            parse_quote!(#param: #private::Cacheable)
        } else {
            // For `Cacheable: 'static`.
            parse_quote!(#param: 'static)
        });
    }
    for projection in uses.projections {
        clause.predicates.push(parse_quote!(#projection: #private::Cacheable));
    }
    generics
}

/// The bounds that make the fields' types `Cacheable`.
struct Uses<'a> {
    params: Vec<&'a Ident>,
    /// The parameters that are encoded.
    encoded: Vec<&'a Ident>,
    /// `T::Assoc` and `<T as Trait>::Assoc`: such a type is encoded, not `T` itself.
    projections: Vec<&'a Type>,
}

impl<'a> Uses<'a> {
    fn visit(&mut self, ty: &'a Type) {
        match ty {
            Type::Path(path) => {
                let first = path.path.segments.first().filter(|_| path.path.leading_colon.is_none());
                let param = first.and_then(|first| self.param(&first.ident));
                match (&path.qself, param) {
                    (Some(_), _) if self.mentioned(ty) => self.projections.push(ty),
                    (None, Some(param)) if path.path.segments.len() == 1 => self.encoded.push(param),
                    (None, Some(_)) => self.projections.push(ty),
                    _ => path
                        .path
                        .segments
                        .iter()
                        .for_each(|segment| self.visit_arguments(&segment.ident, &segment.arguments)),
                }
            }
            Type::Array(array) => self.visit(&array.elem),
            Type::Group(group) => self.visit(&group.elem),
            Type::Paren(paren) => self.visit(&paren.elem),
            Type::Slice(slice) => self.visit(&slice.elem),
            Type::Tuple(tuple) => tuple.elems.iter().for_each(|elem| self.visit(elem)),
            Type::Macro(call) => {
                let mentioned = |param: &&'a Ident| ast::mention(&call.mac.tokens, &|ident| ident == *param).is_some();
                self.encoded
                    .extend(self.params.iter().copied().filter(|param| mentioned(param)));
            }
            _ => {}
        }
    }

    fn visit_arguments(&mut self, ident: &Ident, arguments: &'a PathArguments) {
        // A `PhantomData` is `Cacheable` whatever its argument.
        if ident == "PhantomData" {
            return;
        }
        if let PathArguments::AngleBracketed(arguments) = arguments {
            for argument in &arguments.args {
                if let GenericArgument::Type(ty) = argument {
                    self.visit(ty);
                }
            }
        }
    }

    fn param(&self, ident: &Ident) -> Option<&'a Ident> {
        self.params.iter().copied().find(|param| *param == ident)
    }

    fn mentioned(&self, tokens: impl ToTokens) -> bool {
        ast::mention(tokens, &|ident| self.param(ident).is_some()).is_some()
    }
}
