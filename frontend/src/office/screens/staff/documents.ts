import { useMutation } from "urql";
import { graphql, type ResultOf } from "../../../shared/graphql/graphql";

export const StaffQuery = graphql(`
  query StaffMembers($first: Int, $after: String, $last: Int, $before: String) {
    staffMembers(first: $first, after: $after, last: $last, before: $before) {
      edges {
        node {
          id
          name
          email
          permissions
          owner
          active
          version
          secondFactor
          invitation {
            expired
            delivery
          }
        }
      }
      pageInfo {
        hasNextPage
        hasPreviousPage
        startCursor
        endCursor
      }
    }
    viewer {
      actor {
        __typename
        ... on Staff {
          id
          owner
        }
      }
      permissions
    }
  }
`);

export type Member = ResultOf<typeof StaffQuery>["staffMembers"]["edges"][number]["node"];

const Invite = graphql(`
  mutation InviteStaff($input: InviteStaffInput!) {
    inviteStaff(input: $input) {
      staff {
        id
      }
      errors {
        code
        message
        path
      }
    }
  }
`);

const Reinvite = graphql(`
  mutation ReinviteStaff($input: ReinviteStaffInput!) {
    reinviteStaff(input: $input) {
      staff {
        id
      }
      errors {
        code
        message
        path
      }
    }
  }
`);

const Update = graphql(`
  mutation UpdateStaff($input: UpdateStaffInput!) {
    updateStaff(input: $input) {
      staff {
        id
        name
        permissions
        owner
        active
        version
      }
      errors {
        code
        message
        path
      }
    }
  }
`);

const ResetFactor = graphql(`
  mutation ResetSecondFactor($input: ResetSecondFactorInput!) {
    resetSecondFactor(input: $input) {
      staff {
        id
        secondFactor
      }
      errors {
        code
        message
        path
      }
    }
  }
`);

export const BusinessQuery = graphql(`
  query BusinessSettings {
    viewer {
      business {
        name
        phone
        officeEmail
        timeZone
        passwordMinLength
        smsLinkMinutes
        secondStaffForChangedContact
        secondFactorRequired
        checkpointMail
        accent
        version
      }
    }
  }
`);

export type BusinessSettings = NonNullable<ResultOf<typeof BusinessQuery>["viewer"]["business"]>;

const UpdateBusiness = graphql(`
  mutation UpdateBusiness($input: UpdateBusinessInput!) {
    updateBusiness(input: $input) {
      business {
        version
      }
      errors {
        code
        message
        path
      }
    }
  }
`);

export const useInvite = () => useMutation(Invite)[1];
export const useReinvite = () => useMutation(Reinvite)[1];
export const useUpdate = () => useMutation(Update)[1];
export const useResetFactor = () => useMutation(ResetFactor)[1];
export const useUpdateBusiness = () => useMutation(UpdateBusiness)[1];
