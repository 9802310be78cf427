import assert from "node:assert/strict";
import { look, squeeze } from "./lib/axe.mjs";
import {
  button,
  card,
  dialog,
  field,
  gone,
  heading,
  link,
  linkOf,
  openDialog,
  openFamily,
  openMenu,
  says,
  see,
  sendReset,
  signIn,
  status,
  viaEmail,
  viaSms,
} from "./lib/steps.mjs";
import { useWorld } from "./lib/world.mjs";

// Every screen, and what opens on it: nothing for axe to find (WCAG 2.2 AA), wide and at 320 px, in light and dark,
// and no scrolling to the side.

const world = useWorld();

world.test("what is wrong with a page is found", async (visit) => {
  const page = await visit.page();
  await page.setContent(`<title>Wrong</title><main><h1>Wrong</h1>
    <p style="width: 500px; color: #bbb; background: #fff">Grey on white, and wider than a phone.</p><button></button></main>`);
  const wrong = (await look(page)).join("\n");
  for (const expected of [
    /320 px: scrolls to the side/,
    /dark: color-contrast/,
    /light: button-name/,
    /html-has-lang/,
  ]) {
    assert.match(wrong, expected);
  }
});

/** Collects what is wrong with each screen, so that one run tells all of it. */
function collector(page) {
  const wrong = [];
  return {
    async screen(name) {
      wrong.push(...(await look(page)).map((line) => `${name}, ${line}`));
    },
    async list(name) {
      wrong.push(...(await squeeze(page)).map((line) => `${name}, ${line}`));
    },
    done: () => assert.equal(wrong.join("\n"), ""),
  };
}

world.test("signing in and the lists of the Office Portal", async (visit) => {
  const page = await visit.page();
  const { screen, list, done } = collector(page);
  await page.goto("/office/sign-in");
  await see(heading(page, "Sign in", 1));
  await screen("staff sign-in");
  await button(page, "Sign in").click();
  await see(page.getByText("There are 2 problems"));
  await screen("staff sign-in with errors");
  await signIn(page, visit.people.olivia);
  await see(link(page, "Edit Lopez family"));
  await list("all families");
  await page.goto("/office/families?search=brien");
  await see(link(page, "Edit O’Brien family"));
  await screen("Families");
  await button(page, "Add family").click();
  await button(page.getByRole("dialog"), "Add family").click();
  await see(page.getByText("There is a problem"));
  await screen("Add family with an error");
  await page.goto("/office/families?search=zzzz");
  await see(page.getByText("No families match “zzzz”."));
  await screen("Families without a match");
  await page.goto("/office/audit");
  await see(page.getByRole("table", { name: "Audit Log" }));
  await list("all entries");
  await page.goto("/office/audit?action=PASSWORD_RESET_REQUESTED");
  await page.getByRole("button", { name: "Details: Dana Price sent Maria Lopez a password reset via email." }).click();
  await screen("Audit Log with details");
  await page.goto("/office/audit?from=2099-01-01");
  await see(page.getByText("No entries match these filters."));
  await screen("Audit Log without entries");
  await page.goto("/office/sms-credits");
  await see(page.getByRole("table", { name: "Ledger" }));
  await screen("SMS Credits");
  await button(page, "Add credits").click();
  await button(page.getByRole("dialog"), "Add credits").click();
  await see(page.getByText("There are 2 problems"));
  await screen("Add credits with errors");
  await page.goto("/office/settings");
  await see(page.getByRole("switch"));
  await screen("Settings");
  await button(page, "Profile of Olivia Grant").click();
  await see(page.getByRole("menu"));
  await screen("profile menu");
  await page.keyboard.press("Escape");
  await gone(page.getByRole("menu"));
  await page.keyboard.press("?");
  await see(page.getByRole("dialog", { name: "Shortcuts" }));
  await screen("shortcuts");
  await page.goto("/office/nothing");
  await see(heading(page, "This page doesn't exist", 1));
  await screen("unknown page");
  await page.goto("/office/families/fam_00000000000000000000000000");
  await see(heading(page, "This family doesn't exist or was removed.", 1));
  await screen("missing family");
  done();
});

world.test("Families edit, its menu, dialogs and forms", async (visit) => {
  const page = await visit.page({ as: "dana" });
  const { screen, done } = collector(page);
  await openFamily(page, "Carter");
  await screen("Families edit");
  await openMenu(page, "Ben Carter");
  await screen("open menu");
  await page.keyboard.press("Escape");
  await gone(page.getByRole("menu"));
  for (const name of [viaEmail, viaSms]) {
    const asking = await openDialog(page, "Ben Carter", name);
    await screen(`dialog ${name}`);
    await button(asking, "Cancel").click();
    await gone(asking);
  }
  await sendReset(page, "Ben Carter");
  await says(status(page, "Ben Carter"), /Delivered/);
  await openMenu(page, "Ben Carter");
  await screen("menu during the pause");
  await page.getByRole("menuitem", { name: viaSms, exact: true }).click();
  await see(dialog(page, viaSms));
  await screen("dialog with a notice");
  await button(dialog(page, viaSms), "Cancel").click();
  await gone(dialog(page, viaSms));

  const julie = card(page, "Julie Carter");
  await button(julie, "Edit").click();
  await field(julie, "Name").fill("");
  const bar = page.getByRole("region", { name: "Unsaved changes" });
  await button(bar, "Save").click();
  await see(julie.getByText("There is a problem"));
  await screen("guardian's form with an error");
  await link(page.getByRole("main"), "Families").click();
  await see(dialog(page, "Discard unsaved changes?"));
  await screen("unsaved changes");
  await button(dialog(page, "Discard unsaved changes?"), "Keep editing").click();
  await button(bar, "Discard").click();
  await gone(bar);
  await button(page, "Add guardian").click();
  await button(page, "Add student").click();
  await button(page, "Edit name").click();
  await screen("forms for a new guardian, a new student and the family's name");

  await openFamily(page, "Brooks");
  await openMenu(page, "Tom Brooks");
  await screen("menu with reasons");
  await page.goto("/office/families");
  await openFamily(page, "Weiss", "Weiß");
  await says(status(page, "Käthe Weiß"), /Not delivered/);
  await screen("family with a failed message");
  done();
});

world.test("what staff without a permission see, and a session that ended", async (visit) => {
  const page = await visit.page();
  const { screen, done } = collector(page);
  await signIn(page, visit.people.sam);
  await openFamily(page, "Lopez");
  await openMenu(page, "Maria Lopez");
  await screen("menu without the permission");
  await page.goto("/office/audit");
  await see(heading(page, "You don't have access to this page", 1));
  await screen("no access");
  await page.goto("/office/families");
  await see(link(page, "Edit Lopez family"));
  await page.context().clearCookies();
  await link(page, "Edit Lopez family").click();
  await see(page.getByRole("dialog", { name: "Your session has ended" }));
  await screen("session ended");
  done();
});

world.test("messages, and every page of the Customer Portal", async (visit) => {
  const staff = await visit.page({ as: "dana" });
  const page = await visit.page();
  const { screen, done } = collector(page);
  await page.goto("/portal/sunrise/sign-in");
  await see(heading(page, "Sign in", 1));
  await screen("sign in");
  await button(page, "Sign in").click();
  await see(page.getByText("There are 2 problems"));
  await screen("sign in with errors");
  await field(page, "Email").fill("nobody@example.com");
  await page.getByLabel("Password", { exact: true }).fill("wrong password entirely");
  await button(page, "Sign in").click();
  await see(page.getByRole("alert"));
  await screen("sign in refused");
  await link(page, "Forgot Password").click();
  await see(heading(page, "Forgot Password", 1));
  await screen("Forgot Password");
  await button(page, "Send reset link").click();
  await see(heading(page, "Check your email", 1));
  await screen("Check your email");

  await openFamily(staff, "Wang");
  await sendReset(staff, "Renée Wang");
  const older = linkOf(await visit.message("renee.wang@example.com"));
  await sendReset(staff, "Renée Wang", viaSms);
  const newer = linkOf(await visit.message("+13315550174"));
  await page.goto("/dev/messages");
  await see(heading(page, "Text message", 2));
  await screen("messages, a text");
  await page
    .getByRole("link", { name: /Reset your Sunrise/ })
    .first()
    .click();
  await see(heading(page, "Reset your Sunrise Gymnastics Customer Portal password", 2));
  await screen("messages, an email");
  await page.goto("about:blank");
  await page.setContent((await visit.message("renee.wang@example.com")).html);
  await see(link(page, "Choose a new password"));
  await screen("the email itself");

  await page.goto(older);
  await see(page.getByRole("heading", { name: /^A newer link was sent/ }));
  await screen("superseded link");
  await page.goto("/r#AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA");
  await see(heading(page, "This link doesn't work.", 1));
  await screen("unknown link");
  await page.goto(newer);
  await see(heading(page, "New password for renee.wang@example.com", 1));
  await button(page, "Save new password").click();
  await see(page.getByText("There is a problem"));
  await screen("new password with an error");
  await page.getByLabel("New password", { exact: true }).fill("harvest pillow compass 5");
  await button(page, "Save new password").click();
  await see(page.getByText("Your password was changed. Sign in with the new one."));
  await screen("sign in after the change");
  await page.getByLabel("Password", { exact: true }).fill("harvest pillow compass 5");
  await button(page, "Sign in").click();
  await see(heading(page, "Accept policies", 1));
  await screen("accept policies");
  for (const box of await page.getByRole("checkbox").all()) await box.check();
  await button(page, "Accept and continue").click();
  await see(heading(page, "Receipt", 1));
  await screen("receipt");
  await page.goto("/portal/sunrise");
  await see(heading(page, "Wang family", 1));
  await see(page.getByText(/^Accepted by Renée Wang/).first());
  await screen("home");
  await page.goto(newer);
  await see(heading(page, "This link was already used.", 1));
  await screen("used link");
  await page.goto("/portal/nowhere");
  await see(heading(page, "This page doesn't exist", 1));
  await screen("unknown business");
  done();
});
