/**
 * Who may import whom: the table of rooms in docs/adr/0004-rings.md, as rules. Each comment says what to do instead.
 * test/architecture/layers.spec.ts plants a violation of every rule here, and fails if one has no plant.
 */

const spec = '[.]spec[.]ts$';
/** Where the domain meets the log: what is folded, handed on and saved. */
const projection = '[^/]+[.](view|slots|snapshot)[.]ts$';

/** A rule about the product's own code in one ring: what it may reach of ours is a closed list. */
const ring = (name, folder, mayReach, comment, not = []) => ({
  name,
  comment,
  severity: 'error',
  from: { path: folder, pathNot: [spec, ...not] },
  to: { path: '^(libs|apps)/', pathNot: mayReach },
});

export default {
  forbidden: [
    ring(
      'kernel-stands-alone',
      '^libs/kernel/',
      ['^libs/kernel/'],
      'The kernel imports nothing of ours: move what is needed into the kernel, or take it as an argument.',
    ),
    ring(
      'ports-know-only-the-kernel',
      '^libs/ports/',
      ['^libs/ports/', '^libs/kernel/'],
      'A port speaks in its own types and the kernel’s: describe what it needs there, and let adapters translate.',
    ),
    ring(
      'event-sourcing-knows-ports-and-kernel',
      '^libs/event-sourcing/',
      ['^libs/event-sourcing/', '^libs/ports/', '^libs/kernel/'],
      'It has no business word in it: let a view or a slot of the capability say what it is about.',
    ),
    {
      name: 'views-know-the-fold-and-earlier-slots',
      comment:
        'A view knows its own domain, how events are folded, and other capabilities’ *.events.ts and *.slots.ts.',
      severity: 'error',
      from: { path: `^libs/domain/([^/]+)/${projection}`, pathNot: spec },
      to: {
        path: '^(libs|apps)/',
        pathNot: [
          '^libs/kernel/',
          '^libs/event-sourcing/',
          '^libs/ports/event-log[.]ts$',
          '^libs/domain/$1/',
          '^libs/domain/[^/]+/[^/]+[.](events|slots)[.]ts$',
        ],
      },
    },
    ring(
      'domain-knows-kernel-and-events',
      '^libs/domain/([^/]+)/',
      ['^libs/kernel/', '^libs/domain/$1/', '^libs/domain/[^/]+/[^/]+[.]events[.]ts$'],
      'A capability knows the kernel and other capabilities’ *.events.ts: react to their events, or pass the value in.',
      [`/${projection}`],
    ),
    ring(
      'application-knows-domain-ports-kernel',
      '^libs/application/',
      ['^libs/application/', '^libs/domain/', '^libs/event-sourcing/', '^libs/ports/', '^libs/kernel/'],
      'Ask for a port; apps/bursar/app.module.ts is the one place that binds it to an adapter.',
    ),
    ring(
      'adapters-know-ports-and-kernel',
      '^libs/adapters/([^/]+)/',
      ['^libs/adapters/$1/', '^libs/adapters/(log|index)/', '^libs/ports/', '^libs/kernel/'],
      'An adapter implements ports and knows neither the domain nor another technology; what several share is in adapters/log and adapters/index.',
    ),
    {
      name: 'client-stands-alone',
      comment:
        'The client is taken elsewhere as it is: no code of ours, no package, no module of Node. Write it there.',
      severity: 'error',
      from: { path: '^libs/client/', pathNot: spec },
      to: { pathNot: '^libs/client/' },
    },
    {
      name: 'pure-rings-use-no-node',
      comment: 'Kernel and domain run anywhere and ask the machine nothing: put it behind a port, pass in the result.',
      severity: 'error',
      from: { path: '^libs/(kernel|domain)/', pathNot: spec },
      to: { dependencyTypes: ['core'] },
    },
    {
      name: 'pure-rings-use-few-packages',
      comment: 'Kernel and domain use zod and date-fns only. No framework: Nest meets the domain in libs/application.',
      severity: 'error',
      from: { path: '^libs/(kernel|domain)/', pathNot: spec },
      to: { path: 'node_modules/', pathNot: 'node_modules/(zod|date-fns|@date-fns/tz)/' },
    },
    {
      name: 'the-plain-way-has-a-calendar-of-its-own',
      comment: 'Verify checks the kernel’s calendar: work days and times out with date-fns, as plain-days.ts does.',
      severity: 'error',
      from: { path: '^apps/bursar/cli/verify/(plain-|recount)', pathNot: spec },
      to: { path: '^libs/kernel/(calendar|days|hours|instants)[.]ts$' },
    },
    {
      name: 'product-does-not-use-tests',
      comment: 'Only tests import test/ and specs: move what the product needs into libs.',
      severity: 'error',
      from: { path: '^(libs|apps)/', pathNot: spec },
      to: { path: ['^test/', spec] },
    },
    {
      name: 'product-does-not-use-dev-packages',
      comment: 'An installation without devDependencies must run: list the package under dependencies, with a reason.',
      severity: 'error',
      from: { path: '^(libs|apps)/', pathNot: spec },
      to: { dependencyTypes: ['npm-dev'], dependencyTypesNot: ['npm', 'type-only'] },
    },
    {
      name: 'packages-are-declared',
      comment: 'List the package in package.json: what only comes along with another package may leave with it.',
      severity: 'error',
      from: {},
      to: { dependencyTypes: ['npm-no-pkg', 'npm-unknown'] },
    },
    {
      name: 'imports-resolve',
      comment: 'Nothing is there: check the path, the .js ending and the aliases in package.json "imports".',
      severity: 'error',
      from: {},
      to: { couldNotResolve: true },
    },
    {
      name: 'no-imports-from-the-build',
      comment: 'Sources import sources, by the aliases of package.json: what is in dist may be older than they are.',
      severity: 'error',
      from: {},
      to: { path: '^dist/' },
    },
    {
      name: 'no-cycles',
      comment: 'Two files that need each other are one idea, or a third one is missing that both can import.',
      severity: 'error',
      from: {},
      to: { circular: true },
    },
    {
      name: 'no-barrels',
      comment: 'Import from the file that says it: a barrel hides who uses what and loads what nobody asked for.',
      severity: 'error',
      from: { path: '(^|/)index[.]ts$' },
      to: {},
    },
    {
      name: 'no-vague-names',
      comment: 'Name the file after what it says: anything fits into utils, so everything ends up there.',
      severity: 'error',
      from: {},
      to: { path: '/(utils?|helpers?|managers?|common|misc|data)([.]ts$|/)', pathNot: 'node_modules' },
    },
  ],
  options: {
    doNotFollow: { path: ['node_modules', '^dist/'] },
    // Imports of types count too.
    tsPreCompilationDeps: true,
    // The aliases of package.json point into dist; here they are followed to the sources they are built from.
    webpackConfig: { fileName: 'scripts/check/aliases.mjs' },
  },
};
