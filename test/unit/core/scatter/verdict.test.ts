import { expect, it } from "vitest";
import { verdictOn } from "../../../../core/scatter/verdict.ts";

it.each(["unavailable", "internal", "corrupt", "deadline-exceeded"] as const)(
  "%s is the replica's fault, and another may do better",
  (code) => {
    expect(verdictOn(code)).toEqual({ retry: true, blame: true });
  },
);

it("a replica that is behind is not at fault, and another may have caught up", () => {
  expect(verdictOn("replica-behind")).toEqual({ retry: true, blame: false });
});

it.each(["stale-epoch", "unknown-collection", "invalid-bookmark", "cancelled"] as const)(
  "%s is what every replica would answer",
  (code) => {
    expect(verdictOn(code)).toEqual({ retry: false, blame: false });
  },
);
