import { useState } from "react";
import { graphql } from "../../../shared/graphql/graphql";
import { useLanguage } from "../../../shared/i18n/i18n";
import { announce } from "../../../shared/ui/announce";
import { Button } from "../../../shared/ui/Button";
import { kindOfError, request } from "../../api/request";
import { useT } from "../../i18n";

const GuardianSignOut = graphql(`
  mutation GuardianSignOut {
    signOut {
      signedOut
      errors {
        code
        message
        path
      }
    }
  }
`);

export function SignOut(props: { onSignedOut: () => void }) {
  const t = useT();
  const { locale } = useLanguage();
  const [pending, setPending] = useState(false);

  async function leave() {
    setPending(true);
    try {
      await request(GuardianSignOut, {}, locale);
      props.onSignedOut();
    } catch (error) {
      // A session that is over already is what was asked for.
      if (kindOfError(error) === "session") props.onSignedOut();
      else announce(t(`problem.${kindOfError(error)}`));
    }
    setPending(false);
  }

  return (
    <Button size="small" className="whitespace-nowrap" waiting={pending} onClick={() => void leave()}>
      {t("home.signOut")}
    </Button>
  );
}
