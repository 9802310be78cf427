import { useCallback } from "react";
import { graphql, type ResultOf } from "../../../shared/graphql/graphql";
import { useLanguage } from "../../../shared/i18n/i18n";
import { request } from "../../api/request";
import { useLoad } from "../../api/use-load";

const MyAccountQuery = graphql(`
  query MyAccount {
    viewer {
      actor {
        __typename
        ... on Guardian {
          id
          email
        }
      }
    }
    sessions {
      id
      device
      address
      seenAt
      current
    }
    ownHistory {
      id
      summary
      occurredAt
      device
      address
    }
  }
`);

const ChangePassword = graphql(`
  mutation ChangePassword($input: ChangePasswordInput!) {
    changePassword(input: $input) {
      viewer {
        actor {
          __typename
        }
      }
      errors {
        code
        message
        path
      }
    }
  }
`);

const EndSession = graphql(`
  mutation EndSession($input: EndSessionInput!) {
    endSession(input: $input) {
      sessions {
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

const SignOutEverywhere = graphql(`
  mutation SignOutEverywhere {
    signOutEverywhere {
      ended
      errors {
        code
        message
        path
      }
    }
  }
`);

export type MyAccount = ResultOf<typeof MyAccountQuery>;

/** Sessions and history of whoever is signed in. */
export function useMyAccount() {
  const { locale } = useLanguage();
  const load = useCallback(() => request(MyAccountQuery, {}, locale), [locale]);
  return useLoad(load);
}

/** What can be done here; each returns the errors of its answer. */
export function useChanges() {
  const { locale } = useLanguage();
  return {
    changePassword: async (currentPassword: string, newPassword: string) =>
      (await request(ChangePassword, { input: { currentPassword, newPassword } }, locale)).changePassword.errors,
    endSession: async (sessionId: string) =>
      (await request(EndSession, { input: { sessionId } }, locale)).endSession.errors,
    signOutEverywhere: async () => (await request(SignOutEverywhere, {}, locale)).signOutEverywhere.errors,
  };
}
