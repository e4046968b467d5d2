// Processes as the system shows them: who started one, with what, and whether a number still means the same process.
// From /proc where there is one (slim Linux images have no `ps`), else from `ps`, as on macOS.

import { execFileSync } from "node:child_process";
import { existsSync, readdirSync, readFileSync } from "node:fs";

/**
 * @typedef {object} ProcessIdentity
 * @property {number} pid
 * @property {string} started when it started, in the system's own form: numbers are used again, a number and its start are not
 */

/**
 * @typedef {object} ProcessFacts
 * @property {number} pid
 * @property {string} started
 * @property {number} parent
 * @property {number} group
 * @property {string[]} args its command line; where only `ps` is there, cut at spaces, also those inside an argument
 */

const hasProc = existsSync("/proc/self/stat");

/**
 * @param {number} pid
 * @returns {ProcessFacts | undefined} undefined when there is none, or it has ended and nobody has asked for its exit code
 */
export function describeProcess(pid) {
  return hasProc ? fromProc(pid) : fromPs(["-p", String(pid)])[0];
}

/**
 * @param {ProcessIdentity} identity
 * @returns {boolean} whether that very process still runs
 */
export function isRunning({ pid, started }) {
  return describeProcess(pid)?.started === started;
}

/**
 * @param {number} group a process group's number
 * @returns {ProcessFacts[]} its members that run
 */
export function processesInGroup(group) {
  const all = hasProc
    ? readdirSync("/proc")
        .filter((name) => /^\d+$/.test(name))
        .flatMap((name) => fromProc(Number(name)) ?? [])
    : fromPs(["-ax"]);
  return all.filter((facts) => facts.group === group);
}

/**
 * Sends a signal to processes; those that have ended by then are no error.
 * @param {Iterable<{pid: number}>} processes
 * @param {NodeJS.Signals} signal
 */
export function signalAll(processes, signal) {
  for (const { pid } of processes) {
    try {
      process.kill(pid, signal);
    } catch {
      // it has ended meanwhile
    }
  }
}

/**
 * @param {number} pid
 * @returns {ProcessFacts | undefined}
 */
function fromProc(pid) {
  try {
    // proc_pid_stat(5): the name in brackets may hold anything, so count from the last bracket: state, ppid, pgrp, … starttime is field 22.
    const stat = readFileSync(`/proc/${pid}/stat`, "utf8");
    const fields = stat.slice(stat.lastIndexOf(")") + 2).split(" ");
    if (fields[0] === "Z" || fields[0] === "X") {
      return undefined;
    }
    const args = readFileSync(`/proc/${pid}/cmdline`, "utf8").split("\0").slice(0, -1);
    return { pid, parent: Number(fields[1]), group: Number(fields[2]), started: fields[19] ?? "", args };
  } catch {
    return undefined;
  }
}

/**
 * @param {string[]} which
 * @returns {ProcessFacts[]}
 */
function fromPs(which) {
  // lstart is five words, in the language and time zone that the environment asks for.
  const env = { PATH: process.env["PATH"], LC_ALL: "C", TZ: "UTC" };
  const line = /^\s*(\d+)\s+(\d+)\s+(\d+)\s+(\S+)\s+(\S+\s+\S+\s+\S+\s+\S+\s+\S+)\s+(.*)$/;
  let output;
  try {
    output = execFileSync("ps", ["-ww", ...which, "-o", "pid=,ppid=,pgid=,stat=,lstart=,command="], {
      env,
      encoding: "utf8",
      stdio: ["ignore", "pipe", "ignore"],
    });
  } catch {
    return []; // `ps` ends with 1 when there is no such process
  }
  return output.split("\n").flatMap((text) => {
    const [, pid, parent, group, state = "", started = "", command = ""] = line.exec(text) ?? [];
    return pid === undefined || state.startsWith("Z")
      ? []
      : [
          {
            pid: Number(pid),
            parent: Number(parent),
            group: Number(group),
            started,
            args: command.split(" "),
          },
        ];
  });
}
