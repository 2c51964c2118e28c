import { HeldMoney } from '#caps/queries/held-money.js';
import { GroupFacts } from '#directory/queries/group-facts.js';
import { KnownIds } from '#directory/queries/ids.js';
import { FanOutGroups } from '#metering/queries/fan-out-groups.js';
import { GrantedGroups } from './queries/granted-groups.js';
import { GroupFactsAsOfNow } from './queries/group-facts-as-of-now.js';
import { HeldByFanOuts } from './queries/held-by-fan-outs.js';
import { IdsInLog } from './queries/ids-in-log.js';

/** What capabilities before this one ask through an interface, and who answers. */
export const fanOutBindings = [
  { provide: FanOutGroups, useExisting: GrantedGroups },
  { provide: HeldMoney, useExisting: HeldByFanOuts },
  { provide: GroupFacts, useExisting: GroupFactsAsOfNow },
  { provide: KnownIds, useExisting: IdsInLog },
] as const;
