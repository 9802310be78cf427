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

export async function startBrowser(...more) {
  await access(program, constants.X_OK).catch(() => {
    throw new Error(`There is no Chromium at ${program}. Run make setup, or say where it is with E2E_CHROMIUM.`);
  });
  // Read from a slow disk for the first time, the browser takes its time.
  return chromium.launch({ executablePath: program, headless: true, args: [...flags, ...more], timeout: 120_000 });
}

/** One server and one browser for all tests of a file. */
export function useWorld() {
  const world = { desks: {} };
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
    test(name, { timeout: 240_000 }, async () => {
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
  #pages = [];
  #expected = [];

  constructor(world) {
    this.#world = world;
    this.server = world.server;
    this.origin = world.server.origin;
    this.people = world.server.people;
  }

  /**
   * A new window. Without `as` it is of somebody nobody has seen before. With it, of a person who has signed in
   * through the real form, on a machine that all tests of the file share: the browser keeps what it loaded.
   */
  async page({ as, ...options } = {}) {
    const { desks } = this.#world;
    if (as) desks[as] ??= this.#desk(as, options);
    const desk = as ? await desks[as] : await this.#open(options);
    if (!as) this.#contexts.push(desk);
    const page = await desk.context.newPage();
    this.#pages.push({ page, desk });
    return page;
  }

  async #desk(as, options) {
    const desk = await this.#open(options);
    const page = await desk.context.newPage();
    await signIn(page, this.people[as]);
    await page.close();
    return desk;
  }

  async #open(options) {
    const context = await this.#world.browser.newContext({
      baseURL: this.origin,
      viewport: { width: 1280, height: 800 },
      locale: "en-US",
      reducedMotion: "reduce",
      ...options,
    });
    context.setDefaultTimeout(patience);
    return { context, guard: watch(context, this.origin) };
  }

  #guards() {
    return [...new Set(this.#pages.map(({ desk }) => desk.guard))];
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

  /** What the browser will write down although all is well, such as a file that is refused; it has to, once or `often`. */
  expect(complaint, { often = false } = {}) {
    this.#expected.push({ complaint, often });
  }

  /** Fails when anything happened in a window that must never happen. */
  complain() {
    const found = this.#guards().flatMap((guard) => guard.take());
    for (const { complaint, often } of this.#expected) {
      let at = found.findIndex((one) => complaint.test(one));
      assert.notEqual(at, -1, `the browser did not complain of ${complaint}`);
      do {
        found.splice(at, 1);
        at = found.findIndex((one) => complaint.test(one));
      } while (often && at !== -1);
    }
    assert.deepEqual(found, [], "the browser complained");
  }

  /** Keeps a picture of every window of a failed test, for whoever wants to know what it looked like. */
  async keep(name) {
    const folder = "test-results";
    await mkdir(folder, { recursive: true });
    const file = name.replace(/[^\p{L}\p{N}]+/gu, "-").slice(0, 80);
    for (const [number, { page }] of this.#pages.entries()) {
      await page.screenshot({ path: join(folder, `${file}-${number + 1}.png`) }).catch(() => {});
    }
    const complaints = this.#guards().flatMap((guard) => guard.take());
    await writeFile(join(folder, `${file}.log`), `${complaints.join("\n")}\n${this.server.log()}`);
  }

  async close() {
    for (const { page } of this.#pages) await page.close({ runBeforeUnload: false });
    for (const { context } of this.#contexts) await context.close();
  }
}
