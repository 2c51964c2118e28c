/** The capabilities, in one order: each knows those before it, and of those after it only the facts. */
export const capabilities = [
  'clock',
  'directory',
  'organisation',
  'access',
  'prices',
  'metering',
  'spend',
  'periods',
  'alerts',
  'caps',
  'fan-out',
  'audit',
];

/** What stands behind the ports of event-sourcing. */
export const engines = ['event-log-lmdb', 'event-log-eventstore', 'event-log-memory', 'identity-index', 'system-clock'];
