// The live feed: what the gateway says every second, and how long ago it last said something.

import { computed, effect, signal } from "../vendor/signals-core/signals-core.mjs";
import { address, failure, isTokenWanted, send, token } from "./api.js";
import { events } from "./events.js";

/** So long without a word is stale. */
const STALE = 4_000;
const FIRST_PAUSE = 1_000;
const LONGEST_PAUSE = 15_000;
/** The feed names so many aliases; one that is not among them may still have traffic. */
const MOST_ALIASES = 500;
const IDLE = {
  requests_per_second: 0,
  errors_per_second: 0,
  error_share: null,
  p50_ms: null,
  p95_ms: null,
  first_p50_ms: null,
  first_p95_ms: null,
  cost_nanodollars: 0,
  input_tokens: 0,
  output_tokens: 0,
  total: 0,
};

/** What was said last, or null. */
export const latest = signal(null);
/** Milliseconds since then. */
export const age = signal(null);
const isBroken = signal(false);
let heardAt = null;

/** `connecting`, `live`, `stale` (silent for a while), `away` (there is no connection). */
export const state = computed(() => {
  if (isBroken.value) return "away";
  if (age.value === null) return "connecting";
  return age.value > STALE ? "stale" : "live";
});

/** The gateway's clock, so that a browser whose clock is wrong tells no wrong ages. */
export function now() {
  return latest.peek()?.time_ms ?? Date.now();
}

/** The numbers of an alias: as the feed has them, else as they were polled. */
export function numbersOf(alias) {
  const said = latest.value;
  if (!said) return alias.numbers;
  const found = Object.hasOwn(said.aliases, alias.name) ? said.aliases[alias.name] : null;
  if (found) return found;
  return Object.keys(said.aliases).length < MOST_ALIASES ? IDLE : alias.numbers;
}

/** The state of a target's breaker: the feed names all that are not closed. */
export function breakerOf(target) {
  const said = latest.value;
  if (!said) return target.breaker;
  return Object.hasOwn(said.breakers, target.name) ? said.breakers[target.name] : "closed";
}

function hear(text) {
  let said;
  try {
    said = JSON.parse(text);
  } catch {
    return;
  }
  heardAt = performance.now();
  isBroken.value = false;
  age.value = 0;
  latest.value = { aliases: {}, breakers: {}, all: IDLE, reload: null, ...said };
}

/** Listens from now on; comes back after every end, at longer and longer intervals. */
export function listen() {
  setInterval(() => {
    if (heardAt !== null) age.value = performance.now() - heardAt;
  }, 1_000);
  let stop = () => {};
  effect(() => {
    token.value;
    stop();
    stop = connect();
  });
}

function connect() {
  let pause = FIRST_PAUSE;
  let timer = null;
  let close = () => {};
  const over = () => {
    isBroken.value = true;
    if (timer !== null || isTokenWanted.peek()) return;
    timer = setTimeout(() => {
      timer = null;
      open();
    }, pause);
    pause = Math.min(pause * 2, LONGEST_PAUSE);
  };
  const open = () => {
    const heard = (text) => {
      pause = FIRST_PAUSE;
      hear(text);
    };
    close = token.peek() ? byFetch(heard, over) : bySource(heard, over);
  };
  open();
  return () => {
    clearTimeout(timer);
    close();
  };
}

function bySource(heard, over) {
  const source = new EventSource(address("api/v1/live"));
  source.addEventListener("numbers", ({ data }) => heard(data));
  source.addEventListener("error", () => {
    source.close();
    over();
  });
  return () => source.close();
}

/** An EventSource cannot show a token. */
function byFetch(heard, over) {
  const asked = new AbortController();
  const read = async () => {
    const response = await send("api/v1/live", { signal: asked.signal, headers: { accept: "text/event-stream" } });
    if (!response.ok) throw await failure(response);
    for await (const { event, data } of events(response.body)) if (event === "numbers") heard(data);
  };
  read().then(over, () => asked.signal.aborted || over());
  return () => asked.abort();
}
