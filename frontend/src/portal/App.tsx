import { lazy, useCallback, useEffect, useState } from "react";
import { Link, Redirect, Route, Switch, useLocation, useRoute } from "wouter";
import { useLanguage } from "../shared/i18n/i18n";
import { TimeZone } from "../shared/time/zone";
import { Announcer } from "../shared/ui/announce";
import { Lazy } from "../shared/ui/Lazy";
import { PageTitle } from "../shared/ui/page";
import { Waiting } from "../shared/ui/wait";
import { LoadView } from "./api/LoadView";
import { guardianOf, PortalQuery } from "./api/portal";
import { request, signedOutElsewhere } from "./api/request";
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
import { homeUrl, myAccountUrl, patterns, signInUrl, slugOf } from "./urls";

const MyAccountScreen = lazy(() => import("./screens/my-account/MyAccountScreen"));
const AcceptScreen = lazy(() => import("./screens/policies/AcceptScreen"));
const ReceiptScreen = lazy(() => import("./screens/policies/ReceiptScreen"));

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
  const [location, navigate] = useLocation();
  const [atHome] = useRoute(patterns.home);
  const load = useCallback(() => request(PortalQuery, { slug }, locale), [slug, locale]);
  const loading = useLoad(load);
  const { data, reload } = loading;
  const business = data?.portalBusiness ?? null;
  const guardian = data ? guardianOf(data) : null;
  // Before everything else a guardian is asked for what is required; there, signing out is beside the button.
  const asked = (guardian?.family.policiesMissing ?? 0) > 0;
  const [ended, setEnded] = useState(false);
  useEffect(() => {
    const left = () => {
      setEnded(true);
      reload();
    };
    window.addEventListener(signedOutElsewhere, left);
    return () => window.removeEventListener(signedOutElsewhere, left);
  }, [reload]);
  const signedIn = () => {
    setEnded(false);
    reload();
  };
  const signedOut = () => {
    navigate(signInUrl(slug));
    reload();
  };
  if (data && !business) return <Missing />;
  return (
    <TimeZone value={business?.timeZone ?? "UTC"}>
      <Page
        business={business}
        aside={
          guardian &&
          !(asked && atHome) && (
            <span className="no-print flex flex-wrap items-center gap-x-4 gap-y-1 max-sm:w-full max-sm:justify-between">
              {location !== myAccountUrl(slug) && (
                <Link className="link inline-flex min-h-8 items-center" href={myAccountUrl(slug)}>
                  {t("home.account")}
                </Link>
              )}
              <SignOut onSignedOut={signedOut} />
            </span>
          )
        }
      >
        <LoadView loading={loading} what={t("start.what")}>
          {() =>
            business && (
              <Lazy at={location} fallback={<Waiting skeleton={null} onRetry={() => window.location.reload()} />}>
                <Switch>
                  <Route path={patterns.signIn}>
                    <SignInScreen business={business} onSignedIn={signedIn} />
                  </Route>
                  <Route path={patterns.forgotPassword}>
                    <ForgotPasswordScreen business={business} />
                  </Route>
                  <Route path={patterns.home}>
                    {guardian && asked ? (
                      <AcceptScreen business={business} asking="required" onAccepted={reload} onSignedOut={signedOut} />
                    ) : guardian ? (
                      <HomeScreen guardian={guardian} business={business} />
                    ) : (
                      <SignInScreen business={business} ended={ended} onSignedIn={signedIn} />
                    )}
                  </Route>
                  <Route path={patterns.myAccount}>
                    {guardian ? (
                      <MyAccountScreen business={business} onSignedOut={signedOut} />
                    ) : (
                      <SignInScreen business={business} ended={ended} onSignedIn={signedIn} />
                    )}
                  </Route>
                  <Route path={patterns.policies}>
                    {guardian ? (
                      <AcceptScreen business={business} asking="all" onAccepted={reload} onSignedOut={signedOut} />
                    ) : (
                      <SignInScreen business={business} ended={ended} onSignedIn={signedIn} />
                    )}
                  </Route>
                  <Route path={patterns.receipt}>
                    {guardian ? (
                      <ReceiptScreen business={business} />
                    ) : (
                      <SignInScreen business={business} ended={ended} onSignedIn={signedIn} />
                    )}
                  </Route>
                  <Route>
                    <Redirect to={homeUrl(slug)} replace />
                  </Route>
                </Switch>
              </Lazy>
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
