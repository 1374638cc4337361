// The colours of the design: every pair that stands for text has the contrast of WCAG AA, also where no checker looks, as in pictures.

import assert from "node:assert/strict";
import { readFile } from "node:fs/promises";
import { test } from "node:test";

const FILE = new URL("../../crates/callsign-dashboard/assets/style/tokens.css", import.meta.url);
const [LIGHT, DARK] = (await readFile(FILE, "utf8")).split('[data-theme="dark"]').map(
  (part) => Object.fromEntries([...part.matchAll(/--([a-z-]+): (#[0-9a-f]{6});/g)].map(([, name, colour]) => [name, colour])),
);

const GROUNDS = ["paper", "surface"];
/** What is written, on what, and how far apart they must be. */
const PAIRS = [
  ...["ink", "ink-soft", "bad", "warn", "good"].flatMap((ink) => GROUNDS.map((ground) => [ink, ground, 4.5])),
  ["ink", "sunken", 4.5],
  ["ink-soft", "sunken", 4.5],
  ["bad", "bad-wash", 4.5],
  ["warn", "warn-wash", 4.5],
  ["ink", "bad-wash", 4.5],
  ["ink", "warn-wash", 4.5],
  ["paper", "ink", 4.5],
  ["paper", "ink-soft", 4.5],
  ...["edge", "flow"].flatMap((line) => GROUNDS.map((ground) => [line, ground, 3])),
];

function luminance(colour) {
  const [red, green, blue] = [1, 3, 5].map((at) => {
    const part = Number.parseInt(colour.slice(at, at + 2), 16) / 255;
    return part <= 0.04045 ? part / 12.92 : ((part + 0.055) / 1.055) ** 2.4;
  });
  return 0.2126 * red + 0.7152 * green + 0.0722 * blue;
}

function contrast(one, other) {
  const [bright, dark] = [luminance(one), luminance(other)].sort((a, b) => b - a);
  return (bright + 0.05) / (dark + 0.05);
}

for (const [theme, colours] of Object.entries({ light: LIGHT, dark: DARK })) {
  for (const [ink, ground, least] of PAIRS) {
    test(`${theme}: ${ink} stands out from ${ground}`, () => {
      const found = contrast(colours[ink], colours[ground]);
      assert.ok(found >= least, `${found.toFixed(2)} is less than ${least}`);
    });
  }
}
