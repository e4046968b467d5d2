/** Modules that mean harm, or are merely wrong, and what each is answered with. After each the platform goes on as before. */

export interface HostileModule {
  /** What it does. */
  does: string;
  modules: string | Record<string, string>;
  main?: string;
  examples?: object[];
  input?: unknown;
  /** What the upload is answered with, where it is refused. */
  refused?: { code: string | string[]; says: string | RegExp };
  /** What its invocation is answered with: an error (of several, whichever limit is met first), or a result. */
  fails?: { code: string | string[]; says?: string | RegExp; line?: number };
  result?: unknown;
}

/** A module of one function. */
export const handle = (body: string): string => `export async function handle(input) {\n${body}\n}`;
