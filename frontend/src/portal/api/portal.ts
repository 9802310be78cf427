import { graphql, type ResultOf } from "../../shared/graphql/graphql";

/** What a page needs before anything else: the business, and who is signed in. */
export const PortalQuery = graphql(`
  query Portal($slug: String!) {
    portalBusiness(slug: $slug) {
      name
      slug
      phone
      timeZone
      passwordMinLength
      accent
    }
    viewer {
      actor {
        __typename
        ... on Guardian {
          id
          name
          family {
            id
            name
            policiesMissing
            guardians {
              id
              name
            }
            students {
              id
              name
              birthDate
            }
          }
        }
      }
      business {
        slug
      }
    }
  }
`);

type Portal = ResultOf<typeof PortalQuery>;
type Guardian = Extract<NonNullable<Portal["viewer"]["actor"]>, { __typename: "Guardian" }>;

/** What help line and titles say of the business. */
export interface BusinessFacts {
  name: string;
  slug: string;
  phone: string | null;
  timeZone: string;
  passwordMinLength: number;
  /** The colour of the business, `#rrggbb`. */
  accent: string | null;
}

/** The signed-in guardian, if it is one of the business in the address. */
export function guardianOf({ viewer, portalBusiness }: Portal): Guardian | null {
  const { actor, business } = viewer;
  return actor?.__typename === "Guardian" && business?.slug === portalBusiness?.slug ? actor : null;
}

export type { Guardian };
