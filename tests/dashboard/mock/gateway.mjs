// A gateway that only pretends: it serves the dashboard's files under the headers of the real one and plays its API.

import { once } from "node:events";
import { readFile } from "node:fs/promises";
import { createServer } from "node:http";
import { extname } from "node:path";
import { fileURLToPath } from "node:url";

import { answer } from "./answers.mjs";
import * as world from "./world.mjs";

const CRATE = new URL("../../../crates/callsign-dashboard/", import.meta.url);
const TYPES = { ".html": "text/html", ".css": "text/css", ".js": "text/javascript", ".mjs": "text/javascript", ".svg": "image/svg+xml" };

/** Every mock begins like this; a test changes members as it likes, while it runs. */
function beginning() {
  return {
    aliases: world.ALIASES,
    config: world.CONFIG,
    rejected: false,
    hasTraffic: true,
    exchanges: Array.from({ length: 120 }, (_, at) => world.exchange(at)),
    decisions: world.DECISIONS,
    /** What the playground's model says, word by word; null is its usual answer. */
    says: null,
    /** The bearer token that is wanted, if one is. */
    token: null,
    /** Paths that begin like one of these answer 500. */
    broken: [],
    /** What was asked of the API, newest last: `METHOD path`. */
    asked: [],
    /** Who listens to the live feed. */
    listeners: new Set(),
    time: world.NOW,
  };
}

/** Serves until `close()`; every member of `state` may be changed meanwhile. */
export async function serve(changes = {}, port = 0) {
  const state = { ...beginning(), ...changes };
  const headers = await securityHeaders();
  const server = createServer((request, response) => {
    respond(state, headers, request, response).catch((error) => {
      console.error(error);
      response.destroy();
    });
  });
  server.listen(port, "127.0.0.1");
  await once(server, "listening");
  return {
    state,
    url: `http://127.0.0.1:${server.address().port}`,
    tick: () => tick(state),
    hangUp() {
      for (const listener of state.listeners) listener.destroy();
    },
    close() {
      server.closeAllConnections();
      server.close();
    },
  };
}

async function securityHeaders() {
  const text = await readFile(new URL("headers.txt", CRATE), "utf8");
  return Object.fromEntries(text.trim().split("\n").map((line) => line.split(": ", 2)));
}

async function respond(state, headers, request, response) {
  const url = new URL(request.url, "http://mock");
  if (url.pathname === "/" || url.pathname === "/ui") return void response.writeHead(307, { location: "/ui/" }).end();
  if (url.pathname.startsWith("/ui/")) return file(url.pathname.slice(4) || "index.html", headers, response);
  state.asked.push(`${request.method} ${url.pathname}${url.search}`);
  if (state.token !== null && request.headers.authorization !== `Bearer ${state.token}`) return refuse(response, 401, "this needs the token of `admin`");
  if (state.broken.some((path) => url.pathname.startsWith(path))) return refuse(response, 500, "the disk of the ledger is full");
  return api(state, url, request, response);
}

async function file(path, headers, response) {
  const place = new URL(`assets/${path}`, CRATE);
  const bytes = place.href.startsWith(CRATE.href) ? await readFile(fileURLToPath(place)).catch(() => null) : null;
  if (bytes === null) return refuse(response, 404, "the dashboard has no such file");
  response.writeHead(200, { ...headers, "content-type": `${TYPES[extname(path)] ?? "text/plain"}; charset=utf-8` }).end(bytes);
}

function json(response, body) {
  response.writeHead(200, { "content-type": "application/json" }).end(JSON.stringify(body));
}

function refuse(response, status, message) {
  response.writeHead(status, { "content-type": "application/json" }).end(JSON.stringify({ error: { message, type: "invalid_request_error", code: "mock" } }));
}

function page(list, asked, key, fields) {
  const search = (asked.get("search") ?? "").toLowerCase();
  const found = list.filter((one) => one.name.toLowerCase().includes(search));
  const number = Number(asked.get("page") ?? 1);
  const perPage = Math.min(Number(asked.get("per_page") ?? 50), 200);
  return { [key]: found.slice((number - 1) * perPage, number * perPage).map(fields), total: found.length, page: number, per_page: perPage };
}

async function api(state, url, request, response) {
  const [, , , kind, ...rest] = url.pathname.split("/");
  const id = rest.length ? decodeURIComponent(rest.join("/")) : null;
  switch (`${kind}${id === null ? "" : "/"}`) {
    case "aliases":
      return json(response, page(state.aliases, url.searchParams, "aliases", ({ conditions, ...alias }) => alias));
    case "aliases/": {
      const found = state.aliases.find(({ name }) => name === id);
      return found ? json(response, found) : refuse(response, 404, "no alias has this name");
    }
    case "targets":
      return json(response, page(world.targetsOf(state.aliases), url.searchParams, "targets", (target) => target));
    case "history":
      return json(response, world.history(url.searchParams, state.hasTraffic));
    case "exchanges":
      return json(response, exchanges(state, url.searchParams));
    case "exchanges/": {
      const found = state.exchanges.find((exchange) => exchange.id === id);
      return found ? json(response, { ...found, decisions: state.decisions }) : refuse(response, 404, "no exchange of this id is kept");
    }
    case "live":
      return live(state, response);
    case "config":
      return json(response, state.config);
    case "plan":
      return json(response, world.plan(await text(request)));
    case "playground/":
      return answer(state, id, await text(request), response);
    default:
      return refuse(response, 404, "nothing is served here");
  }
}

function exchanges(state, asked) {
  const limit = Number(asked.get("limit") ?? 50);
  const before = asked.get("before");
  const from = before ? state.exchanges.findIndex(({ id }) => id === before) + 1 : 0;
  const listed = state.exchanges.slice(from, from + limit);
  return { exchanges: listed, next: from + limit < state.exchanges.length ? listed.at(-1).id : null };
}

async function text(request) {
  const pieces = [];
  for await (const piece of request) pieces.push(piece);
  return Buffer.concat(pieces).toString();
}

function live(state, response) {
  response.writeHead(200, { "content-type": "text/event-stream", "cache-control": "no-store" });
  state.listeners.add(response);
  response.on("close", () => state.listeners.delete(response));
  response.write(said(state));
}

function said(state) {
  const busy = state.aliases.filter(({ numbers }) => numbers.total > 0).slice(0, 500);
  const troubled = world.targetsOf(state.aliases).filter(({ breaker }) => breaker !== "closed");
  const told = {
    time_ms: state.time,
    all: state.hasTraffic && busy.length ? world.numbers(58.05, { errors: 0.0096, p50: 590 }) : world.IDLE,
    aliases: Object.fromEntries(busy.map(({ name, numbers }) => [name, numbers])),
    breakers: Object.fromEntries(troubled.map(({ name, breaker }) => [name, breaker])),
    reload: { generation: state.config.revision, rejected: state.rejected },
  };
  return `event: numbers\ndata: ${JSON.stringify(told)}\n\n`;
}

/** A second later. */
function tick(state) {
  state.time += 1000;
  for (const listener of state.listeners) listener.write(said(state));
}
