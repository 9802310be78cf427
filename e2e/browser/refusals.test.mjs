import assert from "node:assert/strict";
import {
  actions,
  button,
  card,
  described,
  dialog,
  field,
  focused,
  gone,
  heading,
  item,
  link,
  openDialog,
  openFamily,
  openMenu,
  says,
  see,
  sendReset,
  status,
  viaEmail,
  viaSms,
} from "./lib/steps.mjs";
import { eventually } from "./lib/wait.mjs";
import { useWorld } from "./lib/world.mjs";

// Whatever can't be sent says why, in the menu, and stays there.

const world = useWorld();

/** The item is there, can't be used, has focus when asked, and says why below its name. */
async function refuses(page, name, reason) {
  const entry = item(page, name);
  await see(entry.getByText(reason, { exact: true }));
  await described(entry, name === viaSms ? `1 credit ${reason}` : reason);
  await eventually(async () => (await entry.getAttribute("aria-disabled")) === "true", {
    what: () => `${name} being unusable`,
  });
}

const allows = async (page, name) => assert.equal(await item(page, name).getAttribute("aria-disabled"), null, name);

world.test("a guardian who can't log in gets no link, and choosing one only reads the reason again", async (visit) => {
  const page = await visit.page({ as: "dana" });
  const before = (await visit.server.messages()).length;
  await openFamily(page, "Brooks");
  await see(card(page, "Tom Brooks").getByText("Can't log in", { exact: true }));
  await openMenu(page, "Tom Brooks");
  const reason = "Tom can't log in to the Customer Portal.";
  await refuses(page, viaEmail, reason);
  await refuses(page, viaSms, reason);

  await item(page, viaSms).click({ force: true });
  await says(page.getByRole("status").filter({ hasText: reason }), reason);
  await see(page.getByRole("menu"));
  await page.keyboard.press("Home");
  await focused(item(page, viaEmail));
  await page.keyboard.press("Enter");
  await page.keyboard.press("Escape");
  await focused(actions(page, "Tom Brooks"));
  assert.equal(await page.getByRole("alertdialog").count(), 0);
  assert.equal((await visit.server.messages()).length, before, "nothing was sent");
});

world.test("without a mobile number there is only email", async (visit) => {
  const page = await visit.page({ as: "dana" });
  await openFamily(page, "nguyen", "Nguyễn");
  await openMenu(page, "Nguyễn Thị Ánh");
  await refuses(page, viaSms, "No mobile number on this profile.");
  await allows(page, viaEmail);
});

world.test("an address that does not exist is not tried again before it was edited", async (visit) => {
  const page = await visit.page({ as: "dana" });
  await openFamily(page, "weiss", "Weiß");
  const kathe = "Käthe Weiß";
  await says(
    status(page, kathe),
    /^Password reset email · .+ by Sam Ortiz · Not delivered: the email address does not exist\. · Link expired$/,
  );
  await openMenu(page, kathe);
  await refuses(page, viaEmail, "This email address does not exist. Edit the address first.");
  await allows(page, viaSms);
  await page.keyboard.press("Escape");
  await gone(page.getByRole("menu"));

  // The way forward opens the form at the field that is wrong.
  await button(card(page, kathe), "Edit email").click();
  await focused(field(card(page, kathe), "Email"));
});

world.test("staff without the permission see what they can't do, and why", async (visit) => {
  const page = await visit.page({ as: "sam" });
  await openFamily(page, "Lopez");
  await openMenu(page, "Maria Lopez");
  await refuses(page, viaSms, "You don't have permission to send this. Ask an administrator.");
  await allows(page, viaEmail);
  await page.keyboard.press("Escape");
  await gone(page.getByRole("menu"));

  const edit = card(page, "Maria Lopez").getByRole("button", { name: "Edit", exact: true });
  assert.equal(await edit.getAttribute("aria-disabled"), "true");
  await described(edit, "You need the permission “Change families”. Ask an administrator.");
  await edit.click({ force: true });
  assert.equal(await field(page, "Name").count(), 0);

  assert.deepEqual(
    await page
      .getByRole("navigation", { name: "Main" })
      .getByRole("link")
      .evaluateAll((all) => all.map((a) => a.textContent)),
    ["Families", "Policies"],
  );
  for (const [path, permission] of [
    ["/office/audit", "Read the Audit Log"],
    ["/office/settings", "Change settings"],
    ["/office/sms-credits", "Change settings"],
  ]) {
    await page.goto(path);
    await see(heading(page, "You don't have access to this page", 1));
    await see(page.getByText(`It needs the permission “${permission}”. Ask an administrator.`, { exact: true }));
    assert.match(await page.title(), /^Error: /);
  }
  await link(page, "Back to Families").click();
  await focused(heading(page, "Families", 1));
});

world.test("with text messaging off there is only email, and who may turn it on is shown where", async (visit) => {
  const owner = await visit.page({ as: "olivia" });
  const desk = await visit.page({ as: "dana" });
  const off = "Text messaging is turned off for this account.";

  await owner.goto("/office/settings");
  await see(owner.getByText("When off, Reset Password via SMS is not available.", { exact: true }));
  const toggle = owner.getByRole("switch", { name: "Text messaging" });
  await toggle.click();
  await says(owner.getByRole("status"), "Text messaging is off.");
  await see(owner.getByRole("switch", { name: "Text messaging", checked: false }));
  await gone(link(owner, "100 SMS credits"));

  await openFamily(desk, "Lopez");
  await gone(link(desk, "100 SMS credits"));
  await openMenu(desk, "Maria Lopez");
  await refuses(desk, viaSms, off);
  assert.equal(await item(desk, "Turn it on in Settings").count(), 0);

  await openFamily(owner, "Lopez");
  await openMenu(owner, "Maria Lopez");
  await refuses(owner, viaSms, off);
  await item(owner, "Turn it on in Settings").click();
  await focused(heading(owner, "Settings", 1));
  await toggle.click();
  await says(owner.getByRole("status"), "Text messaging is on.");

  await openFamily(desk, "Lopez");
  await openMenu(desk, "Maria Lopez");
  await allows(desk, viaSms);
});

world.test("after sending there is a pause, and the other way says what it replaces", async (visit) => {
  const page = await visit.page({ as: "dana" });
  await openFamily(page, "Patel");
  await sendReset(page, "Amara Patel");
  await says(status(page, "Amara Patel"), /Delivered/);
  await openMenu(page, "Amara Patel");
  const entry = item(page, viaEmail);
  await described(entry, /^Sent just now\. You can send again in \d+ seconds?\.$/);
  assert.equal(await entry.getAttribute("aria-disabled"), "true");

  await item(page, viaSms).click();
  const asking = dialog(page, viaSms);
  await see(
    asking.getByText(
      /^A reset email was sent \d+ seconds? ago by Dana Price and was delivered\. A new link makes that one stop working and costs a credit\.$/,
    ),
  );
  await button(asking, "Cancel").click();
  await gone(asking);
});

world.test("a text that can't arrive gives its credit back", async (visit) => {
  const page = await visit.page({ as: "dana" });
  await openFamily(page, "Okafor");
  const daniel = "Daniel Okafor";
  await button(card(page, daniel), "Edit").click();
  await field(page, "Phone").fill("(312) 555-0199");
  await button(page.getByRole("region", { name: "Unsaved changes" }), "Save").click();
  await see(card(page, daniel).getByText("(312) 555-0199", { exact: true }));

  const asking = await openDialog(page, daniel, viaSms);
  await field(asking, "Reason").fill("He called from this number");
  await button(asking, "YES").click();
  await gone(asking);
  await says(
    status(page, daniel),
    /· Not delivered: the number can't receive this message\. The credit was returned\.( · .*)?$/,
  );
  await see(button(card(page, daniel), "Edit phone"));
  await see(link(page, "100 SMS credits"));
  await page.goto("/office/sms-credits");
  const rows = page.getByRole("table", { name: "Ledger" }).getByRole("row");
  await see(rows.nth(2));
  assert.deepEqual(
    await Promise.all([1, 2].map(async (n) => (await rows.nth(n).getByRole("cell").allInnerTexts()).slice(1, 4))),
    [
      ["+1", "100", "Returned: not delivered\nReturned: the text to Daniel Okafor was never sent"],
      ["−1", "99", "Password reset SMS\nText with a password reset link to Daniel Okafor, sent by Dana Price"],
    ],
  );
});
