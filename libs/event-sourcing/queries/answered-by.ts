import 'reflect-metadata';
import type { Type } from '@nestjs/common';
import { type IQueryHandler, type Query, QueryHandler, type QueryResult } from '@nestjs/cqrs';
import type { InjectedClasses } from '../injected-classes.js';

/**
 * Query handler: answers one class of queries with one function. The bus finds a handler by the class it is of, therefore
 * it is made here rather than written.
 *
 * @param type the class of the queries
 * @param inject what `answer` is given behind the query: the views that it reads
 * @returns a provider for a module
 */
export const answeredBy = <Q extends Query<unknown>, Views extends readonly unknown[]>(
  type: new (...given: never[]) => Q,
  inject: InjectedClasses<Views>,
  answer: (query: Q, ...views: Views) => QueryResult<Q> | Promise<QueryResult<Q>>,
): Type<IQueryHandler> => {
  class Handler {
    private readonly views: Views;

    constructor(...views: Views) {
      this.views = views;
    }

    async execute(query: Q): Promise<QueryResult<Q>> {
      return answer(query, ...this.views);
    }
  }
  Reflect.defineMetadata('design:paramtypes', inject, Handler);
  Object.defineProperty(Handler, 'name', { value: `${type.name}Handler` });
  QueryHandler(type)(Handler);
  return Handler;
};
