/** Thrown for a step that took too long: its event is tried again, but fewer times than after another failure. */
export class TooLate extends Error {
  override readonly name = "TooLate";
}
