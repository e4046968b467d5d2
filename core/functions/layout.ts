/** Where modules lie in a function's isolate. Users' paths can't begin with what is not their folder. */

export const USER_FOLDER = "user";
export const HARNESS_FOLDER = "umbel";

/** What users import of the platform, by this bare name. */
export const PLATFORM_IMPORT = "umbel";

/** The name that instrumented code counts its steps by; a user's code may not have it. */
export const FUEL_NAME = "$umbel";
