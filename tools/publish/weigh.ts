/** What a figure loads once it is asked for, counted in what was built: page, styles, dots and simulator. */
import { brotliCompressSync } from 'node:zlib';
import type { Rolldown } from 'vite';

/** Kilobytes after brotli, to the next ten. */
export function figureKilobytes(bundle: Rolldown.OutputBundle): number {
  const chunks = Object.values(bundle).filter((file) => file.type === 'chunk');
  const of = (path: string): Rolldown.OutputChunk => {
    const found = chunks.find((chunk) => chunk.facadeModuleId?.endsWith(path));
    if (!found) throw new Error(`${path} is no chunk of its own: a figure cannot be weighed`);
    return found;
  };
  const files = new Set<string>();
  const take = (chunk: Rolldown.OutputChunk): void => {
    if (files.has(chunk.fileName)) return;
    files.add(chunk.fileName);
    for (const css of chunk.viteMetadata?.importedCss ?? []) files.add(css);
    for (const name of chunk.imports) {
      const next = bundle[name];
      if (next?.type === 'chunk') take(next);
    }
  };
  take(of('/src/embed/figure.tsx'));
  take(of('/src/app/dots/dots-over-map.tsx'));
  const simulator = Object.keys(bundle).find((name) => /(^|\/)worker-[^/]*\.js$/.test(name));
  if (!simulator) throw new Error('the simulator’s worker is not among what was built: a figure cannot be weighed');
  files.add(simulator);
  let bytes = 0;
  for (const name of files) {
    const file = bundle[name];
    if (file) bytes += brotliCompressSync(file.type === 'chunk' ? file.code : file.source).length;
  }
  return Math.round(bytes / 10_000) * 10;
}
