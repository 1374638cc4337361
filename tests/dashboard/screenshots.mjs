// Pictures of the pages for the documentation, from the mock gateway: `make screenshots`. They differ from run to run in measured times alone.

import { mkdir } from "node:fs/promises";
import { fileURLToPath } from "node:url";

import { closeBrowser, open, until } from "./browser.mjs";
import { exchange, NOW } from "./mock/world.mjs";

const FOLDER = new URL("../../docs/images/", import.meta.url);
const PLAN = "model_aliases:\n  support.chat.v2:\n    targets:\n      - {model: northwind/harbor-large, weight: 90}\n      - {model: lakeside/heron-2, weight: 10}\n";

const PICTURES = [
  { name: "aliases", address: "", shows: "Three machines of our own share the load.", height: 860 },
  { name: "aliases-dark", address: "", shows: "Three machines of our own share the load.", theme: "dark", height: 860 },
  { name: "aliases-narrow", address: "", shows: "Three machines of our own share the load.", width: 390, height: 844 },
  { name: "alias", address: "#/alias/support.chat.v2", shows: "Recent exchanges", height: 1180 },
  { name: "exchange", address: `#/exchange/${exchange(0).id}`, shows: "Decisions", height: 980 },
  { name: "playground", address: "#/playground?alias=support.chat.v2", shows: "Nothing has been asked yet", height: 900, state: { says: ["Hello! ", "Your order left ", "the harbour this morning ", "and will be with you tomorrow."] }, act: (page) => send(page) },
  { name: "configuration", address: "#/configuration", shows: "In force", height: 1100, act: (page) => plan(page) },
];

async function send(page) {
  await page.getByRole("button", { name: "Send" }).click();
  await page.getByText("200, done").waitFor();
  await page.locator(".tree").waitFor();
}

async function plan(page) {
  await page.locator("[name=plan]").fill(PLAN);
  await page.getByRole("button", { name: "Show what would change" }).click();
  await page.getByText("Look twice: 2 of 6").waitFor();
}

/** What a test's end would do is done when the picture is taken. */
function ending() {
  const steps = [];
  return { after: (step) => steps.push(step), end: () => steps.reverse().reduce((before, step) => before.then(step), Promise.resolve()) };
}

await mkdir(FOLDER, { recursive: true });
for (const { name, address, shows, act, ...look } of PICTURES) {
  const test = ending();
  const { page, mock } = await open(test, address, { ...look, now: NOW });
  await page.getByText(shows).first().waitFor();
  await act?.(page);
  mock.tick();
  await until(page, () => document.documentElement.dataset.feed === "live" && !document.querySelector(".waiting"));
  await page.evaluate(() => document.activeElement?.blur());
  await page.mouse.move(0, 0);
  await page.screenshot({ path: fileURLToPath(new URL(`${name}.png`, FOLDER)) });
  await test.end();
}
await closeBrowser();
