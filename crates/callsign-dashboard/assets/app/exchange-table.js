// Exchanges as rows: when, what was asked for, who served, how it ended.

import { count, milliseconds, money, plain, timeOfDay, words } from "./format.js";
import { href } from "./route.js";
import { html } from "./view.js";

const TONES = { broken: "bad", refused: "bad", cancelled: "warn" };

/** How an exchange came out, as a word and, where it failed, a tone. */
export function Outcome({ exchange: { status, error, ended } }) {
  const isFailed = status >= 400 || Boolean(error);
  const tone = TONES[ended] ?? (isFailed ? "bad" : "");
  const word = error ?? (ended === "complete" ? "" : ended);
  return html`<span class="state ${tone}">${plain(status ?? "–")} ${words(word)}</span>`;
}

export function ExchangeTable({ exchanges }) {
  if (!exchanges.length) return html`<p class="soft">No exchange is kept: nobody has asked since the gateway started.</p>`;
  return html`<table class="stack small">
    <thead><tr><th scope="col">Time</th><th scope="col">Asked for</th><th scope="col">Served by</th><th scope="col">Outcome</th><th scope="col" class="figure">Attempts</th><th scope="col" class="figure">Time taken</th><th scope="col" class="figure">Cost</th></tr></thead>
    <tbody>${exchanges.map((exchange) => html`<tr key=${exchange.id}>
      <th scope="row"><a data-item href=${href("exchange", exchange.id)}>${timeOfDay(exchange.began_ms)}<span class="said"> exchange ${plain(exchange.id)}</span></a></th>
      <td data-label="Asked for"><span class="name">${plain(exchange.asked ?? "–")}</span></td>
      <td data-label="Served by"><span class="name">${plain(exchange.model ?? "–")}</span></td>
      <td data-label="Outcome"><${Outcome} exchange=${exchange} /></td>
      <td class="figure" data-label="Attempts">${count(exchange.attempts?.length)}</td>
      <td class="figure" data-label="Time taken">${milliseconds(exchange.ms)}</td>
      <td class="figure" data-label="Cost">${money(exchange.cost_nanodollars)}</td>
    </tr>`)}</tbody>
  </table>`;
}
