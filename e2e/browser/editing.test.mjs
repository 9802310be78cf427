import assert from "node:assert/strict";
import {
  button,
  card,
  described,
  dialog,
  field,
  focused,
  gone,
  heading,
  link,
  openDialog,
  openFamily,
  says,
  see,
  status,
  viaEmail,
} from "./lib/steps.mjs";
import { useWorld } from "./lib/world.mjs";

// A guardian's fields are edited in the place of the card.

const world = useWorld();
const bar = (page) => page.getByRole("region", { name: "Unsaved changes" });
const edit = (page, guardian) => button(card(page, guardian), "Edit").click();

world.test("what was typed is saved, discarded, or asked about; never lost", async (visit) => {
  const page = await visit.page({ as: "dana" });
  await openFamily(page, "Walker");
  const renee = card(page, "Renée Walker");
  await edit(page, "Renée Walker");
  await focused(field(renee, "Name"));
  assert.equal(await bar(page).count(), 0);
  await field(renee, "Relation (optional)").fill("Aunt");
  await see(bar(page));

  const nav = page.getByRole("navigation", { name: "Main" });
  const asking = dialog(page, "Discard unsaved changes?");
  await link(nav, "Audit Log").click();
  await see(asking);
  await focused(button(asking, "Keep editing"));
  await button(asking, "Keep editing").click();
  await gone(asking);
  assert.equal(await field(renee, "Relation (optional)").inputValue(), "Aunt");
  // The Back button asks as well.
  await page.goBack();
  await see(asking);
  await button(asking, "Keep editing").click();
  await gone(asking);
  assert.match(page.url(), /\/office\/families\/[^/]+/);

  await button(bar(page), "Discard").click();
  await gone(bar(page));
  await see(renee.getByText("Mother", { exact: true }));

  await edit(page, "Renée Walker");
  await field(renee, "Relation (optional)").fill("Stepmother");
  await button(bar(page), "Save").click();
  await gone(bar(page));
  await see(renee.getByText("Stepmother", { exact: true }));
  await focused(button(renee, "Edit"));

  await edit(page, "Renée Walker");
  await field(renee, "Name").fill("Nobody");
  await link(nav, "Audit Log").click();
  await button(asking, "Discard").click();
  await focused(heading(page, "Audit Log", 1));
  await openFamily(page, "Walker");
  await see(card(page, "Renée Walker"));
});

world.test("what can't be saved says so at the top and at the field", async (visit) => {
  const page = await visit.page({ as: "dana" });
  await openFamily(page, "Rossi");
  const linh = card(page, "Linh Rossi");
  await edit(page, "Linh Rossi");
  await field(linh, "Name").fill("");
  await button(bar(page), "Save").click();
  const summary = linh.getByRole("group").filter({ hasText: "There is a problem" });
  await focused(summary);
  await link(summary, "Enter a name.").click();
  await focused(field(linh, "Name"));
  await described(field(linh, "Name"), "Enter a name.");
  assert.equal(await field(linh, "Name").getAttribute("aria-invalid"), "true");

  await field(linh, "Name").fill("Linh Rossi");
  await field(linh, "Email").fill("linh at example");
  await button(bar(page), "Save").click();
  await described(field(linh, "Email"), /\S/);
  assert.equal(await field(linh, "Email").inputValue(), "linh at example", "what was typed is still there");
});

world.test("of two who edit the same profile, the second one sees the first one's version", async (visit) => {
  const dana = await visit.page({ as: "dana" });
  const olivia = await visit.page({ as: "olivia" });
  const name = "Beatriz Walker";
  await openFamily(dana, "Walker");
  await openFamily(olivia, "Walker");
  await edit(dana, name);
  await edit(olivia, name);

  await field(card(dana, name), "Relation (optional)").fill("Grandmother");
  await button(bar(dana), "Save").click();
  await gone(bar(dana));

  const mine = card(olivia, name);
  await field(mine, "Relation (optional)").fill("Aunt");
  await button(bar(olivia), "Save").click();
  const conflict = mine.getByRole("alert");
  await says(conflict, /^Dana Price changed this profile \d+ seconds? ago/);
  assert.equal(await field(mine, "Relation (optional)").inputValue(), "Aunt", "nothing is overwritten silently");
  await button(conflict, "Show their version").click();
  await see(mine.getByText("Their version: Grandmother"));
  await button(mine, "Use theirs").click();
  assert.equal(await field(mine, "Relation (optional)").inputValue(), "Grandmother");
  await field(mine, "Relation (optional)").fill("Grandmother and guardian");
  await button(bar(olivia), "Save").click();
  await gone(bar(olivia));
  await see(mine.getByText("Grandmother and guardian", { exact: true }));
});

world.test(
  "a changed address is shown, told to the old one, and needs a reason before a link is sent",
  async (visit) => {
    const page = await visit.page({ as: "dana" });
    await openFamily(page, "Turner");
    const name = "Kwame Turner";
    const kwame = card(page, name);
    await edit(page, name);
    await field(kwame, "Email").fill("kwame.new@example.com");
    await button(bar(page), "Save").click();
    await see(kwame.getByText(/^Email changed by Dana Price, \d+ seconds? ago/));
    const told = await visit.message("kwame.turner@example.com");
    assert.equal(told.subject, "Your email address at Sunrise Gymnastics was changed");

    const asking = await openDialog(page, name, viaEmail);
    await see(
      asking.getByText(
        /^The email address was changed \d+ seconds? ago by Dana Price\. Make sure it is Kwame who is asking\.$/,
      ),
    );
    const reason = field(asking, "Reason");
    await button(asking, "YES").click();
    await focused(reason);
    await described(reason, "Kept in the Audit Log. Enter a reason.");
    await reason.fill("He showed his driving licence");
    await button(asking, "YES").click();
    await gone(asking);
    await says(status(page, name), /Delivered · Link expires/);
    assert.equal((await visit.message("kwame.new@example.com")).links.length, 1);

    await link(page, "Show all in Audit Log").click();
    await focused(heading(page, "Audit Log", 1));
    await button(page, "Details: Dana Price sent Kwame Turner a password reset via email.").click();
    await see(page.getByText("He showed his driving licence", { exact: true }));
  },
);

world.test("a guardian whose login is switched off is told apart on the card", async (visit) => {
  const page = await visit.page({ as: "dana" });
  await openFamily(page, "Silva");
  const grace = card(page, "Grace Silva");
  await edit(page, "Grace Silva");
  await page.getByRole("checkbox", { name: "Can Log In" }).click();
  await see(grace.getByText("The guardian keeps the password but is signed out everywhere.", { exact: true }));
  await button(bar(page), "Save").click();
  await gone(bar(page));
  await see(grace.getByText("Can't log in", { exact: true }));
});
