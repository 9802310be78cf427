import { useMutation } from "urql";
import { graphql } from "../../../shared/graphql/graphql";

export const GuardsQuery = graphql(`
  query SmsGuards {
    smsAccount {
      id
      guards {
        dialCodes
        dayCap
        pausedAt
      }
      texts {
        problem
        previews {
          locale
          text
          length
          limit
        }
      }
    }
  }
`);

const SetSmsGuards = graphql(`
  mutation SetSmsGuards($input: SetSmsGuardsInput!) {
    setSmsGuards(input: $input) {
      smsAccount {
        id
        guards {
          dialCodes
          dayCap
          pausedAt
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

const ResumeSms = graphql(`
  mutation ResumeSms {
    resumeSms {
      smsAccount {
        id
        guards {
          dialCodes
          dayCap
          pausedAt
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

export const useSetSmsGuards = () => useMutation(SetSmsGuards);
export const useResumeSms = () => useMutation(ResumeSms);
