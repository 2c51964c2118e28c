import type { Type } from '@nestjs/common';
import type { ModuleRef } from '@nestjs/core';
import { InstanceWrapper } from '@nestjs/core/injector/instance-wrapper.js';
import { CommandBus, type ICommandHandler } from '@nestjs/cqrs';
import { z } from 'zod';
import { alertsHandlers } from '#alerts/commands/alerts.handlers.js';
import { auditHandlers } from '#audit/commands/audit.handlers.js';
import { capsHandlers } from '#caps/commands/caps.handlers.js';
import { directoryHandlers } from '#directory/commands/directory.handlers.js';
import { fanOutHandlers } from '#fan-out/commands/fan-outs.handlers.js';
import { limitsHandlers } from '#fan-out/commands/limits.handlers.js';
import { correctionsHandlers } from '#metering/commands/corrections.handlers.js';
import { Ingest } from '#metering/commands/ingest.js';
import { FinishTaskHandler } from '#metering/commands/tasks.handlers.js';
import { organisationHandlers } from '#organisation/commands/organisation.handlers.js';
import { periodsHandlers } from '#periods/commands/periods.handlers.js';
import { pricesHandlers } from '#prices/commands/prices.handlers.js';
import type { Assembly } from './assembly.js';

const handlers = [
  ...alertsHandlers,
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

/** Nest's own bus, without a container around it: nobody handles anything yet. */
const emptyBus = (): CommandBus => new CommandBus(noModule);

const register = (bus: CommandBus, types: readonly Type<ICommandHandler>[], make: Assembly['make']): void => {
  bus.register(types.map((type) => new InstanceWrapper({ metatype: type, instance: make(type), isResolved: true })));
};

/** Nest's own bus with handlers of these classes. */
export const commandBusWith = (types: readonly Type<ICommandHandler>[], make: Assembly['make']): CommandBus => {
  const bus = emptyBus();
  register(bus, types, make);
  return bus;
};

/** The bus of the service. Some of its handlers execute commands themselves: it is provided before they are made. */
export const commandBusOf = (assembly: Assembly): CommandBus => {
  const bus = emptyBus();
  assembly.provide(CommandBus, bus);
  register(bus, handlers, assembly.make.bind(assembly));
  return bus;
};
