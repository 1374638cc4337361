// The figures of an alias, of a target or of everything, the same wherever they stand.

import { about, milliseconds, money, percent, rate } from "./format.js";
import { html } from "./view.js";

/** Above this share of errors the figure says so. */
const MANY_ERRORS = 0.02;

export function Figures({ numbers }) {
  const { error_share: share, first_p50_ms: first, p50_ms: p50, p95_ms: p95 } = numbers;
  return html`<dl class="figures moving">
    <div><dt>Requests / s</dt><dd>${rate(numbers.requests_per_second)}</dd></div>
    <div class=${share > MANY_ERRORS ? "bad" : ""}>
      <dt>Errors / s</dt>
      <dd>${rate(numbers.errors_per_second)}${share > 0 && html` <small>${percent(share)}</small>`}</dd>
    </div>
    <div><dt>p50 / p95</dt><dd>${milliseconds(p50)} <small>/ ${milliseconds(p95)}</small></dd></div>
    <div><dt>First token p50 / p95</dt><dd>${milliseconds(first)} <small>/ ${milliseconds(numbers.first_p95_ms)}</small></dd></div>
    <div><dt>Cost / min</dt><dd>${money(numbers.cost_nanodollars)}</dd></div>
    <div><dt>Tokens in / out</dt><dd>${about(numbers.input_tokens)} <small>/ ${about(numbers.output_tokens)}</small></dd></div>
  </dl>`;
}

const BREAKERS = { open: ["bad", "open"], half_open: ["warn", "probing"], closed: ["", "closed"] };

/** A breaker as a word and a shape: colour alone says nothing. */
export function Breaker({ breaker }) {
  const [tone, word] = BREAKERS[breaker] ?? ["", "unknown"];
  return html`<span class="state ${tone}">
    <svg viewBox="-6 -6 12 12" aria-hidden="true"><${Mark} breaker=${breaker} /></svg>${word}
  </span>`;
}

/** The shape alone, around 0, 0. */
export function Mark({ breaker }) {
  if (breaker === "open") {
    return html`<g><rect class="mark-open" x="-5" y="-5" width="10" height="10" rx="2" /><path class="mark-cut" d="M-3 0H3" /></g>`;
  }
  if (breaker === "half_open") {
    return html`<g><circle class="mark-half" r="4.5" /><path class="mark-half-fill" d="M0 -4.5A4.5 4.5 0 0 0 0 4.5Z" /></g>`;
  }
  return html`<circle class="mark-closed" r="4.25" />`;
}
