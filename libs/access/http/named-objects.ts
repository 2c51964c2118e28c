/** What a field of a request names. */
export type NamedKind =
  | 'group'
  | 'user'
  | 'task'
  | 'fanOut'
  | 'record'
  | 'source'
  | 'request'
  | 'alert'
  | 'apiKey'
  | 'job'
  | 'name'
  | 'cursor'
  | 'position'
  | 'version'
  | 'none';

/** What that means for a key that is limited to groups or to a source. */
export type NamedRule =
  /** One of the key's own; another is refused with `groupNotAllowed` (a source: `sourceNotAllowed`), known or not. */
  | 'keysOwn'
  /** What is of others answers exactly as what is not there. */
  | 'asUnknown'
  /** What is of others only is refused with `groupNotAllowed`; what is nobody's yet may be named. */
  | 'notOfOthers'
  /** The same, but what is nobody's is not there for a key that is limited to groups: it may become another's. */
  | 'madeOwn'
  /** The same name may be taken by others: theirs is neither found nor told of. */
  | 'ownSpace'
  /** Only finds among what the key reaches. */
  | 'filtered'
  /** It is nobody's. */
  | 'free'
  /** The route is not for a key that is limited to groups. */
  | 'unlimitedKeys';

interface Named {
  readonly kind: NamedKind;
  readonly rule: NamedRule;
}
type NamedFields = Readonly<Record<string, Named>>;

const fields = (rule: NamedRule, kinds: Readonly<Record<string, NamedKind>>): NamedFields =>
  Object.fromEntries(Object.entries(kinds).map(([field, kind]) => [field, { kind, rule }]));

const groupInPath = fields('keysOwn', { 'path.groupId': 'group' });
const page = fields('filtered', { 'query.cursor': 'cursor' });
const groupFilter = fields('keysOwn', { 'query.group': 'group' });
const fanOutInPath = fields('asUnknown', { 'path.fanOutId': 'fanOut' });
const alertInPath = fields('asUnknown', { 'path.alertId': 'alert' });
const month = fields('free', { 'query.period': 'none' });
const capOfAll = fields('unlimitedKeys', { 'query.period': 'none' });
const fanOutAsked: NamedFields = {
  ...fields('ownSpace', { 'body.requestId': 'request' }),
  ...fields('keysOwn', { 'body.groupId': 'group' }),
  ...fields('notOfOthers', { 'body.userId': 'user', 'body.taskId': 'task' }),
  ...fields('asUnknown', { 'body.parentFanOutId': 'fanOut' }),
  ...fields('free', { 'body.skill': 'name', 'body.pattern': 'name' }),
};
const ofAllGroups = (kinds: Readonly<Record<string, NamedKind>>): NamedFields => fields('unlimitedKeys', kinds);

/** What every request may carry, and every command's body. */
export const namedEverywhere: NamedFields = {
  ...fields('ownSpace', { 'header.idempotency-key': 'request' }),
  ...fields('free', { 'header.if-match': 'version', 'header.if-none-match': 'version' }),
  ...fields('free', { 'header.x-reason': 'none', 'body.reason': 'none' }),
  ...fields('free', { 'query.minPosition': 'position' }),
};

/**
 * Everything that a request can name, in its path (`path.`), its query, its body or one of its metering records
 * (`record.`), and what of it a key that is limited may name: one row for every text of the API. A route that is not
 * here is closed to keys that are limited to groups. `limits-of-keys.ts` refuses what is to be refused at the door;
 * where the object has to be found first, whoever finds it asks `#kernel/reach.js`.
 */
export const namedObjects: Readonly<Record<string, NamedFields>> = {
  'GET /organisation': {},
  'PUT /organisation': ofAllGroups({
    'body.name': 'none',
    'body.currency': 'none',
    'body.timeZone': 'none',
    'body.holidays.country': 'none',
    'body.holidays.region': 'none',
    'body.holidays.added': 'none',
    'body.holidays.removed': 'none',
    'body.labelKeys': 'none',
    'body.from': 'none',
  }),
  'POST /metering': {
    ...fields('keysOwn', { 'record.source': 'source', 'record.groupId': 'group' }),
    // An identity is its source's; keys that share a source share its names.
    ...fields('ownSpace', { 'record.id': 'record' }),
    ...fields('notOfOthers', { 'record.taskId': 'task', 'record.parentTaskId': 'task', 'record.fanOutId': 'fanOut' }),
    // A user may work for several groups: the record is charged to the key's own.
    ...fields('free', { 'record.userId': 'user', 'record.scheduleId': 'name', 'record.skill': 'name' }),
    ...fields('free', { 'record.plugin': 'name', 'record.connector': 'name', 'record.tool': 'name' }),
    ...fields('free', {
      'record.occurredAt': 'none',
      'record.currency': 'none',
      'record.model': 'none',
      'record.labels.*': 'none',
    }),
  },
  'POST /metering/voids': ofAllGroups({ 'body.source': 'source', 'body.id': 'record' }),
  'POST /metering/reattributions': ofAllGroups({
    'body.filter.group': 'group',
    'body.filter.user': 'user',
    'body.filter.source': 'source',
    'body.filter.skill': 'name',
    'body.from': 'none',
    'body.to': 'none',
    'body.groupId': 'group',
  }),
  'GET /jobs/{jobId}': ofAllGroups({ 'path.jobId': 'job' }),
  'POST /tasks/{taskId}/finish': {
    ...fields('madeOwn', { 'path.taskId': 'task' }),
    ...fields('free', { 'body.at': 'none' }),
  },
  'GET /tasks/{taskId}': fields('asUnknown', { 'path.taskId': 'task' }),
  'GET /spend': {
    ...groupFilter,
    ...fields('filtered', { 'query.user': 'user', 'query.skill': 'name', 'query.plugin': 'name' }),
    ...fields('filtered', { 'query.connector': 'name', 'query.model': 'name', 'query.trigger': 'name' }),
    ...fields('filtered', { 'query.schedule': 'name' }),
    ...fields('free', { 'query.by': 'none', 'query.from': 'none', 'query.to': 'none' }),
    ...month,
    ...page,
  },
  'GET /groups': page,
  'GET /groups/{groupId}': fields('asUnknown', { 'path.groupId': 'group' }),
  'PUT /groups/{groupId}': ofAllGroups({ 'path.groupId': 'group', 'body.name': 'none' }),
  'GET /groups/{groupId}/cap': { ...groupInPath, ...month },
  'PUT /groups/{groupId}/cap': ofAllGroups({ 'path.groupId': 'group' }),
  'GET /groups/{groupId}/cap/history': { ...groupInPath, ...page },
  'POST /groups/{groupId}/cap/top-ups': ofAllGroups({ 'path.groupId': 'group', 'body.period': 'none' }),
  'GET /organisation/cap': capOfAll,
  'PUT /organisation/cap': ofAllGroups({ 'body.reason': 'none' }),
  'GET /organisation/cap/history': ofAllGroups({ 'query.cursor': 'cursor' }),
  'POST /organisation/cap/top-ups': ofAllGroups({ 'body.period': 'none' }),
  'PUT /users/{userId}': ofAllGroups({
    'path.userId': 'user',
    'body.groupId': 'group',
    'body.name': 'none',
    'body.email': 'none',
    'body.from': 'none',
  }),
  'GET /statements/{period}': ofAllGroups({ 'path.period': 'none' }),
  'POST /periods/{period}/close': ofAllGroups({ 'path.period': 'none' }),
  'POST /fan-outs': fanOutAsked,
  'POST /fan-outs/check': fanOutAsked,
  'POST /fan-outs/{fanOutId}/renew': fanOutInPath,
  'POST /fan-outs/{fanOutId}/release': fanOutInPath,
  'GET /fan-outs': { ...groupFilter, ...page },
  'GET /fan-outs/{fanOutId}': fanOutInPath,
  'GET /limits': {},
  'PUT /limits': ofAllGroups({ 'body.reason': 'none' }),
  'GET /groups/{groupId}/limits': groupInPath,
  'PUT /groups/{groupId}/limits': ofAllGroups({ 'path.groupId': 'group' }),
  'GET /prices': fields('free', { 'query.model': 'none', 'query.cursor': 'cursor' }),
  'POST /prices': ofAllGroups({ 'body.model': 'none', 'body.alias': 'none', 'body.from': 'none' }),
  'POST /prices/re-rate': ofAllGroups({ 'body.from': 'none', 'body.to': 'none' }),
  'GET /clock': ofAllGroups({ 'query.minPosition': 'position' }),
  'POST /clock/confirm': ofAllGroups({ 'body.reason': 'none' }),
  'GET /alerts': { ...groupFilter, ...page },
  'GET /alerts/stream': fields('filtered', { 'query.lastEventId': 'position', 'header.last-event-id': 'position' }),
  'GET /alerts/{alertId}': alertInPath,
  'POST /alerts/{alertId}/acknowledge': alertInPath,
  'POST /alerts/{alertId}/resolve': alertInPath,
  'POST /alerts/{alertId}/feedback': { ...alertInPath, ...fields('free', { 'body.note': 'none' }) },
  'GET /api-keys': ofAllGroups({ 'query.cursor': 'cursor' }),
  'POST /api-keys': ofAllGroups({
    'body.name': 'none',
    'body.groups': 'group',
    'body.source': 'source',
    'body.expiresAt': 'none',
  }),
  'DELETE /api-keys/{keyId}': ofAllGroups({ 'path.keyId': 'apiKey' }),
  'GET /audit': ofAllGroups({
    'query.actor': 'apiKey',
    'query.type': 'none',
    'query.id': 'none',
    'query.group': 'group',
    'query.from': 'none',
    'query.to': 'none',
    'query.cursor': 'cursor',
  }),
};
