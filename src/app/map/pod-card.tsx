/** A pod in the density that fits: a card with containers and gauges, down to a glyph. */
import { Fragment, memo } from 'react';
import type { ContainerRecord, PodRecord } from '../../core/index.ts';
import { useRecord } from '../state/records.ts';
import { words } from '../words/en.ts';
import { memory, podTitle, shortImage } from './facts.ts';
import { Gauges } from './gauge.tsx';
import { StateGlyph } from './glyphs.tsx';
import type { Density } from './scene.ts';
import { Vertex } from './vertex.tsx';

const text = words.map;

interface Props {
  id: string;
  density: Density['name'];
  /** The card is narrow and holds one container and its gauge (portrait). */
  portrait: boolean;
}

export const PodCard = memo(function PodCard({ id, density, portrait }: Props) {
  const pod = useRecord<'pod'>(id);
  if (!pod) return <div className="vertex v-card vanished" />;
  const name = text.podName({
    name: pod.name,
    status: pod.status,
    ready: pod.readyContainers,
    total: pod.totalContainers,
    restarts: pod.restarts,
    node: pod.node,
  });
  return (
    <Vertex vertex={id} record={id} name={name} className={`v-card pod pod-${density} ${portrait ? 'portrait-pod' : ''}`}>
      <Body pod={pod} density={density} portrait={portrait} />
    </Vertex>
  );
});

function Body({ pod, density, portrait }: { pod: PodRecord; density: Props['density']; portrait: boolean }) {
  const { title, suffix } = podTitle(pod);
  if (density === 'XS') return <StateGlyph family={pod.family} />;
  if (density === 'S')
    return (
      <>
        <div className="v-row">
          <StateGlyph family={pod.family} />
          <span>
            {pod.readyContainers}/{pod.totalContainers}
          </span>
        </div>
        <span className="small-name">{title}</span>
      </>
    );
  const status = (
    <div className="v-status">
      <StateGlyph family={pod.family} />
      <b className={`family-${pod.family}`}>
        <Breakable text={pod.status} />
      </b>
    </div>
  );
  if (density === 'M' && portrait)
    return (
      <>
        <div className="v-title">
          <b>{title}</b>
          <span>
            {pod.readyContainers}/{pod.totalContainers}
          </span>
        </div>
        {status}
        <Containers list={pod.containers} lines={1} />
        <ProbeLine pod={pod} short />
      </>
    );
  return (
    <>
      <div className="v-title">
        <b>{title}</b>
        {density === 'L' && <span className="mono">{pod.ip}</span>}
      </div>
      <div className="v-suffix mono">{suffix}</div>
      {status}
      <div className="v-row">
        <span>{text.ready(pod.readyContainers, pod.totalContainers)}</span>
        <span>{text.restarts(pod.restarts)}</span>
      </div>
      {density === 'L' && (
        <>
          <Containers list={pod.containers} lines={2} />
          <ProbeLine pod={pod} />
        </>
      )}
    </>
  );
}

function ProbeLine({ pod, short = false }: { pod: PodRecord; short?: boolean }) {
  const kubelet = useRecord<'component'>(`component/${pod.node}/kubelet`);
  const probes = pod.containers.flatMap((c) => c.probes);
  if (probes.length > 0 && kubelet && !kubelet.up) return <div className="probe-line">{text.notProbed}</div>;
  return <div className="probe-line">{short && probes.length === 0 ? text.restarts(pod.restarts) : <Gauges probes={probes} only={short} />}</div>;
}

/** One: a cell of two lines. Two: a line each. Up to four: two columns. More: three and how many else. */
function Containers({ list, lines }: { list: readonly ContainerRecord[]; lines: 1 | 2 }) {
  const rank = { init: 0, sidecar: 1, regular: 2, ephemeral: 3 };
  const ordered = list.length > 1 ? [...list].sort((a, b) => rank[a.role] - rank[b.role]) : list;
  const most = lines === 1 ? 1 : ordered.length > 4 ? 3 : 4;
  const shown = lines === 1 && ordered.length > 1 ? [busiest(ordered)] : ordered.slice(0, most);
  const one = ordered.length === 1 && lines === 2;
  return (
    <div className={`v-containers ${ordered.length > 2 && lines === 2 ? 'two-columns' : ''}`}>
      {shown.map((c, i) => (
        <div key={c.name} className={`v-cell ${one ? 'tall' : ''} ${c.role === 'ephemeral' ? 'ephemeral' : ''}`}>
          <StateGlyph family={c.family} label={c.reason || c.state} />
          <span className="v-name">
            {c.role === 'sidecar' ? '↻ ' : c.role === 'init' ? `${i + 1} ` : ''}
            {c.name}
          </span>
          {one && <span className="v-fact">{factOf(c)}</span>}
          {one && <span className="v-image mono">{shortImage(c.image)}</span>}
          {!one && ordered.length <= 2 && <span className="v-fact">{lines === 1 ? tagOf(c.image) : factOf(c)}</span>}
        </div>
      ))}
      {lines === 2 && ordered.length > shown.length && <div className="v-cell v-more">{text.more(ordered.length - shown.length)}</div>}
    </div>
  );
}

const busiest = (list: readonly ContainerRecord[]): ContainerRecord =>
  list.find((c) => c.family === 'failed' || c.family === 'backoff') ??
  list.find((c) => c.family !== 'ready' && c.family !== 'done') ??
  (list.at(-1) as ContainerRecord);

const tagOf = (image: string): string => shortImage(image).split(':')[1] ?? '';
const factOf = (c: ContainerRecord): string => (c.exitCode !== null && c.state !== 'running' ? text.exit(c.exitCode) : memory(c.memoryBytes));

/** Breaks before a capital, never within a word. */
export function Breakable({ text: whole }: { text: string }) {
  return whole.split(/(?<=[a-z:])(?=[A-Z])/).map((part, i) => (
    // biome-ignore lint/suspicious/noArrayIndexKey: parts of one word.
    <Fragment key={i}>
      {i > 0 && <wbr />}
      {part}
    </Fragment>
  ));
}
