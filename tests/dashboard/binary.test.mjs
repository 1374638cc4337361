// The gateway itself serves the dashboard: the same files under the same headers, and pages that work on its real answers.

import assert from "node:assert/strict";
import { readdir, readFile } from "node:fs/promises";
import { after, test } from "node:test";

import { start } from "../node/gateway.mjs";
import { closeBrowser, heading, visit } from "./browser.mjs";

after(closeBrowser);

const CONFIG = `
model_providers:
  - {model: demo/good}
  - {model: demo/broken, simulate: {fault: 500}}
model_aliases:
  backed: {target: demo/broken, fallbacks: [{target: demo/good}]}
`;
const CRATE = new URL("../../crates/callsign-dashboard/", import.meta.url);

test("every file is served as it is, under the headers that are written down", async (context) => {
  const { admin } = await start(context, CONFIG);
  const written = (await readFile(new URL("headers.txt", CRATE), "utf8")).trim().split("\n").map((line) => line.split(": ", 2));
  const files = await readdir(new URL("assets/", CRATE), { recursive: true, withFileTypes: true });
  for (const file of files.filter((one) => one.isFile())) {
    const place = `${file.parentPath ?? file.path}/${file.name}`;
    const response = await fetch(`${admin}/ui/${place.split(/assets\/+/).at(-1)}`);
    assert.equal(response.status, 200, place);
    assert.deepEqual(Buffer.from(await response.arrayBuffer()), await readFile(place));
    for (const [name, value] of written) assert.equal(response.headers.get(name), value, place);
  }
});

test("the ways to the page lead there, and what is no file is nothing", async (context) => {
  const { admin } = await start(context, CONFIG);
  for (const path of ["/", "/ui"]) {
    const response = await fetch(`${admin}${path}`, { redirect: "manual" });
    assert.equal(response.status, 307);
    assert.equal(new URL(response.headers.get("location"), response.url).pathname, "/ui/");
  }
  for (const path of ["/ui/nothing.js", "/ui/..%2fheaders.txt", "/ui/%ff", "/ui//index.html"]) {
    const response = await fetch(`${admin}${path}`);
    assert.equal(response.status, 404, path);
    assert.equal((await response.json()).error.code, "not_found");
  }
  assert.equal((await fetch(`${admin}/ui/`, { method: "POST" })).status, 405);
});

test("a file that the browser has is not sent again", async (context) => {
  const { admin } = await start(context, CONFIG);
  const first = await fetch(`${admin}/ui/app/main.js`);
  const etag = first.headers.get("etag");
  assert.match(etag, /^"[0-9a-f]{24}"$/);
  for (const [tag, status] of [[etag, 304], [`W/${etag}`, 304], [`"other", ${etag}`, 304], ["*", 304], ['"other"', 200]]) {
    const again = await fetch(`${admin}/ui/app/main.js`, { headers: { "if-none-match": tag } });
    assert.equal(again.status, status, tag);
    assert.equal(again.headers.get("etag"), etag);
  }
});

test("an exchange and the configuration are shown as the gateway tells them", async (context) => {
  const { admin, clients } = await start(context, CONFIG);
  const answer = await fetch(`${clients}/v1/chat/completions`, {
    method: "POST",
    headers: { "content-type": "application/json" },
    body: JSON.stringify({ model: "backed", messages: [{ role: "user", content: "Hello!" }] }),
  });
  assert.equal(answer.status, 200);
  await answer.text();
  const page = await visit(context, `${admin}/`);
  await page.getByText("Callsign", { exact: true }).waitFor();
  assert.match(page.url(), /\/ui\/$/);
  await page.goto(`${admin}/ui/#/exchange/${answer.headers.get("x-callsign-request-id")}`);
  await heading(page, "Exchange");
  await page.locator(".timeline").getByText("demo/broken").waitFor();
  await page.locator(".timeline").getByText("answered (200)").waitFor();
  await page.getByText("on any failure").waitFor();
  await page.goto(`${admin}/ui/#/configuration`);
  await page.locator(".facts").getByText(/callsign\.yaml$/).waitFor();
});
