// One alias: its picture, its history as charts, why its fallbacks were asked, its targets, its latest exchanges.

import { Chart } from "../chart.js";
import { count, dayOf, milliseconds, money, percent, plain, prose, rate, words } from "../format.js";
import { Flow } from "../flow.js";
import { breakerOf, now, numbersOf } from "../live.js";
import { Loaded } from "../loaded.js";
import { Nothing, Shown } from "../notices.js";
import { Breaker, Figures } from "../numbers.js";
import { amend, href } from "../route.js";
import { ExchangeTable } from "../exchange-table.js";
import { html, observed, View } from "../view.js";
import { Tags } from "./aliases.js";

const FRESH = 10_000;
const HOUR = 3_600_000;
/** Each with the length of a step, so that a chart has a few hundred points at most. */
const SPANS = {
  "1h": { label: "1 h", long: HOUR, step: 60 },
  "6h": { label: "6 h", long: 6 * HOUR, step: 60 },
  "1d": { label: "1 d", long: 24 * HOUR, step: 300 },
  "7d": { label: "7 d", long: 7 * 24 * HOUR, step: 1800 },
};
const FIRST_SPAN = "1h";

export class AliasPage extends View {
  constructor(props) {
    super(props);
    this.alias = new Loaded();
    this.history = new Loaded();
    this.exchanges = new Loaded();
  }

  arrive() {
    this.alias.keepFresh(FRESH).load(`api/v1/aliases/${encodeURIComponent(this.props.id)}`);
    this.exchanges.keepFresh(FRESH).load(`api/v1/exchanges?${new URLSearchParams({ alias: this.props.id, limit: 20 })}`);
    this.history.keepFresh(6 * FRESH);
    // What is asked for ends now, each time anew.
    this.history.again = () => this.chart();
    this.chart();
  }

  leave() {
    for (const loaded of [this.alias, this.history, this.exchanges]) loaded.stop();
  }

  componentDidUpdate(before) {
    if (String(before.query) !== String(this.props.query)) this.chart();
  }

  span() {
    const asked = this.props.query.get("span");
    return Object.hasOwn(SPANS, asked ?? "") ? asked : FIRST_SPAN;
  }

  chart() {
    const span = this.span();
    const to = now();
    const asked = { alias: this.props.id, from_ms: to - SPANS[span].long, to_ms: to, step_s: SPANS[span].step };
    return this.history.load(`api/v1/history?${new URLSearchParams(asked)}`, span);
  }

  draw({ id }) {
    return html`
      <div class="head">
        <h1 tabindex="-1"><span class="name">${plain(id)}</span></h1>
        <a class="button" href=${href("playground", null, { alias: id })}>Try it</a>
      </div>
      <${Shown} loaded=${this.alias}>${(alias) => html`<${Portrait} alias=${alias} />`}</>
      <section class="rows" aria-label="History">
        <div class="head"><h2>History</h2>${this.spans()}</div>
        <${Shown} loaded=${this.history} rows=${2}>${(history) => html`<${Charts} history=${history} />`}</>
      </section>
      <section class="panel" aria-label="Recent exchanges">
        <h2>Recent exchanges</h2>
        <${Shown} loaded=${this.exchanges} rows=${3}>${({ exchanges, next }) => html`
          <${ExchangeTable} exchanges=${exchanges} />
          ${next && html`<p><a href=${href("exchanges", null, { alias: id })}>All exchanges of this alias</a></p>`}`}</>
      </section>`;
  }

  spans() {
    const chosen = this.span();
    return html`<fieldset><legend class="said">How far back</legend><div class="choices small">${Object.entries(SPANS).map(([span, { label }]) => html`
      <label key=${span}><input type="radio" name="span" value=${span} checked=${span === chosen} onChange=${() => amend(href("alias", this.props.id, { span }))} />${label}</label>`)}
    </div></fieldset>`;
  }
}

const Portrait = observed(({ alias }) => html`
  <section class="panel" aria-label="What it means">
    ${alias.deprecated && html`<${Deprecated} deprecated=${alias.deprecated} />`}
    ${alias.description && html`<p class="soft">${prose(alias.description)}</p>`}
    <${Tags} alias=${{ ...alias, deprecated: null }} />
    <${Flow} alias=${alias} most=${Infinity} />
    <${Figures} numbers=${numbersOf(alias)} />
  </section>
  <div class="portrait">
    <section class="panel" aria-label="Targets"><h2>Targets</h2><${Targets} targets=${alias.targets} /></section>
    <section class="panel" aria-label="Fallbacks by condition"><h2>Fallbacks in the last hour</h2><${Conditions} conditions=${alias.conditions ?? {}} /></section>
  </div>`);

function Deprecated({ deprecated: { since, sunset, successor } }) {
  return html`<div class="notice warn"><strong>Deprecated${since ? ` since ${dayOf(since)}` : ""}</strong>
    <p>${sunset ? `It ends on ${dayOf(sunset)}. ` : ""}${successor && html`Its successor is <a class="name" href=${href("alias", successor)}>${plain(successor)}</a>.`}</p></div>`;
}

const Targets = observed(({ targets }) => {
  if (!targets.length) return html`<p class="soft">No target is known of this alias.</p>`;
  return html`<table class="stack small">
    <thead><tr><th scope="col">Target</th><th scope="col">Breaker</th><th scope="col" class="figure">Seen / configured</th><th scope="col" class="figure">Requests / s</th><th scope="col" class="figure">p50 / p95</th><th scope="col" class="figure">Under way</th></tr></thead>
    <tbody>${targets.map((target) => html`<tr key=${target.name}>
      <th scope="row" class="name">${plain(target.name)}</th>
      <td data-label="Breaker"><${Breaker} breaker=${breakerOf(target)} /></td>
      <td class="figure" data-label="Seen / configured">${percent(target.seen)} / ${percent(target.configured)}</td>
      <td class="figure" data-label="Requests / s">${rate(target.numbers.requests_per_second)}</td>
      <td class="figure" data-label="p50 / p95">${milliseconds(target.numbers.p50_ms)} / ${milliseconds(target.numbers.p95_ms)}</td>
      <td class="figure" data-label="Under way">${count(target.in_flight)}</td>
    </tr>`)}</tbody>
  </table>`;
});

function Conditions({ conditions }) {
  const sorted = Object.entries(conditions).filter(([, times]) => times > 0).sort(([, one], [, other]) => other - one);
  if (!sorted.length) return html`<p class="soft">No fallback was asked: what was tried first has answered.</p>`;
  const most = sorted[0][1];
  return html`<dl class="bars">${sorted.map(([condition, times]) => html`<div key=${condition}>
    <dt class="small">${words(condition)} <span class="soft">${count(times)}</span></dt>
    <dd><svg viewBox="0 0 100 4" preserveAspectRatio="none" aria-hidden="true"><rect class="track" width="100" height="4" /><rect class="fill" width=${(times / most) * 100} height="4" /></svg></dd>
  </div>`)}</dl>`;
}

function Charts({ history }) {
  const { times_ms: times, step_s: step } = history;
  if (!history.requests.some((requests) => requests > 0)) {
    return html`<${Nothing} title="No requests in this time"><p class="soft">Nobody has asked for this alias. Look further back, or try it in the playground.</p></${Nothing}>`;
  }
  const perSecond = (values) => values.map((value) => (value === null ? null : value / step));
  const line = (label, values, tone = "ink", isDashed = false) => ({ label, values, tone, isDashed });
  return html`<div class="charts">
    <${Chart} title="Requests / s" times=${times} tell=${rate} lines=${[line("requests", perSecond(history.requests)), line("errors", perSecond(history.errors), "bad")]} />
    <${Chart} title="Latency" times=${times} tell=${milliseconds} lines=${[line("p50", history.p50_ms), line("p95", history.p95_ms, "soft", true)]} />
    <${Chart} title="First token" times=${times} tell=${milliseconds} lines=${[line("p50", history.first_p50_ms), line("p95", history.first_p95_ms, "soft", true)]} />
    <${Chart} title="Cost" times=${times} tell=${money} lines=${[line("in a step", history.cost_nanodollars)]} />
  </div>`;
}
