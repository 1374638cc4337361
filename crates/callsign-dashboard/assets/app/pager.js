// Pages of a long list, and how an address asks for one.

import { count } from "./format.js";
import { html } from "./view.js";

/** What an address asks of a list: `search`, and `page` from 1. */
export function listed(query) {
  return { search: query.get("search") ?? "", page: Math.max(Number.parseInt(query.get("page"), 10) || 1, 1) };
}

export function Pager({ page, perPage, total, turn, what }) {
  const last = Math.max(Math.ceil(total / perPage), 1);
  const first = (page - 1) * perPage + 1;
  if (last === 1) return html`<p class="soft small">${count(total)} ${what}</p>`;
  return html`<nav class="pager" aria-label="Pages">
    <button type="button" data-turn="back" disabled=${page <= 1} onClick=${() => turn(page - 1)}>Back</button>
    <span class="soft small">${count(first)}–${count(Math.min(first + perPage - 1, total))} of ${count(total)} ${what}</span>
    <button type="button" data-turn="on" disabled=${page >= last} onClick=${() => turn(page + 1)}>On</button>
  </nav>`;
}
