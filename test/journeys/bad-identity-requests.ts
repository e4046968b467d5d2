/** Requests of the second factor that must be refused, and how. */
import type { BadRequest } from "./bad-requests.ts";

const CHALLENGE = { method: "POST", path: "/v1/identity/challenges" };
const ANSWER = { method: "POST", path: "/v1/identity/challenges/any/verify" };
const ENROLL = { method: "POST", path: "/v1/identity/totp/enrollments" };
const ACCOUNT = { account: "ada" };
const INVALID = { status: 400, code: "invalid-request" };
const CODE = { code: "123456" };

export const BAD_IDENTITY_REQUESTS: BadRequest[] = [
  { what: "no account", ...CHALLENGE, body: {}, ...INVALID, names: "account" },
  { what: "an empty account", ...CHALLENGE, body: { account: "" }, ...INVALID, names: "account" },
  { what: "an account that is a number", ...CHALLENGE, body: { account: 7 }, ...INVALID, names: "account" },
  { what: "an account with a NUL", ...CHALLENGE, body: { account: "a\u0000" }, ...INVALID, names: "account" },
  { what: "half a character", ...CHALLENGE, body: { account: "\ud800" }, ...INVALID, names: "account" },
  { what: "257 bytes", ...ENROLL, body: { account: `${"ä".repeat(128)}a` }, ...INVALID, names: "account" },
  { what: "a list", ...CHALLENGE, body: ["ada"], ...INVALID },
  { what: "an unknown field", ...CHALLENGE, body: { ...ACCOUNT, phone: "+1" }, ...INVALID, names: "phone" },
  {
    what: "no purpose",
    ...CHALLENGE,
    body: { ...ACCOUNT, purpose: "Log in!" },
    ...INVALID,
    names: "purpose",
  },
  {
    what: "no address",
    ...CHALLENGE,
    body: { ...ACCOUNT, address: "300.1.1.1" },
    ...INVALID,
    names: "address",
  },
  {
    what: "a label of two lines",
    ...ENROLL,
    body: { ...ACCOUNT, label: "a\nb" },
    ...INVALID,
    names: "label",
  },
  {
    what: "a long label",
    ...ENROLL,
    body: { ...ACCOUNT, label: "a".repeat(129) },
    ...INVALID,
    names: "label",
  },
  { what: "no account to list", method: "GET", path: ENROLL.path, ...INVALID, names: "account" },
  { what: "a code that is a number", ...ANSWER, body: { code: 123456 }, ...INVALID, names: "code" },
  { what: "an empty code", ...ANSWER, body: { code: "" }, ...INVALID, names: "code" },
  { what: "a code of 65 characters", ...ANSWER, body: { code: "1".repeat(65) }, ...INVALID, names: "code" },
  { what: "no code", ...ANSWER, body: {}, ...INVALID, names: "code" },
  { what: "an unknown challenge", ...ANSWER, body: CODE, status: 410, code: "gone" },
  {
    what: "a challenge that was made up",
    ...ANSWER,
    path: `/v1/identity/challenges/test.${"A".repeat(80)}/verify`,
    body: CODE,
    status: 410,
    code: "gone",
  },
  {
    what: "an enrolment that was made up",
    ...ENROLL,
    path: `${ENROLL.path}/${"0".repeat(64)}/confirm`,
    body: CODE,
    status: 404,
    code: "not-found",
  },
  {
    what: "what is no enrolment",
    method: "DELETE",
    path: `${ENROLL.path}/any`,
    status: 404,
    code: "not-found",
  },
];
