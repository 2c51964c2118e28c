import type { Type } from '@nestjs/common';
import type { ModuleRef } from '@nestjs/core';
import { InstanceWrapper } from '@nestjs/core/injector/instance-wrapper.js';
import { type IQueryHandler, QueryBus } from '@nestjs/cqrs';
import { z } from 'zod';
import { capsQueryHandlers } from '#caps/queries/caps.queries.js';
import { fanOutQueryHandlers } from '#fan-out/queries/fan-outs.queries.js';
import { limitsQueryHandlers } from '#fan-out/queries/limits.queries.js';
import type { Assembly } from './assembly.js';

// Handlers are made by `make`: there is no module to ask for one.
const noModule = z.custom<ModuleRef>(() => true).parse(undefined);

const handlers = [...capsQueryHandlers, ...fanOutQueryHandlers, ...limitsQueryHandlers];

/** Nest's own bus with handlers of these classes, without a container around it. */
export const queryBusWith = (
  types: readonly Type<IQueryHandler>[],
  make: (type: Type<IQueryHandler>) => IQueryHandler,
): QueryBus => {
  const bus = new QueryBus(noModule);
  bus.register(types.map((type) => new InstanceWrapper({ metatype: type, instance: make(type), isResolved: true })));
  return bus;
};

/** The bus of the service, for what simulations ask of it. */
export const queryBusOf = (assembly: Pick<Assembly, 'make' | 'provide'>): QueryBus => {
  const bus = queryBusWith(handlers, (type) => assembly.make(type));
  assembly.provide(QueryBus, bus);
  return bus;
};
