// The playground in each client dialect: the answer as it flows, the headers, the cost and the decision behind it; and what goes wrong.

import assert from "node:assert/strict";
import { after, test } from "node:test";

import { closeBrowser, heading, open } from "./browser.mjs";

after(closeBrowser);

const DIALECTS = {
  Chat: { stream: "v1/chat/completions", whole: "v1/chat/completions" },
  Responses: { stream: "v1/responses", whole: "v1/responses" },
  Messages: { stream: "v1/messages", whole: "v1/messages" },
  Gemini: { stream: "v1beta/models/support.chat.v2:streamGenerateContent?alt=sse", whole: "v1beta/models/support.chat.v2:generateContent" },
};
const ANSWER = "Hello from the mock: <b>not bold</b> & done.";

async function ready(context, { state, alias = "support.chat.v2" } = {}) {
  const opened = await open(context, `#/playground?alias=${alias}`, { state });
  await heading(opened.page, "Playground");
  return opened;
}

for (const [dialect, paths] of Object.entries(DIALECTS)) {
  for (const [kind, path] of Object.entries(paths)) {
    test(`${dialect}, ${kind}: answer, headers, cost and decision`, async (context) => {
      const { page, mock } = await ready(context);
      await page.getByLabel(dialect, { exact: true }).check();
      if (kind === "whole") await page.getByLabel("Stream").uncheck();
      await page.getByRole("button", { name: "Send" }).click();
      await page.getByText("200, done").waitFor();
      assert.equal(await page.locator("pre.answer").textContent(), ANSWER);
      assert.ok(mock.state.asked.includes(`POST /api/v1/playground/${path}`), mock.state.asked.join("\n"));
      await page.getByText("x-callsign-request-id").waitFor();
      await page.getByText("12 / 6").waitFor();
      await page.getByText("on rate limited").waitFor();
      await page.locator(".figures").getByText("$0.00010").waitFor();
      await page.getByRole("link", { name: "The whole exchange" }).click();
      await heading(page, "Exchange");
    });
  }
}

test("words are shown as they come, and the stream can be stopped", async (context) => {
  let go;
  const gate = new Promise((resolve) => (go = resolve));
  const { page } = await ready(context, { state: { gate } });
  await page.getByRole("button", { name: "Send" }).click();
  await page.getByText("Hello from", { exact: true }).waitFor();
  await page.getByText("200, answering").waitFor();
  await page.getByRole("button", { name: "Stop" }).click();
  await page.getByText("200, stopped").waitFor();
  assert.equal(await page.getByRole("button", { name: "Stop" }).isDisabled(), true);
  go();
});

test("control and enter send from within the question", async (context) => {
  const { page } = await ready(context);
  await page.locator("[name=text]").focus();
  await page.keyboard.press("Control+Enter");
  await page.getByText("200, done").waitFor();
});

test("an error is told with its status, headers and message", async (context) => {
  const { page } = await ready(context, { alias: "nobody" });
  await page.getByRole("button", { name: "Send" }).click();
  await page.getByText("`nobody` is neither an alias nor a model").waitFor();
  await page.getByText("404, failed").waitFor();
  await page.getByText("x-callsign-error").waitFor();
});

test("aliases are offered as one types", async (context) => {
  const { page } = await ready(context, { alias: "" });
  await page.locator("[name=alias]").fill("extract");
  await page.locator("datalist option[value='extract.invoices.v3']").waitFor({ state: "attached" });
  await page.locator("datalist option[value='local-chat']").waitFor({ state: "detached" });
});
