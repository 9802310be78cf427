import { useMutation } from "urql";
import { graphql, type ResultOf } from "../../shared/graphql/graphql";

/** The second factor of whoever is signed in, or signing in. */
export const SecurityQuery = graphql(`
  query Security {
    viewer {
      actor {
        __typename
        ... on Staff {
          id
        }
      }
      security {
        totp
        locked
        required
        recoveryCodesLeft
        passkeys {
          id
          name
          createdAt
          lastUsedAt
        }
      }
    }
  }
`);

export type Security = NonNullable<ResultOf<typeof SecurityQuery>["viewer"]["security"]>;

const Complete = graphql(`
  mutation CompleteSecondFactor($input: CompleteSecondFactorInput!) {
    completeSecondFactor(input: $input) {
      viewer {
        actor {
          __typename
          ... on Staff {
            id
          }
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

const Confirm = graphql(`
  mutation ConfirmIdentity($input: ConfirmIdentityInput!) {
    confirmIdentity(input: $input) {
      confirmed
      errors {
        code
        message
        path
      }
    }
  }
`);

const StartAssertion = graphql(`
  mutation StartPasskeyAssertion {
    startPasskeyAssertion {
      options
      errors {
        code
        message
        path
      }
    }
  }
`);

const StartTotp = graphql(`
  mutation StartTotp {
    startTotp {
      setup {
        key
        qrCode
      }
      errors {
        code
        message
        path
      }
    }
  }
`);

const ConfirmTotp = graphql(`
  mutation ConfirmTotp($input: ConfirmTotpInput!) {
    confirmTotp(input: $input) {
      recoveryCodes
      errors {
        code
        message
        path
      }
    }
  }
`);

const RemoveTotp = graphql(`
  mutation RemoveTotp {
    removeTotp {
      security {
        totp
      }
      errors {
        code
        message
        path
      }
    }
  }
`);

const StartPasskey = graphql(`
  mutation StartPasskeyRegistration {
    startPasskeyRegistration {
      options
      errors {
        code
        message
        path
      }
    }
  }
`);

const AddPasskey = graphql(`
  mutation AddPasskey($input: AddPasskeyInput!) {
    addPasskey(input: $input) {
      recoveryCodes
      errors {
        code
        message
        path
      }
    }
  }
`);

const RenamePasskey = graphql(`
  mutation RenamePasskey($input: RenamePasskeyInput!) {
    renamePasskey(input: $input) {
      passkey {
        id
        name
      }
      errors {
        code
        message
        path
      }
    }
  }
`);

const RemovePasskey = graphql(`
  mutation RemovePasskey($input: RemovePasskeyInput!) {
    removePasskey(input: $input) {
      security {
        totp
      }
      errors {
        code
        message
        path
      }
    }
  }
`);

const RenewCodes = graphql(`
  mutation RenewRecoveryCodes {
    renewRecoveryCodes {
      recoveryCodes
      errors {
        code
        message
        path
      }
    }
  }
`);

export const useComplete = () => useMutation(Complete)[1];
export const useConfirm = () => useMutation(Confirm)[1];
export const useStartAssertion = () => useMutation(StartAssertion)[1];
export const useStartTotp = () => useMutation(StartTotp)[1];
export const useConfirmTotp = () => useMutation(ConfirmTotp)[1];
export const useRemoveTotp = () => useMutation(RemoveTotp)[1];
export const useStartPasskey = () => useMutation(StartPasskey)[1];
export const useAddPasskey = () => useMutation(AddPasskey)[1];
export const useRenamePasskey = () => useMutation(RenamePasskey)[1];
export const useRemovePasskey = () => useMutation(RemovePasskey)[1];
export const useRenewCodes = () => useMutation(RenewCodes)[1];
