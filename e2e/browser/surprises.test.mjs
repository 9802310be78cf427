import assert from "node:assert/strict";
import {
  button,
  card,
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
  signIn,
  status,
  viaEmail,
  viaSms,
} from "./lib/steps.mjs";
import { eventually } from "./lib/wait.mjs";
import { startBrowser, useWorld } from "./lib/world.mjs";

// What people do although nobody expects it: two clicks, Back, no network, another tab, a narrow window.

const world = useWorld();
const titled = (page, expected) =>
  eventually(async () => expected.test(await page.title()), { what: () => `a title like ${expected}` });
const unsaved = (page) => page.getByRole("region", { name: "Unsaved changes" });

world.test("a screen that can't be fetched says so, keeps the others, and comes with the network", async (visit) => {
  const page = await visit.page({ as: "olivia" });
  await page.goto("/office/families");
  await see(link(page, "Edit Lopez family"));
  const main = page.getByRole("navigation", { name: "Main" });
  await page.context().setOffline(true);
  await link(main, "SMS Credits").click();
  await see(page.getByRole("alert").getByText("This part of the page could not be loaded.", { exact: true }));
  await titled(page, /^Error: /);
  await button(page, "Try again").click();
  await see(link(main, "Families"));
  await page.context().setOffline(false);
  await link(main, "Families").click();
  await see(link(page, "Edit Lopez family"));
  await titled(page, /^Families - /);
  await link(main, "SMS Credits").click();
  await button(page, "Try again").click();
  await see(heading(page, "SMS Credits", 1));
  visit.expect(/ERR_INTERNET_DISCONNECTED/, { often: true });
  visit.expect(/Failed to fetch dynamically imported module/, { often: true });
});

world.test("a list that could not be read is read again as soon as there is a connection", async (visit) => {
  const page = await visit.page({ as: "dana" });
  await page.goto("/office/families");
  await see(link(page, "Edit Lopez family"));
  await page.context().setOffline(true);
  await page.getByRole("searchbox").fill("wang");
  await see(page.getByText("Families could not be loaded.", { exact: true }));
  await page.context().setOffline(false);
  await see(link(page, "Edit Wang family"));
  await gone(page.getByText("Families could not be loaded.", { exact: true }));
  visit.expect(/ERR_INTERNET_DISCONNECTED/, { often: true });
});

world.test("two clicks on YES send once, and Back or a new load close the dialog without sending", async (visit) => {
  const page = await visit.page({ as: "dana" });
  await openFamily(page, "Carter");
  const before = (await visit.server.messages()).length;
  await openDialog(page, "Ben Carter", viaEmail);
  await page.goBack();
  await see(heading(page, "Families", 1));
  await page.goForward();
  await see(heading(page, "Carter", 1));
  assert.equal(await page.getByRole("alertdialog").count(), 0);
  await openDialog(page, "Ben Carter", viaEmail);
  await page.reload();
  await see(heading(page, "Carter", 1));
  assert.equal(await page.getByRole("alertdialog").count(), 0);
  assert.equal((await visit.server.messages()).length, before);

  await button(await openDialog(page, "Ben Carter", viaSms), "YES").dblclick();
  await gone(dialog(page, viaSms));
  await says(status(page, "Ben Carter"), /Delivered/);
  assert.equal((await visit.server.messages()).length, before + 1);
});

world.test("whoever saves over somebody else's change is led to the words about it", async (visit) => {
  const [first, second] = [await visit.page({ as: "dana" }), await visit.page({ as: "dana" })];
  for (const [page, relation] of [
    [first, "Aunt"],
    [second, "Uncle"],
  ]) {
    await openFamily(page, "Wang");
    await button(card(page, "Renée Wang"), "Edit").click();
    await field(card(page, "Renée Wang"), "Relation (optional)").fill(relation);
  }
  await button(unsaved(first), "Save").click();
  await see(card(first, "Renée Wang").getByText("Aunt", { exact: true }));
  await button(unsaved(second), "Save").click();
  await focused(second.getByRole("alert"));
  await says(second.getByRole("alert"), /^Dana Price changed this profile/);
  await button(unsaved(second), "Discard").click();
});

world.test("a refused sign-in is in the title, until the next try", async (visit) => {
  const page = await visit.page();
  for (const address of ["/office/sign-in", "/portal/sunrise/sign-in"]) {
    await page.goto(address);
    await titled(page, /^Sign in - /);
    await field(page, "Email").fill("nobody@example.com");
    await page.getByLabel("Password", { exact: true }).fill("wrong password entirely");
    await button(page, "Sign in").click();
    await titled(page, /^Error: Sign in - /);
    await button(page, "Sign in").click();
    await see(page.getByText("There is a problem", { exact: true }));
    await titled(page, /^Error: Sign in - /);
  }
});

world.test("on a phone the filters of a list are folded away, and say how many are set", async (visit) => {
  const page = await visit.page({ as: "dana" });
  await page.setViewportSize({ width: 390, height: 844 });
  await page.goto("/office/families");
  const login = page.getByRole("combobox", { name: "Can log in" });
  await see(link(page, "Edit Lopez family"));
  await gone(login);
  await button(page, "Filters").click();
  await login.selectOption("No");
  await see(button(page, "Filters (1)"));
  await gone(link(page, "Edit Lopez family"));
  await button(page, "Filters (1)").click();
  await gone(login);
});

world.test("whoever archives by mistake stands at the way to take it back", async (visit) => {
  const page = await visit.page({ as: "dana" });
  await openFamily(page, "Carter");
  await button(card(page, "Julie Carter"), "Edit").click();
  await button(page, "Archive guardian").click();
  await button(page.getByRole("alertdialog"), "Archive").click();
  const undo = page.locator("main").locator(".banner").filter({ hasText: "Julie Carter was archived." });
  await focused(undo);
  await page.keyboard.press("Tab");
  await page.keyboard.press("Enter");
  await see(card(page, "Julie Carter"));
});

world.test("a browser whose letters are twice as large shows the layout of a phone", async (visit) => {
  const browser = await startBrowser("--blink-settings=defaultFontSize=32");
  try {
    const context = await browser.newContext({ baseURL: visit.origin, viewport: { width: 1240, height: 800 } });
    const page = await context.newPage();
    await signIn(page, visit.people.dana);
    await see(link(page, "Edit Lopez family"));
    await see(button(page, "Menu"));
    await see(button(page, "Filters"));
    const wide = () => page.evaluate(() => document.documentElement.scrollWidth - document.documentElement.clientWidth);
    assert.equal(await wide(), 0);
    const [name, pencil] = await Promise.all([
      link(page, "Carter").boundingBox(),
      link(page, "Edit Carter family").boundingBox(),
    ]);
    assert.ok(pencil.x > 1240 / 2 && Math.abs(pencil.y - name.y) < 60, "the pencil is in the corner of its card");
    await link(page, "Edit Carter family").click();
    await see(card(page, "Ben Carter"));
    assert.equal(await wide(), 0);
  } finally {
    await browser.close();
  }
});

world.test("with the system's own colours the current page is still told apart", async (visit) => {
  const page = await visit.page({ as: "dana" });
  await page.emulateMedia({ forcedColors: "active" });
  await page.goto("/office/families");
  const main = page.getByRole("navigation", { name: "Main" });
  const edge = (name) => link(main, name).evaluate((element) => getComputedStyle(element).borderLeftColor);
  const ground = () => page.evaluate(() => getComputedStyle(document.body).backgroundColor);
  await see(link(main, "Families"));
  assert.notEqual(await edge("Families"), await edge("Policies"));
  assert.notEqual(await edge("Families"), await ground());
  await page.emulateMedia({ forcedColors: "none" });
});

world.test("a guardian who signed out in another tab signs in again and stays where they were", async (visit) => {
  const page = await visit.page();
  await signIn(page, visit.people.ben);
  await see(heading(page, "Carter family", 1));
  const other = await page.context().newPage();
  await other.goto("/portal/sunrise");
  await button(other, "Sign out").click();
  await see(heading(other, "Sign in", 1));
  await link(page, "My account").click();
  await see(page.getByText("You were signed out. Sign in to go on where you were.", { exact: true }));
  await field(page, "Email").fill(visit.people.ben.email);
  await page.getByLabel("Password", { exact: true }).fill(visit.people.ben.password);
  await button(page, "Sign in").click();
  await see(heading(page, "My account", 1));
  await see(button(page, "Save new password"));
  await other.close();
});

world.test("an address that makes no sense has a way on, and what can't be a password is a wrong one", async (visit) => {
  const page = await visit.page({ as: "dana" });
  await page.goto("/office/families?after=nonsense");
  await see(page.getByText("This address is out of date or not complete.", { exact: true }));
  await link(page.getByRole("alert"), "Start anew").click();
  await see(link(page, "Edit Lopez family"));
  await page.goto(`/office/families?search=${"z".repeat(3000)}`);
  await see(page.getByText(/^No families match/));

  const stranger = await visit.page();
  for (const address of ["/office/sign-in", "/portal/sunrise/sign-in"]) {
    await stranger.goto(address);
    await field(stranger, "Email").fill("nobody@example.com");
    await stranger.getByLabel("Password", { exact: true }).fill("y".repeat(5000));
    await button(stranger, "Sign in").click();
    await says(stranger.getByRole("alert"), "Email or password is incorrect.");
  }
});
