/**
 * Lets go of what an RPC has answered, which stays as it is: until then, or until the garbage collector comes by, whoever asked counts as busy, and a
 * Durable Object that does can't be evicted.
 */
export function release(answer: object): void {
  // What `using` would do. The library with its types makes TypeScript take every answer of a service for `never`.
  const method: unknown = Reflect.get(answer, Reflect.get(Symbol, "dispose"));
  if (typeof method === "function") method.call(answer);
}
