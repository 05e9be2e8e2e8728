/** The import law: which folder of src may import which. ARCHITECTURE.md says why. */
const law = {
  base: [],
  lock: ['base'],
  protocol: ['base'],
  config: ['base', 'protocol'],
  sdk: ['base', 'protocol'],
  agents: ['base', 'protocol'],
  http: ['base', 'protocol'],
  sandbox: ['base'],
  tasks: ['sdk', 'sandbox', 'protocol', 'base'],
  controller: ['http', 'lock', 'protocol', 'base'],
  worker: ['sdk', 'http', 'protocol', 'base'],
  assigner: ['agents', 'config', 'lock', 'protocol', 'base'],
  launcher: ['sandbox', 'config', 'protocol', 'base'],
  reports: ['protocol', 'base'],
  chaos: ['agents', 'http', 'protocol', 'base'],
  testing: [
    'base',
    'lock',
    'protocol',
    'config',
    'sdk',
    'agents',
    'http',
    'sandbox',
    'tasks',
    'controller',
    'worker',
    'assigner',
    'launcher',
    'reports',
  ],
};

const isTest = '\\.(test|suite)\\.ts$';

const lawRules = Object.entries(law).map(([folder, allowed]) => ({
  name: `law-${folder}`,
  severity: 'error',
  comment: `src/${folder} may import ${allowed.join(', ') || 'nothing of ours'}. Pass in what it needs from src/cli, or move the shared part down.`,
  from: { path: `^src/${folder}/`, pathNot: isTest },
  to: { path: '^src/', pathNot: `^src/(${[folder, ...allowed].join('|')})/` },
}));

module.exports = {
  forbidden: [
    ...lawRules,
    {
      name: 'no-cycles',
      severity: 'error',
      comment:
        'Two files that import each other are one idea in two places: move the shared part to a third.',
      from: {},
      to: { circular: true },
    },
    {
      name: 'faces-only',
      severity: 'error',
      comment: "Another folder's files are reached through its index.ts alone: export the name there.",
      from: { path: '^src/([^/]+)/', pathNot: isTest },
      to: {
        path: '^src/[^/]+/.+',
        pathNot: ['^src/$1/', '^src/[^/]+/index\\.ts$', '^src/tasks/[^/]+/index\\.ts$'],
      },
    },
    {
      name: 'tasks-apart',
      severity: 'error',
      comment: 'A task never imports another task: what both need belongs to sdk, sandbox or base.',
      from: { path: '^src/tasks/([^/]+)/' },
      to: { path: '^src/tasks/[^/]+/', pathNot: '^src/tasks/$1/' },
    },
    {
      name: 'protocol-in-the-browser',
      severity: 'error',
      comment: 'src/protocol also runs in a browser: no node: modules.',
      from: { path: '^src/protocol/', pathNot: isTest },
      to: { dependencyTypes: ['core'] },
    },
    {
      name: 'tests-are-leaves',
      severity: 'error',
      comment: 'Product code does not import tests or the test kit.',
      from: { path: '^src/', pathNot: [isTest, '^src/testing/'] },
      to: { path: ['\\.test\\.ts$', '\\.suite\\.ts$', '^src/testing/'] },
    },
  ],
  options: {
    doNotFollow: { path: 'node_modules' },
    tsConfig: { fileName: 'tsconfig.json' },
    tsPreCompilationDeps: true,
    enhancedResolveOptions: {
      extensions: ['.ts', '.js', '.json'],
      exportsFields: ['exports'],
      conditionNames: ['import', 'types'],
    },
  },
};
