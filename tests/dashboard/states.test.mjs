// Every page, full, empty and in trouble: readable on each screen in both themes, by the contrasts and rules of WCAG AA, with nothing to scroll sideways.

import assert from "node:assert/strict";
import { createRequire } from "node:module";
import { readFile } from "node:fs/promises";
import { after, test } from "node:test";

import { closeBrowser, open, until } from "./browser.mjs";
import { exchange, REJECTED, CONFIG } from "./mock/world.mjs";

after(closeBrowser);

const AXE = await readFile(createRequire(import.meta.url).resolve("axe-core/axe.min.js"), "utf8");
const TAGS = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa"];
const SCREENS = [
  { width: 390, height: 844, theme: "light" },
  { width: 390, height: 844, theme: "dark" },
  { width: 1280, height: 900, theme: "light" },
  { width: 1280, height: 900, theme: "dark" },
  { width: 2560, height: 1440, theme: "light" },
  { width: 2560, height: 1440, theme: "dark" },
];

const ID = exchange(0).id;
const EMPTY = { aliases: [], exchanges: [], hasTraffic: false, decisions: [], config: { ...CONFIG, remarks: "" } };
const BROKEN = { broken: ["/api/v1/"] };
const LONE = { exchanges: [exchange(0, { attempts: [], guard: [], error: "model_not_found", status: 404, ended: "refused", alias: null, model: null })], decisions: [] };

/** Where, in which state, and a text that says that the state is there. */
const STATES = [
  ["aliases", "", {}, "Three machines of our own share the load."],
  ["aliases, none", "", EMPTY, "No aliases yet"],
  ["aliases, none found", "#/aliases?search=zzz", {}, "No alias is like this"],
  ["aliases in trouble", "", BROKEN, "the disk of the ledger is full"],
  ["alias", "#/alias/support.chat.v2", {}, "Fallbacks in the last hour"],
  ["alias that ends", "#/alias/support.chat.v1", {}, "Its successor is"],
  ["alias without traffic", "#/alias/eval.judge", { hasTraffic: false, exchanges: [] }, "No requests in this time"],
  ["alias that is none", "#/alias/nobody", {}, "no alias has this name"],
  ["exchanges", "#/exchanges", {}, "Older"],
  ["exchanges, none", "#/exchanges", EMPTY, "No exchange is kept"],
  ["exchanges in trouble", "#/exchanges", BROKEN, "the disk of the ledger is full"],
  ["exchange", `#/exchange/${ID}`, {}, "ejected after `unavailable`, for 2100 ms more"],
  ["exchange that led nowhere", `#/exchange/${ID}`, LONE, "No target was tried."],
  ["exchange that is none", "#/exchange/nothing", {}, "no exchange of this id is kept"],
  ["playground", "#/playground?alias=support.chat.v2", {}, "Nothing has been asked yet."],
  ["playground in trouble", "#/playground", BROKEN, "Nothing has been asked yet."],
  ["configuration", "#/configuration", {}, "no fallback of `summarize.v1` catches"],
  ["configuration that was rejected", "#/configuration", { config: { ...CONFIG, rejected: REJECTED, needs_restart: ["listeners", "admin"] } }, "did you mean `harbor-large`?"],
  ["configuration of nothing", "#/configuration", EMPTY, "No target is configured."],
  ["configuration in trouble", "#/configuration", BROKEN, "the disk of the ledger is full"],
  ["page that is none", "#/nowhere", {}, "No such page"],
];

async function breaches(page) {
  await page.evaluate(AXE);
  const { violations } = await page.evaluate((tags) => globalThis.axe.run(document, { runOnly: tags }), TAGS);
  return violations.flatMap(({ id, nodes }) => nodes.map(({ html, failureSummary }) => `${id}: ${html}\n${failureSummary}`));
}

/** What reaches out of the screen, or out of its own box without a way to scroll there. */
function sideways(page) {
  return page.evaluate(() => {
    const width = document.documentElement.clientWidth;
    const isOut = (element) => element.getBoundingClientRect().right > width + 0.5 && !element.closest(".scroll, pre, textarea, .said, .skip, .stack thead");
    const out = [...document.querySelectorAll("body *")].filter(isOut).map((element) => element.outerHTML.slice(0, 120));
    return document.documentElement.scrollWidth > width ? [`the page is ${document.documentElement.scrollWidth} wide`, ...out] : out;
  });
}

for (const [name, address, state, text] of STATES) {
  test(`${name}: readable on every screen in both themes`, async (context) => {
    const { page } = await open(context, address, { state });
    for (const { theme, ...size } of SCREENS) {
      await page.setViewportSize(size);
      await page.emulateMedia({ colorScheme: theme });
      await page.getByText(text).first().waitFor();
      await until(page, (painted) => document.documentElement.dataset.theme === painted, theme);
      assert.deepEqual(await sideways(page), [], `${size.width} px`);
      assert.deepEqual(await breaches(page), [], `${size.width} px, ${theme}`);
      assert.equal(await page.locator("h1").count(), 1);
    }
  });
}

test("a list that fails later stays, and says so", async (context) => {
  const { page, mock } = await open(context, "#/exchanges");
  await page.getByRole("button", { name: "Older" }).waitFor();
  mock.state.broken = ["/api/v1/exchanges"];
  await page.getByRole("button", { name: "Older" }).click();
  await page.getByText("the disk of the ledger is full").waitFor();
  mock.state.broken = [];
  await page.getByRole("button", { name: "Try again" }).click();
  await page.getByRole("button", { name: "To the latest" }).waitFor();
  await page.getByText("the disk of the ledger is full").waitFor({ state: "detached" });
});
