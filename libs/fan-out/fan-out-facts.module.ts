import { Module } from '@nestjs/common';
import { AccessModule } from '#access/access.module.js';
import { CapsModule } from '#caps/caps.module.js';
import { DirectoryModule } from '#directory/directory.module.js';
import { OrganisationModule } from '#organisation/organisation.module.js';
import { SpendModule } from '#spend/spend.module.js';
import { AdmissionModule } from './admission.module.js';
import { fanOutBindings } from './fan-out.bindings.js';
import { LimitsModule } from './limits.module.js';

const answering = fanOutBindings.map(({ useExisting }) => useExisting);

/** What earlier capabilities ask of this one. */
@Module({
  imports: [DirectoryModule, OrganisationModule, AccessModule, SpendModule, CapsModule, LimitsModule, AdmissionModule],
  providers: answering,
  exports: answering,
})
export class FanOutFactsModule {}
