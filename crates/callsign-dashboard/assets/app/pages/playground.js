// The playground: a question to an alias in a client's dialect, and everything that came back with the answer.

import { Asking } from "../asking.js";
import { ask } from "../api.js";
import { DecisionTree } from "../decision-tree.js";
import { DIALECTS } from "../dialects.js";
import { count, milliseconds, money, plain } from "../format.js";
import { Failed } from "../notices.js";
import { href } from "../route.js";
import { Timeline } from "../timeline.js";
import { html, observed, View } from "../view.js";

const OFFERED = 20;
const PAUSE = 200;
const MOST_TOKENS = 1024;

export class PlaygroundPage extends View {
  constructor(props) {
    super(props);
    this.state = { offers: [], asking: null, dialect: "chat", alias: props.query.get("alias") ?? "", system: "", text: "Say hello in one sentence.", most: MOST_TOKENS, isStream: true };
  }

  arrive() {
    this.offer(this.state.alias);
  }

  leave() {
    clearTimeout(this.timer);
    this.state.asking?.stop();
  }

  name(alias) {
    this.setState({ alias });
    clearTimeout(this.timer);
    this.timer = setTimeout(() => this.offer(alias), PAUSE);
  }

  async offer(search) {
    const found = await ask(`api/v1/aliases?${new URLSearchParams({ search, page: 1, per_page: OFFERED })}`).catch(() => null);
    if (found) this.setState({ offers: found.aliases.map(({ name }) => name) });
  }

  send(event) {
    event?.preventDefault();
    const { alias, dialect, isStream, most, system, text } = this.state;
    if (!alias || !text) return;
    this.state.asking?.stop();
    const asking = new Asking(dialect, { alias: alias.trim(), isStream, most: Number(most) || MOST_TOKENS, system, text });
    this.setState({ asking });
    asking.run();
  }

  draw(_, state) {
    return html`
      <h1 tabindex="-1">Playground</h1>
      <div class="play">
        <section class="panel" aria-label="Question">${this.question(state)}</section>
        ${state.asking ? html`<${Answer} asking=${state.asking} />` : html`<section class="panel" aria-label="Answer"><h2>Answer</h2><p class="soft">Nothing has been asked yet. What is asked here goes the way of any client's request, and costs what that costs.</p></section>`}
      </div>`;
  }

  question({ alias, asking, dialect, isStream, most, offers, system, text }) {
    const write = (name) => (event) => this.setState({ [name]: event.currentTarget.value });
    return html`<form onSubmit=${(event) => this.send(event)} onKeyDown=${(event) => event.key === "Enter" && (event.ctrlKey || event.metaKey) && this.send(event)}>
      <label class="field"><span>Alias or model</span>
        <input data-search name="alias" list="offers" required autocomplete="off" spellcheck=${false} value=${alias} onInput=${(event) => this.name(event.currentTarget.value)} /></label>
      <datalist id="offers">${offers.map((name) => html`<option key=${name} value=${name} />`)}</datalist>
      <fieldset><legend>Client dialect</legend><div class="choices small">${Object.entries(DIALECTS).map(([key, { label }]) => html`
        <label key=${key}><input type="radio" name="dialect" value=${key} checked=${key === dialect} onChange=${() => this.setState({ dialect: key })} />${label}</label>`)}</div></fieldset>
      <label class="field"><span>System prompt</span><textarea rows="2" value=${system} onInput=${write("system")}></textarea></label>
      <label class="field"><span>Question</span><textarea name="text" rows="5" required value=${text} onInput=${write("text")}></textarea></label>
      <div class="row">
        <label class="field"><span>Most tokens</span><input type="number" min="1" max="1000000" value=${most} onInput=${write("most")} /></label>
        <label class="check"><input type="checkbox" checked=${isStream} onChange=${(event) => this.setState({ isStream: event.currentTarget.checked })} /> Stream</label>
      </div>
      <div class="row"><button class="first">Send</button><${Stop} asking=${asking} /></div>
    </form>`;
  }
}

function isUnderWay({ phase }) {
  return phase === "asking" || phase === "streaming";
}

const Stop = observed(({ asking }) => html`<button type="button" disabled=${!asking || !isUnderWay(asking.told.value)} onClick=${() => asking.stop()}>Stop</button>`);

const Answer = observed(({ asking }) => {
  const told = asking.told.value;
  return html`<div class="rows">
    <section class="panel" aria-label="Answer" aria-busy=${isUnderWay(told)}>
      <div class="head"><h2>Answer</h2><p class="small soft" role="status">${phrase(told)}</p></div>
      ${told.failure && html`<${Failed} failure=${told.failure} />`}
      ${told.thought && html`<details><summary>Reasoning</summary><pre class="answer">${told.thought}</pre></details>`}
      ${told.text ? html`<pre class="answer" tabindex="0" aria-label="Text of the answer">${told.text}</pre>` : told.phase === "done" && html`<p class="soft">The answer has no text.</p>`}
      <${Measures} told=${told} />
    </section>
    ${told.record && html`<section class="panel" aria-label="Decision"><div class="head"><h2>Decision</h2><a class="small" href=${href("exchange", told.record.id)}>The whole exchange</a></div>
      <${DecisionTree} decisions=${told.record.decisions} /><${Timeline} exchange=${told.record} /></section>`}
    ${told.headers.length > 0 && html`<section class="panel" aria-label="Headers"><h2>Headers</h2><${Headers} headers=${told.headers} /></section>`}
    <section class="panel" aria-label="Request"><details><summary>The request as it was sent</summary><pre class="report" tabindex="0">${request(asking)}</pre></details></section>
  </div>`;
});

function phrase({ phase, status }) {
  const said = { asking: "waiting for the first word", streaming: "answering", done: "done", stopped: "stopped", failed: "failed" };
  return `${status ? `${status}, ` : ""}${said[phase]}`;
}

function Measures({ told: { firstMs, ms, record, usage } }) {
  if (ms === null && firstMs === null) return null;
  return html`<dl class="figures">
    <div><dt>First word</dt><dd>${milliseconds(firstMs)}</dd></div>
    <div><dt>Whole answer</dt><dd>${milliseconds(ms)}</dd></div>
    <div><dt>Tokens in / out</dt><dd>${count(usage?.input)} <small>/ ${count(usage?.output)}</small></dd></div>
    <div><dt>Cost</dt><dd>${money(record?.cost_nanodollars)}</dd></div>
    <div><dt>Attempts</dt><dd>${count(record?.attempts?.length)}</dd></div>
  </dl>`;
}

/** The gateway's own come first. */
function Headers({ headers }) {
  const isOwn = ([name]) => name.startsWith("x-callsign-");
  const sorted = [...headers.filter(isOwn), ...headers.filter((header) => !isOwn(header))];
  return html`<dl class="facts small">${sorted.map(([name, value]) => html`<dt key=${name} class="name">${plain(name)}</dt><dd class="name">${plain(value)}</dd>`)}</dl>`;
}

function request({ dialect, wish }) {
  return `POST /${dialect.path(wish)}\n\n${JSON.stringify(dialect.body(wish), null, 2)}`;
}
