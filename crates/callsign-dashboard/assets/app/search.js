// A field that searches as one types: what is asked for follows the letters after a moment, as part of the address.

import { html, View } from "./view.js";

const PAUSE = 200;

export class Search extends View {
  constructor(props) {
    super(props);
    this.state = { text: props.text };
  }

  leave() {
    clearTimeout(this.timer);
  }

  type(text) {
    this.setState({ text });
    clearTimeout(this.timer);
    this.timer = setTimeout(() => this.props.find(text), PAUSE);
  }

  draw({ label }, { text }) {
    return html`<input type="search" data-search aria-label=${label} placeholder="${label}  ( / )" autocomplete="off" spellcheck=${false}
      value=${text} onInput=${(event) => this.type(event.currentTarget.value)} />`;
  }
}
