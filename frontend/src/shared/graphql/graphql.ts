import { initGraphQLTada } from "gql.tada";
import type { introspection } from "./graphql-env";

/**
 * Types documents by the schema. Fragments are masked: a component sees the fields it asked for, no others.
 */
export const graphql = initGraphQLTada<{
  introspection: introspection;
  scalars: {
    DateTime: string;
    Date: string;
    PhoneNumber: string;
    EmailAddress: string;
  };
}>();

export type { FragmentOf, ResultOf, VariablesOf } from "gql.tada";
export { readFragment } from "gql.tada";
