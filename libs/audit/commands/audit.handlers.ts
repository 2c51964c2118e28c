import { decidedBy } from '#event-sourcing/commands/decided-by.js';
import { Fold } from '#event-sourcing/fold.js';
import { EventLog } from '#event-sourcing/ports/event-log.js';
import { auditEvent } from '../domain/audit.events.js';
import { chainStart } from '../domain/chain.js';
import { sealDecider } from '../domain/seal.js';
import { SealsView } from '../domain/seals.view.js';
import { continueChain } from '../queries/continue-chain.js';
import { eventsPerSeal, SealDue } from '../queries/seal-due.js';
import { SealAuditChain } from './audit.commands.js';

const decider = { ...sealDecider, event: auditEvent };

export const auditHandlers = decidedBy(
  decider,
  [SealAuditChain],
  [EventLog, SealsView, SealDue, Fold],
  async ({ nowMs }, log, seals, due, fold) => {
    // Another seal may have come before it.
    if (!due.isDue(nowMs)) return undefined;
    const from = seals.latest() ?? { position: 0, hash: chainStart };
    const { position, hash, events } = await continueChain(log, from, fold.position, eventsPerSeal);
    const commandId = `sealAudit:${due.dayAt(nowMs)}:${String(position)}`;
    const data = { after: from.position, upToPosition: position, hash, events };
    const meta = { commandId, nowMs, actor: 'system:sealAudit', reason: '' };
    return { stream: 'audit', command: { type: 'SealAuditChain' as const, data, meta } };
  },
);
