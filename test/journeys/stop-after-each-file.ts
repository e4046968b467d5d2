/** Whatever a journey has started ends with its file, whether its tests pass or not. */
import { afterAll } from "vitest";
import { stopEverything } from "../support/running.ts";

afterAll(stopEverything);
