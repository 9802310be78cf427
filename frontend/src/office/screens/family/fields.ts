import { graphql } from "../../../shared/graphql/graphql";
import { ResettableFields } from "../../reset/fields";

export const GuardianFields = graphql(
  `
    fragment Guardian on Guardian {
      __typename
      id
      name
      relation
      email
      phone
      locale
      version
      canLogIn
      contactChanges {
        field
        changedAt
        changedBy {
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
      contactMarks {
        channel
        message
      }
      ...Resettable
    }
  `,
  [ResettableFields],
);

export const StudentFields = graphql(`
  fragment Student on Student {
    __typename
    id
    name
    birthDate
    version
  }
`);

/** Why something was not saved, and who was faster. */
export const SaveErrorFields = graphql(`
  fragment SaveError on UserError {
    __typename
    code
    message
    path
    ... on StaleVersionError {
      changedAt
      changedBy {
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
  }
`);

export const FamilyQuery = graphql(
  `
    query Family($id: ID!) {
      node(id: $id) {
        __typename
        ... on Family {
          id
          name
          version
          archived
          updatedAt
          guardians {
            id
            version
            ...Guardian
          }
          students {
            id
            version
            ...Student
          }
        }
      }
    }
  `,
  [GuardianFields, StudentFields],
);
