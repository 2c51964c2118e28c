import { Module } from '@nestjs/common';
import { AdmissionModule } from './admission.module.js';
import { admissionHandlers } from './commands/admission.handlers.js';
import { ExpireLeases } from './sagas/expire-leases.saga.js';
import { FlushDenials } from './sagas/flush-denials.saga.js';

/** What admission control does by itself: leases end, and denials are stored. */
@Module({
  imports: [AdmissionModule],
  providers: [...admissionHandlers, ExpireLeases, FlushDenials],
})
export class AdmissionSagasModule {}
