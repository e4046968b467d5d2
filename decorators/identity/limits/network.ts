/** Networks, as limits count them: one person has one IPv4 address, and 2^64 addresses of IPv6. */
import type { Client } from "../../../core/contracts/identity.ts";

/** Before the network of a server that asks for many: it is told apart from others, and nobody is at home there. */
const SERVER = "server ";

/** The network that a client is counted by; "" where none is known. */
export function networkOfClient({ address, isPerson }: Client): string {
  return address === undefined || isPerson ? networkOf(address) : SERVER + networkOf(address);
}

/** Whether a network can be one person's own. */
export function isPersonal(network: string): boolean {
  return network !== "" && !network.startsWith(SERVER);
}

/** Longer than any address; what is no address stands for itself. */
const TEXT_CHARS_MAX = 64;

/**
 * The network of an address: itself for IPv4, its first 64 bits for IPv6, "" where it is not known.
 *
 * @example networkOf("2001:db8::7:1") // "2001:db8:0:0/64"
 */
export function networkOf(address: string | undefined): string {
  if (address === undefined) return "";
  const text = address.trim().toLowerCase().slice(0, TEXT_CHARS_MAX);
  const mapped = /^::ffff:(\d+\.\d+\.\d+\.\d+)$/.exec(text)?.[1];
  if (mapped !== undefined) return mapped;
  if (!text.includes(":")) return text;
  const [head = "", tail] = text.split("::");
  const before = groupsOf(head);
  const after = tail === undefined ? [] : groupsOf(tail);
  const zeros = tail === undefined ? 0 : Math.max(0, 8 - before.length - after.length);
  const groups = [...before, ...Array.from({ length: zeros }, () => "0"), ...after];
  return `${groups.slice(0, 4).map(shortest).join(":")}/64`;
}

function groupsOf(text: string): string[] {
  return text === "" ? [] : text.split(":");
}

/** Without leading zeros: one group has one form. */
function shortest(group: string): string {
  return group.replace(/^0+(?=.)/, "");
}
