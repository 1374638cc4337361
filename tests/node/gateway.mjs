// The gateway as a child process, and an upstream that answers as told.

import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { once } from "node:events";
import { existsSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { createServer } from "node:http";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { fileURLToPath } from "node:url";

const BINARY =
  process.env.CALLSIGN_BINARY ?? fileURLToPath(new URL("../../target/debug/callsign", import.meta.url));

/** Serves `config` on a free port; gives its URL, and ends it when the test `context` ends. */
export async function serve(context, config) {
  return (await start(context, config)).clients;
}

/** The same; gives the URLs of both listeners, `clients` and `admin`. `admin` is what else is written of the latter. */
export async function start(context, config, admin = "") {
  assert.ok(existsSync(BINARY), `${BINARY} is missing; run \`cargo build\` or set CALLSIGN_BINARY`);
  const folder = mkdtempSync(join(tmpdir(), "callsign-"));
  const file = join(folder, "callsign.yaml");
  writeFileSync(file, `listeners: [{port: 0, limits: {body: 64KiB}}]\nadmin: {port: 0${admin}}\n${config}`);
  const child = spawn(BINARY, ["serve", file], { env: {}, stdio: ["ignore", "ignore", "pipe"] });
  context.after(async () => {
    child.kill("SIGKILL");
    if (child.exitCode === null && child.signalCode === null) await once(child, "exit");
    rmSync(folder, { recursive: true });
  });
  return listening(child);
}

async function listening(child) {
  const said = [];
  const urls = {};
  for await (const line of createInterface({ input: child.stderr })) {
    said.push(line);
    // The operator's own listener is announced in the same way, as `admin`.
    const found = /listening on (https?:\/\/127\.0\.0\.1:\d+) \((admin\))?/.exec(line);
    if (found) urls[found[2] ? "admin" : "clients"] ??= found[1];
    if (urls.clients && urls.admin) {
      // Somebody must go on reading, or the gateway would block once the pipe is full.
      child.stderr.resume();
      return urls;
    }
  }
  assert.fail(`the gateway ended before it listened:\n${said.join("\n")}`);
}

/** An upstream that answers with `answer(request, response)` and keeps what it received. */
export async function upstream(context, answer) {
  const requests = [];
  const server = createServer(async (request, response) => {
    const pieces = [];
    for await (const piece of request) pieces.push(piece);
    requests.push({ url: request.url, headers: request.headers, body: Buffer.concat(pieces) });
    answer(request, response);
  });
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  context.after(() => {
    server.closeAllConnections();
    server.close();
  });
  return { url: `http://127.0.0.1:${server.address().port}`, requests };
}

/** Answers with JSON. */
export function json(body, status = 200, headers = {}) {
  return (_request, response) => {
    response.writeHead(status, { "content-type": "application/json", ...headers });
    response.end(JSON.stringify(body));
  };
}

export const DEMO = `
model_providers:
  - {model: demo/chatty, default: true}
  - {model: demo/limited, simulate: {fault: 429}}
  - {model: demo/broken, simulate: {fault: 500}}
  - {model: demo/denied, simulate: {fault: 401}}
  - {model: demo/cutting, simulate: {fault: cut}}
model_aliases:
  fast-model: {target: chatty}
`;

/** A provider of each dialect at `url`. */
export function scripted(url) {
  return `
model_providers:
  - {model: openai/gpt-4o-mini, access_key: k, base_url: "${url}"}
  - {model: anthropic/claude-3-haiku, access_key: k, base_url: "${url}"}
model_aliases:
  fast: {target: gpt-4o-mini}
  creative: {target: claude-3-haiku}
  fast-and-impatient: {target: gpt-4o-mini, timeouts: {total: 300ms}}
  creative-and-impatient: {target: claude-3-haiku, timeouts: {total: 300ms}}
`;
}
