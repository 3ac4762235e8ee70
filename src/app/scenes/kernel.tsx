/** The opened kernel. */
import type { HookCard, KernelSceneRecord } from '../../core/index.ts';
import { memory } from '../map/facts.ts';
import { type Point, pathOf } from '../map/scene.ts';
import { select, useUi } from '../state/ui.ts';
import { number } from '../words/en.ts';
import { sceneWords as all } from '../words/scenes.en.ts';
import { busParts } from './bus.ts';
import { useShortName } from './names.ts';
import { Card, Fact, Frame } from './parts.tsx';
import { pictureOf } from './picture.ts';

const words = all.kernel;
const notInIptables: ReadonlySet<string> = new Set(['input/ipvs', 'ipvs/output']);
const cardOf: Record<string, string> = { cni0: 'cni0', 'flannel.1': 'flannel1', eth0: 'eth0', 'kube-ipvs0': 'kubeIpvs0' };

export function KernelScene({ record: r }: { record: KernelSceneRecord }) {
  const picture = pictureOf('kernel');
  const { parts, channels } = picture;
  const { packet } = r;
  const hot = new Set(packet?.way ?? []);
  const state = (part: string): string => (packet?.here === part ? 'here walked' : hot.has(part) ? 'walked' : '');
  const bus = channels.find((c) => c.id === 'deviceBus')?.points as Point[];
  const tap = (device: string): number | undefined => channels.find((c) => c.id === `deviceBus/${device}`)?.points[0]?.[0];
  const spoken = packet ? words.packet(packet.before, packet.after, packet.verdict) : words.noPacket;
  return (
    <>
      <Frame
        picture={picture}
        title={words.title(r.version.split('.').slice(0, 2).join('.'))}
        ports={{ 'input/processes': words.to, 'processes/output': words.from }}
        label={{ x: 324, y: 396, text: words.devices }}
        soil
        hot={hot}
        hidden={r.ipvs.used ? new Set() : notInIptables}
      >
        {busParts(packet?.way ?? [], bus, tap).map((points) => (
          <path key={points.join()} className="channel hot" d={pathOf(points)} />
        ))}
      </Frame>
      <p className="unseen">{spoken}</p>
      <Card
        at={parts.conntrack}
        title={words.conntrack}
        right={words.count(number(r.conntrack.count), number(r.conntrack.max))}
        className={hot.has('conntrack/prerouting') ? 'walked' : ''}
        scrolls
      >
        {r.conntrack.lines.length === 0 && <p>{words.noFlow}</p>}
        {r.conntrack.lines.map((line) => (
          <div key={line} className={`s-kernel-row mono ${line.startsWith('⇐') ? 'blue' : ''}`}>
            <span title={line}>{line}</span>
          </div>
        ))}
      </Card>
      {r.hooks.map((hook) => (
        <Hook key={hook.name} hook={hook} state={state(hook.name.toLowerCase())} />
      ))}
      <Card at={parts.routing} title={words.routing} right="" className={state('routing')} scrolls>
        {r.routes.map((route) => (
          <div key={`${route.destination} ${route.dev}`} className={`s-kernel-row mono ${route.taken ? 'taken' : ''}`}>
            <span title={route.destination}>{route.destination}</span>
            <span>{route.dev}</span>
          </div>
        ))}
      </Card>
      <Card
        at={parts.ipvs}
        title={words.ipvs}
        right={r.ipvs.used ? words.servers(r.ipvs.servers) : words.notUsed}
        className={state('ipvs')}
        scrolls={r.ipvs.used}
      >
        {r.ipvs.used && (
          <>
            <div className="s-kernel-row mono">
              <span>{r.ipvs.title}</span>
            </div>
            {r.ipvs.rows.map((row) => (
              <div key={row.text} className={`s-kernel-row mono ${row.taken ? 'taken' : ''}`}>
                <span title={row.text}>{row.text}</span>
                <span>{row.counts}</span>
              </div>
            ))}
          </>
        )}
      </Card>
      <Devices r={r} state={state} />
      <Card
        at={parts.cgroups}
        title={words.cgroups}
        right={
          <span className="s-heads">
            <span>{words.current}</span>
            <span>{words.max}</span>
            <span>{words.weight}</span>
          </span>
        }
        scrolls
      >
        <div className="s-groups">
          {r.cgroups.map((g) => [
            <span key={g.name} className="mono" title={g.name} style={{ paddingLeft: g.depth * 14 }}>
              {g.depth > 0 ? `└ ${g.name}` : g.name}
            </span>,
            <span key={`${g.name} current`}>{memory(g.memory)}</span>,
            <span key={`${g.name} max`}>{g.max === 'max' ? 'max' : memory(Number(g.max))}</span>,
            <span key={`${g.name} weight`}>{g.weight || all.absent}</span>,
          ])}
        </div>
      </Card>
      <Card at={parts.neighbours} title={words.neighbours} scrolls>
        {r.neighbours.map(([left, right]) => (
          <Fact key={left} name={left} value={right} mono />
        ))}
      </Card>
      {packet && (
        <>
          <span className="s-moment" title={packet.known ? words.known : ''}>
            {words.moment(`${(packet.atMs / 1000).toFixed(3)} s`, packet.flags)}
          </span>
          <span className="s-tag mono" style={{ left: 544, top: 176 }}>
            {`${packet.flags} ${packet.before}${packet.after ? ` ⇒ ${packet.after}` : ''}`}
          </span>
        </>
      )}
    </>
  );
}

function Hook({ hook, state }: { hook: HookCard; state: string }) {
  const at = pictureOf('kernel').parts[hook.name.toLowerCase()];
  const lines = hook.rows.reduce((sum, row) => sum + Math.max(1, row.chains.length), 0);
  return (
    <Card at={at} title={hook.name} right={hook.right} className={`s-hook ${state} ${at && lines * 16 + 28 > at.height ? 'dense' : ''}`} scrolls>
      {hook.rows.map((row) => (
        <div key={`${row.priority} ${row.table}`} className={`s-hook-row ${row.table.length > 9 ? 'long' : ''}`}>
          <span className="mono">{row.priority}</span>
          <span>{row.table}</span>
          <span className="s-chains mono">
            {row.chains.map((chain) => (
              <span key={chain.name} className={chain.matched ? 'matched' : ''} title={words.chain(chain.name, chain.matched)}>
                {chain.name}
              </span>
            ))}
          </span>
        </div>
      ))}
    </Card>
  );
}

const VethPod = ({ uid, name }: { uid: string; name: string }) => <span>{useShortName(uid, name)}</span>;

function Devices({ r, state }: { r: KernelSceneRecord; state: (part: string) => string }) {
  const { parts } = pictureOf('kernel');
  const selected = useUi((ui) => ui.selectedId);
  return r.devices.map((d) => {
    const part = cardOf[d.name];
    if (!part) return null;
    const className = `${part === 'cni0' ? '' : 's-device'} ${state(part)} ${d.walked ? 'walked' : ''}`;
    if (part !== 'cni0')
      return (
        <Card key={d.name} at={parts[part]} title={d.name} right={d.kind === 'vxlan' ? 'VXLAN' : ''} className={className}>
          {d.facts.map((fact) => (
            <div key={fact} className="s-kernel-row mono">
              <span title={fact}>{fact}</span>
            </div>
          ))}
        </Card>
      );
    return (
      <Card key={d.name} at={parts.cni0} title={d.name} right={d.facts.join(', ')} className={className} scrolls>
        <div className="s-veths">
          {r.veths.map((v) => (
            <button
              type="button"
              key={v.name}
              className={`s-veth ${v.walked ? 'walked' : ''} ${selected === `pod/${v.uid}` ? 'marked' : ''}`}
              aria-pressed={selected === `pod/${v.uid}`}
              title={`${v.name}, ${v.pod}`}
              onClick={() => select(`pod/${v.uid}`)}
            >
              <span className="mono">{v.name}</span>
              <VethPod uid={v.uid} name={v.pod} />
            </button>
          ))}
        </div>
      </Card>
    );
  });
}
