// All aliases, each as a small flow picture with its figures of the last minute.

import { dayOf, plain, prose } from "../format.js";
import { Flow } from "../flow.js";
import { latest, numbersOf } from "../live.js";
import { Loaded } from "../loaded.js";
import { Nothing, Shown } from "../notices.js";
import { Figures } from "../numbers.js";
import { listed, Pager } from "../pager.js";
import { amend, href } from "../route.js";
import { Search } from "../search.js";
import { html, observed, View } from "../view.js";

const PER_PAGE = 50;
const FRESH = 10_000;
/** A picture in the list has so many leaves; the alias's own page has all. */
const LEAVES = 8;

const Everything = observed(() => latest.value && html`<section class="panel" aria-label="All aliases together"><${Figures} numbers=${latest.value.all} /></section>`);

export class AliasesPage extends View {
  constructor(props) {
    super(props);
    this.loaded = new Loaded();
  }

  arrive() {
    this.loaded.keepFresh(FRESH);
    this.load();
  }

  leave() {
    this.loaded.stop();
  }

  componentDidUpdate(before) {
    if (String(before.query) !== String(this.props.query)) this.load();
  }

  load() {
    const { search, page } = listed(this.props.query);
    this.loaded.load(`api/v1/aliases?${new URLSearchParams({ search, page, per_page: PER_PAGE })}`);
  }

  turn(page) {
    amend(href("aliases", null, { ...listed(this.props.query), page }));
    scrollTo(0, 0);
  }

  draw() {
    const { search } = listed(this.props.query);
    return html`
      <div class="head">
        <h1 tabindex="-1">Aliases</h1>
        <div class="finder"><${Search} label="Search aliases" text=${search} find=${(text) => amend(href("aliases", null, { search: text }))} /></div>
      </div>
      <${Everything} />
      <${Shown} loaded=${this.loaded} rows=${6}>${(list) => this.list(list)}</>`;
  }

  list({ aliases, total, page, per_page: perPage }) {
    const { search } = listed(this.props.query);
    if (!aliases.length) return html`<${Empty} search=${search} page=${page} />`;
    const pager = html`<${Pager} page=${page} perPage=${perPage} total=${total} what=${total === 1 ? "alias" : "aliases"} turn=${(next) => this.turn(next)} />`;
    return html`
      <ul class="aliases">${aliases.map((alias) => html`<li key=${alias.name}><${Card} alias=${alias} /></li>`)}</ul>
      ${pager}`;
  }
}

function Empty({ search, page }) {
  if (search) return html`<${Nothing} title="No alias is like this"><p class="soft">Nothing is found for <span class="name">${plain(search)}</span>.</p><a class="button" href=${href("aliases")}>Show all</a></${Nothing}>`;
  if (page > 1) return html`<${Nothing} title="The list is shorter"><a class="button" href=${href("aliases")}>To its beginning</a></${Nothing}>`;
  return html`<${Nothing} title="No aliases yet">
    <p class="soft">An alias is a name that clients ask for, while you decide which model answers. Write one below <code>model_aliases</code>; the gateway takes it up as soon as the file is saved.</p>
    <pre class="report">${"model_aliases:\n  fast-model:\n    target: gpt-4o-mini"}</pre>
    <a class="button" href=${href("configuration")}>See the configuration</a>
  </${Nothing}>`;
}

const Card = observed(({ alias }) => html`<article class="panel">
  <div class="top">
    <h2><a class="name" data-item href=${href("alias", alias.name)}>${plain(alias.name)}</a></h2>
    <${Tags} alias=${alias} />
    ${alias.description && html`<p class="soft small">${prose(alias.description)}</p>`}
  </div>
  <${Flow} alias=${alias} most=${LEAVES} />
  <${Figures} numbers=${numbersOf(alias)} />
</article>`);

/** What else is to be known of an alias, in a word or two each. */
export function Tags({ alias: { hidden, deprecated, guardrails } }) {
  if (!hidden && !deprecated && !guardrails.length) return null;
  return html`<ul class="tags">
    ${hidden && html`<li class="tag">hidden</li>`}
    ${deprecated && html`<li class="tag warn">${deprecated.sunset ? `ends ${dayOf(deprecated.sunset)}` : "deprecated"}</li>`}
    ${guardrails.map((guardrail) => html`<li key=${guardrail} class="tag">${plain(guardrail)}</li>`)}
  </ul>`;
}
