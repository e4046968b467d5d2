/**
 * Counts what Durable Objects use beside the platform's own metering and without its code: the rows of every cursor that SQLite
 * gives out, and each call on a stub by whoever calls. Bundled into Workers by `bundledWorker(…, {counted: …})`; what it has counted is had by a
 * fetch of that Worker.
 */

import type { DurableObjectNamespace, DurableObjectState } from "@cloudflare/workers-types";

interface Counted {
  rowsRead: number;
  rowsWritten: number;
  requests: number;
}

const cursors: { rowsRead: number; rowsWritten: number }[] = [];
let requests = 0;
let alarmsSet = 0;

/** Cursors are read on after they are given out, so that they are added up when somebody asks. */
export function report(): Counted {
  const sum = (value: (cursor: { rowsRead: number; rowsWritten: number }) => number): number =>
    cursors.reduce((total, cursor) => total + value(cursor), 0);
  return {
    rowsRead: sum(({ rowsRead }) => rowsRead),
    rowsWritten: sum(({ rowsWritten }) => rowsWritten) + alarmsSet,
    requests,
  };
}

type Constructed = new (ctx: DurableObjectState, env: object) => object;

/** A Durable Object's class whose objects have their statements and alarms counted, and their calls on others. */
export function countedObject(Class: Constructed, namespace: string): Constructed {
  return class extends Class {
    constructor(ctx: DurableObjectState, env: object) {
      const { sql } = ctx.storage;
      const exec = sql.exec.bind(sql);
      Object.defineProperty(sql, "exec", {
        value: (...args: Parameters<typeof exec>) => {
          const cursor = exec(...args);
          // Miniflare notes the names of objects in their own databases.
          if (!args[0].includes("__miniflare")) cursors.push(cursor);
          return cursor;
        },
      });
      const setAlarm = ctx.storage.setAlarm.bind(ctx.storage);
      Object.defineProperty(ctx.storage, "setAlarm", {
        value: (...args: Parameters<typeof setAlarm>) => {
          alarmsSet += 1;
          return setAlarm(...args);
        },
      });
      super(ctx, withCountedStubs(env, namespace));
    }

    async alarm(...args: unknown[]): Promise<void> {
      requests += 1;
      // Its class has an alarm, or the platform would call none.
      const alarm = Reflect.get(Class.prototype, "alarm") as (...passed: unknown[]) => Promise<void>;
      await alarm.apply(this, args);
    }
  };
}

/** An entrypoint's class whose calls on Durable Objects are counted. */
export function countedCaller<C extends new (ctx: never, env: never) => object>(
  Class: C,
  namespace: string,
): unknown {
  // A class that extends another whatever its arguments are needs `any` of them.
  const Base = Class as unknown as new (ctx: unknown, env: object) => object;
  return class extends Base {
    constructor(ctx: unknown, env: object) {
      super(ctx, withCountedStubs(env, namespace));
    }
  };
}

/** The bindings, with each call on a stub of one namespace counted. */
export function withCountedStubs(env: object, name: string): object {
  const namespace = Reflect.get(env, name) as DurableObjectNamespace; // as the configuration binds it
  const counted = {
    getByName: (...args: Parameters<typeof namespace.getByName>) => countedStub(namespace.getByName(...args)),
  };
  return Object.create(env, { [name]: { value: counted } }) as object;
}

function countedStub(stub: object): object {
  return new Proxy(stub, {
    get(_, method) {
      const called: unknown = Reflect.get(stub, method);
      if (typeof called !== "function") return called;
      return (...args: unknown[]): unknown => {
        requests += 1;
        return Reflect.apply(called, stub, args);
      };
    },
  });
}
