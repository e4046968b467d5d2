/** The identity Worker: second factors, and sign-up. It is reached by its entrypoints alone. */
export { Accounts } from "./accounts/accounts.ts";
export { Limit } from "./limits/limit.ts";
export { IdentityService } from "./service.ts";
export { SignupLinks, SignupService } from "./signup/service.ts";
export { Signups } from "./signup/signups.ts";

export default {
  fetch(): Response {
    return new Response(null, { status: 404 });
  },
} satisfies ExportedHandler;
