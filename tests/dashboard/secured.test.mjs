// The dashboard over TLS: every page and the live figures, behind a token that the page asks for.

import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, test } from "node:test";

import { start } from "../node/gateway.mjs";
import { closeBrowser, heading, visit } from "./browser.mjs";

after(closeBrowser);

const CONFIG = `
model_providers: [{model: demo/good}]
model_aliases: {talk: {target: demo/good}}
`;
const TOKEN = "a-token-of-this-test";
const PAGES = { "": "Aliases", "alias/talk": "talk", exchanges: "Exchanges", playground: "Playground", configuration: "Configuration" };

/** A certificate that nobody vouches for, and its key. */
function certificate(context) {
  const folder = mkdtempSync(join(tmpdir(), "callsign-tls-"));
  context.after(() => rmSync(folder, { recursive: true }));
  const [cert, key] = [join(folder, "tls.crt"), join(folder, "tls.key")];
  const asked = "req -x509 -newkey ec -pkeyopt ec_paramgen_curve:prime256v1 -nodes -days 1 -subj /CN=localhost -addext subjectAltName=IP:127.0.0.1";
  execFileSync("openssl", [...asked.split(" "), "-keyout", key, "-out", cert], { stdio: "pipe" });
  return { cert, key };
}

test("every page is served over TLS once the token is shown, and the figures are live", async (context) => {
  const { cert, key } = certificate(context);
  const { admin } = await start(context, CONFIG, `, token: ${TOKEN}, tls: {cert: ${cert}, key: ${key}}`);
  assert.match(admin, /^https:/);
  const page = await visit(context, `${admin}/ui/`, { ignoreHTTPSErrors: true });
  await page.locator("dialog[open] input").fill(TOKEN);
  await page.keyboard.press("Enter");
  await page.locator(".feed[data-state=live]").waitFor();
  for (const [address, name] of Object.entries(PAGES)) {
    await page.goto(`${admin}/ui/#/${address}`);
    await heading(page, name);
  }
  await page.goto(`${admin}/ui/#/playground?alias=talk`);
  await page.getByRole("button", { name: "Send" }).click();
  await page.getByText("200, done").waitFor();
});
