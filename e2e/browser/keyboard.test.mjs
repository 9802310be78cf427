import assert from "node:assert/strict";
import {
  actions,
  button,
  described,
  dialog,
  field,
  focused,
  gone,
  heading,
  item,
  link,
  linkOf,
  openFamily,
  says,
  see,
  status,
  tabTo,
  viaEmail,
  viaSms,
} from "./lib/steps.mjs";
import { useWorld } from "./lib/world.mjs";

// Everything works without a mouse: nothing in this file clicks.

const world = useWorld();
const julie = "Julie Carter";
const number = "+17735550125";
const password = "marble canoe whisper 3";

world.test(
  "staff send a link by SMS for one credit, and the guardian uses it, with the keyboard only",
  async (visit) => {
    const { dana } = visit.people;
    const staff = await visit.page();
    const keys = staff.keyboard;

    await staff.goto("/office/sign-in");
    await tabTo(field(staff, "Email"));
    await keys.type(dana.email);
    await keys.press("Tab");
    await keys.type(dana.password);
    await keys.press("Enter");
    await see(heading(staff, "Families", 1));

    await keys.press("/");
    await focused(staff.getByRole("searchbox", { name: "Search by name, email or phone" }));
    await keys.type("5550125");
    await tabTo(link(staff, "Edit Carter family"));
    await keys.press("Enter");
    await focused(heading(staff, "Carter", 1));
    await see(link(staff, "100 SMS credits"));

    const dots = actions(staff, julie);
    await tabTo(dots);
    await keys.press("Enter");
    await focused(item(staff, viaEmail));
    await keys.press("ArrowDown");
    await focused(item(staff, viaSms));
    await keys.press("Enter");

    const asking = dialog(staff, viaSms);
    await described(
      asking,
      "Do you wish to send the SMS message to Julie Carter at (773) 555-0125 at a cost of one credit?",
    );
    await see(
      asking.getByText("You have 100 credits; 99 will be left. The link expires 30 minutes after it is sent.", {
        exact: true,
      }),
    );
    await focused(button(asking, "Cancel"));
    await keys.press("Tab");
    await focused(button(asking, "YES"));
    await keys.press("Enter");
    await gone(asking);
    await focused(dots);
    await says(
      status(staff, julie),
      /^Password reset SMS · \d+:\d\d [AP]M by Dana Price · Delivered · Link expires \d+:\d\d [AP]M$/,
    );

    await tabTo(link(staff, "99 SMS credits"), { key: "Shift+Tab" });
    await keys.press("Enter");
    await focused(heading(staff, "SMS Credits", 1));
    const newest = staff.getByRole("table", { name: "Ledger" }).getByRole("row").nth(1);
    assert.deepEqual((await newest.getByRole("cell").allInnerTexts()).slice(1), [
      "−1",
      "99",
      `Password reset SMS\nText with a password reset link to ${julie}, sent by Dana Price`,
      "Dana Price",
      julie,
    ]);

    const message = await visit.message(number);
    assert.match(
      message.text,
      /^Sunrise Gymnastics: choose a new password: http\S+ Expires .+\. Not you\? Ignore this text\.$/,
    );
    assert.ok(message.text.length <= 160, `one segment: ${message.text.length} characters`);

    const guardian = await visit.page();
    await guardian.goto("/dev/messages");
    const opened = guardian.context().waitForEvent("page");
    await tabTo(link(guardian.getByRole("article"), linkOf(message)));
    await guardian.keyboard.press("Enter");
    const portal = await opened;
    await see(heading(portal, "New password for julie.carter@example.com", 1));
    assert.equal(portal.url(), `${visit.origin}/r`);
    await tabTo(portal.getByLabel("New password", { exact: true }));
    await portal.keyboard.type(password);
    await portal.keyboard.press("Enter");
    await see(portal.getByText("Your password was changed. Sign in with the new one.", { exact: true }));
    await tabTo(portal.getByLabel("Password", { exact: true }));
    await portal.keyboard.type(password);
    await portal.keyboard.press("Enter");
    await see(heading(portal, "Carter family", 1));
  },
);

world.test("the Actions menu answers to the keys of a menu", async (visit) => {
  const page = await visit.page({ as: "dana" });
  const keys = page.keyboard;
  await openFamily(page, "lopez", "Lopez");
  const dots = actions(page, "Maria Lopez");
  const email = item(page, viaEmail);
  const sms = item(page, viaSms);
  const last = item(page, "Invite to Customer Portal");
  const menu = page.getByRole("menu");
  const close = async () => {
    await keys.press("Escape");
    await gone(menu);
    await focused(dots);
  };

  await tabTo(dots);
  await see(page.getByText("Actions", { exact: true })); // the tooltip
  for (const [key, first] of [
    ["Enter", email],
    ["Space", email],
    ["ArrowDown", email],
    ["ArrowUp", last],
  ]) {
    await keys.press(key);
    await focused(first);
    await close();
  }

  await keys.press("Enter");
  await focused(email);
  for (const [key, next] of [
    ["ArrowUp", last],
    ["ArrowDown", email],
    ["End", last],
    ["Home", email],
  ]) {
    await keys.press(key);
    await focused(next);
  }
  // The names differ in their last word only: typing goes on to the one that fits.
  await keys.type("Reset Password via S");
  await focused(sms);
  await keys.press("Tab");
  await gone(menu);
  assert.equal(await page.getByRole("alertdialog").count(), 0);
  const onward = await actions(page, "Maria Lopez").evaluate((dots) => {
    const stops = [...document.querySelectorAll("a[href], button, input, select, textarea, summary, [tabindex='0']")];
    const next = stops.slice(stops.indexOf(dots) + 1).find((stop) => stop.tabIndex >= 0 && stop.checkVisibility());
    return { there: document.activeElement === next, name: document.activeElement?.outerHTML.slice(0, 100) };
  });
  assert.ok(onward.there, `Tab goes on to what comes next, not to ${onward.name}`);
});

world.test("the confirm dialog sends only on purpose", async (visit) => {
  const page = await visit.page({ as: "dana" });
  const keys = page.keyboard;
  const before = (await visit.server.messages()).length;
  await openFamily(page, "patel", "Patel");
  const dots = actions(page, "Amara Patel");
  const asking = dialog(page, viaEmail);

  // An Enter key that stays down opens the menu and the dialog, and stops there.
  await tabTo(dots);
  await keys.press("Enter");
  await focused(item(page, viaEmail));
  for (let repeat = 0; repeat < 5; repeat++) await keys.down("Enter");
  await focused(button(asking, "Cancel"));
  for (let repeat = 0; repeat < 20; repeat++) await keys.down("Enter");
  await keys.up("Enter");
  assert.ok(await asking.isVisible(), "the dialog is still there");

  // Focus stays inside; a click outside does nothing; Esc is Cancel.
  for (const name of ["YES", "Cancel", "YES"]) {
    await tabTo(button(asking, name), { most: 3 });
  }
  await page.mouse.click(5, 5);
  assert.ok(await asking.isVisible(), "a click outside does nothing");
  await keys.press("Escape");
  await gone(asking);
  await focused(dots);

  await keys.press("Enter");
  await focused(item(page, viaEmail));
  await keys.press("Enter");
  await focused(button(asking, "Cancel"));
  await keys.press("Enter");
  await gone(asking);
  await focused(dots);
  assert.equal((await visit.server.messages()).length, before, "nothing was sent");
});

world.test("the skip link leads to the content, and ? lists the shortcuts", async (visit) => {
  const page = await visit.page({ as: "dana" });
  await page.goto("/office/families");
  await see(link(page, "Edit Lopez family"));
  await page.keyboard.press("Tab");
  await focused(link(page, "Skip to content"));
  assert.ok((await link(page, "Skip to content").boundingBox()).height >= 24, "it can be seen while it has focus");
  await page.keyboard.press("Enter");
  await focused(page.getByRole("main"));
  await page.keyboard.press("?");
  await see(page.getByRole("dialog", { name: "Shortcuts" }));
  await page.keyboard.press("Escape");
  await gone(page.getByRole("dialog", { name: "Shortcuts" }));

  // Single keys can be switched off.
  await tabTo(button(page, `Profile of ${visit.people.dana.name}`), { key: "Shift+Tab" });
  await page.keyboard.press("Enter");
  const choice = page.getByRole("menuitemcheckbox", { name: "Single-key shortcuts" });
  await tabTo(choice, { key: "ArrowDown" });
  await page.keyboard.press("Space");
  await see(page.getByRole("menuitemcheckbox", { name: "Single-key shortcuts", checked: false }));
  await page.keyboard.press("Escape");
  await gone(page.getByRole("menu"));
  await page.keyboard.press("?");
  assert.equal(await page.getByRole("dialog").count(), 0);
});
