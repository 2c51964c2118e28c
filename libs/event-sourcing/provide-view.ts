import type { Provider } from '@nestjs/common';
import { Fold } from './fold.js';
import type { AnyView, ViewType } from './view.js';

/** Lets a module offer its view to those who read it: the one that stands in the list of views and is folded. */
export const provideView = (type: ViewType<AnyView>): Provider => ({
  provide: type,
  useFactory: (fold: Fold) => fold.view(type),
  inject: [Fold],
});
