// What the browser keeps. It may be forbidden to: then it is kept until the page is closed.

function shelf(kind) {
  const memory = new Map();
  return {
    read(key) {
      try {
        return globalThis[kind].getItem(key) ?? memory.get(key) ?? null;
      } catch {
        return memory.get(key) ?? null;
      }
    },
    write(key, value) {
      memory.delete(key);
      try {
        if (value === null) globalThis[kind].removeItem(key);
        else globalThis[kind].setItem(key, value);
      } catch {
        if (value !== null) memory.set(key, value);
      }
    },
  };
}

/** For all tabs, until it is changed. */
export const lasting = shelf("localStorage");
/** For this tab, until it is closed. */
export const passing = shelf("sessionStorage");
