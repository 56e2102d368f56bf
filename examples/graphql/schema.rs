//! The schema. A field that is in another table asks a loader for its row; none has a query of its own.

use async_graphql::dataloader::{DataLoader, Loader};
use async_graphql::{ComplexObject, Context, Object, Result, SimpleObject};
use diesel::prelude::*;
use diesel_async::RunQueryDsl;
use diesel_cache::prelude::*;
use diesel_cache_examples::schema::{address, city, country, person, postal_code};

use crate::loaders::{Addresses, Cities, Countries, People, Pool, PostalCodes};

/// One derive for the database, one for the cache and one for GraphQL.
#[derive(Clone, Queryable, Selectable, Cacheable, SimpleObject)]
#[diesel(table_name = person)]
#[graphql(complex)]
pub(crate) struct Person {
    id: i32,
    name: String,
}

#[derive(Clone, Queryable, Selectable, Cacheable, SimpleObject)]
#[diesel(table_name = address)]
#[graphql(complex)]
pub(crate) struct Address {
    street: String,
    #[graphql(skip)]
    postal_code_id: Option<i32>,
}

#[derive(Clone, Queryable, Selectable, Cacheable, SimpleObject)]
#[diesel(table_name = postal_code)]
#[graphql(complex)]
pub(crate) struct PostalCode {
    code: String,
    #[graphql(skip)]
    city_id: i32,
}

#[derive(Clone, Queryable, Selectable, Cacheable, SimpleObject)]
#[diesel(table_name = city)]
#[graphql(complex)]
pub(crate) struct City {
    name: String,
    #[graphql(skip)]
    country_id: i32,
}

#[derive(Clone, Queryable, Selectable, Cacheable, SimpleObject)]
#[diesel(table_name = country)]
pub(crate) struct Country {
    name: String,
}

#[ComplexObject]
impl Person {
    async fn addresses(&self, ctx: &Context<'_>) -> Result<Vec<Address>> {
        Ok(load::<Addresses>(ctx, self.id).await?.unwrap_or_default())
    }
}

#[ComplexObject]
impl Address {
    async fn postal_code(&self, ctx: &Context<'_>) -> Result<Option<PostalCode>> {
        match self.postal_code_id {
            Some(id) => load::<PostalCodes>(ctx, id).await,
            None => Ok(None),
        }
    }
}

#[ComplexObject]
impl PostalCode {
    async fn city(&self, ctx: &Context<'_>) -> Result<Option<City>> {
        load::<Cities>(ctx, self.city_id).await
    }
}

#[ComplexObject]
impl City {
    async fn country(&self, ctx: &Context<'_>) -> Result<Option<Country>> {
        load::<Countries>(ctx, self.country_id).await
    }
}

/// Loads what a key has, together with the other keys that resolvers ask for at the same time.
async fn load<L>(ctx: &Context<'_>, key: i32) -> Result<Option<L::Value>>
where
    L: Loader<i32, Error: Into<async_graphql::Error>>,
{
    ctx.data::<DataLoader<L>>()?.load_one(key).await.map_err(Into::into)
}

pub(crate) struct Query;

#[Object]
impl Query {
    /// The people with these names, including both ends.
    async fn people(&self, ctx: &Context<'_>, from: String, to: String) -> Result<Vec<Person>> {
        let people = person::table
            .filter(person::name.between(from, to))
            .order(person::id)
            .select(Person::as_select())
            .cached("default");
        Ok(people.load_from(ctx.data::<Pool>()?).await?)
    }

    async fn person(&self, ctx: &Context<'_>, id: i32) -> Result<Option<Person>> {
        load::<People>(ctx, id).await
    }
}

pub(crate) struct Mutation;

#[Object]
impl Mutation {
    /// A write as always. The cache sees it on the connection, and the next query returns the new name.
    async fn rename_person(&self, ctx: &Context<'_>, id: i32, name: String) -> Result<Option<Person>> {
        let mut conn = ctx.data::<Pool>()?.get().await?;
        let rename = diesel::update(person::table.find(id)).set(person::name.eq(name));
        rename.execute(&mut conn).await?;
        drop(conn); // back to the pool before the load may need one
        load::<People>(ctx, id).await
    }
}
