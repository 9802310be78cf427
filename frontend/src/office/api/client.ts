import { Client, fetchExchange } from "@urql/core";
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
    preferGetMethod: false,
    requestPolicy: "cache-and-network",
    fetchOptions: () => ({ headers: requestHeaders("office", locale()), credentials: "same-origin" }),
  });
  return { client, session: watch };
}
