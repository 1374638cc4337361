// Which page is shown: the part of the address behind `#`, as a signal.

import { signal } from "../vendor/signals-core/signals-core.mjs";

function decoded(part) {
  try {
    return decodeURIComponent(part);
  } catch {
    return part;
  }
}

function read() {
  const [path, query = ""] = location.hash.replace(/^#\/?/, "").split("?", 2);
  const [page, ...rest] = path.split("/");
  return { page: page || "aliases", id: rest.length ? decoded(rest.join("/")) : null, query: new URLSearchParams(query) };
}

/** Where we are: `page`, `id` and `query`. */
export const place = signal(read());

addEventListener("hashchange", () => {
  place.value = read();
});

/** The address of a page, of one thing on it, with a query; members that are empty are left out. */
export function href(page, id = null, query = {}) {
  const kept = Object.entries(query).filter(([, value]) => value !== null && value !== undefined && value !== "");
  const asked = new URLSearchParams(kept).toString();
  return `#/${page}${id === null ? "" : `/${encodeURIComponent(id)}`}${asked ? `?${asked}` : ""}`;
}

export function go(target) {
  location.hash = target;
}

/** Goes there without leaving a step to go back to. */
export function amend(target) {
  history.replaceState(null, "", target);
  place.value = read();
}
