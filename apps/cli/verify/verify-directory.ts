import type { EventLog } from '#event-sourcing/ports/event-log.js';
import { hashOfCells } from './compare-views.js';
import type { LinesHash } from './compare-views.js';
import { createDamagedEvents, isDamaged } from './damaged-events.js';
import { readableEvents } from './events-up-to.js';
import { createFindings, told } from './findings.js';
import type { Findings, FindingSink } from './findings.js';
import { messageOf, openDirectory } from './open-directory.js';
import type { OpenDirectory } from './open-directory.js';
import { createPlainChain, sealsIn } from './plain-chain.js';
import type { PlainChain } from './plain-chain.js';
import type { PlainPlace, PlainRecord } from './plain-record.js';
import type { Progress } from './progress.js';
import { recordReader } from './record-reader.js';
import { createRecount } from './recount.js';
import type { Recount } from './recount.js';
import { askService, compareServed } from './served-spend.js';
import type { ServedSpend } from './served-spend.js';
import { bringToHead, comparedViews, placesOf } from './standing-views.js';
import { createEventCheck } from './stored-events.js';

/** What was looked at, what was counted and what is not as it has to be. */
export interface Verification {
  readonly findings: Findings;
  readonly head: number;
  readonly snapshotPosition: number | undefined;
  readonly events: ReadonlyMap<string, number>;
  readonly unknownTypes: readonly string[];
  readonly recount: Recount;
  /** Position of the last event that was counted, if an event behind it could not be read; undefined if all were. */
  readonly countedTo: number | undefined;
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
  const served = service && (await askService(service.url, service.key, findings.of('service')));
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
  const behind = await bringToHead(log, head, standing, (done) => {
    progress(done, 2 * head);
  });
  const places = behind === undefined ? placesOf(standing, findings) : undefined;
  const onRow = (record: PlainRecord, first: PlainPlace): void => places?.identity(record, first);
  const recount = createRecount({ read: recordReader(log), onRow, findings });
  const damaged = createDamagedEvents();
  const checks = createEventCheck(findings.of('event'), damaged);
  const events = new Map<string, number>();
  let chain: PlainChain | undefined;
  let servedAt: number | undefined;
  /** Behind the first event that cannot be read, everything that is worked out would only be wrong for that. */
  let isCounting = true;
  let countedTo = 0;
  const compareAt = (position: number): void => {
    if (position !== served?.position) return;
    compareServed(served, recount.spend.byGroup(), findings.of('service'));
    servedAt = position;
  };

  compareAt(0);
  try {
    chain = createPlainChain(await sealsIn(log), findings.of('chain'));
    for await (const event of readableEvents(log, head, (done) => {
      progress(head + done, 2 * head);
    })) {
      if (isDamaged(event)) {
        chain.skip(event.position);
        checks.skip(event);
        isCounting = false;
        continue;
      }
      events.set(event.type, (events.get(event.type) ?? 0) + 1);
      chain.apply(event);
      const checked = checks.check(event);
      if (checks.hasMisfit()) isCounting = false;
      if (!isCounting) continue;
      if (checked !== undefined) await recount.apply(checked);
      countedTo = event.position;
      compareAt(event.position);
    }
    await damaged.tell(log, checks.lastOf(), findings);
    await checkStreams(log, checks.lastOf(), findings.of('event'));
  } catch (error) {
    findings.of('other').add(messageOf(error));
  }
  const others = findings.of('other');
  if (standing.damage !== undefined) {
    others.add(`the snapshot is damaged, the next start makes a new one: ${standing.damage}`);
  }
  if (isCounting && behind !== undefined) others.add(behind.what, behind);
  if (isCounting && served !== undefined && servedAt === undefined) {
    findings
      .of('service')
      .add(`the service has shown position ${String(served.position)}, and what it said was not compared`);
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
    countedTo: isCounting ? undefined : countedTo,
    plain: hashOfCells(cells),
    chain: chain?.told() ?? { hash: null, seals: 0, sealedPosition: null },
    views: isCounting && behind === undefined ? comparedViews(standing, recount, cells, findings) : undefined,
    servedAt,
  };
};

/** Streams are read by an index of their own: it has to name the last event of each. */
const checkStreams = async (
  log: EventLog,
  lastOf: ReadonlyMap<string, { readonly revision: number; readonly position: number }>,
  findings: FindingSink,
): Promise<void> => {
  for (const [stream, { revision, position }] of lastOf) {
    const found = (await log.read(stream, revision, 1)).at(0);
    if (found?.position !== position) findings.add(`the last event of ${stream}`, told(position, found?.position));
  }
};
