import assert from "node:assert/strict";
import { look } from "./lib/axe.mjs";
import { button, field, gone, heading, link, see } from "./lib/steps.mjs";
import { eventually } from "./lib/wait.mjs";
import { useWorld } from "./lib/world.mjs";

// The screen API, what a program does with a token made there, and GraphiQL: all from our own origin, under our own
// policy; the guard of every window fails on anything else.

const world = useWorld();

/** Asks as a program does: with a token and nothing else. */
async function program(origin, token, body) {
  const answer = await fetch(`${origin}/graphql`, {
    method: "POST",
    headers: {
      "Content-Type": "application/json",
      Accept: "application/graphql-response+json",
      ...(token && { Authorization: `Bearer ${token}` }),
    },
    body: JSON.stringify(body),
  });
  return { status: answer.status, headers: answer.headers, ...(await answer.json()) };
}

world.test("a token is made, shown once, used by a program, and ended", async (visit) => {
  const page = await visit.page({ as: "olivia" });
  await page.goto("/office/api");
  await see(heading(page, "API", 1));
  await see(page.getByText("No API tokens yet.", { exact: true }));
  await button(page, "New API token").click();
  const form = page.getByRole("dialog", { name: "New API token" });
  await button(form, "Make token").click();
  await see(form.getByText("There are 2 problems", { exact: true }));
  await field(form, "Name").fill("Nightly sync");
  await form.getByRole("checkbox").first().check();
  assert.deepEqual(await look(page), []);
  await button(form, "Make token").click();
  await gone(form);
  const shown = page.getByText(/^opt_[a-z2-7]{39}$/);
  await see(shown);
  const token = await shown.innerText();
  assert.deepEqual(await look(page), []);

  const asked = await program(visit.origin, token, { query: "{ viewer { permissions apiToken { name state } } }" });
  assert.equal(asked.status, 200);
  assert.deepEqual(asked.data.viewer, { permissions: ["FAMILIES_READ"], apiToken: { name: "Nightly sync", state: "ACTIVE" } });
  assert.ok(asked.extensions.cost.limit > 0);
  assert.match(asked.headers.get("RateLimit"), /^"cost";r=\d+;t=\d+$/);

  await button(page, "Done").click();
  await gone(shown);
  await page.reload();
  const row = page.getByRole("table", { name: "API tokens" }).getByRole("row").nth(1);
  await see(row.getByText("Nightly sync", { exact: true }));
  assert.ok(!(await page.content()).includes(token), "the token is shown again");
  assert.deepEqual(await look(page), []);
  await button(row, "Revoke Nightly sync").click();
  await button(page.getByRole("alertdialog"), "Revoke").click();
  await see(row.getByText("Revoked", { exact: true }));
  const after = await program(visit.origin, token, { query: "{ viewer { permissions } }" });
  assert.equal(after.status, 401);
});

world.test("GraphiQL asks the server with everything from our own origin", async (visit) => {
  const page = await visit.page({ as: "olivia" });
  await page.goto("/office/api");
  await link(page, "Open GraphiQL").click();
  await see(page.getByText("Mutations act on real data.", { exact: true }));
  await see(page.getByRole("tab", { name: "SendReset" }));
  await see(page.locator(".graphiql-query-editor").getByText("WhoAmI")); // the editor is there
  await page.getByRole("button", { name: /^Execute query/ }).click();
  await eventually(async () => /Olivia\s+Grant/.test(await page.locator(".graphiql-response").innerText()), {
    what: () => "the answer in GraphiQL",
  });
});

world.test("GraphiQL is for those who may explore", async (visit) => {
  const dana = await visit.page({ as: "dana" });
  await dana.goto("/office/families");
  await see(link(dana, "Families"));
  assert.equal(await link(dana, "API").count(), 0);
  await dana.goto("/office/api");
  await see(heading(dana, "You don't have access to this page"));
  for (const path of ["/graphiql", "/schema.graphql"]) {
    assert.equal((await dana.request.get(path)).status(), 403, path);
  }
  const nobody = await visit.page();
  await nobody.goto("/graphiql");
  await see(heading(nobody, "Sign in", 1));
  assert.ok(nobody.url().endsWith("/office/sign-in?next=%2Fapi"), nobody.url());
});
