import type { Command, Decider } from '#kernel/decider.js';
import type { FormatRaised } from './format.events.js';

/** The stream that says the level of the log. */
export const formatStream = 'format';

/**
 * The highest level of a log that this version reads. A new event type or column, or another meaning of one, is a new
 * level, which is put on record before the first of them:
 *
 * 1. everything up to commit 05da818, which knew no levels
 * 2. the ceiling of a record's cost, caps of new groups and unknown groups of the organisation; two more ratings; prices
 *    of exact ids, aliases, fast mode and web searches; editions of the built-in price list; clocks that were confirmed
 * 3. labels of records, from the first choice of their keys on
 */
export const formatLevel = 3;

/** The level that every log has which this version has written to. */
export const formatAtStart = 2;
export const formatOfLabels = 3;

/** Says which level the log is about to have. */
export interface RaiseFormat extends Command {
  readonly type: 'RaiseFormat';
  readonly data: { readonly level: number };
}

const evolve = (_level: number, { data }: FormatRaised): number => data.level;

const decide = ({ data: { level } }: RaiseFormat, standing: number): readonly FormatRaised[] =>
  level > standing ? [{ type: 'FormatRaised', data: { level } }] : [];

/** Decides on the stream `format`; its state is the level of the log. A log without that stream has level 1. */
export const formatDecider: Decider<RaiseFormat, number, FormatRaised> = { initial: 1, evolve, decide };

/** What an operator is told when a log has a level that this version does not read. */
export const newerFormat = (level: number): string =>
  `The log has format ${String(level)}: a newer version of Bursar writes to it, and this one reads up to format ` +
  `${String(formatLevel)}. Update it.`;
