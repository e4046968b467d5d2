/** What the journal does for its callers: it takes events, hands them over until they are settled, and knows their state. */
import type { CloudEvent } from "../cloudevents/event.ts";
import type { Result } from "../errors.ts";
import type { TopicSettings } from "./topic-settings.ts";

/**
 * `accepted` until every pipeline that listened is through with the event; then `dead` if any gave up on it, else
 * `delivered` if any delivered it, else `filtered`: nothing wanted it.
 */
export type EventStateName = "accepted" | "delivered" | "filtered" | "dead";

export interface AcceptedEvent {
  id: string;
  source: string;
  /** It was accepted before, within the window, and is not handed over once more. */
  duplicate?: true;
}

/** How an event fares in one pipeline. */
export interface PipelineEventState {
  name: string;
  /** The version that ran it last; before that, the version at acceptance. */
  version: number;
  state: EventStateName;
  /** Runs that came to an outcome, failed ones included. */
  attempts: number;
  /** What went wrong last. */
  error?: string;
}

export interface EventState {
  id: string;
  source: string;
  state: EventStateName;
  pipelines: PipelineEventState[];
}

/** The ledger of a topic, in events: accepted = delivered + filtered + dead + inFlight, always. */
export interface EventCounts {
  accepted: number;
  delivered: number;
  filtered: number;
  dead: number;
  inFlight: number;
}

export interface Retry {
  index: number;
  error: string;
  delayMs: number;
  /** It was not the event that failed: a part of the platform could not be had. Counted apart from failures. */
  waiting: boolean;
  /** The sinks that have it already, by their keys. */
  done?: string[];
}

/**
 * What became of events of one log row in one pipeline, by their places in the row. The first outcome that settles
 * an event stands: a late or repeated confirmation changes nothing.
 */
export interface Confirmation {
  sequence: number;
  pipeline: string;
  /** The version that ran them. */
  version: number;
  delivered: number[];
  filtered: number[];
  dead: { index: number; error: string }[];
  /** To be handed over again after a delay. */
  retry: Retry[];
}

export type StartAlone = "run" | "give-up" | "skip";

/** An event that goes through one pipeline once more. */
export interface ReplayedEvent {
  event: CloudEvent;
  /** Its place when it was accepted the first time. */
  sequence: number;
  index: number;
  acceptedAt: number;
}

/** Where a replay of a range goes on. */
export interface ReplayPage {
  replayed: number;
  /** To be given to the next call; absent: the range is through. */
  next?: number;
}

/** Each method answers a failure as data; it throws only when the platform itself fails. */
export interface JournalApi {
  ping(): Promise<true>;
  /**
   * Takes all of the events or none. When it answers they are durable, and will be handed to each of `pipelines`
   * until it confirms them. Repeating an event within the window takes it once.
   */
  append(
    topic: string,
    events: CloudEvent[],
  ): Promise<Result<{ accepted: AcceptedEvent[]; pipelines: string[] }>>;
  /**
   * To be called before an event is run that is handed over `alone`, and waited for. `run`: go ahead. `give-up`: it has been
   * begun often enough without an outcome, so that it ends whoever runs it. `skip`: it is settled, or being run elsewhere.
   */
  startAlone(
    topic: string,
    place: { pipeline: string; sequence: number; index: number },
  ): Promise<StartAlone>;
  /** Takes events for one pipeline alone, whether or not it listens, and whether or not they were taken before. */
  replay(
    topic: string,
    pipeline: { name: string; version: number },
    events: ReplayedEvent[],
  ): Promise<Result<{ replayed: number }>>;
  /**
   * Takes the topic's events that were accepted in a range of time (epoch milliseconds, `to` excluded) for one pipeline
   * once more, some at each call. Replays in the range are not repeated, as what they repeat is.
   */
  replayRange(
    topic: string,
    pipeline: { name: string; version: number },
    range: { from: number; to: number; after?: number },
  ): Promise<Result<ReplayPage>>;
  /** What is not known, such as an event whose retention has ended, is passed over. */
  confirm(topic: string, confirmations: Confirmation[]): Promise<void>;
  /** The newest event of that id, of that source if one is given; `unknown-event` when there is none. */
  eventState(topic: string, id: string, source?: string): Promise<Result<{ event: EventState }>>;
  counts(topic: string): Promise<EventCounts>;
  settings(topic: string): Promise<TopicSettings>;
  /** Sets how long the topic keeps what; what is absent is the platform's. */
  configure(topic: string, settings: Partial<TopicSettings>): Promise<TopicSettings>;
  /** To be called after a pipeline of the topic was put or deleted: the next event meets what holds from now on. */
  pipelinesChanged(topic: string): Promise<void>;
}
