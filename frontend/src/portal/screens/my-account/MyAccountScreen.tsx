import { useState } from "react";
import { Link } from "wouter";
import { useLanguage } from "../../../shared/i18n/i18n";
import { useWords } from "../../../shared/i18n/words";
import { short } from "../../../shared/time/format";
import { useNow } from "../../../shared/time/use-now";
import { useTimeZone } from "../../../shared/time/zone";
import { announce } from "../../../shared/ui/announce";
import { Banner } from "../../../shared/ui/Banner";
import { Button } from "../../../shared/ui/Button";
import { PageTitle } from "../../../shared/ui/page";
import { LoadView } from "../../api/LoadView";
import type { BusinessFacts } from "../../api/portal";
import { kindOfError } from "../../api/request";
import { useT } from "../../i18n";
import { homeUrl } from "../../urls";
import { ChangePassword } from "./ChangePassword";
import { type MyAccount, useChanges, useMyAccount } from "./use-my-account";
import { words as myWords } from "./words";

/** The guardian's own login: the password, where it is in use, and what happened to it. */
export default function MyAccountScreen(props: { business: BusinessFacts; onSignedOut: () => void }) {
  const own = useWords(myWords);
  const loading = useMyAccount();
  return (
    <div className="grid gap-8">
      <div className="grid gap-1">
        <PageTitle>{own("my.title")}</PageTitle>
        <p>
          <Link className="link inline-flex min-h-8 items-center" href={homeUrl(props.business.slug)}>
            {own("my.back")}
          </Link>
        </p>
      </div>
      <LoadView loading={loading} what={own("my.title")}>
        {(data) => (
          <>
            <ChangePassword business={props.business} email={emailOf(data)} onChanged={loading.reload} />
            <Sessions sessions={data.sessions} reload={loading.reload} onSignedOut={props.onSignedOut} />
            <History entries={data.ownHistory} />
          </>
        )}
      </LoadView>
    </div>
  );
}

const emailOf = ({ viewer }: MyAccount) => (viewer.actor?.__typename === "Guardian" && viewer.actor.email) || "";

function Sessions(props: { sessions: MyAccount["sessions"]; reload: () => void; onSignedOut: () => void }) {
  const t = useT();
  const own = useWords(myWords);
  const { endSession, signOutEverywhere } = useChanges();
  const [pending, setPending] = useState("");
  const [failure, setFailure] = useState("");

  async function run(id: string, work: () => Promise<readonly { message: string }[]>, done: () => void) {
    if (pending) return;
    setPending(id);
    setFailure("");
    try {
      const errors = await work();
      if (errors[0]) setFailure(errors[0].message);
      else done();
    } catch (error) {
      if (kindOfError(error) === "session") props.onSignedOut();
      else setFailure(t(`problem.${kindOfError(error)}`));
    }
    setPending("");
  }

  return (
    <section aria-labelledby="sessions">
      <h2 id="sessions" className="caption border-b border-line-strong pb-2">
        {own("my.sessions")}
      </h2>
      {failure && (
        <div className="pt-3">
          <Banner tone="bad" role="alert">
            {failure}
          </Banner>
        </div>
      )}
      <ul>
        {props.sessions.map((session) => (
          <li
            key={session.id}
            className="flex flex-wrap items-center justify-between gap-x-4 gap-y-2 border-b border-line py-3"
          >
            <div className="min-w-0">
              <p className="font-medium">{session.device}</p>
              <p className="text-sm text-ink-soft">
                {session.current ? own("my.this") : <Parted text={own("my.seen", { time: "|" })} at={session.seenAt} />}
                {session.address && ` ${own("my.from", { address: session.address })}`}
              </p>
            </div>
            {!session.current && (
              <Button
                size="small"
                waiting={pending === session.id}
                aria-label={own("my.endFor", { device: session.device })}
                onClick={() =>
                  void run(
                    session.id,
                    () => endSession(session.id),
                    () => {
                      announce(own("my.ended", { device: session.device }));
                      props.reload();
                    },
                  )
                }
              >
                {own("my.end")}
              </Button>
            )}
          </li>
        ))}
      </ul>
      <div className="grid justify-items-start gap-2 pt-4">
        <Button
          waiting={pending === "everywhere"}
          aria-describedby="everywhere-hint"
          className="max-sm:w-full"
          onClick={() => void run("everywhere", signOutEverywhere, props.onSignedOut)}
        >
          {own("my.everywhere")}
        </Button>
        <p id="everywhere-hint" className="text-sm text-ink-soft">
          {own("my.everywhereHint")}
        </p>
      </div>
    </section>
  );
}

/** A time in the zone of the business, as everywhere on the Customer Portal. */
function When(props: { at: string }) {
  const { locale } = useLanguage();
  const timeZone = useTimeZone();
  return <time dateTime={props.at}>{short(new Date(props.at), useNow(60_000), timeZone, locale)}</time>;
}

/** A sentence with a time in it. */
function Parted(props: { text: string; at: string }) {
  const [before, after] = props.text.split("|");
  return (
    <>
      {before}
      <When at={props.at} />
      {after}
    </>
  );
}

function History(props: { entries: MyAccount["ownHistory"] }) {
  const own = useWords(myWords);
  return (
    <section aria-labelledby="history">
      <h2 id="history" className="caption border-b border-line-strong pb-2">
        {own("my.history")}
      </h2>
      {props.entries.length === 0 && <p className="pt-3 text-ink-soft">{own("my.noHistory")}</p>}
      <ul>
        {props.entries.map((entry) => (
          <li key={entry.id} className="border-b border-line py-3">
            <p>{entry.summary}</p>
            <p className="text-sm text-ink-soft">
              <When at={entry.occurredAt} />
              {entry.device && ` · ${entry.device}`}
              {entry.address && ` ${own("my.from", { address: entry.address })}`}
            </p>
          </li>
        ))}
      </ul>
    </section>
  );
}
