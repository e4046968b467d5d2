// What a command says when it can't go on: a message for the person who ran it, without a stack.

/** An error whose message is meant for the user: it says what is wrong and what to do. */
export class Failure extends Error {
  /** @override */
  name = "Failure";
}

/**
 * Runs a command's main function, and turns what it throws into a message and exit code 1.
 * @param {() => Promise<void>} main
 */
export async function runCommand(main) {
  try {
    await main();
  } catch (error) {
    process.exitCode = 1;
    console.error(error instanceof Failure ? `\n${error.message}\n` : error);
  }
}
