import { join } from 'node:path';
import ts from 'typescript';

/** What the compiler says of files that are not there, each as if it stood in this folder: a message for each error. */
export const typeErrorsIn = (sources: readonly string[]): readonly (readonly string[])[] => {
  const planted = new Map(sources.map((source, at) => [join(folder, `planted-${String(at)}.ts`), source]));
  const options = { ...compilerOptions(), noEmit: true, incremental: false, tsBuildInfoFile: undefined };
  const host = ts.createCompilerHost(options);
  const program = ts.createProgram([...planted.keys()], options, {
    ...host,
    fileExists: (path) => planted.has(path) || host.fileExists(path),
    readFile: (path) => planted.get(path) ?? host.readFile(path),
    getSourceFile: (path, language) => {
      const source = planted.get(path);
      return source === undefined ? host.getSourceFile(path, language) : ts.createSourceFile(path, source, language);
    },
  });
  return [...planted.keys()].map((path) =>
    program
      .getSemanticDiagnostics(program.getSourceFile(path))
      .map(({ messageText }) => ts.flattenDiagnosticMessageText(messageText, '\n')),
  );
};

const folder = join(process.cwd(), 'test/architecture');

const compilerOptions = (): ts.CompilerOptions => {
  const { config } = ts.readConfigFile('tsconfig.json', (path) => ts.sys.readFile(path)) as { config: object };
  return ts.parseJsonConfigFileContent({ ...config, files: [], include: [] }, ts.sys, process.cwd()).options;
};
