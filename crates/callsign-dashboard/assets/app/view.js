// How pages are written: templates, and components that draw themselves again when a signal they have read changes.
//
// Texts go into the page as text nodes only; no part of the dashboard writes markup from a string.

import { Component, createRef, h } from "../vendor/preact/preact.mjs";
import htm from "../vendor/htm/htm.mjs";
import { effect } from "../vendor/signals-core/signals-core.mjs";

export const html = htm.bind(h);

/** A component whose `draw(props, state)` may read signals; `arrive()` and `leave()` are called when it comes and goes. */
export class View extends Component {
  /** For those that look at their own element: `ref=${this.root}`. */
  root = createRef();

  render(props, state) {
    this.forget?.();
    let drawn;
    let isFirst = true;
    this.forget = effect(() => {
      if (!isFirst) {
        this.setState({});
        return;
      }
      isFirst = false;
      drawn = this.draw(props, state);
    });
    return drawn;
  }

  componentDidMount() {
    this.arrive?.();
  }

  componentWillUnmount() {
    this.forget?.();
    this.leave?.();
  }
}

/** A component made of one function that may read signals. */
export function observed(draw) {
  return class extends View {
    draw(props) {
      return draw(props);
    }
  };
}
