/** Steps that ask something of the platform. */
import { createHmac } from "node:crypto";
import { describe, expect, it, vi } from "vitest";
import { Later, Reject } from "../../../decorators/contract.ts";
import { contextWith, memoryServices } from "./memory-services.ts";
import { dataOf, eventOf, find, run } from "./prepare.ts";

const customers = { "c-1": { id: "c-1", name: "Ada", city: "Bonn" }, "7": { id: "7", name: "Seven" } };

describe("lookup", () => {
  const services = memoryServices({ documents: { customers } });
  const context = contextWith({ services });
  const options = { collection: "customers", id: "customer", target: "found" };

  it("takes a number for the id that it reads as", async () => {
    expect(await dataOf("lookup", options, { customer: 7 }, context)).toMatchObject({
      found: { name: "Seven" },
    });
  });

  it("asks for nothing by what is no id", async () => {
    await expect(dataOf("lookup", options, { customer: {} }, context)).rejects.toThrow("customer: is no id.");
    await expect(dataOf("lookup", options, { customer: null }, context)).rejects.toThrow(
      "customer: is missing.",
    );
    expect(await dataOf("lookup", { ...options, ignoreMissing: true }, {}, context)).toEqual({});
  });

  it("lets an event wait for its document where that is wanted", async () => {
    const waits = dataOf("lookup", { ...options, missing: "wait" }, { customer: "c-2" }, context);

    await expect(waits).rejects.toBeInstanceOf(Later);
    expect(await dataOf("lookup", { ...options, missing: "ignore" }, { customer: "c-2" }, context)).toEqual({
      customer: "c-2",
    });
  });

  it("says that it needs its collection", () => {
    expect(find("lookup")?.prepare(options, ["steps", 3, "with"], find)).toMatchObject({
      needs: [{ kind: "collection", name: "customers", path: "steps[3].with.collection" }],
    });
  });
});

describe("foreach", () => {
  const steps = [
    { use: "lookup", with: { collection: "customers", id: "c", target: "name", select: ["name"] } },
  ];

  it("asks for all elements at once", async () => {
    const waiting: (() => void)[] = [];
    const services = memoryServices();
    services.documents.read = async (_, ids) => {
      const { promise, resolve } = Promise.withResolvers<void>();
      waiting.push(resolve);
      await promise;
      return ids.map((id) => ({ id, name: `n-${id}` }));
    };
    const made = dataOf(
      "foreach",
      { field: "list", steps },
      { list: [{ c: "a" }, { c: "b" }, { c: "c" }] },
      contextWith({ services }),
    );
    await vi.waitFor(() => expect(waiting).toHaveLength(3));
    for (const resolve of waiting.toReversed()) resolve();

    expect(await made).toEqual({
      list: ["a", "b", "c"].map((c) => ({ c, name: { id: c, name: `n-${c}` } })),
    });
  });

  it("fails as its elements do, and leaves no failure unheard", async () => {
    const services = memoryServices();
    services.documents.read = async () => {
      throw new Later("out of reach");
    };
    const list = [{ c: "a" }, { c: {} }, { c: "b" }];

    await expect(
      dataOf("foreach", { field: "list", steps }, { list }, contextWith({ services })),
    ).rejects.toThrow(/out of reach|list\[1\]: c: is no id/);
  });

  it("needs what its steps need", () => {
    expect(find("foreach")?.prepare({ field: "a", steps }, ["with"], find)).toMatchObject({
      needs: [{ kind: "collection", name: "customers", path: "with.steps[0].with.collection" }],
    });
  });

  it("gives each element an event of its own, with the attributes of the whole", async () => {
    const inner = [{ use: "set", with: { from: { id: "@id", of: "@subject" } } }];
    const [made] = await run(
      "foreach",
      { field: "list", steps: inner },
      { id: "7", subject: "s", data: { list: [{}, {}] } },
    );

    expect(made?.data).toEqual({
      list: [
        { id: "7:0", of: "s" },
        { id: "7:1", of: "s" },
      ],
    });
    expect(made?.id).toBe("7");
  });

  it("takes an array that is all of the data", async () => {
    expect(
      await dataOf(
        "foreach",
        { field: "$", steps: [{ use: "convert", with: { field: "$", type: "string" } }] },
        [1, 2],
      ),
    ).toEqual(["1", "2"]);
  });
});

describe("pipeline", () => {
  it("tells the other pipeline who called", async () => {
    const calls: (readonly string[])[] = [];
    const services = memoryServices({
      run: async (_, event, context) => {
        calls.push(context.calls);
        return [event];
      },
    });
    await run("pipeline", { pipeline: "b" }, {}, contextWith({ pipeline: "a", calls: [], services }));
    await run("pipeline", { pipeline: "c" }, {}, contextWith({ pipeline: "a", calls: ["b"], services }));

    expect(calls).toEqual([["b"], ["b", "c"]]);
  });

  it.each([
    ["itself", "a", []],
    ["one that called it", "b", ["b", "c"]],
  ])("does not run %s", async (_, pipeline, calls) => {
    await expect(run("pipeline", { pipeline }, {}, contextWith({ pipeline: "a", calls }))).rejects.toThrow(
      "run itself",
    );
  });

  it("is called through so many others and no more", async () => {
    const calls = Array.from({ length: 8 }, (_, n) => `p${n}`);

    await expect(run("pipeline", { pipeline: "last" }, {}, contextWith({ calls }))).rejects.toThrow(
      "More than 8",
    );
  });

  it("filters and splits as the other's steps do", async () => {
    const services = memoryServices({
      run: async (_, event) => (event.id === "none" ? [] : [event, { ...event, id: "2" }]),
    });

    expect(await run("pipeline", { pipeline: "b" }, { id: "none" }, contextWith({ services }))).toEqual([]);
    expect(await run("pipeline", { pipeline: "b" }, { id: "1" }, contextWith({ services }))).toHaveLength(2);
  });
});

describe("a key", () => {
  const secret = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw";
  const options = { scheme: "standard-webhooks", key: { secret: "ORDERS" } };

  it("can be a secret, which is read when it is needed and may change", async () => {
    const secrets: Record<string, string> = { ORDERS: secret };
    const services = memoryServices();
    services.secrets.get = (name) => secrets[name];
    const sign = find("sign")?.prepare(options, ["with"], find);
    if (sign?.ok !== true) throw new Error("not prepared");
    const event = eventOf({ data: { b: 1, a: 2 } });
    const signed = async (): Promise<unknown> => sign.decorate(event, contextWith({ services }));
    const first = await signed();
    secrets["ORDERS"] = "another";
    const second = await signed();
    const timestamp = "1772366400";
    const expected = createHmac(
      "sha256",
      Uint8Array.from(atob(secret.slice(6)), (byte) => byte.charCodeAt(0)),
    )
      .update(`1.${timestamp}.{"a":2,"b":1}`)
      .digest("base64");

    expect(first).toMatchObject({ webhooksignature: `v1,${expected}`, webhooktimestamp: timestamp });
    expect(second).not.toEqual(first);
  });

  it("that is not there is no fault of the event, which is tried again", async () => {
    const error = await run("sign", options, {}).catch((thrown: unknown) => thrown);

    expect(error).toMatchObject({ message: "The secret UMBEL_SECRET_ORDERS is not set." });
    expect(error).not.toBeInstanceOf(Reject);
  });

  it("is in no error and no event", async () => {
    const [signed] = await run("sign", { key: "very secret" }, { data: { a: 1 } });

    expect(JSON.stringify(signed)).not.toContain("very secret");
  });
});

describe("user-agent and geo", () => {
  it("leave an event of which nothing is known, or reject it", async () => {
    expect(await run("geo", {}, {})).toEqual([eventOf({})]);
    expect(await run("user-agent", {}, {})).toEqual([eventOf({})]);
    await expect(run("geo", { unknown: "reject" }, {})).rejects.toThrow("Nothing is known");
    await expect(run("user-agent", { ignoreMissing: false }, {})).rejects.toThrow("no User-Agent");
  });

  it("read texts of any length", async () => {
    const agent = `Mozilla/5.0 (${"a;".repeat(40_000)}`;

    expect(await dataOf("user-agent", { field: "a", target: "b" }, { a: agent })).toMatchObject({ b: {} });
  });
});
