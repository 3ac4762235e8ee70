/** What the build writes beside the page: embed.js and posters. */
import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { build } from 'esbuild';
import type { Plugin } from 'vite';
import { posterSvg } from './poster.ts';

export function publish(): Plugin {
  let out = 'dist';
  let root = '.';
  return {
    name: 'publish',
    apply: 'build',
    configResolved(config) {
      root = config.root;
      out = join(config.root, config.build.outDir);
      if (config.build.outDir.startsWith('/')) out = config.build.outDir;
    },
    async closeBundle() {
      await writeElement(root, out);
      mkdirSync(join(out, 'previews'), { recursive: true });
      writeFileSync(join(out, 'previews/figure.svg'), posterSvg('', null));
    },
  };
}

/** The module of `<kubarium-embed>`: one file, always called embed.js. */
async function writeElement(root: string, out: string): Promise<void> {
  await build({
    entryPoints: [join(root, 'src/embed/element.ts')],
    outfile: join(out, 'embed.js'),
    bundle: true,
    format: 'esm',
    target: 'es2022',
    minify: true,
    legalComments: 'none',
  });
}
