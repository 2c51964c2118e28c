import { Injectable } from '@nestjs/common';

const beatMs = 1_000;

/** Heartbeat: calls its listeners once a second, because time is an input like any other. One per process. */
@Injectable()
export class Heartbeat {
  private readonly listeners: (() => void)[] = [];
  private timer: NodeJS.Timeout | undefined;

  /** A listener must not throw and must not wait. */
  onBeat(listener: () => void): void {
    this.listeners.push(listener);
  }

  start(): void {
    this.timer = setInterval(() => {
      for (const listener of this.listeners) listener();
    }, beatMs);
  }

  stop(): void {
    clearInterval(this.timer);
  }
}
