import { Injectable } from '@nestjs/common';

/** How old the built-in list was when operators were last warned of it, since this process has started. */
@Injectable()
export class ToldAge {
  days = -Infinity;
}
