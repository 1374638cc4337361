// What the clients of Node share: the tools, a picture, and how an error is told.

/** Eight by eight red pixels. */
export const PIXELS =
  "iVBORw0KGgoAAAANSUhEUgAAAAgAAAAICAIAAABLbSncAAAAEklEQVR4nGP4z8CAFWEXHbQSACj/P8Fu7N9hAAAAAElFTkSuQmCC";

export const BUDGETS = { low: 1024, medium: 2048, high: 3072 };

/** What the tool `name` gives. */
export function use(name, args) {
  return name === "get_weather" ? `18 degrees in ${args.city}` : `noon in ${args.zone}`;
}

/** The link under which the talk's picture is to be had. */
export function link(image) {
  return image === "inline" ? `data:image/png;base64,${PIXELS}` : image;
}

/** `fields` without those that are not given. */
export function given(fields) {
  return Object.fromEntries(Object.entries(fields).filter(([, value]) => value !== null && value !== undefined));
}

/** Runs `loop` and tells its error in `heard` if it is of the SDK's own class. */
export async function caught(heard, base, loop) {
  try {
    await loop();
  } catch (error) {
    if (!(error instanceof base)) throw error;
    const after = error.headers?.get?.("retry-after") ?? error.responseHeaders?.["retry-after"] ?? null;
    const status = error.status ?? error.statusCode ?? null;
    heard.error = { classes: classes(error), status, message: error.message, retry_after: after };
  }
}

function classes(error) {
  const names = [];
  for (let each = Object.getPrototypeOf(error); each; each = Object.getPrototypeOf(each)) names.push(each.constructor.name);
  return names;
}
