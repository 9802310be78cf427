import { Client, fetchExchange } from "@urql/core";
import { documentOf } from "../../shared/graphql/document-ids";
import { endpoint, requestHeaders } from "../../shared/graphql/transport";
import { cache } from "./cache";
import { type SessionWatch, sessionExchange } from "./session-exchange";

export interface Api {
  client: Client;
  session: SessionWatch;
}

/** A client with an empty cache. Whoever signs in or out gets a new one: nothing of the last person stays. */
export function createApi(locale: () => string): Api {
  const { exchange, watch } = sessionExchange();
  const client = new Client({
    url: endpoint,
    exchanges: [cache(), exchange, fetchExchange],
    fetch: sendTrusted,
    preferGetMethod: false,
    fetchSubscriptions: true, // as server-sent events, over the same address
    requestPolicy: "cache-and-network",
    fetchOptions: () => {
      const { Accept: _, ...headers } = requestHeaders("office", locale()); // the client asks for a stream or for an answer
      return { headers, credentials: "same-origin" };
    },
  });
  return { client, session: watch };
}

/** Sends the id of a document instead of its text. */
const sendTrusted: typeof fetch = (input, init) => {
  const { query, ...rest } = JSON.parse(String(init?.body));
  return fetch(input, { ...init, body: JSON.stringify({ ...documentOf(rest.operationName, () => query), ...rest }) });
};
