import assert from "node:assert/strict";
import {
  actions,
  button,
  card,
  described,
  field,
  focused,
  gone,
  heading,
  item,
  link,
  linkOf,
  openDialog,
  openFamily,
  openMenu,
  says,
  see,
  status,
  viaEmail,
} from "./lib/steps.mjs";
import { useWorld } from "./lib/world.mjs";

// What a dishonest member of the staff can do: send the link to an own address, and accept as the guardian. It is made
// as hard as may be, told to the guardian at once, and stays visible for ever.

const world = useWorld();
const kwame = "Kwame Turner";
const own = "dana.at.home@example.com";
const password = "marble canoe whisper 3";
const policies = (page) => page.getByRole("region", { name: "Policies", exact: true });

/** Sends a document with the session of whoever is signed in on the page. */
const send = (page, query, variables) =>
  page.evaluate(
    async (body) => {
      const headers = { "Content-Type": "application/json", "X-Portal": "office" };
      return (await fetch("/graphql", { method: "POST", headers, body })).json();
    },
    JSON.stringify({ query, variables }),
  );

world.test("a link to a contact that staff changed takes a second person, a reason, and is seen ever after", async (visit) => {
  const olivia = await visit.page({ as: "olivia" });
  await olivia.goto("/office/settings/business");
  await olivia.getByRole("checkbox", { name: "Another staff member sends links to a changed contact" }).check();
  await button(olivia, "Save").click();
  await see(olivia.getByRole("status").getByText("Saved.", { exact: true }));

  const dana = await visit.page({ as: "dana" });
  await openFamily(dana, "Turner");
  await button(card(dana, kwame), "Edit").click();
  await field(card(dana, kwame), "Email").fill(own);
  await button(dana.getByRole("region", { name: "Unsaved changes" }), "Save").click();
  await see(card(dana, kwame).getByText(/^Email changed by Dana Price, \d+ seconds? ago/));
  const told = await visit.message("kwame.turner@example.com");
  assert.equal(told.subject, "Your email address at Sunrise Gymnastics was changed");

  // Whoever changed it can't send the link.
  await openMenu(dana, kwame);
  const why = "You changed this contact. Someone else in the office has to send the link.";
  await described(item(dana, viaEmail), why);
  assert.equal(await item(dana, viaEmail).getAttribute("aria-disabled"), "true");
  await dana.keyboard.press("Escape");
  await focused(actions(dana, kwame));
  assert.equal((await visit.server.messages()).filter(({ to }) => to === own).length, 0);

  // Somebody else can, is warned, and has to say why.
  await openFamily(olivia, "Turner");
  const asking = await openDialog(olivia, kwame, viaEmail);
  await see(asking.getByText(/was changed .+ by Dana Price\. Make sure it is Kwame who is asking\.$/));
  await field(asking, "Reason").fill("Dana says he called");
  await button(asking, "YES").click();
  await gone(asking);
  await says(status(olivia, kwame), /by Olivia Grant · Delivered · Link expires/);

  // The thief chooses the password and accepts what is asked for.
  const thief = await visit.page();
  await thief.goto(linkOf(await visit.message(own)));
  await thief.getByLabel("New password", { exact: true }).fill(password);
  await button(thief, "Save new password").click();
  await see(thief.getByText("Your password was changed. Sign in with the new one.", { exact: true }));
  await thief.getByLabel("Password", { exact: true }).fill(password);
  await button(thief, "Sign in").click();
  await see(heading(thief, "Accept policies", 1));
  for (const box of await thief.getByRole("checkbox").all()) await box.check();
  await button(thief, "Accept and continue").click();
  await see(heading(thief, "Receipt", 1));

  // Each acceptance says where the link went, and who had changed that.
  await olivia.reload();
  const said = policies(olivia).getByText(/^The reset link went to an email address that Dana Price had changed, .+\.$/);
  await see(said.first());

  // One filter shows the whole chain.
  await link(olivia, `All about ${kwame}`).click();
  await focused(heading(olivia, "Audit Log", 1));
  assert.match(olivia.url(), /\/office\/audit\?guardian=gdn_/);
  const table = olivia.getByRole("table", { name: "Audit Log" });
  await see(table.getByText(`${kwame} accepted “Liability waiver”.`, { exact: true }));
  const sentences = (await table.locator("tbody tr").evaluateAll((rows) => rows.map((row) => row.cells[2]?.textContent))).reverse();
  const chain = [
    "Dana Price changed the email address of Kwame Turner.",
    "Olivia Grant sent Kwame Turner a password reset via email.",
    "Kwame Turner chose a new password by link.",
    "Kwame Turner signed in.",
    "Kwame Turner accepted “Liability waiver”.",
  ];
  const newest = sentences.slice(sentences.lastIndexOf(chain[0]));
  assert.deepEqual(
    newest.filter((sentence) => chain.includes(sentence)),
    chain,
    newest.join("\n"),
  );
  await button(olivia, "Details: Olivia Grant sent Kwame Turner a password reset via email.").click();
  await see(olivia.getByText("Dana says he called", { exact: true }));
});

world.test("the owner herself can't accept for a guardian, and that she tried is recorded", async (visit) => {
  const olivia = await visit.page({ as: "olivia" });
  await olivia.goto("/office/policies");
  await see(heading(olivia, "Policies", 1));
  const { data } = await send(olivia, "{ policies { current { id } } families(first: 1) { edges { node { id } } } }");
  const accepted = await send(
    olivia,
    "mutation($i: AcceptPoliciesInput!) { acceptPolicies(input: $i) { acceptances { id } errors { code } } }",
    { i: { items: [{ policyVersionId: data.policies[0].current.id }] } },
  );
  assert.equal(accepted.errors[0].extensions.code, "FORBIDDEN");
  assert.equal(accepted.data?.acceptPolicies ?? null, null);

  const { data: log } = await send(olivia, "{ auditEntries(first: 1) { edges { node { action outcome summary } } } }");
  const [{ node: newest }] = log.auditEntries.edges;
  assert.deepEqual([newest.action, newest.outcome], ["REQUEST_REFUSED", "REFUSED"], newest.summary);
});
