import assert from "node:assert/strict";
import { look } from "./lib/axe.mjs";
import {
  button,
  card,
  linkOf,
  openFamily,
  says,
  see,
  sendReset,
  status,
} from "./lib/steps.mjs";
import { useWorld } from "./lib/world.mjs";

// The status line of a card moves by itself: by a stream of events, and by looking again where none comes through.

const world = useWorld();
const maria = "Maria Lopez";
const delivered = /^Password reset email · \d+:\d\d [AP]M by Dana Price · Delivered · Link expires \d+:\d\d [AP]M$/;
const used = /· Delivered · Link used \d+:\d\d [AP]M$/;

/** The name of the operation that a request asks for. */
const operation = (request) => JSON.parse(request.postData() ?? "{}").operationName;

async function choosePassword(visit, password) {
  const message = await visit.message("maria.lopez@example.com");
  const portal = await visit.page();
  await portal.goto(linkOf(message));
  await portal.getByLabel("New password", { exact: true }).fill(password);
  await button(portal, "Save new password").click();
  await see(portal.getByText("Your password was changed. Sign in with the new one.", { exact: true }));
}

world.test("what happens to a link shows on the card at once, without looking again", async (visit) => {
  const page = await visit.page({ as: "dana" });
  const looks = [];
  page.on("request", (request) => {
    if (operation(request) === "Reset") looks.push(request);
  });
  await openFamily(page, "Lopez");
  await sendReset(page, maria);
  await says(status(page, maria), delivered);
  await choosePassword(visit, "violet tractor lagoon 9");
  await says(status(page, maria), used);
  assert.equal(looks.length, 0, "it looked again although the stream told everything");
});

world.test("where streams do not come through the card looks again", async (visit) => {
  const page = await visit.page({ as: "dana" });
  let streams = 0;
  await page.route("**/graphql", (route) => {
    if (operation(route.request()) !== "ResetUpdates") return route.continue();
    streams++; // and no answer, as behind a proxy that keeps it until its end
  });
  await openFamily(page, "Carter");
  await sendReset(page, "Ben Carter");
  await says(status(page, "Ben Carter"), /Delivered · Link expires/);
  assert.ok(streams > 0, "no stream was asked for");
});

world.test("the steps open below the line, and closed it is one line", async (visit) => {
  const page = await visit.page({ as: "dana" });
  await openFamily(page, "Lopez");
  const group = card(page, maria).getByRole("group", { name: "Last password reset" });
  await see(group);
  assert.equal(await group.getByRole("list").count(), 0);
  const more = button(group, "Show steps");
  assert.equal(await more.getAttribute("aria-expanded"), "false");
  await more.click();
  const steps = group.getByRole("list", { name: "Last password reset" });
  await says(steps.getByRole("listitem").first(), /^Requested by Dana Price/);
  await says(steps.getByRole("listitem").last(), /^Link used/);
  assert.deepEqual(await look(page), []);
  await button(group, "Hide steps").click();
  await steps.waitFor({ state: "hidden" });
});
