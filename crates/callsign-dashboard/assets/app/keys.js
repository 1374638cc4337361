// The keyboard: single keys that search, move and lead from page to page. They can be switched off, since speech input types letters.

import { signal } from "../vendor/signals-core/signals-core.mjs";
import { go, href } from "./route.js";
import { lasting } from "./storage.js";
import { turn } from "./theme.js";

const KEY = "callsign.keys";
/** So long `g` waits for the letter behind it. */
const PATIENCE = 1_500;
const PLACES = { a: "aliases", e: "exchanges", p: "playground", c: "configuration" };

export const areKeysOn = signal(lasting.read(KEY) !== "off");
export const isHelpOpen = signal(false);

/** What is told in the help. */
export const LEGEND = [
  [["/"], "search on this page"],
  [["g", "a"], "aliases"],
  [["g", "e"], "exchanges"],
  [["g", "p"], "playground"],
  [["g", "c"], "configuration"],
  [["j"], "next item"],
  [["k"], "item before"],
  [["]"], "next page of a list"],
  [["["], "page before"],
  [["t"], "theme: system, light, dark"],
  [["Ctrl", "Enter"], "send, in the playground"],
  [["Esc"], "leave a field, close this"],
  [["?"], "this help"],
];

export function switchKeys(areOn) {
  areKeysOn.value = areOn;
  lasting.write(KEY, areOn ? null : "off");
}

const SINGLE = {
  "/": () => document.querySelector("[data-search]")?.focus(),
  "?": () => (isHelpOpen.value = true),
  "[": () => document.querySelector("[data-turn=back]:not(:disabled)")?.click(),
  "]": () => document.querySelector("[data-turn=on]:not(:disabled)")?.click(),
  j: () => step(1),
  k: () => step(-1),
  t: turn,
};

function step(by) {
  const items = [...document.querySelectorAll("[data-item]")];
  const at = items.findIndex((item) => item === document.activeElement || item.contains(document.activeElement));
  const next = at < 0 ? (by > 0 ? 0 : items.length - 1) : at + by;
  items[Math.min(Math.max(next, 0), items.length - 1)]?.focus();
}

function isWriting(element) {
  return element?.matches?.("input:not([type=checkbox], [type=radio]), textarea, select") ?? false;
}

export function listen() {
  let began = -Infinity;
  addEventListener("keydown", (event) => {
    if (event.ctrlKey || event.metaKey || event.altKey || event.isComposing) return;
    if (event.key === "Escape" && isWriting(event.target)) event.target.blur();
    if (!areKeysOn.peek() || isWriting(event.target) || document.querySelector("dialog[open]")) return;
    const isSecond = event.timeStamp - began < PATIENCE;
    began = event.key === "g" && !isSecond ? event.timeStamp : -Infinity;
    const led = isSecond ? PLACES[event.key] : null;
    if (led) go(href(led));
    else SINGLE[event.key]?.();
    if (led || SINGLE[event.key]) event.preventDefault();
  });
}
