/** The npm package, as one who installs it has it: packed, installed into an empty folder without a registry, used. */
import { execFileSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { expect, test } from '@playwright/test';

const root = fileURLToPath(new URL('..', import.meta.url));
const pod = `apiVersion: v1
kind: Pod
metadata: {name: web}
spec: {containers: [{name: c, image: nginx:1.27}]}
`;

test('the tarball holds what it should, installs without other packages, and works: command line, core, embed, types', () => {
  const folder = mkdtempSync(join(tmpdir(), 'kubarium-package-'));
  const run = (command: string, ...args: string[]): string =>
    execFileSync(command, args, { cwd: folder, encoding: 'utf8', env: { ...process.env, npm_config_cache: join(folder, 'npm'), NODE_OPTIONS: '' } });
  try {
    execFileSync(process.execPath, ['--import', 'tsx', join(root, 'tools/publish/package.ts'), join(folder, 'made'), join(root, 'dist')], { cwd: root });
    const [packed] = JSON.parse(run('npm', 'pack', './made', '--json')) as { filename: string; files: { path: string }[] }[];
    const paths = packed?.files.map((file) => file.path) ?? [];
    for (const path of [
      'package.json',
      'README.md',
      'LICENSE',
      'lib/cli/kubarium.js',
      'lib/core.js',
      'types/headless/library.d.ts',
      'types/embed/element.d.ts',
      'site/embed.js',
      'site/embed.html',
      'site/index.html',
      'site/sw.js',
      'schema/k8s.json',
      'scenarios/readiness-and-traffic/scenario.yaml',
    ])
      expect(paths).toContain(path);
    expect(paths.filter((path) => /(^|\/)(node_modules|src|e2e|\.git|\.cache)\/|\.test\.|tsconfig|\.map$/.test(path))).toEqual([]);

    const app = join(folder, 'app');
    execFileSync('mkdir', [app]);
    const inside = (command: string, ...args: string[]): string =>
      execFileSync(command, args, { cwd: app, encoding: 'utf8', env: { ...process.env, NODE_OPTIONS: '' } });
    writeFileSync(join(app, 'package.json'), '{"type":"module"}');
    inside('npm', 'install', '--offline', '--no-audit', '--no-fund', '--cache', join(folder, 'npm'), join('..', packed?.filename ?? ''));
    const lock = JSON.parse(readFileSync(join(app, 'package-lock.json'), 'utf8')) as { packages: object };
    expect(Object.keys(lock.packages)).toEqual(['', 'node_modules/kubarium']);

    writeFileSync(join(app, 'web.yaml'), pod);
    const out = inside('npx', '--offline', 'kubarium', 'web.yaml', '--at', '30s', 'kubectl get pods', '--until', '31s');
    expect(out).toMatch(/^# 30s kubectl get pods\nNAME +READY +STATUS +RESTARTS +AGE\nweb +1\/1 +Running +0 +30s\n$/);

    writeFileSync(
      join(app, 'core.mjs'),
      `import { World, applyOf, kubectlOf } from 'kubarium/core';
const world = new World({ seed: 3 });
world.schedule(0, applyOf(${JSON.stringify(pod)}));
const id = world.schedule(20_000, kubectlOf(['get', 'pods', '--no-headers']));
world.advance(25_000);
process.stdout.write(world.results[id].out);`,
    );
    expect(inside(process.execPath, 'core.mjs')).toMatch(/^web +1\/1 +Running/);

    writeFileSync(
      join(app, 'typed.ts'),
      `import { World, applyOf, type PodRecord } from 'kubarium/core';
import { connect, type KubariumEmbed, type Told } from 'kubarium/embed';
const world: World = new World({ seed: 3, proxyMode: 'ipvs' });
world.schedule(0, applyOf(''));
// @ts-expect-error no such mode
new World({ proxyMode: 'ebpf' });
export const ready = (pod: PodRecord): boolean => pod.readyContainers === pod.totalContainers;
export const element: KubariumEmbed = document.createElement('kubarium-embed');
export const done: Promise<{ nowMs: number }> = element.seek('42s');
element.on('answer', (detail: Told['answer']) => detail.correct);
// @ts-expect-error no such event
element.on('nothing', () => {});
export const line = connect(document.createElement('iframe'));
`,
    );
    const options = {
      strict: true,
      noEmit: true,
      module: 'nodenext',
      moduleResolution: 'nodenext',
      target: 'es2022',
      lib: ['es2023', 'dom', 'dom.iterable'],
      types: [],
    };
    writeFileSync(join(app, 'tsconfig.json'), JSON.stringify({ compilerOptions: options, files: ['typed.ts'] }));
    inside(process.execPath, join(root, 'node_modules/typescript/bin/tsc'), '-p', '.');
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
});
