// What the pages tell: shares, conditions, charts, times and plans, and the ways between them.

import assert from "node:assert/strict";
import { after, test } from "node:test";

import { closeBrowser, heading, open, until } from "./browser.mjs";
import { exchange, NOW } from "./mock/world.mjs";

after(closeBrowser);

test("an alias is a picture of its route, with shares seen beside shares configured", async (context) => {
  const { page } = await open(context);
  const picture = page.locator(".aliases > li").first().locator(".flow > svg");
  await picture.waitFor();
  assert.equal(
    await picture.getAttribute("aria-label"),
    "support.chat.v2 is a split by turn of 95 % to northwind/harbor-large, 5 % to lakeside/heron-2, then on rate limited or quota exceeded lakeside/heron-2-mini, then on timeout the alias local-chat, then on all previous failed onsite/granite-8b",
  );
  await picture.getByText("93.1 % of 95 %").waitFor();
  await picture.getByText("probing").waitFor();
  await picture.getByRole("link", { name: "local-chat" }).click();
  await heading(page, "local-chat");
});

test("what flows through a line is its width", async (context) => {
  const { page } = await open(context, "#/alias/support.chat.v2");
  await page.locator(".flow .wire").first().waitFor({ state: "attached" });
  const widths = await page.locator(".flow .wire").evaluateAll((wires) => wires.map((wire) => Number(wire.getAttribute("stroke-width"))));
  assert.equal(Math.max(...widths), 6.25);
  assert.ok(widths.includes(1.51), "5.2 % of the traffic");
  assert.equal(await page.locator(".flow .wire[stroke-dasharray]").count(), 3);
});

test("history is drawn, read under the pointer, told as a table, and asked for as far back as one likes", async (context) => {
  const { page, mock } = await open(context, "#/alias/support.chat.v2");
  const latency = page.locator(".chart").filter({ hasText: "Latency" });
  await latency.locator("canvas").waitFor();
  assert.match(await latency.locator(".canvas").getAttribute("aria-label"), /^Latency: p50, highest [\d.]+ s; p95, highest [\d.]+ s$/);
  await latency.locator(".u-over").hover({ position: { x: 100, y: 40 } });
  await latency.locator("h2 .soft").waitFor();
  await latency.getByText("As a table").click();
  await until(page, () => document.querySelectorAll(".chart table tbody tr").length >= 50);
  await page.getByLabel("7 d").check({ force: true });
  await until(page, () => location.hash.endsWith("?span=7d"));
  await page.locator(".chart canvas").first().waitFor();
  const last = mock.state.asked.filter((asked) => asked.includes("/history?")).at(-1);
  const query = new URLSearchParams(last.split("?")[1]);
  assert.equal(query.get("to_ms") - query.get("from_ms"), 7 * 86_400_000);
  assert.equal(query.get("step_s"), "1800");
});

test("fallbacks are told by condition, the most frequent first", async (context) => {
  const { page } = await open(context, "#/alias/support.chat.v2");
  await page.locator(".bars dt").first().waitFor();
  assert.deepEqual(await page.locator(".bars dt").allTextContents(), ["rate limited 318", "timeout 41", "unavailable 12"]);
});

test("attempts stand where they were in time", async (context) => {
  const { page } = await open(context, `#/exchange/${exchange(0).id}`);
  const bars = page.locator(".timeline rect:not(.track)");
  await bars.first().waitFor();
  const places = await bars.evaluateAll((all) => all.map((bar) => [bar.getAttribute("class"), Math.round(bar.getAttribute("x"))]));
  assert.deepEqual(places, [["failed", 2], ["failed", 113], ["ok", 641]]);
  const depths = await page.locator(".tree .kind").evaluateAll((kinds) =>
    kinds.map((kind) => [kind.textContent, [...document.querySelectorAll(".tree ol")].filter((list) => list.contains(kind)).length]),
  );
  assert.deepEqual(depths, [["alias", 1], ["split", 2], ["attempt", 2], ["fallback 1", 2], ["alias", 2], ["pool", 3], ["attempt", 3], ["passed over", 3], ["fallback 2 passed over", 2], ["attempt", 2]]);
});

test("older exchanges follow, and one is found by its id", async (context) => {
  const { page } = await open(context, "#/exchanges");
  await page.getByRole("button", { name: "Older" }).click();
  await until(page, () => location.hash.includes("before="));
  await page.getByRole("button", { name: "To the latest" }).click();
  await until(page, () => !location.hash.includes("before="));
  await page.keyboard.press("/");
  await page.keyboard.type(exchange(7).id);
  await page.keyboard.press("Enter");
  await heading(page, "Exchange");
  await page.getByText("02 Mar 2026, 09:59:50").waitFor();
  assert.equal(new Date(NOW - 7 * 1370).getUTCSeconds(), 50);
});

test("a plan tells what would move, and what to look at twice", async (context) => {
  const { page } = await open(context, "#/configuration");
  await page.locator("[name=plan]").fill("model_aliases:\n  support.chat.v2:\n    target: x\n");
  await page.getByRole("button", { name: "Show what would change" }).click();
  await page.getByText("Look twice: 2 of 6").waitFor();
  const texts = (await page.locator(".changes li").allTextContents()).map((text) => text.replace(/\s+/g, " ").trim());
  assert.deepEqual(texts, [
    "support.chat.v3 is new: northwind/harbor-small",
    "look twice support.chat.v1 is gone",
    "support.chat.v2: 5 % of keys move from northwind/harbor-large to lakeside/heron-2",
    "look twice support.chat.v2: max_cost_per_request is looser: $0.10 becomes $0.25",
    "lakeside/heron-2: a million tokens: $2.50 in, $10.00 out becomes $2.00 in, $8.00 out",
    "lakeside/heron-2: timeouts.total: nothing becomes 30s",
  ]);
});

test("a plan that is wrong leads to the place", async (context) => {
  const { page } = await open(context, "#/configuration");
  const text = "model_aliases:\n  a:\n    target: mistake\n";
  await page.locator("[name=plan]").fill(text);
  await page.getByRole("button", { name: "Show what would change" }).click();
  await page.getByText("This may not be put in force").waitFor();
  await page.getByRole("button", { name: "line 3, column 13" }).click();
  const at = await page.evaluate(() => document.activeElement.selectionStart);
  assert.equal(text.slice(at, at + 7), "mistake");
});

test("a plan that changes nothing says so, one from a file is read, one that cannot be asked for fails", async (context) => {
  const { page, mock } = await open(context, "#/configuration");
  await page.locator("input[type=file]").setInputFiles({ name: "callsign.yaml", mimeType: "application/yaml", buffer: Buffer.from("model_aliases: {}\n") });
  const button = page.getByRole("button", { name: "Show what would change" });
  await until(page, () => document.querySelector("[name=plan]").value === "model_aliases: {}\n");
  await button.click();
  await page.getByText("Nothing would change").waitFor();
  mock.state.broken = ["/api/v1/plan"];
  await button.click();
  await page.getByText("the disk of the ledger is full").waitFor();
});
