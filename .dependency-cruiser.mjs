/**
 * Who may import whom: the table of docs/adr/0004-rings.md, as rules. Each comment says what to do instead.
 * test/architecture/layers.spec.ts plants a violation of every rule here, and fails if one has no plant.
 */
import { capabilities, engines } from './scripts/check/house.mjs';

const spec = '[.]spec[.]ts$';
const kernel = '^libs/kernel/';
const eventSourcing = '^libs/event-sourcing/';
/** Where the domain meets the log: what is folded, handed on, found again and saved. */
const projection = '[^/]+[.](view|slots|snapshot|locations)[.]ts$';
/** What a capability says to all others. */
const facts = '^libs/[^/]+/domain/[^/]+[.](events|slots)[.]ts$';
/** What a library refuses with: whoever passes a refusal on says so in its types. */
const codes = '^libs/.+[.]codes[.]ts$';

/** A rule about the product's own code in one folder: what it may reach of ours is a closed list. */
const folder = (name, path, mayReach, comment, not = []) => ({
  name,
  comment,
  severity: 'error',
  from: { path, pathNot: [spec, ...not] },
  to: { path: '^(libs|apps)/', pathNot: mayReach },
});

/** A capability knows those that come before it, and the facts of all. */
const inOrder = (capability, place) => ({
  name: `${capability}-comes-before`,
  comment: `Ask the later capability through an interface that ${capability} declares, and let the later one provide it.`,
  severity: 'error',
  from: { path: `^libs/${capability}/`, pathNot: spec },
  to: { path: `^libs/(${capabilities.slice(place + 1).join('|')})/`, pathNot: facts },
});

export default {
  forbidden: [
    folder(
      'kernel-stands-alone',
      kernel,
      [kernel],
      'The kernel imports nothing of ours: move what is needed into the kernel, or take it as an argument.',
    ),
    folder(
      'event-sourcing-knows-the-kernel',
      eventSourcing,
      [eventSourcing, kernel],
      'It has no business word in it: let a view, a slot or an interface of a capability say what it is about.',
    ),
    folder(
      'engines-know-ports-and-kernel',
      `^libs/(${engines.join('|')})/`,
      ['^libs/$1/', '^libs/event-sourcing/(ports|record-log)/', kernel],
      'An engine implements ports and knows neither a capability nor another engine; what several share is in record-log.',
    ),
    folder(
      'domain-knows-kernel-and-events',
      '^libs/([^/]+)/domain/',
      [kernel, '^libs/$1/domain/', '^libs/[^/]+/domain/[^/]+[.]events[.]ts$', codes],
      'A domain knows the kernel, other capabilities’ *.events.ts, and codes: react to their events, or pass the value in.',
      [`/${projection}`],
    ),
    folder(
      'views-know-how-events-are-folded',
      `^libs/([^/]+)/domain/${projection}`,
      [kernel, eventSourcing, '^libs/$1/domain/', '^libs/[^/]+/domain/'],
      'A view reads domains and how events are folded: nothing that waits, asks or commands.',
    ),
    folder(
      'capabilities-know-capabilities',
      '^libs/([^/]+)/(commands|queries|sagas)/',
      [kernel, eventSourcing, '^libs/$1/', '^libs/[^/]+/(domain|commands|queries)/'],
      'Ask for a port; apps/bursar binds it to an engine. A saga of another capability is nobody’s to call.',
    ),
    folder(
      'http-knows-its-capability',
      '^libs/([^/]+)/http/',
      [kernel, eventSourcing, '^libs/http/', '^libs/$1/', '^libs/[^/]+/(domain|commands|queries)/'],
      'A route asks commands and queries; what every route meets is in libs/http.',
    ),
    folder(
      'modules-import-modules',
      '^libs/([^/]+)/[^/]+[.](module|settings)[.]ts$',
      [
        kernel,
        eventSourcing,
        '^libs/http/',
        '^libs/$1/',
        '^libs/[^/]+/[^/]+[.]module[.]ts$',
        '^libs/[^/]+/(domain|commands|queries)/',
      ],
      'A module names other modules, and what its providers are made from; engines are bound in apps/bursar.',
    ),
    folder(
      'shared-http-knows-no-capability',
      '^libs/http/',
      ['^libs/http/', eventSourcing, kernel],
      'It has no business word in it: declare an interface, as Callers is, and let a capability provide it.',
    ),
    ...capabilities.slice(0, -1).map(inOrder),
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
      from: { path: '^libs/(kernel|[^/]+/domain)/', pathNot: spec },
      to: { dependencyTypes: ['core'] },
    },
    {
      name: 'pure-rings-use-few-packages',
      comment:
        'Kernel and domain use zod and date-fns only. No framework: Nest meets the domain in commands, queries and sagas.',
      severity: 'error',
      from: { path: '^libs/(kernel|[^/]+/domain)/', pathNot: spec },
      to: { path: 'node_modules/', pathNot: 'node_modules/(zod|date-fns|@date-fns/tz)/' },
    },
    {
      name: 'the-plain-way-has-a-calendar-of-its-own',
      comment: 'Verify checks the kernel’s calendar: work days and times out with date-fns, as plain-days.ts does.',
      severity: 'error',
      from: { path: '^apps/cli/verify/(plain-|recount)', pathNot: spec },
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
      name: 'vendor-internals-in-one-file',
      comment:
        'What the event store’s client does not export is reached from vendor-internals.ts only, where it is listed and checked: export it from there. Tests have the protocol from test/eventstore/protocol.ts.',
      severity: 'error',
      from: { pathNot: '^(libs/event-log-eventstore/vendor-internals|test/eventstore/protocol)[.]ts$' },
      to: { path: 'node_modules/@eventstore/db-client/', pathNot: '/db-client/dist/index[.](js|d[.]ts)$' },
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
