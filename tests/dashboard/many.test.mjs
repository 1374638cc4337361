// Ten thousand aliases: one page of them is in the document, and searching and turning stay quick.

import assert from "node:assert/strict";
import { after, test } from "node:test";

import { closeBrowser, open, until } from "./browser.mjs";
import { many } from "./mock/world.mjs";

after(closeBrowser);

/** So long a browser may be busy with drawing one page of the list; it takes a tenth of that on a quiet machine. */
const BUSY_MS = 1_500;

test("ten thousand aliases are paged, searched and turned without a pause", async (context) => {
  const { page, mock } = await open(context, "", { state: { aliases: many(10_000) } });
  await page.getByText("1–50 of 10,000 aliases").waitFor();
  assert.equal(await page.locator(".aliases > li").count(), 50);
  assert.ok((await page.locator("*").count()) < 6_000);

  const busy = await measured(page, async () => {
    await page.keyboard.press("]");
    await page.getByText("51–100 of 10,000 aliases").waitFor();
  });
  assert.ok(busy < BUSY_MS, `drawing took ${busy} ms`);

  await page.keyboard.press("/");
  await page.keyboard.type("task-09999");
  await until(page, () => document.querySelectorAll(".aliases > li").length === 0);
  await page.getByText("No alias is like this").waitFor();
  await page.keyboard.press("Control+a");
  await page.keyboard.type("task-09990");
  await until(page, () => document.querySelectorAll(".aliases > li").length === 1);
  const asked = mock.state.asked.filter((one) => one.includes("/aliases?"));
  assert.ok(asked.length < 10, `typing asked ${asked.length} times`);
  assert.ok(asked.every((one) => one.includes("per_page=50")));
});

test("live figures of ten thousand aliases redraw only what is shown", async (context) => {
  const { page, mock } = await open(context, "", { state: { aliases: many(10_000) } });
  await page.getByText("1–50 of 10,000 aliases").waitFor();
  const busy = await measured(page, async () => {
    mock.state.time += 60_000;
    mock.tick();
    await page.locator(".feed[data-state=live]").waitFor();
  });
  assert.ok(busy < BUSY_MS, `a second's figures took ${busy} ms`);
});

test("a pool of hundreds is cut in the list and whole on its own page", async (context) => {
  const members = Array.from({ length: 300 }, (_, at) => ({ weight: 1, route: { kind: "target", name: `onsite/node-${at}` } }));
  const [first] = many(1);
  const wide = { ...first, route: { kind: "pool", algorithm: "round_robin", members }, targets: [] };
  const { page } = await open(context, "", { state: { aliases: [wide] } });
  await page.getByText("and 292 more").click();
  await page.locator("text.name", { hasText: "onsite/node-299" }).waitFor();
});

/** Milliseconds of work that Chromium's main thread had while `act` went on. */
async function measured(page, act) {
  const session = await page.context().newCDPSession(page);
  await session.send("Performance.enable");
  const read = async () => (await session.send("Performance.getMetrics")).metrics.find(({ name }) => name === "TaskDuration").value;
  const before = await read();
  await act();
  return Math.round(((await read()) - before) * 1000);
}
