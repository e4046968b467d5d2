import { describe, expect, it } from "vitest";
import { deploymentOrder } from "../../../tools/deploy-order.mjs";

const names = (workers: { name: string }[]) => workers.map(({ name }) => name);

describe("the order of deployment", () => {
  it("puts each Worker behind all that its bindings name", () => {
    const order = deploymentOrder([
      { name: "root", needs: ["documents", "journal", "catalog"] },
      { name: "pipelines", needs: ["journal", "documents"] },
      { name: "documents", needs: ["catalog"] },
      { name: "journal", needs: ["catalog"] },
      { name: "catalog", needs: [] },
    ]);
    expect(names(order)).toEqual(["catalog", "documents", "journal", "root", "pipelines"]);
  });

  it("takes Workers of others to be there, and a binding to itself to be none", () => {
    const order = deploymentOrder([{ name: "root", needs: ["root", "somebody-elses"] }]);
    expect(names(order)).toEqual(["root"]);
  });

  it("names the Workers whose bindings form a cycle", () => {
    const workers = [
      { name: "catalog", needs: [] },
      { name: "journal", needs: ["pipelines"] },
      { name: "pipelines", needs: ["journal", "catalog"] },
    ];
    expect(() => deploymentOrder(workers)).toThrow("deployed first: journal, pipelines.");
  });
});
