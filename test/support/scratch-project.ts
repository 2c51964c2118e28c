import { cpSync, mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';

const root = process.cwd();

/** A small project with this one's tools, made for a test in a directory of its own. */
export interface ScratchProject {
  readonly directory: string;
  /** Writes a file and the folders above it. */
  readonly write: (path: string, text: string) => void;
  readonly dispose: () => void;
}

/**
 * @param tools files and folders of this project that it has, too; its packages it has in any case
 * @param files what else there is, by path
 */
export const scratchProject = (tools: readonly string[], files: Readonly<Record<string, string>>): ScratchProject => {
  const directory = mkdtempSync(join(tmpdir(), 'bursar-project-'));
  const write = (path: string, text: string) => {
    mkdirSync(dirname(join(directory, path)), { recursive: true });
    writeFileSync(join(directory, path), text);
  };
  for (const path of ['package.json', 'package-lock.json', 'tsconfig.json', 'scripts', ...tools]) {
    cpSync(join(root, path), join(directory, path), { recursive: true });
  }
  symlinkSync(join(root, 'node_modules'), join(directory, 'node_modules'), 'dir');
  for (const [path, text] of Object.entries(files)) write(path, `${text}\n`);
  return { directory, write, dispose: () => rmSync(directory, { recursive: true, force: true }) };
};
