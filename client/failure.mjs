// What a command ends with when it can't do what it was told.

export const EXIT_FAILED = 1;
export const EXIT_USAGE = 2;

/** Printed as it is, without a stack. */
export class Failure extends Error {
  /**
   * @param {string} message
   * @param {number} [exitCode]
   */
  constructor(message, exitCode = EXIT_FAILED) {
    super(message);
    this.exitCode = exitCode;
  }
}
