import assert from 'node:assert/strict';
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import 'reflect-metadata';
import { z } from 'zod';

const filesIn = (folder: string): readonly string[] =>
  readdirSync(folder, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile() && entry.name.endsWith('.ts') && !entry.name.endsWith('.spec.ts'))
    .map((entry) => join(entry.parentPath, entry.name));

const sources = new Map([...filesIn('libs'), ...filesIn('apps')].map((path) => [path, readFileSync(path, 'utf8')]));
/** Libraries with a module, which bears their name. */
const libraries = [...sources.keys()].flatMap(
  (path) => /^libs[/\\]([^/\\]+)[/\\][^/\\]+[.]module[.]ts$/.exec(path)?.[1] ?? [],
);

interface Named {
  readonly name: string;
}
type Token = Named | { readonly provide: Named };
const tokens = z.array(z.custom<Token>((value) => typeof value === 'function' || typeof value === 'object'));
const nameOf = (token: Token): string => ('provide' in token ? token.provide.name : token.name);

/** What the module of a library says of itself. */
const moduleOf = async (library: string) => {
  const file = new URL(`../../libs/${library}/${library}.module.js`, import.meta.url).href;
  const [type] = z.array(z.custom<object>()).parse(Object.values((await import(file)) as object));
  const listed = (what: string): readonly string[] => tokens.parse(Reflect.getMetadata(what, type) ?? []).map(nameOf);
  return { imports: listed('imports'), providers: listed('providers'), exports: listed('exports') };
};

/** `FanOutModule` is that of `fan-out`. */
const libraryOf = (module: string): string =>
  module
    .replace(/Module$/, '')
    .replaceAll(/(?<=[a-z])[A-Z]/g, (letter) => `-${letter}`)
    .toLowerCase();

const textsOf = (library: string): string =>
  [...sources]
    .filter(([path]) => path.startsWith(join('libs', library)) && !path.endsWith('.module.ts'))
    .map(([, text]) => text)
    .join('\n');
const textsBeside = (library: string): string =>
  [...sources]
    .filter(([path]) => !path.startsWith(join('libs', library)))
    .map(([, text]) => text)
    .join('\n');

describe('the modules of libraries', () => {
  it('are found', () => {
    assert.ok(libraries.length >= 12, String(libraries));
  });

  for (const library of libraries) {
    it(`${library} imports only modules of libraries whose code it uses`, async () => {
      const text = textsOf(library);
      const { imports } = await moduleOf(library);
      assert.deepEqual(
        imports.filter((name) => !text.includes(`'#${libraryOf(name)}/`)),
        [],
      );
    });

    it(`${library} exports only what others use`, async () => {
      const beside = textsBeside(library);
      const { exports } = await moduleOf(library);
      assert.deepEqual(
        exports.filter((name) => !new RegExp(`\\b${name}\\b`).test(beside)),
        [],
      );
    });

    it(`${library} has at most 30 providers`, async () => {
      const { providers } = await moduleOf(library);
      assert.ok(providers.length > 0 && providers.length <= 30, String(providers.length));
    });
  }
});

describe('the container', () => {
  it('is asked for nothing but by whoever starts the service', () => {
    const asking = [...sources]
      .filter(([, text]) => /\bapp\s*[.]\s*(?:get|resolve)\(/.test(text))
      .map(([path]) => path);
    assert.deepEqual(asking, [join('apps', 'bursar', 'main.ts')]);
  });
});
