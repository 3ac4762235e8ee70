/** Files that were dropped, pasted or chosen: what can be read is applied, what cannot is named. Loaded when files come. */

import type { CleanResult } from '../../session/protocol.ts';
import { session } from '../state/session.ts';
import { apply } from './apply.ts';
import { type Incoming, type Refusal, useIntake } from './intake-store.ts';
import { keepAside } from './text.ts';

export const limits = { files: 200, fileBytes: 1_000_000, allBytes: 1_400_000 } as const;

export interface Read {
  files: { name: string; text: string }[];
  refused: Refusal[];
}

/** Reads what is text and small enough, in the order given; nothing large is opened. */
export async function readFiles(incoming: readonly Incoming[]): Promise<Read> {
  const out: Read = { files: [], refused: [] };
  let bytes = 0;
  for (const [i, file] of incoming.entries()) {
    const refuse = (why: Refusal['why'], n = 0): void => void out.refused.push({ name: file.name, why, n });
    if (out.files.length >= limits.files) {
      out.refused.push({ name: '', why: 'tooMany', n: incoming.length - i });
      break;
    }
    if (file.folder) refuse('folder');
    else if (/^(image|video|audio|font)\//.test(file.type) || /\.(png|jpe?g|gif|webp|svg|ico|pdf|zip|gz|tgz|tar|exe|woff2?)$/i.test(file.name))
      refuse('notText');
    else if (file.size > limits.fileBytes) refuse('tooLarge', file.size);
    else if (bytes + file.size > limits.allBytes) refuse('together', limits.allBytes);
    else {
      const text = await textOf(file);
      if (text === null) refuse('notText');
      else if (text.trim() === '') refuse('empty');
      else {
        bytes += file.size;
        out.files.push({ name: file.name, text });
      }
    }
  }
  return out;
}

async function textOf(file: Incoming): Promise<string | null> {
  try {
    const text = new TextDecoder('utf-8', { fatal: true }).decode(await file.arrayBuffer());
    return text.includes('\0') ? null : text;
  } catch {
    return null;
  }
}

/** Puts the readable ones into the editor, what stood there aside, and applies them. */
export async function takeFiles(incoming: readonly Incoming[]): Promise<void> {
  const { files, refused } = await readFiles(incoming);
  const texts: string[] = [];
  const read: string[] = [];
  const cleaned: CleanResult[] = [];
  for (const { name, text } of files) {
    const answer = await session.query({ q: 'clean', text });
    if (answer.problem) {
      refused.push({ name, why: 'notYaml', n: 0, words: answer.problem });
      continue;
    }
    read.push(name);
    texts.push(answer.text.replace(/^---\s*\n/, '').trimEnd());
    if (answer.cleaned > 0 || answer.left.length > 0) cleaned.push(answer);
  }
  useIntake.setState({ read, refused, cleaned: merged(cleaned) });
  if (texts.length === 0) return;
  keepAside(`${texts.join('\n---\n')}\n`);
  await apply();
}

/** Text of a real cluster, pasted. `insert` puts the result where the cursor is. */
export async function takeText(text: string, insert: (text: string) => void): Promise<void> {
  if (text.length > limits.allBytes) {
    useIntake.setState({ read: [], refused: [{ name: '', why: 'pasteTooLarge', n: text.length }], cleaned: null });
    return;
  }
  const answer = await session.query({ q: 'clean', text });
  insert(answer.text);
  const any = answer.cleaned > 0 || answer.left.length > 0;
  useIntake.setState({ read: [], refused: [], cleaned: any ? answer : null });
}

function merged(all: readonly CleanResult[]): CleanResult | null {
  const [first] = all;
  if (!first) return null;
  const each = <T>(pick: (one: CleanResult) => readonly T[]): T[] => [...new Set(all.flatMap(pick))];
  return {
    text: '',
    problem: '',
    cleaned: all.reduce((sum, one) => sum + one.cleaned, 0),
    secrets: all.reduce((sum, one) => sum + one.secrets, 0),
    removed: each((one) => one.removed),
    left: each((one) => one.left),
    namespaces: each((one) => one.namespaces),
  };
}
