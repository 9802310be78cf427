import assert from "node:assert/strict";
import { access, constants, mkdir, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { after, before, test } from "node:test";
import { chromium } from "playwright-core";
import { watch } from "./guard.mjs";
import { startServer } from "./server.mjs";
import { signIn } from "./steps.mjs";
import { eventually } from "./wait.mjs";

const program = process.env.E2E_CHROMIUM ?? "/usr/bin/chromium";
const flags = [
  "--no-sandbox",
  "--disable-gpu",
  "--disable-quic",
  "--no-first-run",
  "--disable-background-networking",
  "--disable-component-update",
  "--disable-sync",
];

/** Longest a single step of a page may take, milliseconds: generous, for busy machines. */
export const patience = 15_000;

export async function startBrowser() {
  await access(program, constants.X_OK).catch(() => {
    throw new Error(`There is no Chromium at ${program}. Run make setup, or say where it is with E2E_CHROMIUM.`);
  });
  return chromium.launch({ executablePath: program, headless: true, args: flags });
}

/** One server and one browser for all tests of a file. */
export function useWorld() {
  const world = { sessions: {} };
  before(async () => {
    world.browser = await startBrowser();
    world.server = await startServer();
  });
  after(async () => {
    await world.browser?.close();
    await world.server?.stop();
  });

  /** A test with browser windows of its own; `visit` opens them. */
  world.test = (name, body) =>
    test(name, { timeout: 90_000 }, async () => {
      const visit = new Visit(world);
      try {
        await body(visit);
      } catch (error) {
        await visit.keep(name);
        throw error;
      } finally {
        await visit.close();
      }
      visit.complain();
    });
  return world;
}

/** The windows of one test. */
class Visit {
  #world;
  #contexts = [];
  #guards = [];

  constructor(world) {
    this.#world = world;
    this.server = world.server;
    this.origin = world.server.origin;
    this.people = world.server.people;
  }

  /**
   * A page in a browser context of its own, as somebody who has signed in before: once for all tests of the
   * file, through the real form. Without `as` nobody is signed in.
   */
  async page({ as, viewport = { width: 1280, height: 800 }, ...options } = {}) {
    const sessions = this.#world.sessions;
    if (as && !sessions[as]) sessions[as] = this.#session(as);
    const context = await this.#world.browser.newContext({
      baseURL: this.origin,
      viewport,
      locale: "en-US",
      ...(as && { storageState: await sessions[as] }),
      ...options,
    });
    context.setDefaultTimeout(patience);
    this.#contexts.push(context);
    this.#guards.push(watch(context, this.origin));
    return context.newPage();
  }

  async #session(as) {
    const page = await this.page();
    await signIn(page, this.people[as]);
    return page.context().storageState();
  }

  /** Lines in the console that the test provokes on purpose. */
  ignore(...patterns) {
    for (const guard of this.#guards) guard.ignore(...patterns);
  }

  /** The newest message to an address or number, as soon as there is one. */
  async message(to, { after = "" } = {}) {
    return eventually(
      async () => {
        const found = (await this.server.messages()).find((message) => message.to === to);
        return found && found.id !== after ? found : null;
      },
      { what: () => `a message to ${to}` },
    );
  }

  complain() {
    assert.deepEqual(
      this.#guards.flatMap((guard) => guard.found),
      [],
      "the browser complained",
    );
  }

  /** Keeps a picture of every open page of a failed test, for whoever wants to know what it looked like. */
  async keep(name) {
    const folder = "test-results";
    await mkdir(folder, { recursive: true });
    const file = name.replace(/[^\p{L}\p{N}]+/gu, "-").slice(0, 80);
    let number = 0;
    for (const context of this.#contexts) {
      for (const page of context.pages()) {
        number++;
        await page.screenshot({ path: join(folder, `${file}-${number}.png`) }).catch(() => {});
      }
    }
    const complaints = this.#guards.flatMap((guard) => guard.found).join("\n");
    await writeFile(join(folder, `${file}.log`), `${complaints}\n${this.server.log()}`);
  }

  async close() {
    for (const context of this.#contexts) await context.close();
  }
}
