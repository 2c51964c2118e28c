import type { ModuleRef } from '@nestjs/core';
import { InstanceWrapper } from '@nestjs/core/injector/instance-wrapper.js';
import { type CommandBus, EventBus, UnhandledExceptionBus } from '@nestjs/cqrs';
import { z } from 'zod';

// Sagas are made by whoever calls: there is no module to ask for one.
const noModule = z.custom<ModuleRef>(() => true).parse(undefined);

/** Nest's own event bus, without a container around it. What its sagas emit goes on the bus of commands. */
export const eventBusOn = (commands: CommandBus): EventBus =>
  new EventBus(commands, noModule, new UnhandledExceptionBus());

/** Has Nest find the sagas of these instances and subscribe to them, as at the start of the service. */
export const registerSagas = (bus: EventBus, sagas: readonly object[]): void => {
  bus.registerSagas(
    sagas.map((instance) => {
      const { constructor: metatype } = z.object({ constructor: z.custom<new () => object>() }).parse(instance);
      return new InstanceWrapper({ metatype, instance, isResolved: true });
    }),
  );
};
