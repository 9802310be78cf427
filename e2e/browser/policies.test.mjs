import assert from "node:assert/strict";
import { readFile } from "node:fs/promises";
import { look } from "./lib/axe.mjs";
import { ask, publish, retireAll } from "./lib/policies.mjs";
import {
  button,
  described,
  dialog,
  field,
  focused,
  gone,
  heading,
  link,
  openFamily,
  says,
  see,
  signIn,
  tabTo,
} from "./lib/steps.mjs";
import { useWorld } from "./lib/world.mjs";

// Policies, from the text that somebody writes to the receipt that a guardian prints: electronically and on paper.

const world = useWorld();
const mark = "Mark as manually accepted";
const updated = "This policy was updated. Please read the new version.";
const box = (page, name) => page.getByRole("checkbox", { name, exact: true });
const section = (page, name) => page.getByRole("region", { name, exact: true });
const panel = (page) => section(page, "Policies");
const lineOf = (page, title) =>
  panel(page)
    .getByRole("listitem")
    .filter({ has: page.getByRole("heading", { name: title, exact: true }) });
/** The smallest files that are what they say. */
const pdf = Buffer.from(
  "%PDF-1.4\n1 0 obj<</Type/Catalog/Pages 2 0 R>>endobj\n2 0 obj<</Type/Pages/Kids[]/Count 0>>endobj\ntrailer<</Root 1 0 R>>\n%%EOF\n",
);

/** The owner's window, with nothing to accept but what the test publishes. */
async function office(visit) {
  const page = await visit.page({ as: "olivia" });
  await page.goto("/office/policies");
  await see(heading(page, "Policies", 1));
  await retireAll(page);
  return page;
}

/** A guardian who signs in and is asked for policies. */
async function atTheDoor(visit, options) {
  const page = await visit.page(options);
  await signIn(page, visit.people.ben);
  await see(heading(page, "Accept policies", 1));
  return page;
}

async function accept(page, ...names) {
  for (const name of names) await box(page, name).check();
  await button(page, "Accept and continue").click();
  await see(heading(page, "Receipt", 1));
}

world.test("a policy is written, looked at as families will see it, published, and asked for", async (visit) => {
  const page = await office(visit);
  await page.reload();
  await see(page.getByText("No policies yet."));
  await button(page, "New policy").click();
  await focused(heading(page, "New policy", 1));
  await button(page, "Publish").click();
  await focused(page.getByRole("group").filter({ hasText: "There are 2 problems" }));
  await field(page, "Title").fill("Waiver 2026");
  await described(field(page, "Title"), /such as Waiver 2026/);
  await field(page, "Text").fill(
    "# Risks\n\nThere is **risk**.\n\n<script>alert(1)</script>\n\n[good](https://example.com) [bad](javascript:alert(1))",
  );
  const preview = section(page, "Preview");
  await see(preview.getByRole("heading", { name: "Risks", level: 3 }));
  await see(link(preview, "good"));
  assert.equal(await preview.locator("script").count(), 0);
  assert.equal(await link(preview, "bad").count(), 0);
  await button(page, "Publish").click();
  const asking = dialog(page, "Publish “Waiver 2026”");
  await see(asking.getByText("A version can't be changed or taken back once it is published."));
  await focused(button(asking, "Cancel"));
  await button(asking, "Publish").click();
  await focused(heading(page, "Waiver 2026", 1));
  await see(section(page, "Versions").getByText(/^Published .+ by Olivia Grant$/));
  await see(link(section(page, "Who is missing"), "Carter"));

  const guardian = await atTheDoor(visit);
  const waiver = section(guardian, "Waiver 2026");
  await see(waiver.getByText(/^Version 1, in effect since /));
  await see(waiver.getByRole("heading", { name: "Risks", level: 3 }));
  assert.equal(await waiver.locator("script").count(), 0);
  const scrolls = await waiver.evaluate((top) =>
    [top, ...top.querySelectorAll("*")].some(
      (element) => element.scrollHeight > element.clientHeight + 1 && getComputedStyle(element).overflowY !== "visible",
    ),
  );
  assert.equal(scrolls, false, "the whole text is on the page, not in a box");
  assert.equal(await button(guardian, "Sign out").count(), 1);

  await button(guardian, "Accept and continue").click();
  await focused(guardian.getByRole("group").filter({ hasText: "There is a problem" }));
  await accept(guardian, "I have read and accept “Waiver 2026”");
  await see(guardian.getByText(/^Accepted by Ben Carter, \w+ \d+, \d{4} \d+:\d\d [AP]M C[DS]T$/));
  await guardian.evaluate(() => {
    window.print = () => document.body.setAttribute("data-printed", "yes");
  });
  await button(guardian, "Print").click();
  await guardian.locator("body[data-printed=yes]").waitFor();
  await guardian.emulateMedia({ media: "print" });
  await gone(button(guardian, "Print"));
  await gone(link(guardian, "My account"));
  await see(heading(guardian, "Waiver 2026", 2));
  await guardian.emulateMedia({ media: "screen" });
  await link(guardian, "Continue").click();
  await see(heading(guardian, "Carter family", 1));
  await see(section(guardian, "Policies").getByText(/^Accepted by Ben Carter, /));

  await openFamily(page, "Carter");
  await see(
    panel(page)
      .getByText(/^Accepted by Ben Carter, \w+ \d+, \d{4} \d+:\d\d [AP]M C[DS]T$/)
      .first(),
  );
  await panel(page).getByText("History").click();
  await see(panel(page).getByText("Network address"));
  await see(page.getByText("Ben Carter accepted “Waiver 2026”.", { exact: true }));
});

world.test(
  "a version that is published while a guardian reads is asked for again, and the other ticks stay",
  async (visit) => {
    const page = await office(visit);
    const waiver = await publish(page, { title: "Waiver" });
    await publish(page, { title: "Rules" });
    const guardian = await atTheDoor(visit);
    for (const title of ["Waiver", "Rules"]) await box(guardian, `I have read and accept “${title}”`).check();
    const second = await publish(page, {
      of: waiver,
      title: "Waiver",
      bodyMarkdown: "Another text.",
      changeNote: "Pools.",
    });
    await button(guardian, "Accept and continue").click();
    await see(section(guardian, "Waiver").getByText(updated, { exact: true }));
    await focused(heading(guardian, "Waiver", 2));
    await see(section(guardian, "Waiver").getByText("Another text."));
    await see(section(guardian, "Waiver").getByText("What changed: Pools."));
    assert.equal(await box(guardian, "I have read and accept “Waiver”").isChecked(), false);
    assert.equal(await box(guardian, "I have read and accept “Rules”").isChecked(), true);
    assert.equal(await guardian.getByText(updated).count(), 1);
    await accept(guardian, "I have read and accept “Waiver”");

    // A small change carries over and says so; nobody is asked.
    const third = await publish(page, { of: second, title: "Waiver", bodyMarkdown: "Another text!", material: false });
    await link(guardian, "Continue").click();
    await see(heading(guardian, "Carter family", 1));
    await see(guardian.getByText("Accepted in version 2, which still counts: the change since then was small."));
    await openFamily(page, "Carter");
    await see(page.getByText("Accepted in version 2. It carries over: the change since then was not material."));

    // A large one is asked for again, on every page but signing out.
    await publish(page, { of: third, title: "Waiver", bodyMarkdown: "A new text." });
    await guardian.goto("/portal/sunrise");
    await see(heading(guardian, "Accept policies", 1));
    await button(guardian, "Sign out").click();
    await see(heading(guardian, "Sign in", 1));
  },
);

world.test(
  "a form on paper is recorded with its scan, and what the guardian accepts later takes its place",
  async (visit) => {
    const page = await office(visit);
    await publish(page, { title: "Waiver", scope: "STUDENT" });
    await openFamily(page, "Carter");
    const waiver = lineOf(page, "Waiver");
    await see(waiver.getByText("Not accepted"));
    await button(waiver, mark).click();
    const form = page.getByRole("dialog", { name: mark });
    await see(form.getByText("“Waiver”, version 1, for Mia Carter"));
    await button(form, mark).click();
    await focused(form.getByRole("group").filter({ hasText: "There are 3 problems" }));
    await form.getByLabel("Guardian who signed").selectOption("Julie Carter");
    await form.getByLabel("Date on the form").fill("2026-02-28");
    await form.getByLabel(/^Note/).fill("In the blue folder");

    visit.expect(/415 .*\/office\/scans/);
    // What is no scan is refused by its content, whatever its name says; everything typed stays.
    const scan = form.getByLabel(/^Scan/);
    await scan.setInputFiles({ name: "form.pdf", mimeType: "application/pdf", buffer: Buffer.from("MZ not a form") });
    await form.locator('input[type="file"][aria-invalid="true"]').waitFor({ state: "attached" });
    await described(scan, /PDF, JPEG or PNG/);
    await scan.setInputFiles({ name: "Formulär.pdf", mimeType: "application/pdf", buffer: pdf });
    await see(form.getByText(/^Formulär\.pdf \(1 kB\) is uploaded\.$/));
    await box(form, "A signed, printed form is on file.").check();
    assert.equal(await form.getByLabel(/^Note/).inputValue(), "In the blue folder");
    await see(form.getByText("This is recorded in the Audit Log with your name."));
    await button(form, mark).click();
    await gone(form);
    const manual = /^Manually accepted: form signed Feb 28, 2026, recorded by Olivia Grant, \w+ \d+, \d{4}$/;
    await see(waiver.getByText(manual).first());
    await gone(button(waiver, mark));
    await see(page.getByText("Olivia Grant marked “Waiver” for Mia Carter as manually accepted for Julie Carter."));
    await waiver.getByText("History").click();
    await see(waiver.getByText("In the blue folder"));
    const [download] = await Promise.all([
      page.waitForEvent("download"),
      button(waiver, "Download Formulär.pdf").click(),
    ]);
    assert.equal(download.suggestedFilename(), "Formulär.pdf");
    assert.deepEqual(await readFile(await download.path()), pdf);

    // Nothing is missing now; on the page of policies the guardian may accept it all the same.
    const guardian = await visit.page();
    await signIn(guardian, visit.people.ben);
    await see(heading(guardian, "Carter family", 1));
    await see(guardian.getByText("Accepted on paper on Feb 28, 2026, recorded by the office."));
    await link(guardian, "Read and accept").click();
    await accept(guardian, "I have read and accept “Waiver” for Mia");
    await page.reload();
    await see(waiver.getByText(/^Accepted by Ben Carter, /).first());
    await waiver.getByText("History").click();
    await see(waiver.getByText(manual));
    await see(waiver.getByText(/Replaced by a later acceptance, /));
  },
);

world.test("who is missing is counted, listed and filtered", async (visit) => {
  const page = await office(visit);
  await publish(page, { title: "Waiver" });
  const guardian = await atTheDoor(visit);
  await accept(guardian, "I have read and accept “Waiver”");

  await page.goto("/office/families?search=carter");
  await see(page.getByText("All accepted", { exact: true }));
  await page.getByLabel("Policies missing").selectOption("Yes");
  await see(page.getByText("No families match “carter”."));
  assert.match(page.url(), /missing=yes/);
  await page.goto("/office/families?missing=yes");
  await see(link(page, "Edit Lopez family"));
  assert.equal(await link(page, "Edit Carter family").count(), 0);
  await see(page.getByText("1 missing", { exact: true }).first());
  await page.goto("/office/families?missing=no");
  await see(link(page, "Edit Carter family"));
  await says(page.getByText(/^\d+ famil/), "1 family");

  await page.goto("/office/policies");
  const row = page.getByRole("row").filter({ has: link(page, "Waiver") });
  await says(row.getByRole("cell").nth(2), "1");
  await says(row.getByRole("cell").nth(3), "0");
  await says(row.getByRole("cell").nth(4), /^\d\d$/);
  await link(page, "Waiver").click();
  const missing = section(page, "Who is missing");
  await see(link(missing, "Brooks"));
  assert.equal(await link(missing, "Carter").count(), 0);
  await link(missing, "Next").click();
  await page.waitForURL(/after=/);
  await gone(link(missing, "Brooks"));
  await missing.getByRole("listitem").first().getByRole("link").click();
  await see(panel(page).getByText("Not accepted"));
});

world.test("a retired policy is asked of nobody", async (visit) => {
  const page = await office(visit);
  await publish(page, { title: "Waiver" });
  await page.goto("/office/policies");
  await link(page, "Waiver").click();
  await button(page, "Retire").click();
  const asking = dialog(page, "Retire policy");
  await button(asking, "Retire").click();
  await see(page.getByText("This policy is retired. Nobody is asked to accept it; what was accepted stays."));
  await focused(heading(page, "Waiver", 1));
  await page.goto("/office/families?search=lopez");
  await see(page.getByText("All accepted", { exact: true }));
});

world.test("somebody else's new version is never overwritten unseen", async (visit) => {
  const page = await office(visit);
  const waiver = await publish(page, { title: "Waiver" });
  const other = await visit.page({ as: "olivia" });
  await other.goto("/office/policies");
  await page.goto(`/office/policies/${waiver.id}/new-version`);
  await field(page, "Text").fill("My text.");
  await publish(other, { of: waiver, title: "Waiver", bodyMarkdown: "Their text." });
  await page.bringToFront(); // a window behind another one is drawn once a second
  await button(page, "Publish").click();
  await button(dialog(page, "Publish “Waiver”"), "Publish").click();
  await see(page.getByText(/published or changed this policy meanwhile\.$/));
  assert.equal(await field(page, "Text").inputValue(), "My text.");
  await button(page, "Show the newest version").click();
  await page.getByText("Show the text").click();
  await see(page.getByText("Their text."));
  await button(page, "Publish").click();
  await button(dialog(page, "Publish “Waiver”"), "Publish").click();
  await see(section(page, "Text").getByText("My text."));
  await see(section(page, "Versions").getByRole("heading", { name: /^Version 3/ }));

  // What was typed is not lost by leaving, either.
  await button(page, "Publish new version").click();
  await field(page, "Text").fill("A draft.");
  await link(page.getByRole("navigation", { name: "Main" }), "Families").click();
  await button(dialog(page, "Discard unsaved changes?"), "Keep editing").click();
  assert.equal(await field(page, "Text").inputValue(), "A draft.");
  await link(page.getByRole("navigation", { name: "Main" }), "Families").click();
  await button(dialog(page, "Discard unsaved changes?"), "Discard").click();
  await see(heading(page, "Families", 1));
});

world.test("without the permission everything can be read, nothing be done", async (visit) => {
  const page = await office(visit);
  const waiver = await publish(page, { title: "Waiver" });
  const staff = await visit.page({ as: "sam" });
  await staff.goto("/office/policies");
  await see(link(staff, "Waiver"));
  assert.equal(await button(staff, "New policy").getAttribute("aria-disabled"), "true");
  await openFamily(staff, "Lopez");
  await see(panel(staff).getByText("Not accepted"));
  assert.equal(await button(staff, mark).count(), 0);
  await staff.goto(`/office/policies/${waiver.id}/new-version`);
  await see(heading(staff, "You don't have access to this page", 1));
});

world.test("all of it works without a mouse", async (visit) => {
  const page = await office(visit);
  await publish(page, { title: "Waiver" });
  await openFamily(page, "Carter");
  await tabTo(button(lineOf(page, "Waiver"), mark));
  await page.keyboard.press("Enter");
  const form = page.getByRole("dialog", { name: mark });
  await see(form);
  await page.keyboard.press("Escape");
  await gone(form);
  await focused(button(lineOf(page, "Waiver"), mark));

  const guardian = await atTheDoor(visit);
  await tabTo(box(guardian, "I have read and accept “Waiver”"));
  await guardian.keyboard.press("Space");
  await tabTo(button(guardian, "Accept and continue"));
  await guardian.keyboard.press("Enter");
  await focused(heading(guardian, "Receipt", 1));
  await tabTo(link(guardian, "Continue"));
  await guardian.keyboard.press("Enter");
  await focused(heading(guardian, "Carter family", 1));
});

/** Collects what is wrong with each screen, so that one run tells all of it. */
function collector() {
  const wrong = [];
  return {
    screen: async (page, name) => wrong.push(...(await look(page)).map((line) => `${name}, ${line}`)),
    done: () => assert.equal(wrong.join("\n"), ""),
  };
}

const text = "# A heading\n\nSome *words* and [a link](https://example.com).\n\n1. one\n2. two\n\n> quoted\n\n`code`";

world.test("axe and 320 px: the list and the page of a policy", async (visit) => {
  const { screen, done } = collector();
  const page = await office(visit);
  await page.reload();
  await see(page.getByText("No policies yet."));
  await screen(page, "no policies");
  const waiver = await publish(page, { title: "Waiver", bodyMarkdown: text });
  await publish(page, { title: "Newsletter", required: false });
  await publish(page, {
    of: waiver,
    title: "Waiver",
    bodyMarkdown: text,
    effectiveFrom: `${new Date().getFullYear() + 2}-01-01`,
    material: false,
    changeNote: "Small.",
  });
  await page.reload();
  await see(link(page, "Waiver"));
  await screen(page, "Policies");
  await link(page, "Waiver").click();
  await page.getByText("Show the text").first().click();
  await see(link(section(page, "Who is missing"), "Carter"));
  await screen(page, "a policy");
  await button(page, "Retire").click();
  await see(dialog(page, "Retire policy"));
  await screen(page, "retire");
  done();
});

world.test("axe and 320 px: the editor and the filter of Families", async (visit) => {
  const { screen, done } = collector();
  const page = await office(visit);
  const waiver = await publish(page, { title: "Waiver", bodyMarkdown: text });
  await page.goto(`/office/policies/${waiver.id}/new-version`);
  await see(section(page, "Preview").getByRole("heading", { name: "A heading" }));
  await screen(page, "new version");
  await page.goto("/office/policies/new");
  await button(page, "Publish").click();
  await see(page.getByText("There are 2 problems"));
  await screen(page, "new policy with errors");
  await page.goto("/office/families?search=carter&missing=yes");
  await see(page.getByText("1 missing"));
  await screen(page, "Families with the filter");
  done();
});

world.test("axe and 320 px: the policies of a family", async (visit) => {
  const { screen, done } = collector();
  const page = await office(visit);
  await publish(page, { title: "Rules", scope: "STUDENT" });
  await openFamily(page, "Carter");
  await button(lineOf(page, "Rules"), mark).click();
  const form = page.getByRole("dialog", { name: mark });
  await form.getByLabel(/^Scan/).setInputFiles({ name: "form.pdf", mimeType: "application/pdf", buffer: pdf });
  await see(form.getByText(/is uploaded\.$/));
  await button(form, mark).click();
  await see(form.getByText("There are 3 problems"));
  await screen(page, "mark as manually accepted");
  await form.getByLabel("Guardian who signed").selectOption({ label: "Ben Carter" });
  await form.getByLabel("Date on the form").fill("2026-02-28");
  await box(form, "A signed, printed form is on file.").check();
  await button(form, mark).click();
  await gone(form);
  await lineOf(page, "Rules").getByText("History").click();
  await screen(page, "the policies of a family");
  done();
});

world.test("axe and 320 px: the Customer Portal", async (visit) => {
  const { screen, done } = collector();
  const page = await office(visit);
  await publish(page, { title: "Waiver", bodyMarkdown: text });
  await publish(page, { title: "Newsletter", required: false });
  const guardian = await atTheDoor(visit);
  await button(guardian, "Accept and continue").click();
  await see(guardian.getByText("There is a problem"));
  await screen(guardian, "accept policies with an error");
  await accept(guardian, "I have read and accept “Waiver”");
  await screen(guardian, "receipt");
  await link(guardian, "Continue").click();
  await see(link(guardian, "Receipt"));
  await screen(guardian, "home");
  await link(guardian, "Read and accept").click();
  await see(heading(guardian, "Policies", 1));
  await screen(guardian, "all policies");
  done();
});
