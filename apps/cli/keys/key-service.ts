import { z } from 'zod';
import { roles } from '#access/domain/access.events.js';

const keyResponse = z.object({
  id: z.string(),
  name: z.string(),
  role: z.enum(roles),
  groups: z.array(z.string()).nullable(),
  source: z.string().nullable(),
  zeroCostIsFree: z.boolean().default(false),
  expiresAt: z.string().nullable(),
  revoked: z.boolean(),
});
export type ShownKey = Readonly<z.infer<typeof keyResponse>>;

/** A key that has just been made; `key` is null when the same command was sent before. */
const createdKey = keyResponse.extend({ key: z.string().nullable() });
const page = z.object({ items: z.array(keyResponse), nextCursor: z.string().nullable() });
const problem = z.object({ code: z.string(), detail: z.string() });

/** The service said no, or nobody is there. The message is a sentence for the person who asked. */
export class KeysFailed extends Error {}

export interface NewKey {
  readonly name: string;
  readonly role: string;
  readonly groups?: readonly string[];
  readonly source?: string;
  readonly zeroCostIsFree?: boolean;
  readonly expiresAt?: string;
  readonly reason?: string;
}

/**
 * The API keys of a running service, with the key of an owner.
 *
 * @param url the address of the service, such as `http://127.0.0.1:8080`
 */
export const keyService = (url: string, key: string) => {
  const call = async (method: string, path: string, body?: object): Promise<unknown> => {
    const headers = {
      authorization: `Bearer ${key}`,
      ...(body !== undefined && { 'content-type': 'application/json' }),
    };
    const request = {
      method,
      headers,
      redirect: 'error' as const,
      ...(body !== undefined && { body: JSON.stringify(body) }),
    };
    let response: Response;
    try {
      response = await fetch(new URL(`/api/v1/api-keys${path}`, url), request);
    } catch (error) {
      const cause = error instanceof Error && error.cause instanceof Error ? error.cause.message : String(error);
      throw new KeysFailed(`Nobody answers at ${url} (${cause}): start the service, or name it with --url.`);
    }
    const answer: unknown = await response.json().catch(() => undefined);
    if (response.ok) return answer;
    const said = problem.safeParse(answer);
    throw new KeysFailed(
      said.success
        ? `${said.data.detail} (${said.data.code})`
        : `${url} answers ${String(response.status)}; is that Bursar?`,
    );
  };

  return {
    async list(): Promise<readonly ShownKey[]> {
      const keys: ShownKey[] = [];
      for (let cursor: string | null = ''; cursor !== null;) {
        const query: string = cursor === '' ? '' : `&cursor=${encodeURIComponent(cursor)}`;
        const { items, nextCursor } = page.parse(await call('GET', `?limit=1000${query}`));
        keys.push(...items);
        cursor = nextCursor;
      }
      return keys;
    },
    create: async (wanted: NewKey) => createdKey.parse(await call('POST', '', wanted)),
    revoke: async (keyId: string): Promise<ShownKey> =>
      keyResponse.parse(await call('DELETE', `/${encodeURIComponent(keyId)}`)),
  };
};
