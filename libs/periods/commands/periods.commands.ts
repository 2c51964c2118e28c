import type { Period } from '#kernel/days.js';
import { DecidedCommand } from '#event-sourcing/commands/decided-command.js';
import type { Outcome } from '#event-sourcing/commands/execute.js';
import type { PeriodsCode } from '../domain/periods.codes.js';

interface NamedPeriod {
  readonly period: Period;
}

/** The service has seen the month end while it was running. */
export class NotePeriodEnd extends DecidedCommand<NamedPeriod, Outcome<PeriodsCode>> {}

/** Closes a month: what comes later about it is an adjustment. */
export class ClosePeriod extends DecidedCommand<NamedPeriod, Outcome<PeriodsCode>> {}
