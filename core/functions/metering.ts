/**
 * The part of the harness that counts what natives do in one call: an array of a billion elements is filled without a loop turn
 * of the user's. It also takes away what a function is not to have. JavaScript as text, for `harness.ts`.
 */

export const METERING = `
/** Elements, and characters, that a native goes through for one step. */
const ELEMENTS_PER_STEP = 8;
const CHARS_PER_STEP = 64;

function charge(steps) {
  if (!(steps >= 1)) return;
  fuel.n -= steps > 1e9 ? 1e9 : steps | 0;
  if (fuel.n < 0) fuel.x();
}

/** Methods that go through all of an array, or of what claims to be as long, without calling the user's code. */
for (const name of [
  "concat", "copyWithin", "fill", "flat", "includes", "indexOf", "join", "lastIndexOf", "reverse", "slice", "sort",
  "splice", "toReversed", "toSorted", "toSpliced", "toString", "unshift", "with",
]) {
  const native = Array.prototype[name];
  hide(Array.prototype, name, { [name](a, b) {
    const length = this?.length;
    if (length > 64) charge(length / ELEMENTS_PER_STEP);
    return apply(native, this, arguments);
  } }[name]);
}

/** Methods of text, and how long it gets. */
for (const [name, lengthOf] of [
  ["repeat", (text, count) => text.length * count],
  ["padStart", (_, length) => length],
  ["padEnd", (_, length) => length],
  ["split", (text) => text.length * 8],
]) {
  const native = String.prototype[name];
  hide(String.prototype, name, { [name](a, b) {
    if (typeof this === "string" && (a > 64 || this.length > 64)) charge(lengthOf(this, a) / CHARS_PER_STEP);
    return apply(native, this, arguments);
  } }[name]);
}

hide(Array, "from", { from(items, ...others) {
  const list = items?.[Symbol.iterator] === undefined ? items : fuel.s(items);
  if (list?.length > 64) charge(list.length / ELEMENTS_PER_STEP);
  return apply(arrayFrom, this, [list, ...others]);
} }.from);

hide(JSON, "parse", { parse(text, reviver) {
  if (text?.length > 64) charge(text.length / CHARS_PER_STEP);
  return reviver === undefined ? parse(text) : parse(text, reviver);
} }.parse);

/** Memory that is asked for in one piece: by its bytes, or by the length of what it is made of. */
for (const name of [
  "ArrayBuffer", "Uint8Array", "Int8Array", "Uint16Array", "Int16Array", "Uint32Array", "Int32Array", "BigUint64Array",
  "BigInt64Array", "Uint8ClampedArray", "Float16Array", "Float32Array", "Float64Array",
]) {
  const Native = globalThis[name];
  const metered = new NativeProxy(Native, {
    construct(target, args, newTarget) {
      const [size] = args;
      const length = typeof size === "object" && size !== null ? (size.length ?? 0) : size;
      charge((length * (Native.BYTES_PER_ELEMENT ?? 1)) / CHARS_PER_STEP);
      return construct(target, args, newTarget === metered ? target : newTarget);
    },
  });
  hide(Native.prototype, "constructor", metered);
  hide(globalThis, name, metered);
}

/** What is spread: as it is where it is a list, else as one, each element a step. */
fuel.s = function spread(value) {
  if (isArray(value) || typeof value === "string") {
    if (value.length > 64) charge(value.length / ELEMENTS_PER_STEP);
    return value;
  }
  if (value === null || typeof value !== "object" || typeof value[Symbol.iterator] !== "function") return value;
  const elements = [];
  for (const element of value) {
    if (--fuel.n < 0) fuel.x();
    elements[elements.length] = element;
  }
  return elements;
};

function hide(object, name, value) {
  defineProperty(object, name, { value, writable: true, enumerable: false, configurable: true });
}

/** A function has no network, nothing that blocks the thread, and writes no logs. */
function noNetwork() {
  throw new Error("a function has no network");
}
for (const name of ["fetch", "WebSocket", "EventSource"]) hide(globalThis, name, noNetwork);
for (const name of ["Atomics", "SharedArrayBuffer", "WebAssembly", "caches", "Cloudflare", "navigator", "process", "Buffer", "global"]) {
  delete globalThis[name];
}
for (const name of keys(console)) console[name] = () => {};
`;
