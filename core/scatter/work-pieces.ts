/** Work as ranges of slots: cut, taken up a second time, and put together again from whoever was first. */
import type { SlotSpan } from "../slots.ts";

/** A range of the work. It is done when it is answered, or all of the pieces are that it was cut into for others. */
export interface Piece<T> {
  span: SlotSpan;
  parent: Piece<T> | undefined;
  /** Made to help whoever has it. */
  pieces: Piece<T>[];
  answer?: T;
  /** Leaves that have failed with it. */
  failedAt: Set<number>;
}

export function pieceOf<T>(span: SlotSpan, parent: Piece<T> | undefined): Piece<T> {
  const piece: Piece<T> = { span, parent, pieces: [], failedAt: new Set() };
  parent?.pieces.push(piece);
  return piece;
}

export function slotsIn({ from, to }: SlotSpan): number {
  return to - from;
}

/** Takes the first so many slots off a piece as a piece of their own; all of it where there are no more. */
export function cut<T>(piece: Piece<T>, slots: number): Piece<T> {
  const { from, to } = piece.span;
  if (slots >= to - from) return piece;
  const first = pieceOf({ from, to: from + slots }, piece.parent);
  for (const replica of piece.failedAt) first.failedAt.add(replica);
  piece.span = { from: from + slots, to };
  return first;
}

/** Cuts a piece into as many for others; whoever has it goes on with it. */
export function divide<T>(piece: Piece<T>, count: number): Piece<T>[] {
  const { from, to } = piece.span;
  const at = (part: number): number => from + Math.round((part * (to - from)) / count);
  return Array.from({ length: count }, (_, part) => pieceOf({ from: at(part), to: at(part + 1) }, piece));
}

export function isDone<T>({ answer, pieces }: Piece<T>): boolean {
  return answer !== undefined || (pieces.length > 0 && pieces.every(isDone));
}

/** Whether it no longer matters, since it, or what it is a piece of, is done. */
export function isSettled<T>(piece: Piece<T>): boolean {
  for (let place: Piece<T> | undefined = piece; place !== undefined; place = place.parent)
    if (isDone(place)) return true;
  return false;
}

/** The answers that there are, no slot twice. */
export function answersIn<T>({ answer, pieces, span }: Piece<T>): { answer: T; slots: number }[] {
  if (answer !== undefined) return [{ answer, slots: slotsIn(span) }];
  return pieces.flatMap(answersIn);
}
