/**
 * One immutable statement of usage or cost by one task. `costMicros` or `usage` must be there, both may be.
 * `(source, id)` is its identity: the same record sent again is counted once.
 */
export interface MeteringRecord {
  /** Who meters; may be left out with a key that names a source. */
  readonly source?: string;
  /** Unique within the source, for ever. */
  readonly id: string;
  readonly taskId: string;
  readonly parentTaskId?: string;
  readonly userId: string;
  /** The group to charge; else its fan-out's. */
  readonly groupId?: string;
  /** ISO 8601 with offset. */
  readonly occurredAt: string;
  /** Micros of the organisation's currency. */
  readonly costMicros?: number;
  readonly currency?: string;
  readonly model?: string;
  readonly batch?: boolean;
  /** Tokens by kind, or searches of the web: at least one. */
  readonly usage?: TokenUsage;
  readonly trigger?: 'interactive' | 'scheduled' | 'dispatch' | 'subtask';
  readonly scheduleId?: string;
  /** Set by `fanOut` itself for the costs of its items. */
  readonly fanOutId?: string;
  readonly skill?: string;
  readonly plugin?: string;
  readonly connector?: string;
  readonly tool?: string;
  readonly durationMs?: number;
  readonly sourceCount?: number;
  /** Texts by key, such as `project`; keys that the organisation has not chosen are dropped. */
  readonly labels?: Readonly<Record<string, string>>;
}

export interface TokenUsage {
  readonly inputTokens?: number;
  readonly outputTokens?: number;
  readonly cacheReadTokens?: number;
  readonly cacheWrite5mTokens?: number;
  readonly cacheWrite1hTokens?: number;
  readonly webSearches?: number;
  readonly speed?: 'standard' | 'fast';
}

/** What became of the records of one request. Everything accepted is durable and counted. */
export interface MeteringAnswer {
  readonly accepted: number;
  readonly duplicates: number;
  readonly rejected: readonly RejectedRecord[];
  /** How many labels were dropped, if any: their keys are not among the organisation's `labelKeys`. */
  readonly droppedLabels?: number;
  /** Log position from which on every view shows what was accepted. */
  readonly position: string;
}

export interface RejectedRecord {
  /** The record's place in the request. */
  readonly index: number;
  readonly code: string;
  readonly detail: string;
}
