import { Route, Switch } from "wouter";
import { usePermission } from "../../session/session";
import { NoAccess } from "../../shell/NoAccess";
import { NotFound } from "../../shell/NotFound";
import { paths } from "../../urls";
import { NewPolicy } from "./NewPolicy";
import { NewVersion } from "./NewVersion";
import { PoliciesScreen } from "./PoliciesScreen";
import { PolicyScreen } from "./PolicyScreen";

/** All screens about policies; they are fetched together when the first of them is opened. */
export default function PoliciesScreens() {
  const mayManage = usePermission("POLICIES_MANAGE");
  const managing = (screen: React.ReactNode) => (mayManage ? screen : <NoAccess needs="POLICIES_MANAGE" />);
  return (
    <Switch>
      <Route path={paths.policies}>
        <PoliciesScreen />
      </Route>
      <Route path={paths.newPolicy}>{managing(<NewPolicy />)}</Route>
      <Route path={paths.policy}>{({ id }) => <PolicyScreen key={id} id={id} />}</Route>
      <Route path={paths.newPolicyVersion}>{({ id }) => managing(<NewVersion key={id} id={id} />)}</Route>
      <Route component={NotFound} />
    </Switch>
  );
}
