// The pages before the gateway itself, under traffic: live figures, an open breaker, shares, history, decisions, the playground in
// every dialect, plans, and ten thousand aliases.

import assert from "node:assert/strict";
import { after, test } from "node:test";

import { start } from "../node/gateway.mjs";
import { closeBrowser, heading, until, visit } from "./browser.mjs";

after(closeBrowser);

const CONFIG = `
model_providers:
  - {model: demo/good}
  - {model: demo/other}
  - {model: demo/broken, simulate: {fault: 500}}
model_aliases:
  backed: {target: demo/broken, fallbacks: [{target: demo/good}]}
  parted: {targets: [{model: demo/good, weight: 75}, {model: demo/other, weight: 25}]}
`;
const DIALECTS = ["Chat", "Responses", "Messages", "Gemini"];

async function ask(clients, model, times = 1) {
  let last;
  for (let asked = 0; asked < times; asked += 1) {
    last = await fetch(`${clients}/v1/chat/completions`, {
      method: "POST",
      headers: { "content-type": "application/json" },
      body: JSON.stringify({ model, messages: [{ role: "user", content: "Hello!" }] }),
    });
    assert.equal(last.status, 200);
    await last.text();
  }
  return last.headers.get("x-callsign-request-id");
}

function card(page, name) {
  return page.locator(".aliases > li").filter({ has: page.getByRole("heading", { name, exact: true }) });
}

test("figures, shares and an open breaker are told while the page is open", async (context) => {
  const { admin, clients } = await start(context, CONFIG);
  const page = await visit(context, `${admin}/ui/`);
  await page.locator(".feed[data-state=live]").waitFor();
  assert.equal(await card(page, "backed").locator("svg .mark-open").count(), 0);
  await ask(clients, "backed", 20);
  await ask(clients, "parted", 40);
  await card(page, "backed").locator("svg .mark-open").waitFor();
  await until(page, () => {
    const shares = [...document.querySelectorAll(".aliases svg title")].map((title) => title.textContent);
    return shares.includes("75 %") && shares.includes("25 %");
  });
});

test("an alias has its history, and its exchanges lead to their decisions", async (context) => {
  const { admin, clients } = await start(context, CONFIG);
  const id = await ask(clients, "backed", 3);
  const page = await visit(context, `${admin}/ui/#/alias/backed`);
  await heading(page, "backed");
  await page.locator("canvas").first().waitFor();
  await page.locator(`a[href*="${id}"]`).first().click();
  await heading(page, "Exchange");
  await page.locator(".timeline").getByText("demo/broken").waitFor();
  await page.locator(".timeline").getByText("answered (200)").waitFor();
});

for (const dialect of DIALECTS) {
  test(`the playground streams an answer to a client of ${dialect}`, async (context) => {
    const { admin } = await start(context, CONFIG);
    const page = await visit(context, `${admin}/ui/#/playground?alias=parted`);
    await heading(page, "Playground");
    await page.getByLabel(dialect, { exact: true }).check();
    await page.getByRole("button", { name: "Send" }).click();
    await page.getByText("200, done").waitFor();
    assert.notEqual((await page.locator("pre.answer").textContent()).trim(), "");
    await page.getByText("x-callsign-request-id").waitFor();
    await page.getByRole("link", { name: "The whole exchange" }).click();
    await heading(page, "Exchange");
  });
}

test("a pasted configuration is planned, and one with a mistake leads to its place", async (context) => {
  const { admin } = await start(context, CONFIG);
  const page = await visit(context, `${admin}/ui/#/configuration`);
  await page.locator("[name=plan]").fill(CONFIG.replace("weight: 75", "weight: 60").replace("weight: 25", "weight: 40"));
  await page.getByRole("button", { name: "Show what would change" }).click();
  await page.getByText(/15 %/).first().waitFor();
  await page.locator("[name=plan]").fill(CONFIG.replace("target: demo/broken", "target: demo/brokn"));
  await page.getByRole("button", { name: "Show what would change" }).click();
  await page.getByText("This may not be put in force").waitFor();
  await page.getByRole("button", { name: /^line \d+, column \d+$/ }).first().waitFor();
});

test("ten thousand aliases are paged and searched", async (context) => {
  const many = Array.from({ length: 10_000 }, (_, at) => `  task-${String(at).padStart(5, "0")}: {target: demo/good}`);
  const { admin } = await start(context, `model_providers: [{model: demo/good}]\nmodel_aliases:\n${many.join("\n")}\n`);
  const page = await visit(context, `${admin}/ui/`);
  await page.getByText("1–50 of 10,000 aliases").waitFor();
  await page.keyboard.press("]");
  await page.getByText("51–100 of 10,000 aliases").waitFor();
  await page.keyboard.press("/");
  await page.keyboard.type("task-09990");
  await until(page, () => document.querySelectorAll(".aliases > li").length === 1);
});
