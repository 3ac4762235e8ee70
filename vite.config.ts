import { fileURLToPath } from 'node:url';
import react from '@vitejs/plugin-react';
import { defineConfig } from 'vite';
import { publish } from './tools/publish/plugin.ts';
import { scenarios } from './tools/scenarios-plugin.ts';

const policy = [
  "default-src 'none'",
  "script-src 'self'",
  "worker-src 'self'",
  "connect-src 'self'",
  "font-src 'self'",
  "manifest-src 'self'",
  "style-src 'self' 'unsafe-inline'",
  "img-src 'self' data:",
  "base-uri 'none'",
  "form-action 'none'",
  "require-trusted-types-for 'script'",
].join('; ');

/** What the page and an embedded figure both begin with: one file, not one for every way in which they share it. What the page alone begins with is not in it. */
const firstPicture =
  /node_modules\/(react|react-dom|scheduler|@xyflow|d3-[a-z]+|zustand|use-sync-external-store|classcat)\/|src\/app\/(map|state|frame\/(health|window-size)|style\/base)/;

export default defineConfig({
  // Works from any folder of any server.
  base: './',
  plugins: [
    react(),
    scenarios(),
    {
      name: 'content-security-policy',
      apply: 'build',
      transformIndexHtml: (html) =>
        html.replace('<meta charset="utf-8" />', `<meta charset="utf-8" />\n    <meta http-equiv="Content-Security-Policy" content="${policy}" />`),
    },
    publish(),
  ],
  worker: { format: 'es' },
  resolve: {
    alias: [
      { find: /^monaco-editor\/esm\/vs\/(.*)$/, replacement: 'monaco-editor/$1' },
      { find: /^d3-(transition|interpolate)$/, replacement: fileURLToPath(new URL('src/app/map/no-transitions.ts', import.meta.url)) },
    ],
  },
  optimizeDeps: {
    include: [
      'monaco-yaml',
      'monaco-yaml/yaml.worker.js',
      'monaco-editor/editor',
      'monaco-editor/editor/editor.worker.js',
      'monaco-editor/languages/definitions/yaml/register',
      'monaco-editor/features/register.all',
    ],
  },
  build: {
    assetsInlineLimit: 0,
    target: 'es2022',
    chunkSizeWarningLimit: 4096,
    rolldownOptions: {
      input: { index: 'index.html', embed: 'embed.html' },
      // React Flow's mini map, controls and resizer are wrapped in calls that do nothing until they are drawn: unused, they go.
      output: {
        codeSplitting: {
          groups: [
            // A figure's poster needs this and nothing else.
            { name: 'load', test: /vite\/preload-helper|modulepreload-polyfill/, priority: 2 },
            { name: 'map', test: firstPicture, priority: 1 },
          ],
        },
      },
      treeshake: { manualPureFunctions: ['memo', 'forwardRef', 'createContext', 'fixedForwardRef'] },
    },
  },
});
