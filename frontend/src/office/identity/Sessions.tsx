import { useState } from "react";
import { useMutation, useQuery } from "urql";
import { Link, useLocation } from "wouter";
import { graphql, type ResultOf } from "../../shared/graphql/graphql";
import { useWords } from "../../shared/i18n/words";
import { TimeText } from "../../shared/time/TimeText";
import { announce } from "../../shared/ui/announce";
import { Button } from "../../shared/ui/Button";
import { ErrorSummary, type FieldProblem } from "../../shared/ui/ErrorSummary";
import { Bone } from "../../shared/ui/wait";
import { QueryView } from "../api/QueryView";
import { useApi } from "../session/api-context";
import { paths, signInUrl } from "../urls";
import { useSend } from "./confirm";
import { words } from "./words";

const SessionsQuery = graphql(`
  query StaffSessions {
    sessions {
      id
      device
      address
      seenAt
      current
    }
  }
`);

const EndSession = graphql(`
  mutation EndStaffSession($input: EndSessionInput!) {
    endSession(input: $input) {
      sessions {
        id
      }
      errors {
        code
        message
        path
      }
    }
  }
`);

const SignOutEverywhere = graphql(`
  mutation StaffSignOutEverywhere {
    signOutEverywhere {
      ended
      errors {
        code
        message
        path
      }
    }
  }
`);

/** Where the staff member is signed in, and how to end that. */
export function Sessions() {
  const w = useWords(words);
  const query = useQuery({ query: SessionsQuery, requestPolicy: "network-only" });
  return (
    <section aria-labelledby="sessions" className="grid gap-3">
      <h2 id="sessions" className="caption">
        {w("sessions")}
      </h2>
      <div className="sheet grid gap-4 p-4 sm:p-5">
        <QueryView query={query} what={w("sessions")} skeleton={<Bone className="h-24" />}>
          {({ sessions }) => <List sessions={sessions} reload={() => query[1]({ requestPolicy: "network-only" })} />}
        </QueryView>
        <p className="text-sm text-ink-soft">
          {w("passwordByLink")}{" "}
          <Link className="link" href={paths.forgotPassword}>
            {w("passwordLink")}
          </Link>
        </p>
      </div>
    </section>
  );
}

function List(props: { sessions: ResultOf<typeof SessionsQuery>["sessions"]; reload: () => void }) {
  const w = useWords(words);
  const send = useSend();
  const { reset } = useApi();
  const [, navigate] = useLocation();
  const [ending, end] = useMutation(EndSession);
  const [leaving, everywhere] = useMutation(SignOutEverywhere);
  const [chosen, setChosen] = useState("");
  const [problems, setProblems] = useState<FieldProblem[]>([]);

  async function endOne(id: string, device: string) {
    setChosen(id);
    const { done, problems } = await send(
      () => end({ input: { sessionId: id } }),
      (d) => d.endSession,
    );
    setProblems(problems.map((p) => ({ ...p, field: "" })));
    if (done) announce(w("sessionEnded", { device }));
    props.reload();
  }

  async function endAll() {
    const { done, problems } = await send(
      () => everywhere({}),
      (d) => d.signOutEverywhere,
    );
    setProblems(problems);
    if (!done) return;
    navigate(signInUrl());
    reset();
  }

  return (
    <>
      <ErrorSummary problems={problems} />
      <ul className="grid gap-3" data-testid="sessions">
        {props.sessions.map((session) => (
          <li
            key={session.id}
            className="flex flex-wrap items-center justify-between gap-3 border-b border-line pb-3 last:border-0 last:pb-0"
          >
            <div className="min-w-0">
              <p className="font-semibold">{session.device}</p>
              <p className="text-sm text-ink-soft">
                {session.current ? w("sessionThis") : <TimeText at={session.seenAt} />}
                {session.address && ` · ${session.address}`}
              </p>
            </div>
            {!session.current && (
              <Button
                size="small"
                waiting={ending.fetching && chosen === session.id}
                aria-label={w("sessionEndOf", { device: session.device })}
                onClick={() => void endOne(session.id, session.device)}
              >
                {w("sessionEnd")}
              </Button>
            )}
          </li>
        ))}
      </ul>
      <div className="grid justify-items-start gap-2">
        <Button waiting={leaving.fetching} aria-describedby="everywhere-hint" onClick={() => void endAll()}>
          {w("everywhere")}
        </Button>
        <p id="everywhere-hint" className="text-sm text-ink-soft">
          {w("everywhereHint")}
        </p>
      </div>
    </>
  );
}
