/** Markdown of lessons: no HTML (it is shown as text), no images, links checked. Links that begin with # point at parts of the map. */
import type { ComponentProps } from 'react';
import Markdown from 'react-markdown';
import { records } from '../state/records.ts';
import { select, setUi } from '../state/ui.ts';
import { recordsNamed, useVeil } from './veil.ts';

const allowed = ['p', 'em', 'strong', 'code', 'pre', 'ul', 'ol', 'li', 'a', 'blockquote', 'br', 'img'];

/** http, https and parts of the map; anything else is no link. */
export const checkedUrl = (url: string): string => (/^https?:\/\//i.test(url) || url.startsWith('#') ? url : '');

export function Text({ children }: { children: string }) {
  return (
    <div className="lesson-text">
      <Markdown allowedElements={allowed} unwrapDisallowed urlTransform={checkedUrl} components={{ a: Link, img: Alternative }}>
        {children}
      </Markdown>
    </div>
  );
}

/** Nothing is fetched: the words that stand for the image are there. */
function Alternative({ alt }: ComponentProps<'img'>) {
  return <>{alt}</>;
}

function Link({ href = '', children }: ComponentProps<'a'>) {
  if (href === '') return <>{children}</>;
  if (href.startsWith('#')) return <Part name={decode(href.slice(1))}>{children}</Part>;
  return (
    <a href={href} target="_blank" rel="noopener noreferrer">
      {children}
    </a>
  );
}

function Part({ name, children }: { name: string; children: ComponentProps<'a'>['children'] }) {
  const point = (): void => {
    useVeil.setState({ pointed: name });
    setUi({ hoveredId: first(name) });
  };
  const leave = (): void => {
    useVeil.setState({ pointed: '' });
    setUi({ hoveredId: '' });
  };
  return (
    <button
      type="button"
      className="lesson-part"
      onPointerEnter={point}
      onFocus={point}
      onPointerLeave={leave}
      onBlur={leave}
      onClick={() => {
        const id = first(name);
        if (id) select(id);
      }}
    >
      {children}
    </button>
  );
}

function first(name: string): string {
  const glass = records.list('node').find((node) => node.glassed)?.name ?? '';
  const found = recordsNamed(name, { glass, pods: records.list('pod'), services: records.list('service') });
  return found.find((id) => records.get(id)) ?? '';
}

function decode(text: string): string {
  try {
    return decodeURIComponent(text);
  } catch {
    return text;
  }
}
