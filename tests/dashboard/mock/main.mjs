// The mock on a port of its own, to look at the dashboard by hand: `node mock/main.mjs [PORT] [ALIASES]`.

import { serve } from "./gateway.mjs";
import { many } from "./world.mjs";

const [port = "12099", aliases = "6"] = process.argv.slice(2);
const mock = await serve({ aliases: many(Number(aliases)) }, Number(port));
setInterval(mock.tick, 1000);
console.log(`${mock.url}/ui/`);
