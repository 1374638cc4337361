// One exchange: what was asked, how it ended, its attempts in time, and every decision on the way.

import { DecisionTree } from "../decision-tree.js";
import { Outcome } from "../exchange-table.js";
import { bytes, count, milliseconds, moment, money, plain, words } from "../format.js";
import { Loaded } from "../loaded.js";
import { Shown } from "../notices.js";
import { href } from "../route.js";
import { Timeline } from "../timeline.js";
import { html, View } from "../view.js";

export class ExchangePage extends View {
  constructor(props) {
    super(props);
    this.loaded = new Loaded();
  }

  arrive() {
    this.loaded.load(`api/v1/exchanges/${encodeURIComponent(this.props.id)}`);
  }

  leave() {
    this.loaded.asked?.abort();
  }

  draw({ id }) {
    return html`
      <div class="head"><div><h1 tabindex="-1">Exchange</h1><p class="soft name">${plain(id)}</p></div></div>
      <${Shown} loaded=${this.loaded}>${(exchange) => html`<${Told} exchange=${exchange} />`}</>`;
  }
}

function Told({ exchange }) {
  return html`
    <section class="panel" aria-label="In short"><${Facts} exchange=${exchange} /></section>
    <section class="panel" aria-label="Attempts"><h2>Attempts</h2><${Timeline} exchange=${exchange} /></section>
    <section class="panel" aria-label="Decisions"><h2>Decisions</h2><${DecisionTree} decisions=${exchange.decisions} /></section>
    ${exchange.guard?.length > 0 && html`<section class="panel" aria-label="Guardrails"><h2>Guardrails</h2><${Findings} findings=${exchange.guard} /></section>`}
    ${exchange.attempts?.some(({ usage }) => usage) && html`<section class="panel" aria-label="Tokens"><h2>Tokens</h2><${Usage} attempts=${exchange.attempts} /></section>`}`;
}

function Facts({ exchange }) {
  const { alias, losses, operation, resumed_after_characters: resumed } = exchange;
  return html`<dl class="facts">
    <dt>Outcome</dt><dd><${Outcome} exchange=${exchange} /> <span class="soft">${words(exchange.ended)}</span></dd>
    <dt>Asked for</dt><dd><span class="name">${plain(exchange.asked ?? "–")}</span>${operation && html` <span class="soft">by ${words(operation)}${exchange.stream ? ", streamed" : ""}</span>`}</dd>
    <dt>Alias</dt><dd>${alias ? html`<a class="name" href=${href("alias", alias)}>${plain(alias)}</a>` : "–"}</dd>
    <dt>Served by</dt><dd class="name">${plain(exchange.model ?? "–")}</dd>
    <dt>Began</dt><dd>${moment(exchange.began_ms)}</dd>
    <dt>Took</dt><dd>${milliseconds(exchange.ms)} <span class="soft">for ${bytes(exchange.bytes)}</span></dd>
    <dt>Cost</dt><dd>${money(exchange.cost_nanodollars)}</dd>
    ${losses && html`<dt>Not carried over</dt><dd class="name">${plain(losses)}</dd>`}
    ${resumed !== null && resumed !== undefined && html`<dt>Resumed</dt><dd>after ${count(resumed)} characters</dd>`}
  </dl>`;
}

function Findings({ findings }) {
  return html`<table class="stack small">
    <thead><tr><th scope="col">Found</th><th scope="col">Kind</th><th scope="col">In</th><th scope="col">Done</th><th scope="col" class="figure">Times</th></tr></thead>
    <tbody>${findings.map((found, at) => html`<tr key=${at}><th scope="row">${words(found.category)}</th><td data-label="Kind">${words(found.kind ?? "–")}</td><td data-label="In">${words(found.direction)}</td><td data-label="Done">${words(found.action)}</td><td class="figure" data-label="Times">${count(found.count)}</td></tr>`)}</tbody>
  </table>`;
}

function Usage({ attempts }) {
  return html`<table class="stack small">
    <thead><tr><th scope="col">Attempt</th><th scope="col" class="figure">Input</th><th scope="col" class="figure">of it cached</th><th scope="col" class="figure">Output</th><th scope="col" class="figure">of it reasoning</th><th scope="col" class="figure">Cost</th></tr></thead>
    <tbody>${attempts.filter(({ usage }) => usage).map(({ model, usage, cost_nanodollars: cost }, at) => html`<tr key=${at}>
      <th scope="row" class="name">${plain(model)}</th>
      <td class="figure" data-label="Input">${count(usage.input_tokens)}</td><td class="figure" data-label="of it cached">${count(usage.cached_input_tokens)}</td>
      <td class="figure" data-label="Output">${count(usage.output_tokens)}</td><td class="figure" data-label="of it reasoning">${count(usage.reasoning_tokens)}</td>
      <td class="figure" data-label="Cost">${money(cost)}${usage.estimated ? " (estimate)" : ""}</td>
    </tr>`)}</tbody>
  </table>`;
}
