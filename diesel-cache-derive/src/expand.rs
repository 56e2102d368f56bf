//! The generated code: an impl, and the visitors that its `decode` needs.
//!
//! It names everything by a path through `__private`, and its own items and variables begin with two underscores. So
//! its meaning does not depend on what the user has in scope.

use proc_macro2::TokenStream;
use quote::{format_ident, quote};
use syn::{GenericParam, Generics, parse_quote};

use crate::ast::{self, Data, Field, Input, Variant};
use crate::{bound, field};

pub(crate) fn expand(input: &Input<'_>) -> TokenStream {
    let private = private(input);
    let expansion = Expansion {
        generics: bound::generics(input, &private),
        input,
        private,
    };
    let code = match &input.data {
        Data::Struct(fields) => expansion.structure(fields),
        Data::Enum(variants) => expansion.enumeration(variants),
        Data::Union(_) => TokenStream::new(),
    };
    let allow = input.deprecated.then(|| quote!(#[allow(deprecated)]));
    quote! {
        #allow
        const _: () = {
            #code
        };
    }
}

/// Generates an impl that type-checks and never runs, next to an error, so that code that uses the type causes no
/// further errors.
pub(crate) fn fallback(input: &Input<'_>) -> TokenStream {
    let private = private(input);
    let ident = input.ident;
    let mut generics = input.generics.clone();
    for param in input.generics.type_params().map(|param| &param.ident) {
        generics
            .make_where_clause()
            .predicates
            .push(parse_quote!(#param: 'static));
    }
    // A lifetime parameter is one of the mistakes. With `'static` the type could be cached.
    let lifetimes: Vec<_> = input.generics.lifetimes().map(|param| param.lifetime.clone()).collect();
    for lifetime in lifetimes {
        generics
            .make_where_clause()
            .predicates
            .push(parse_quote!(#lifetime: 'static));
    }
    let (impl_generics, ty_generics, where_clause) = generics.split_for_impl();
    quote! {
        #[automatically_derived]
        impl #impl_generics #private::Cacheable for #ident #ty_generics #where_clause {
            const LAYOUT: #private::Layout = #private::Layout::named("");

            fn encode<__S: #private::Serializer>(&self, _: __S) -> #private::Result<__S::Ok, __S::Error> {
                #private::mistake()
            }

            fn decode<'__de, __D: #private::Deserializer<'__de>>(_: __D) -> #private::Result<Self, __D::Error> {
                #private::mistake()
            }
        }
    }
}

fn private(input: &Input<'_>) -> TokenStream {
    match &input.attrs.krate {
        Some(path) => quote!(#path::__private),
        None => quote!(::diesel_cache::__private),
    }
}

struct Expansion<'a> {
    input: &'a Input<'a>,
    private: TokenStream,
    generics: Generics,
}

impl Expansion<'_> {
    fn structure(&self, fields: &[Field<'_>]) -> TokenStream {
        let Self {
            input: Input { ident, .. },
            private,
            ..
        } = self;
        let filler = field::filler(fields, private);
        let len = fields.len() + usize::from(filler.is_some());

        let name = ast::name(ident);
        let layout_fields = field::layout(fields, private);
        let layout = quote!(#private::Layout::named(#name) #layout_fields);

        let elements = fields.iter().map(|field| {
            let member = &field.member;
            field::encode(
                field,
                &quote!(&self.#member),
                &quote!(#private::SerializeTuple::serialize_element),
                private,
            )
        });
        let encode_filler = filler.iter().map(
            |filler| quote!(#private::SerializeTuple::serialize_element(&mut __fields, &#private::Encoded(&#filler))?;),
        );
        let encode = quote! {
            let mut __fields = #private::Serializer::serialize_tuple(__serializer, #len)?;
            #(#encode_filler)*
            #(#elements)*
            #private::SerializeTuple::end(__fields)
        };

        let decode = quote! {
            #private::Deserializer::deserialize_tuple(__deserializer, #len, __Visitor(#private::PhantomData))
        };

        let first = usize::from(filler.is_some());
        let decode_filler = filler
            .iter()
            .map(|filler| quote!(let #filler = #private::field(&mut __seq, 0usize, &self)?;));
        let values = field::decode(fields, first, private);
        let visit_seq = quote! {
            #(#decode_filler)*
            #private::Ok(#ident { #values })
        };

        let visitor = self.visitor(
            &format_ident!("__Visitor"),
            &quote!(#private::Phantom),
            &format!("struct {name}"),
            &self.visit_seq(&visit_seq),
        );
        let cacheable = self.cacheable(&layout, &encode, &decode);
        quote!(#cacheable #visitor)
    }

    fn enumeration(&self, variants: &[Variant<'_>]) -> TokenStream {
        let Self {
            input: Input { ident, .. },
            private,
            ..
        } = self;
        let name = ast::name(ident);
        let names: Vec<_> = variants.iter().map(|variant| ast::name(variant.ident)).collect();

        let layout_variants = variants.iter().zip(&names).map(|(variant, name)| {
            let fields = field::layout(&variant.fields, private);
            quote!(.variant(#name) #fields)
        });
        let layout = quote!(#private::Layout::named(#name) #(#layout_variants)*);

        let encode_arms = (0_u32..)
            .zip(variants)
            .zip(&names)
            .map(|((index, variant), variant_name)| {
                let variant_ident = variant.ident;
                if variant.fields.is_empty() {
                    return quote! {
                        Self::#variant_ident {} => {
                            #private::Serializer::serialize_unit_variant(__serializer, #name, #index, #variant_name)
                        }
                    };
                }
                let len = variant.fields.len();
                let members = variant.fields.iter().map(|field| &field.member);
                let bindings: Vec<_> = (0..len).map(|index| format_ident!("__field{index}")).collect();
                let elements = variant.fields.iter().zip(&bindings).map(|(field, binding)| {
                    field::encode(
                        field,
                        &quote!(#binding),
                        &quote!(#private::SerializeTupleVariant::serialize_field),
                        private,
                    )
                });
                quote! {
                    Self::#variant_ident { #(#members: #bindings),* } => {
                        let mut __fields = #private::Serializer::serialize_tuple_variant(
                            __serializer, #name, #index, #variant_name, #len,
                        )?;
                        #(#elements)*
                        #private::SerializeTupleVariant::end(__fields)
                    }
                }
            });
        let encode = quote!(match self { #(#encode_arms)* });

        let decode = quote! {
            #private::Deserializer::deserialize_enum(
                __deserializer, #name, __VARIANTS, __Visitor(#private::PhantomData),
            )
        };

        let choose_arms = (0_u32..).zip(variants).map(|(index, variant)| {
            let variant_ident = variant.ident;
            let len = variant.fields.len();
            if len == 0 {
                quote! {
                    #index => {
                        #private::VariantAccess::unit_variant(__variant)?;
                        #private::Ok(#ident::#variant_ident {})
                    }
                }
            } else {
                quote! {
                    #index => #private::VariantAccess::tuple_variant(
                        __variant, #len, __Fields(#private::VariantOf(#index, #private::PhantomData)),
                    ),
                }
            }
        });
        let visit_enum = quote! {
            fn visit_enum<__A: #private::EnumAccess<'__de>>(
                self,
                __data: __A,
            ) -> #private::Result<Self::Value, __A::Error> {
                let (__index, __variant) =
                    #private::EnumAccess::variant_seed(__data, #private::Variant(__VARIANTS))?;
                match __index {
                    #(#choose_arms)*
                    __other => #private::Err(#private::no_such_variant(__other)),
                }
            }
        };
        let visitor = self.visitor(
            &format_ident!("__Visitor"),
            &quote!(#private::Phantom),
            &format!("enum {name}"),
            &visit_enum,
        );

        // A second visitor, for the fields of the variant that the first visitor has found.
        let with_fields: Vec<_> = (0_u32..)
            .zip(variants)
            .filter(|(_, variant)| !variant.fields.is_empty())
            .collect();
        let fields_visitor = (!with_fields.is_empty()).then(|| {
            let arms = with_fields.iter().map(|(index, variant)| {
                let variant_ident = variant.ident;
                let values = field::decode(&variant.fields, 0, private);
                quote!(#index => #private::Ok(#ident::#variant_ident { #values }),)
            });
            let visit_seq = quote! {
                match self.0.0 {
                    #(#arms)*
                    __other => #private::Err(#private::no_such_variant(__other)),
                }
            };
            self.visitor(
                &format_ident!("__Fields"),
                &quote!(#private::VariantOf),
                &format!("the fields of a variant of enum {name}"),
                &self.visit_seq(&visit_seq),
            )
        });

        let cacheable = self.cacheable(&layout, &encode, &decode);
        quote! {
            const __VARIANTS: #private::Names = &[#(#names),*];
            #cacheable
            #visitor
            #fields_visitor
        }
    }

    fn cacheable(&self, layout: &TokenStream, encode: &TokenStream, decode: &TokenStream) -> TokenStream {
        let Self {
            input: Input { ident, .. },
            private,
            generics,
        } = self;
        let (impl_generics, ty_generics, where_clause) = generics.split_for_impl();
        quote! {
            #[automatically_derived]
            impl #impl_generics #private::Cacheable for #ident #ty_generics #where_clause {
                const LAYOUT: #private::Layout = #layout;

                #[inline]
                fn encode<__S: #private::Serializer>(
                    &self,
                    __serializer: __S,
                ) -> #private::Result<__S::Ok, __S::Error> {
                    #encode
                }

                #[inline]
                fn decode<'__de, __D: #private::Deserializer<'__de>>(
                    __deserializer: __D,
                ) -> #private::Result<Self, __D::Error> {
                    #decode
                }
            }
        }
    }

    fn visitor(&self, visitor: &syn::Ident, state: &TokenStream, expecting: &str, visit: &TokenStream) -> TokenStream {
        let Self {
            input: Input { ident, .. },
            private,
            generics,
        } = self;
        let (impl_generics, ty_generics, where_clause) = generics.split_for_impl();
        let mut with_de = generics.clone();
        with_de.params.insert(0, GenericParam::Lifetime(parse_quote!('__de)));
        let (impl_generics_with_de, _, _) = with_de.split_for_impl();
        quote! {
            struct #visitor #impl_generics (#state<#ident #ty_generics>) #where_clause;

            #[automatically_derived]
            impl #impl_generics_with_de #private::Visitor<'__de> for #visitor #ty_generics #where_clause {
                type Value = #ident #ty_generics;

                fn expecting(&self, __f: &mut #private::Formatter<'_>) -> #private::FmtResult {
                    #private::Formatter::write_str(__f, #expecting)
                }

                #[inline]
                #visit
            }
        }
    }

    fn visit_seq(&self, body: &TokenStream) -> TokenStream {
        let private = &self.private;
        quote! {
            fn visit_seq<__A: #private::SeqAccess<'__de>>(
                self,
                mut __seq: __A,
            ) -> #private::Result<Self::Value, __A::Error> {
                #body
            }
        }
    }
}
