/** The poster of an embed as SVG: outlines and titles of the map under a veil, and the lanes of the run as ghosts. Drawn from design/map.json, dark where the page around is. */
import layout from '../../src/app/design/map.json' with { type: 'json' };
import { type Lanes, lanePaths } from './lanes.ts';

const size = { width: 720, height: 420, header: 32, dock: 76 };
const titles: Record<string, string> = {
  apiServer: 'API server',
  kubelet: 'kubelet',
  runtime: 'containerd',
  kubeProxy: 'kube-proxy',
  netfilter: 'netfilter',
  client: 'client',
};

const style = `:root{color-scheme:light dark}
svg{--paper:#eef4f2;--case:#f9fcfb;--plate:#fff;--ink:#172426;--rule:#7a8686;--hair:#d1d9d8;--blue:#0a48a8}
@media (prefers-color-scheme:dark){svg{--paper:#0d1516;--case:#131d1e;--plate:#1c2727;--ink:#e9eeed;--rule:#6b7778;--hair:#313c3c;--blue:#61a1f0}}
text{font:600 13px/20px system-ui,sans-serif;fill:var(--ink)}
.l{fill:none;stroke:var(--rule);stroke-width:1.5}.b{fill:none;stroke:var(--blue);stroke-width:4}.c{fill:var(--plate);stroke:var(--hair)}
.g{fill:none;stroke:var(--ink);stroke-dasharray:2 3}`;

/** `title`: above the map; '' for none. */
export function posterSvg(title: string, lanes: Lanes | null): string {
  const { vertices, channels } = layout.short;
  const out: string[] = [];
  for (const [id, points] of Object.entries(channels as Record<string, number[][]>)) {
    const kind = id.startsWith('podBus') ? 'b' : 'l';
    out.push(`<path class="${kind}" d="M${points.map((p) => p.join(' ')).join('L')}"/>`);
  }
  for (const [id, [x = 0, y = 0, width = 0, height = 0]] of Object.entries(vertices as Record<string, number[]>)) {
    if (id === 'pods') {
      for (const dx of [0, 188]) out.push(`<rect class="c" x="${x + dx}" y="${y}" width="172" height="${height}" rx="3"/>`);
      continue;
    }
    out.push(`<rect class="c" x="${x}" y="${y}" width="${width}" height="${height}" rx="3"/><text x="${x + 12}" y="${y + 23}">${titles[id] ?? ''}</text>`);
  }
  const dockY = size.height - size.dock;
  const ghosts = lanes ? lanePaths(lanes, { x: 72, y: dockY + 28, width: 640, pitch: 13, rows: 3 }) : '';
  return `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${size.width} ${size.height}"><style>${style}</style>
<path fill="var(--paper)" d="M0 0h${size.width}v${size.height}H0z"/>
<g opacity=".4"><g transform="translate(0 ${size.header})">${out.join('')}</g><path class="g" d="${ghosts}"/></g>
<path fill="var(--case)" d="M0 0h${size.width}v${size.header}H0z"/><text x="16" y="21">${escaped(short(title))}</text>
<path stroke="var(--hair)" d="M0 ${size.header - 0.5}h${size.width}M0 ${dockY + 0.5}h${size.width}"/></svg>
`;
}

const short = (text: string): string => (text.length > 80 ? `${text.slice(0, 79)}…` : text);

export const escaped = (text: string): string => text.replace(/[&<>"']/g, (c) => `&#${c.charCodeAt(0)};`);
