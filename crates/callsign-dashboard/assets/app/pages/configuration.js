// The configuration in force with what is odd about it, the targets, and what a pasted one would change.

import { ask } from "../api.js";
import { count, milliseconds, moment, percent, plain, prose, rate } from "../format.js";
import { breakerOf } from "../live.js";
import { Loaded } from "../loaded.js";
import { Failed, Nothing, Shown } from "../notices.js";
import { Breaker } from "../numbers.js";
import { listed, Pager } from "../pager.js";
import { Planned } from "../plan.js";
import { amend, href } from "../route.js";
import { Search } from "../search.js";
import { html, observed, View } from "../view.js";

const FRESH = 10_000;
const PER_PAGE = 25;
/** A file of more than this is no configuration. */
const MOST_BYTES = 16 * 1024 * 1024;

export class ConfigurationPage extends View {
  constructor(props) {
    super(props);
    this.config = new Loaded();
    this.targets = new Loaded();
  }

  arrive() {
    this.config.keepFresh(FRESH).load("api/v1/config");
    this.targets.keepFresh(FRESH);
    this.load();
  }

  leave() {
    this.config.stop();
    this.targets.stop();
  }

  componentDidUpdate(before) {
    if (String(before.query) !== String(this.props.query)) this.load();
  }

  load() {
    this.targets.load(`api/v1/targets?${new URLSearchParams({ ...listed(this.props.query), per_page: PER_PAGE })}`, "targets");
  }

  draw() {
    const { search } = listed(this.props.query);
    return html`
      <h1 tabindex="-1">Configuration</h1>
      <${Shown} loaded=${this.config}>${(config) => html`<${InForce} config=${config} />`}</>
      <${Plan} />
      <section class="panel" aria-label="Targets">
        <div class="head"><h2>Targets</h2><div class="finder"><${Search} label="Search targets" text=${search} find=${(text) => amend(href("configuration", null, { search: text }))} /></div></div>
        <${Shown} loaded=${this.targets}>${(list) => this.list(list)}</>
      </section>`;
  }

  list({ targets, total, page, per_page: perPage }) {
    const { search } = listed(this.props.query);
    if (!targets.length) return html`<p class="soft">${search ? "No target is like this." : "No target is configured."}</p>`;
    return html`<${Targets} targets=${targets} /><${Pager} page=${page} perPage=${perPage} total=${total} what=${total === 1 ? "target" : "targets"} turn=${(next) => amend(href("configuration", null, { search, page: next }))} />`;
  }
}

function InForce({ config }) {
  const { rejected, remarks, needs_restart: restart } = config;
  return html`
    ${rejected && html`<div class="notice bad" role="alert"><strong>The text as it is now was rejected</strong><p>What was in force before still is. Mend this, and the gateway takes the file up by itself:</p></div>
      <pre class="report" tabindex="0" aria-label="What is wrong">${prose(rejected)}</pre>`}
    ${restart?.length > 0 && html`<div class="notice warn"><strong>Needs a restart</strong><p>These keys have changed and count only after one: ${restart.map((key, at) => html`${at > 0 && ", "}<span class="name">${plain(key)}</span>`)}</p></div>`}
    <section class="panel" aria-label="In force">
      <h2>In force</h2>
      <dl class="facts">
        <dt>Revision</dt><dd>${count(config.revision)}</dd>
        <dt>Since</dt><dd>${moment(config.since_ms)}</dd>
        <dt>Place</dt><dd class="name">${plain(config.place)}</dd>
        <dt>Digest</dt><dd class="name">${plain(config.digest)}</dd>
      </dl>
      ${remarks ? html`<details open><summary>Warnings</summary><pre class="report" tabindex="0" aria-label="Warnings">${prose(remarks)}</pre></details>` : html`<p class="soft">Nothing is odd about it.</p>`}
    </section>`;
}

const Targets = observed(({ targets }) => html`<table class="stack small">
  <thead><tr><th scope="col">Target</th><th scope="col">Provider</th><th scope="col">Breaker</th><th scope="col" class="figure">Requests / s</th><th scope="col" class="figure">Errors</th><th scope="col" class="figure">p50 / p95</th><th scope="col" class="figure">Under way</th></tr></thead>
  <tbody>${targets.map((target) => html`<tr key=${target.name}>
    <th scope="row" class="name">${plain(target.name)}</th>
    <td data-label="Provider">${plain(target.provider)}</td>
    <td data-label="Breaker"><${Breaker} breaker=${breakerOf(target)} /></td>
    <td class="figure" data-label="Requests / s">${rate(target.numbers.requests_per_second)}</td>
    <td class="figure" data-label="Errors">${percent(target.numbers.error_share)}</td>
    <td class="figure" data-label="p50 / p95">${milliseconds(target.numbers.p50_ms)} / ${milliseconds(target.numbers.p95_ms)}</td>
    <td class="figure" data-label="Under way">${count(target.in_flight)}</td>
  </tr>`)}</tbody>
</table>`);

/** What a configuration would change, if it were put in force. */
class Plan extends View {
  constructor(props) {
    super(props);
    this.state = { text: "", plan: null, failure: null, isBusy: false };
  }

  leave() {
    this.asked?.abort();
  }

  async open(event) {
    const [file] = event.currentTarget.files;
    if (!file) return;
    if (file.size > MOST_BYTES) this.setState({ failure: new Error("the file is too large for a configuration") });
    else this.setState({ text: await file.text(), failure: null });
  }

  async submit(event) {
    event.preventDefault();
    this.asked?.abort();
    this.asked = new AbortController();
    this.setState({ isBusy: true, failure: null });
    try {
      const plan = await ask("api/v1/plan", { method: "POST", headers: { "content-type": "application/yaml" }, body: this.state.text, signal: this.asked.signal });
      this.setState({ plan, isBusy: false });
    } catch (failure) {
      if (failure.name !== "AbortError") this.setState({ failure, plan: null, isBusy: false });
    }
  }

  /** Puts the cursor where a diagnostic points. */
  point(line, column) {
    const area = this.root.current;
    const before = area.value.split("\n").slice(0, line - 1);
    const at = before.reduce((sum, text) => sum + text.length + 1, 0) + Math.max((column ?? 1) - 1, 0);
    area.focus();
    area.setSelectionRange(at, at + 1);
    area.scrollTop = (line - 4) * Number.parseFloat(getComputedStyle(area).lineHeight);
  }

  draw(_, { text, plan, failure, isBusy }) {
    return html`<section class="panel" aria-label="Plan">
      <div><h2>Plan</h2><p class="soft small">Paste a configuration to see what it would change. Nothing is put in force.</p></div>
      <div class="split">
        <form class="rows" onSubmit=${(event) => this.submit(event)}>
          <label class="field"><span>Configuration (YAML)</span><textarea ref=${this.root} class="code" name="plan" rows="14" spellcheck=${false} required value=${text} onInput=${(event) => this.setState({ text: event.currentTarget.value })}></textarea></label>
          <label class="field"><span>Or from a file</span><input type="file" accept=".yaml,.yml" onChange=${(event) => this.open(event)} /></label>
          <p><button class="first" disabled=${isBusy || !text.trim()}>${isBusy ? "Looking" : "Show what would change"}</button></p>
        </form>
        <div class="rows" aria-live="polite">
          ${failure && html`<${Failed} failure=${failure} />`}
          ${plan ? html`<${Planned} plan=${plan} point=${(line, column) => this.point(line, column)} />` : !failure && html`<${Nothing} title="Nothing to compare yet"><p class="soft">What would move, loosen or cost something else stands here.</p></${Nothing}>`}
        </div>
      </div>
    </section>`;
  }
}
