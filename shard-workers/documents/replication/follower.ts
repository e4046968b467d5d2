/**
 * The side of a replica that follows. It applies what the primary decided, in the primary's order, batch by batch; where a
 * push leaves a gap it pulls; where the log does not lead on, or its own rows are damaged, it copies all documents, and
 * serves no reads until it has them. Its position is durable with what it stands for, so that a death at any point leaves a
 * replica that is behind, never one that is wrong.
 */
import {
  LOG_START,
  samePosition,
  type LogEntry,
  type Position,
} from "../../../core/contracts/replication.ts";
import { failure, type Failure } from "../../../core/errors.ts";
import type { CopyPiece, PullAnswer, Pulled, Push, ReplicaStatus, Whereabouts } from "./messages.ts";

/** The replica's documents. Each method is one transaction; any may throw what `isDamage` knows. */
export interface FollowerStore {
  readonly position: Position;
  /** In a copy that is not whole: the id up to which it has all documents. */
  readonly copiedTo: string | undefined;
  apply(entry: LogEntry): void;
  copy(piece: CopyPiece): void;
  /** Forgets all documents, and is a copy of none from then on. Works on damaged rows, too. */
  reset(): void;
}

export interface FollowerSetting {
  store: FollowerStore;
  /** May reject: the primary could not be reached. */
  pull: (whereabouts: Whereabouts) => Promise<PullAnswer>;
  isDamage: (error: unknown) => boolean;
}

/** How a catch-up ended: how far the primary was, or why it could not go on. */
export type CaughtUp = { ok: true; head: Position } | Failure;

/** The part of the entries that leads on from a position, and whether entries beyond it are missing. */
export function applicable(
  position: Position,
  entries: readonly LogEntry[],
): { apply: LogEntry[]; gap: boolean } {
  const apply: LogEntry[] = [];
  let at = position;
  for (const entry of entries) {
    if (entry.position.sequence <= at.sequence) continue;
    if (!samePosition(entry.after, at)) return { apply, gap: true };
    apply.push(entry);
    at = entry.position;
  }
  return { apply, gap: false };
}

export class Follower {
  private readonly setting: FollowerSetting;
  private damaged = false;
  private stopped = false;
  private busy = false;
  private flight: Promise<CaughtUp> | undefined;

  constructor(setting: FollowerSetting) {
    this.setting = setting;
  }

  /** What the primary and the collection's figures are told. */
  get status(): ReplicaStatus {
    const here = this.here();
    if (here === undefined) return { position: LOG_START, condition: "corrupt" };
    return { position: here.position, condition: here.copiedTo === undefined ? "serving" : "rebuilding" };
  }

  /** Takes a push: applies what fits, and pulls what is missing, in the background. */
  receive({ entries, head, ask }: Pick<Push, "entries" | "head" | "ask">): ReplicaStatus {
    const here = this.here();
    if (here !== undefined && here.copiedTo === undefined) {
      const { apply, gap } = applicable(here.position, entries);
      this.guarded(() => {
        for (const entry of apply) this.setting.store.apply(entry);
      });
      const reached = this.here()?.position;
      if (!gap && !ask && reached !== undefined && leadsUpTo(reached, head)) return this.status;
    }
    void this.catchUp();
    return this.status;
  }

  /** Somebody read rows that are damaged. */
  foundDamage(): void {
    this.damaged = true;
    void this.catchUp();
  }

  /** The leaf is purged: nothing is to be written any more. */
  stop(): void {
    this.stopped = true;
  }

  /**
   * Whether a read may be served that must see at least this sequence; what it is answered instead if not. Pulls when this
   * replica is behind; does not wait for a copy, which can take long.
   */
  async reach(sequence: number): Promise<Failure | undefined> {
    let status = this.status;
    if (status.condition === "serving" && status.position.sequence < sequence) {
      // A catch-up that is under way may have been asked before the write; what its end says of the primary is old.
      if (this.busy) await this.flight;
      status = this.status;
      if (status.condition === "serving" && status.position.sequence < sequence) {
        const end = await this.catchUp();
        if (end.ok && end.head.sequence < sequence) return ofTheFuture();
        status = this.status;
      }
    }
    if (status.condition === "corrupt") {
      void this.catchUp();
      return failure("corrupt", "The replica's data is damaged.");
    }
    if (status.condition === "rebuilding") {
      void this.catchUp();
      return failure("replica-behind", "The replica is being rebuilt.");
    }
    if (status.position.sequence >= sequence) return undefined;
    return failure("replica-behind", "The replica has not seen that write yet.");
  }

  /** Pulls until it has what the primary has, or can't. One at a time: who asks meanwhile waits for the same end. */
  async catchUp(): Promise<CaughtUp> {
    if (!this.busy || this.flight === undefined) this.flight = this.pullAll();
    return this.flight;
  }

  private async pullAll(): Promise<CaughtUp> {
    this.busy = true;
    try {
      for (;;) {
        const end = await this.pullOnce();
        if (end !== undefined) return end;
      }
    } catch (error) {
      console.error(JSON.stringify({ event: "catch-up-failed", error: String(error) }));
      return failure("internal", "The replica could not apply what the primary gave it.");
    } finally {
      this.busy = false;
    }
  }

  /** The end, when this was the last pull. */
  private async pullOnce(): Promise<CaughtUp | undefined> {
    const here = this.here();
    const answer = await this.pull(here ?? { position: LOG_START, copiedTo: "" });
    if (this.stopped) return failure("unavailable", "The replica is gone.");
    if (!answer.ok) return answer;
    const { pulled } = answer;
    this.guarded(() => this.take(pulled, here));
    const reached = this.here();
    if (reached === undefined) return failure("corrupt", "The replica's data is damaged.");
    if (reached.copiedTo === undefined && leadsUpTo(reached.position, pulled.head)) {
      return { ok: true, head: pulled.head };
    }
    // What brings it no further would not the next time either.
    if (here === undefined || !samePlace(here, reached)) return undefined;
    return failure("replica-behind", "The replica could not apply what the primary gave it.");
  }

  private async pull(request: Place): Promise<PullAnswer> {
    const { position, copiedTo } = request;
    try {
      return await this.setting.pull(copiedTo === undefined ? { position } : { position, copiedTo });
    } catch (error) {
      return failure("unavailable", `The primary could not be reached: ${String(error)}`);
    }
  }

  /** `asked`: where the replica was when it asked for this; undefined: damaged. */
  private take(pulled: Pulled, asked: Place | undefined): void {
    const { store } = this.setting;
    if (pulled.kind === "entries") {
      for (const entry of applicable(store.position, pulled.entries).apply) store.apply(entry);
      return;
    }
    if (pulled.anew) {
      store.reset();
      this.damaged = false;
    } else if (asked === undefined || !samePlace(asked, store)) return;
    store.copy(pulled.piece);
  }

  /** Where the replica is; undefined when its rows are damaged. */
  private here(): Place | undefined {
    if (this.damaged) return undefined;
    let place: Place | undefined;
    this.guarded(() => {
      const { position, copiedTo } = this.setting.store;
      place = { position, copiedTo };
    });
    return place;
  }

  private guarded(run: () => void): void {
    try {
      run();
    } catch (error) {
      if (!this.setting.isDamage(error)) throw error;
      this.damaged = true;
    }
  }
}

interface Place {
  position: Position;
  copiedTo: string | undefined;
}

function samePlace(a: Place, b: Place): boolean {
  return samePosition(a.position, b.position) && a.copiedTo === b.copiedTo;
}

/** Whether nothing is missing up to a head, which may be an old one. */
function leadsUpTo(position: Position, head: Position): boolean {
  return position.sequence > head.sequence || samePosition(position, head);
}

/** Of a read whose bookmark names more than the primary has. */
export function ofTheFuture(): Failure {
  return failure("invalid-bookmark", "The bookmark is of the future: the collection has not come so far.");
}
