import { randomUUID } from 'node:crypto';
import { Injectable } from '@nestjs/common';
import { CommandBus } from '@nestjs/cqrs';
import { subDays } from 'date-fns/subDays';
import { isRefusal } from '#kernel/refusal.js';
import type { OrganisationSettings } from '#organisation/domain/settings.js';
import type { MeteringRecord } from '#metering/domain/metering-record.js';
import { SagaLanes } from '#event-sourcing/sagas/saga-lanes.js';
import { Clock } from '#event-sourcing/ports/clock.js';
import { PutGroup, PutUser } from '#directory/commands/directory.commands.js';
import { OrganisationView } from '#organisation/domain/organisation.view.js';
import { MeterRecords } from '#metering/commands/metering.commands.js';
import { ConfigureOrganisation } from '#organisation/commands/organisation.commands.js';
import { emailOf, teams, userIdOf } from './fleet.js';
import { demoDays, demoRecords } from './generate.js';
import { fleetDayAt, fleetTimeZone } from './shape.js';
import { late } from './stories.js';

const recordsPerRequest = 5_000;
const actor = 'system:demo';

/** What the organisation is called while the fleet comes in: a load that was interrupted goes on at the next start. */
const loadingName = 'Demo fleet (loading)';
const loadedName = 'Demo fleet';

/**
 * Demo fixture: fills an empty store with the demo fleet, the way senders and operators would, through the application's
 * own commands.
 */
@Injectable()
export class DemoFleet {
  constructor(
    private readonly organisation: OrganisationView,
    private readonly commands: CommandBus,
    private readonly sagas: SagaLanes,
    private readonly clock: Clock,
  ) {}

  /** A store that holds records of its own, or the whole fleet, is left as it is. */
  async load(): Promise<void> {
    const { fixed, name } = this.organisation.organisation();
    if (fixed && name !== loadingName) return;
    const nowMs = this.clock.now();
    // A history comes in: what a month was is known when all of it is there.
    await this.sagas.stop();
    process.stdout.write(`Loading the demo fleet: ${String(demoDays)} days up to now ...\n`);
    await this.configure({ name: loadingName, timeZone: fleetTimeZone }, nowMs);
    const people = await this.provision(nowMs);
    process.stdout.write(`  ${String(teams.length)} groups and ${String(people)} users are there\n`);
    const accepted = await this.meter(nowMs);
    await this.configure({ name: loadedName }, nowMs);
    this.sagas.start();
    process.stdout.write(`  ${accepted.toLocaleString('en-US')} records metered\n`);
  }

  private async configure(settings: OrganisationSettings, nowMs: number): Promise<void> {
    demand(await this.commands.execute(new ConfigureOrganisation(settings, metaAt(nowMs))));
  }

  /** Everybody belongs to a group since the first day, but for the one whom somebody forgot. */
  private async provision(nowMs: number): Promise<number> {
    const today = fleetDayAt(nowMs);
    const puts = teams.map(({ groupId, name }) =>
      this.commands.execute(new PutGroup({ groupId, name }, metaAt(nowMs))),
    );
    for (const { groupId, members } of teams) {
      for (const name of members) {
        const userId = userIdOf(name);
        const sinceDaysAgo = userId === late.userId ? late.provisionedDaysAgo : demoDays - 1;
        const fromMs = subDays(today, sinceDaysAgo).getTime();
        const entry = { userId, name, email: emailOf(name), groupId, fromMs };
        puts.push(this.commands.execute(new PutUser(entry, metaAt(nowMs))));
      }
    }
    for (const done of await Promise.all(puts)) demand(done);
    return puts.length - teams.length;
  }

  private async meter(nowMs: number): Promise<number> {
    let accepted = 0;
    for (const records of inRequests(demoRecords(nowMs))) {
      const answer = await this.commands.execute(new MeterRecords(records, demoCaller));
      if (answer.rejected.length > 0) throw new Error(`a demo record was refused: ${answer.rejected[0].detail}`);
      accepted += answer.accepted;
    }
    return accepted;
  }
}

const demoCaller = { actor, source: null, groups: null, zeroCostIsFree: false, allowOld: false };

function* inRequests(records: Iterable<MeteringRecord>): Generator<MeteringRecord[]> {
  let request: MeteringRecord[] = [];
  for (const record of records) {
    request.push(record);
    if (request.length < recordsPerRequest) continue;
    yield request;
    request = [];
  }
  if (request.length > 0) yield request;
}

const metaAt = (nowMs: number) => ({ commandId: randomUUID(), nowMs, actor, reason: 'the demo fleet' });

const demand = (outcome: object): void => {
  if (isRefusal(outcome)) throw new Error(`the demo fleet was refused: ${outcome.detail}`);
};
