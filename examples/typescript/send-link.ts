// Lists families, sends the first guardian who can get one a link by email, and waits for what becomes of it.
// OFFICE_URL is the origin of the Office Portal, OFFICE_TOKEN an API token with FAMILIES_READ and PASSWORD_RESET_SEND.
// Documents are typed by gql.tada from the schema, without a step that generates them.
import { randomUUID } from "node:crypto";
import { setTimeout } from "node:timers/promises";
import { print } from "@0no-co/graphql.web";
import { initGraphQLTada, type TadaDocumentNode } from "gql.tada";
import type { introspection } from "../../frontend/src/shared/graphql/graphql-env.d.ts";

const graphql = initGraphQLTada<{ introspection: introspection; scalars: { ID: string } }>();

async function ask<Data, Variables>(document: TadaDocumentNode<Data, Variables>, variables: Variables): Promise<Data> {
  const response = await fetch(`${process.env.OFFICE_URL}/graphql`, {
    method: "POST",
    headers: {
      "Content-Type": "application/json",
      Accept: "application/graphql-response+json",
      Authorization: `Bearer ${process.env.OFFICE_TOKEN}`,
    },
    body: JSON.stringify({ query: print(document), variables }),
  });
  const { data, errors } = await response.json();
  if (errors) throw new Error(errors[0].message);
  return data;
}

const families = graphql(`
  query Families($first: Int!) {
    families(first: $first) {
      edges { node { name guardians { id name passwordResetOptions { channel available } } } }
    }
  }
`);
const sendLink = graphql(`
  mutation SendLink($input: RequestPasswordResetInput!) {
    requestPasswordReset(input: $input) { request { id } errors { code message } }
  }
`);
const outcome = graphql(`
  query Outcome($id: ID!) { node(id: $id) { ... on PasswordResetRequest { state delivery } } }
`);

const listed = (await ask(families, { first: 50 })).families.edges.map((edge) => edge.node);
for (const family of listed) console.log("family", family.name);
const guardian = listed
  .flatMap((family) => family.guardians)
  .find((g) => g.passwordResetOptions.some((option) => option.channel === "EMAIL" && option.available));
if (!guardian) throw new Error("nobody can get a link");

// One key for one intention: who gets no answer sends the same again, and nothing is sent twice.
const input = { guardianId: guardian.id, channel: "EMAIL" as const, idempotencyKey: randomUUID() };
const sent = (await ask(sendLink, { input })).requestPasswordReset;
if (!sent.request) throw new Error(`refused: ${sent.errors[0]?.message}`);

for (const pause of [1, 1, 2, 4, 8, 15]) {
  const { node } = await ask(outcome, { id: sent.request.id });
  if (!node || !("delivery" in node)) throw new Error("the reset is gone");
  if (node.delivery !== "QUEUED" && node.delivery !== "SENDING") {
    console.log("outcome", node.delivery, node.state);
    break;
  }
  await setTimeout(pause * 1000);
}
