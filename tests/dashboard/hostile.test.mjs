// Names, errors and answers that try to become markup, script, addresses or properties: they are shown as what they are, texts.

import assert from "node:assert/strict";
import { after, test } from "node:test";

import { closeBrowser, heading, open, until } from "./browser.mjs";
import { CONFIG, exchange, HOSTILE, HOSTILE_ALIAS } from "./mock/world.mjs";

after(closeBrowser);

const EXCHANGE = exchange(1, {
  id: HOSTILE,
  asked: HOSTILE,
  alias: HOSTILE,
  operation: HOSTILE,
  error: HOSTILE,
  ended: HOSTILE,
  model: HOSTILE,
  losses: HOSTILE,
  attempts: [{ model: HOSTILE, condition: HOSTILE, status: HOSTILE, after_ms: 0, ms: 5 }],
  guard: [{ category: HOSTILE, kind: HOSTILE, action: HOSTILE, direction: HOSTILE, count: 1 }],
});
const DECISIONS = [
  { step: "alias", name: HOSTILE, depth: 0 },
  { step: "split", by: HOSTILE, candidates: [{ name: HOSTILE, weight: HOSTILE, taken: true }], depth: 1 },
  { step: "target_passed_over", name: HOSTILE, reason: HOSTILE, depth: 1 },
  { step: "constructor", name: HOSTILE, depth: 1 },
  { step: HOSTILE, name: HOSTILE, depth: 1 },
];
const STATE = {
  aliases: [HOSTILE_ALIAS],
  exchanges: [EXCHANGE],
  decisions: DECISIONS,
  says: [HOSTILE],
  config: { ...CONFIG, place: HOSTILE, digest: HOSTILE, remarks: HOSTILE, rejected: HOSTILE, needs_restart: [HOSTILE] },
};
const WRITTEN = encodeURIComponent(HOSTILE);
const PART = `"><img src=x onerror=`;

async function isHarmless(page) {
  const found = await page.evaluate(() => ({
    owned: globalThis.owned,
    markup: document.querySelectorAll("#app img, #app script, #app [onerror], #app iframe").length,
    addresses: [...document.querySelectorAll("a")].map((link) => link.getAttribute("href")).filter((href) => !href.startsWith("#")),
    turning: document.body.innerText.split("\n").some((line) => /\u202e/.test(line)),
  }));
  assert.deepEqual(found, { owned: undefined, markup: 0, addresses: [], turning: false });
}

/** Where, and what is to be seen there. */
const PLACES = {
  "the list of aliases": ["", PART],
  "an alias's page": [`#/alias/${WRITTEN}`, PART],
  "the list of exchanges": ["#/exchanges", PART],
  "an exchange's page": [`#/exchange/${WRITTEN}`, PART],
  "a search that finds nothing": [`#/aliases?search=x${WRITTEN}`, PART],
  "the name of a page": [`#/${WRITTEN}`, "No such page"],
  "an address that cannot be decoded": ["#/alias/%E0%A4%A", "no alias has this name"],
  "a page named like a property": ["#/constructor", "No such page"],
};

for (const [name, [address, text]] of Object.entries(PLACES)) {
  test(`${name}: shown as it is`, async (context) => {
    const { page } = await open(context, address, { state: STATE });
    await page.getByText(text).first().waitFor();
    await page.waitForLoadState("networkidle").catch(() => {});
    await isHarmless(page);
  });
}

test("an alias of this name is opened by its link", async (context) => {
  const { page } = await open(context, "", { state: STATE });
  await page.locator(".aliases h2 a").click();
  await page.getByText("Fallbacks in the last hour").waitFor();
  await isHarmless(page);
  assert.equal(await page.evaluate(() => decodeURIComponent(location.hash)), `#/alias/${HOSTILE}`);
});

test("a configuration's report is text", async (context) => {
  const { page } = await open(context, "#/configuration", { state: { ...STATE, config: { ...STATE.config, remarks: "ok", rejected: "<script>window.owned=1</script>" } } });
  await page.getByText("<script>window.owned=1</script>", { exact: true }).waitFor();
  await isHarmless(page);
});

for (const dialect of ["Chat", "Responses", "Messages", "Gemini"]) {
  test(`an answer of ${dialect} is text`, async (context) => {
    const { page } = await open(context, "#/playground?alias=x", { state: STATE });
    await heading(page, "Playground");
    await page.getByLabel(dialect, { exact: true }).check();
    await page.getByRole("button", { name: "Send" }).click();
    await page.getByText("200, done").waitFor();
    assert.equal(await page.locator("pre.answer").textContent(), HOSTILE);
    await until(page, () => document.querySelectorAll(".tree li").length > 0);
    const found = await page.evaluate(() => [globalThis.owned, document.querySelectorAll("#app img, #app script").length]);
    assert.deepEqual(found, [undefined, 0]);
  });
}

test("nothing from elsewhere runs: inline script and markup from strings are refused by the policy", async (context) => {
  const { page, faults } = await open(context);
  await heading(page, "Aliases");
  const threw = await page.evaluate(() => {
    const script = document.createElement("script");
    try {
      script.text = "window.owned = 1";
    } catch {
      // Trusted types refuse it before the policy does.
    }
    document.body.append(script);
    try {
      document.body.insertAdjacentHTML("beforeend", "<img src=x onerror='window.owned=1'>");
      return false;
    } catch {
      return true;
    }
  });
  assert.ok(threw);
  assert.equal(await page.evaluate(() => globalThis.owned), undefined);
  await until(page, () => true);
  assert.ok(faults.length > 0, "breaches of the policy are seen by these tests");
  faults.length = 0;
});
