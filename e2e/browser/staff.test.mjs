import assert from "node:assert/strict";
import { look } from "./lib/axe.mjs";
import { button, codeOf, field, gone, heading, link, linkOf, see } from "./lib/steps.mjs";
import { useWorld } from "./lib/world.mjs";

// Staff: invited by link, signing in with a second factor, deactivated.

const world = useWorld();
const password = "violet tractor lagoon 9";

async function enter(page, email, word) {
  await page.goto("/office/sign-in");
  await field(page, "Email").fill(email);
  await page.getByLabel("Password", { exact: true }).fill(word);
  await button(page, "Sign in").click();
}

async function invite(visit, owner, name, email) {
  await owner.goto("/office/settings/staff");
  await see(heading(owner, "Staff", 1));
  await button(owner, "Invite staff member").click();
  await field(owner, "Full name").fill(name);
  await field(owner, "Email").fill(email);
  await button(owner, "Send invitation").click();
  await see(owner.getByRole("heading", { name, level: 2 }));
  const message = await visit.message(email);
  const page = await visit.page();
  await page.goto(linkOf(message));
  await see(page.getByText("This password is for the Office Portal."));
  await page.getByLabel("New password", { exact: true }).fill(password);
  await button(page, "Save new password").click();
  await see(page.getByText("Your password was changed. Sign in with the new one."));
  assert.equal(await field(page, "Email").inputValue(), email);
  return page;
}

world.test("somebody is invited, chooses a password, signs in, and is signed out at once when deactivated", async (visit) => {
  const owner = await visit.page({ as: "olivia" });
  const nora = await invite(visit, owner, "Nora Bell", "nora@sunrise.example");
  await nora.getByLabel("Password", { exact: true }).fill(password);
  await button(nora, "Sign in").click();
  await see(heading(nora, "Families", 1));

  assert.deepEqual(await look(owner), []);
  const row = owner.getByRole("listitem").filter({ has: owner.getByRole("heading", { name: "Nora Bell" }) });
  await button(row, "Deactivate").click();
  await button(owner.getByRole("alertdialog"), "Deactivate").click();
  await see(button(row, "Activate"));
  await nora.reload();
  await see(heading(nora, "Sign in", 1));
  await enter(nora, "nora@sunrise.example", password);
  await see(nora.getByText("Email or password is incorrect."));
});

world.test("an authenticator app is set up and asked for, and a recovery code helps once", async (visit) => {
  const owner = await visit.page({ as: "olivia" });
  const page = await invite(visit, owner, "Theo Park", "theo@sunrise.example");
  await page.getByLabel("Password", { exact: true }).fill(password);
  await button(page, "Sign in").click();
  await see(heading(page, "Families", 1));
  await page.getByRole("button", { name: /Theo Park/ }).click();
  await page.getByRole("menuitem", { name: "Security" }).click();
  await see(heading(page, "Security", 1));
  await button(page, "Set up authenticator app").click();
  const key = await page.getByTestId("totp-key").innerText();
  await field(page, "Code that the app shows").fill(codeOf(key));
  await button(page, "Continue").click();
  const listed = page.getByTestId("recovery-codes").getByRole("listitem");
  await see(listed.first());
  const codes = await listed.allInnerTexts();
  assert.equal(codes.length, 10);
  assert.deepEqual(await look(page), []);
  await button(page, "I have kept the codes").click();
  await see(button(page, "Remove authenticator app"));

  const other = await visit.page();
  await enter(other, "theo@sunrise.example", password);
  await field(other, "Code").fill(codeOf(key, Date.now() + 30_000)); // the step of the set-up is used
  await button(other, "Continue").click();
  await see(heading(other, "Families", 1));

  const third = await visit.page();
  await enter(third, "theo@sunrise.example", password);
  await button(third, "Use a recovery code").click();
  await field(third, "Recovery code").fill(codes[0]);
  await button(third, "Continue").click();
  await see(heading(third, "Families", 1));
  const fourth = await visit.page();
  await enter(fourth, "theo@sunrise.example", password);
  await button(fourth, "Use a recovery code").click();
  await field(fourth, "Recovery code").fill(codes[0]);
  await button(fourth, "Continue").click();
  await see(fourth.getByRole("group").getByText("This is not right. Try again."));
});

world.test("a passkey is made and signs in", async (visit) => {
  const owner = await visit.page({ as: "olivia" });
  const page = await invite(visit, owner, "Pia Keys", "pia@sunrise.example");
  const cdp = await page.context().newCDPSession(page);
  await cdp.send("WebAuthn.enable");
  await cdp.send("WebAuthn.addVirtualAuthenticator", {
    options: { protocol: "ctap2", transport: "internal", hasResidentKey: true, hasUserVerification: true, isUserVerified: true },
  });
  await page.getByLabel("Password", { exact: true }).fill(password);
  await button(page, "Sign in").click();
  await see(heading(page, "Families", 1));
  await page.goto("/office/security");
  await field(page, "Name of the passkey").fill("Front desk");
  await button(page, "Add a passkey").click();
  await see(page.getByTestId("recovery-codes"));
  await button(page, "I have kept the codes").click();
  await see(page.getByText("Front desk", { exact: true }));
  await enter(page, "pia@sunrise.example", password);
  await button(page, "Use a passkey").click();
  await see(heading(page, "Families", 1));
});

world.test("staff who forgot the password get a link, and unknown addresses the same page", async (visit) => {
  const page = await visit.page();
  await page.goto("/office/sign-in");
  await link(page, "Forgot Password").click();
  await see(heading(page, "Forgot Password", 1));
  for (const email of ["nobody@sunrise.example", "sam@sunrise.example"]) {
    await field(page, "Email").fill(email);
    await button(page, "Send reset link").click();
    await see(heading(page, "Check your email", 1));
    await button(page, "Use another address").click();
  }
  await page.goto(linkOf(await visit.message("sam@sunrise.example")));
  await page.getByLabel("New password", { exact: true }).fill(password);
  await button(page, "Save new password").click();
  await see(heading(page, "Sign in", 1));
  await gone(page.getByRole("alert"));
});
