import assert from "node:assert/strict";
import { createHmac } from "node:crypto";
import { eventually } from "./wait.mjs";

// What people do, in the words on the screen.

export const button = (scope, name) => scope.getByRole("button", { name, exact: true });
export const link = (scope, name) => scope.getByRole("link", { name, exact: true });
export const heading = (scope, name, level) =>
  scope.getByRole("heading", { name, exact: true, ...(level && { level }) });
export const field = (scope, name) => scope.getByRole("textbox", { name, exact: true });
export const card = (page, guardian) => page.getByRole("article", { name: guardian, exact: true });
export const actions = (page, guardian) => button(page, `Actions for ${guardian}`);
export const item = (page, name) => page.getByRole("menuitem", { name, exact: true });
export const dialog = (page, name) => page.getByRole("alertdialog", { name, exact: true });
export const status = (page, guardian) =>
  card(page, guardian).getByRole("group", { name: "Last password reset" }).getByRole("paragraph");
export const viaEmail = "Reset Password via Email";
export const viaSms = "Reset Password via SMS";

/** Waits until it can be seen. */
export const see = (locator) => locator.waitFor({ state: "visible" });

/** Waits until it is gone or was never there. */
export const gone = (locator) => locator.waitFor({ state: "hidden" });

/** Waits until an element has focus. */
export const focused = (locator) =>
  eventually(() => locator.evaluate((element) => element === document.activeElement), {
    what: () => `focus on ${locator}`,
  });

/** Waits until the text of an element is exactly this, or matches. */
export async function says(locator, expected) {
  let text;
  await eventually(
    async () => {
      text = (await locator.innerText()).trim();
      return expected instanceof RegExp ? expected.test(text) : text === expected;
    },
    { what: () => `${locator} saying ${expected}; it says ${JSON.stringify(text)}` },
  );
}

/** Waits until a screen reader would read this after an element's name. */
export async function described(locator, expected) {
  let text;
  await eventually(
    async () => {
      text = await locator.evaluate((element) =>
        (element.getAttribute("aria-describedby") ?? "")
          .split(/\s+/)
          .map((id) => document.getElementById(id)?.textContent ?? "")
          .join(" ")
          .trim(),
      );
      return expected instanceof RegExp ? expected.test(text) : text === expected;
    },
    { what: () => `${locator} described as ${expected}; it is ${JSON.stringify(text)}` },
  );
}

/** The code an authenticator app shows for a key (RFC 6238). */
export function codeOf(key, at = Date.now()) {
  const bits = [...key].map((c) => "ABCDEFGHIJKLMNOPQRSTUVWXYZ234567".indexOf(c).toString(2).padStart(5, "0")).join("");
  const bytes = Buffer.from(bits.match(/.{8}/g).map((b) => Number.parseInt(b, 2)));
  const counter = Buffer.alloc(8);
  counter.writeBigUInt64BE(BigInt(Math.floor(at / 30_000)));
  const mac = createHmac("sha1", bytes).update(counter).digest();
  const offset = mac.at(-1) & 15;
  return String((mac.readUInt32BE(offset) & 0x7fffffff) % 1_000_000).padStart(6, "0");
}

/** Signs in on the page that the program printed, staff or guardian. */
export async function signIn(page, person) {
  await page.goto(person.url);
  await field(page, "Email").fill(person.email);
  await page.getByLabel("Password", { exact: true }).fill(person.password);
  await button(page, "Sign in").click();
  await see(page.url().includes("/portal/") ? button(page, "Sign out") : heading(page, "Families", 1));
}

/** Families, search, pencil: as somebody without a bookmark gets to a family. */
export async function openFamily(page, search, name = search) {
  await page.goto("/office/families");
  await page.getByRole("searchbox", { name: "Search by name, email or phone" }).fill(search);
  // While the search is applied the rows move; a mouse may miss the pencil it aimed at, Enter can't.
  await link(page, `Edit ${name} family`).press("Enter");
  await see(heading(page, name, 1));
}

export async function openMenu(page, guardian) {
  await actions(page, guardian).click();
  await see(page.getByRole("menu"));
}

/** Opens one of the two dialogs with the mouse. */
export async function openDialog(page, guardian, name) {
  await openMenu(page, guardian);
  await item(page, name).click();
  const opened = dialog(page, name);
  await see(opened);
  return opened;
}

/** Sends a link with the mouse; the card tells later how far it got. */
export async function sendReset(page, guardian, name = viaEmail) {
  const opened = await openDialog(page, guardian, name);
  await button(opened, "YES").click();
  await gone(opened);
}

/** The link of a message, which is its only one. */
export function linkOf(message) {
  assert.equal(message.links.length, 1, "a message has one link");
  return message.links[0];
}

/** Presses Tab until an element has focus, as somebody without a mouse gets there. */
export async function tabTo(locator, { most = 60, key = "Tab" } = {}) {
  await see(locator);
  for (let presses = 0; presses < most; presses++) {
    if (await locator.evaluate((element) => element === document.activeElement)) return;
    await locator.page().keyboard.press(key);
  }
  throw new Error(`${locator} is not reached within ${most} presses of ${key}`);
}
