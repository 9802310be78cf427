import { useCallback, useEffect } from "react";
import { Redirect, Route, Switch, useLocation } from "wouter";
import { useLanguage } from "../shared/i18n/i18n";
import { TimeZone } from "../shared/time/zone";
import { Announcer } from "../shared/ui/announce";
import { PageTitle } from "../shared/ui/page";
import { LoadView } from "./api/LoadView";
import { guardianOf, PortalQuery } from "./api/portal";
import { request } from "./api/request";
import { useLoad } from "./api/use-load";
import { HandoffProvider } from "./handoff";
import { useT } from "./i18n";
import { Page } from "./layout/Page";
import { ForgotPasswordScreen } from "./screens/forgot-password/ForgotPasswordScreen";
import { HomeScreen } from "./screens/home/HomeScreen";
import { SignOut } from "./screens/home/SignOut";
import { LinkScreen } from "./screens/link/LinkScreen";
import { SignInScreen } from "./screens/sign-in/SignInScreen";
import { takeSecret } from "./secret";
import { homeUrl, patterns, signInUrl, slugOf } from "./urls";

export function App() {
  const [location] = useLocation();
  const slug = slugOf(location);

  useEffect(() => {
    const changed = () => {
      takeSecret();
      window.dispatchEvent(new Event("officeportal:link"));
    };
    window.addEventListener("hashchange", changed);
    return () => window.removeEventListener("hashchange", changed);
  }, []);

  return (
    <HandoffProvider>
      {location === patterns.link ? <LinkScreen /> : slug ? <Portal key={slug} slug={slug} /> : <Missing />}
      <Announcer />
    </HandoffProvider>
  );
}

/** The pages of one business. Who is signed in is read once and again after signing in or out. */
function Portal(props: { slug: string }) {
  const { slug } = props;
  const t = useT();
  const { locale } = useLanguage();
  const [, navigate] = useLocation();
  const load = useCallback(() => request(PortalQuery, { slug }, locale), [slug, locale]);
  const loading = useLoad(load);
  const { data, reload } = loading;
  const business = data?.portalBusiness ?? null;
  const guardian = data ? guardianOf(data) : null;
  if (data && !business) return <Missing />;
  return (
    <TimeZone value={business?.timeZone ?? "UTC"}>
      <Page
        business={business}
        aside={
          guardian && (
            <SignOut
              onSignedOut={() => {
                navigate(signInUrl(slug));
                reload();
              }}
            />
          )
        }
      >
        <LoadView loading={loading} what={t("start.what")}>
          {() =>
            business && (
              <Switch>
                <Route path={patterns.signIn}>
                  <SignInScreen business={business} onSignedIn={reload} />
                </Route>
                <Route path={patterns.forgotPassword}>
                  <ForgotPasswordScreen business={business} />
                </Route>
                <Route path={patterns.home}>
                  {guardian ? (
                    <HomeScreen guardian={guardian} />
                  ) : (
                    <SignInScreen business={business} onSignedIn={reload} />
                  )}
                </Route>
                <Route>
                  <Redirect to={homeUrl(slug)} replace />
                </Route>
              </Switch>
            )
          }
        </LoadView>
      </Page>
    </TimeZone>
  );
}

function Missing() {
  const t = useT();
  return (
    <Page business={null}>
      <div className="grid gap-4">
        <PageTitle failed>{t("notFound.title")}</PageTitle>
        <p>{t("notFound.text")}</p>
      </div>
    </Page>
  );
}
