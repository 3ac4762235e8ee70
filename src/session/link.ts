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
}

export const maxLinkBytes = 64 * 1024;
export const maxLinkOutput = 2 * 1024 * 1024;
/** Longer links are cut by some programs. */
export const longLink = 8000;
const prefix = 'v1:';

export type Decoded = { link: SharedLink; error?: undefined } | { error: string; link?: undefined };

/** The text after `#`. */
export async function encodeLink(link: SharedLink): Promise<string> {
  const bytes = new TextEncoder().encode(JSON.stringify(link));
  const stream = new Blob([bytes]).stream().pipeThrough(new CompressionStream('deflate-raw'));
  return prefix + toBase64url(new Uint8Array(await new Response(stream).arrayBuffer()));
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
  const bytes = fromBase64url(code);
  if (!bytes) return { error: 'The link is damaged: it has characters that do not belong in it.' };
  let json: string;
  try {
    json = await inflate(bytes);
  } catch (error) {
    return { error: error instanceof RangeError ? error.message : 'The link is damaged or cut short.' };
  }
  let value: unknown;
  try {
    value = JSON.parse(json);
  } catch {
    return { error: 'The link is damaged: what it holds cannot be read.' };
  }
  return checkLink(value);
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
