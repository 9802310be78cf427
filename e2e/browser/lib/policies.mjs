import assert from "node:assert/strict";

/** Sends an operation with the session of whoever is signed in on the page; fails unless it is answered as hoped. */
export async function ask(page, query, variables = {}) {
  const portal = new URL(page.url()).pathname.startsWith("/portal") ? "customer" : "office";
  const answer = await page.evaluate(
    async ([portal, body]) => {
      const headers = { "Content-Type": "application/json", "X-Portal": portal };
      return (await fetch("/graphql", { method: "POST", headers, body })).json();
    },
    [portal, JSON.stringify({ query, variables })],
  );
  assert.deepEqual(answer.errors ?? [], []);
  for (const payload of Object.values(answer.data)) assert.deepEqual(payload?.errors ?? [], []);
  return answer.data;
}

/** Publishes a policy, or a version of one when `of` is what was published before; answers the policy. */
export async function publish(page, { of, ...input }) {
  const more = of ? { policyId: of.id, version: of.version } : { scope: "FAMILY", ...input };
  const { publishPolicyVersion } = await ask(
    page,
    `mutation($input: PublishPolicyVersionInput!) {
      publishPolicyVersion(input: $input) { policy { id title version current { id number } } errors { code message } }
    }`,
    { input: { bodyMarkdown: `The text of ${input.title}.`, idempotencyKey: crypto.randomUUID(), ...input, ...more } },
  );
  return publishPolicyVersion.policy;
}

/** Retires everything that earlier tests published, so that nobody is asked for it any more. */
export async function retireAll(page) {
  const { policies } = await ask(page, "{ policies { id version } }");
  for (const { id, version } of policies) {
    await ask(
      page,
      "mutation($input: RetirePolicyInput!) { retirePolicy(input: $input) { errors { code message } } }",
      {
        input: { policyId: id, version },
      },
    );
  }
}
