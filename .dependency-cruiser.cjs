/** The architecture as rules. See ARCHITECTURE.md. Run by tools/imports.mjs on the files without their types (`.mjs`). */
module.exports = {
  forbidden: [
    { name: 'no-cycles', severity: 'error', from: { pathNot: '\\.test\\.' }, to: { circular: true, viaOnly: { dependencyTypesNot: ['type-only'] } } },
    { name: 'rooms-meet-at-contracts', severity: 'error', comment: 'A room may import itself, engine, api and contracts.',
      from: { path: '^src/core/(node|control-plane)/([^/]+)/', pathNot: '(\\.test\\.mjs$|/testing/)' },
      to: { path: '^src/', pathNot: ['^src/core/$1/$2/', '^src/core/(engine|api|contracts)/'] } },
    { name: 'workloads-meet-at-contracts', severity: 'error',
      from: { path: '^src/core/workloads/', pathNot: '\\.test\\.mjs$' }, to: { path: '^src/', pathNot: ['^src/core/workloads/', '^src/core/(engine|api|contracts)/'] } },
    { name: 'kubectl-meets-at-contracts', severity: 'error',
      from: { path: '^src/core/kubectl/', pathNot: '\\.test\\.mjs$' }, to: { path: '^src/', pathNot: ['^src/core/kubectl/', '^src/core/(engine|api|contracts)/'] } },
    { name: 'contracts-know-api-only', severity: 'error', from: { path: '^src/core/contracts/' }, to: { path: '^src/', pathNot: '^src/core/(contracts|api|engine)/' } },
    { name: 'engine-and-api-stand-alone', severity: 'error', from: { path: '^src/core/(engine|api)/', pathNot: '\\.test\\.mjs$' }, to: { path: '^src/', pathNot: ['^src/core/(engine|api)/'] } },
    { name: 'core-is-pure', severity: 'error', comment: 'Only small pure packages; never React, DOM or Node.',
      from: { path: '^src/core/', pathNot: '(\\.test\\.mjs$|/testing/)' }, to: { pathNot: ['^src/core/', '(^|/)node_modules/(@noble/hashes|unbash)/', '^unbash$'] } },
    { name: 'core-has-one-door', severity: 'error', from: { path: '^src/(scenario|session|headless|app|embed)/', pathNot: '\\.test\\.mjs$' }, to: { path: '^src/core/', pathNot: '^src/core/index\\.mjs$' } },
    { name: 'scenarios-are-pure', severity: 'error', comment: 'Format, judge and playing: the same for tests, the command line and the page.',
      from: { path: '^src/scenario/', pathNot: '\\.test\\.mjs$' }, to: { pathNot: ['^src/scenario/', '^src/session/(yaml/|commands\\.mjs$)', '^src/core/index\\.mjs$', 'scenario\\.schema\\.json$'] } },
    { name: 'app-talks-to-session', severity: 'error', from: { path: '^src/(app|embed)/' }, to: { path: '^src/(headless)/' } },
    { name: 'app-takes-types-of-core', severity: 'error', from: { path: '^src/(app|embed)/', pathNot: '\\.test\\.mjs$' }, to: { path: '^src/core/', dependencyTypesNot: ['type-only'] } },
  ],
  options: { doNotFollow: { path: 'node_modules' }, exclude: { path: '\\.(css|svg)$' } },
};
