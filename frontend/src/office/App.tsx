import { CSPProvider } from "@base-ui/react/csp-provider";
import { Tooltip } from "@base-ui/react/tooltip";
import { lazy, type ReactNode } from "react";
import { useQuery } from "urql";
import { Redirect, Route, Router, Switch, useLocation, useSearch } from "wouter";
import { TimeZone } from "../shared/time/zone";
import { Announcer } from "../shared/ui/announce";
import { Lazy } from "../shared/ui/Lazy";
import { PageOwner } from "../shared/ui/page";
import { Waiting } from "../shared/ui/wait";
import { QueryView } from "./api/QueryView";
import { useT } from "./i18n";
import { FamiliesScreen } from "./screens/families/FamiliesScreen";
import { FamilyScreen } from "./screens/family/FamilyScreen";
import { SignInScreen } from "./screens/sign-in/SignInScreen";
import { ApiProvider } from "./session/api-context";
import { SessionEndedDialog } from "./session/SessionEndedDialog";
import { type Permission, SessionProvider, sessionOf, usePermission, ViewerQuery } from "./session/session";
import { LeaveGuard, useGuardedLocation } from "./shell/leave-guard";
import { NoAccess } from "./shell/NoAccess";
import { NotFound } from "./shell/NotFound";
import { Shell } from "./shell/Shell";
import { Shortcuts } from "./shell/shortcuts";
import { familiesUrl, paths, signInUrl } from "./urls";

const AuditScreen = lazy(() => import("./screens/audit/AuditScreen"));
const PoliciesScreens = lazy(() => import("./screens/policies/PoliciesScreens"));
const SmsCreditsScreen = lazy(() => import("./screens/sms-credits/SmsCreditsScreen"));
const ApiScreen = lazy(() => import("./screens/api/ApiScreen"));
const StaffScreen = lazy(() => import("./screens/staff/StaffScreen"));
const BusinessScreen = lazy(() => import("./screens/staff/BusinessScreen"));
const SecurityScreen = lazy(() => import("./identity/SecurityScreen"));
const ForgotPasswordScreen = lazy(() => import("./screens/forgot-password/ForgotPasswordScreen"));
const SettingsScreen = lazy(() => import("./screens/settings/SettingsScreen"));

export function App() {
  return (
    <CSPProvider disableStyleElements>
      <ApiProvider>
        <LeaveGuard>
          <Router base="/office" hook={useGuardedLocation}>
            <Tooltip.Provider delay={500}>
              <Switch>
                <Route path={paths.signIn} component={SignInScreen} />
                <Route path={paths.forgotPassword}>
                  <Lazy>
                    <ForgotPasswordScreen />
                  </Lazy>
                </Route>
                <Route component={Signed} />
              </Switch>
            </Tooltip.Provider>
          </Router>
        </LeaveGuard>
        <Announcer />
      </ApiProvider>
    </CSPProvider>
  );
}

/** Everything that needs a signed-in staff member; nobody is sent to the sign-in page and back afterwards. */
function Signed() {
  const t = useT();
  const [location] = useLocation();
  const search = useSearch();
  const query = useQuery({ query: ViewerQuery, requestPolicy: "cache-first" });
  return (
    <QueryView query={query} what={t("problem.start")} skeleton={<p className="p-8">{t("wait.loading")}</p>}>
      {({ viewer }) => {
        const session = sessionOf(viewer);
        if (!session) return <Redirect to={signInUrl(search ? `${location}?${search}` : location)} replace />;
        return (
          <SessionProvider session={session}>
            <TimeZone value={session.business.timeZone}>
              <PageOwner value={session.business.name}>
                <Shell>
                  <Lazy at={location} fallback={<Waiting skeleton={null} onRetry={() => window.location.reload()} />}>
                    <Screens />
                  </Lazy>
                </Shell>
                <Shortcuts />
                <SessionEndedDialog />
              </PageOwner>
            </TimeZone>
          </SessionProvider>
        );
      }}
    </QueryView>
  );
}

function Screens() {
  return (
    <Switch>
      <Route path="/">
        <Redirect to={familiesUrl()} replace />
      </Route>
      <Route path={paths.families}>
        <Needs permission="FAMILIES_READ">
          <FamiliesScreen />
        </Needs>
      </Route>
      <Route path={paths.family}>
        {({ id }) => (
          <Needs permission="FAMILIES_READ">
            <FamilyScreen key={id} id={id} />
          </Needs>
        )}
      </Route>
      <Route path={`${paths.policies}/*?`}>
        <Needs permission="POLICIES_MANAGE" or="FAMILIES_READ">
          <PoliciesScreens />
        </Needs>
      </Route>
      <Route path={paths.audit}>
        <Needs permission="AUDIT_READ">
          <AuditScreen />
        </Needs>
      </Route>
      <Route path={paths.smsCredits}>
        <Needs permission="SETTINGS_MANAGE" or="SMS_SPEND">
          <SmsCreditsScreen />
        </Needs>
      </Route>
      <Route path={paths.api}>
        <Needs permission="API_EXPLORE">
          <ApiScreen />
        </Needs>
      </Route>
      <Route path={paths.security} component={SecurityScreen} />
      <Route path={paths.staff}>
        <Needs permission="SETTINGS_MANAGE">
          <StaffScreen />
        </Needs>
      </Route>
      <Route path={paths.business}>
        <Needs permission="SETTINGS_MANAGE">
          <BusinessScreen />
        </Needs>
      </Route>
      <Route path={paths.settings}>
        <Needs permission="SETTINGS_MANAGE">
          <SettingsScreen />
        </Needs>
      </Route>
      <Route component={NotFound} />
    </Switch>
  );
}

function Needs(props: { permission: Permission; or?: Permission; children: ReactNode }) {
  const has = usePermission(props.permission);
  const hasOther = usePermission(props.or ?? props.permission);
  return has || hasOther ? props.children : <NoAccess needs={props.permission} />;
}
