import path from "node:path";
import { describe, expect, it } from "vitest";
import { projectRoot } from "../../../tools/project.mjs";
import { readStartOptions } from "../../../tools/start-options.mjs";

describe("the options of a local run", () => {
  it("have defaults", () => {
    expect(readStartOptions({})).toEqual({
      port: 8787,
      stateFolder: path.join(projectRoot, ".wrangler/state"),
      examples: true,
      faults: false,
      eventFaults: undefined,
      privateWebhooks: false,
      key: undefined,
      identityKeys: undefined,
      variables: {},
    });
  });

  it("come from the environment", () => {
    const options = readStartOptions({
      PORT: "9000",
      UMBEL_STATE: "/var/umbel",
      UMBEL_EXAMPLES: "0",
      UMBEL_FAULTS: "1",
      UMBEL_EVENT_FAULTS: "0.1",
      UMBEL_WEBHOOKS_PRIVATE: "1",
      UMBEL_CORS_ORIGINS: "https://a.example, http://localhost:3000",
      UMBEL_ADMIN_KEY: "k",
      UMBEL_IDENTITY_KEYS: "a:b",
      OTEL_EXPORTER_OTLP_ENDPOINT: "http://127.0.0.1:4318",
      OTEL_EXPORTER_OTLP_HEADERS: "",
    });
    expect(options).toEqual({
      port: 9000,
      stateFolder: "/var/umbel",
      examples: false,
      faults: true,
      eventFaults: "0.1",
      privateWebhooks: true,
      key: "k",
      identityKeys: "a:b",
      variables: {
        OTEL_EXPORTER_OTLP_ENDPOINT: "http://127.0.0.1:4318",
        UMBEL_CORS_ORIGINS: "https://a.example, http://localhost:3000",
      },
    });
  });

  it("take a relative data folder to be in the project", () => {
    expect(readStartOptions({ UMBEL_STATE: "data" }).stateFolder).toBe(path.join(projectRoot, "data"));
  });

  it("take an empty key for none", () => {
    expect(readStartOptions({ UMBEL_ADMIN_KEY: "" }).key).toBeUndefined();
  });

  it.each(["0", "65536", "-1", "80.5", "0x50", "http"])("refuse the port %j", (port) => {
    expect(() => readStartOptions({ PORT: port })).toThrow(`PORT is "${port}"`);
  });

  it.each([
    "app.example",
    "https://app.example/",
    "https://app.example/x",
    "https://a.example;https://b.example",
  ])("refuse the origin %j, which no browser sends", (origin) => {
    expect(() => readStartOptions({ UMBEL_CORS_ORIGINS: `*,${origin}` })).toThrow(`names "${origin}"`);
  });

  it.each(["a b", "schlüssel", "a\nb"])("refuse the key %j, which no header could carry", (key) => {
    expect(() => readStartOptions({ UMBEL_ADMIN_KEY: key })).toThrow(
      "UMBEL_ADMIN_KEY must be printable ASCII",
    );
  });
});
