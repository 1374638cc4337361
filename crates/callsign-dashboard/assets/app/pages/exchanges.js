// The latest exchanges of all aliases or of one, page after page into the past, and the way to one whose id is known.

import { plain } from "../format.js";
import { ExchangeTable } from "../exchange-table.js";
import { Loaded } from "../loaded.js";
import { Shown } from "../notices.js";
import { amend, go, href } from "../route.js";
import { html, View } from "../view.js";

const FRESH = 10_000;
const LIMIT = 50;

export class ExchangesPage extends View {
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
    const asked = new URLSearchParams({ limit: LIMIT });
    for (const name of ["alias", "target", "ended", "before"]) {
      const value = this.props.query.get(name);
      if (value) asked.set(name, value);
    }
    this.loaded.load(`api/v1/exchanges?${asked}`);
  }

  find(event) {
    event.preventDefault();
    const id = event.currentTarget.elements.id.value.trim();
    if (id) go(href("exchange", id));
  }

  draw({ query }) {
    const alias = query.get("alias");
    return html`
      <div class="head">
        <div><h1 tabindex="-1">Exchanges</h1>${alias && html`<p class="soft">of <span class="name">${plain(alias)}</span>, <a href=${href("exchanges")}>show all</a></p>`}</div>
        <form class="finder" onSubmit=${(event) => this.find(event)}>
          <input name="id" type="search" data-search aria-label="Go to an id" placeholder="x-callsign-request-id  ( / )" autocomplete="off" spellcheck=${false} />
        </form>
      </div>
      <section class="panel" aria-label="Latest exchanges">
        <${Shown} loaded=${this.loaded} rows=${8}>${({ exchanges, next }) => html`<${ExchangeTable} exchanges=${exchanges} />${this.turns(next)}`}</>
      </section>`;
  }

  turns(next) {
    const { query } = this.props;
    const kept = { alias: query.get("alias"), target: query.get("target"), ended: query.get("ended") };
    if (!next && !query.get("before")) return null;
    return html`<nav class="pager" aria-label="Pages">
      <button type="button" data-turn="back" disabled=${!query.get("before")} onClick=${() => amend(href("exchanges", null, kept))}>To the latest</button>
      <button type="button" data-turn="on" disabled=${!next} onClick=${() => go(href("exchanges", null, { ...kept, before: next }))}>Older</button>
    </nav>`;
  }
}
