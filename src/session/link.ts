/** Share links: `v1:` + base64url(deflate-raw(JSON)). Holds scenario or manifest, seed, options, commands, view; never state. */
import type { Command, WorldOptions } from '../core/index.ts';
import { checkLink } from './link-schema.ts';

export interface SharedLink {
  /** Title for people. */
  title: string;
  /** Name of a scenario of the gallery, or '' with `manifest`. */
  scenario: string;
  manifest: string;
  seed: number;
  options: Partial<WorldOptions>;
  commands: { atMs: number; command: Command }[];
  view: { atMs: number; selected: string; mode: string };
  /** What made it, and its run at the moment of `view`: whether this page's run is the same. Links without it say nothing. */
  made?: Made;
}

export interface Made {
  /** As `modelVersion`. */
  model: string;
  seq: number;
  traceHash: number;
}

export const maxLinkBytes = 64 * 1024;
export const maxLinkOutput = 2 * 1024 * 1024;
/** Longer links are cut by some programs. */
export const longLink = 8000;
/** What a link holds is never nested deeper. */
export const maxLinkDepth = 20;
const prefix = 'v1:';

export type Decoded = { link: SharedLink; error?: undefined } | { error: string; link?: undefined };

/** The text after `#`. */
export async function encodeLink(link: SharedLink): Promise<string> {
  const bytes = new TextEncoder().encode(linkText(link));
  const stream = new Blob([bytes]).stream().pipeThrough(new CompressionStream('deflate-raw'));
  return prefix + toBase64url(new Uint8Array(await new Response(stream).arrayBuffer()));
}

/** What a link holds, as a file does. */
export const linkText = (link: SharedLink): string => JSON.stringify(link);

/** A file that was offered because its link is too long. The same checks as of a link. */
export function decodeFile(text: string): Decoded {
  if (text.length > maxLinkOutput) return { error: `The file has ${text.length} characters; at most ${maxLinkOutput} are read.` };
  return decodeText(text, 'file');
}

/** `fragment` with or without its `#`. A sentence says what is wrong; nothing is thrown. */
export async function decodeLink(fragment: string): Promise<Decoded> {
  const text = fragment.replace(/^#/, '');
  if (!text.startsWith(prefix)) {
    const version = /^v(\d{1,6}):/.exec(text);
    return { error: version ? `This link is of version ${version[1]}; this page reads version 1.` : 'This is not a link of Kubarium.' };
  }
  const code = text.slice(prefix.length);
  if (code === '') return { error: 'The link is empty.' };
  if (code.length > maxLinkBytes) return { error: `The link has ${code.length} characters; at most ${maxLinkBytes} are read.` };
  if (typeof DecompressionStream === 'undefined') return { error: 'This browser cannot open links: it has no DecompressionStream.' };
  const bytes = fromBase64url(code);
  if (!bytes) return { error: 'The link is damaged: it has characters that do not belong in it.' };
  let json: string;
  try {
    json = await inflate(bytes);
  } catch (error) {
    return { error: error instanceof RangeError ? error.message : 'The link is damaged or cut short.' };
  }
  return decodeText(json, 'link');
}

function decodeText(json: string, what: 'link' | 'file'): Decoded {
  if (deeper(json, maxLinkDepth)) return { error: `The ${what} is nested more than ${maxLinkDepth} deep and is not opened.` };
  let value: unknown;
  try {
    value = JSON.parse(json);
  } catch {
    return { error: what === 'link' ? 'The link is damaged: what it holds cannot be read.' : 'The file is none that this page saved.' };
  }
  return checkLink(value, what);
}

/** Whether brackets outside of texts nest deeper than `most`. */
function deeper(json: string, most: number): boolean {
  let depth = 0;
  for (let i = 0; i < json.length; i += 1) {
    const c = json[i];
    if (c === '"') {
      for (i += 1; i < json.length && json[i] !== '"'; i += 1) if (json[i] === '\\') i += 1;
    } else if (c === '{' || c === '[') {
      depth += 1;
      if (depth > most) return true;
    } else if (c === '}' || c === ']') depth -= 1;
  }
  return false;
}

/** Reads the stream piece by piece and stops at the cap: a small bomb costs no memory. */
async function inflate(bytes: Uint8Array): Promise<string> {
  const reader = new Blob([bytes as BlobPart]).stream().pipeThrough(new DecompressionStream('deflate-raw')).getReader();
  const decoder = new TextDecoder('utf-8', { fatal: true });
  let out = '';
  let size = 0;
  for (;;) {
    const { done, value } = await reader.read();
    if (done) return out + decoder.decode();
    size += value.byteLength;
    if (size > maxLinkOutput) {
      await reader.cancel();
      throw new RangeError(`The link holds more than ${maxLinkOutput} bytes and is not opened.`);
    }
    out += decoder.decode(value, { stream: true });
  }
}

function toBase64url(bytes: Uint8Array): string {
  let binary = '';
  for (let i = 0; i < bytes.length; i += 0x8000) binary += String.fromCharCode(...bytes.subarray(i, i + 0x8000));
  return btoa(binary).replace(/\+/g, '-').replace(/\//g, '_').replace(/=+$/, '');
}

function fromBase64url(text: string): Uint8Array | undefined {
  if (!/^[A-Za-z0-9_-]*$/.test(text)) return undefined;
  try {
    const binary = atob(text.replace(/-/g, '+').replace(/_/g, '/'));
    return Uint8Array.from(binary, (c) => c.charCodeAt(0));
  } catch {
    return undefined;
  }
}
