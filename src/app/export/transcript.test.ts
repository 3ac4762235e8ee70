import { describe, expect, it } from 'vitest';
import { pod } from '../testing/fixture-frame.ts';
import { maxLines, type TranscriptSource, transcript } from './transcript.ts';

const source: TranscriptSource = {
  title: 'A <b>run</b>',
  url: 'https://example.org/#v1:x',
  nowMs: 5000,
  seed: 7,
  mode: 'ipvs',
  workers: 1,
  manifest: 'kind: Pod # ```\n',
  marks: [
    { atMs: 0, kind: 'command', text: 'apply manifest', about: '', seq: 0 },
    { atMs: 2000, kind: 'warning', text: 'BackOff: back-off | restarting', about: '', seq: 1 },
    { atMs: 6000, kind: 'event', text: 'later', about: '', seq: 2 },
  ],
  lanes: [
    { id: 'lane/pod/u', label: 'web', about: 'pod/u', order: '', intervals: [{ fromMs: 1000, toMs: null, state: 'ready', word: 'Running' }], ticks: [] },
    { id: 'lane/container/u/c', label: 'web / c', about: 'pod/u', order: '', intervals: [], ticks: [{ atMs: 1500, kind: 'exit', text: 'exit code 1' }] },
  ],
  pods: [pod('web', { ip: '10.244.1.5' })],
  shell: [{ line: 'kubectl get pods', atMs: 3000, out: 'NAME\nweb\n', err: '' }],
};

describe('transcript', () => {
  it('tells what happened up to now, in order, and no more', () => {
    const text = transcript(source);
    expect(text.split('\n').filter((l) => l.startsWith('- '))).toEqual([
      '- `0.000` command: apply manifest',
      '- `1.000` web: Running, ready',
      '- `1.500` web / c: exit code 1',
      '- `2.000` BackOff: back-off \\| restarting',
    ]);
    expect(text).toContain('| web | 1/1 | Running | 0 | 10.244.1.5 | worker-1 |');
    expect(text).toContain('```console\n$ kubectl get pods\nNAME\nweb\n```');
  });
  it('people’s words stay words: no markup, no way out of a fence', () => {
    const text = transcript(source);
    expect(text).toContain('# A \\<b\\>run\\</b\\>');
    expect(text).toContain('````yaml\nkind: Pod # ```\n````');
  });
  it('names what it leaves out', () => {
    const marks = Array.from({ length: maxLines + 10 }, (_, i) => ({ atMs: i, kind: 'event' as const, text: `e${i}`, about: '', seq: i }));
    expect(transcript({ ...source, marks, lanes: [] })).toContain('10 earlier entries are left out.');
  });
});
