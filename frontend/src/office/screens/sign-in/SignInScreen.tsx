import { useLocation, useSearch } from "wouter";
import { PageTitle } from "../../../shared/ui/page";
import { useT } from "../../i18n";
import { useApi } from "../../session/api-context";
import { SignInForm } from "../../session/SignInForm";
import { readNext } from "../../urls";

export function SignInScreen() {
  const t = useT();
  const { reset } = useApi();
  const [, navigate] = useLocation();
  const search = useSearch();
  return (
    <main className="mx-auto grid min-h-dvh w-full max-w-md content-start px-4 pt-[12vh] pb-10">
      <p className="caption mb-3">{t("signIn.product")}</p>
      <div className="sheet border-t-4 border-t-accent p-6 sm:p-8">
        <PageTitle className="mb-6">{t("signIn.title")}</PageTitle>
        <SignInForm
          onSignedIn={() => {
            reset();
            navigate(readNext(search), { replace: true });
          }}
        />
      </div>
    </main>
  );
}
