import { createContext, type ReactNode, use } from "react";
import type { ResultOf } from "../../shared/graphql/graphql";
import { graphql } from "../../shared/graphql/graphql";

export const ViewerQuery = graphql(`
  query Viewer {
    viewer {
      actor {
        __typename
        ... on Staff {
          id
          name
          email
        }
      }
      permissions
      business {
        name
        slug
        timeZone
        country
        phone
        locales
      }
    }
  }
`);

type Viewer = ResultOf<typeof ViewerQuery>["viewer"];
export type Permission = Viewer["permissions"][number];

/** Who is signed in, and where. */
export interface Session {
  staff: { id: string; name: string; email: string | null };
  business: NonNullable<Viewer["business"]>;
  permissions: readonly Permission[];
}

/** Null when no staff member is signed in. */
export function sessionOf(viewer: Viewer): Session | null {
  const { actor, business, permissions } = viewer;
  if (actor?.__typename !== "Staff" || !business) return null;
  return { staff: { id: actor.id, name: actor.name, email: actor.email }, business, permissions };
}

const SessionContext = createContext<Session | null>(null);

export function SessionProvider(props: { session: Session; children: ReactNode }) {
  return <SessionContext value={props.session}>{props.children}</SessionContext>;
}

export function useSession(): Session {
  const session = use(SessionContext);
  if (!session) throw new Error("SessionProvider is missing");
  return session;
}

/**
 * Whether the signed-in staff member has a permission. The server decides again on every request (`@auth` on
 * its root fields); this only keeps screens from offering what would be refused.
 */
export function usePermission(permission: Permission): boolean {
  return useSession().permissions.includes(permission);
}
