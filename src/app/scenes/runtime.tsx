/** The opened container runtime. */
import type { ConversationRow, RuntimeSceneRecord } from '../../core/index.ts';
import { memory } from '../map/facts.ts';
import { MessageGlyph, StateGlyph } from '../map/glyphs.tsx';
import { select, setUi, useUi } from '../state/ui.ts';
import { words as common } from '../words/en.ts';
import { sceneWords as all } from '../words/scenes.en.ts';
import { lifelineX, placeRow, rowPitch, rowsShown } from './conversation.ts';
import { useShortName } from './names.ts';
import { Card, Fact, Frame } from './parts.tsx';
import { pictureOf } from './picture.ts';

const words = all.runtime;

export function RuntimeScene({ record: r }: { record: RuntimeSceneRecord }) {
  const picture = pictureOf('runtime');
  const { parts } = picture;
  return (
    <>
      <Frame picture={picture} title={r.implementation} ports={{ cri: words.kubelet, registry: words.registry }} label={{ x: 316, y: 408, text: words.bus }} />
      <Conversation r={r} />
      <Images r={r} />
      <Card at={parts.shims} title={words.shims} right={words.shimFact} className="s-shims">
        <div className="s-rows">
          {r.shims.length === 0 && <p>{words.noShim}</p>}
          {r.shims.map((shim) => (
            <Shim key={shim.id} shim={shim} chosen={shim.uid === r.container?.uid} />
          ))}
        </div>
      </Card>
      <Runc r={r} />
      <Cgroup r={r} />
    </>
  );
}

function Conversation({ r }: { r: RuntimeSceneRecord }) {
  const at = pictureOf('runtime').parts.conversation;
  const uid = useUi((ui) => (ui.selectedId.startsWith('pod/') ? ui.selectedId.slice(4) : '')) || (r.container?.uid ?? '');
  if (!at) return null;
  const time = (ms: number): string => (ms / 1000).toFixed(3);
  return (
    <Card at={at} title={words.conversation} right={words.newest}>
      <svg
        className="s-talk"
        style={{ left: -1, top: -1 }}
        width={at.width}
        height={at.height}
        viewBox={`0 0 ${at.width} ${at.height}`}
        role="img"
        aria-label={words.conversation}
      >
        {Object.entries(lifelineX).map(([name, x]) => (
          <g key={name}>
            <text className="s-head" x={x} y="45" textAnchor="middle">
              {words.lifelines[name as keyof typeof lifelineX]}
            </text>
            <path className="s-life" d={`M${x} 54V${54 + rowsShown * rowPitch + 10}`} />
          </g>
        ))}
        {r.rows.length === 0 && (
          <text x="74" y="82">
            {words.nothing}
          </text>
        )}
        {r.rows.map((row, i) => (
          <TalkRow
            key={`${row.seq} ${row.text} ${row.now}`}
            row={row}
            index={i + Math.max(0, rowsShown - r.rows.length)}
            width={at.width}
            time={time(row.atMs)}
            own={row.uid !== '' && row.uid === uid}
            last={i === r.rows.length - 1}
          />
        ))}
      </svg>
      <ol className="unseen">
        {r.rows.map((row) => (
          <li key={`${row.seq} ${row.text}`}>{words.row(time(row.atMs), words.lifelines[row.from], words.lifelines[row.to], row.text, row.now)}</li>
        ))}
      </ol>
    </Card>
  );
}

interface TalkProps {
  row: ConversationRow;
  index: number;
  width: number;
  time: string;
  own: boolean;
  last: boolean;
}

function TalkRow({ row, index, width, time, own, last }: TalkProps) {
  const p = placeRow(row, index);
  const [y0, right] = [p.y - rowPitch / 2, p.x1 >= p.x0];
  const head = p.x0 === p.x1 ? p.x1 : row.now ? (p.x0 + p.x1) / 2 : right ? p.x1 - 7 : p.x1 + 7;
  return (
    // biome-ignore lint/a11y/noStaticElementInteractions: the same rows are in Messages, where keys reach them.
    <g onClick={() => row.seq > 0 && setUi({ focusedSeq: row.seq, lowerTab: 'messages' })}>
      <title>{words.row(time, words.lifelines[row.from], words.lifelines[row.to], row.text, row.now)}</title>
      {(row.now || last) && <rect className="s-mark" x="1" y={y0} width={width - 2} height={rowPitch} />}
      {(own || row.now) && <rect className="s-bar" x="1" y={y0} width="3" height={rowPitch} />}
      <text className="s-time" x="68" y={p.y + 4} textAnchor="end">
        {time}
      </text>
      {p.x0 !== p.x1 && <path className={`s-leg ${row.reply ? 'reply' : ''}`} d={`M${p.x0} ${p.y}H${p.x1}`} />}
      <text
        className={`${p.anchor === 'middle' ? 's-halo' : ''} ${row.now || last ? 'on-mark' : ''} ${row.refused ? 'refused' : ''}`}
        x={p.textX}
        y={p.y + 4}
        textAnchor={p.anchor}
      >
        {p.text}
      </text>
      <svg aria-hidden="true" x={head - 7} y={p.y - 7} width="14" height="14" overflow="visible">
        <MessageGlyph
          message={{ kind: row.to === 'cni' || row.from === 'cni' ? 'cni' : 'cri', text: '', reply: row.reply, outcome: row.refused ? 'refused' : 'ok' }}
        />
      </svg>
    </g>
  );
}

export const megabytes = (bytes: number): string =>
  bytes < 1000 ? `${bytes} B` : bytes < 1_000_000 ? `${(bytes / 1000).toFixed(1)} kB` : `${(bytes / 1_000_000).toFixed(1)} MB`;

function Images({ r }: { r: RuntimeSceneRecord }) {
  const at = pictureOf('runtime').parts.images;
  const { image } = r;
  const done = image?.layers.reduce((sum, l) => sum + l.done, 0) ?? 0;
  const total = image?.layers.reduce((sum, l) => sum + l.bytes, 0) ?? 0;
  return (
    <Card at={at} title={words.images} right={words.store(r.parallel)} className="s-images">
      {/* biome-ignore lint/a11y/noNoninteractiveTabindex: what scrolls must be reached by keys. */}
      {/* biome-ignore lint/a11y/useSemanticElements: a list of rows. */}
      <div className="s-scroll s-store" role="group" aria-label={words.images} tabIndex={0}>
        {r.images.map((i) => (
          <div className="s-row" key={i.name}>
            <StateGlyph family="done" label={words.here} />
            <span className="mono" title={i.name}>
              {i.name}
            </span>
            <span>{i.pinned ? words.pinned : words.layers(i.layers)}</span>
            <span>{megabytes(i.bytes)}</span>
          </div>
        ))}
      </div>
      {image && (
        <div className="s-layers">
          <div className="s-row">
            <StateGlyph family={image.pulling ? 'progress' : 'done'} />
            <span className="mono" title={image.name}>
              {image.name}
            </span>
            <span>
              {image.pulling ? words.pulling(image.layers.filter((l) => l.done >= l.bytes).length, image.layers.length) : words.layers(image.layers.length)}
            </span>
            <span title={`${megabytes(done)} of ${megabytes(total)}`}>{megabytes(image.pulling ? done : total)}</span>
          </div>
          <div className="s-layer-row head">
            <span>{words.layer}</span>
            <span>{words.size}</span>
            <span>{words.download}</span>
            <span>{words.snapshot}</span>
          </div>
          {/* biome-ignore lint/a11y/noNoninteractiveTabindex: what scrolls must be reached by keys. */}
          {/* biome-ignore lint/a11y/useSemanticElements: a list of rows. */}
          <div className="s-scroll" role="group" aria-label={image.name} tabIndex={0}>
            {image.layers.map((l) => (
              <div className="s-layer-row" key={l.digest}>
                <span className="mono">{l.digest}</span>
                <span>{megabytes(l.bytes)}</span>
                <span className="s-track" role="img" aria-label={`${words.download}, ${megabytes(l.done)} of ${megabytes(l.bytes)}`}>
                  <i style={{ width: `${l.bytes > 0 ? Math.min(100, (l.done / l.bytes) * 100) : 100}%` }} />
                </span>
                <span className={`s-snap ${l.snapshot}`} role="img" aria-label={words[l.snapshot]} title={words[l.snapshot]} />
              </div>
            ))}
          </div>
        </div>
      )}
      <p>{words.note}</p>
    </Card>
  );
}

function Shim({ shim, chosen }: { shim: RuntimeSceneRecord['shims'][number]; chosen: boolean }) {
  const id = `pod/${shim.uid}`;
  const short = useShortName(shim.uid, shim.pod);
  return (
    <button type="button" className={`s-shim ${chosen ? 'marked' : ''}`} aria-pressed={chosen} onClick={() => select(id)}>
      <span>
        <b title={shim.pod}>{short}</b>
        <span className="mono">{words.pid(shim.pid)}</span>
      </span>
      <span className="s-cells">
        <span className="v-cell" title={shim.word}>
          <StateGlyph family={shim.family} label={shim.word} />
          <span>pause</span>
        </span>
        {shim.containers.map((c) => (
          <span className="v-cell" key={c.id} title={`${c.name}, ${c.word}`}>
            <StateGlyph family={c.family} label={c.word} />
            <span>{c.name}</span>
          </span>
        ))}
      </span>
    </button>
  );
}

const stateNames = ['creating', 'created', 'running', 'stopped'] as const;

function Runc({ r }: { r: RuntimeSceneRecord }) {
  const c = r.container;
  const at = c ? stateNames.indexOf(c.state as (typeof stateNames)[number]) : -1;
  const x = (i: number): number => 15 + i * 76;
  return (
    <Card at={pictureOf('runtime').parts.runc} title={words.runc} right={words.exits} className="s-runc">
      <svg width="260" height="36" viewBox="0 0 260 36" role="img" aria-label={c ? `${c.name}: ${c.state}` : words.noContainer}>
        <path className="channel" d={`M${x(0)} 10H${x(3)}`} />
        {at > 0 && <path className="hot-gray" d={`M${x(0)} 10H${x(at)}`} />}
        {stateNames.map((name, i) => (
          <g key={name}>
            <circle className="station" style={i === at ? { fill: 'var(--ink)', stroke: 'var(--ink)' } : undefined} cx={x(i)} cy="10" r="4.5" />
            <text className={i === at ? 'now' : ''} x={i === 0 ? 0 : i === 3 ? 260 : x(i)} y="30" textAnchor={i === 0 ? 'start' : i === 3 ? 'end' : 'middle'}>
              {name}
            </text>
          </g>
        ))}
        {c?.call && at >= 0 && at < 3 && (
          <svg aria-hidden="true" x={(x(at) + x(at + 1)) / 2 - 7} y="3" width="14" height="14" overflow="visible">
            <MessageGlyph message={{ kind: 'cri', text: '', reply: false }} />
          </svg>
        )}
      </svg>
      {c ? c.facts.map(([name, value]) => <Fact key={name} name={name} value={value || common.absent} mono />) : <p>{words.noContainer}</p>}
    </Card>
  );
}

function Cgroup({ r }: { r: RuntimeSceneRecord }) {
  const c = r.container;
  const of = c ? (c.memory.limit ?? c.memory.of) : 1;
  return (
    <Card at={pictureOf('runtime').parts.cgroup} title={words.cgroup} right={words.driver(r.cgroupDriver)} className="s-cgroup" scrolls>
      {!c && <p>{words.noContainer}</p>}
      {c?.cgroup.map((part, depth) => (
        <div
          key={part}
          className={`s-cgroup-row mono ${depth === c.cgroup.length - 1 ? 'marked' : ''}`}
          style={{ paddingLeft: (depth === c.cgroup.length - 1 ? 13 : 0) + Math.max(0, depth - 1) * 12 }}
        >
          {depth > 0 && <i />}
          <span title={part}>{part}</span>
        </div>
      ))}
      {c && (
        <>
          <Fact name={words.memory} value={words.of(memory(c.memory.bytes), memory(of))} mono />
          <span className="s-track" role="img" aria-label={`${words.memory}, ${words.of(memory(c.memory.bytes), memory(of))}`}>
            <i style={{ width: `${Math.min(100, (c.memory.bytes / Math.max(1, of)) * 100)}%` }} />
          </span>
          {c.values.map(([name, value]) => (
            <Fact key={name} name={name} value={value || common.absent} mono />
          ))}
        </>
      )}
    </Card>
  );
}
