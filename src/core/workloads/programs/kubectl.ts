/** `kubectl` in the shell of the control plane and of the client: the words go to the room that is kubectl, and what it says comes back. */
import { kubectl as address, type KubectlDone, type KubectlOutput, type KubectlRun, type KubectlStop, type ManifestFile } from '../../contracts/kubectl.ts';
import type { Outcome, Program } from '../kernel/program.ts';
import type { Sys } from '../kernel/sys.ts';

/** Hosts that have the administrator's kubeconfig. */
const hosts = ['control-plane', 'client'];

const maxStdin = 2_000_000;

interface State {
  /** What has been read so far, while standard input is still open. */
  stdin: string | null;
}

export const kubectl: Program = {
  start(sys) {
    if (!hosts.includes(sys.kernel.state.host) || sys.container.id !== 'host') {
      sys.err('The connection to the server localhost:8080 was refused - did you specify the right host or port?\n');
      return 1;
    }
    const state: State = { stdin: wantsStdin(sys) ? '' : null };
    sys.process.data = state;
    return state.stdin === null ? send(sys, undefined) : read(sys);
  },
  resume(sys, event) {
    if (event.type === 'readable') return read(sys);
    if (event.type !== 'message') return undefined;
    if (event.body.type === 'KubectlOutput') {
      const { out, err } = event.body as KubectlOutput;
      sys.err(err);
      sys.out(out);
    }
    if (event.body.type !== 'KubectlDone') return undefined;
    const { out, err, rc } = event.body as KubectlDone;
    sys.err(err);
    sys.out(out);
    return rc;
  },
  signal(sys) {
    const stop: KubectlStop = { type: 'KubectlStop', id: idOf(sys) };
    sys.kernel.ctx.send(address, stop);
    return false;
  },
};

const idOf = (sys: Sys): string => sys.tag('kubectl');

/** `-f -`, or `-i` with something to read. */
function wantsStdin(sys: Sys): boolean {
  const kind = sys.description(0)?.kind;
  if (kind !== 'pipe' && kind !== 'file' && kind !== 'text') return false;
  const words = sys.argv.slice(1);
  const before = words.includes('--') ? words.slice(0, words.indexOf('--')) : words;
  return fileNames(words).includes('-') || before.some((w) => /^-[a-z]*i[a-z]*$/.test(w) || w === '--stdin' || w === '--stdin=true');
}

/** What stands after -f and --filename. */
function fileNames(words: readonly string[]): string[] {
  const out: string[] = [];
  for (const [i, word] of words.entries()) {
    if (word === '--') break;
    if (word === '-f' || word === '--filename') out.push(words[i + 1] ?? '');
    else if (word.startsWith('--filename=')) out.push(word.slice('--filename='.length));
    else if (word.startsWith('-f') && !word.startsWith('--')) out.push(word.slice(word[2] === '=' ? 3 : 2));
  }
  return out.flatMap((names) => names.split(','));
}

function read(sys: Sys): Outcome {
  const state = sys.process.data as State;
  if (state.stdin === null) return undefined;
  for (;;) {
    const got = sys.read(0);
    if (got === 'wait') return undefined;
    if (got === 'eof' || 'error' in got || state.stdin.length > maxStdin) break;
    state.stdin += got.text;
  }
  const text = state.stdin;
  state.stdin = null;
  return send(sys, text);
}

function send(sys: Sys, stdin: string | undefined): Outcome {
  const argv = sys.argv.slice(1);
  // `logs -f` takes no name.
  const follows = argv.find((w) => !w.startsWith('-')) === 'logs';
  const files: Record<string, ManifestFile> = {};
  for (const name of follows ? [] : fileNames(argv)) {
    if (name === '' || name === '-' || name === '__proto__') continue;
    const got = sys.files.read(sys.files.absolute(name));
    if (!('error' in got)) files[name] = { documents: [], text: got.text };
  }
  const run: KubectlRun = { type: 'KubectlRun', id: idOf(sys), argv, files, namespace: 'default', ...(stdin !== undefined ? { stdin } : {}) };
  sys.kernel.ctx.send(address, run);
  return undefined;
}
