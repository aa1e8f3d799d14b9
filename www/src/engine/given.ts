// What callers hand in. In JavaScript anything can be handed in as anything, so every method of the library
// has its arguments looked at before it begins: here, by a table (`guard`), and nowhere else. What is only a
// number out of place the engine refuses.

import { BlindSpotsError, named, shortened } from "./errors.js";
import { mostPoints } from "./messages.js";

/** Refuses an argument with "bad-request"; `name` says which it is. */
export type Check = (value: unknown, name: string) => void;

/** A table of checks, one for each argument of a method, each with the argument's name. */
export type Signatures = Record<string, Record<string, Check>>;

function refuse(name: string, wanted: string, value: unknown): never {
  throw new BlindSpotsError("bad-request", `${name} has to be ${wanted}, not ${shown(value)}`);
}

/** What a value is, in words. */
export function shown(value: unknown): string {
  switch (typeof value) {
    case "string":
      return JSON.stringify(shortened(value, 40));
    case "number":
    case "boolean":
    case "bigint":
      return String(value);
    case "undefined":
      return "absent";
    case "symbol":
    case "function":
      return `a ${typeof value}`;
    default:
      if (value === null) return "null";
      return Array.isArray(value)
        ? "a list"
        : `of type ${Object.prototype.toString.call(value).slice(8, -1)}`;
  }
}

function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === "object" && value !== null && !Array.isArray(value) && !ArrayBuffer.isView(value);
}

/** Anything: the engine looks at it. */
export const anything: Check = () => undefined;

/** An object whose fields pass. */
export function record(fields: Record<string, Check> = {}): Check {
  return (value, name) => {
    if (!isRecord(value)) refuse(name, "an object with named values", value);
    for (const [field, check] of Object.entries(fields)) check(value[field], field);
  };
}

/** The same, or nothing. */
export function optional(check: Check): Check {
  return (value, name) => {
    if (value !== undefined) check(value, name);
  };
}

/** How a call is given up. */
export const signal: Check = (value, name) => {
  const { aborted, addEventListener } = isRecord(value) ? value : {};
  if (typeof aborted !== "boolean" || typeof addEventListener !== "function")
    refuse(name, "an AbortSignal", value);
};

/** An object with options, and with what every call may be given. */
export function options(fields: Record<string, Check> = {}): Check {
  return record({ signal: optional(signal), onprogress: optional(callable), ...fields });
}

/** Numbers that one call may bring, 1 GB: they are copied, and the engine's memory ends at four. */
const MOST_NUMBERS = 2 ** 28;

/** Refuses more numbers than the engine has memory for. */
export function held({ length }: Float32Array, name: string): void {
  if (length <= MOST_NUMBERS) return;
  const most = String(MOST_NUMBERS);
  throw new BlindSpotsError("too-large", `${name} has ${length} numbers; one call may bring ${most}`);
}

/** A Float32Array. What has to be an image is looked at where its network is known. */
export const floats: Check = (value, name) => {
  if (!(value instanceof Float32Array)) refuse(name, "a Float32Array", value);
  present(value.buffer, name);
  held(value, name);
};

/** Refuses a buffer whose bytes were moved elsewhere. */
function present(buffer: ArrayBufferLike, name: string): void {
  try {
    new Uint8Array(buffer);
  } catch {
    throw new BlindSpotsError("bad-request", `the numbers of ${name} were moved elsewhere and are not here`);
  }
}

/** Bytes. */
export const bytes: Check = (value, name) => {
  if (!(value instanceof ArrayBuffer || value instanceof Uint8Array))
    refuse(name, "an ArrayBuffer or a Uint8Array", value);
  present(value instanceof ArrayBuffer ? value : value.buffer, name);
};

/** Bytes by names. */
export const files: Check = (value, name) => {
  record()(value, name);
  for (const [file, data] of Object.entries(value as object)) bytes(data, `“${named(file)}”`);
};

/** An address, a name, or bytes. */
export const source: Check = (value, name) => {
  if (value instanceof URL) return;
  if (typeof value !== "string") return bytes(value, `${name}, if no name or address,`);
  if (!URL.canParse(value, document.baseURI)) refuse(name, "the name of a network or an address", value);
};

/** The same, or nothing, also where that is `null`. */
export function perhaps(check: Check): Check {
  return (value, name) => {
    if (value !== undefined && value !== null) check(value, name);
  };
}

/** A number; of which size, or whether it is one at all, the engine looks at. */
export const real: Check = (value, name) => {
  if (typeof value !== "number") refuse(name, "a number", value);
};

/** A whole number from 0; whether there is anything of that number, the engine looks at. */
export const whole: Check = (value, name) => {
  if (!Number.isInteger(value) || (value as number) < 0) refuse(name, "a whole number from 0", value);
};

/** A list of them. */
export const wholes: Check = (value, name) => {
  if (!Array.isArray(value)) refuse(name, "a list of whole numbers from 0", value);
  for (const [place, one] of (value as unknown[]).entries()) whole(one, `${name}[${place}]`);
};

/** A text. */
export const text: Check = (value, name) => {
  if (typeof value !== "string") refuse(name, "a text", value);
};

/** Yes or no. */
export const truth: Check = (value, name) => {
  if (typeof value !== "boolean") refuse(name, "true or false", value);
};

/** The number of a network. */
export const network: Check = (value, name) => {
  if (!Number.isInteger(value) || (value as number) < 0)
    refuse(name, "the number of a network, such as the id of what load() gives", value);
};

/** Numbers of networks. */
export const models: Check = (value, name) => {
  if (!Array.isArray(value)) refuse(name, "a list of numbers of networks", value);
  for (const [place, one] of (value as unknown[]).entries()) network(one, `${name}[${place}]`);
};

/** More than any browser can hold images for. */
const MOST_LABELS = 2 ** 24;

/** A list of classes; whether there are such classes is looked at later. */
export const labels: Check = (value, name) => {
  const { length } = isLike(value) ? value : {};
  const some = typeof length === "number" && Number.isInteger(length) && length >= 0 && length <= MOST_LABELS;
  if (!some) refuse(name, "a list of classes", value);
};

function isLike(value: unknown): value is { length?: unknown } {
  return typeof value === "object" && value !== null;
}

/** A list of classes, or one. */
export const labelOrLabels: Check = (value, name) => {
  if (typeof value !== "number") labels(value, name);
};

/** A drawing. One of too many points takes long to send, too, so that it is refused before that. */
export const strokes: Check = (value, name) => {
  if (!Array.isArray(value)) refuse(name, "a list of strokes", value);
  let points = countedIn(0, value);
  for (const stroke of value as unknown[]) {
    const path = isRecord(stroke) ? stroke["points"] : null;
    if (!Array.isArray(path)) refuse("a stroke", "an object with a list of points", stroke);
    points = countedIn(points, path);
  }
  for (const stroke of value as { points: unknown[]; width: unknown }[]) {
    real(stroke.width, "the width of a stroke");
    for (const point of stroke.points) coordinates(point, "a point");
  }
};

const coordinates = record({ x: real, y: real });

function countedIn(points: number, { length }: unknown[]): number {
  if (points + length <= mostPoints) return points + length;
  const most = mostPoints.toLocaleString("en");
  throw new BlindSpotsError("too-large", `a drawing has at most ${most} strokes and points`);
}

/** What can be gone through. */
export const iterable: Check = (value, name) => {
  const { [Symbol.iterator]: iterator } = (value ?? {}) as Partial<Iterable<unknown>>;
  if (typeof iterator !== "function") refuse(name, "a list", value);
};

/** A function. */
export const callable: Check = (value, name) => {
  if (typeof value !== "function") refuse(name, "a function", value);
};

/** One of a few words. */
export function word(words: readonly string[]): Check {
  return (value, name) => {
    if (!words.includes(value as string)) refuse(name, words.map((one) => `"${one}"`).join(" or "), value);
  };
}

/** The first check for text, the other for everything else. */
export function textOr(text: Check, other: Check): Check {
  return (value, name) => (typeof value === "string" ? text(value, name) : other(value, name));
}

type Method = (this: unknown, ...values: unknown[]) => unknown;

/** Has the arguments of methods looked at first; each of them answers with a promise, or with a generator. */
export function guard(owner: object, signatures: Signatures): void {
  for (const [name, checks] of Object.entries(signatures)) {
    const method = Reflect.get(owner, name) as Method;
    const look = (values: unknown[]) => {
      Object.entries(checks).forEach(([argument, check], place) => check(values[place], argument));
    };
    const generates = Object.prototype.toString.call(method) === "[object AsyncGeneratorFunction]";
    const value: Method = generates
      ? async function* (...values) {
          look(values);
          yield* method.apply(this, values) as AsyncGenerator;
        }
      : function (...values) {
          // What an executor throws is what its promise rejects with.
          return new Promise((resolve) => {
            look(values);
            resolve(method.apply(this, values));
          });
        };
    Object.defineProperty(owner, name, { value, writable: true, configurable: true });
  }
}
