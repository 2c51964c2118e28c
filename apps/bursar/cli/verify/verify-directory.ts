import type { EventLog } from '#ports/event-log.js';
import { compareHours, compareOutcomes, compareSpend, createPlaceCheck, hashOfCells } from './compare-views.js';
import type { LinesHash } from './compare-views.js';
import { eventsUpTo } from './events-up-to.js';
import { createFindings, told } from './findings.js';
import type { Findings } from './findings.js';
import { messageOf, openDirectory } from './open-directory.js';
import type { OpenDirectory, StandingViews } from './open-directory.js';
import { createPlainChain, sealsIn } from './plain-chain.js';
import type { PlainChain } from './plain-chain.js';
import type { PlainPlace, PlainRecord } from './plain-record.js';
import type { Progress } from './progress.js';
import { recordReader } from './record-reader.js';
import { createRecount } from './recount.js';
import type { Recount } from './recount.js';
import { askService, compareServed } from './served-spend.js';
import type { ServedSpend } from './served-spend.js';
import { createEventCheck } from './stored-events.js';

/** What was looked at, what was counted and what is not as it has to be. */
export interface Verification {
  readonly findings: Findings;
  readonly head: number;
  readonly snapshotPosition: number | undefined;
  readonly events: ReadonlyMap<string, number>;
  readonly unknownTypes: readonly string[];
  readonly recount: Recount;
  readonly plain: LinesHash;
  readonly chain: ReturnType<PlainChain['told']>;
  /** Undefined if the views could not be brought to the head. */
  readonly views: LinesHash | undefined;
  /** Position at which the answers of a running service were compared, too. */
  readonly servedAt: number | undefined;
}

export interface VerifyOptions {
  readonly progress: Progress;
  /** The service to ask, if it is to be asked. */
  readonly service?: { readonly url: string; readonly key: string };
}

/**
 * Works out spend from the log once more and compares: with the snapshot and what a restart would fold on top of it,
 * and with what a running service says. Rejects with `ConfigError` if there is no log and `LogFailure` if it cannot be
 * opened; everything else that is wrong is a finding.
 */
export const verifyDirectory = async (directory: string, options: VerifyOptions): Promise<Verification> => {
  const findings = createFindings();
  const { service } = options;
  // Asked first: the log is then as far as the answer, or soon.
  const served = service && (await askService(service.url, service.key, findings));
  const opened = await openDirectory(directory, served?.position);
  try {
    return await verifyOpened(opened, served, findings, options.progress);
  } finally {
    await opened.close();
  }
};

export const verifyOpened = async (
  { log, head, standing }: OpenDirectory,
  served: ServedSpend | undefined,
  findings: Findings,
  progress: Progress,
): Promise<Verification> => {
  const areCurrent = await bringToHead(log, head, standing, findings, (done) => {
    progress(done, 2 * head);
  });
  const places = areCurrent ? placesOf(standing, findings) : undefined;
  const onRow = (record: PlainRecord, first: PlainPlace): void => places?.identity(record, first);
  const recount = createRecount({ read: recordReader(log), onRow, findings });
  const checks = createEventCheck(findings);
  const chain = createPlainChain(await sealsOf(log, findings), findings);
  const events = new Map<string, number>();
  let servedAt: number | undefined;
  const compareAt = (position: number): void => {
    if (position !== served?.position) return;
    compareServed(served, recount.spend.byGroup(), findings);
    servedAt = position;
  };

  compareAt(0);
  try {
    for await (const event of eventsUpTo(log, 0, head, (done) => {
      progress(head + done, 2 * head);
    })) {
      events.set(event.type, (events.get(event.type) ?? 0) + 1);
      chain.apply(event);
      const checked = checks.check(event);
      if (checked !== undefined) await recount.apply(checked);
      compareAt(event.position);
    }
    await checkStreams(log, checks.lastOf(), findings);
  } catch (error) {
    findings.add(messageOf(error));
  }
  if (served !== undefined && servedAt === undefined) {
    findings.add(`the service has shown position ${String(served.position)}, and what it said was not compared`);
  }
  for (const [taskId, position] of recount.finishes) places?.finish(taskId, position);

  const cells = recount.spend.cells();
  return {
    findings,
    head,
    snapshotPosition: standing.snapshotPosition,
    events,
    unknownTypes: checks.unknownTypes(),
    recount,
    plain: hashOfCells(cells),
    chain: chain.told(),
    views: areCurrent ? compared(standing, recount, cells, findings) : undefined,
    servedAt,
  };
};

const sealsOf = async (log: EventLog, findings: Findings): ReturnType<typeof sealsIn> => {
  try {
    return await sealsIn(log);
  } catch (error) {
    findings.add(`the seals of the log cannot be read: ${messageOf(error)}`);
    return new Map();
  }
};

/** Folds onto the snapshot what came after it, as a restart does. False if that cannot be done, which is a finding. */
const bringToHead = async (
  log: EventLog,
  head: number,
  { views, damage }: StandingViews,
  findings: Findings,
  progress: Progress,
): Promise<boolean> => {
  if (damage !== undefined) findings.add(`the snapshot is damaged, the next start makes a new one: ${damage}`);
  if (views.position > head) {
    findings.add(
      'the snapshot is ahead of the log: the log has lost events, or belongs to another directory',
      told(head, views.position),
    );
    return false;
  }
  try {
    for await (const event of eventsUpTo(log, views.position, head, progress)) views.apply(event);
    return true;
  } catch (error) {
    findings.add(`the views cannot be brought from the snapshot to the end of the log: ${messageOf(error)}`);
    return false;
  }
};

/** The check of places, which ends with the first damaged file of the index. */
const placesOf = ({ index }: StandingViews, findings: Findings): ReturnType<typeof createPlaceCheck> => {
  const check = createPlaceCheck(index, findings);
  let isReadable = true;
  const guarded = (look: () => void): void => {
    try {
      if (isReadable) look();
    } catch (error) {
      isReadable = false;
      findings.add(`the index is damaged; stop the service and remove views/ and index/: ${messageOf(error)}`);
    }
  };
  return {
    identity: (record, first) => {
      guarded(() => {
        check.identity(record, first);
      });
    },
    finish: (taskId, position) => {
      guarded(() => {
        check.finish(taskId, position);
      });
    },
  };
};

const compared = (
  { views }: StandingViews,
  recount: Recount,
  cells: ReturnType<Recount['spend']['cells']>,
  findings: Findings,
): LinesHash | undefined => {
  try {
    compareOutcomes(recount, views, findings);
    compareHours(recount, views, findings);
    return compareSpend(cells, views, findings);
  } catch (error) {
    findings.add(`the snapshot is damaged, the next start makes a new one: ${messageOf(error)}`);
    return undefined;
  }
};

/** Streams are read by an index of their own: it has to name the last event of each. */
const checkStreams = async (
  log: EventLog,
  lastOf: ReadonlyMap<string, { readonly revision: number; readonly position: number }>,
  findings: Findings,
): Promise<void> => {
  for (const [stream, { revision, position }] of lastOf) {
    const found = (await log.read(stream, revision, 1)).at(0);
    if (found?.position !== position) findings.add(`the last event of ${stream}`, told(position, found?.position));
  }
};
