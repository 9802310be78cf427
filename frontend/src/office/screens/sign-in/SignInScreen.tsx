import { useState } from "react";
import { useLocation, useSearch } from "wouter";
import { Banner } from "../../../shared/ui/Banner";
import { PageOwner, PageTitle } from "../../../shared/ui/page";
import { useT } from "../../i18n";
import { useApi } from "../../session/api-context";
import { SignInForm } from "../../session/SignInForm";
import { readNext } from "../../urls";

/** The address that a link has just set a password for; told once, by the page behind the link. */
function takeHandoff(): string | null {
  const email = sessionStorage.getItem("officeportal.password-set");
  sessionStorage.removeItem("officeportal.password-set");
  return email;
}

export function SignInScreen() {
  const t = useT();
  const { reset } = useApi();
  const [, navigate] = useLocation();
  const search = useSearch();
  const [chosen] = useState(takeHandoff);
  return (
    <PageOwner value={t("signIn.product")}>
      <main className="mx-auto grid min-h-dvh w-full max-w-md content-start px-4 pt-[12vh] pb-10">
        <p className="caption mb-3">{t("signIn.product")}</p>
        <div className="sheet border-t-4 border-t-accent p-6 sm:p-8">
          <PageTitle className="mb-6">{t("signIn.title")}</PageTitle>
          {chosen !== null && (
            <div className="mb-5">
              <Banner tone="good" role="status">
                {t("signIn.changed")}
              </Banner>
            </div>
          )}
          <SignInForm
            start={chosen ?? ""}
            onSignedIn={() => {
              reset();
              navigate(readNext(search), { replace: true });
            }}
          />
        </div>
      </main>
    </PageOwner>
  );
}
