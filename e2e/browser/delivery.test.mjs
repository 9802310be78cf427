import assert from "node:assert/strict";
import { button, card, field, gone, item, link, openDialog, openFamily, openMenu, says, see, status, viaEmail } from "./lib/steps.mjs";
import { eventually } from "./lib/wait.mjs";
import { useWorld } from "./lib/world.mjs";

// What the message services report, as the office sees it, and taking back what they got wrong.

const world = useWorld();
const kathe = "Käthe Weiß";
const reason = "This email address does not exist.";

const allowed = (page, name) =>
  eventually(async () => (await item(page, name).getAttribute("aria-disabled")) === null, { what: () => `${name} being usable` });

world.test("an address that bounced is marked on list and card until somebody takes the mark back", async (visit) => {
  const page = await visit.page({ as: "dana" });
  await page.goto("/office/families");
  await page.getByRole("searchbox", { name: "Search by name, email or phone" }).fill("weiß");
  const row = page.getByRole("row").filter({ has: link(page, "Edit Weiß family") });
  await see(row.getByText("Email does not arrive", { exact: true }));
  await link(page, "Edit Weiß family").click();
  await see(card(page, kathe).getByText(reason, { exact: true }));

  await button(card(page, kathe), "Clear mark").click();
  await gone(card(page, kathe).getByText(reason, { exact: true }));
  await see(page.getByRole("status").filter({ hasText: "The mark was cleared." }).first());
  await openMenu(page, kathe);
  await allowed(page, viaEmail);
  await page.keyboard.press("Escape");
  await page.goto("/office/audit");
  await see(page.getByText(`Dana Price took back that the address of ${kathe} does not exist.`, { exact: true }).first());
  await page.goto("/office/families");
  await page.getByRole("searchbox", { name: "Search by name, email or phone" }).fill("weiß");
  await see(row);
  assert.equal(await row.getByText("Email does not arrive").count(), 0);
});

world.test("a message that is refused at once says so on the card and marks the address", async (visit) => {
  const page = await visit.page({ as: "dana" });
  await openFamily(page, "Brooks");
  await button(page, "Add guardian").click();
  await field(page, "Name").fill("Ida Brooks");
  await field(page, "Email").fill("bounce.ida@example.com");
  await page.getByRole("checkbox", { name: "Can Log In" }).check();
  await button(page.getByRole("region", { name: "Unsaved changes" }), "Save").click();
  await see(card(page, "Ida Brooks"));
  const asking = await openDialog(page, "Ida Brooks", viaEmail);
  await button(asking, "YES").click();
  await gone(asking);
  await says(status(page, "Ida Brooks"), /Not delivered: the email address does not exist\./);
  await page.reload();
  await see(card(page, "Ida Brooks").getByText(reason, { exact: true }));
});
