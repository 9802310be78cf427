import axe from "axe-core";

const levels = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa"];
const wide = { width: 1280, height: 800 };
const narrow = { width: 320, height: 640 };

/**
 * Looks at a screen as it is now and answers what is wrong with it: what axe finds (WCAG 2.2 AA) wide and light, and
 * at 320 px and dark; and scrolling to the side. Leaves the page wide and light.
 */
export async function look(page) {
  const dark = await settled(page, narrow, "dark");
  const wrong = [...(await sideways(page)), ...dark.map((line) => `320 px, dark: ${line}`)];
  const light = await settled(page, wide, "light");
  wrong.push(...light.map((line) => `1280 px, light: ${line}`));
  return wrong;
}

/**
 * What is wrong at a size in colours. Changed to them while the page draws, Chromium now and then keeps the old colour
 * of some text: what is wrong has to be so after changing there and back as well.
 */
async function settled(page, size, colorScheme) {
  await resize(page, size, colorScheme);
  if ((await findings(page)).length === 0) return [];
  await resize(page, size, colorScheme === "dark" ? "light" : "dark");
  await resize(page, size, colorScheme);
  return findings(page);
}

/** Only whether a screen scrolls to the side at 320 px: for long lists, whose rows are all alike to axe. */
export async function squeeze(page) {
  await resize(page, narrow, "light");
  const wrong = await sideways(page);
  await resize(page, wide, "light");
  return wrong;
}

/** Ends when everything has happened that begins with a change of size or colours. */
async function resize(page, size, colorScheme) {
  await page.setViewportSize(size);
  await page.emulateMedia({ colorScheme });
  await page.evaluate(async () => {
    const frame = () => new Promise((done) => requestAnimationFrame(done));
    await frame();
    await frame();
    const ending = document.getAnimations().filter((animation) => {
      return animation.effect?.getComputedTiming().endTime !== Number.POSITIVE_INFINITY;
    });
    await Promise.allSettled(ending.map((animation) => animation.finished));
  });
}

async function findings(page) {
  if (!(await page.evaluate(() => "axe" in window))) await page.evaluate(axe.source);
  return page.evaluate(async (runOnly) => {
    const { violations } = await window.axe.run(document, { runOnly, resultTypes: ["violations"], iframes: false });
    return violations.flatMap(({ id, help, nodes }) =>
      nodes.map((node) => `${id}: ${help}\n  ${node.html}\n  ${node.failureSummary.replace(/\s+/g, " ")}`),
    );
  }, levels);
}

/** What sticks out at the right, when the page as a whole can be scrolled there. */
function sideways(page) {
  return page.evaluate(() => {
    const { scrollWidth, clientWidth } = document.documentElement;
    if (scrollWidth <= clientWidth) return [];
    const out = [...document.body.querySelectorAll("*")].filter((element) => {
      return element.getBoundingClientRect().right > clientWidth + 1;
    });
    const which = out.slice(0, 3).map((element) => element.outerHTML.slice(0, 120));
    return [`${clientWidth} px: scrolls to the side, ${scrollWidth} px wide: ${which.join(" | ")}`];
  });
}
