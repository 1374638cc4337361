// What stands where there is nothing to show: not yet, nothing, or not possible.

import { wantToken } from "./api.js";
import { plain } from "./format.js";
import { html, observed } from "./view.js";

export function Waiting({ rows = 4 }) {
  return html`<div class="waiting" role="status">
    <span class="said">Loading</span>
    ${Array.from({ length: rows }, (_, at) => html`<span key=${at} aria-hidden="true"></span>`)}
  </div>`;
}

export function Nothing({ title, children }) {
  return html`<div class="nothing"><h2>${title}</h2>${children}</div>`;
}

const TITLES = {
  away: "The gateway does not answer",
  token: "The gateway asks for a token",
  missing: "There is no such thing",
  refused: "The gateway refuses this",
  garbled: "This is no answer of a gateway",
};

export function Failed({ failure, again }) {
  return html`<div class="notice bad" role="alert">
    <strong>${TITLES[failure.kind] ?? "Something went wrong on this page"}</strong>
    <p>${plain(failure.message)}</p>
    ${failure.kind === "token" && html`<button type="button" onClick=${wantToken}>Enter the token</button>`}
    ${again && html`<button type="button" onClick=${again}>Try again</button>`}
  </div>`;
}

/** What was loaded, as `children` draws it; with what failed above it, where an older one is still there. */
export const Shown = observed(({ loaded, rows, children }) => {
  const { value, failure } = loaded;
  const again = () => loaded.again();
  if (value.value === null) {
    return failure.value ? html`<${Failed} failure=${failure.value} again=${again} />` : html`<${Waiting} rows=${rows} />`;
  }
  return html`${failure.value && html`<${Failed} failure=${failure.value} again=${again} />`}${children(value.value)}`;
});
