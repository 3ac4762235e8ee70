/** The page of one scenario: the built index.html two folders down, with its own title, description and preview. */
import type { Scenario } from '../../src/scenario/format.ts';
import { escaped } from './poster.ts';

export const previewSize = { width: 1200, height: 630 };

/** `base`: absolute address of the site, '' when it is not known: then previews have relative addresses, which some programs do not follow. */
export function scenarioPage(index: string, { name, title, summary }: Pick<Scenario, 'name' | 'title' | 'summary'>, base: string): string {
  const root = base === '' ? '../../' : base.replace(/\/?$/, '/');
  const meta = (key: string, value: string, kind = 'property'): string => `    <meta ${kind}="${key}" content="${escaped(value)}" />\n`;
  const own = [
    meta('kubarium-scenario', name, 'name'),
    meta('og:type', 'website'),
    meta('og:title', title),
    meta('og:description', summary),
    meta('og:image', `${root}previews/${name}.png`),
    meta('og:image:width', String(previewSize.width)),
    meta('og:image:height', String(previewSize.height)),
    meta('twitter:card', 'summary_large_image', 'name'),
    base === '' ? '' : `    <link rel="canonical" href="${escaped(`${root}scenarios/${name}/`)}" />\n`,
  ].join('');
  return index
    .replace(/(["'])\.\/(?=[^"']*["'])/g, '$1../../')
    .replace(/<title>[^<]*<\/title>/, `<title>${escaped(title)} · Kubarium</title>`)
    .replace(/<meta name="description" content="[^"]*" \/>/, `<meta name="description" content="${escaped(summary)}" />`)
    .replace('  </head>', `${own}  </head>`);
}
