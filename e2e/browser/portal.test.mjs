import assert from "node:assert/strict";
import {
  button,
  described,
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
  viaEmail,
  viaSms,
} from "./lib/steps.mjs";
import { useWorld } from "./lib/world.mjs";

// The Customer Portal: signing in, Forgot Password, and everything a link can have become.

const world = useWorld();
const password = "thimble quarry saxophone 8";
const newPassword = (page) => page.getByLabel("New password", { exact: true });
const minutes = 60_000;

world.test("a wrong pair, an unknown address and somebody who can't log in all hear the same", async (visit) => {
  const page = await visit.page();
  await page.goto("/portal/sunrise/sign-in");
  await see(heading(page, "Sign in", 1));
  assert.equal(await field(page, "Email").getAttribute("autocomplete"), "username");
  const secret = page.getByLabel("Password", { exact: true });
  assert.equal(await secret.getAttribute("autocomplete"), "current-password");
  for (const email of ["ben.carter@example.com", "nobody@example.com", "tom.brooks@example.com"]) {
    await field(page, "Email").fill(email);
    await secret.fill("not the password at all");
    await button(page, "Sign in").click();
    await focused(page.getByRole("alert"));
    await says(page.getByRole("alert"), "Email or password is incorrect.");
    assert.equal(await field(page, "Email").inputValue(), email);
    assert.equal(await secret.inputValue(), "");
  }
  await see(page.getByText("Need help?"));
  await see(link(page, "(312) 555-0100"));
});

world.test("Forgot Password says the same to everybody and sends to those who can log in", async (visit) => {
  const page = await visit.page();
  const kept = (await visit.server.messages()).length;
  await page.goto("/portal/sunrise");
  await field(page, "Email").fill("hanako.yamada@example");
  await link(page, "Forgot Password").click();
  await focused(heading(page, "Forgot Password", 1));
  assert.equal(await field(page, "Email").inputValue(), "hanako.yamada@example", "the email is carried over");
  await field(page, "Email").fill("hanako");
  await button(page, "Send reset link").click();
  await described(field(page, "Email"), "Enter an email address, such as maria@example.com.");

  const answer = (email) =>
    page.getByText(`If ${email} belongs to an account that can log in, we sent a link. It works for 30 minutes.`, {
      exact: true,
    });
  await field(page, "Email").fill("hanako.yamada@example.com");
  await button(page, "Send reset link").click();
  await focused(heading(page, "Check your email", 1));
  await see(answer("hanako.yamada@example.com"));
  assert.doesNotMatch(page.url(), /hanako/);
  const again = button(page, "Send again");
  assert.equal(await again.getAttribute("aria-disabled"), "true");
  await described(again, /^You can send again in \d+ seconds?\.$/);
  const message = await visit.message("hanako.yamada@example.com");
  assert.match(message.text, /You asked for this link\./);

  await button(page, "Use another address").click();
  await field(page, "Email").fill("nobody@example.com");
  await button(page, "Send reset link").click();
  await see(answer("nobody@example.com"));
  await button(page, "Use another address").click();
  await field(page, "Email").fill("pat.obrien@example.com");
  await button(page, "Send reset link").click();
  await see(answer("pat.obrien@example.com"));
  assert.equal((await visit.server.messages()).length, kept + 1, "one message, to whom it may be sent");

  // Staff are told who asked when they are about to send one more.
  const staff = await visit.page({ as: "dana" });
  await openFamily(staff, "Yamada", "山田");
  await button(staff, "Actions for 山田花子").click();
  await staff.getByRole("menuitem", { name: viaSms, exact: true }).click();
  await see(staff.getByRole("alertdialog").getByText(/^山田花子 used Forgot Password \d+ (second|minute)s? ago\.$/));
});

world.test(
  "a password that is too short or known is refused in plain words, and the link stays good",
  async (visit) => {
    const staff = await visit.page({ as: "dana" });
    await openFamily(staff, "Singh");
    await sendReset(staff, "Rosa Singh");
    const address = linkOf(await visit.message("rosa.singh@example.com"));

    const page = await visit.page();
    await page.goto(address);
    await see(heading(page, "New password for rosa.singh@example.com", 1));
    assert.equal(page.url(), `${visit.origin}/r`);
    assert.equal(await page.evaluate(() => document.referrer), "");
    assert.equal(await newPassword(page).getAttribute("autocomplete"), "new-password");
    assert.equal(await page.locator("input[autocomplete=username]").inputValue(), "rosa.singh@example.com");
    assert.equal(await page.locator("input[type=password]").count(), 1, "there is no second field");

    await newPassword(page).fill("tractors!");
    await button(page, "Save new password").click();
    await focused(page.getByRole("group").filter({ hasText: "There is a problem" }));
    await described(newPassword(page), /Use at least 15 characters\. This has 9\.$/);
    assert.match(await page.title(), /^Error: Choose a new password/);

    await newPassword(page).fill("password12345678");
    await button(page, "Save new password").click();
    await described(newPassword(page), /This password is on a list of known passwords\. Choose another\.$/);

    await newPassword(page).fill(password);
    await newPassword(page).press("Enter");
    await see(page.getByText("Your password was changed. Sign in with the new one.", { exact: true }));

    // Used up: by the same link there is only a new one.
    const other = await visit.page();
    await other.goto(address);
    await see(heading(other, "This link was already used.", 1));
    await see(link(other, "Sign in"));
    await see(link(other, "(312) 555-0100"));
    await link(other, "Send a new link").click();
    await focused(heading(other, "Forgot Password", 1));
  },
);

world.test("a newer link replaces an older one, and an old one has expired", async (visit) => {
  const staff = await visit.page({ as: "dana" });
  await openFamily(staff, "Novak", "Novák");
  await sendReset(staff, "Zeynep Novák", viaEmail);
  const older = linkOf(await visit.message("zeynep.novak@example.com"));
  await sendReset(staff, "Zeynep Novák", viaSms);
  const newer = linkOf(await visit.message("+12245550166"));

  const page = await visit.page();
  await page.goto(older);
  await see(page.getByRole("heading", { name: /^A newer link was sent at \d+:\d\d [AP]M\.$/, level: 1 }));
  await see(page.getByText("Use the newest message.", { exact: true }));

  // The same tab, another link: the page follows.
  await page.goto(newer);
  await see(heading(page, "New password for zeynep.novak@example.com", 1));
  assert.equal(page.url(), `${visit.origin}/r`);

  const late = await visit.page();
  await late.clock.install({ time: Date.now() + 26 * minutes });
  await late.goto(newer);
  await see(late.getByText(/^This link works until \d+:\d\d [AP]M\.$/));
  await late.clock.fastForward(5 * minutes);
  await see(heading(late, "This link has expired.", 1));
  await see(late.getByText(/^Links work for 30 minutes; this one was sent at \d+:\d\d [AP]M\.$/));
  await link(late, "Send a new link").click();
  await focused(heading(late, "Forgot Password", 1));
});

world.test("a link that is none, or lost its end, says so", async (visit) => {
  const page = await visit.page();
  for (const address of ["/r", "/r#tooshort", "/r#AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA"]) {
    await page.goto(address);
    await see(heading(page, "This link doesn't work.", 1));
    assert.equal(page.url(), `${visit.origin}/r`);
    await page.goto("about:blank");
  }
});

world.test("a new password ends every session, and the old one no longer works", async (visit) => {
  const { ben } = visit.people;
  const home = await visit.page();
  await signIn(home, ben);
  await see(heading(home, "Carter family", 1));
  await see(home.getByText("Mia Carter", { exact: true }));

  const staff = await visit.page({ as: "dana" });
  await openFamily(staff, "Carter");
  await sendReset(staff, ben.name);
  // Until the link is used, the old password works.
  await home.reload();
  await see(heading(home, "Carter family", 1));

  const page = await visit.page();
  await page.goto(linkOf(await visit.message(ben.email)));
  await newPassword(page).fill(password);
  await button(page, "Save new password").click();
  await see(page.getByText("Your password was changed. Sign in with the new one.", { exact: true }));

  await home.reload();
  await see(heading(home, "Sign in", 1));
  await field(home, "Email").fill(ben.email);
  await home.getByLabel("Password", { exact: true }).fill(ben.password);
  await button(home, "Sign in").click();
  await says(home.getByRole("alert"), "Email or password is incorrect.");
  await home.getByLabel("Password", { exact: true }).fill(password);
  await button(home, "Sign in").click();
  await see(heading(home, "Carter family", 1));
  await button(home, "Sign out").click();
  await see(heading(home, "Sign in", 1));
  await gone(heading(home, "Carter family", 1));
});

world.test("Spanish is one press away, and a message is in the guardian's language", async (visit) => {
  const page = await visit.page();
  await page.goto("/portal/sunrise/forgot-password");
  await button(page, "Español").click();
  await see(heading(page, "Olvidé mi contraseña", 1));
  assert.equal(await page.locator("html").getAttribute("lang"), "es");
  await page.getByRole("textbox").fill("carlos.martinez@example.com");
  await page.keyboard.press("Enter");
  const message = await visit.message("carlos.martinez@example.com");
  assert.match(message.subject, /contraseña/);
});

world.test("an unknown business and an unknown page are told as such", async (visit) => {
  const page = await visit.page();
  await page.goto("/portal/nowhere");
  await see(heading(page, "This page doesn't exist", 1));
  await page.goto("/portal/sunrise/nothing/here");
  await see(heading(page, "Sign in", 1));
});
