import type { Type } from '@nestjs/common';
import type { ModuleRef } from '@nestjs/core';
import { InstanceWrapper } from '@nestjs/core/injector/instance-wrapper.js';
import { CommandBus, type ICommandHandler } from '@nestjs/cqrs';
import { z } from 'zod';
import { accessHandlers } from '#access/commands/access.handlers.js';
import { alertsHandlers } from '#alerts/commands/alerts.handlers.js';
import { auditHandlers } from '#audit/commands/audit.handlers.js';
import { capsHandlers } from '#caps/commands/caps.handlers.js';
import { directoryHandlers } from '#directory/commands/directory.handlers.js';
import { fanOutHandlers } from '#fan-out/commands/fan-outs.handlers.js';
import { SagaCommandHandler } from '#event-sourcing/sagas/saga-command.js';
import { limitsHandlers } from '#fan-out/commands/limits.handlers.js';
import { correctionsHandlers } from '#metering/commands/corrections.handlers.js';
import { Ingest } from '#metering/commands/ingest.js';
import { FinishTaskHandler } from '#metering/commands/tasks.handlers.js';
import { organisationHandlers } from '#organisation/commands/organisation.handlers.js';
import { periodsHandlers } from '#periods/commands/periods.handlers.js';
import { pricesHandlers } from '#prices/commands/prices.handlers.js';
import type { Assembly } from './assembly.js';

const handlers = [
  SagaCommandHandler,
  ...accessHandlers,
  ...auditHandlers,
  ...periodsHandlers,
  ...pricesHandlers,
  ...directoryHandlers,
  ...organisationHandlers,
  ...capsHandlers,
  ...limitsHandlers,
  ...correctionsHandlers,
  Ingest,
  FinishTaskHandler,
  ...alertsHandlers,
  ...fanOutHandlers,
];

// Handlers are made by the assembly: there is no module to ask for one.
const noModule = z.custom<ModuleRef>(() => true).parse(undefined);

/** Nest's own bus with handlers of these classes, without a container around it. */
export const commandBusWith = (types: readonly Type<ICommandHandler>[], make: Assembly['make']): CommandBus =>
  register(new CommandBus(noModule), types, make);

/** The same, in an assembly whose handlers may execute commands themselves: the bus is there before they are made. */
export const provideCommandBus = (types: readonly Type<ICommandHandler>[], { get, provide }: Assembly): CommandBus => {
  const bus = new CommandBus(noModule);
  provide(CommandBus, bus);
  return register(bus, types, get);
};

/** The bus of the service. */
export const commandBusOf = (assembly: Assembly): CommandBus => provideCommandBus(handlers, assembly);

const register = (bus: CommandBus, types: readonly Type<ICommandHandler>[], make: Assembly['make']): CommandBus => {
  bus.register(types.map((type) => new InstanceWrapper({ metatype: type, instance: make(type), isResolved: true })));
  return bus;
};
