/** Where modules lie in a function's isolate. Users' paths can't begin with what is not their folder. */

export const USER_FOLDER = "user";
export const HARNESS_FOLDER = "umbel";

/** What users import of the platform, by this bare name. */
export const PLATFORM_IMPORT = "umbel";

/** What instrumented code counts its steps by. A user's code may have no name that begins so. */
export const FUEL_NAME = "$umbel";
