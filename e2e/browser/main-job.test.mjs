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
  openMenu,
  says,
  see,
  status,
  viaEmail,
  viaSms,
} from "./lib/steps.mjs";
import { useWorld } from "./lib/world.mjs";

// The main job, end to end: staff send a link, the guardian chooses a password and signs in with it.

const world = useWorld();
const maria = "Maria Lopez";
const password = "violet tractor lagoon 9";

world.test("staff send a link by email, and the guardian chooses a password and signs in", async (visit) => {
  const { dana } = visit.people;
  const staff = await visit.page();

  await staff.goto("/");
  await see(heading(staff, "Sign in", 1));
  await field(staff, "Email").fill(dana.email);
  await staff.getByLabel("Password", { exact: true }).fill(dana.password);
  await button(staff, "Sign in").click();
  await see(heading(staff, "Families", 1));
  assert.match(await staff.title(), /^Families - Sunrise Gymnastics$/);

  await staff.getByRole("searchbox", { name: "Search by name, email or phone" }).fill("lopez");
  await see(staff.getByText("1 family", { exact: true }));
  assert.match(staff.url(), /search=lopez/);
  await link(staff, "Edit Lopez family").click();
  await see(heading(staff, "Lopez", 1));
  await see(
    staff.getByText(
      "Passwords can't be set here. Only guardians can choose their password, so that only they can accept policies. Send a reset link instead.",
      { exact: true },
    ),
  );
  assert.equal(await staff.locator("input[type=password]").count(), 0, "there is no password field");
  await see(card(staff, maria).getByText("Can Log In", { exact: true }));

  // A link of three days ago is there already.
  await says(status(staff, maria), /^Password reset email · .+ by Dana Price · Delivered · Link expired$/);

  const dots = actions(staff, maria);
  assert.equal(await dots.getAttribute("aria-haspopup"), "menu");
  assert.equal(await dots.getAttribute("aria-expanded"), "false");
  await openMenu(staff, maria);
  assert.equal(await dots.getAttribute("aria-expanded"), "true");
  assert.equal(await staff.getByRole("menuitem").count(), 3); // and Invite to Customer Portal
  assert.deepEqual(
    await Promise.all([0, 1].map((n) => staff.getByRole("menuitem").nth(n).locator(".menu-label").innerText())),
    [viaEmail, viaSms],
  );
  await described(item(staff, viaSms), "1 credit");
  await item(staff, viaEmail).click();

  const asking = dialog(staff, viaEmail);
  await see(asking);
  await described(asking, "Do you wish to send the password reset email to Maria Lopez at maria.lopez@example.com?");
  await see(
    asking.getByText("The link expires 30 minutes after it is sent. Only Maria can choose the new password.", {
      exact: true,
    }),
  );
  assert.deepEqual(await asking.getByRole("button").allInnerTexts(), ["Cancel", "YES"]);
  await focused(button(asking, "Cancel"));
  await button(asking, "YES").click();
  await gone(asking);
  await focused(dots);
  await says(
    status(staff, maria),
    /^Password reset email · \d+:\d\d [AP]M by Dana Price · Delivered · Link expires \d+:\d\d [AP]M$/,
  );

  const guardian = await visit.page();
  await guardian.goto("/dev/messages");
  await see(heading(guardian, "Reset your Sunrise Gymnastics Customer Portal password"));
  const mail = guardian.frameLocator("iframe");
  await see(mail.getByText("Dana at Sunrise Gymnastics sent you this link.", { exact: true }));
  const opened = guardian.context().waitForEvent("page");
  await link(mail, "Choose a new password").click();
  const portal = await opened;

  await see(heading(portal, "New password for maria.lopez@example.com", 1));
  assert.equal(portal.url(), `${visit.origin}/r`, "the secret is not in the address bar");
  assert.match(await portal.title(), /^Choose a new password - Sunrise Gymnastics$/);
  await described(
    portal.getByLabel("New password", { exact: true }),
    "At least 15 characters. Three or four unrelated words work well.",
  );
  // Looking uses nothing up.
  await portal.reload();
  await portal.getByLabel("New password", { exact: true }).fill(password);
  await button(portal, "Show").click();
  assert.equal(await field(portal, "New password").inputValue(), password);
  await button(portal, "Save new password").click();

  await see(portal.getByText("Your password was changed. Sign in with the new one.", { exact: true }));
  assert.equal(await field(portal, "Email").inputValue(), "maria.lopez@example.com");
  await portal.getByLabel("Password", { exact: true }).fill(password);
  await button(portal, "Sign in").click();
  await see(heading(portal, "Accept policies", 1));
  for (const box of await portal.getByRole("checkbox").all()) await box.check();
  await button(portal, "Accept and continue").click();
  await see(heading(portal, "Receipt", 1));
  await portal.goto("/portal/sunrise");
  await see(heading(portal, "Lopez family", 1));
  await see(portal.getByText("Signed in as Maria Lopez", { exact: true }));
  await see(portal.getByText("Ana Lopez", { exact: true }));

  const notice = await visit.message("maria.lopez@example.com");
  assert.equal(notice.subject, "Your Sunrise Gymnastics Customer Portal password was changed");
  assert.deepEqual(
    notice.links.filter((address) => address.includes("/r#")),
    [],
    "the notice has no link that acts",
  );

  // The staff member goes on working, and later comes back to the family.
  await link(staff.getByRole("main"), "Families").click();
  await link(staff, "Edit Lopez family").click();
  await says(
    status(staff, maria),
    /^Password reset email · \d+:\d\d [AP]M by Dana Price · Delivered · Link used \d+:\d\d [AP]M$/,
  );
});
