import type { Type } from '@nestjs/common';
import type { ModuleRef } from '@nestjs/core';
import { InstanceWrapper } from '@nestjs/core/injector/instance-wrapper.js';
import { CommandBus, type ICommandHandler } from '@nestjs/cqrs';
import { z } from 'zod';
import { directoryHandlers } from '#directory/commands/directory.handlers.js';
import { limitsHandlers } from '#fan-out/commands/limits.handlers.js';
import { organisationHandlers } from '#organisation/commands/organisation.handlers.js';
import type { Assembly } from './assembly.js';

const handlers = [...directoryHandlers, ...organisationHandlers, ...limitsHandlers];

// Handlers are made by the assembly: there is no module to ask for one.
const noModule = z.custom<ModuleRef>(() => true).parse(undefined);

/** Nest's own bus with handlers of these classes, without a container around it. */
export const commandBusWith = (types: readonly Type<ICommandHandler>[], make: Assembly['make']): CommandBus => {
  const bus = new CommandBus(noModule);
  bus.register(types.map((type) => new InstanceWrapper({ metatype: type, instance: make(type), isResolved: true })));
  return bus;
};

/** The bus of the service. */
export const commandBusOf = (assembly: Assembly): CommandBus => {
  const bus = commandBusWith(handlers, assembly.make.bind(assembly));
  assembly.provide(CommandBus, bus);
  return bus;
};
