// The dashboard without a mouse: every page is reached, everything on it too, and one sees where one is.

import assert from "node:assert/strict";
import { after, test } from "node:test";

import { closeBrowser, heading, open, until } from "./browser.mjs";
import { many } from "./mock/world.mjs";

after(closeBrowser);

async function press(page, ...keys) {
  for (const key of keys) await page.keyboard.press(key);
}

function focused(page) {
  return page.evaluate(() => document.activeElement?.textContent.trim() || document.activeElement?.ariaLabel || document.activeElement?.name);
}

test("letters lead from page to page, and the heading is where one lands", async (context) => {
  const { page } = await open(context);
  await heading(page, "Aliases");
  for (const [letter, title] of [["e", "Exchanges"], ["p", "Playground"], ["c", "Configuration"], ["a", "Aliases"]]) {
    await press(page, "g", letter);
    await heading(page, title);
    await until(page, (text) => document.activeElement?.tagName === "H1" && document.activeElement.textContent === text, title);
    assert.equal(await page.title(), `${title} · Callsign`);
    assert.equal(await page.locator("nav a[aria-current=page]").textContent(), title);
  }
});

test("slash searches, escape leaves the field, and an alias is opened, without a mouse", async (context) => {
  const { page } = await open(context);
  await page.getByText("summarize.v1").first().waitFor();
  await press(page, "/");
  await page.keyboard.type("extract");
  await until(page, () => document.querySelectorAll(".aliases > li").length === 1);
  assert.match(page.url(), /#\/aliases\?search=extract$/);
  await press(page, "Escape", "j");
  assert.equal(await focused(page), "extract.invoices.v3");
  await press(page, "Enter");
  await heading(page, "extract.invoices.v3");
  assert.match(page.url(), /#\/alias\/extract\.invoices\.v3$/);
});

test("j and k walk through a list, brackets turn its pages", async (context) => {
  const { page } = await open(context, "", { state: { aliases: many(120) } });
  await page.getByText("1–50 of 120 aliases").waitFor();
  await press(page, "j", "j", "j", "k");
  assert.equal(await focused(page), "summarize.v1");
  await press(page, "]");
  await page.getByText("51–100 of 120 aliases").waitFor();
  await press(page, "]");
  await page.getByText("101–120 of 120 aliases").waitFor();
  await press(page, "]", "[");
  await page.getByText("51–100 of 120 aliases").waitFor();
});

test("letters in a field are letters", async (context) => {
  const { page } = await open(context, "#/playground");
  await page.locator("[name=text]").focus();
  await page.keyboard.press("Control+a");
  await page.keyboard.type("gc?/t");
  assert.equal(await page.locator("[name=text]").inputValue(), "gc?/t");
  await heading(page, "Playground");
});

test("help opens, tells the keys, closes, and single keys can be switched off for good", async (context) => {
  const { page } = await open(context);
  await heading(page, "Aliases");
  await press(page, "?");
  await page.getByRole("dialog", { name: "Keys" }).waitFor();
  await press(page, "g", "p");
  await heading(page, "Aliases");
  await page.getByRole("checkbox").focus();
  await press(page, "Space", "Escape");
  await page.getByRole("dialog").waitFor({ state: "hidden" });
  await press(page, "g", "p");
  await page.reload();
  await heading(page, "Aliases");
  await press(page, "g", "p", "?");
  await heading(page, "Aliases");
  assert.equal(await page.getByRole("dialog").count(), 0);
});

test("the theme turns and stays turned", async (context) => {
  const { page } = await open(context);
  await heading(page, "Aliases");
  const theme = () => page.evaluate(() => document.documentElement.dataset.theme);
  for (const painted of ["light", "dark"]) {
    await press(page, "t");
    assert.equal(await theme(), painted);
  }
  await page.reload();
  assert.equal(await theme(), "dark");
  await heading(page, "Aliases");
  await press(page, "t");
  assert.equal(await theme(), "light");
  await page.emulateMedia({ colorScheme: "dark" });
  await until(page, () => document.documentElement.dataset.theme === "dark");
});

for (const address of ["", "#/alias/support.chat.v2", "#/exchanges", "#/playground?alias=local-chat", "#/configuration"]) {
  test(`tab comes to everything at ${address || "the aliases"}, and each is seen to have it`, async (context) => {
    const { page } = await open(context, address);
    await page.locator(".panel").first().waitFor();
    await page.waitForLoadState("networkidle").catch(() => {});
    const wanted = await page.evaluate(() => {
      const all = [...document.querySelectorAll("a[href], button:not(:disabled), input, textarea, select, summary")];
      const isGroup = (element) => element.type === "radio" && !element.checked;
      const shown = all.filter((element) => element.checkVisibility() && !isGroup(element));
      shown.forEach((element, at) => element.setAttribute("data-wanted", at));
      document.activeElement?.blur();
      return shown.length;
    });
    assert.ok(wanted > 5);
    const met = new Set();
    for (let step = 0; step < wanted * 2 && met.size < wanted; step += 1) {
      await press(page, "Tab");
      const { at, isSeen } = await page.evaluate(() => {
        const element = document.activeElement;
        const marked = element.closest(".choices label") ?? element;
        const { outlineStyle, outlineWidth } = getComputedStyle(marked);
        return { at: element.dataset.wanted ?? null, isSeen: outlineStyle !== "none" && Number.parseFloat(outlineWidth) >= 2 };
      });
      if (at !== null) {
        assert.ok(isSeen, `number ${at} does not show its focus`);
        met.add(at);
      }
    }
    assert.equal(met.size, wanted);
  });
}

test("the first tab skips the navigation", async (context) => {
  const { page } = await open(context);
  await heading(page, "Aliases");
  await press(page, "Tab", "Enter");
  await until(page, () => document.activeElement?.tagName === "H1");
});
