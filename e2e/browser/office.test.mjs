import assert from "node:assert/strict";
import { ask } from "./lib/policies.mjs";
import {
  button,
  card,
  field,
  focused,
  gone,
  heading,
  link,
  linkOf,
  openFamily,
  says,
  see,
  sendReset,
  signIn,
  viaSms,
} from "./lib/steps.mjs";
import { eventually } from "./lib/wait.mjs";
import { useWorld } from "./lib/world.mjs";

// The rest of the Office Portal: lists, the Audit Log, credits, sessions, the profile.

const world = useWorld();
const url = (page, expected) =>
  eventually(() => expected.test(page.url()), { what: () => `${expected} in ${page.url()}` });
const search = (page) => page.getByRole("searchbox", { name: "Search by name, email or phone" });

world.test("the list of families keeps search, filters and order in its address", async (visit) => {
  const page = await visit.page({ as: "dana" });
  await page.goto("/office/families");
  await see(page.getByText("40 families", { exact: true }));
  await page.getByRole("combobox", { name: "Can log in" }).selectOption("No");
  await url(page, /login=no/);
  await page.getByRole("combobox", { name: "Order" }).selectOption("Name, Z to A");
  await url(page, /order=NAME_DESC/);
  await search(page).fill("zzzz");
  await see(page.getByText("No families match “zzzz”.", { exact: true }));
  await page.reload();
  await see(page.getByText("No families match “zzzz”.", { exact: true }));
  assert.equal(await search(page).inputValue(), "zzzz");
  await link(page, "Clear search").click();
  await see(link(page, "Yılmaz"));
  const names = await page
    .getByRole("table", { name: "Families" })
    .getByRole("row")
    .locator("td:first-child")
    .allInnerTexts();
  assert.equal(names[0], "Yılmaz");
  assert.ok(!names.includes("Lopez"), "Maria can log in");

  // A search by the end of a phone number; the neighbours are those of the list.
  await page.goto("/office/families?login=yes");
  await link(page, "Edit Carter family").click();
  await focused(heading(page, "Carter", 1));
  await link(page, "Next family: de la Cruz").click();
  await focused(heading(page, "de la Cruz", 1));
  await link(page.getByRole("main"), "Families").click();
  await url(page, /\/office\/families\?login=yes/);
  await search(page).fill("0174");
  await see(link(page, "Edit Wang family"));
  await see(page.getByText("1 family", { exact: true }));
});

world.test("a family that doesn't exist is told as such", async (visit) => {
  const page = await visit.page({ as: "dana" });
  await page.goto("/office/families/fam_00000000000000000000000000");
  await see(heading(page, "This family doesn't exist or was removed.", 1));
  await link(page, "Back to Families").click();
  await focused(heading(page, "Families", 1));
});

world.test("the Audit Log tells who did what, and its filters are in the address", async (visit) => {
  const page = await visit.page({ as: "dana" });
  await openFamily(page, "Mensah");
  await sendReset(page, "Søren Mensah", viaSms);
  const portal = await visit.page();
  await portal.goto(linkOf(await visit.message("+16305550162")));
  await portal.getByLabel("New password", { exact: true }).fill("lantern gravel octopus 4");
  await button(portal, "Save new password").click();
  await see(heading(portal, "Sign in", 1));

  await link(page.getByRole("navigation", { name: "Main" }), "Audit Log").click();
  await focused(heading(page, "Audit Log", 1));
  const table = page.getByRole("table", { name: "Audit Log" });
  const sent = table.getByRole("row").filter({
    has: page.getByText("Dana Price sent Søren Mensah a password reset via SMS (1 credit).", { exact: true }),
  });
  const chosen = table.getByText("Søren Mensah chose a new password by link.", { exact: true });
  await see(sent);
  await see(chosen);

  await page.getByRole("combobox", { name: "Channel" }).selectOption("SMS");
  await url(page, /channel=SMS/);
  await page.getByRole("combobox", { name: "Action" }).selectOption("Password chosen by link");
  await url(page, /action=PASSWORD_RESET_COMPLETED/);
  await gone(sent);
  await see(chosen);
  await page.reload();
  await see(chosen);
  assert.equal(await page.getByRole("combobox", { name: "Channel" }).inputValue(), "SMS");

  await page.goto("/office/audit");
  await link(sent, "Dana Price").click();
  await url(page, /actor=/);
  await gone(chosen);
  await link(page, "Remove filter: By Dana Price").click();
  await see(chosen);

  await page.getByLabel("From", { exact: true }).fill("2099-01-01");
  await see(page.getByText("No entries match these filters.", { exact: true }));
  await link(page, "Clear filters").click();
  await see(chosen);
  assert.match(page.url(), /\/office\/audit$/);
  assert.doesNotMatch(await page.getByRole("main").textContent(), /\/r#|lantern gravel/, "no link and no password");
});

world.test("new entries of the Audit Log wait behind a button", async (visit) => {
  const page = await visit.page({ as: "dana" });
  await page.clock.install();
  await page.goto("/office/audit?action=FAMILY_CREATED");
  await see(page.getByText("No entries match these filters.", { exact: true }));

  const other = await visit.page({ as: "dana" });
  await other.goto("/office/families");
  await button(other, "Add family").click();
  const form = other.getByRole("dialog", { name: "Add family" });
  await button(form, "Add family").click();
  await see(form.getByRole("link", { name: "Enter a family name." }));
  await field(form, "Family name").fill("Zacharias");
  await button(form, "Add family").click();
  await see(heading(other, "Zacharias", 1));
  await see(other.getByText(/^No guardians yet\./));

  await page.clock.fastForward(31_000);
  await button(page, "1 new entry").click();
  await see(page.getByText("Dana Price created the family Zacharias.", { exact: true }));
});

world.test("credits are added once, with a note", async (visit) => {
  const page = await visit.page({ as: "olivia" });
  await page.goto("/office/sms-credits");
  await button(page, "Add credits").click();
  const form = page.getByRole("dialog", { name: "Add credits" });
  await field(form, "Number of credits").fill("many");
  await button(form, "Add credits").click();
  await see(form.getByText("There are 2 problems", { exact: true }));
  await field(form, "Number of credits").fill("25");
  await field(form, "Note").fill("Invoice 1001");
  await button(form, "Add credits").click();
  await gone(form);
  const newest = page.getByRole("table", { name: "Ledger" }).getByRole("row").nth(1);
  await says(newest.getByRole("cell").nth(1), "+25");
  await see(newest.getByText(/^Olivia .+ added credits: Invoice 1001$/));
  const [after] = await newest.getByRole("cell").nth(2).allInnerTexts();
  await see(link(page, `${after} SMS credits`));
});

world.test("a session that ended asks to sign in again and keeps what was typed", async (visit) => {
  const { dana } = visit.people;
  const page = await visit.page();
  await signIn(page, dana);
  await openFamily(page, "Dubois");
  const malia = card(page, "Malia Dubois");
  await button(malia, "Edit").click();
  await field(malia, "Relation (optional)").fill("Grandmother");
  // Everything that the page asks for has come: else that is what finds out about the session.
  await see(page.getByText("Nothing has happened yet.", { exact: true }));
  await see(page.getByRole("region", { name: "Policies", exact: true }).getByRole("listitem").first());
  await page.context().clearCookies();
  await button(page.getByRole("region", { name: "Unsaved changes" }), "Save").click();

  const ended = page.getByRole("dialog", { name: "Your session has ended" });
  await see(ended);
  await page.keyboard.press("Escape");
  await see(ended);
  assert.equal(await field(ended, "Email").inputValue(), dana.email);
  await ended.getByLabel("Password", { exact: true }).fill(dana.password);
  await button(ended, "Sign in").click();
  await gone(ended);
  assert.equal(await field(malia, "Relation (optional)").inputValue(), "Grandmother");
  await button(page.getByRole("region", { name: "Unsaved changes" }), "Save").click();
  await see(malia.getByText("Grandmother", { exact: true }));
});

world.test("signing out ends the session, and signing in leads back to where one wanted to go", async (visit) => {
  const { dana } = visit.people;
  const page = await visit.page();
  await page.goto("/office/audit?channel=SMS");
  await see(heading(page, "Sign in", 1));
  await url(page, /\/office\/sign-in\?next=/);
  await button(page, "Sign in").click();
  await see(page.getByText("There are 2 problems", { exact: true }));
  await field(page, "Email").fill(dana.email);
  await page.getByLabel("Password", { exact: true }).fill("wrong password entirely");
  await button(page, "Sign in").click();
  await says(page.getByRole("alert"), "Email or password is incorrect.");
  await page.getByLabel("Password", { exact: true }).fill(dana.password);
  await button(page, "Sign in").click();
  await see(heading(page, "Audit Log", 1));
  await url(page, /\/office\/audit\?channel=SMS/);

  await button(page, "Profile of Dana Price").click();
  await page.getByRole("menuitem", { name: "Sign out" }).click();
  await see(heading(page, "Sign in", 1));
  await page.goto("/office/families");
  await see(heading(page, "Sign in", 1));
  assert.equal(await page.getByRole("table").count(), 0);
});

world.test("language and theme are kept on this device", async (visit) => {
  const page = await visit.page();
  await signIn(page, visit.people.dana);
  await button(page, "Profile of Dana Price").click();
  await page.getByRole("menuitemradio", { name: "Dark" }).click();
  await page.getByRole("menuitemradio", { name: "Español" }).click();
  await see(page.getByRole("heading", { name: "Familias", level: 1, includeHidden: true }));
  await page.reload();
  await see(heading(page, "Familias", 1));
  assert.equal(await page.locator("html").getAttribute("lang"), "es");
  assert.equal(await page.evaluate(() => getComputedStyle(document.documentElement).colorScheme), "dark");
});

world.test("the total of a search comes after its page, and nothing moves when it does", async (visit) => {
  const page = await visit.page({ as: "olivia" });
  await page.goto("/office/families");
  await see(page.getByText(/^\d+ families$/));
  const names = Array.from({ length: 51 }, (_, number) => `Quill ${String(number).padStart(2, "0")}`);
  await Promise.all(
    names.map((name) =>
      ask(page, "mutation($input: CreateFamilyInput!) { createFamily(input: $input) { errors { code message } } }", {
        input: { name },
      }),
    ),
  );

  let answer;
  let held;
  const asked = [];
  await page.route("**/graphql", async (route) => {
    const { operationName, query, variables } = route.request().postDataJSON();
    if (!operationName?.startsWith("Families") || !variables.filter.search) return route.continue();
    asked.push(operationName);
    assert.ok(!(operationName === "Families" && query?.includes("totalCount")), "the page does not count");
    if (operationName === "FamiliesCount") await held;
    await route.continue();
  });
  for (const size of [
    { width: 1280, height: 800 },
    { width: 390, height: 844 },
  ]) {
    await page.setViewportSize(size);
    held = new Promise((done) => (answer = done));
    asked.length = 0;
    await page.goto("/office/families");
    await see(link(page, "Edit Brooks family"));
    await search(page).fill("quill");
    await gone(link(page, "Edit Brooks family"));
    await see(link(page, "Edit Quill 00 family"));
    await eventually(() => asked.includes("FamiliesCount"), { what: () => "the request of the total" });
    assert.equal(asked[0], "Families");
    const places = () =>
      Promise.all(
        [search(page), button(page, "Add family"), link(page, "Quill 00")].map((one) => one.boundingBox()),
      );
    const before = await places();
    assert.equal(await page.getByText(/^\d+ families$/).count(), 0, "no number of another list");
    answer();
    const total = page.getByText("51 families", { exact: true });
    await see(total);
    assert.equal(await total.getAttribute("aria-live"), "polite");
    assert.deepEqual(await places(), before);
  }

  // What fits on one page is counted there.
  asked.length = 0;
  await search(page).fill("quill 07");
  await see(page.getByText("1 family", { exact: true }));
  assert.ok(!asked.includes("FamiliesCount"), "counted what is on the page");
});
