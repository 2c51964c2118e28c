/** The one error of this client: the service said no, or could not be asked. */
export class BursarError extends Error {
  override readonly name = 'BursarError';
  readonly status: number;
  readonly code: string;
  readonly detail: string;
  readonly retryAfterSeconds: number | undefined;

  /**
   * @param status of the HTTP answer; 0 if there was none
   * @param code what the service calls it, stable; of this client are `unreachable`, `noAnswerInTime`,
   *   `unreadableAnswer`, `notSendable` and `leaseEnded` with status 0
   * @param detail one sentence: what happened and what to do
   * @param retryAfterSeconds when the service wants to be asked again, if it said so
   */
  constructor(status: number, code: string, detail: string, retryAfterSeconds?: number, options?: ErrorOptions) {
    super(`${code}: ${detail}`, options);
    this.status = status;
    this.code = code;
    this.detail = detail;
    this.retryAfterSeconds = retryAfterSeconds;
  }
}
