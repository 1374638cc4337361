// The live feed: figures change as they are told, silence is shown, a lost connection comes back, with and without a token.

import assert from "node:assert/strict";
import { after, test } from "node:test";

import { closeBrowser, heading, open, until } from "./browser.mjs";
import { ALIASES, numbers } from "./mock/world.mjs";

after(closeBrowser);

const TOKEN = "operators-token";
const feed = (page) => page.locator(".feed");

async function live(page) {
  await page.locator(".feed[data-state=live]").waitFor();
}

function busier(perSecond) {
  return ALIASES.map((alias) => (alias.name === "local-chat" ? { ...alias, numbers: numbers(perSecond) } : alias));
}

function card(page, name) {
  return page.locator(".aliases > li").filter({ has: page.getByRole("heading", { name, exact: true }) });
}

test("figures and breakers change without loading anything", async (context) => {
  const { page, mock } = await open(context);
  await live(page);
  await card(page, "local-chat").getByText("0.40").waitFor();
  const asked = mock.state.asked.length;
  mock.state.aliases = busier(77.7).map((alias) =>
    alias.name === "local-chat" ? { ...alias, targets: alias.targets.map((target) => ({ ...target, breaker: "open" })) } : alias,
  );
  mock.tick();
  await card(page, "local-chat").getByText("77.7").waitFor();
  await card(page, "local-chat").locator("svg .mark-open").waitFor();
  assert.equal(mock.state.asked.length, asked);
});

test("an alias that has no traffic any more says so", async (context) => {
  const { page, mock } = await open(context);
  await live(page);
  await card(page, "local-chat").getByText("0.40").waitFor();
  mock.state.aliases = busier(0);
  mock.tick();
  await card(page, "local-chat").locator("dd", { hasText: /^0$/ }).first().waitFor();
});

test("silence is shown as stale, and the next word ends it", async (context) => {
  const { page, mock } = await open(context);
  await live(page);
  await page.locator(".feed[data-state=stale]").waitFor();
  assert.match(await feed(page).textContent(), /stale, \d+ s old/);
  mock.tick();
  await live(page);
});

test("a connection that is lost comes back", async (context) => {
  const { page, mock } = await open(context);
  await live(page);
  mock.hangUp();
  await page.locator(".feed[data-state=away]").waitFor();
  await live(page);
  assert.ok(mock.state.asked.filter((asked) => asked.includes("/live")).length >= 2);
});

test("a configuration that was rejected is told on every page", async (context) => {
  const { page, mock } = await open(context, "#/exchanges");
  await live(page);
  mock.state.rejected = true;
  mock.tick();
  await page.getByText("The last configuration was rejected").waitFor();
  await page.getByRole("link", { name: "See what is wrong" }).click();
  await heading(page, "Configuration");
});

test("a token that is wanted is asked for, shown with every request, and kept in this tab alone", async (context) => {
  const { page, mock } = await open(context, "", { state: { token: TOKEN } });
  const dialog = page.getByRole("dialog", { name: "Token" });
  await dialog.waitFor();
  await page.keyboard.type("wrong");
  await page.keyboard.press("Enter");
  await dialog.waitFor();
  await until(page, () => document.querySelector("dialog [name=token]")?.value === "");
  await page.keyboard.type(TOKEN);
  await page.keyboard.press("Enter");
  await page.getByText("summarize.v1").first().waitFor();
  await dialog.waitFor({ state: "hidden" });
  await live(page);
  assert.deepEqual(await page.evaluate(() => ({ ...localStorage })), {});
  assert.deepEqual(await page.evaluate(() => Object.values(sessionStorage)), [TOKEN]);
  await page.reload();
  await page.getByText("summarize.v1").first().waitFor();
  await live(page);
  mock.hangUp();
  await page.locator(".feed[data-state=away]").waitFor();
  await live(page);
});

test("whoever closes the question for the token is asked again when they like", async (context) => {
  const { page } = await open(context, "", { state: { token: TOKEN } });
  const dialog = page.getByRole("dialog", { name: "Token" });
  await dialog.waitFor();
  await page.keyboard.press("Escape");
  await dialog.waitFor({ state: "hidden" });
  await page.keyboard.press("g");
  await page.keyboard.press("e");
  await heading(page, "Exchanges");
  await page.getByText("this needs the token of `admin`").waitFor();
  assert.equal(await dialog.count(), 0);
  await page.getByRole("button", { name: "Enter the token" }).click();
  await dialog.waitFor();
  await page.keyboard.type(TOKEN);
  await page.keyboard.press("Enter");
  await page.getByRole("button", { name: "Older" }).waitFor();
  await live(page);
});

test("a gateway that has gone is told, and the page finds it again", async (context) => {
  const { page } = await open(context);
  await live(page);
  await page.context().setOffline(true);
  await page.keyboard.press("g");
  await page.keyboard.press("c");
  await page.getByText("The gateway does not answer").first().waitFor();
  await page.context().setOffline(false);
  await page.getByRole("button", { name: "Try again" }).first().click();
  await page.getByText("/etc/callsign/callsign.yaml").waitFor();
});
