// Pictures of the main screens, on a desk and on a phone, light and dark:
//
//   E2E_BINARY=bin/officeportal node e2e/browser/screenshots.mjs FOLDER [NAME...]
//
// With names, only those screens; a name that ends in + is taken in its whole height.
// docs/screenshot.png is family-menu-desk-light.png, taken with PIXELS=2 where the system has a good font.
import { mkdir } from "node:fs/promises";
import { join } from "node:path";
import { startServer } from "./lib/server.mjs";
import {
  button,
  card,
  field,
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
import { eventually } from "./lib/wait.mjs";
import { startBrowser } from "./lib/world.mjs";

const [folder, ...only] = process.argv.slice(2);
if (!folder) {
  console.error("usage: E2E_BINARY=bin/officeportal node e2e/browser/screenshots.mjs FOLDER [NAME...]");
  process.exit(2);
}

/** Goes to a page and waits for its heading and what it fetches. */
const at = (path, name) => async (page) => {
  await page.goto(path);
  await see(heading(page, name, 1));
  await page.waitForLoadState("networkidle");
};

/** Each screen's name, and how to get there from anywhere; in an order in which none spoils another. */
const staffScreens = [
  ["sign-in", (page) => page.goto("/office/sign-in").then(() => see(heading(page, "Sign in", 1))), "nobody"],
  ["families", (page) => page.goto("/office/families").then(() => see(link(page, "Edit Lopez family")))],
  ["family", (page) => openFamily(page, "Carter")],
  ["family-menu", (page) => openFamily(page, "Lopez").then(() => openMenu(page, "Maria Lopez"))],
  ["family-menu-reasons", (page) => openFamily(page, "Brooks").then(() => openMenu(page, "Tom Brooks"))],
  ["family-failed", (page) => openFamily(page, "Weiss", "Weiß").then(() => says(status(page, "Käthe Weiß"), /Not/))],
  ["dialog-email", (page) => openFamily(page, "Lopez").then(() => openDialog(page, "Maria Lopez", viaEmail))],
  ["dialog-sms", (page) => openFamily(page, "Lopez").then(() => openDialog(page, "Maria Lopez", viaSms))],
  [
    "dialog-notices",
    (page) => openFamily(page, "Garcia", "García-Peña").then(() => openDialog(page, "Lucía García-Peña", viaSms)),
  ],
  [
    "family-edit",
    async (page) => {
      await openFamily(page, "Carter");
      await button(card(page, "Ben Carter"), "Edit").click();
      await field(card(page, "Ben Carter"), "Name").fill("Benjamin Carter");
    },
  ],
  ["audit-log", (page) => page.goto("/office/audit").then(() => see(page.getByRole("table")))],
  [
    "audit-export",
    async (page) => {
      await page.goto("/office/audit");
      await button(page, "Export").click();
      const asking = page.getByRole("dialog", { name: "Export the Audit Log" });
      await see(asking);
      await asking.evaluate((shown) => Promise.all(shown.getAnimations().map((animation) => animation.finished)));
    },
  ],
  ["sms-credits", (page) => page.goto("/office/sms-credits").then(() => see(page.getByRole("table")))],
  ["settings", at("/office/settings", "Settings")],
  ["business", at("/office/settings/business", "Business")],
  ["staff", at("/office/settings/staff", "Staff")],
  [
    "staff-invite",
    async (page) => {
      await at("/office/settings/staff", "Staff")(page);
      await button(page, "Invite staff member").click();
    },
  ],
  ["security", at("/office/security", "Security")],
  ["api", at("/office/api", "API")],
  ["policies", at("/office/policies", "Policies")],
  ["policy-new", at("/office/policies/new", "New policy")],
];

const portalScreens = (server, address) => [
  ["portal-sign-in", (page) => page.goto("/portal/sunrise/sign-in").then(() => see(heading(page, "Sign in", 1)))],
  [
    "portal-forgot",
    (page) => page.goto("/portal/sunrise/forgot-password").then(() => see(button(page, "Send reset link"))),
  ],
  [
    "portal-new-password",
    async (page) => {
      await page.goto(address);
      await button(page, "Save new password").click();
      await see(page.getByText("There is a problem"));
    },
  ],
  [
    "portal-unknown-link",
    (page) =>
      page.goto("/r#AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA").then(() => see(heading(page, "This link doesn't work.", 1))),
  ],
  ["portal-home", (page) => signIn(page, server.people.ben).then(() => see(page.getByText(/^Accepted by/).first()))],
  ["portal-my-account", at("/portal/sunrise/account", "My account")],
  ["messages", (page) => page.goto("/dev/messages").then(() => see(heading(page, "Messages", 1)))],
];

await mkdir(folder, { recursive: true });
const browser = await startBrowser();
const server = await startServer();
try {
  const open = async (options) => {
    const context = await browser.newContext({
      baseURL: server.origin,
      locale: "en-US",
      reducedMotion: "reduce",
      deviceScaleFactor: Number(process.env.PIXELS ?? 1),
      ...options,
    });
    context.setDefaultTimeout(15_000);
    return context.newPage();
  };
  const staff = await open({ viewport: { width: 1280, height: 800 } });
  await signIn(staff, server.people.olivia);
  const storageState = await staff.context().storageState();
  await openFamily(staff, "Carter");
  await sendReset(staff, "Ben Carter");
  await says(status(staff, "Ben Carter"), /Delivered/);
  const message = await eventually(async () => (await server.messages())[0], { what: () => "a message" });

  for (const [device, viewport] of [
    ["desk", { width: 1280, height: 800 }],
    ["phone", { width: 390, height: 844 }],
  ]) {
    for (const colorScheme of ["light", "dark"]) {
      const wanted = (name) => only.length === 0 || only.some((one) => one === name || one === `${name}+`);
      const take = async (page, name) => {
        if (!wanted(name)) return;
        const path = join(folder, `${name}-${device}-${colorScheme}.png`);
        await page.screenshot({ path, fullPage: only.includes(`${name}+`) });
      };
      for (const [name, go, who] of staffScreens.filter(([name]) => wanted(name))) {
        const page = await open({ viewport, colorScheme, ...(who !== "nobody" && { storageState }) });
        await go(page);
        await take(page, name);
        await page.context().close();
      }
      const page = await open({ viewport, colorScheme });
      for (const [name, go] of portalScreens(server, linkOf(message))) {
        await go(page);
        await take(page, name);
      }
      await page.context().close();
    }
  }
} finally {
  await browser.close();
  await server.stop();
}
