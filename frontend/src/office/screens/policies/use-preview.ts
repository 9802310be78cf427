import { useEffect, useState } from "react";
import { useClient } from "urql";
import { graphql } from "../../../shared/graphql/graphql";

const PreviewQuery = graphql(`
  query PolicyPreview($bodyMarkdown: String!) {
    policyPreview(bodyMarkdown: $bodyMarkdown)
  }
`);

const pause = 400;

export interface Preview {
  html: string;
  /** The text was changed since. */
  old: boolean;
  failed: boolean;
}

/**
 * The text as families will see it, made by the server as every text is: what this shows is what is published. Asked
 * for a moment after the last key; a slow answer never replaces a newer one.
 */
export function usePreview(body: string, known: { body: string; html: string }): Preview {
  const client = useClient();
  const [made, setMade] = useState({ ...known, failed: false });
  useEffect(() => {
    if (!body.trim() || body === made.body) return;
    let over = false;
    const timer = setTimeout(async () => {
      const { data } = await client.query(PreviewQuery, { bodyMarkdown: body }, { requestPolicy: "network-only" });
      if (over) return;
      if (data) setMade({ body, html: data.policyPreview, failed: false });
      else setMade((last) => ({ ...last, failed: true }));
    }, pause);
    return () => {
      over = true;
      clearTimeout(timer);
    };
  }, [body, made.body, client]);
  return { html: body.trim() ? made.html : "", old: body !== made.body, failed: made.failed };
}
