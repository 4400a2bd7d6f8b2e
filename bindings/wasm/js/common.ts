// What every entry of the package gives out besides its functions.

export type * from "./answers.js";
export { Engine, Session, type Request, type Verb } from "./engine.js";
export { ListinoError } from "./error.js";
export type { BookSource, Source } from "./library.js";
export type * from "./wire.js";
