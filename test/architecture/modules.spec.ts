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
/** The modules of libraries, by their files: most libraries have one, which bears their name. */
const modules = [...sources.keys()].flatMap((path) => {
  const found = /^libs[/\\]([^/\\]+)[/\\]([^/\\]+)[.]module[.]ts$/.exec(path);
  return found === null ? [] : [{ library: found[1], name: found[2], path }];
});

interface Named {
  readonly name: string;
}
type Token = Named | { readonly provide: Named };
const tokens = z.array(z.custom<Token>((value) => typeof value === 'function' || typeof value === 'object'));
const nameOf = (token: Token): string => ('provide' in token ? token.provide.name : token.name);

/** What a module says of itself. */
const moduleIn = async (path: string) => {
  const file = new URL(`../../${path.replaceAll('\\', '/').replace(/ts$/, 'js')}`, import.meta.url).href;
  const [type] = z.array(z.custom<object>()).parse(Object.values((await import(file)) as object));
  const listed = (what: string): readonly string[] => tokens.parse(Reflect.getMetadata(what, type) ?? []).map(nameOf);
  return { imports: listed('imports'), providers: listed('providers'), exports: listed('exports') };
};

/** `CorrectionsModule` is that of `metering`. */
const libraryOf = (moduleName: string): string => {
  const name = moduleName
    .replace(/Module$/, '')
    .replaceAll(/(?<=[a-z])[A-Z]/g, (letter) => `-${letter}`)
    .toLowerCase();
  return modules.find((one) => one.name === name)?.library ?? name;
};

const textsOf = (library: string): string =>
  [...sources]
    .filter(([path]) => path.startsWith(join('libs', library)) && !path.endsWith('.module.ts'))
    .map(([, text]) => text)
    .join('\n');
/** What others may use of a module: other libraries, other modules of its own, and what it answers to earlier ones. */
const textsBeside = ({ library, path: own }: { readonly library: string; readonly path: string }): string => {
  const hasSeveral = modules.filter((one) => one.library === library).length > 1;
  return [...sources]
    .filter(([path]) => path !== own)
    .filter(([path]) => hasSeveral || !path.startsWith(join('libs', library)) || path.endsWith('.bindings.ts'))
    .map(([, text]) => text)
    .join('\n');
};

describe('the modules of libraries', () => {
  it('are found', () => {
    assert.ok(modules.length >= 16, JSON.stringify(modules));
  });

  for (const module of modules) {
    it(`${module.name} imports only modules of libraries whose code it uses`, async () => {
      const text = textsOf(module.library);
      const { imports } = await moduleIn(module.path);
      assert.deepEqual(
        imports.filter((name) => libraryOf(name) !== module.library && !text.includes(`'#${libraryOf(name)}/`)),
        [],
      );
    });

    it(`${module.name} exports only what others use`, async () => {
      const beside = textsBeside(module);
      const { exports } = await moduleIn(module.path);
      assert.deepEqual(
        exports.filter((name) => !new RegExp(`\\b${name}\\b`).test(beside)),
        [],
      );
    });

    it(`${module.name} has at most 30 providers`, async () => {
      const { providers } = await moduleIn(module.path);
      assert.ok(providers.length <= 30, String(providers.length));
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

describe('files', () => {
  /** What lists all there is. */
  const lists = ['apps/bursar/bursar.module.ts', 'apps/bursar/bursar.views.ts'].map((path) => join(...path.split('/')));
  const importsIn = (text: string): number =>
    new Set([...text.matchAll(/from '([#.][^']+)'/g)].map(([, imported]) => imported)).size;

  it('import at most 20 others of ours, but for those that list all there is, and the command line', () => {
    const over = [...sources].filter(
      ([path, text]) => importsIn(text) > 20 && !lists.includes(path) && !path.startsWith(join('apps', 'cli')),
    );
    assert.deepEqual(
      over.map(([path]) => path),
      [],
    );
  });
});
