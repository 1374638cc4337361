// A real Chromium in front of a mock gateway. Every page is watched: an error, a breach of the policy or a failed file fails its test.

import assert from "node:assert/strict";
import { existsSync } from "node:fs";
import { chromium } from "playwright-core";

import { serve } from "./mock/gateway.mjs";

const EXECUTABLE = process.env.CALLSIGN_CHROMIUM ?? "/usr/bin/chromium";
/** A browser that hangs is a failure, and one on a busy machine is not. */
const PATIENCE = 20_000;

let browser = null;

async function launched() {
  assert.ok(existsSync(EXECUTABLE), `${EXECUTABLE} is missing; install chromium or set CALLSIGN_CHROMIUM`);
  browser ??= await chromium.launch({ executablePath: EXECUTABLE, args: ["--no-sandbox", "--disable-dev-shm-usage", "--force-color-profile=srgb"] });
  return browser;
}

/** To be called once all tests of a file are over. */
export async function closeBrowser() {
  await browser?.close();
  browser = null;
}

/** What Chromium says of answers that a test has asked for. */
const EXPECTED = /Failed to load resource.*(401|404|500)|ERR_INCOMPLETE_CHUNKED_ENCODING|ERR_CONNECTION|ERR_INTERNET_DISCONNECTED/;

function watch(page, faults) {
  page.on("console", (message) => {
    const isBad = message.type() === "error" || /Content Security Policy|Trusted Type/i.test(message.text());
    if (isBad && !EXPECTED.test(message.text())) faults.push(message.text());
  });
  page.on("pageerror", (error) => faults.push(String(error)));
}

/** A page of a browser that nobody has used, at this URL; it ends with the test. With `now` its clock stands still. */
export async function visit(test, url, { width = 1280, height = 900, theme = "light", now = null, faults = [], ...options } = {}) {
  const context = await (await launched()).newContext({
    viewport: { width, height },
    colorScheme: theme,
    reducedMotion: "reduce",
    locale: "en-GB",
    timezoneId: "UTC",
    ...options,
  });
  context.setDefaultTimeout(PATIENCE);
  const page = await context.newPage();
  watch(page, faults);
  if (now !== null) await page.clock.setFixedTime(now);
  // Chromium does not tell every breach on the console.
  await page.addInitScript(() => {
    addEventListener("securitypolicyviolation", (event) => console.error(`Content Security Policy: ${event.violatedDirective} ${event.blockedURI}`));
  });
  test.after(async () => {
    await context.close();
    assert.deepEqual(faults, []);
  });
  await page.goto(url);
  return page;
}

/** The page at `address` (the part behind `#`) of a mock that begins with `state`. */
export async function open(test, address = "", { state = {}, ...options } = {}) {
  const mock = await serve(state);
  const faults = [];
  test.after(() => mock.close());
  const page = await visit(test, `${mock.url}/ui/${address}`, { faults, ...options });
  return { page, mock, faults };
}

/** Waits until `look` is true in the page. */
export async function until(page, look, argument) {
  await page.waitForFunction(look, argument, { timeout: PATIENCE });
}

/** The first heading of the page. */
export async function heading(page, text) {
  await page.getByRole("heading", { level: 1, name: text }).waitFor();
}
