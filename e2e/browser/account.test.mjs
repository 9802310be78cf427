import assert from "node:assert/strict";
import { look } from "./lib/axe.mjs";
import { button, codeOf, field, gone, heading, link, linkOf, says, see, signIn } from "./lib/steps.mjs";
import { eventually } from "./lib/wait.mjs";
import { useWorld } from "./lib/world.mjs";

// The own login: of staff on Security, of guardians on My account. The second factor's tests are in staff.test.mjs.

const world = useWorld();

/** A browser that says it is another device, signed in. */
async function device(visit, person, userAgent) {
  const page = await visit.page({ userAgent });
  await signIn(page, person);
  return page;
}

const iPhone =
  "Mozilla/5.0 (iPhone; CPU iPhone OS 18_0 like Mac OS X) AppleWebKit/605.1.15 (KHTML, like Gecko) Version/18.0 Mobile/15E148 Safari/604.1";
const windows = "Mozilla/5.0 (Windows NT 10.0; Win64; x64; rv:140.0) Gecko/20100101 Firefox/140.0";

/** Answers the next request of an operation as the server does once ten minutes have gone by since the last proof. */
async function tooLate(page, operation) {
  let told = false;
  await page.route("**/graphql", async (route) => {
    const body = route.request().postDataJSON();
    if (told || body.operationName !== operation) return route.fallback();
    told = true;
    const error = { code: "REAUTHENTICATION_REQUIRED", message: "Confirm that it is you.", path: null };
    const field = operation[0].toLowerCase() + operation.slice(1);
    await route.fulfill({ json: { data: { [field]: { apiToken: null, secret: null, errors: [error] } } } });
  });
}

world.test("a staff member sees where they are signed in, ends one session and then all", async (visit) => {
  const { sam } = visit.people;
  const here = await device(visit, sam, windows);
  const phone = await device(visit, sam, iPhone);
  await here.goto("/office/security");
  const sessions = here.getByTestId("sessions").getByRole("listitem");
  await see(sessions.filter({ hasText: "This device" }));
  assert.match(await sessions.first().innerText(), /Firefox.*\n.*This device/s);
  assert.deepEqual(await look(here), []);

  await button(here, "Sign out Safari on iPhone").click();
  await gone(sessions.filter({ hasText: "iPhone" }));
  await phone.goto("/office/families");
  await see(heading(phone, "Sign in", 1));

  await signIn(phone, sam);
  await button(here, "Sign out everywhere").click();
  await see(heading(here, "Sign in", 1));
  await phone.goto("/office/families");
  await see(heading(phone, "Sign in", 1));
  await here.goto("/office/security");
  await see(heading(here, "Sign in", 1));
});

world.test("a staff member is led to the link that changes the password", async (visit) => {
  const page = await visit.page({ as: "dana" });
  await page.goto("/office/security");
  await link(page, "Send me a link").click();
  await see(heading(page, "Forgot Password", 1));
});

world.test("what is sensitive asks who is there, and what was entered is kept", async (visit) => {
  const page = await device(visit, visit.people.olivia, windows);
  const { password } = visit.people.olivia;
  await page.goto("/office/security");
  await button(page, "Set up authenticator app").click();
  const key = await page.getByTestId("totp-key").innerText();
  assert.deepEqual(await look(page), []);
  await field(page, "Code that the app shows").fill("000000");
  await button(page, "Continue").click();
  await see(page.getByRole("group").getByText(/not right|wrong|incorrect/i).first());
  await field(page, "Code that the app shows").fill(codeOf(key));
  await button(page, "Continue").click();
  await see(page.getByTestId("recovery-codes"));
  assert.deepEqual(await look(page), []);
  await button(page, "I have kept the codes").click();
  await see(page.getByText("10 recovery codes left", { exact: false }));

  await tooLate(page, "CreateApiToken");
  await page.goto("/office/api");
  await button(page, "New API token").click();
  const form = page.getByRole("dialog", { name: "New API token" });
  await field(form, "Name").fill("Nightly sync");
  await form.getByRole("checkbox").first().check();
  await button(form, "Make token").click();
  const asking = page.getByRole("dialog", { name: "Confirm that it is you" });
  await see(asking);
  assert.deepEqual(await look(page), []);
  await asking.getByLabel("Password", { exact: true }).fill("not her password");
  await field(asking, "Code").fill(codeOf(key, Date.now() + 30_000));
  await button(asking, "Confirm").click();
  await see(asking.getByText("There is a problem"));
  await asking.getByLabel("Password", { exact: true }).fill(password);
  await field(asking, "Code").fill(codeOf(key, Date.now() + 30_000));
  await button(asking, "Confirm").click();
  await gone(asking);
  await see(page.getByText(/^opt_[a-z2-7]{39}$/));
  await see(page.getByText("Nightly sync", { exact: true }).first());

  // the second factor goes again: what was proved just now is enough
  await page.goto("/office/security");
  await button(page, "Remove authenticator app").click();
  await button(page.getByRole("alertdialog"), "Remove").click();
  await see(button(page, "Set up authenticator app"));
});

world.test("a guardian changes the password, ends a session, and signs out everywhere", async (visit) => {
  const { ben } = visit.people;
  const here = await device(visit, ben, windows);
  const phone = await device(visit, ben, iPhone);
  await link(here, "My account").click();
  await see(heading(here, "My account", 1));
  await see(here.getByText("Safari on iPhone", { exact: true }).first());
  assert.deepEqual(await look(here), []);

  await button(here, "Save new password").click();
  await see(here.getByText("There are 2 problems"));
  assert.deepEqual(await look(here), []);
  const change = async (current, next) => {
    await here.getByLabel("Current password", { exact: true }).fill(current);
    await here.getByLabel("New password", { exact: true }).fill(next);
    await button(here, "Save new password").click();
  };
  await change("not his password", "violet tractor lagoon 9");
  await see(here.getByText("There is a problem"));
  await change(ben.password, "password");
  await see(here.getByText("There is a problem"));
  await change(ben.password, "violet tractor lagoon 9");
  await says(here.getByRole("status").filter({ hasText: "password" }), /Your password was changed/);
  await phone.reload();
  await see(heading(phone, "Sign in", 1));
  const notice = await visit.message(ben.email);
  assert.match(JSON.stringify(notice), /changed/);

  const again = { ...ben, password: "violet tractor lagoon 9" };
  await signIn(phone, again);
  await here.reload();
  await button(here, "Sign out Safari on iPhone").click();
  await gone(button(here, "Sign out Safari on iPhone"));
  await phone.reload();
  await see(heading(phone, "Sign in", 1));
  await signIn(phone, again);
  await button(here, "Sign out everywhere").click();
  await see(heading(here, "Sign in", 1));
  await phone.reload();
  await see(heading(phone, "Sign in", 1));
});

world.test("the business's colour is chosen with a preview and is the Customer Portal's", async (visit) => {
  const owner = await device(visit, visit.people.olivia, windows);
  await owner.goto("/office/settings/business");
  const colour = field(owner, "Color");
  await colour.fill("#ffcc00");
  await button(owner, "Save").click();
  await see(owner.getByText("There is a problem"));
  await colour.fill("#7a1f5c");
  const shown = (page, what) => page.locator(what).first().evaluate((element) => getComputedStyle(element).backgroundColor);
  await eventually(async () => (await shown(owner, "[data-testid=accent-preview] .button")) === "rgb(122, 31, 92)", {
    what: () => "the preview in the colour",
  });
  assert.deepEqual(await look(owner), []);
  await button(owner, "Save").click();
  await see(owner.getByText("Saved.", { exact: true }).first());
  const page = await visit.page();
  await page.goto("/portal/sunrise/sign-in");
  await see(heading(page, "Sign in", 1));
  assert.equal(await shown(page, "main .button[data-kind=primary]"), "rgb(122, 31, 92)");
  assert.deepEqual(await look(page), []);
  await page.goto("/portal/sunrise/forgot-password");
  const { email } = visit.people.ben;
  const old = (await visit.server.messages()).find((message) => message.to === email);
  await field(page, "Email").fill(email);
  await button(page, "Send reset link").click();
  await page.goto(linkOf(await visit.message(email, { after: old?.id })));
  await see(button(page, "Save new password"));
  assert.equal(await shown(page, "main .button[data-kind=primary]"), "rgb(122, 31, 92)");
  assert.deepEqual(await look(page), []);
});
