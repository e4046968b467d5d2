/** Each test of a Worker begins with empty storage: the pool isolates files from each other, not tests. */
import { reset } from "cloudflare:test";
import { afterEach } from "vitest";

afterEach(reset);
