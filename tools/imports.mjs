/**
 * Holds the imports of src/ against .dependency-cruiser.cjs. dependency-cruiser needs TypeScript's programming interface, which TypeScript 7 has not:
 * so the files are stripped of their types first, into .cache/, and what is judged is what is really imported. Imports of types across borders are
 * judged by src/tidy.test.ts.
 */
import { mkdirSync, readdirSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { dirname, join, relative } from 'node:path';
import { transformSync } from 'esbuild';
import { root, run } from './ensure.mjs';

const out = join(root, '.cache/imports');
rmSync(out, { recursive: true, force: true });
const files = readdirSync(join(root, 'src'), { recursive: true, withFileTypes: true }).filter((f) => f.isFile());
for (const file of files) {
  const path = join(file.parentPath ?? file.path, file.name);
  const target = join(out, relative(root, path));
  mkdirSync(dirname(target), { recursive: true });
  if (!/\.tsx?$/.test(path)) {
    writeFileSync(target, '');
    continue;
  }
  const { code } = transformSync(readFileSync(path, 'utf8'), {
    loader: path.endsWith('x') ? 'tsx' : 'ts',
    jsx: 'automatic',
    tsconfigRaw: { compilerOptions: { verbatimModuleSyntax: true } },
  });
  writeFileSync(target.replace(/\.tsx?$/, '.mjs'), code.replace(/((?:from|import|new URL\()\s*\(?["'])(\.{1,2}\/[^"']*)\.tsx?(?=[?"'])/g, '$1$2.mjs'));
}
symlinkSync(join(root, 'node_modules'), join(out, 'node_modules'));
process.exit(run('npx', ['depcruise', 'src', '--config', join(root, '.dependency-cruiser.cjs')], { cwd: out }));
