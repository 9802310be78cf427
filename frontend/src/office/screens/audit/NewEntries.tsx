import { useEffect, useState } from "react";
import { useClient } from "urql";
import { Button } from "../../../shared/ui/Button";
import { useT } from "../../i18n";
import { type AuditFilter, NewEntriesQuery } from "./filter";

const every = 30_000;

/** Entries that came meanwhile wait behind a button: the list never moves under somebody's eyes. */
export function NewEntries(props: { filter: AuditFilter; newest: string | null; onShow: () => void }) {
  const t = useT();
  const client = useClient();
  const [count, setCount] = useState(0);
  const { newest } = props;
  const filter = JSON.stringify(props.filter);

  useEffect(() => {
    setCount(0);
    let gone = false;
    const look = async () => {
      if (document.visibilityState !== "visible") return;
      const { data } = await client.query(
        NewEntriesQuery,
        { filter: JSON.parse(filter) as AuditFilter },
        { requestPolicy: "network-only" },
      );
      if (gone || !data) return;
      const ids = data.auditEntries.edges.map((edge) => edge.node.id);
      const known = newest === null ? -1 : ids.indexOf(newest);
      setCount(known === -1 ? ids.length : known);
    };
    const timer = setInterval(() => void look(), every);
    return () => {
      gone = true;
      clearInterval(timer);
    };
  }, [client, filter, newest]);

  return (
    <div role="status" className="empty:hidden">
      {count > 0 && (
        <Button size="small" onClick={props.onShow}>
          {t("audit.newEntries", { count })}
        </Button>
      )}
    </div>
  );
}
