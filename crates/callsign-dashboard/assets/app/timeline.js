// The attempts of one exchange on a line of time.

import { milliseconds, money, plain, words } from "./format.js";
import { html } from "./view.js";

/** Where each attempt began and how long it took; one that does not say when it began followed the one before it. */
export function placed(attempts) {
  let end = 0;
  return attempts.map((attempt) => {
    const began = attempt.after_ms ?? end;
    end = began + (attempt.ms ?? 0);
    return { ...attempt, began, end };
  });
}

export function Timeline({ exchange }) {
  const attempts = placed(exchange.attempts ?? []);
  if (!attempts.length) return html`<p class="soft">No target was tried.</p>`;
  const whole = Math.max(exchange.ms ?? 0, ...attempts.map(({ end }) => end), 1);
  return html`<ol class="timeline">
    <li class="axis" aria-hidden="true"><span></span><span><span>0</span><span>${milliseconds(whole)}</span></span><span></span></li>
    ${attempts.map((attempt, at) => html`<li key=${at}>
      <span class="name">${plain(attempt.model)}</span>
      <svg viewBox="0 0 1000 18" preserveAspectRatio="none" role="img" aria-label=${`from ${milliseconds(attempt.began)}, for ${milliseconds(attempt.ms)}`}>
        <rect class="track" y="8" width="1000" height="2" />
        <rect class=${attempt.condition ? "failed" : "ok"} x=${(attempt.began / whole) * 1000} y="3" width=${Math.max((attempt.ms / whole) * 1000, 3)} height="12" />
      </svg>
      <${Result} attempt=${attempt} />
    </li>`)}
  </ol>`;
}

function Result({ attempt: { condition, status, ms, cost_nanodollars: cost } }) {
  return html`<span class="result small"><span class="state ${condition ? "bad" : ""}">${condition ? words(condition) : "answered"}${status ? ` (${plain(status)})` : ""}</span><br />
    <span class="soft">${milliseconds(ms)}${cost === undefined || cost === null ? "" : ` · ${money(cost)}`}</span></span>`;
}
