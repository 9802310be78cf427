import { act, render } from "@testing-library/react";
import type { ReactNode } from "react";
import { vi } from "vitest";
import { Router } from "wouter";
import { memoryLocation } from "wouter/memory-location";
import { LanguageProvider } from "../../../shared/i18n/i18n";
import { TimeZone } from "../../../shared/time/zone";
import { Announcer } from "../../../shared/ui/announce";
import { catalog } from "../../catalog/all-en";
import type { Acceptance, policiesOf } from "./policies";

type Answer = Parameters<typeof policiesOf>[0];
type Status = Omit<
  Extract<NonNullable<Answer["viewer"]["actor"]>, { __typename: "Guardian" }>["family"]["policyStatuses"][number],
  "policyVersion"
>;

export const business = {
  name: "Sunrise Gymnastics",
  slug: "sunrise",
  phone: null,
  timeZone: "America/Chicago",
  passwordMinLength: 15,
  accent: null,
};

const hash = "ab".repeat(32);
const version = { id: "pv_1", number: 1, title: "Waiver 2026", effectiveFrom: "2026-03-01", textHash: hash };

export const accepted = (changes: Partial<Acceptance> = {}): Acceptance => ({
  id: "acc_1",
  method: "ELECTRONIC",
  recordedAt: "2026-03-03T15:12:00Z",
  signedOn: null,
  acceptedBy: { id: "gdn_1", name: "Maria Lopez" },
  policyVersion: version,
  ...changes,
});

export const onPaper = () => accepted({ id: "acc_2", method: "MANUAL", signedOn: "2026-02-28" });

export const status = (changes: Partial<Status> = {}): Status => ({
  student: null,
  carriedOver: false,
  acceptance: null,
  ...changes,
});

/** A policy and the lines the family has of it. */
export function policy(
  id: string,
  title: string,
  lines: Status[],
  changes: { required?: boolean; number?: number } = {},
) {
  const number = changes.number ?? 1;
  const current = {
    id: `${id}_v${number}`,
    number,
    title,
    effectiveFrom: "2026-03-01",
    changeNote: "",
    bodyHtml: `<h3>Risks</h3><p>The text of ${title}, version ${number}.</p>`,
    textHash: hash,
  };
  return { policy: { id, required: changes.required ?? true, current }, lines };
}

type Given = {
  policy: Omit<ReturnType<typeof policy>["policy"], "current"> & { current: Answer["policies"][number]["current"] };
  lines: Status[];
};

/** What the API answers with. */
export function answer(all: Given[]): Answer {
  return {
    policies: all.map((one) => one.policy),
    viewer: {
      actor: {
        __typename: "Guardian",
        id: "gdn_1",
        family: {
          id: "fam_1",
          name: "Lopez",
          policyStatuses: all.flatMap(({ policy: { id, current }, lines }) =>
            lines.map((line) => ({ ...line, policyVersion: { id: current?.id ?? `${id}_v1` } })),
          ),
        },
      },
    },
  };
}

type Call = { name: string; variables: Record<string, unknown> };
export type Reply = { data: unknown } | "lost";

/** Shows a page with answers that a test gives by the name of the operation; what was asked is kept. */
export async function show(page: ReactNode, reply: (call: Call) => Reply) {
  const calls: Call[] = [];
  vi.stubGlobal("fetch", async (_: unknown, init: { body: string }) => {
    const { query, variables } = JSON.parse(init.body) as { query: string; variables: Record<string, unknown> };
    const call = { name: /^\w+ (\w+)/.exec(query)?.[1] ?? "", variables };
    calls.push(call);
    const answered = reply(call);
    if (answered === "lost") throw new TypeError("connection lost");
    return new Response(JSON.stringify(answered), { headers: { "Content-Type": "application/json" } });
  });
  const { hook, history } = memoryLocation({ path: "/portal/sunrise", record: true });
  await act(async () => {
    render(
      <LanguageProvider initial={{ locale: "en", messages: catalog }} load={async () => catalog}>
        <TimeZone value={business.timeZone}>
          <Router hook={hook}>{page}</Router>
        </TimeZone>
        <Announcer />
      </LanguageProvider>,
    );
  });
  return { calls, history };
}
