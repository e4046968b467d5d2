/** What is measured: a function, and loops that do little else than turn. */

export const FUNCTION_CODE = `
export function handle(input) {
  return { n: input.n + 1 };
}
export function decorate(event, context) {
  return { ...event, data: { ...event.data, topic: context.topic } };
}
`;

/** Each a module that exports \`loop\`, from the worst case for the counter to what functions do. */
export const LOOPS: Record<string, string> = {
  "an empty sum": "export function loop() { let x = 0; for (let i = 0; i < 1e6; i++) x += i; return x; }",
  "a sum over typed numbers":
    "const all = new Float64Array(1e5).fill(1.5); export function loop() { let x = 0; for (let r = 0; r < 2; r++) for (let i = 0; i < all.length; i++) x += all[i]; return x; }",
  "array methods with arrows":
    "const all = Array.from({ length: 1e5 }, (_, i) => i); export function loop() { let x = 0; for (let r = 0; r < 2; r++) x += all.map((n) => n * 2).filter((n) => n % 3 === 0).reduce((a, b) => a + b, 0); return x; }",
  "fibonacci numbers by calls":
    "const fib = (n) => n < 2 ? n : fib(n - 1) + fib(n - 2); export function loop() { return fib(24); }",
  "words counted":
    "const text = 'the quick brown fox jumps over the lazy dog '.repeat(2000); export function loop() { const counts = new Map(); for (let r = 0; r < 2; r++) for (const word of text.split(' ')) counts.set(word, (counts.get(word) ?? 0) + 1); return [...counts]; }",
  "documents mapped":
    "const documents = Array.from({ length: 5000 }, (_, i) => ({ id: String(i), year: 1990 + i % 30, title: 'A film ' + i, genres: ['a', 'b'] })); export function loop() { const by = {}; for (let r = 0; r < 2; r++) for (const { year, genres, title } of documents) for (const genre of genres) { const key = year + genre; by[key] = (by[key] ?? 0) + title.length; } return by; }",
  "text looked at by character":
    "const text = 'lorem ipsum dolor sit amet '.repeat(4000); export function loop() { let n = 0; for (let r = 0; r < 2; r++) for (let i = 0; i < text.length; i++) if (text.charCodeAt(i) === 32) n++; return n; }",
};
