import { print } from "@0no-co/graphql.web";
import type { TadaDocumentNode } from "gql.tada";
import { documentOf } from "../../shared/graphql/document-ids";
import { endpoint, requestHeaders } from "../../shared/graphql/transport";

export type ProblemKind =
  | "offline"
  | "unreachable"
  | "limited"
  | "forbidden"
  | "session"
  | "input"
  | "unknown"
  | "server";

/** Happens when the server no longer knows who is signed in: the session ended, or another tab signed out. */
export const signedOutElsewhere = "officeportal:signed-out";

/** A request that got no usable answer. Expected failures are in the answer and don't throw. */
export class RequestFailed extends Error {
  readonly kind: ProblemKind;
  readonly requestId: string | null;

  constructor(kind: ProblemKind, requestId: string | null = null) {
    super(kind);
    this.kind = kind;
    this.requestId = requestId;
  }
}

interface Answer<Data> {
  data?: Data | null;
  errors?: { extensions?: { code?: unknown; outcome?: unknown; requestId?: unknown } }[];
}

/**
 * Sends one operation. The Customer Portal has a handful of pages and nothing to keep: this is all the client
 * it needs, and a tenth of the size of one with a cache.
 */
export async function request<Data, Variables>(
  document: TadaDocumentNode<Data, Variables>,
  variables: Variables,
  locale: string,
): Promise<Data> {
  let response: Response;
  let answer: Answer<Data>;
  try {
    response = await fetch(endpoint, {
      method: "POST",
      credentials: "same-origin",
      headers: requestHeaders("customer", locale),
      body: JSON.stringify({ ...documentOf(nameOf(document), () => print(document)), variables }),
    });
    answer = (await response.json()) as Answer<Data>;
  } catch {
    throw new RequestFailed(navigator.onLine ? "unreachable" : "offline");
  }
  const first = answer.errors?.[0]?.extensions;
  if (answer.data && !first) return answer.data;
  if (first?.code === "UNAUTHENTICATED") window.dispatchEvent(new Event(signedOutElsewhere));
  const id = typeof first?.requestId === "string" ? first.requestId : response.headers.get("X-Request-Id");
  throw new RequestFailed(first?.outcome === "UNKNOWN" ? "unknown" : kindOf(first?.code, response.status), id);
}

function nameOf(document: Pick<TadaDocumentNode, "definitions">): string | undefined {
  for (const definition of document.definitions) {
    if (definition.kind === "OperationDefinition") return definition.name?.value;
  }
}

function kindOf(code: unknown, status: number): ProblemKind {
  if (code === "RATE_LIMITED" || status === 429) return "limited";
  if (code === "UNAUTHENTICATED") return "session";
  if (code === "BAD_USER_INPUT") return "input";
  return code === "FORBIDDEN" ? "forbidden" : "server";
}

/** The kind of a failure, whatever was thrown. */
export function kindOfError(error: unknown): ProblemKind {
  return error instanceof RequestFailed ? error.kind : "server";
}
