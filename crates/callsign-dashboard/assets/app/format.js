// Figures and names as people read them. What others have written passes `plain` or `prose` before it is shown.

const NONE = "–";
const LOCALE = "en-US";
const whole = new Intl.NumberFormat(LOCALE, { maximumFractionDigits: 0 });
const short = new Intl.NumberFormat(LOCALE, { notation: "compact", maximumFractionDigits: 1 });

/** A name in one line that is what it looks like: what steers a terminal or turns the writing round is shown as a sign. */
export function plain(text) {
  return prose(text).replace(/[\t\n\u2028\u2029]/gu, "\ufffd");
}

/** The same of a text that may have lines. */
export function prose(text) {
  const shown = String(text ?? "").replaceAll("\r\n", "\n");
  return shown.replace(/[\u0000-\u0008\u000b-\u001f\u007f-\u009f\u200b-\u200f\u202a-\u202e\u2060-\u2069\ufeff]/gu, "\ufffd");
}

/** At most `most` letters, the middle left out. */
export function trimmed(text, most) {
  const letters = [...plain(text)];
  if (letters.length <= most) return letters.join("");
  const kept = Math.max(most - 1, 2);
  const head = Math.ceil(kept / 2);
  return `${letters.slice(0, head).join("")}…${letters.slice(letters.length - (kept - head)).join("")}`;
}

function isNone(value) {
  return value === null || value === undefined || !Number.isFinite(Number(value));
}

export function count(value) {
  if (isNone(value)) return NONE;
  return whole.format(value);
}

/** A count where there is little room. */
export function about(value) {
  if (isNone(value)) return NONE;
  return Math.abs(value) < 10_000 ? whole.format(value) : short.format(value);
}

/** So many in a second. */
export function rate(value) {
  if (isNone(value)) return NONE;
  if (value === 0) return "0";
  if (value < 0.01) return "< 0.01";
  if (value < 10) return value.toFixed(2);
  return value < 100 ? value.toFixed(1) : whole.format(value);
}

export function milliseconds(value) {
  if (isNone(value)) return NONE;
  if (value < 1000) return `${Math.round(value)} ms`;
  if (value < 60_000) return `${(value / 1000).toFixed(value < 10_000 ? 2 : 1)} s`;
  const seconds = Math.round(value / 1000);
  return `${Math.floor(seconds / 60)} min ${seconds % 60} s`;
}

/** Dollars from nano-dollars, with as many digits as say something. */
export function money(nanodollars) {
  if (isNone(nanodollars)) return NONE;
  const dollars = nanodollars / 1e9;
  if (dollars === 0) return "$0";
  if (dollars >= 1000) return `$${whole.format(dollars)}`;
  if (dollars >= 0.995) return `$${dollars.toFixed(2)}`;
  const digits = Math.min(Math.max(1 - Math.floor(Math.log10(dollars)), 2), 9);
  return `$${dollars.toFixed(digits)}`;
}

/** A share of one. */
export function percent(share) {
  if (isNone(share)) return NONE;
  const value = share * 100;
  if (value === 0 || value === 100) return `${value} %`;
  if (value < 0.1) return "< 0.1 %";
  return `${value < 10 ? Number(value.toFixed(1)) : Number(value.toFixed(value > 99 ? 2 : 1))} %`;
}

export function bytes(value) {
  if (isNone(value)) return NONE;
  if (value < 1024) return `${value} B`;
  return value < 1024 * 1024 ? `${(value / 1024).toFixed(1)} KiB` : `${(value / 1024 / 1024).toFixed(1)} MiB`;
}

const clock = new Intl.DateTimeFormat("en-GB", { hour: "2-digit", minute: "2-digit", second: "2-digit" });
const day = new Intl.DateTimeFormat("en-GB", { year: "numeric", month: "short", day: "2-digit" });

export function moment(ms) {
  return isNone(ms) ? NONE : `${day.format(ms)}, ${clock.format(ms)}`;
}

export function timeOfDay(ms) {
  return isNone(ms) ? NONE : clock.format(ms);
}

const minute = new Intl.DateTimeFormat("en-GB", { hour: "2-digit", minute: "2-digit" });
const date = new Intl.DateTimeFormat("en-GB", { month: "short", day: "2-digit" });
const DAY = 86_400;

/** A time beside an axis that is divided in steps of so many seconds. */
export function axisTime(ms, step) {
  return (step >= DAY ? date : minute).format(ms);
}

export function dayOf(seconds) {
  return isNone(seconds) ? NONE : day.format(seconds * 1000);
}

/** What a fallback asks of the failure before it. */
export function condition(name) {
  return name === "any" ? "any failure" : words(name);
}

/** A word of the API as a word of a sentence: `rate_limited` is "rate limited". */
export function words(name) {
  return plain(name).replaceAll("_", " ");
}
