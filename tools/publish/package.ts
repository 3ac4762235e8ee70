/**
 * Writes the npm package `kubarium` into a folder: the command line, `kubarium/core` and `kubarium/embed` with types, the built site, scenarios.
 * Nothing of it needs another package. Usage: node --import tsx tools/publish/package.ts OUT [SITE]   then: npm pack OUT
 */
import { spawnSync } from 'node:child_process';
import { cpSync, existsSync, mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import { build } from 'esbuild';

const root = fileURLToPath(new URL('../../', import.meta.url));
const out = resolve(process.argv[2] ?? join(root, '.cache/package'));
const site = resolve(process.argv[3] ?? join(root, 'dist'));
if (!existsSync(join(site, 'embed.js'))) {
  process.stderr.write(`${site} has no built site; run npm run build first\n`);
  process.exit(1);
}
rmSync(out, { recursive: true, force: true });
mkdirSync(out, { recursive: true });

const { version, description, license, engines } = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8')) as Record<string, unknown>;
const manifest = {
  name: 'kubarium',
  version,
  description,
  license,
  type: 'module',
  engines,
  bin: { kubarium: 'lib/cli/kubarium.js' },
  exports: {
    './core': { types: './types/headless/library.d.ts', default: './lib/core.js' },
    './embed': { types: './types/embed/element.d.ts', default: './site/embed.js' },
    './site/*': './site/*',
    './package.json': './package.json',
  },
  sideEffects: ['./site/embed.js', './lib/cli/kubarium.js'],
  files: ['lib', 'types', 'site', 'scenarios', 'schema'],
};
writeFileSync(join(out, 'package.json'), `${JSON.stringify(manifest, null, 2)}\n`);
for (const file of ['LICENSE', 'README.md']) cpSync(join(root, file), join(out, file));
cpSync(site, join(out, 'site'), { recursive: true });
cpSync(join(root, 'scenarios'), join(out, 'scenarios'), { recursive: true });
mkdirSync(join(out, 'schema'));
cpSync(join(root, 'src/schema/k8s.json'), join(out, 'schema/k8s.json'));

const bundled = { bundle: true, format: 'esm', target: 'node20', legalComments: 'inline', logLevel: 'warning' } as const;
await build({
  ...bundled,
  entryPoints: [join(root, 'src/headless/main.ts')],
  outfile: join(out, 'lib/cli/kubarium.js'),
  platform: 'node',
  // Packages that still call require for what Node.js brings along.
  banner: { js: "#!/usr/bin/env node\nimport { createRequire as __createRequire } from 'node:module';\nconst require = __createRequire(import.meta.url);" },
});
await build({
  ...bundled,
  entryPoints: [join(root, 'src/headless/library.ts')],
  outfile: join(out, 'lib/core.js'),
  platform: 'neutral',
  mainFields: ['module', 'main'],
});

writeTypes();

function writeTypes(): void {
  const config = join(out, 'tsconfig.types.json');
  const compilerOptions = {
    noEmit: false,
    declaration: true,
    emitDeclarationOnly: true,
    rootDir: join(root, 'src'),
    outDir: join(out, 'types'),
    lib: ['ES2023', 'DOM', 'DOM.Iterable'],
    types: [],
  };
  writeFileSync(
    config,
    JSON.stringify({
      extends: join(root, 'tsconfig.base.json'),
      compilerOptions,
      files: ['headless/library.ts', 'embed/element.ts'].map((f) => join(root, 'src', f)),
    }),
  );
  const { status } = spawnSync(process.execPath, [join(root, 'node_modules/typescript/bin/tsc'), '-p', config], { stdio: 'inherit' });
  rmSync(config);
  if (status !== 0) process.exit(1);
  // Other compilers want the names of what runs.
  const types = join(out, 'types');
  for (const name of readdirSync(types, { recursive: true, encoding: 'utf8' })) {
    if (!name.endsWith('.d.ts')) continue;
    const file = join(types, name);
    writeFileSync(file, readFileSync(file, 'utf8').replace(/((?:from|import\()\s*['"]\.{1,2}\/[^'"]*)\.ts(['"])/g, '$1.js$2'));
  }
}
