/** What opened components are drawn with: the frame with its lines, cards, rows. */
import type { ReactNode } from 'react';
import { pathOf, type Rect } from '../map/scene.ts';
import type { Picture } from './picture.ts';

interface FrameProps {
  picture: Picture;
  title: string;
  ports: Readonly<Record<string, string>>;
  label?: { x: number; y: number; text: string };
  soil?: boolean;
  /** Lines that a packet took. */
  hot?: ReadonlySet<string>;
  /** Lines that are not there now. */
  hidden?: ReadonlySet<string>;
  children?: ReactNode;
}

export function Frame({ picture, title, ports, label, soil, hot, hidden, children }: FrameProps) {
  const { frame: f, channels, stations } = picture;
  const shown = channels.filter((c) => !hidden?.has(c.id));
  return (
    <svg className="s-frame" width={picture.width} height={picture.height} viewBox={`0 0 ${picture.width} ${picture.height}`} aria-hidden="true">
      <rect className="s-case" x={f.x} y={f.y} width={f.width} height={f.height} rx="7" />
      {soil && <rect className="s-soil" x={f.x + 4} y={f.y + 4} width={f.width - 8} height={f.height - 8} rx="4" />}
      <rect className="s-case-in" x={f.x + 3.5} y={f.y + 3.5} width={f.width - 7} height={f.height - 7} rx="4" />
      <text className="s-title" x={24} y={57}>
        {title}
      </text>
      {shown.map((c) => (
        <path key={c.id} className={`channel ${c.packets ? 'packets' : ''} ${c.bus ? 'bus' : ''}`} d={pathOf(c.points)} />
      ))}
      {children}
      {shown.map((c) => hot?.has(c.id) && !c.bus && <path key={c.id} className="channel hot" d={pathOf(c.points)} />)}
      {stations.map(({ at, packets, port }) => (
        <circle key={at.join()} className={`station ${packets ? 'packets' : ''}`} cx={at[0]} cy={at[1]} r={port ? 4.5 : 3.5} />
      ))}
      {Object.entries(ports).map(([id, words]) => {
        const r = picture.ports[`port:${id}`];
        return (
          r && (
            <text key={id} className="s-port" x={r.x + 13} y={25}>
              {words}
            </text>
          )
        );
      })}
      {label && (
        <text className="s-label" x={label.x} y={label.y}>
          {label.text}
        </text>
      )}
    </svg>
  );
}

interface CardProps {
  at: Rect | undefined;
  title: ReactNode;
  right?: ReactNode;
  className?: string;
  scrolls?: boolean;
  name?: string;
  children?: ReactNode;
}

/** A part with its title. What does not fit scrolls, by keys too. */
export function Card({ at, title, right, className = '', scrolls, name, children }: CardProps) {
  if (!at) return null;
  const label = name ?? (typeof title === 'string' ? title : undefined);
  return (
    <section className={`s-card ${className}`} style={{ left: at.x, top: at.y, width: at.width, height: at.height }} aria-label={label}>
      <header>
        <b>{title}</b>
        <span title={typeof right === 'string' ? right : undefined}>{right}</span>
      </header>
      {scrolls ? (
        // biome-ignore lint/a11y/noNoninteractiveTabindex: what scrolls must be reached by keys.
        // biome-ignore lint/a11y/useSemanticElements: a list of rows, not of form fields.
        <div className="s-scroll" role="group" aria-label={label} tabIndex={0}>
          {children}
        </div>
      ) : (
        children
      )}
    </section>
  );
}

/** Name left, value right; both whole on hover when there is no room. */
export function Fact({ name, value, mono, plain }: { name: string; value: ReactNode; mono?: boolean; plain?: boolean }) {
  return (
    <div className={`s-fact ${mono ? 'mono' : ''} ${plain ? 'plain' : ''}`}>
      <span title={name}>{name}</span>
      <span title={typeof value === 'string' ? value : undefined}>{value}</span>
    </div>
  );
}
