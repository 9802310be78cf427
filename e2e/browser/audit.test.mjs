import assert from "node:assert/strict";
import { readFile } from "node:fs/promises";
import { look } from "./lib/axe.mjs";
import { ask } from "./lib/policies.mjs";
import { button, dialog, focused, gone, heading, says, see } from "./lib/steps.mjs";
import { eventually } from "./lib/wait.mjs";
import { useWorld } from "./lib/world.mjs";

// The Audit Log: its filters, and a file with what they choose.

const world = useWorld();
const title = "Export the Audit Log";
const popup = (page) => page.getByRole("dialog", { name: title, exact: true });

/**
 * A browser whose picker needs no person: files are made in the page's own file system, which is otherwise the real
 * thing. Writing waits until the page is told to go on.
 */
async function picking(page) {
  await page.addInitScript(() => {
    window.goOn = new Promise((done) => {
      window.release = done;
    });
    window.showSaveFilePicker = async ({ suggestedName }) => {
      window.suggested = suggestedName;
      const folder = await navigator.storage.getDirectory();
      const handle = await folder.getFileHandle(suggestedName, { create: true });
      const create = handle.createWritable.bind(handle);
      handle.createWritable = async () => {
        const out = await create();
        const write = out.write.bind(out);
        out.write = async (piece) => {
          await window.goOn;
          return write(piece);
        };
        return out;
      };
      return handle;
    };
  });
}

/** What is in the file, or null when there is none. */
const saved = (page) =>
  page.evaluate(async () => {
    const folder = await navigator.storage.getDirectory();
    try {
      return await (await (await folder.getFileHandle(window.suggested)).getFile()).text();
    } catch {
      return null;
    }
  });

async function auditLog(page, query = "") {
  await page.goto(`/office/audit${query}`);
  await see(page.getByRole("table", { name: "Audit Log" }));
}

async function openExport(page) {
  await button(page, "Export").click();
  await see(popup(page));
  return popup(page);
}

world.test("what the filters choose is saved while the screen tells how far it is", async (visit) => {
  const page = await visit.page({ as: "olivia" });
  await picking(page);
  await auditLog(page, "?action=SIGN_IN&outcome=SUCCEEDED");
  const asking = await openExport(page);
  const [, count] = /^([\d,]+) entries match the filters/.exec(await asking.getByText(/match the filters/).innerText());
  assert.deepEqual(await look(page), []);
  await asking.getByRole("radio", { name: "JSON Lines" }).check();

  await button(asking, "Export").click();
  const progress = asking.getByRole("progressbar", { name: "Entries saved" });
  await see(progress);
  await see(asking.getByText(`0 of ${count} entries`, { exact: true }));
  assert.deepEqual(await look(page), []);
  await page.keyboard.press("Escape");
  await see(progress);
  await button(asking, "Cancel").click();
  await page.evaluate(() => window.release());
  await says(asking.getByRole("alert"), "The export was cancelled. Nothing was saved.");
  assert.equal(await saved(page), null, "an export that is cancelled leaves no file");

  await button(asking, "Export").click();
  await see(asking.getByText(new RegExp(`^${count} entries are saved in audit-\\d{4}-\\d\\d-\\d\\d\\.jsonl\\.$`)));
  assert.deepEqual(await look(page), []);
  const lines = (await saved(page)).trimEnd().split("\n").map((line) => JSON.parse(line));
  const entries = lines.filter(({ type }) => type === "entry");
  assert.equal(entries.length, Number(count.replace(",", "")));
  assert.ok(entries.every(({ entry }) => entry.action === "SIGN_IN"));
  assert.deepEqual([lines.at(-1).complete, lines[0].filter], [true, { ...lines[0].filter, actions: "SIGN_IN" }]);
  // What fades out is what was there: the dialog is not emptied first.
  await page.evaluate(() => {
    window.faded = "";
    new MutationObserver((changes) => {
      for (const { removedNodes } of changes) for (const node of removedNodes) window.faded += `[${node.textContent}]`;
    }).observe(document.body, { childList: true, subtree: true });
  });
  await button(asking, "Close").click();
  await focused(button(page, "Export"));
  await gone(asking);
  assert.match(
    await page.evaluate(() => window.faded),
    /\[[^\]]*Export the Audit Log[^\]]*entries are saved in[^\]]*Close[^\]]*\]/,
  );

  await auditLog(page, "?action=AUDIT_EXPORTED");
  await see(page.getByText(`Olivia Grant exported ${count.replace(",", "")} entries of the Audit Log.`).first());
});

world.test("an address brings every filter back, and changing one keeps the others", async (visit) => {
  const page = await visit.page({ as: "olivia" });
  await auditLog(page);
  const { viewer, families } = await ask(
    page,
    "{ viewer { actor { ... on Staff { id name } } } families(first: 1) { edges { node { id name guardians { id name } } } } }",
  );
  const family = families.edges[0].node;
  const [guardian] = family.guardians;
  const filters = {
    action: "CONTACT_CHANGED",
    channel: "EMAIL",
    outcome: "REFUSED",
    from: "2026-01-31",
    to: "2026-02-28",
    actor: viewer.actor.id,
    guardian: guardian.id,
    family: family.id,
  };
  await page.goto(`/office/audit?${new URLSearchParams(filters)}`);
  const search = page.locator("search");
  const shows = async (expected) => {
    for (const [name, value] of Object.entries(expected)) {
      await eventually(async () => (await search.getByLabel(name, { exact: true }).inputValue()) === value);
    }
    for (const name of [viewer.actor.name, guardian.name, family.name]) {
      await see(search.getByRole("link").filter({ hasText: name }).first());
    }
  };
  const fields = { Action: filters.action, Channel: "EMAIL", Result: "REFUSED", From: filters.from, To: filters.to };
  await shows(fields);
  assert.deepEqual(await look(page), []);
  await search.getByLabel("Channel", { exact: true }).selectOption("SMS");
  await shows({ ...fields, Channel: "SMS" });
  assert.deepEqual(Object.fromEntries(new URL(page.url()).searchParams), { ...filters, channel: "SMS" });
  await page.reload();
  await shows({ ...fields, Channel: "SMS" });
});

world.test("who has not shown lately to be there is asked first", async (visit) => {
  visit.expect(/status of 403/);
  const page = await visit.page({ as: "olivia" });
  await picking(page);
  // As the server answers ten minutes after the sign-in, which no test waits for.
  await page.route(
    "**/office/audit/export?*",
    (route) => route.fulfill({ status: 403, headers: { "X-Error-Code": "REAUTHENTICATION_REQUIRED" } }),
    { times: 1 },
  );
  await auditLog(page);
  await button(page, "Export").click();
  const who = page.getByRole("dialog", { name: "Confirm that it is you", exact: true });
  await see(who.getByText("An export takes data about many people out of Office Portal."));
  await who.getByLabel("Password", { exact: true }).fill("not the password");
  await button(who, "Confirm").click();
  await see(who.getByText("There is a problem"));
  await who.getByLabel("Password", { exact: true }).fill(visit.people.olivia.password);
  await button(who, "Confirm").click();
  await gone(who);
  await see(popup(page).getByText(/entries match the filters/));
  await page.evaluate(() => window.release());
  await button(popup(page), "Export").click();
  await see(popup(page).getByText(/entries are saved in audit-/));
  assert.match(await saved(page), /\nEND OF EXPORT,complete,/);
});

world.test("a browser whose pages can't write files downloads it by itself", async (visit) => {
  const page = await visit.page({ as: "olivia" });
  await page.addInitScript(() => {
    delete window.showSaveFilePicker;
  });
  await auditLog(page, "?action=SIGN_IN");
  const asking = await openExport(page);
  const begins = page.waitForEvent("download");
  await button(asking, "Export").click();
  const file = await begins;
  await see(asking.getByText(/^The browser is saving [\d,]+ entries:/));
  await see(asking.getByText("A file that is complete ends with “END OF EXPORT, complete”.", { exact: true }));
  assert.match(file.suggestedFilename(), /^audit-sunrise-\d{4}-\d\d-\d\d\.csv$/);
  const text = await readFile(await file.path(), "utf8");
  assert.match(text, /^time,action,/);
  assert.match(text, /\nEND OF EXPORT,complete,/);
  await button(asking, "Close").click();
});

world.test("why there is no file is said plainly, and it can be tried again", async (visit) => {
  visit.expect(/ERR_INTERNET_DISCONNECTED/);
  const page = await visit.page({ as: "olivia" });
  await picking(page);
  await auditLog(page);
  await page.evaluate(() => window.release());
  const asking = await openExport(page);
  await page.context().setOffline(true);
  await button(asking, "Export").click();
  await says(asking.getByRole("alert"), "You're offline. Changes are not sent.");
  await page.context().setOffline(false);
  await button(asking, "Export").click();
  await see(asking.getByText(/entries are saved in audit-/));
});
