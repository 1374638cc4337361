// Light, dark, or as the system has it.

import { signal } from "../vendor/signals-core/signals-core.mjs";
import { lasting } from "./storage.js";

const KEY = "callsign.theme";
const ORDER = ["system", "light", "dark"];

function kept() {
  const found = lasting.read(KEY);
  return ORDER.includes(found) ? found : "system";
}

/** What was chosen. */
export const chosen = signal(kept());
/** What is painted, for pictures that know their colours by number. */
export const painted = signal(document.documentElement.dataset.theme);

addEventListener("callsign-theme", () => {
  chosen.value = kept();
  painted.value = document.documentElement.dataset.theme;
});

/** The next of system, light and dark. */
export function turn() {
  const next = ORDER[(ORDER.indexOf(chosen.peek()) + 1) % ORDER.length];
  lasting.write(KEY, next === "system" ? null : next);
  dispatchEvent(new Event("callsign-theme-chosen"));
}
