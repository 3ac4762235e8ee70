/** What the build writes beside the page: embed.js, posters, a page for each scenario, and the service worker that keeps all this. */
import { spawnSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { isAbsolute, join } from 'node:path';
import { build } from 'esbuild';
import type { Plugin } from 'vite';
import { figureKilobytes } from './weigh.ts';

export function publish(): Plugin {
  let out = 'dist';
  let root = '.';
  let kilobytes = 0;
  return {
    name: 'publish',
    apply: 'build',
    configResolved(config) {
      root = config.root;
      out = isAbsolute(config.build.outDir) ? config.build.outDir : join(config.root, config.build.outDir);
    },
    generateBundle: { order: 'post', handler: (_, built) => void (kilobytes = figureKilobytes(built)) },
    async closeBundle() {
      await bundle(root, 'src/embed/element.ts', join(out, 'embed.js'), 'esm', { FIGURE_KILOBYTES: `${kilobytes}` });
      const figure = join(out, 'embed.html');
      writeFileSync(figure, readFileSync(figure, 'utf8').replace('<title>', `<meta name="kubarium-kilobytes" content="${kilobytes}" />\n    <title>`));
      writePages(root, out);
      await bundle(root, 'src/offline/service-worker.ts', join(out, 'sw.js'), 'iife', { __KEPT__: JSON.stringify(keptFiles(out)) });
    },
  };
}

/** One file, always called so. */
async function bundle(root: string, entry: string, outfile: string, format: 'esm' | 'iife', define: Record<string, string> = {}): Promise<void> {
  await build({ entryPoints: [join(root, entry)], outfile, bundle: true, format, target: 'es2022', minify: true, legalComments: 'none', define });
}

/** In a process of its own: it runs the model. `KUBARIUM_URL`: where the site will be. */
function writePages(root: string, out: string): void {
  const args = ['--import', 'tsx', 'tools/publish/pages.ts', out, process.env.KUBARIUM_URL ?? ''];
  const { status } = spawnSync(process.execPath, args, { cwd: root, stdio: ['ignore', 'inherit', 'inherit'] });
  if (status !== 0) throw new Error('the pages of the scenarios could not be written');
}

/** Fetched when first used, because few need it or it is large: the editor, pictures, the page's thread in place of a worker. */
const later = /^(assets\/(monaco|yaml\.worker|editor\.worker|editorWebWorker|codicon|k8s-|session-\w|opentype)|previews\/|sw\.js$)/;
/** The session's own small module is no such thing. */
const laterBytes = 200_000;

export function keptFiles(out: string): { version: string; files: Record<string, string> } {
  const all = readdirSync(out, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map((entry) =>
      join(entry.parentPath, entry.name)
        .slice(out.length + 1)
        .replaceAll('\\', '/'),
    )
    .sort();
  const files: Record<string, string> = {};
  const whole = createHash('sha256');
  for (const path of all) {
    const bytes = readFileSync(join(out, path));
    const hash = createHash('sha256').update(bytes).digest('base64');
    whole.update(`${path}\n${hash}\n`);
    if (!later.test(path) || (path.startsWith('assets/session-') && bytes.length < laterBytes)) files[path] = hash;
  }
  return { version: whole.digest('hex').slice(0, 16), files };
}
