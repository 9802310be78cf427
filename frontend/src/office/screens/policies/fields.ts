import { graphql } from "../../../shared/graphql/graphql";

export const VersionFields = graphql(`
  fragment PolicyVersionText on PolicyVersion {
    id
    number
    title
    bodyHtml
    bodyMarkdown
    effectiveFrom
    material
    changeNote
    inEffect
    publishedAt
    textHash
    publishedBy {
      __typename
      ... on Staff {
        id
        name
      }
      ... on Guardian {
        id
        name
      }
      ... on SystemActor {
        name
      }
    }
  }
`);

/** A policy with all of its texts, as its page and the editor of a new version need it. */
export const PolicyFields = graphql(
  `
    fragment PolicyPage on Policy {
      __typename
      id
      title
      scope
      required
      retired
      version
      current {
        id
        number
      }
      versions {
        id
        number
        inEffect
        ...PolicyVersionText
      }
      counts {
        accepted
        manuallyAccepted
        missing
        counting
      }
    }
  `,
  [VersionFields],
);

export const PolicyQuery = graphql(
  `
    query Policy($id: ID!) {
      node(id: $id) {
        __typename
        ... on Policy {
          id
          ...PolicyPage
        }
      }
    }
  `,
  [PolicyFields],
);
