// What the mock gateway tells: the same aliases, figures and exchanges in every run. Nothing here is real.

/** The mock's clock stands still until a test moves it. */
export const NOW = Date.UTC(2026, 2, 2, 10, 0, 0);

/** A sequence of numbers in 0..1 that is the same in every run. */
function dice(seed) {
  let state = seed >>> 0;
  return () => {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
    return state / 2 ** 32;
  };
}

export const IDLE = {
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

export function numbers(perSecond, { errors = 0, p50 = 620, price = 90_000 } = {}) {
  if (perSecond === 0) return IDLE;
  const total = Math.round(perSecond * 60);
  return {
    requests_per_second: perSecond,
    errors_per_second: perSecond * errors,
    error_share: errors,
    p50_ms: p50,
    p95_ms: Math.round(p50 * 2.7),
    first_p50_ms: Math.round(p50 * 0.34),
    first_p95_ms: Math.round(p50 * 0.9),
    cost_nanodollars: total * price,
    input_tokens: total * 412,
    output_tokens: total * 96,
    total,
  };
}

const to = (name) => ({ kind: "target", name });
const via = (name) => ({ kind: "alias", name });

function target(name, perSecond, { configured = null, seen = null, breaker = "closed", ...how } = {}) {
  return { name, configured, seen, breaker, in_flight: Math.ceil(perSecond * 0.7), numbers: numbers(perSecond, how) };
}

function alias(name, route, targets, parts = {}) {
  const { perSecond = 0, how = {}, ...rest } = parts;
  return {
    name,
    description: null,
    hidden: false,
    deprecated: null,
    route,
    guardrails: [],
    numbers: numbers(perSecond, how),
    targets,
    conditions: {},
    ...rest,
  };
}

const SUPPORT = alias(
  "support.chat.v2",
  {
    kind: "chain",
    first: {
      kind: "split",
      by: "turn",
      parts: [
        { weight: 95, share: 0.95, route: to("northwind/harbor-large") },
        { weight: 5, share: 0.05, route: to("lakeside/heron-2") },
      ],
    },
    fallbacks: [
      { on: ["rate_limited", "quota_exceeded"], route: to("lakeside/heron-2-mini") },
      { on: ["timeout"], route: via("local-chat") },
      { on: ["all_previous_failed"], route: to("onsite/granite-8b") },
    ],
  },
  [
    target("northwind/harbor-large", 39.1, { configured: 0.95, seen: 0.931, p50: 640 }),
    target("lakeside/heron-2", 2.3, { configured: 0.05, seen: 0.052, p50: 880 }),
    target("lakeside/heron-2-mini", 0.7, { seen: 0.017, breaker: "half_open", p50: 410 }),
    target("onsite/granite-8b", 0, { seen: 0, p50: 1210 }),
  ],
  {
    description: "Answers customers of the shop; 5 % try the next model.",
    guardrails: ["mask pii", "block jailbreak", "max_cost $0.10", "max_latency 5s"],
    perSecond: 42.1,
    how: { errors: 0.004, p50: 652 },
    conditions: { rate_limited: 318, timeout: 41, unavailable: 12 },
  },
);

const SUMMARIZE = alias(
  "summarize.v1",
  {
    kind: "pool",
    algorithm: "least_latency",
    members: [1, 2, 3].map((number) => ({ weight: 1, route: to(`onsite/granite-8b@node-${number}`) })),
  },
  [
    target("onsite/granite-8b@node-1", 6.4, { seen: 0.52, p50: 310 }),
    target("onsite/granite-8b@node-2", 5.9, { seen: 0.48, p50: 330 }),
    target("onsite/granite-8b@node-3", 0, { seen: 0, breaker: "open", p50: 4100 }),
  ],
  { description: "Three machines of our own share the load.", perSecond: 12.3, how: { errors: 0.031, p50: 318, price: 0 }, conditions: { unavailable: 204 } },
);

const EXTRACT = alias(
  "extract.invoices.v3",
  { kind: "chain", first: to("lakeside/heron-2-mini"), fallbacks: [{ on: ["invalid_response", "context_length_exceeded"], route: to("lakeside/heron-2") }] },
  [target("lakeside/heron-2-mini", 3.1, { seen: 0.97, p50: 1240, breaker: "half_open" }), target("lakeside/heron-2", 0.1, { seen: 0.03, p50: 2310 })],
  { guardrails: ["flag secrets"], perSecond: 3.2, how: { errors: 0.001, p50: 1260, price: 240_000 }, conditions: { context_length_exceeded: 9 } },
);

const LOCAL = alias("local-chat", to("onsite/granite-8b"), [target("onsite/granite-8b", 0.4, { seen: 1, p50: 1210 })], { perSecond: 0.4, how: { p50: 1210, price: 0 } });

const OLD = alias("support.chat.v1", via("support.chat.v2"), [], {
  description: "The name of last year.",
  deprecated: { since: NOW / 1000 - 90 * 86_400, sunset: NOW / 1000 + 30 * 86_400, successor: "support.chat.v2" },
  perSecond: 0.05,
  how: { p50: 655 },
});

const EVAL = alias(
  "eval.judge",
  {
    kind: "split",
    by: "key",
    parts: [
      { weight: 50, share: 0.5, route: { kind: "pool", algorithm: "round_robin", members: [{ weight: 1, route: to("northwind/harbor-large") }, { weight: 1, route: to("northwind/harbor-small") }] } },
      { weight: 50, share: 0.5, route: to("lakeside/heron-2") },
    ],
  },
  [
    target("northwind/harbor-large", 0, { configured: 0.25 }),
    target("northwind/harbor-small", 0, { configured: 0.25 }),
    target("lakeside/heron-2", 0, { configured: 0.5 }),
  ],
  { description: "Compares answers; used at night.", hidden: true },
);

export const ALIASES = [SUPPORT, SUMMARIZE, EXTRACT, LOCAL, OLD, EVAL];

/** So many aliases, the first of them those above. */
export function many(most) {
  const random = dice(7);
  const made = Array.from({ length: Math.max(most - ALIASES.length, 0) }, (_, at) => {
    const name = `team-${String(at % 97).padStart(2, "0")}.task-${String(at).padStart(5, "0")}`;
    const one = `northwind/model-${at % 13}`;
    const share = Math.round(random() * 100) / 100;
    const parts = [share, 1 - share].map((part, place) => ({ weight: part * 100, share: part, route: to(place ? "lakeside/heron-2" : one) }));
    return alias(name, { kind: "split", by: "turn", parts }, [target(one, 0, { configured: share }), target("lakeside/heron-2", 0, { configured: 1 - share })]);
  });
  return [...ALIASES, ...made].slice(0, most);
}

export const HOSTILE = `"><img src=x onerror="window.owned=1"><script>window.owned=1</script>\u202Egnp.exe\u0000`;

/** An alias whose every text tries to become markup. */
export const HOSTILE_ALIAS = alias(
  HOSTILE,
  { kind: "chain", first: { kind: "split", by: HOSTILE, parts: [{ weight: 100, share: 1, route: to(HOSTILE) }] }, fallbacks: [{ on: [HOSTILE], route: via("javascript:window.owned=1") }] },
  [target(HOSTILE, 1, { configured: 1, seen: 1, breaker: HOSTILE })],
  { description: HOSTILE, guardrails: [HOSTILE, "__proto__"], perSecond: 1, conditions: { [HOSTILE]: 3 }, deprecated: { since: null, sunset: null, successor: HOSTILE } },
);

export function targetsOf(aliases) {
  const all = new Map(aliases.flatMap((one) => one.targets).map((one) => [one.name, one]));
  return [...all.values()].map(({ name, breaker, in_flight, numbers: figures }) => ({ name, provider: name.split("/")[0], breaker, in_flight, numbers: figures }));
}

/** A day that rises and falls, with an hour in which the first target stood still. */
export function history(asked, hasTraffic) {
  const step = Number(asked.get("step_s") ?? 60);
  const from = Math.ceil(Number(asked.get("from_ms")) / 1000 / step) * step;
  const length = Math.min(Math.floor((Number(asked.get("to_ms")) / 1000 - from) / step), 1500);
  const random = dice(11);
  const column = (tell) => Array.from({ length }, (_, at) => (hasTraffic ? tell((from + at * step) / 3600, at / length) : 0));
  const none = (values) => (hasTraffic ? values : values.map(() => null));
  const requests = column((hour) => Math.round((30 + 14 * Math.sin(hour * 1.9) + 5 * random()) * step));
  const isTroubled = (part) => part > 0.62 && part < 0.7;
  const p50 = column((hour, part) => Math.round((isTroubled(part) ? 1500 : 620) + 70 * Math.sin(hour * 3) + 60 * random()));
  return {
    alias: asked.get("alias"),
    target: asked.get("target"),
    step_s: step,
    times_ms: Array.from({ length }, (_, at) => (from + at * step) * 1000),
    requests,
    errors: requests.map((count, at) => Math.round(count * (isTroubled(at / length) ? 0.08 : 0.003 * random()))),
    p50_ms: none(p50),
    p95_ms: none(p50.map((value) => Math.round(value * (2.4 + 0.5 * random())))),
    first_p50_ms: none(p50.map((value) => Math.round(value * 0.34))),
    first_p95_ms: none(p50.map((value) => Math.round(value * 0.85))),
    cost_nanodollars: requests.map((count) => count * 90_000),
    input_tokens: requests.map((count) => count * 412),
    output_tokens: requests.map((count) => count * 96),
    conditions: {},
  };
}

const SPENT = { input_tokens: 412, cached_input_tokens: 256, cache_write_tokens: null, output_tokens: 96, reasoning_tokens: 0, estimated: false };

/** One exchange: the first target was limited, the fallback's first member did not answer in time, the second did. */
export function exchange(number, parts = {}) {
  const id = `0195560e-0000-7000-8000-${String(number).padStart(12, "0")}`;
  const isFallen = number % 5 === 0;
  const failed = number % 17 === 3;
  return {
    id,
    began_ms: NOW - number * 1_370,
    asked: "support.chat.v2",
    alias: "support.chat.v2",
    operation: "chat_completions",
    stream: number % 2 === 0,
    status: failed ? 429 : 200,
    error: null,
    ended: "complete",
    model: isFallen ? "lakeside/heron-2-mini" : "northwind/harbor-large",
    losses: isFallen ? "logit_bias" : null,
    ms: isFallen ? 1904 : 640 + (number % 7) * 31,
    bytes: 4210 + number,
    resumed_after_characters: null,
    cost_nanodollars: failed ? null : 104_500,
    attempts: isFallen
      ? [
          { model: "northwind/harbor-large", condition: "rate_limited", status: 429, after_ms: 3, ms: 212 },
          { model: "lakeside/heron-2", condition: "timeout", status: null, after_ms: 216, ms: 1000 },
          { model: "lakeside/heron-2-mini", condition: null, status: 200, after_ms: 1221, ms: 683, usage: SPENT, cost_nanodollars: 104_500 },
        ]
      : [{ model: "northwind/harbor-large", condition: failed ? "rate_limited" : null, status: failed ? 429 : 200, after_ms: 2, ms: 636, usage: SPENT, cost_nanodollars: 104_500 }],
    guard: isFallen ? [{ category: "pii", kind: "email", action: "mask", direction: "input", count: 2 }] : [],
    ...parts,
  };
}

export const DECISIONS = [
  { step: "alias", name: "support.chat.v2", depth: 0 },
  { step: "split", by: "turn", candidates: [{ name: "northwind/harbor-large", weight: "95", taken: true }, { name: "lakeside/heron-2", weight: "5", taken: false }], depth: 1 },
  { step: "attempt", name: "northwind/harbor-large", depth: 1 },
  { step: "fallback", number: 1, name: "spare-chat", because: "rate_limited", depth: 1 },
  { step: "alias", name: "spare-chat", depth: 1 },
  { step: "pool", algorithm: "round_robin", candidates: [{ name: "lakeside/heron-2", weight: "1", taken: true }, { name: "lakeside/heron-2-mini", weight: "1", taken: false }], depth: 2 },
  { step: "attempt", name: "lakeside/heron-2", depth: 2 },
  { step: "target_passed_over", name: "onsite/granite-8b", reason: "ejected after `unavailable`, for 2100 ms more", depth: 2 },
  { step: "fallback_passed_over", number: 2, name: "local-chat", reason: "none of its conditions held", conditions: ["model_not_found"], depth: 1 },
  { step: "attempt", name: "lakeside/heron-2-mini", depth: 2 },
];

export const CONFIG = {
  revision: 12,
  digest: "9f2d41c07be3a8d55a0c6f14d2e97b86c1a35f0e4b8d7296e05c3fa1b7d8e402",
  place: "/etc/callsign/callsign.yaml",
  since_ms: NOW - 3_600_000,
  remarks: "warning[uncaught]: no fallback of `summarize.v1` catches `rate_limited`\n --> callsign.yaml:41:3\n  |\n41|   summarize.v1:\n  |   ^^^^^^^^^^^^ it fails with it\n  |\n  = help: add a fallback, or `conditions: [any]` to one\n",
  needs_restart: [],
  rejected: null,
};

export const REJECTED = "error[unknown-target]: `harbor-larg` is neither a model nor an alias of this file\n --> callsign.yaml:17:13\n   |\n17 |     target: harbor-larg\n   |             ^^^^^^^^^^^ not defined\n   |\n   = help: did you mean `harbor-large`?\n";

/** The plan of a text: one with `mistake` in it is wrong, an empty list of aliases changes nothing. */
export function plan(text) {
  const line = text.split("\n").findIndex((one) => one.includes("mistake")) + 1;
  if (line > 0) {
    const diagnostics = [
      { severity: "error", code: "unknown-target", message: "`mistake` is neither a model nor an alias of this file", line, column: 13, help: "did you mean `harbor-small`?" },
      { severity: "warning", code: "uncaught", message: "no fallback of `summarize.v1` catches `rate_limited`", line: 1, column: 1, help: null },
    ];
    return { valid: false, diagnostics, changes: [], verdict: null };
  }
  if (!text.includes("support.chat")) return { valid: true, diagnostics: [], changes: [], verdict: "same" };
  const changes = [
    { change: "alias_added", alias: "support.chat.v3", after: "northwind/harbor-small", look_twice: false },
    { change: "alias_removed", alias: "support.chat.v1", instead: null, look_twice: true },
    { change: "moved", alias: "support.chat.v2", whose: "keys", from: "northwind/harbor-large", to: "lakeside/heron-2", share_millionths: 50_000, look_twice: false },
    { change: "guardrail", alias: "support.chat.v2", key: "max_cost_per_request", leaning: "looser", before: "$0.10", after: "$0.25", look_twice: true },
    { change: "price", target: "lakeside/heron-2", before: "$2.50 in, $10.00 out", after: "$2.00 in, $8.00 out", look_twice: false },
    { change: "setting", alias: null, target: "lakeside/heron-2", key: "timeouts.total", before: null, after: "30s", look_twice: false },
  ];
  return { valid: true, diagnostics: [], changes, verdict: "risks" };
}
